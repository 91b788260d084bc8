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

"""What the nodes that write to the spool share: where it is, and which session is on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
import json
from pathlib import Path
import time
from typing import Any

from scenebox_ros.errors import SettingsError
from scenebox_ros.nodes.options import Option
from scenebox_ros.spool import Spool, SpoolLimits
from scenebox_ros.spool.limits import Policy
from scenebox_ros.spool.stat import StreamStat

GB = 1_000_000_000
S_PER_H = 3600.0
TOLD_FOR_S = 60.0
SESSION_TOPIC = 'scenebox/session'
# The last word about the session is there for whoever comes later.
TRIGGER_TOPIC = 'scenebox/trigger'

SPOOL = Option(
    'spool', '~/.local/state/scenebox/spool', 'folder of the spool, shared by all nodes'
)
SPOOL_LIMITS = (
    Option('spool_max_gb', 20.0, 'the spool takes no more than this', 0.01, 100_000.0),
    Option('spool_min_free_gb', 2.0, 'the spool leaves this much of the disk', 0.0, 100_000.0),
    Option('spool_max_age_h', 0.0, 'older records are shed; 0: never', 0.0, 100_000.0),
    Option(
        'spool_policy', 'drop_oldest', 'what gives way when the spool is full',
        choices=('drop_oldest', 'refuse', 'thin'),
    ),
    Option('spool_policies', [], 'other policies for some topics, like "/lidar/points thin"'),
)


@dataclass(frozen=True)
class SessionState:
    """The session that is on, as ``session_node`` tells it (JSON in a ``std_msgs/String``)."""

    key: str = ''
    name: str = ''
    resolution_s: float = 1.0

    @property
    def is_open(self) -> bool:
        """Tell whether there is a session to capture into."""
        return bool(self.key)

    def to_json(self) -> str:
        """Write it as the topic's text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> SessionState:
        """Read the topic's text; anything else is refused."""
        try:
            values = json.loads(text)
            return cls(str(values['key']), str(values['name']), float(values['resolution_s']))
        except (ValueError, KeyError, TypeError) as error:
            raise SettingsError(f'{text!r} on {SESSION_TOPIC} is no session: {error}') from error


class Shortage:
    """Notice that the spool gives records up, and tell of it for a while."""

    def __init__(self) -> None:
        self._known: int | None = None
        self._until = 0.0

    def in_words(self, total: StreamStat) -> str:
        """Say what is to be done; empty if nothing was given up lately."""
        given_up = total.shed + total.refused
        if self._known is not None and given_up > self._known:
            self._until = time.monotonic() + TOLD_FOR_S
        self._known = given_up
        if time.monotonic() >= self._until:
            return ''
        return (
            f'the spool gives records up ({total.shed} shed, {total.refused} refused so far); '
            'lower the rates, raise spool_max_gb or free the disk'
        )


def spool_folder(values: dict[str, Any]) -> Path:
    """Give the spool's folder with ``~`` filled in."""
    if not values[SPOOL.name]:
        raise SettingsError('spool is empty; name a folder on a local disk')
    return Path(values[SPOOL.name]).expanduser()


def video_folder(values: dict[str, Any]) -> Path:
    """Give the folder in which videos grow: beside the spool, on the same disk."""
    folder = spool_folder(values)
    return folder.with_name(f'{folder.name}_videos')


def open_spool(values: dict[str, Any], full: Callable[[str], str]) -> Spool:
    """Open the spool that the parameters name, with their limits; full resolves topics' names."""
    limits = SpoolLimits(
        max_bytes=round(values['spool_max_gb'] * GB),
        min_free_bytes=round(values['spool_min_free_gb'] * GB),
        max_age_s=values['spool_max_age_h'] * S_PER_H,
        policy=values['spool_policy'],
        streams=_policies(values['spool_policies'], full),
    )
    return Spool(spool_folder(values), limits)


def _policies(lines: Sequence[str], full: Callable[[str], str]) -> dict[str, Policy]:
    """Read lines like ``/lidar/points thin``."""
    policies: dict[str, Any] = {}
    for line in lines:
        topic, _, policy = line.partition(' ')
        if not policy:
            raise SettingsError(f'{line!r} is no policy; write it like "/lidar/points thin"')
        policies[full(topic)] = policy.strip()
    return policies
