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

"""
MCAP without its summary: walk over the records, keep what is whole, say what is not.

This is how a recording is read whose recorder was killed, whose disk lost a page, or that was
written without an index.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
import re
import struct
from typing import Optional

from scenebox_ros.bags import mcap_records as mcap
from scenebox_ros.bags.blocks import Block, chunk_head, load, PlacedFile
from scenebox_ros.bags.inflate import DamagedBytesError, MAX_BYTES
from scenebox_ros.bags.storage import Channel, END_OF_TIME, Loss, Raw

_HEAD = struct.Struct('<BQ')
_RUN_BYTES = 1 << 20
# Where records may start again after damage. Chunks: opcode, length, times, size, CRC, compression
# (its own length first), length of the records. Messages: opcode, length, channel, times.
_CANDIDATE = re.compile(
    rb'\x06(?=[\s\S]{4}\0{4}[\s\S]{28}(?:\0{4}[\s\S]{4}\0{4}|\x04\0{3}zstd|\x03\0{3}lz4))'
    rb'|\x05(?=[\s\S]{4}\0{4}[\s\S]{22})'
)


class Scan:
    """
    One walk over a file.

    Attributes
    ----------
    channels, counts, blocks
        As a summary would list them.
    losses
        What is missing.
    is_whole
        The file ends with a footer, as a closed recording does.

    """

    def __init__(self, file: PlacedFile) -> None:
        self.channels: dict[int, Channel] = {}
        self.counts: Counter[int] = Counter()
        self.blocks: list[Block] = []
        self.losses: list[Loss] = []
        self.is_whole = False
        self._file = file
        self._schemas: dict[int, mcap.Schema] = {}
        self._run: Optional[Block] = None
        self._bad: Optional[tuple[int, int, str]] = None
        self._bad_indexes: dict[int, list[int]] = {}
        self._gap: Optional[tuple[int, int, Optional[int]]] = None
        self._last_ns: Optional[int] = None
        self._floor = 0

    def walk(self, position: int) -> None:
        """Walk from there to the end of the file."""
        doubted = position
        while position < self._file.size:
            head = self._file.read_good(position, mcap.PREFIX)
            opcode, length = _HEAD.unpack(head) if len(head) == mcap.PREFIX else (0, 0)
            stop = position + mcap.PREFIX + length
            if not _is_opcode(opcode) or stop > self._file.size:
                position = doubted = self._skip(position, doubted, opcode)
                continue
            if self._is_trusted(opcode, position, stop):
                doubted = stop
            elif opcode != mcap.MESSAGE:
                doubted = position + 1
            position = stop
            if opcode == mcap.FOOTER:
                self.is_whole = True
                break
        self._end_run()
        self._end_bad()
        self._end_gap(None)

    def _is_trusted(self, opcode: int, position: int, stop: int) -> bool:
        """Take one record; tell whether it proved to be what it claims."""
        if opcode != mcap.MESSAGE_INDEX:
            self._end_bad()
        if opcode == mcap.CHUNK:
            return self._chunk(position, stop)
        if opcode == mcap.MESSAGE:
            return self._message(position, stop)
        if opcode in (mcap.SCHEMA, mcap.CHANNEL, mcap.MESSAGE_INDEX):
            content = memoryview(self._file.read_good(position, stop - position))[mcap.PREFIX:]
            return self._small(opcode, content)
        return opcode in (mcap.HEADER, mcap.DATA_END, mcap.FOOTER)

    def _small(self, opcode: int, content: memoryview) -> bool:
        try:
            if opcode == mcap.SCHEMA:
                schema = mcap.parse_schema(content)
                self._schemas[schema.id] = schema
            elif opcode == mcap.CHANNEL:
                channel = mcap.parse_channel(content, self._schemas)
                self.channels[channel.id] = channel
            elif self._bad:
                number, times = mcap.parse_message_index(content)
                self._bad_indexes[number] = times
        except mcap.RecordError:
            return False
        return True

    def _chunk(self, position: int, stop: int, is_cut: bool = False) -> bool:
        self._end_run()
        try:
            head, _ = chunk_head(self._file, position)
        except DamagedBytesError as error:
            self._bad = (self._last_ns or 0, self._last_ns or 0, f'{error} (byte {position})')
            return False
        block = Block(position, stop - position, head.size + stop - position, head.start_ns,
                      head.end_ns, is_cut=is_cut)
        try:
            content = load(self._file, block)
        except DamagedBytesError as error:
            self._bad = (head.start_ns, head.end_ns, f'{error} (chunk at byte {position})')
            return True
        found, is_whole = self._count(content)
        if not is_whole and not is_cut:
            self.losses.append(Loss(None, self._last_ns, head.end_ns, self._say(
                f'records are damaged inside the chunk at byte {position}')))
        if found:
            self._last_ns = found[-1][0]
            self._keep(replace(block, start_ns=found[0][0], end_ns=found[-1][0]))
        return True

    def _count(self, content: memoryview) -> tuple[list[Raw], bool]:
        """Count a chunk's messages and learn its channels."""
        try:
            for opcode, record in mcap.records(content):
                if opcode in (mcap.SCHEMA, mcap.CHANNEL):
                    self._small(opcode, record)
        except mcap.RecordError:
            pass
        found, is_whole = mcap.messages(content, None, 0, END_OF_TIME)
        self.counts.update(channel for _, channel, _ in found)
        return found, is_whole

    def _message(self, position: int, stop: int) -> bool:
        head = memoryview(self._file.read_good(position, 31))
        if len(head) < 31 or not 31 <= stop - position <= MAX_BYTES:
            return False
        channel, _, log_ns = struct.unpack_from('<HIQ', head, mcap.PREFIX)
        if channel not in self.channels:
            return False
        self.counts[channel] += 1
        run = self._run
        if run is None or run.num_bytes > _RUN_BYTES or run.offset + run.num_bytes != position:
            self._end_run()
            run = Block(position, 0, 0, log_ns, log_ns, is_chunk=False)
        size = stop - run.offset
        self._run = Block(run.offset, size, size, min(run.start_ns, log_ns),
                          max(run.end_ns, log_ns), is_chunk=False)
        self._last_ns = log_ns
        return True

    def _end_run(self) -> None:
        run, self._run = self._run, None
        if run:
            self._keep(run)

    def _keep(self, block: Block) -> None:
        self._end_gap(block.start_ns)
        self.blocks.append(block)

    def _end_bad(self) -> None:
        """Report a bad chunk, by topic where its message indexes follow it."""
        bad, self._bad = self._bad, None
        times, self._bad_indexes = self._bad_indexes, {}
        if bad is None:
            return
        start_ns, end_ns, reason = bad
        by_topic = {number: stamps for number, stamps in times.items() if stamps}
        self.losses.extend(
            Loss(self._topic(number), min(stamps), max(stamps), self._say(reason), len(stamps))
            for number, stamps in by_topic.items()
        )
        if not by_topic:
            self.losses.append(Loss(None, start_ns or None, end_ns or None, self._say(reason)))

    def _end_gap(self, next_ns: Optional[int]) -> None:
        gap, self._gap = self._gap, None
        if gap:
            start, stop, last_ns = gap
            where = f'bytes {start} to {stop} are not records'
            if stop >= self._file.size:
                where = f'the file ends inside a record at byte {start}'
            self.losses.append(Loss(None, last_ns, next_ns, self._say(where)))

    def _skip(self, position: int, doubted: int, opcode: int) -> int:
        """Find where records start again after damage, or keep what a cut chunk still gives."""
        self._end_run()
        self._end_bad()
        if opcode == mcap.CHUNK and self._cut_chunk(position):
            return self._file.size
        # What is tried rises with every call, so that a walk ends whatever is in the file.
        start = max(doubted if doubted < position else position + 1, self._floor)
        found = self._resume(start)
        self._floor = found + 1
        self._gap = (position, found, self._last_ns)
        return found

    def _cut_chunk(self, position: int) -> bool:
        """Take what is there of a chunk that the file ends in; False if it is none."""
        try:
            head, length = chunk_head(self._file, position)
        except DamagedBytesError:
            return False
        if head.body + head.body_bytes != length:
            return False
        self._chunk(position, self._file.size, is_cut=True)
        self.losses.append(Loss(None, self._last_ns, head.end_ns, self._say(
            f'the file ends inside the chunk at byte {position}')))
        return True

    def _resume(self, position: int) -> int:
        """Search for the next record that can be believed; the file's size if there is none."""
        for offset, window in self._file.windows(position):
            for match in _CANDIDATE.finditer(window):
                if self._is_record(offset + match.start()):
                    return offset + match.start()
        return self._file.size

    def _is_record(self, position: int) -> bool:
        try:
            head, length = chunk_head(self._file, position)
            return head.body + head.body_bytes == length
        except DamagedBytesError:
            pass
        start = self._file.read_good(position, 31)
        if len(start) < 31 or start[0] != mcap.MESSAGE:
            return False
        if int.from_bytes(start[9:11], 'little') not in self.channels:
            return False
        return self._continues(position, 3)

    def _continues(self, position: int, depth: int) -> bool:
        """Tell whether whole records follow each other from there."""
        for _ in range(depth):
            head = self._file.read_good(position, mcap.PREFIX)
            if not head:
                return True
            if len(head) < mcap.PREFIX or not _is_opcode(head[0]):
                return False
            position += mcap.PREFIX + int.from_bytes(head[1:], 'little')
            if position > self._file.size:
                return False
        return True

    def _topic(self, channel: int) -> Optional[str]:
        known = self.channels.get(channel)
        return known.topic if known else None

    def _say(self, reason: str) -> str:
        return f'{self._file.name}: {reason}'


def _is_opcode(opcode: int) -> bool:
    return mcap.HEADER <= opcode <= mcap.DATA_END or opcode >= 0x80
