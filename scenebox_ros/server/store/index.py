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
Writing what can be searched: fields, terms, numbers, counts, places and words.

Only the database's writer thread comes here. It remembers the numbers of scopes and fields, and
forgets them when a write was undone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
import logging
from typing import Any, TypeVar

from scenebox_ros.server.store import points
from scenebox_ros.server.store.database import Connection, insert
from scenebox_ros.server.store.flatten import (
    COUNTED,
    GEO,
    Leaves,
    SHAPE,
    TIME,
    TIME_SUFFIX,
    VERSION,
)
from scenebox_ros.server.store.numbers import add, Entry, remove

T = TypeVar('T')
log = logging.getLogger(__name__)
NOTHING = Leaves()
MAX_WORDS = 65_536
# A field with more values than this is not counted: nobody reads such a list of values whole.
MAX_COUNTED = 10_000


@dataclass
class _Field:
    """
    What is remembered about a field.

    Attributes
    ----------
    number, types, declared, counted
        Its row.
    values
        How many values were counted since somebody last looked how many there are; the same value
        in two writes is two.
    new_points
        How many points there are outside of runs, or more.

    """

    number: int
    types: int
    declared: int
    counted: int = 1
    values: int = 0
    new_points: int = points.MOST_NEW


# Path (or number of the field) and text, and the rows that have it.
Postings = dict[str, dict[str, list[int]]]
Numbered = dict[int, dict[str, list[int]]]


@dataclass
class _Waiting:
    """Rows that a write has gathered; inserted together, which is much quicker."""

    types: dict[str, int] = field(default_factory=dict)
    terms: Postings = field(default_factory=dict)
    dead_terms: Postings = field(default_factory=dict)
    numbers: list[Entry] = field(default_factory=list)
    dead_numbers: list[Entry] = field(default_factory=list)
    columns: list[tuple[int, str]] = field(default_factory=list)
    dead_columns: list[tuple[int, str]] = field(default_factory=list)
    places: list[tuple[int, int, float, float]] = field(default_factory=list)
    dead_places: list[tuple[int, int, float, float]] = field(default_factory=list)
    words: list[tuple[int, str]] = field(default_factory=list)
    dead_words: list[tuple[int, str]] = field(default_factory=list)
    uses: list[tuple[str, int]] = field(default_factory=list)
    dead_uses: list[tuple[str, int]] = field(default_factory=list)


