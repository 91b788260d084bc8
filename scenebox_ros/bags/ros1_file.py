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

"""A ROS 1 bag as a storage: by its index where that can be trusted, else by a walk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
import struct

from scenebox_ros.bags import ros1_records as ros1
from scenebox_ros.bags.blocks import PlacedFile
from scenebox_ros.bags.inflate import DamagedBytesError
from scenebox_ros.bags.ros1_scan import Ros1Scan
from scenebox_ros.bags.storage import Channel, END_OF_TIME, in_time_order, Loss, Raw, Source
from scenebox_ros.errors import BagError

_ENTRY = struct.Struct('<II')


@dataclass(frozen=True)
class Chunk:
    """One chunk: where its record starts, its times, and its messages by connection."""

    offset: int
    start_ns: int
    end_ns: int
    counts: dict[int, int]
    is_cut: bool = False


class Ros1Storage:
    """
    One ROS 1 bag of format 2.0, whole or broken.

    Opening reads the index at the end; without a good one it reads all of the file once.
    """

    def __init__(self, file: PlacedFile) -> None:
        self._file = file
        self._reported: set[int] = set()
        self.losses: list[Loss] = []
        self.notes: list[str] = []
        self.distro = ''
        self.channels: dict[int, Channel] = {}
        self._chunks: list[Chunk] = []
        try:
            self._read_index()
        except (DamagedBytesError, struct.error, UnicodeDecodeError) as error:
            self._scan(str(error))
        counts: Counter[int] = Counter()
        for chunk in self._chunks:
            counts.update(chunk.counts)
        self.counts: dict[int, int] = {key: counts[key] for key in self.channels}
        self.start_ns = min((chunk.start_ns for chunk in self._chunks), default=0)
        self.end_ns = max((chunk.end_ns for chunk in self._chunks), default=0)

    def record(self, offset: int) -> ros1.Record:
        """Read the head of the record at a place."""
        start = memoryview(self._file.read(offset, 4096))
        record = ros1.parse_record(start, 0)
        return ros1.Record(record.header, offset + record.data_at, record.data_bytes)

    def _read_index(self) -> None:
        head = self.record(len(ros1.MAGIC))
        if head.op != ros1.BAG_HEADER:
            raise DamagedBytesError('its first record is no bag header')
        if head.header.get(b'encryptor'):
            raise BagError(
                f'{self._file.path} is encrypted; decrypt it with "rosbag decrypt" first')
        position = int.from_bytes(head.header.get(b'index_pos', b''), 'little')
        if not position:
            raise DamagedBytesError('it was never indexed')
        for _ in range(head.number(b'conn_count')):
            record = self.record(position)
            data = self._file.read(record.data_at, record.data_bytes)
            if record.op != ros1.CONNECTION or len(data) < record.data_bytes:
                raise DamagedBytesError('its index of connections is damaged')
            channel = ros1.parse_connection(record, data)
            self.channels[channel.id] = channel
            position = record.stop
        for _ in range(head.number(b'chunk_count')):
            record = self.record(position)
            self._chunks.append(self._chunk_info(record))
            position = record.stop
        if position != self._file.size:
            # Nothing comes after the index: a number in the header is wrong.
            raise DamagedBytesError('its index ends before the file does')

    def _chunk_info(self, record: ros1.Record) -> Chunk:
        data = self._file.read(record.data_at, record.data_bytes)
        if record.op != ros1.CHUNK_INFO or len(data) < record.data_bytes or len(data) % 8:
            raise DamagedBytesError('its index of chunks is damaged')
        offset = int.from_bytes(record.header.get(b'chunk_pos', b''), 'little')
        if not 0 < offset < self._file.size or self.record(offset).op != ros1.CHUNK:
            raise DamagedBytesError('its index points beside its chunks')
        counts = dict(_ENTRY.iter_unpack(data))
        if not counts.keys() <= self.channels.keys() or len(counts) != record.number(b'count'):
            raise DamagedBytesError('its index of chunks names other connections')
        return Chunk(
            offset, record.time_ns(b'start_time'), record.time_ns(b'end_time'), counts)

    def _scan(self, problem: str) -> None:
        scan = Ros1Scan(self._file)
        scan.walk(len(ros1.MAGIC))
        self.channels = scan.channels
        self._chunks = [Chunk(*place) for place in scan.chunks]
        self.losses = scan.losses
        self.notes.append(f'{self._file.name}: {problem}; all of it was read instead')
        self._report_unknown()
        if not scan.is_whole and not self.losses:
            last_ns = max((chunk.end_ns for chunk in self._chunks), default=None)
            self.losses.append(Loss(None, last_ns, None, (
                f'{self._file.name}: the bag was never closed; what came after its last message '
                'is not in it')))

    def _report_unknown(self) -> None:
        unknown: Counter[int] = Counter()
        for chunk in self._chunks:
            unknown.update({number: count for number, count in chunk.counts.items()
                            if number not in self.channels})
        self.losses.extend(
            Loss(None, None, None, (
                f'{self._file.name}: messages of connection {number}, whose topic and type are '
                'lost'), count)
            for number, count in unknown.items()
        )

    def read(self, wanted: Collection[int], start_ns: int, end_ns: int) -> Iterator[Raw]:
        """Give the wanted channels' messages from start to end, both included, by log time."""
        channels = frozenset(wanted)
        return in_time_order([
            Source(chunk.start_ns, 1 << 20,
                   partial(self._messages, chunk, channels, start_ns, end_ns))
            for chunk in self._chunks
            if chunk.start_ns <= end_ns and chunk.end_ns >= start_ns
            and not channels.isdisjoint(chunk.counts)
        ])

    def _messages(
        self, chunk: Chunk, wanted: frozenset[int], start_ns: int, end_ns: int
    ) -> Iterator[Raw]:
        try:
            record = self.record(chunk.offset)
            data = self._file.read(record.data_at, record.data_bytes)
            if len(data) < record.data_bytes and not chunk.is_cut:
                raise DamagedBytesError('the file ends inside the chunk')
            content, problem = ros1.chunk_content(record, memoryview(data), chunk.is_cut)
        except DamagedBytesError as error:
            self._report(chunk, str(error))
            return
        found = ros1.walk_chunk(content, wanted, start_ns, end_ns)
        problem = found.problem or problem
        if problem and not chunk.is_cut:
            everything = ros1.walk_chunk(content, None, 0, END_OF_TIME).messages
            self._report(chunk, problem, everything)
        yield from found.messages

    def _report(self, chunk: Chunk, reason: str, found: Sequence[Raw] = ()) -> None:
        """Say once what a bad chunk lost."""
        said = f'{self._file.name}: {reason} (chunk at byte {chunk.offset})'
        if chunk.offset in self._reported or any(said == loss.reason for loss in self.losses):
            return
        self._reported.add(chunk.offset)
        missing = Counter(chunk.counts)
        missing.subtract(number for _, number, _ in found)
        self.losses.extend(
            Loss(self.channels[number].topic, chunk.start_ns, chunk.end_ns, said, messages)
            for number, messages in missing.items() if number in self.channels and messages > 0
        )

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self._file.close()
