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
Numbers of documents, in the documents' order: a field's numbers of some rows are one blob.

New documents only append to the last blobs, whatever the numbers are; an index in the order of the
numbers would write a page of the disk for each. A blob is read a thousand times as fast as that
many rows, so a question looks through a field's blobs, except those whose bounds say no.
"""

from __future__ import annotations

from collections.abc import Iterable
import struct

from scenebox_ros.server.store.database import Connection, insert

# So many entries fit on a page of the database.
BLOCK = 384
ENTRY = 10
INTEGER, REAL = 0, 1
pack_integer = struct.Struct('<Hq').pack
pack_real = struct.Struct('<Hd').pack
_unpack = struct.Struct('<Hq').iter_unpack

Number = int | float
Entry = tuple[int, Number, int]


def exact(value: Number) -> Number:
    """Give whole numbers as integers, so that equal numbers are the same bytes."""
    if isinstance(value, float) and value.is_integer() and -(2.0**63) <= value < 2.0**63:
        return int(value)
    return value


def keys_of(field: int, kind: int) -> tuple[int, int]:
    """Give the first and the last key that blocks of a field's numbers of some kind may have."""
    first = (field * 2 + kind) << 32
    return first, first | 0xFFFF_FFFF


def add(connection: Connection, entries: Iterable[Entry]) -> None:
    """Append numbers: field, value, row."""
    grow = (
        'ON CONFLICT DO UPDATE SET low = min(low, excluded.low), high = max(high, excluded.high),'
        ' entries = CAST(entries || excluded.entries AS BLOB)'
    )
    blocks = _blocks(entries)
    insert(connection, 'INSERT INTO numbers VALUES', 4, [
        (key, min(values), max(values), b''.join(packed))
        for key, (values, packed) in sorted(blocks.items())
    ], grow)


def remove(connection: Connection, entries: Iterable[Entry]) -> None:
    """Take numbers out again; the bounds stay true."""
    for key, (_, dead) in _blocks(entries).items():
        sql = 'SELECT entries FROM numbers WHERE key = ?'
        (blob,) = connection.execute(sql, (key,)).fetchone() or (b'',)
        gone = set(dead)
        entry = (blob[at:at + ENTRY] for at in range(0, len(blob), ENTRY))
        if left := b''.join(one for one in entry if one not in gone):
            connection.execute('UPDATE numbers SET entries = ? WHERE key = ?', (left, key))
        else:
            connection.execute('DELETE FROM numbers WHERE key = ?', (key,))


def rows_having(connection: Connection, field: int) -> set[int]:
    """Find the rows that have a number of a field."""
    found: set[int] = set()
    sql = 'SELECT key, entries FROM numbers WHERE key BETWEEN ? AND ?'
    ends = keys_of(field, INTEGER)[0], keys_of(field, REAL)[1]
    for key, blob in connection.execute(sql, ends):
        first = (key & 0xFFFF_FFFF) * BLOCK
        found.update(first + offset for offset, _ in _unpack(blob))
    return found


def _blocks(entries: Iterable[Entry]) -> dict[int, tuple[list[Number], list[bytes]]]:
    blocks: dict[int, tuple[list[Number], list[bytes]]] = {}
    # This runs for every number of every document, so that keys_of() and exact() are written out.
    for field, value, row in entries:
        if type(value) is float and value.is_integer():
            value = exact(value)
        if type(value) is int:
            key, packed = field << 33 | row // BLOCK, pack_integer(row % BLOCK, value)
        else:
            key, packed = (field << 1 | REAL) << 32 | row // BLOCK, pack_real(row % BLOCK, value)
        if (known := blocks.get(key)) is None:
            known = blocks[key] = ([], [])
        known[0].append(value)
        known[1].append(packed)
    return blocks
