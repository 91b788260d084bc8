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

"""A ROS 1 bag without its index: walk over the records, keep what is whole, say what is not."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Optional

from scenebox_ros.bags import ros1_records as ros1
from scenebox_ros.bags.blocks import PlacedFile
from scenebox_ros.bags.inflate import DamagedBytesError
from scenebox_ros.bags.storage import Channel, END_OF_TIME, Loss

# Where a chunk's header says so; its record starts a few bytes before.
_MARK = b'compression='
_HEAD_BYTES = 4096

# Where its record starts, its times, its messages by connection, and whether the file ends in it.
Place = tuple[int, int, int, dict[int, int], bool]


class Ros1Scan:
    """
    One walk over a bag.

    Attributes
    ----------
    channels, chunks
        As an index would list them.
    losses
        What is missing.
    is_whole
        The file ends with an index, as a closed bag does.

    """

    def __init__(self, file: PlacedFile) -> None:
        self.channels: dict[int, Channel] = {}
        self.chunks: list[Place] = []
        self.losses: list[Loss] = []
        self.is_whole = False
        self._file = file
        self._last_ns: Optional[int] = None
        self._gap: Optional[str] = None

    def walk(self, position: int) -> None:
        """Walk from there to the end of the file."""
        while position < self._file.size:
            try:
                record = self._record(position)
                if record.op not in range(ros1.MESSAGE, ros1.CONNECTION + 1):
                    raise DamagedBytesError(f'there is no record at byte {position}')
            except DamagedBytesError:
                position = self._skip(position)
                continue
            is_cut = record.stop > self._file.size
            if record.op == ros1.CHUNK:
                self._chunk(position, record, is_cut)
            elif is_cut:
                self._lose(f'the file ends inside a record at byte {position}', None)
            else:
                self._other(position, record)
            position = record.stop if not is_cut else self._next_chunk(position + 1)
        if self._gap:
            self._lose(self._gap, None)

    def _record(self, position: int) -> ros1.Record:
        start = memoryview(self._file.read(position, _HEAD_BYTES))
        record = ros1.parse_record(start, 0)
        return ros1.Record(record.header, position + record.data_at, record.data_bytes)

    def _skip(self, position: int) -> int:
        found = self._next_chunk(position + 1)
        what = f'bytes {position} to {found} are not records'
        if found >= self._file.size:
            what = f'the file ends inside a record at byte {position}'
        self._gap = what
        return found

    def _chunk(self, position: int, record: ros1.Record, is_cut: bool) -> None:
        try:
            data = memoryview(self._file.read(record.data_at, record.data_bytes))
            content, problem = ros1.chunk_content(record, data, is_cut)
        except DamagedBytesError as error:
            self._lose(f'{error} (chunk at byte {position})', None)
            return
        found = ros1.walk_chunk(content, None, 0, END_OF_TIME)
        self.channels.update(found.channels)
        if found.messages:
            start_ns, end_ns = found.messages[0][0], found.messages[-1][0]
            if self._gap:
                self._lose(self._gap, start_ns)
            counts = Counter(number for _, number, _ in found.messages)
            self.chunks.append((position, start_ns, end_ns, dict(counts), is_cut))
            self._last_ns = end_ns
        if is_cut:
            self._lose(f'the file ends inside the chunk at byte {position}', None)
        elif problem := found.problem or problem:
            self._lose(f'{problem} (chunk at byte {position})', None)

    def _other(self, position: int, record: ros1.Record) -> None:
        if record.op == ros1.CONNECTION:
            with suppress(DamagedBytesError, UnicodeDecodeError):
                data = self._file.read(record.data_at, record.data_bytes)
                channel = ros1.parse_connection(record, data)
                self.channels.setdefault(channel.id, channel)
        elif record.op == ros1.CHUNK_INFO:
            self.is_whole = True
        elif record.op == ros1.MESSAGE:
            self._lose(f'a message outside of any chunk at byte {position}', None)

    def _lose(self, reason: str, next_ns: Optional[int]) -> None:
        self._gap = None
        self.losses.append(Loss(None, self._last_ns, next_ns, f'{self._file.name}: {reason}'))

    def _next_chunk(self, position: int) -> int:
        """Search for the next record that is a chunk; the file's size if there is none."""
        for offset, window in self._file.windows(position):
            at = window.find(_MARK)
            while at >= 0:
                start = self._chunk_around(offset + at, position)
                if start is not None:
                    return start
                at = window.find(_MARK, at + 1)
        return self._file.size

    def _chunk_around(self, mark: int, first: int) -> Optional[int]:
        """Find the start of the chunk record whose header has the mark."""
        for start in range(max(first, mark - 64), mark - 7):
            try:
                record = self._record(start)
            except DamagedBytesError:
                continue
            if record.op == ros1.CHUNK and record.data_at > mark and b'size' in record.header:
                return start
        return None
