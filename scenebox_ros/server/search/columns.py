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
Questions to the numbers of a field, looked through as arrays.

A field has whole numbers (times among them, in nanoseconds) and others; each kind is an array of
its own, so that nanoseconds stay exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.server.store.database import Connection
from scenebox_ros.server.store.json_text import dumps
from scenebox_ros.server.store.numbers import BLOCK, ENTRY, exact, INTEGER, keys_of, Number, REAL

Rows = npt.NDArray[np.int64]
Span = tuple[int, int]
EVERYWHERE = (0, 2**40)
MOST = (-(2**63), 2**63 - 1)
ENDS: list[tuple[Number, Number]] = [MOST, (-math.inf, math.inf)]
# So many blocks are looked at to learn which others need not be; then so many times as many.
NEAR, MORE = 64, 4
ENTRIES = [
    np.dtype([('at', '<u2'), ('value', '<i8')]), np.dtype([('at', '<u2'), ('value', '<f8')]),
]


@dataclass(frozen=True)
class Column:
    """
    Numbers of one kind; a row may have several.

    Attributes
    ----------
    blocks, ends
        The first row of each block, and where its numbers end.
    at
        The row of each number, counted from its block's.
    values
        The numbers.

    """

    blocks: Rows
    ends: Rows
    at: npt.NDArray[Any]
    values: npt.NDArray[Any]

    @property
    def rows(self) -> Rows:
        """Give the row of each number."""
        rows: Rows = np.repeat(self.blocks, np.diff(self.ends, prepend=0)) + self.at
        return rows

    def where(self, mask: npt.NDArray[Any]) -> Column:
        """Keep some of the numbers."""
        kept = np.flatnonzero(mask)
        ends = np.searchsorted(kept, self.ends)
        return Column(self.blocks, ends, self.at[kept], self.values[kept])


def read(connection: Connection, fields: Sequence[int],
         bounds: Mapping[str, Number] | None = None, span: Span = EVERYWHERE) -> list[Column]:
    """
    Read the numbers of some fields.

    Parameters
    ----------
    connection
        A reader's.
    fields
        The numbers of the fields.
    bounds
        Operators to limits that all must hold.
    span
        From which row to which.

    """
    ends = [_ends(kind, bounds or {}) for kind in (INTEGER, REAL)]
    columns = [
        _read(connection, field, kind, ends[kind], span)
        for field in fields for kind in (INTEGER, REAL)
    ]
    return [column for column in columns if len(column.values)]


def first(connection: Connection, fields: Sequence[int], most: int,
          is_down: bool) -> list[Column]:
    """
    Read the numbers that come first in order, more than so many, and others; or all.

    Numbers are looked for in the blocks whose bounds come first. What is found there tells up to
    which block there can be any that come sooner.

    Parameters
    ----------
    connection, fields
        See :func:`read`.
    most
        How many numbers. Many are in most of the blocks, so that all are read.
    is_down
        Whether the greatest come first.

    """
    if most > NEAR * MORE:
        return read(connection, fields)
    sign, edge = (-1, 'high') if is_down else (1, 'low')
    sql = f'SELECT {edge}, key FROM numbers WHERE key BETWEEN ? AND ?'  # noqa: S608
    found = []
    for field in fields:
        ends = keys_of(field, INTEGER)[0], keys_of(field, REAL)[1]
        found += connection.execute(sql, ends).fetchall()
    begins = sign * np.array([begin for begin, _ in found], np.float64)
    order = np.argsort(begins)
    size = NEAR
    while size < len(order) // MORE:
        some = _pick(connection, [found[at][1] for at in order[:size]])
        values = [sign * column.values.astype(np.float64) for column in some]
        keys = np.concatenate([*values, np.empty(0)])
        if len(keys) > most:
            last = np.partition(keys, most)[most]
            near = int(np.searchsorted(begins[order], last, 'right'))
            if near <= size:
                return some
            if near <= size * MORE:
                return _pick(connection, [found[at][1] for at in order[:near]])
        size *= MORE
    return read(connection, fields)


def equal(connection: Connection, fields: Sequence[int], values: Sequence[Number],
          span: Span = EVERYWHERE) -> Rows:
    """Find the rows that have one of some numbers."""
    wanted: tuple[list[Number], list[Number]] = ([], [])
    for value in map(exact, values):
        wanted[INTEGER if isinstance(value, int) else REAL].append(value)
    found = []
    for field in fields:
        for kind, some in enumerate(wanted):
            if some:
                column = _read(connection, field, kind, (min(some), max(some)), span)
                found.append(column.where(np.isin(column.values, np.array(some))).rows)
    return union(found)


def union(parts: Sequence[Rows]) -> Rows:
    """Give each row once, in order."""
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.int64)


def rows_of(columns: Sequence[Column]) -> Rows:
    """Give each row that has a number once."""
    return union([column.rows for column in columns])


def within(columns: Sequence[Column], rows: Rows) -> list[Column]:
    """Keep the numbers of some rows."""
    return [column.where(np.isin(column.rows, rows)) for column in columns]


def aggregate(columns: Sequence[Column], kind: str) -> Number | None:
    """Compute ``sum``, ``avg``, ``min`` or ``max``; only a sum knows what nothing is."""
    if kind == 'sum':
        return sum(map(_sum, columns))
    columns = [column for column in columns if len(column.values)]
    if not columns:
        return None
    if kind == 'avg':
        return sum(map(_sum, columns)) / sum(len(column.values) for column in columns)
    ends = [column.values.min() if kind == 'min' else column.values.max() for column in columns]
    found: Number = (min if kind == 'min' else max)(end.item() for end in ends)
    return found


