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
MCAP records: from bytes to values, and nothing about files.

Layout: https://mcap.dev/spec. A record is an opcode, a length of eight bytes, and that many bytes.
Every function takes the record's content, without those nine bytes.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
import re
import struct

from scenebox_ros.bags.storage import by_time, Channel, Definition, Raw
from scenebox_ros.errors import BagError

MAGIC = b'\x89MCAP0\r\n'
HEADER, FOOTER, SCHEMA, CHANNEL, MESSAGE, CHUNK, MESSAGE_INDEX, CHUNK_INDEX = range(1, 9)
ATTACHMENT, ATTACHMENT_INDEX, STATISTICS, METADATA, METADATA_INDEX = range(9, 14)
SUMMARY_OFFSET, DATA_END = 14, 15
PREFIX = 9
FOOTER_BYTES = PREFIX + 20

# A message's opcode, a length below 4 GiB, and room for its head.
_MESSAGE_START = re.compile(rb'\x05(?=[\s\S]{4}\0{4}[\s\S]{22})')
_IN_CHUNK = (SCHEMA, CHANNEL, MESSAGE)

_U16 = struct.Struct('<H')
_U32 = struct.Struct('<I')
_U64 = struct.Struct('<Q')
_LENGTH = struct.Struct('<BQ')
_MESSAGE = struct.Struct('<BQHIQQ')
_CHUNK = struct.Struct('<QQQI')
_CHUNK_INDEX = struct.Struct('<QQQQ')


class RecordError(BagError):
    """A record does not hold what its opcode says."""


@dataclass(frozen=True)
class Schema:
    """A message type's name and definition."""

    id: int
    name: str
    definition: Definition


@dataclass(frozen=True)
class ChunkHead:
    """What a chunk says of itself before its records; ``body`` is where these start in it."""

    start_ns: int
    end_ns: int
    size: int
    crc: int
    compression: str
    body: int
    body_bytes: int


@dataclass(frozen=True)
class ChunkEntry:
    """One chunk as the summary lists it; ``indexes`` are its message indexes by channel."""

    start_ns: int
    end_ns: int
    offset: int
    num_bytes: int
    size: int
    indexes: dict[int, int]


class Fields:
    """Values of a record, one after the other."""

    def __init__(self, content: memoryview) -> None:
        self._content = content
        self._at = 0

    def number(self, layout: struct.Struct) -> int:
        """Read an integer."""
        value: int = self.numbers(layout)[0]
        return value

    def numbers(self, layout: struct.Struct) -> tuple[int, ...]:
        """Read integers."""
        try:
            values = layout.unpack_from(self._content, self._at)
        except struct.error:
            raise RecordError('a record ends early') from None
        self._at += layout.size
        return values

    def block(self, size: int) -> memoryview:
        """View that many bytes."""
        if size > len(self._content) - self._at:
            raise RecordError(f'a field of {size} bytes passes the end of its record')
        self._at += size
        return self._content[self._at - size:self._at]

    def text(self) -> str:
        """Read a string; bytes that are no UTF-8 are replaced."""
        return bytes(self.block(self.number(_U32))).decode('utf-8', 'replace')

    def pairs(self, layout: struct.Struct) -> list[tuple[int, int]]:
        """Read a map of integers."""
        content = self.block(self.number(_U32))
        if len(content) % layout.size:
            raise RecordError('a map ends inside an entry')
        return list(layout.iter_unpack(content))

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._at


def parse_header(content: memoryview) -> str:
    """Read the profile: ``ros2``, ``ros1``, another or empty."""
    return Fields(content).text()


def parse_schema(content: memoryview) -> Schema:
    """Read a schema."""
    record = Fields(content)
    number, name, form = record.number(_U16), record.text(), record.text()
    return Schema(number, name, Definition(form, record.text()))


def parse_channel(content: memoryview, schemas: dict[int, Schema]) -> Channel:
    """Read a channel; its schema may be missing, then so is the definition."""
    record = Fields(content)
    number, schema_id = record.numbers(struct.Struct('<HH'))
    topic, encoding = record.text(), record.text()
    schema = schemas.get(schema_id, Schema(0, '', Definition()))
    metadata = record.block(record.number(_U32))
    latched = b'durability: 1' in bytes(metadata) or b'transient_local' in bytes(metadata)
    return Channel(number, topic, schema.name, encoding, schema.definition, latched)


