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
SQLite pages and rows: from bytes to values, and nothing about bags.

Layout: https://www.sqlite.org/fileformat2.html, sections 1.6 (b-tree pages) and 2.1 (records).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Union

LEAF = 0x0D
HEADER_BYTES = 100
Value = Union[None, int, bytes]

_INT_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


class RowError(ValueError):
    """Bytes are no row."""


@dataclass(frozen=True)
class Layout:
    """Sizes that the first page tells; ``usable`` are a page's bytes without the reserved ones."""

    page_size: int = 4096
    usable: int = 4096

    @classmethod
    def of(cls, header: bytes) -> Layout:
        """Read the header; a damaged one gives what rosbag2 uses."""
        size = int.from_bytes(header[16:18], 'big') if header.startswith(b'SQLite format 3') else 0
        size = 65536 if size == 1 else size
        if size < 512 or size & (size - 1):
            return cls()
        return cls(size, size - header[20])

    def local_bytes(self, payload: int) -> int:
        """How many bytes of a payload are in the leaf itself."""
        if payload <= self.usable - 35:
            return payload
        least = (self.usable - 12) * 32 // 255 - 23
        fit = least + (payload - least) % (self.usable - 4)
        return fit if fit <= self.usable - 35 else least


@dataclass(frozen=True)
class Cell:
    """One row in a leaf: its payload's size, and where the local part starts in the page."""

    row_id: int
    payload_bytes: int
    start: int


def cells(page: memoryview, layout: Layout, is_first: bool) -> Iterator[Cell]:
    """Walk over the rows of a leaf page; those that are damaged are left out."""
    at = HEADER_BYTES if is_first else 0
    count = int.from_bytes(page[at + 3:at + 5], 'big')
    for index in range(min(count, layout.usable // 2)):
        place = at + 8 + 2 * index
        start = int.from_bytes(page[place:place + 2], 'big')
        if not at + 8 <= start < layout.usable:
            continue
        try:
            size, position = varint(page, start)
            row_id, position = varint(page, position)
        except RowError:
            continue
        yield Cell(row_id, size, position)


def varint(content: memoryview, position: int) -> tuple[int, int]:
    """Read a number of one to nine bytes; also give the place after it."""
    value = 0
    for index in range(9):
        if position >= len(content):
            raise RowError('a number ends early')
        byte = content[position]
        position += 1
        if index == 8:
            value = value << 8 | byte
            break
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value - (1 << 64) if value >= 1 << 63 else value, position


def row_types(content: memoryview) -> tuple[list[int], int]:
    """Read a row's serial types, and where its values start."""
    size, position = varint(content, 0)
    if not position <= size <= min(len(content), 100):
        raise RowError('a row header has no plausible size')
    types = []
    while position < size:
        kind, position = varint(content, position)
        if kind < 0 or kind in (10, 11):
            raise RowError(f'serial type {kind} does not exist')
        types.append(kind)
    return types, position


def num_bytes(kind: int) -> int:
    """How many bytes a value of a serial type takes."""
    if kind >= 12:
        return (kind - 12) // 2
    return 8 if kind == 7 else _INT_BYTES.get(kind, 0)


def is_int(kind: int) -> bool:
    """Tell whether a serial type is an integer's."""
    return 1 <= kind <= 6 or kind in (8, 9)


def integer(kind: int, content: memoryview, position: int) -> int:
    """Read an integer of a serial type."""
    if kind in (8, 9):
        return kind - 8
    size = _INT_BYTES[kind]
    if position + size > len(content):
        raise RowError('a row ends early')
    return int.from_bytes(content[position:position + size], 'big', signed=True)


def texts(types: list[int], content: memoryview, position: int) -> list[str]:
    """Read a row's values as texts; what is no text becomes an empty one."""
    values = []
    for kind in types:
        size = num_bytes(kind)
        if position + size > len(content):
            raise RowError('a row ends early')
        is_text = kind >= 13 and kind % 2
        values.append(
            bytes(content[position:position + size]).decode('utf-8', 'replace') if is_text else '')
        position += size
    return values
