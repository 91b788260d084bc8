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

"""What a spool holds and what became of what it held, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class StreamStat:
    """
    One stream in the spool.

    Attributes
    ----------
    entries, bytes
        What is here, and the disk space it takes (with what is aside).
    put, done
        Records ever taken in, and finished ones.
    duplicate, refused, shed, shed_bytes
        Records that were here or finished already; that there was no room for; that gave way.
    aside, corrupt
        Records that are set aside now, and how many were ever damaged.

    """

    entries: int = 0
    bytes: int = 0
    put: int = 0
    duplicate: int = 0
    refused: int = 0
    shed: int = 0
    shed_bytes: int = 0
    done: int = 0
    aside: int = 0
    corrupt: int = 0


@dataclass(frozen=True)
class SpoolStat:
    """
    A spool as it is now.

    Attributes
    ----------
    total
        All streams together.
    streams
        By name; records without a stream have the name ``''``.
    oldest_age_s
        How long the oldest entry has waited; 0 if there is none.
    limit_bytes
        How much the spool may hold at the moment, from its own limit and the free disk.
    file_bytes, free_bytes
        The size of the file on disk, which does not shrink, and the disk's free space.
    remembered
        How many finished records' ids are remembered.
    sessions
        Local key to the platform's uid, None if it is not known yet.

    """

    total: StreamStat
    streams: Mapping[str, StreamStat] = field(default_factory=dict)
    oldest_age_s: float = 0.0
    limit_bytes: int = 0
    file_bytes: int = 0
    free_bytes: int = 0
    remembered: int = 0
    sessions: Mapping[str, str | None] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Give it as a JSON value."""
        return asdict(self)
