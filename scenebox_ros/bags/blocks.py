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

"""A file read at places, and the MCAP blocks in it: chunks, or runs of messages without chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
import os
from pathlib import Path
import struct

from scenebox_ros.bags import mcap_records as mcap
from scenebox_ros.bags.inflate import crc32, DamagedBytesError, inflate, inflate_start, MAX_BYTES
from scenebox_ros.errors import BagError

_HEAD = struct.Struct('<BQ')
# A chunk's head is 44 bytes and the name of its compression.
_CHUNK_HEAD_BYTES = 128
_MAX_READ = MAX_BYTES + (1 << 20)
_WINDOW, _SMALL_WINDOW, _OVERLAP = 4 << 20, 64 << 10, 256


class PlacedFile:
    """
    A file opened for reading at any place, by several threads at once.

    It reads into fresh bytes instead of mapping the file: a bad sector, an unplugged disk or a
    file cut meanwhile is then an error that can be reported, and memory stays bounded.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self._fd = os.open(path, os.O_RDONLY | getattr(os, 'O_CLOEXEC', 0))
        self.size = os.fstat(self._fd).st_size

    def read(self, offset: int, size: int) -> bytes:
        """
        Read up to ``size`` bytes; fewer at the end of the file.

        Raises
        ------
        DamagedBytesError
            If the disk cannot read them, or they are more than any record can have.
        BagError
            If the file has been closed.

        """
        if self._fd < 0:
            raise BagError(f'{self.path} is closed; open it again to read from it')
        size = max(0, min(size, self.size - offset))
        if size > _MAX_READ:
            raise DamagedBytesError(f'{size} bytes in one piece cannot be')
        try:
            piece = os.pread(self._fd, size, offset)
            while len(piece) < size:
                more = os.pread(self._fd, size - len(piece), offset + len(piece))
                if not more:
                    break
                piece += more
        except OSError as error:
            raise DamagedBytesError(f'the disk cannot read it ({error.strerror})') from None
        return piece

    def read_good(self, offset: int, size: int) -> bytes:
        """Read as :meth:`read` does, but give nothing where the disk cannot."""
        try:
            return self.read(offset, size)
        except DamagedBytesError:
            return b''

    def windows(self, offset: int) -> Iterator[tuple[int, bytes]]:
        """
        Read from there to the end in pieces: where each starts, and its bytes.

        Each holds the first bytes of the next one too, so that nothing is cut apart; what the
        disk cannot read is passed over in small steps.
        """
        while offset < self.size:
            for step in (_WINDOW, _SMALL_WINDOW):
                piece = self.read_good(offset, step + _OVERLAP)
                if piece:
                    yield offset, piece
                    break
            offset += step

    def close(self) -> None:
        """Close the file; may be called twice."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


@dataclass(frozen=True)
class Block:
    """
    A place in a file that holds messages.

    Attributes
    ----------
    offset, num_bytes
        Of the whole record, or of all records of a run.
    size
        Bytes in memory once it is read.
    is_chunk, is_cut
        A chunk, else a run of plain records; cut by the end of the file.
    indexes
        Where the message index of each channel is, where the summary tells.

    """

    offset: int
    num_bytes: int
    size: int
    start_ns: int
    end_ns: int
    is_chunk: bool = True
    is_cut: bool = False
    indexes: dict[int, int] = field(default_factory=dict)


def chunk_head(file: PlacedFile, offset: int) -> tuple[mcap.ChunkHead, int]:
    """Read a chunk's head and the length of its record; refuse what is no chunk."""
    start = file.read(offset, mcap.PREFIX + _CHUNK_HEAD_BYTES)
    if len(start) < mcap.PREFIX + 40:
        raise DamagedBytesError('a chunk ends inside its head')
    opcode, length = _HEAD.unpack_from(start)
    if opcode != mcap.CHUNK:
        raise DamagedBytesError('there is no chunk where one should be')
    try:
        head = mcap.parse_chunk(memoryview(start)[mcap.PREFIX:], length)
    except mcap.RecordError as error:
        raise DamagedBytesError(str(error)) from None
    if head.compression not in ('', 'zstd', 'lz4') or head.size > MAX_BYTES:
        raise DamagedBytesError(
            f'a chunk claims {head.size} bytes and compression {head.compression!r}'
        )
    return head, length


def load(file: PlacedFile, block: Block) -> memoryview:
    """
    Read a block's records, decompressed and checked.

    Raises
    ------
    DamagedBytesError
        If the block is not whole, unless it is known to be cut.

    """
    if not block.is_chunk:
        return memoryview(file.read(block.offset, block.num_bytes))
    # One read for the whole record; its head is parsed from the same bytes.
    content = memoryview(file.read(block.offset, block.num_bytes))
    try:
        opcode, length = _HEAD.unpack_from(content)
        head = mcap.parse_chunk(content[mcap.PREFIX:], length)
    except (struct.error, mcap.RecordError) as error:
        raise DamagedBytesError(str(error)) from None
    if opcode != mcap.CHUNK:
        raise DamagedBytesError('there is no chunk where one should be')
    start = mcap.PREFIX + head.body
    return _plain(content[start:start + head.body_bytes], head, block.is_cut)


def _plain(body: memoryview, head: mcap.ChunkHead, is_cut: bool) -> memoryview:
    if is_cut:
        whole = inflate_start(body, head.compression)[0] if head.compression else body
        return memoryview(whole)
    if len(body) < head.body_bytes:
        raise DamagedBytesError('the file ends inside the chunk')
    if head.compression:
        body = memoryview(inflate(body, head.compression))
    if len(body) != head.size:
        raise DamagedBytesError(f'the chunk holds {len(body)} bytes instead of {head.size}')
    if head.crc and crc32(body) != head.crc:
        raise DamagedBytesError('the checksum of the chunk does not match')
    return body


def open_file(path: Path) -> PlacedFile:
    """Open a file, turning the system's refusal into one of ours."""
    try:
        return PlacedFile(path)
    except OSError as error:
        raise BagError(f'{path} cannot be opened: {error.strerror}') from None
