# Copyright 2026 The scenebox_ros Authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""How much a spool may hold, and what gives way when it is full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
import json
import logging
import os
from pathlib import Path
from typing import get_args, Literal

from scenebox_ros.errors import SettingsError

log = logging.getLogger(__name__)
FILE = 'limits.json'
Policy = Literal['refuse', 'drop_oldest', 'thin']


@dataclass(frozen=True)
class SpoolLimits:
    """
    A spool's bounds; what is over them is shed or refused, and counted.

    Attributes
    ----------
    max_bytes
        Bytes of records on disk.
    min_free_bytes
        The spool does not grow while the disk has less than this free.
    max_age_s
        Records that wait longer than this are shed; 0 keeps them.
    policy
        When there is no room: ``refuse`` the new record; ``drop_oldest``, from the least
        important on and never one more important than the new one; or ``thin`` those out, so that
        every second one stays.
    streams
        Other policies for some streams.
    max_done
        How many finished records' ids are remembered, so that they are not sent again.

    """

    max_bytes: int = 20_000_000_000
    min_free_bytes: int = 1_000_000_000
    max_age_s: float = 0.0
    policy: Policy = 'drop_oldest'
    streams: Mapping[str, Policy] = field(default_factory=dict)
    max_done: int = 1_000_000

    def __post_init__(self) -> None:
        """Refuse what cannot work, naming the setting and its value."""
        if self.max_bytes < 1_000_000:
            raise SettingsError(f'max_bytes is {self.max_bytes}; choose 1000000 or more')
        for name in ('min_free_bytes', 'max_age_s', 'max_done'):
            if getattr(self, name) < 0:
                raise SettingsError(f'{name} is {getattr(self, name)}; it must not be negative')
        for policy in (self.policy, *self.streams.values()):
            if policy not in get_args(Policy):
                known = ', '.join(get_args(Policy))
                raise SettingsError(f'policy {policy!r} is not known; choose one of {known}')

    def policy_of(self, stream: str) -> Policy:
        """Give the policy of a stream."""
        return self.streams.get(stream, self.policy)


def differences(known: SpoolLimits, limits: SpoolLimits) -> str:
    """Say in words which bounds are not the same, with both values."""
    theirs, ours = asdict(known), asdict(limits)
    return ', '.join(f'{name} is {theirs[name]} there and {ours[name]} here'
                     for name in ours if theirs[name] != ours[name])


def remember(folder: Path, limits: SpoolLimits) -> None:
    """Keep the bounds beside the spool, for those who open it and were not told."""
    unfinished = folder / f'{FILE}.{os.getpid()}'
    try:
        if remembered(folder) != limits:
            unfinished.write_text(json.dumps(asdict(limits), default=dict))
            unfinished.replace(folder / FILE)
    except OSError as error:
        # A full disk: the bounds hold all the same, only others do not know them.
        log.warning('the bounds of the spool in %s are not written down: %s', folder, error)


def remembered(folder: Path) -> SpoolLimits | None:
    """Give the bounds that were last given for a spool; None if nobody gave any."""
    try:
        return SpoolLimits(**json.loads((folder / FILE).read_text()))
    except (OSError, ValueError, TypeError, SettingsError):
        return None