def parse_chunk(content: memoryview, claimed: int) -> ChunkHead:
    """Read a chunk's head out of its first bytes; ``claimed`` is the whole record's length."""
    record = Fields(content)
    start_ns, end_ns, size, crc = record.numbers(_CHUNK)
    compression = record.text()
    body_bytes = record.number(_U64)
    if record.position + body_bytes > claimed:
        raise RecordError('a chunk is longer than its record')
    return ChunkHead(start_ns, end_ns, size, crc, compression, record.position, body_bytes)


def parse_chunk_index(content: memoryview) -> ChunkEntry:
    """Read one entry of the summary's list of chunks."""
    record = Fields(content)
    start_ns, end_ns, offset, num_bytes = record.numbers(_CHUNK_INDEX)
    indexes = dict(record.pairs(struct.Struct('<HQ')))
    record.number(_U64)
    record.text()
    record.number(_U64)
    return ChunkEntry(start_ns, end_ns, offset, num_bytes, record.number(_U64), indexes)


def parse_message_index(content: memoryview) -> tuple[int, list[int]]:
    """Read a channel's id and the log times of its messages in one chunk."""
    record = Fields(content)
    channel = record.number(_U16)
    return channel, [stamp_ns for stamp_ns, _ in record.pairs(struct.Struct('<QQ'))]


def parse_statistics(content: memoryview) -> tuple[int, int, dict[int, int]]:
    """Read the number of messages, of chunks, and of messages by channel."""
    record = Fields(content)
    messages, _, _, _, _, chunks, _, _ = record.numbers(struct.Struct('<QHIIIIQQ'))
    return messages, chunks, dict(record.pairs(struct.Struct('<HQ')))


def parse_footer(content: memoryview) -> tuple[int, int]:
    """Read where the summary starts, and its CRC."""
    start, _, crc = Fields(content).numbers(struct.Struct('<QQI'))
    return start, crc


def records(content: memoryview) -> Iterator[tuple[int, memoryview]]:
    """
    Walk over records.

    Raises
    ------
    RecordError
        Where one passes the end; those before it have been given.

    """
    position = 0
    while position < len(content):
        if len(content) - position < PREFIX:
            raise RecordError('a record ends early')
        opcode, length = _LENGTH.unpack_from(content, position)
        position += PREFIX
        if length > len(content) - position:
            raise RecordError('a record is longer than what holds it')
        yield opcode, content[position:position + length]
        position += length


def messages(
    content: memoryview, wanted: Container[int] | None, start_ns: int, end_ns: int
) -> tuple[list[Raw], bool]:
    """
    Read the messages among records, in order of log time.

    Parameters
    ----------
    content
        Records; those that are no messages are passed over.
    wanted
        Channels to give; None gives all.
    start_ns, end_ns
        Log times to give, both included.

    Returns
    -------
    tuple
        The messages, which view ``content``; and False if there is damage between them.

    """
    found: list[Raw] = []
    position, end, last_ns, is_sorted, is_whole = 0, len(content), -1, True, True
    unpack = _MESSAGE.unpack_from
    while position < end:
        if end - position >= 31:
            opcode, length, channel, _, log_ns, _ = unpack(content, position)
        elif end - position >= PREFIX:
            opcode, length = _LENGTH.unpack_from(content, position)
        else:
            is_whole = False
            break
        stop = position + PREFIX + length
        if stop > end or opcode == 0 or (opcode == MESSAGE and length < 22):
            position, is_whole = _next_message(content, position + 1), False
            continue
        if (
            opcode == MESSAGE and start_ns <= log_ns <= end_ns
            and (wanted is None or channel in wanted)
        ):
            found.append((log_ns, channel, content[position + 31:stop]))
            is_sorted = is_sorted and log_ns >= last_ns
            last_ns = log_ns
        position = stop
    return _sorted(found, is_sorted), is_whole


def _next_message(content: memoryview, position: int) -> int:
    """Search for the next message that is followed by another record or by the end."""
    for match in _MESSAGE_START.finditer(content, position):
        start = match.start()
        stop = start + PREFIX + int.from_bytes(content[start + 1:start + PREFIX], 'little')
        if stop == len(content) or (stop < len(content) and content[stop] in _IN_CHUNK):
            return start
    return len(content)


def _sorted(found: list[Raw], is_sorted: bool) -> list[Raw]:
    if not is_sorted:
        found.sort(key=by_time)
    return found
