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

"""What capture did, counted per topic; every reading ends in exactly one of these columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass
class StreamCounts:
    """
    What became of one topic's readings.

    Attributes
    ----------
    received
        Readings handed in, undecodable messages too.
    kept
        Readings that became an asset, a part of a video, an entity or metadata.
    sampled_out
        Left out as the sampling settings ask.
    skipped
        Of a kind that this stream's settings do not use (a moving transform, a frame of a stream
        with neither images nor video).
    rejected
        Not usable: fixes without a position, numbers that are not finite.
    undecodable
        Messages that could not be decoded.
    failed
        Frames that could not be encoded.
    refused
        Records that the sink had no room for.
    records, body_bytes
        Records handed to the sink and the bytes of their bodies.
    without_position
        Assets stored without a geotag though the session has fix topics.
    stamps_missing, stamps_backwards
        Readings without a header stamp, and ones older than the reading before.
    clock_offset_s
        The largest distance between a header stamp and its arrival, with its sign.

    """

    received: int = 0
    kept: int = 0
    sampled_out: int = 0
    skipped: int = 0
    rejected: int = 0
    undecodable: int = 0
    failed: int = 0
    refused: int = 0
    records: int = 0
    body_bytes: int = 0
    without_position: int = 0
    stamps_missing: int = 0
    stamps_backwards: int = 0
    clock_offset_s: float = 0.0


@dataclass(frozen=True)
class CaptureReport:
    """
    What one capture did.

    Attributes
    ----------
    session
        The session's local key.
    start_ns, end_ns
        The span of the stamps of what was kept; both 0 if nothing was.
    streams
        Counts by topic.
    errors
        The last error of each topic that had one.

    """

    session: str
    start_ns: int = 0
    end_ns: int = 0
    streams: Mapping[str, StreamCounts] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def total(self, column: str) -> int:
        """Sum one column over all topics: ``report.total('kept')``."""
        return sum(int(getattr(counts, column)) for counts in self.streams.values())

    def as_json(self) -> dict[str, object]:
        """Give the report as a JSON value."""
        return asdict(self)