class Index:
    """Keeps the search tables in step with the documents."""

    def __init__(self) -> None:
        self._scopes: dict[tuple[str, str], int] = {}
        self._fields: dict[int, dict[str, _Field]] = {}

    def forget(self) -> None:
        """Drop what was remembered; the tables are the truth."""
        self._scopes.clear()
        self._fields.clear()

    def scope(self, connection: Connection, owner: str, asset_type: str) -> int:
        """Find, or make, the scope of an organization's documents of one type."""
        key = (owner, asset_type)
        if key not in self._scopes:
            sql = 'INSERT INTO scopes (owner, asset_type) VALUES (?, ?) ON CONFLICT DO NOTHING'
            connection.execute(sql, key)
            sql = 'SELECT scope FROM scopes WHERE owner = ? AND asset_type = ?'
            self._scopes[key] = connection.execute(sql, key).fetchone()[0]
        return self._scopes[key]

    def declare(self, connection: Connection, scope: int, paths: Mapping[str, int]) -> list[str]:
        """Remember what fields were said to be; give those where documents are read otherwise."""
        changed = []
        for path, bits in paths.items():
            known = self._field(connection, scope, path)
            if known.declared | bits != known.declared:
                known.declared |= bits
                sql = 'UPDATE fields SET declared = ? WHERE field = ?'
                connection.execute(sql, (known.declared, known.number))
                if known.types and bits & (GEO | SHAPE):
                    changed.append(path)
        return changed

    def register(self, connection: Connection, scope: int, path: str, settings: str) -> None:
        """Keep what is said about a field, as JSON."""
        number = self._field(connection, scope, path).number
        sql = 'UPDATE fields SET settings = ? WHERE field = ?'
        connection.execute(sql, (settings, number))

    def forget_field(self, connection: Connection, scope: int, path: str) -> None:
        """Drop what was seen at a path and below, unless a document still has it."""
        sql = (
            "UPDATE fields SET types = 0, declared = 0, settings = '{}' WHERE scope = ?1"
            ' AND (path = ?2 OR substr(path, 1, length(?2) + 1) IN (?2 || ?3, ?2 || ?4))'
            ' AND NOT EXISTS (SELECT 1 FROM terms WHERE terms.field = fields.field)'
            ' AND NOT EXISTS (SELECT 1 FROM numbers WHERE key BETWEEN fields.field << 33'
            ' AND (fields.field + 1 << 33) - 1)'
            ' AND NOT EXISTS (SELECT 1 FROM points WHERE key BETWEEN fields.field << 33'
            ' AND (fields.field + 1 << 33) - 1)'
        )
        connection.execute(sql, (scope, path, '.', TIME_SUFFIX[0]))
        self.forget()

    def declared(self, connection: Connection, scope: int) -> dict[str, int]:
        """Paths of a scope that were said to be something, with their bits."""
        fields = self._fields_of(connection, scope)
        return {path: known.declared for path, known in fields.items() if known.declared}

    def waiting(self, connection: Connection, most: int) -> dict[int, list[tuple[int, str]]]:
        """
        Take the next documents that are not in the index of this version.

        Returns
        -------
        dict
            Their rows and texts by scope; whoever takes them indexes them in the same write.

        """
        sql = 'SELECT version, row, until FROM indexed'
        version, done, until = connection.execute(sql).fetchone()
        if version != VERSION:
            for table in ('terms', 'numbers', 'counts', 'points', 'areas', 'uses'):
                connection.execute(f'DELETE FROM {table}')  # noqa: S608
            connection.execute("INSERT INTO words (words) VALUES ('delete-all')")
            connection.execute('UPDATE fields SET counted = 1')
            sql = 'SELECT coalesce(max(row), 0) FROM documents'
            done, (until,) = 0, connection.execute(sql).fetchone()
            if until:
                log.info('indexing the documents up to row %d anew', until)
        sql = (
            'SELECT scope, row, body FROM documents WHERE row > ? AND row <= ?'
            ' ORDER BY row LIMIT ?'
        )
        rows = connection.execute(sql, (done, until, most)).fetchall()
        scopes: dict[int, list[tuple[int, str]]] = {}
        for scope, row, body in rows:
            scopes.setdefault(scope, []).append((row, body))
        done = rows[-1][1] if rows else until
        sql = 'UPDATE indexed SET version = ?, row = ?, until = ?'
        connection.execute(sql, (VERSION, done, until))
        return scopes

    def change(
        self,
        connection: Connection,
        scope: int,
        changes: Iterable[tuple[int, Leaves | None, Leaves | None]],
    ) -> None:
        """
        Replace what documents had in the index by what they have now.

        Parameters
        ----------
        connection
            The writer's.
        scope
            Where the documents belong.
        changes
            Row, old leaves (or nothing: it is new), new leaves (or nothing: it goes).

        """
        waiting = _Waiting()
        for row, old, new in changes:
            self._gather(connection, scope, row, old or NOTHING, new or NOTHING, waiting)
        terms = self._numbered(connection, scope, waiting.terms)
        dead = self._numbered(connection, scope, waiting.dead_terms)
        _flush(connection, waiting, terms, dead)
        self._count(connection, scope, waiting, terms, dead)
        self._place(connection, scope, waiting)

    def _gather(
        self, connection: Connection, scope: int, row: int, old: Leaves, new: Leaves, to: _Waiting
    ) -> None:
        fields = self._fields_of(connection, scope)
        if new.types != to.types:  # The documents of a batch are mostly alike.
            to.types = new.types
            for path, bits in new.types.items():
                self._saw(connection, scope, path, bits)
        _post(to.terms, _only(new.terms, old.terms), row)
        for path, some in _only(new.numbers, old.numbers):
            number = (fields.get(path) or self._field(connection, scope, path)).number
            for one in some:
                to.numbers.append((number, one, row))
        for path, text in new.columns.items():
            to.columns.append((fields[path].number, text))
        if old is not NOTHING:
            self._gather_dead(connection, scope, row, old, new, to)
        if old.places != new.places:
            for path, y, x in new.places:
                to.places.append((self._field(connection, scope, path).number, row, y, x))
        if new.words and old.words != new.words:
            to.words.append((row, _text(new)))
        to.uses += [(uri, row) for uri in new.uris - old.uris]

    def _gather_dead(
        self, connection: Connection, scope: int, row: int, old: Leaves, new: Leaves, to: _Waiting
    ) -> None:
        _post(to.dead_terms, _only(old.terms, new.terms), row)
        for path, some in _only(old.numbers, new.numbers):
            number = self._field(connection, scope, path).number
            to.dead_numbers += [(number, value, row) for value in some]
        for path, value in old.columns.items():
            to.dead_columns.append((self._field(connection, scope, path).number, value))
        if old.places != new.places:
            for path, y, x in old.places:
                to.dead_places.append((self._field(connection, scope, path).number, row, y, x))
        if old.words and old.words != new.words:
            to.dead_words.append((row, _text(old)))
        to.dead_uses += [(uri, row) for uri in old.uris - new.uris]

    def _numbered(self, connection: Connection, scope: int, postings: Postings) -> Numbered:
        return {self._field(connection, scope, path).number: values
                for path, values in postings.items()}

    def _count(self, connection: Connection, scope: int, waiting: _Waiting, terms: Numbered,
               dead: Numbered) -> None:
        """Keep how many documents have each value, of fields with few values."""
        fields = self._fields_of(connection, scope)
        counted = {known.number: known for known in fields.values() if known.counted}
        # These have columns, which are what is counted; not what else stands in such a field.
        own = {fields[path].number for path in COUNTED if path in fields}
        listed = counted.keys() - own
        counts: Counter[tuple[int, Any]] = Counter()
        for postings, entries, columns, change in (
            (terms, waiting.numbers, waiting.columns, counts.update),
            (dead, waiting.dead_numbers, waiting.dead_columns, counts.subtract),
        ):
            change({(number, value): len(rows) for number in postings.keys() & listed
                    for value, rows in postings[number].items()})
            change([(number, value) for number, value, _ in entries if number in listed])
            change([one for one in columns if one[0] in counted])
        changed = [(number, value, n) for (number, value), n in counts.items() if n]
        more = 'ON CONFLICT DO UPDATE SET documents = documents + excluded.documents'
        insert(connection, 'INSERT INTO counts VALUES', 3, changed, more)
        fewer = [(number, value) for number, value, n in changed if n < 0]
        sql = 'DELETE FROM counts WHERE field = ? AND value = ? AND documents = 0'
        connection.executemany(sql, fewer)
        for number, n in Counter(number for number, _, _ in changed).items():
            counted[number].values += n
            if counted[number].values > MAX_COUNTED:
                self._look_how_many(connection, counted[number])

    def _place(self, connection: Connection, scope: int, waiting: _Waiting) -> None:
        points.remove(connection, waiting.dead_places)
        added = points.add(connection, waiting.places)
        for known in self._fields_of(connection, scope).values() if added else ():
            if n := added[known.number]:
                known.new_points += n
                if known.new_points > points.MOST_NEW:
                    known.new_points = points.cut(connection, known.number)

    def _look_how_many(self, connection: Connection, known: _Field) -> None:
        sql = 'SELECT count(*) FROM counts WHERE field = ?'
        (known.values,) = connection.execute(sql, (known.number,)).fetchone()
        if known.values > MAX_COUNTED:
            known.counted = 0
            connection.execute('DELETE FROM counts WHERE field = ?', (known.number,))
            sql = 'UPDATE fields SET counted = 0 WHERE field = ?'
            connection.execute(sql, (known.number,))

    def _saw(self, connection: Connection, scope: int, path: str, bits: int) -> None:
        known = self._field(connection, scope, path)
        if known.types | bits != known.types:
            known.types |= bits
            sql = 'UPDATE fields SET types = ? WHERE field = ?'
            connection.execute(sql, (known.types, known.number))

    def _field(self, connection: Connection, scope: int, path: str) -> _Field:
        fields = self._fields_of(connection, scope)
        if path not in fields:
            types = TIME if path.endswith(TIME_SUFFIX) else 0
            sql = 'INSERT INTO fields (scope, path, types) VALUES (?, ?, ?) RETURNING field'
            (number,) = connection.execute(sql, (scope, path, types)).fetchone()
            fields[path] = _Field(number, types, 0)
        return fields[path]

    def _fields_of(self, connection: Connection, scope: int) -> dict[str, _Field]:
        if scope not in self._fields:
            sql = 'SELECT path, field, types, declared, counted FROM fields WHERE scope = ?'
            self._fields[scope] = {
                path: _Field(*known) for path, *known in connection.execute(sql, (scope,))
            }
        return self._fields[scope]


