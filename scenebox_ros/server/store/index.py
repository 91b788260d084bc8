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
Writing what can be searched: fields, terms, places and words.

Only the database's writer thread comes here. It remembers the numbers of scopes and fields, and
forgets them when a write was undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scenebox_ros.server.store.database import Connection
from scenebox_ros.server.store.flatten import Leaves, MAX_PLACES, TIME, TIME_SUFFIX

MAX_FIELDS = 20_000
MAX_WORDS = 65_536


@dataclass
class _Field:
    number: int
    types: int
    declared: int


@dataclass
class _Waiting:
    """Rows that a write has gathered; inserted together, which is much quicker."""

    terms: list[tuple[int, Any, int]] = field(default_factory=list)
    dead_terms: list[tuple[int, Any, int]] = field(default_factory=list)
    places: list[tuple[Any, ...]] = field(default_factory=list)
    dead_places: list[tuple[int]] = field(default_factory=list)
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

    def declare(self, connection: Connection, scope: int, paths: Mapping[str, int]) -> None:
        """Remember what fields were said to be."""
        for path, bits in paths.items():
            known = self._field(connection, scope, path)
            if known.declared | bits != known.declared:
                known.declared |= bits
                sql = 'UPDATE fields SET declared = ? WHERE field = ?'
                connection.execute(sql, (known.declared, known.number))

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
        )
        connection.execute(sql, (scope, path, '.', TIME_SUFFIX[0]))
        self.forget()

    def declared(self, connection: Connection, scope: int) -> dict[str, int]:
        """Paths of a scope that were said to be something, with their bits."""
        fields = self._fields_of(connection, scope)
        return {path: known.declared for path, known in fields.items() if known.declared}

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
            self._gather(connection, scope, row, old or Leaves(), new or Leaves(), waiting)
        _flush(connection, waiting)

    def _gather(
        self, connection: Connection, scope: int, row: int, old: Leaves, new: Leaves, to: _Waiting
    ) -> None:
        fields = self._fields_of(connection, scope)
        for path, bits in new.types.items():
            known = fields.get(path)
            if known is None or known.types | bits != known.types:
                self._saw(connection, scope, path, bits)
        for path, values in new.terms.items():
            if (had := old.terms.get(path)) is not None:
                values = values - had
            if values:
                number = (fields.get(path) or self._field(connection, scope, path)).number
                to.terms += [(number, value, row) for value in values]
        for path, values in old.terms.items():
            if (has := new.terms.get(path)) is not None:
                values = values - has
            if values:
                number = self._field(connection, scope, path).number
                to.dead_terms += [(number, value, row) for value in values]
        if old.places or new.places:
            to.dead_places += [(row * 16 + n,) for n in range(MAX_PLACES)] if old.places else []
            for n, (path, y, x) in enumerate(new.places):
                place = self._field(connection, scope, path).number
                # A field is half a unit thick: the tree splits badly where boxes have no volume.
                to.places.append((row * 16 + n, place, place + 0.5, y, y, x, x, y, x))
        if old.words != new.words:
            to.dead_words += [(row, _text(old))] if old.words else []
            to.words += [(row, _text(new))] if new.words else []
        to.uses += [(uri, row) for uri in new.uris - old.uris]
        to.dead_uses += [(uri, row) for uri in old.uris - new.uris]

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
            sql = 'SELECT path, field, types, declared FROM fields WHERE scope = ?'
            self._fields[scope] = {
                path: _Field(number, types, declared)
                for path, number, types, declared in connection.execute(sql, (scope,))
            }
        return self._fields[scope]


def _text(leaves: Leaves) -> str:
    return ' '.join(leaves.words)[:MAX_WORDS]


def _flush(connection: Connection, waiting: _Waiting) -> None:
    many = connection.executemany
    many('DELETE FROM terms WHERE field = ? AND value = ? AND row = ?', waiting.dead_terms)
    # In the tree's own order, neighbours land on the same page; numbers stand before texts.
    insert = 'INSERT OR IGNORE INTO terms VALUES (?, ?, ?)'
    many(insert, sorted(t for t in waiting.terms if type(t[1]) is not str))
    many(insert, sorted(t for t in waiting.terms if type(t[1]) is str))
    many('DELETE FROM places WHERE place = ?', waiting.dead_places)
    many('INSERT INTO places VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', waiting.places)
    dead = "INSERT INTO words (words, rowid, content) VALUES ('delete', ?, ?)"
    many(dead, waiting.dead_words)
    many('INSERT INTO words (rowid, content) VALUES (?, ?)', waiting.words)
    many('DELETE FROM uses WHERE uri = ? AND row = ?', waiting.dead_uses)
    many('INSERT OR IGNORE INTO uses VALUES (?, ?)', waiting.uses)
