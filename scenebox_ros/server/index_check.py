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
Comparing the search tables with the documents.

What stands in the tables and what the documents say are two heaps in different orders, each larger
than memory. Of each field's rows we keep their number and the sum of their hashes: both are the
same where the rows are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import sqlite3
import struct
from typing import Any

import numpy as np

from scenebox_ros.server.store.flatten import COUNTED, Leaves, TIME_SUFFIX
from scenebox_ros.server.store.index import MAX_WORDS
from scenebox_ros.server.store.numbers import BLOCK
from scenebox_ros.server.store.points import POINT

AT_ONCE = 5000
_INTEGERS, _REALS = struct.Struct('<Hq'), struct.Struct('<Hd')
_WORDS = 'SELECT term, count(*), sum(doc), sum(doc * (offset + 1)) FROM temp.{} GROUP BY term'
Key = tuple[str, int, str]


@dataclass
class _Sum:
    """How many rows there are, and the sum of their hashes."""

    rows: int = 0
    hashes: int = 0

    def add(self, *row: Any) -> None:
        self.rows += 1
        self.hashes += hash(row)


class IndexCheck:
    """
    Adds up what the documents say, then what the tables have.

    Parameters
    ----------
    connection
        One that reads the store's file.

    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        sql = 'SELECT field, scope, path, counted FROM fields'
        rows = connection.execute(sql).fetchall()
        self._fields = {field: (scope, path) for field, scope, path, _ in rows}
        self._counted = {(scope, path) for _, scope, path, counted in rows if counted}
        self._said: dict[Key, _Sum] = {}
        self._words = np.zeros(3, object)
        self._texts: list[tuple[int, str]] = []
        for sql in (
            "CREATE VIRTUAL TABLE temp.said USING fts5 (content, content='',"
            " tokenize='unicode61')",
            'CREATE VIRTUAL TABLE temp.said_words USING fts5vocab(temp, said, instance)',
            'CREATE VIRTUAL TABLE temp.kept_words USING fts5vocab(main, words, instance)',
        ):
            connection.execute(sql)

    def add(self, row: int, scope: int, leaves: Leaves) -> None:
        """Add what a document says."""
        for table, kind in (('terms', leaves.terms), ('numbers', leaves.numbers)):
            for path, values in kind.items():
                for value in values:
                    _sum(self._said, table, scope, path).add(row, value)
                    if path not in COUNTED:
                        self._count(scope, path, value)
        for path, text in leaves.columns.items():
            self._count(scope, path, text)
        for path, y, x in leaves.places:
            _sum(self._said, 'points', scope, path).add(row, y, x)
        for uri in leaves.uris:
            _sum(self._said, 'uses', 0, '').add(uri, row)
        if leaves.words:
            self._texts.append((row, ' '.join(leaves.words)[:MAX_WORDS]))
            if len(self._texts) >= AT_ONCE:
                self._tell_words()

    def problems(self) -> Iterator[str]:
        """Read the tables; say where they differ from what the documents said."""
        kept: dict[Key, _Sum] = {}
        for field, value, row in self._connection.execute('SELECT field, value, row FROM terms'):
            _sum(kept, 'terms', *self._name(field)).add(row, value)
        yield from self._read_numbers(kept)
        yield from self._read_points(kept)
        for uri, row in self._connection.execute('SELECT uri, row FROM uses'):
            _sum(kept, 'uses', 0, '').add(uri, row)
        for field, value, n in self._connection.execute('SELECT * FROM counts'):
            counts = _sum(kept, 'counts', *self._name(field))
            counts.rows += n
            counts.hashes += n * hash((value,))
        for key in sorted(self._said.keys() | kept.keys()):
            said, has = self._said.get(key, _Sum()), kept.get(key, _Sum())
            if said != has:
                table, scope, path = key
                what = 'has others' if said.rows == has.rows else f'has {has.rows}'
                of = f' of field {path!r} in scope {scope}' if path else ''
                yield f'{table}{of}: the documents have {said.rows}, the index {what}'
        self._tell_words()
        if any(self._words != self._sum_words('kept_words')):
            yield 'words: the index has others than the documents'

    def _name(self, field: int) -> tuple[int, str]:
        return self._fields.get(field, (0, f'(number {field})'))

    def _count(self, scope: int, path: str, value: Any) -> None:
        if (scope, path) in self._counted:
            _sum(self._said, 'counts', scope, path).add(value)

    def _read_numbers(self, kept: dict[Key, _Sum]) -> Iterator[str]:
        for key, low, high, blob in self._connection.execute('SELECT * FROM numbers'):
            entry = _REALS if key >> 32 & 1 else _INTEGERS
            first = (key & 0xFFFF_FFFF) * BLOCK
            scope, path = self._name(key >> 33)
            numbers = _sum(kept, 'numbers', scope, path)
            for offset, value in entry.iter_unpack(blob):
                numbers.add(first + offset, value)
                if not low <= value <= high:
                    path = path.removesuffix(TIME_SUFFIX)
                    yield f'numbers of field {path!r} in scope {scope}: {value} is out of bounds'

    def _read_points(self, kept: dict[Key, _Sum]) -> Iterator[str]:
        areas = {key: box for key, *box in self._connection.execute('SELECT * FROM areas')}
        for key, blob in self._connection.execute('SELECT key, entries FROM points'):
            entries, field = np.frombuffer(blob, POINT), key >> 33
            scope, path = self._name(field)
            points = _sum(kept, 'points', scope, path)
            for point in entries.tolist():
                points.add(*point)
            if key >> 32 & 1:
                # The tree's own numbers are rounded so that a box grows.
                low, high, south, north, west, east = areas.pop(key, (1, 0, 0, 0, 0, 0))
                y, x = entries['y'], entries['x']
                inside = (y >= south) & (y <= north) & (x >= west) & (x <= east)
                if not (low <= field <= high and inside.all()):
                    yield f'points of field {path!r} in scope {scope}: run {key} is not in its box'
        if areas:
            yield f'points: {len(areas)} boxes have no points, the first is {min(areas)}'

    def _tell_words(self) -> None:
        sql = 'INSERT INTO temp.said (rowid, content) VALUES (?, ?)'
        self._connection.executemany(sql, self._texts)
        self._texts.clear()
        self._words += self._sum_words('said_words')
        self._connection.execute("INSERT INTO temp.said (said) VALUES ('delete-all')")

    def _sum_words(self, table: str) -> Any:
        """Add up words, in how many places and where: sums, so that parts of it can be added."""
        sums = np.zeros(3, object)
        for term, *numbers in self._connection.execute(_WORDS.format(table)):
            sums += np.array(numbers, object) * hash(term)
        return sums


def _sum(sums: dict[Key, _Sum], table: str, scope: int, path: str) -> _Sum:
    key = (table, scope, path)
    if key not in sums:
        sums[key] = _Sum()
    return sums[key]