def _sum(column: Column) -> Number:
    """Add numbers; whole ones exactly, however many."""
    if column.values.dtype != np.int64:
        return float(column.values.sum())
    high, low = column.values >> 32, column.values & 0xFFFF_FFFF
    return (int(high.sum()) << 32) + int(low.sum())


def frequencies(columns: Sequence[Column]) -> Counter[Any]:
    """Count the rows that have each number."""
    counts: Counter[Any] = Counter()
    for column in columns:
        counts.update(_counted(column.values))
    return counts


def _counted(values: npt.NDArray[Any]) -> dict[Any, int]:
    found, n = np.unique(values, return_counts=True)
    return dict(zip(found.tolist(), n.tolist(), strict=True))


def histogram(columns: Sequence[Column], width: float) -> dict[Any, int]:
    """Count the rows that have numbers from each multiple of a width to the next."""
    if not columns:
        return {}
    low = np.concatenate([_floors(column.values, width) for column in columns])
    rows = np.concatenate([column.rows for column in columns])
    order = np.lexsort((rows, low))
    low, rows = low[order], rows[order]
    # A row with several numbers in a bucket counts once.
    is_new = np.ones(len(rows), np.bool_)
    is_new[1:] = (low[1:] != low[:-1]) | (rows[1:] != rows[:-1])
    return _counted(low[is_new])


def _floors(values: npt.NDArray[Any], width: float) -> npt.NDArray[Any]:
    # A float has no room for today's nanoseconds.
    if (values.dtype == np.int64 and width.is_integer() and width < MOST[1]
            and values.min(initial=0) >= MOST[0] + width):
        return values // int(width) * int(width)
    floors: npt.NDArray[Any] = np.floor(values / width) * width
    return floors


def between(columns: Sequence[Column],
            ranges: Sequence[tuple[Number | None, Number | None]]) -> list[int]:
    """Count the rows that have numbers in each range: from a value, up to but without another."""
    ordered = []
    for column in columns:
        order = np.argsort(column.values)
        ordered.append((column.rows[order], column.values[order]))
    is_plain = len(rows_of(columns)) == sum(len(rows) for rows, _ in ordered)
    counts = []
    for start, stop in ranges:
        parts = [
            rows[_position(values, start, 0):_position(values, stop, len(rows))]
            for rows, values in ordered
        ]
        counts.append(sum(map(len, parts)) if is_plain else len(union(parts)))
    return counts


def _position(values: npt.NDArray[Any], limit: Number | None, default: int) -> int:
    """Find where the numbers from a limit on begin."""
    if limit is None:
        return default
    if values.dtype == np.int64:
        if not MOST[0] <= limit <= MOST[1]:
            return len(values) if limit > 0 else 0
        limit = math.ceil(limit)
    return int(np.searchsorted(values, limit))


def _read(connection: Connection, field: int, kind: int, ends: tuple[Number, Number],
          span: Span) -> Column:
    """Read the numbers from one to another, out of the blocks that may have some."""
    (low, high), (first, last) = ends, keys_of(field, kind)
    keys = (first + span[0] // BLOCK, min(first + span[1] // BLOCK, last))
    sql = (
        'SELECT key & 0xFFFFFFFF, entries FROM numbers'
        ' WHERE key BETWEEN ? AND ? AND high >= ? AND low <= ?'
    )
    column = _column(connection.execute(sql, (*keys, low, high)).fetchall(), kind, ends)
    if span != EVERYWHERE:
        rows = column.rows
        column = column.where((rows >= span[0]) & (rows <= span[1]))
    return column


def _pick(connection: Connection, keys: Sequence[int]) -> list[Column]:
    """Read the blocks that have some keys."""
    sql = (
        'SELECT n.key & 0xFFFFFFFF, n.entries FROM json_each(?) j'
        ' CROSS JOIN numbers n ON n.key = j.value WHERE n.key >> 32 & 1 = ?'
    )
    columns = []
    for kind in (INTEGER, REAL):
        found = connection.execute(sql, (dumps(keys), kind)).fetchall()
        columns.append(_column(found, kind, ENDS[kind]))
    return [column for column in columns if len(column.values)]


def _column(found: Sequence[tuple[int, bytes]], kind: int, ends: tuple[Number, Number]) -> Column:
    """Make a column of blocks: the numbers from one to another."""
    entries = np.frombuffer(b''.join([blob for _, blob in found]), ENTRIES[kind])
    blocks = np.array([block for block, _ in found], np.int64) * BLOCK
    lengths = np.array([len(blob) // ENTRY for _, blob in found], np.int64)
    column = Column(blocks, np.cumsum(lengths), entries['at'], entries['value'])
    if ends != ENDS[kind]:
        column = column.where((column.values >= ends[0]) & (column.values <= ends[1]))
    return column


def _ends(kind: int, bounds: Mapping[str, Number]) -> tuple[Number, Number]:
    """Turn bounds into the first and the last number of a kind; above 1.5 is from 2 on."""
    if kind == REAL:
        low, high = ENDS[REAL]
        for name, limit in bounds.items():
            outwards = -math.inf if name == '<' else math.inf
            end = math.nextafter(limit, outwards) if len(name) == 1 else float(limit)
            low, high = (max(low, end), high) if name[0] == '>' else (low, min(high, end))
        return low, high
    first, last = ENDS[INTEGER]
    for name, limit in bounds.items():
        near = max(min(limit, last + 1), first - 1)
        if name[0] == '>':
            first = max(first, math.ceil(near) if name == '>=' else math.floor(near) + 1)
        else:
            last = min(last, math.floor(near) if name == '<=' else math.ceil(near) - 1)
    # Neither SQLite nor an array of integers knows numbers beyond; an empty range stays empty.
    return (first, last) if MOST[0] <= last and first <= MOST[1] else (1, 0)
