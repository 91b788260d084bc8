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
Expressions into SQL over the store's tables; every value is a parameter.

A clause becomes a condition on ``d`` (a row of ``documents``), mostly ``d.row IN (...)``. SQLite
starts with those rows if they are few, and otherwise walks in the order that is wanted and looks
whether a document is among them. What very many meet is, for a page of results, written as a
question asked of each document on the way, so that a page costs a page of work. Which it is, is
counted up to a limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json
import math
from typing import Any

from scenebox_ros import ids
from scenebox_ros.server.search import columns, query as q
from scenebox_ros.server.search.places import rows_within
from scenebox_ros.server.search.sql import (
    all_of,
    any_of,
    ANYTHING,
    equals,
    in_rows,
    is_in,
    listed,
    NOTHING,
    Sql,
    term_values,
)
from scenebox_ros.server.store import times
from scenebox_ros.server.store.database import Connection
from scenebox_ros.server.store.flatten import DICT, GEO, LISTED, NUMBER, STRING, TIME_SUFFIX

# So few that it is best to start with them; so many that listing them costs more than asking.
FEW, MANY = 1_000, 10_000
MANY_VALUES = 50
COLUMN = {'session_uid': 'session', 'sensor': 'sensor'}


class Compiler:
    """
    Compiles queries over some scopes, inside one read.

    Parameters
    ----------
    connection
        A reader's.
    owners
        Organizations whose documents are searched.
    asset_type
        Of which type.
    paging
        A page of the hits is wanted, not all of them.

    Attributes
    ----------
    scopes
        The numbers of the scopes that are searched.
    state
        The same with their counts of writes: equal states hold equal documents.
    starts_at_rows
        Whether the query compiled last begins with rows out of an index.

    """

    def __init__(self, connection: Connection, owners: Sequence[str], asset_type: str,
                 paging: bool = False) -> None:
        self.connection = connection
        self._paging = paging
        self._span = columns.EVERYWHERE
        self.starts_at_rows = False
        connection.create_function('floor_by', 2, floor_by, deterministic=True)
        owned = is_in('owner', owners)
        sql = (
            'SELECT scope, longest_ns, changes FROM scopes'  # noqa: S608
            f' WHERE asset_type = ? AND {owned.text} ORDER BY scope'
        )
        rows = connection.execute(sql, (asset_type, *owned.values)).fetchall()
        self.scopes = [scope for scope, _, _ in rows]
        self.state = [(scope, changes) for scope, _, changes in rows]
        self._longest_ns = max((longest for _, longest, _ in rows), default=0)
        self._fields: dict[str, tuple[list[int], int]] = {}
        self._uncounted: set[str] = set()

    def where(self, query: q.Query, span: columns.Span = columns.EVERYWHERE) -> Sql:
        """
        Compile a whole query, with the condition on whose documents they are.

        Parameters
        ----------
        query
            The query.
        span
            The first and the last row that are asked about; of others, nothing is known then.

        """
        if not self.scopes:
            return NOTHING
        self._span = span
        parts = self.parts(query)
        self.starts_at_rows = any(part.rows and part.are_few for part in parts)
        # A plus keeps SQLite from starting at an index when it should start at few rows.
        column = '+d.scope' if self.starts_at_rows else 'd.scope'
        return all_of([equals(column, self.scopes), *parts])

    def parts(self, query: q.Query) -> list[Sql]:
        """Compile a query's clauses."""
        return [self.clause(clause) for clause in query.clauses]

    def field(self, path: str) -> tuple[list[int], int]:
        """Look a path up: the numbers it has in the scopes, and what was seen there."""
        if path not in self._fields:
            inside = is_in('scope', self.scopes)
            sql = (
                'SELECT field, types, counted FROM fields'  # noqa: S608
                f' WHERE path = ? AND {inside.text}'
            )
            rows = self.connection.execute(sql, (path, *inside.values)).fetchall()
            bits = 0
            for _, types, counted in rows:
                bits |= types
                if not counted:
                    self._uncounted.add(path)
            self._fields[path] = ([number for number, _, _ in rows], bits)
        return self._fields[path]

    def all_fields(self, path: str) -> list[int]:
        """Give the numbers of a path, and of its times."""
        return [*self.field(path)[0], *self.field(path + TIME_SUFFIX)[0]]

    def is_counted(self, path: str) -> bool:
        """Tell whether the documents with each value of a field are counted at every write."""
        self.all_fields(path)
        return self._uncounted.isdisjoint((path, path + TIME_SUFFIX))

    def is_plain(self, path: str) -> bool:
        """Tell whether no list is at a path or above, so that documents have one value there."""
        steps = path.split('.')
        return not any(
            self.field('.'.join(steps[:n]))[1] & LISTED for n in range(1, len(steps) + 1)
        )

    def clause(self, clause: q.Clause) -> Sql:
        """Compile one condition."""
        if isinstance(clause, q.Not):
            inner = self.clause(clause.clause)
            # Three-valued logic: a missing field makes NULL, and must count as "does not hold".
            return Sql(f'({inner.text}) IS NOT TRUE', inner.values)
        if isinstance(clause, q.AnyOf):
            return any_of([all_of(self.parts(each) or [ANYTHING]) for each in clause.queries])
        if isinstance(clause, q.Filter):
            return self._filter(clause)
        if isinstance(clause, q.Exists):
            return self._exists(clause)
        if isinstance(clause, q.Range):
            return self._range(clause)
        if isinstance(clause, q.Wildcard):
            return self._wildcard(clause)
        if isinstance(clause, q.Near):
            return self._near(clause)
        if isinstance(clause, q.Words):
            return self._words(clause)
        return self._during(clause)

    def _rows(self, rows: Sql, probe: Sql | None = None, is_scoped: bool = True) -> Sql:
        """Choose between rows to start from and, if they are many, a question to ask."""
        can_ask = self._paging and probe is not None
        most = MANY if can_ask else FEW
        sql = f'SELECT count(*) FROM ({rows.text} LIMIT {most + 1})'  # noqa: S608
        (found,) = self.connection.execute(sql, rows.values).fetchone()
        if probe is not None and can_ask and found > MANY:
            return probe
        return in_rows(rows, is_scoped, found <= FEW)

    def _terms(self, numbers: Sequence[int], condition: Sql, probe: Sql | None = None) -> Sql:
        """Compile 'has a term in these fields, with a value such that'."""
        if not numbers:
            return NOTHING
        inside = all_of([equals('field', numbers), condition])
        return self._rows(Sql(f'SELECT row FROM terms WHERE {inside.text}', inside.values), probe)

    def _numbers(self, rows: columns.Rows, probe: Sql | None = None) -> Sql:
        """Compile 'is one of these rows', which were found among the numbers."""
        if probe is not None and self._paging and len(rows) > MANY:
            return probe
        return in_rows(listed(rows.tolist()), True, len(rows) <= FEW)

    def _filter(self, clause: q.Filter) -> Sql:
        if not clause.values:
            return NOTHING
        if clause.path == 'id':
            return is_in('d.id', [ids.std(str(v)) for v in clause.values if str(v)])
        if clause.path == 'owner':
            wanted = is_in('owner', [str(value) for value in clause.values])
            text = f'd.scope IN (SELECT scope FROM scopes WHERE {wanted.text})'  # noqa: S608
            return Sql(text, wanted.values)
        if clause.path not in COLUMN:
            return self._has(clause.path, term_values(clause.values))
        # The column has whole texts, of which a term may be only the beginning.
        # One text stands once: the index of sensors and times serves only one at a time.
        texts = dict.fromkeys(value for value in (*clause.values, *term_values(clause.values))
                              if isinstance(value, str))
        in_column = is_in(f'd.{COLUMN[clause.path]}', list(texts))
        # A list, or a number, in such a field is not in the column but among the terms.
        if not self.field(clause.path)[1] & ~STRING:
            return in_column
        return any_of([in_column, self._has(clause.path, term_values(clause.values))])

    def _has(self, path: str, values: Sequence[Any]) -> Sql:
        fields, bits = self.field(path)
        parts = []
        if texts := [value for value in values if isinstance(value, str)]:
            condition = is_in('value', texts)
            probe = _probe(fields, condition, len(texts))
            near = Sql(f'{condition.text} AND row BETWEEN ? AND ?',
                       [*condition.values, *self._span])
            parts.append(self._terms(fields, near, probe))
        numbers = [value for value in values if not isinstance(value, str)]
        if numbers and bits & NUMBER:
            rows = columns.equal(self.connection, fields, numbers, self._span)
            # A document answers true with 1, so it is only asked where nothing but numbers are.
            only = self.is_plain(path) and not bits & ~NUMBER
            asked = is_in('json_extract(d.body, ?)', numbers)
            probe = Sql(asked.text, [json_path(path), *asked.values])
            parts.append(self._numbers(rows, probe if only else None))
        moments = [ns for ns in map(times.parse_ns, values) if ns is not None]
        companions, _ = self.field(path + TIME_SUFFIX)
        if companions and moments:
            rows = columns.equal(self.connection, companions, moments, self._span)
            parts.append(self._numbers(rows))
        return any_of(parts)

    def _exists(self, clause: q.Exists) -> Sql:
        path = clause.path
        if path in ('id', 'owner'):
            return ANYTHING
        fields = self.all_fields(path)
        bits = self.field(path)[1]
        if bits & DICT and not self.is_plain(path):
            # Of an object in a list, only what is in it is in the index.
            fields += self._fields_where('path > ? AND path < ?', path + '.', path + '/')
        if path in COLUMN and not bits & ~STRING:
            return Sql(f'd.{COLUMN[path]} IS NOT NULL')
        if not fields:
            return NOTHING
        asked = Sql("json_type(d.body, ?) <> 'null'", [json_path(path)])
        probe = asked if self.is_plain(path) else None
        rows = columns.rows_of(columns.read(self.connection, fields, span=self._span))
        found = any_of([self._terms(fields, ANYTHING, probe), self._numbers(rows, probe)])
        # Lists and objects have no term of their own, so the document itself is asked.
        return any_of([asked, found]) if bits & (DICT | LISTED) else found

    def _range(self, clause: q.Range) -> Sql:
        numeric = {op: v for op, v in clause.bounds.items() if not isinstance(v, str)}
        if len(numeric) == len(clause.bounds):
            fields, bits = self.field(clause.path)
            probe = None
            if self.is_plain(clause.path) and not bits & ~NUMBER:
                at = json_path(clause.path)
                asked = ' AND '.join(f'json_extract(d.body, ?) {op} ?' for op in numeric)
                probe = Sql(asked, [each for limit in numeric.values() for each in (at, limit)])
            return self._inside(fields, numeric, probe)
        bounds = {op: times.parse_ns(v) for op, v in clause.bounds.items() if isinstance(v, str)}
        if clause.path == 'timestamp' and not self.field('start_time')[0]:
            # Then the time of the document is its timestamp, and there is a column for it.
            return Sql(' AND '.join(f'd.start_ns {op} ?' for op in bounds), list(bounds.values()))
        return self._inside(self.field(clause.path + TIME_SUFFIX)[0], bounds)

    def _inside(self, fields: Sequence[int], bounds: Mapping[str, Any],
                probe: Sql | None = None) -> Sql:
        """Compile 'has a number inside the bounds in these fields'."""
        found = columns.read(self.connection, fields, bounds, self._span)
        return self._numbers(columns.rows_of(found), probe)

    def _wildcard(self, clause: q.Wildcard) -> Sql:
        pattern = clause.pattern.replace('[', '[[]')
        if clause.path == 'id':
            return Sql('d.id GLOB ?', [pattern.lower()])
        begin = clause.pattern.replace('?', '*').split('*')[0]
        condition = Sql('value GLOB ? AND value >= ?', [pattern, begin])
        if begin:
            condition = Sql(f'{condition.text} AND value < ?',
                            [*condition.values, begin + '\U0010ffff'])
        in_terms = self._terms(self.field(clause.path)[0], condition)
        if clause.path not in COLUMN:
            return in_terms
        return any_of([Sql(f'd.{COLUMN[clause.path]} GLOB ?', [pattern]), in_terms])

    def _near(self, clause: q.Near) -> Sql:
        numbers = self.field(clause.path)[0] if clause.path else self._fields_where(
            'types & ?', GEO)
        return self._numbers(rows_within(self.connection, numbers, clause.area))

    def _fields_where(self, condition: str, *values: Any) -> list[int]:
        inside = is_in('scope', self.scopes)
        sql = f'SELECT field FROM fields WHERE {inside.text} AND {condition}'  # noqa: S608
        return [number for (number,) in self.connection.execute(sql, (*inside.values, *values))]

    def _words(self, clause: q.Words) -> Sql:
        terms = []
        for word in clause.text.split():
            bare = word.rstrip('*').replace('"', ' ').strip()
            if any(character.isalnum() for character in bare):
                terms.append(f'"{bare}"' + ('*' if word.endswith('*') else ''))
        if not terms:
            return NOTHING
        match = 'SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ?'
        # The table of words is everybody's; the documents found are narrowed to the scopes. To
        # ask it about one document at a time would cost twenty times as much.
        return self._rows(Sql(match, [' '.join(terms), *self._span]), is_scoped=False)

    def _during(self, clause: q.During) -> Sql:
        parts = [Sql('d.start_ns IS NOT NULL')]
        if clause.end_ns is not None:
            parts.append(Sql('d.start_ns <= ?', [clause.end_ns]))
        if clause.start_ns is not None:
            # Nothing that begins before this can last into the range.
            earliest = max(clause.start_ns - self._longest_ns, -(2**63))
            parts.append(Sql('d.start_ns >= ?', [earliest]))
            if self._longest_ns:
                parts.append(Sql('coalesce(d.end_ns, d.start_ns) >= ?', [clause.start_ns]))
        return all_of(parts)


def floor_by(value: float, width: float) -> float:
    """Round down to a multiple of a width."""
    return math.floor(value / width) * width


def _probe(numbers: Sequence[int], condition: Sql, values: int) -> Sql | None:
    """Ask one document for its terms; only equality is found without reading many of them."""
    if values > MANY_VALUES:
        return None
    inside = all_of([equals('field', numbers), condition])
    text = f'EXISTS (SELECT 1 FROM terms WHERE {inside.text} AND terms.row = d.row)'  # noqa: S608
    return Sql(text, inside.values)


def json_path(path: str) -> str:
    """Write a dotted path as SQLite's JSON functions want it."""
    return '$' + ''.join(f'.{json.dumps(step, ensure_ascii=False)}' for step in path.split('.'))
