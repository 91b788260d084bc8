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

"""What an uploader did and how it stands, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

State = Literal['idle', 'sending', 'waiting', 'no token', 'paused', 'stopped']


@dataclass(frozen=True)
class UploadReport:
    """
    What was done.

    Attributes
    ----------
    stored
        New assets by kind.
    existing
        Assets that the server had already, by kind.
    entities
        Entities that the server acknowledged.
    body_bytes
        Bytes of the new assets.
    set_aside
        Entries that the server will not take.
    failures
        Attempts that failed and were or will be repeated.
    sessions
        Local key to the platform's uid of every session that was touched.
    ended
        Keys of the sessions that were told to resolve.
    last_error
        The newest failure in words; empty if there was none.
    elsewhere
        Assets that the server had already in other sessions, by those sessions' uids: they are
        in this report's sessions now, too.

    """

    stored: Mapping[str, int] = field(default_factory=dict)
    existing: Mapping[str, int] = field(default_factory=dict)
    entities: int = 0
    body_bytes: int = 0
    set_aside: int = 0
    failures: int = 0
    sessions: Mapping[str, str] = field(default_factory=dict)
    ended: tuple[str, ...] = ()
    last_error: str = ''
    elsewhere: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Give it as a JSON value."""
        return asdict(self)


@dataclass(frozen=True)
class UploadStatus:
    """
    How the uploader stands.

    Attributes
    ----------
    state
        What it is doing.
    in_flight
        Entries under way.
    last_success_ns
        When the server last acknowledged something; 0 if never.
    report
        What was done so far.

    """

    state: State
    in_flight: int
    last_success_ns: int
    report: UploadReport


@dataclass
class Tally:
    """The counts behind a report, while they grow; guarded by the uploader's lock."""

    stored: Counter[str] = field(default_factory=Counter)
    existing: Counter[str] = field(default_factory=Counter)
    entities: int = 0
    body_bytes: int = 0
    set_aside: int = 0
    failures: int = 0
    sessions: dict[str, str] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    last_error: str = ''
    elsewhere: Counter[str] = field(default_factory=Counter)

    def report(self) -> UploadReport:
        """Give the counts as they are now."""
        return UploadReport(
            dict(self.stored), dict(self.existing), self.entities, self.body_bytes,
            self.set_aside, self.failures, dict(self.sessions), tuple(self.ended),
            self.last_error, dict(self.elsewhere),
        )