def _text(leaves: Leaves) -> str:
    return ' '.join(leaves.words)[:MAX_WORDS]


def _only(
    values: Mapping[str, set[T]], others: Mapping[str, set[T]]
) -> Iterable[tuple[str, set[T]]]:
    """Give what is in one document and not in another, by path."""
    if not others:
        return values.items()
    found = ((path, some - others.get(path, set())) for path, some in values.items())
    return [(path, some) for path, some in found if some]


def _post(postings: Postings, terms: Iterable[tuple[str, set[str]]], row: int) -> None:
    for path, values in terms:
        known = postings.get(path)
        if known is None:
            known = postings[path] = {}
        for value in values:
            rows = known.get(value)
            if rows is None:
                known[value] = [row]
            else:
                rows.append(row)


def _in_order(terms: Numbered) -> Iterable[tuple[int, str, int]]:
    """Give the rows of terms in the tree's own order, so that neighbours share a page."""
    return ((number, value, row) for number, values in sorted(terms.items())
            for value, rows in sorted(values.items()) for row in rows)


def _flush(connection: Connection, waiting: _Waiting, terms: Numbered, dead: Numbered) -> None:
    many = connection.executemany
    many('DELETE FROM terms WHERE field = ? AND value = ? AND row = ?', _in_order(dead))
    insert(connection, 'INSERT OR IGNORE INTO terms VALUES', 3, _in_order(terms))
    remove(connection, waiting.dead_numbers)
    add(connection, waiting.numbers)
    sql = "INSERT INTO words (words, rowid, content) VALUES ('delete', ?, ?)"
    many(sql, waiting.dead_words)
    insert(connection, 'INSERT INTO words (rowid, content) VALUES', 2, waiting.words)
    many('DELETE FROM uses WHERE uri = ? AND row = ?', waiting.dead_uses)
    insert(connection, 'INSERT OR IGNORE INTO uses VALUES', 2, waiting.uses)
