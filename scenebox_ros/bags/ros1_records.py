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
ROS 1 bag records: from bytes to values.

Layout: http://wiki.ros.org/Bags/Format/2.0. A record is a header (its length, then fields
``name=value`` each after its own length) and data (its length, then the bytes).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
import re
import struct
from typing import Optional

from scenebox_ros.bags.inflate import DamagedBytesError, inflate, inflate_start, MAX_BYTES
from scenebox_ros.bags.storage import by_time, Channel, Definition, Raw

MAGIC = b'#ROSBAG V2.0\n'
MESSAGE, BAG_HEADER, INDEX, CHUNK, CHUNK_INFO, CONNECTION = range(2, 8)
COMPRESSIONS = ('none', 'bz2', 'lz4')
# The longest header that makes sense: a connection's, whose definition stands in the data.
MAX_HEADER_BYTES = 1 << 16

_MESSAGE_MARK = re.compile(rb'op=\x02')

_U32 = struct.Struct('<I')
_TIME = struct.Struct('<II')
Header = dict[bytes, bytes]


@dataclass(frozen=True)
class Record:
    """One record: its header, and where its data is; ``stop`` is where the next one starts."""

    header: Header
    data_at: int
    data_bytes: int

    @property
    def op(self) -> int:
        """Tell what kind it is; 0 if the header does not say."""
        value = self.header.get(b'op', b'')
        return value[0] if len(value) == 1 else 0

    @property
    def stop(self) -> int:
        """Where the next record starts."""
        return self.data_at + self.data_bytes

    def number(self, name: bytes) -> int:
        """Read a field of four bytes."""
        return _unpacked(_U32, self.header.get(name, b''))[0]

    def time_ns(self, name: bytes = b'time') -> int:
        """Read a field that is a time."""
        seconds, nanoseconds = _unpacked(_TIME, self.header.get(name, b''))
        return seconds * 1_000_000_000 + nanoseconds


def _unpacked(layout: struct.Struct, value: bytes) -> tuple[int, ...]:
    if len(value) != layout.size:
        raise DamagedBytesError('a field of a record header is missing or has another size')
    return layout.unpack(value)


def parse_fields(content: bytes) -> Header:
    """Split a record's header into its fields."""
    fields: Header = {}
    position = 0
    while position < len(content):
        if position + 4 > len(content):
            raise DamagedBytesError('a record header ends early')
        size = _U32.unpack_from(content, position)[0]
        position += 4 + size
        name, mark, value = content[position - size:position].partition(b'=')
        if position > len(content) or not mark:
            raise DamagedBytesError('a record header is damaged')
        fields[name] = value
    return fields


def parse_record(content: memoryview, position: int) -> Record:
    """Read the record at a place in memory; its data may end beyond ``content``."""
    if position + 4 > len(content):
        raise DamagedBytesError('a record ends early')
    size = _U32.unpack_from(content, position)[0]
    data_at = position + 8 + size
    if size > MAX_HEADER_BYTES or data_at > len(content):
        raise DamagedBytesError(f'a record header claims {size} bytes')
    header = parse_fields(bytes(content[position + 4:position + 4 + size]))
    return Record(header, data_at, _U32.unpack_from(content, data_at - 4)[0])


def parse_connection(record: Record, data: bytes) -> Channel:
    """Read a connection: its topic, type and definition."""
    fields = {**record.header, **parse_fields(data)}
    topic = fields.get(b'topic', b'').decode('utf-8', 'replace')
    text = fields.get(b'message_definition', b'').decode('utf-8', 'replace')
    return Channel(
        record.number(b'conn'), _normalized(record.header.get(b'topic', b'').decode() or topic),
        fields.get(b'type', b'').decode('utf-8', 'replace'), 'ros1',
        Definition('ros1msg', text) if text else Definition(), fields.get(b'latching') == b'1',
    )


def _normalized(topic: str) -> str:
    """ROS 1 allowed ``camera//image`` and names without a leading slash; ROS 2 does not."""
    return '/' + '/'.join(part for part in topic.split('/') if part)


def chunk_content(
    record: Record, data: memoryview, is_cut: bool = False
) -> tuple[memoryview, str]:
    """Decompress a chunk, of one that is cut its start; give it, and what is wrong with it."""
    how = record.header.get(b'compression', b'').decode('utf-8', 'replace')
    size = record.number(b'size')
    if how not in COMPRESSIONS or size > MAX_BYTES:
        raise DamagedBytesError(f'a chunk claims {size} bytes and compression {how!r}')
    if how == 'none':
        content = data
    elif is_cut:
        return memoryview(inflate_start(data, how)[0]), ''
    else:
        content = memoryview(inflate(data, how))
    if is_cut or len(content) == size:
        return content, ''
    # Its records tell whether bytes are missing, or only the number is wrong.
    return content, f'the chunk holds {len(content)} bytes instead of {size}'


@dataclass
class ChunkRecords:
    """What one chunk holds; ``problem`` says why the walk ended before the chunk's end."""

    messages: list[Raw]
    channels: dict[int, Channel]
    problem: str = ''


def walk_chunk(
    content: memoryview, wanted: Optional[frozenset[int]], start_ns: int, end_ns: int
) -> ChunkRecords:
    """Read the messages in a decompressed chunk, by log time, and the connections it declares."""
    found = ChunkRecords([], {})
    position = 0
    while position < len(content):
        try:
            # The loop is inside, so that it costs nothing while there is no damage.
            while position < len(content):
                record = _record_in_chunk(content, position)
                data = content[record.data_at:record.stop]
                if record.op == MESSAGE:
                    number, log_ns = record.number(b'conn'), record.time_ns()
                    if start_ns <= log_ns <= end_ns and (wanted is None or number in wanted):
                        found.messages.append((log_ns, number, data))
                else:
                    channel = parse_connection(record, bytes(data))
                    found.channels[channel.id] = channel
                position = record.stop
        except (DamagedBytesError, UnicodeDecodeError) as error:  # noqa: PERF203
            found.problem = found.problem or str(error)
            position = _next_message(content, position + 1)
    found.messages.sort(key=by_time)
    return found


def _record_in_chunk(content: memoryview, position: int) -> Record:
    record = parse_record(content, position)
    if record.stop > len(content):
        raise DamagedBytesError('a record is longer than its chunk')
    if record.op not in (MESSAGE, CONNECTION):
        raise DamagedBytesError(f'a record of kind {record.op} is inside the chunk')
    return record


def _next_message(content: memoryview, position: int) -> int:
    """Search for the next message after damage; the content's end if there is none."""
    for match in _MESSAGE_MARK.finditer(content, position):
        # The header's length and that of its first field stand before the first field's name.
        for start in range(max(position, match.start() - 48), match.start() - 3):
            with suppress(DamagedBytesError):
                if _record_in_chunk(content, start).op == MESSAGE:
                    return start
    return len(content)
