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

A clause becomes a condition on ``d`` (a row of ``documents``). A clause that few documents meet is
written as ``d.row IN (...)``, which SQLite starts from; one that many meet as a probe per row, so
that a page of results costs a page of work. Which it is, is counted up to a small limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
import json
import math
from typing import Any

from scenebox_ros import ids
from scenebox_ros.server.search import query as q
from scenebox_ros.server.search.places import Box, Circle, distance_m
from scenebox_ros.server.store import times
from scenebox_ros.server.store.database import Connection
from scenebox_ros.server.store.flatten import DICT, GEO, LISTED, STRING, term, TIME_SUFFIX

FEW = 5_000
COLUMN = {'session_uid': 'session', 'sensor': 'sensor'}


@dataclass
class Sql:
    """A piece of SQL with its parameters."""

    text: str
    values: list[Any] = field(default_factory=list)


NOTHING = Sql('0')


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

    """

    def __init__(self, connection: Connection, owners: Sequence[str], asset_type: str) -> None:
        self.connection = connection
        self.owners = tuple(owners)
        connection.create_function('distance_m', 4, distance_m, deterministic=True)
        connection.create_function('floor_by', 2, floor_by, deterministic=True)
        marks = ','.join('?' * len(owners))
        sql = f'SELECT scope, longest_ns FROM scopes WHERE asset_type = ? AND owner IN ({marks})'  # noqa: S608
        rows = connection.execute(sql, (asset_type, *owners)).fetchall()
        self.scopes = [scope for scope, _ in rows]
        self.longest_ns = max((longest for _, longest in rows), default=0)
        self._fields: dict[str, tuple[list[int], int]] = {}

    def where(self, query: q.Query) -> Sql:
        """Compile a whole query, with the condition on whose documents they are."""
        if not self.scopes:
            return NOTHING
        parts = [Sql(f'd.scope IN ({_marks(self.scopes)})', list(self.scopes))]
        parts += [self.clause(clause) for clause in query.clauses]
        return _joined(' AND ', parts)

    def field(self, path: str) -> tuple[list[int], int]:
        """Look a path up: the numbers it has in the scopes, and what was seen there."""
        if path not in self._fields:
            marks = _marks(self.scopes)
            sql = f'SELECT field, types FROM fields WHERE path = ? AND scope IN ({marks})'  # noqa: S608
            rows = self.connection.execute(sql, (path, *self.scopes)).fetchall()
            bits = 0
            for _, types in rows:
                bits |= types
            self._fields[path] = ([number for number, _ in rows], bits)
        return self._fields[path]

    def clause(self, clause: q.Clause) -> Sql:
        """Compile one condition."""
        if isinstance(clause, q.Not):
            inner = self.clause(clause.clause)
            # Three-valued logic: a missing field makes NULL, and must count as "does not hold".
            return Sql(f'({inner.text}) IS NOT TRUE', inner.values)
        if isinstance(clause, q.AnyOf):
            parts = [
                _joined(' AND ', [self.clause(part) for part in query.clauses] or [Sql('1')])
                for query in clause.queries
            ]
            return _joined(' OR ', parts) if parts else NOTHING
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
            return _words(clause)
        return self._during(clause)

    def _filter(self, clause: q.Filter) -> Sql:
        if not clause.values:
            return NOTHING
        if clause.path == 'id':
            return _in('d.id', [ids.std(str(v)) for v in clause.values if str(v)])
        if clause.path == 'owner':
            wanted = _in('owner', [str(value) for value in clause.values])
            text = f'd.scope IN (SELECT scope FROM scopes WHERE {wanted.text})'  # noqa: S608
            return Sql(text, wanted.values)
        in_terms = self._terms(clause.path, _term_values(clause.values))
        if clause.path not in COLUMN:
            return in_terms
        in_column = _in(f'd.{COLUMN[clause.path]}', [str(value) for value in clause.values])
        listed = self.field(clause.path)[1] & ~STRING
        return _joined(' OR ', [in_column, in_terms]) if listed else in_column

    def _terms(self, path: str, values: list[Any]) -> Sql:
        parts = []
        numbers, _ = self.field(path)
        if numbers:
            parts.append(self._matching(numbers, _in('value', values)))
        companions, _ = self.field(path + TIME_SUFFIX)
        moments = [ns for ns in map(times.parse_ns, values) if ns is not None]
        if companions and moments:
            parts.append(self._matching(companions, _in('value', moments)))
        return _joined(' OR ', parts) if parts else NOTHING

    def _matching(self, numbers: Sequence[int], condition: Sql) -> Sql:
        """Rows that have a term of these fields that meets a condition on ``value``."""
        inside = f'field IN ({_marks(numbers)}) AND {condition.text}'
        values = [*numbers, *condition.values]
        sql = f'SELECT count(*) FROM (SELECT 1 FROM terms WHERE {inside} LIMIT {FEW + 1})'  # noqa: S608
        (few,) = self.connection.execute(sql, values).fetchone()
        if few > FEW:
            text = f'EXISTS (SELECT 1 FROM terms WHERE {inside} AND terms.row = d.row)'  # noqa: S608
            return Sql(text, values)
        return Sql(f'd.row IN (SELECT row FROM terms WHERE {inside})', values)  # noqa: S608

    def _exists(self, clause: q.Exists) -> Sql:
        if clause.path in ('id', 'owner'):
            return Sql('1')
        numbers, _ = self.field(clause.path)
        companions, _ = self.field(clause.path + TIME_SUFFIX)
        parts = []
        if clause.path in COLUMN:
            parts.append(Sql(f'd.{COLUMN[clause.path]} IS NOT NULL'))
        bits = self.field(clause.path)[1]
        if (numbers or companions) and not bits & (DICT | LISTED):
            parts.append(self._matching([*numbers, *companions], Sql('1')))
        elif numbers:
            # Lists and objects have no term of their own, so the document itself is asked.
            path = '$' + ''.join(f'.{json.dumps(part)}' for part in clause.path.split('.'))
            parts.append(Sql("json_type(d.body, ?) <> 'null'", [path]))
            if not self._is_plain(clause.path):
                parts.append(self._matching([*numbers, *companions], Sql('1')))
        return _joined(' OR ', parts) if parts else NOTHING

    def _is_plain(self, path: str) -> bool:
        """Tell whether no list stands on the way to a path, so that a JSON path finds it."""
        steps = path.split('.')
        above = ['.'.join(steps[:n]) for n in range(1, len(steps))]
        return not any(self.field(step)[1] & LISTED for step in above)

    def _range(self, clause: q.Range) -> Sql:
        numeric = {op: v for op, v in clause.bounds.items() if not isinstance(v, str)}
        if len(numeric) == len(clause.bounds):
            numbers, _ = self.field(clause.path)
            ends = ' AND '.join(f'value {op} ?' for op in numeric)
            # Without an upper end, texts would follow: they sort after every number.
            return self._ranged(numbers, Sql(f"{ends} AND value < ''", list(numeric.values())))
        limits = {op: times.parse_ns(v) for op, v in clause.bounds.items() if isinstance(v, str)}
        ends = ' AND '.join(f'value {op} ?' for op in limits)
        companions, _ = self.field(clause.path + TIME_SUFFIX)
        return self._ranged(companions, Sql(ends, list(limits.values())))

    def _ranged(self, numbers: Sequence[int], condition: Sql) -> Sql:
        return self._matching(numbers, condition) if numbers else NOTHING

    def _wildcard(self, clause: q.Wildcard) -> Sql:
        pattern = clause.pattern.replace('[', '[[]')
        if clause.path == 'id':
            return Sql('d.id GLOB ?', [pattern.lower()])
        parts = []
        if clause.path in COLUMN:
            parts.append(Sql(f'd.{COLUMN[clause.path]} GLOB ?', [pattern]))
        numbers, _ = self.field(clause.path)
        if numbers:
            begin = clause.pattern.replace('?', '*').split('*')[0]
            condition = Sql("value GLOB ? AND value >= ?", [pattern, begin])
            if begin:
                condition.text += ' AND value < ?'
                condition.values.append(begin + '\U0010ffff')
            parts.append(self._matching(numbers, condition))
        return _joined(' OR ', parts) if parts else NOTHING

    def _near(self, clause: q.Near) -> Sql:
        numbers = self._place_fields(clause.path)
        area = clause.area
        box = area.box() if isinstance(area, Circle) else area
        parts = [_place(number, box, half) for number in numbers for half in box.halves()]
        if not parts:
            return NOTHING
        inside = _joined(' OR ', parts)
        if isinstance(area, Circle):
            inside.text += ' AND distance_m(y, x, ?, ?) <= ?'
            inside.values += [area.lat, area.lon, area.radius_m]
        return Sql(f'd.row IN (SELECT place >> 4 FROM places WHERE {inside.text})', inside.values)  # noqa: S608

    def _place_fields(self, path: str | None) -> list[int]:
        if path is not None:
            return self.field(path)[0]
        sql = f'SELECT field FROM fields WHERE scope IN ({_marks(self.scopes)}) AND types & ?'  # noqa: S608
        rows = self.connection.execute(sql, (*self.scopes, GEO)).fetchall()
        return [number for (number,) in rows]

    def _during(self, clause: q.During) -> Sql:
        parts = [Sql('d.start_ns IS NOT NULL')]
        if clause.end_ns is not None:
            parts.append(Sql('d.start_ns <= ?', [clause.end_ns]))
        if clause.start_ns is not None:
            # Nothing that begins before this can last into the range.
            earliest = max(clause.start_ns - self.longest_ns, -(2**63))
            parts.append(Sql('d.start_ns >= ?', [earliest]))
            if self.longest_ns:
                parts.append(Sql('coalesce(d.end_ns, d.start_ns) >= ?', [clause.start_ns]))
        return _joined(' AND ', parts)


def floor_by(value: float, width: float) -> float:
    """Round down to a multiple of a width."""
    return math.floor(value / width) * width


def _place(number: int, box: Box, half: tuple[float, float]) -> Sql:
    west, east = half
    # The tree keeps 32-bit floats rounded outwards; the exact point decides.
    return Sql(
        'field0 <= ? AND field1 >= ? AND y1 >= ? AND y0 <= ? AND x1 >= ? AND x0 <= ?'
        ' AND y BETWEEN ? AND ? AND x BETWEEN ? AND ?',
        [number, number, box.south, box.north, west, east, box.south, box.north, west, east],
    )


def _words(clause: q.Words) -> Sql:
    terms = []
    for word in clause.text.split():
        bare = word.rstrip('*').replace('"', ' ').strip()
        if any(character.isalnum() for character in bare):
            terms.append(f'"{bare}"' + ('*' if word.endswith('*') else ''))
    if not terms:
        return NOTHING
    return Sql('d.row IN (SELECT rowid FROM words WHERE words MATCH ?)', [' '.join(terms)])


def _term_values(values: Sequence[Any]) -> list[Any]:
    """Every way in which the index may hold a value: 5 finds 5 and '5', true finds 'true'."""
    result: dict[Any, None] = {}
    for value in values:
        result[term(value)] = None
        if isinstance(value, str):
            number = _number(value)
            if number is not None:
                result[number] = None
        elif not isinstance(value, bool):
            whole = isinstance(value, float) and value.is_integer()
            result[str(int(value) if whole else value)] = None
    return list(result)


def _number(text: str) -> float | None:
    try:
        number = float(text) if len(text) < 40 else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _in(column: str, values: Sequence[Any]) -> Sql:
    if len(values) <= 20:
        return Sql(f'{column} IN ({_marks(values)})', list(values))
    text = json.dumps(list(values), ensure_ascii=False)
    return Sql(f'{column} IN (SELECT value FROM json_each(?))', [text])  # noqa: S608


def _marks(values: Sequence[Any]) -> str:
    return ','.join('?' * len(values))


def _joined(word: str, parts: Sequence[Sql]) -> Sql:
    text = word.join(f'({part.text})' for part in parts)
    return Sql(f'({text})', [value for part in parts for value in part.values])
