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

"""An MCAP file as a storage: by its summary where that can be trusted, else by a scan."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from functools import partial
import struct

from scenebox_ros.bags import mcap_records as mcap
from scenebox_ros.bags.blocks import Block, load, PlacedFile
from scenebox_ros.bags.inflate import DamagedBytesError
from scenebox_ros.bags.mcap_scan import Scan
from scenebox_ros.bags.mcap_summary import read_summary
from scenebox_ros.bags.storage import Channel, END_OF_TIME, in_time_order, Loss, Raw, Source


class McapStorage:
    """
    One MCAP file, whole or broken.

    Opening reads the summary; without a good one it reads all of the file once.
    """

    def __init__(self, file: PlacedFile) -> None:
        self._file = file
        self._reported: set[int] = set()
        self.losses: list[Loss] = []
        self.notes: list[str] = []
        self.distro = ''
        self.channels: dict[int, Channel]
        self.counts: dict[int, int]
        self._blocks: list[Block]
        self.profile = self._profile()
        summary = read_summary(file)
        if summary:
            self.channels, self.counts = summary.channels, summary.counts
            self._blocks = summary.blocks
        else:
            self._scan()
        self.start_ns = min((block.start_ns for block in self._blocks), default=0)
        self.end_ns = max((block.end_ns for block in self._blocks), default=0)

    def _profile(self) -> str:
        start = memoryview(self._file.read(0, 1 << 10))[len(mcap.MAGIC):]
        if len(start) < mcap.PREFIX or start[0] != mcap.HEADER:
            return ''
        try:
            return mcap.parse_header(start[mcap.PREFIX:])
        except mcap.RecordError:
            return ''

    def _scan(self) -> None:
        scan = Scan(self._file)
        has_magic = self._file.read(0, len(mcap.MAGIC)) == mcap.MAGIC
        scan.walk(len(mcap.MAGIC) if has_magic else 0)
        self._blocks, self.losses = scan.blocks, scan.losses
        self.channels = dict(scan.channels)
        self.counts = {key: number for key, number in scan.counts.items() if key in scan.channels}
        self.notes.append(f'{self._file.name} has no usable index; all of it was read instead')
        self._report_unknown(scan)
        if not scan.is_whole and not self.losses:
            last_ns = max((block.end_ns for block in scan.blocks), default=None)
            self.losses.append(Loss(None, last_ns, None, (
                f'{self._file.name}: the file was never closed; what came after its last message '
                'is not in it')))

    def _report_unknown(self, scan: Scan) -> None:
        for channel, number in scan.counts.items():
            if channel not in scan.channels:
                self.losses.append(Loss(None, None, None, (
                    f'{self._file.name}: messages of channel {channel}, whose topic and type are '
                    'lost'), number))

    def read(self, wanted: Collection[int], start_ns: int, end_ns: int) -> Iterator[Raw]:
        """Give the wanted channels' messages from start to end, both included, by log time."""
        channels = frozenset(wanted) & frozenset(self.channels)
        return in_time_order([
            Source(block.start_ns, block.size,
                   partial(self._messages, block, channels, start_ns, end_ns))
            for block in self._blocks
            if block.start_ns <= end_ns and block.end_ns >= start_ns
            and (not block.indexes or not channels.isdisjoint(block.indexes))
        ])

    def _messages(
        self, block: Block, wanted: frozenset[int], start_ns: int, end_ns: int
    ) -> Iterator[Raw]:
        try:
            content = load(self._file, block)
        except DamagedBytesError as error:
            self._report(block, f'{error} (byte {block.offset})')
            if not block.is_chunk:
                yield from self._one_by_one(block, wanted, start_ns, end_ns)
            return
        found, is_whole = mcap.messages(content, wanted, start_ns, end_ns)
        if not is_whole and not block.is_cut:
            everything, _ = mcap.messages(content, None, 0, END_OF_TIME)
            self._report(block, f'records are damaged inside the chunk at byte {block.offset}',
                         everything)
        yield from found

    def _one_by_one(
        self, block: Block, wanted: frozenset[int], start_ns: int, end_ns: int
    ) -> Iterator[Raw]:
        """Read the messages of a run of which the disk cannot read all."""
        position = block.offset
        while position < block.offset + block.num_bytes:
            head = self._file.read_good(position, mcap.PREFIX)
            if len(head) < mcap.PREFIX:
                return
            size = mcap.PREFIX + int.from_bytes(head[1:], 'little')
            content = memoryview(self._file.read_good(position, size))
            yield from mcap.messages(content, wanted, start_ns, end_ns)[0]
            position += size

    def _report(self, block: Block, reason: str, found: Sequence[Raw] = ()) -> None:
        """Say once what a bad chunk lost, by topic where its message indexes can be read."""
        if block.offset in self._reported:
            return
        self._reported.add(block.offset)
        said = f'{self._file.name}: {reason}'
        if any(said == loss.reason for loss in self.losses):
            return
        there = {(channel, log_ns) for log_ns, channel, _ in found}
        missing = {
            channel: [log_ns for log_ns in times if (channel, log_ns) not in there]
            for channel, times in self._index_times(block)
        }
        losses = [
            Loss(self.channels[channel].topic, min(times), max(times), said, len(times))
            for channel, times in missing.items() if times and channel in self.channels
        ]
        self.losses.extend(losses or [Loss(None, block.start_ns, block.end_ns, said)])

    def _index_times(self, block: Block) -> list[tuple[int, list[int]]]:
        found = []
        for offset in block.indexes.values():
            with suppress(struct.error, mcap.RecordError, DamagedBytesError):
                head = self._file.read(offset, mcap.PREFIX)
                opcode, length = struct.unpack('<BQ', head)
                if opcode == mcap.MESSAGE_INDEX:
                    content = self._file.read(offset + mcap.PREFIX, length)
                    found.append(mcap.parse_message_index(memoryview(content)))
        return found

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self._file.close()
