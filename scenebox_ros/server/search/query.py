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

"""The query object of the protocol, read into expressions; nothing here knows SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scenebox_ros.errors import SearchError
from scenebox_ros.server.search.places import Box, Circle, read_place
from scenebox_ros.server.store import times

MAX_CLAUSES = 200
# With those in any_of, and each pattern of a wildcard filter.
MAX_IN_ALL = 1000
MAX_VALUES = 200_000
MAX_DEPTH = 4
MAX_PATH = 512
MAX_TEXT = 1000
MAX_STARS = 3
KEYS = {
    'filters', 'exists_filters', 'source_selected_fields', 'time_range', 'range_filters',
    'wildcard_filters', 'geo_filters', 'text', 'any_of',
}
BOUNDS = {'gt': '>', 'gte': '>=', 'lt': '<', 'lte': '<='}


@dataclass(frozen=True)
class Filter:
    """The field has one of the values; an empty list matches nothing."""

    path: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Exists:
    """The field is there and not null."""

    path: str


@dataclass(frozen=True)
class Range:
    """The field has a number or a time inside the bounds; operators to limits."""

    path: str
    bounds: Mapping[str, float | str]


@dataclass(frozen=True)
class Wildcard:
    """The field has a text like the pattern: ``*`` any characters, ``?`` one."""

    path: str
    pattern: str


@dataclass(frozen=True)
class Near:
    """The document has a place in a box or a circle; without a path, any place."""

    path: str | None
    area: Box | Circle


@dataclass(frozen=True)
class Words:
    """All the words are somewhere in the document's texts; ``word*`` matches beginnings."""

    text: str


@dataclass(frozen=True)
class During:
    """The document's time, or time span, touches the range; ends included, open if None."""

    start_ns: int | None
    end_ns: int | None


@dataclass(frozen=True)
class AnyOf:
    """At least one of the queries matches."""

    queries: tuple[Query, ...]


@dataclass(frozen=True)
class Not:
    """The clause does not hold, be it that the field is not there."""

    clause: Clause


Clause = Filter | Exists | Range | Wildcard | Near | Words | During | AnyOf | Not


@dataclass(frozen=True)
class Query:
    """
    Clauses that all must hold.

    Attributes
    ----------
    clauses
        The conditions.
    selected
        Fields that are wanted back; empty means the whole documents.

    """

    clauses: tuple[Clause, ...] = ()
    selected: tuple[str, ...] = field(default=())


def parse(raw: Any, depth: int = 0) -> Query:
    """
    Read a query object.

    Parameters
    ----------
    raw
        The JSON value; None and ``{}`` match everything.
    depth
        How many ``any_of`` are around it.

    Raises
    ------
    SearchError
        If it is not a query, or larger than the server answers. Unknown keys are refused: a
        misspelt ``filter`` would otherwise match, or delete, everything.

    """
    if raw is None:
        return Query()
    if not isinstance(raw, Mapping):
        raise SearchError(f'a query is an object, not {type(raw).__name__}; send {{}} for all')
    if unknown := set(raw) - KEYS:
        raise SearchError(
            f'query key {sorted(unknown)[0]!r} is not known; known are {", ".join(sorted(KEYS))}'
        )
    clauses: list[Clause] = []
    for entry in _entries(raw, 'filters'):
        clauses += _filters(entry)
    for entry in _entries(raw, 'exists_filters'):
        clauses.append(_negated(entry, Exists(_path(entry))))
    for entry in _entries(raw, 'range_filters'):
        clauses.append(_negated(entry, _range(entry)))
    for entry in _entries(raw, 'wildcard_filters'):
        clauses.append(_negated(entry, _wildcards(entry)))
    for entry in _entries(raw, 'geo_filters'):
        path = _path(entry) if entry.get('field') else None
        clauses.append(_negated(entry, Near(path, read_place(entry))))
    if raw.get('time_range') is not None:
        clauses.append(_during(raw['time_range']))
    if raw.get('text'):
        clauses.append(_words(raw['text']))
    if raw.get('any_of') is not None:
        if depth >= MAX_DEPTH:
            raise SearchError(f'any_of is nested more than {MAX_DEPTH} deep; flatten the query')
        clauses.append(AnyOf(tuple(parse(entry, depth + 1) for entry in _entries(raw, 'any_of'))))
    if len(clauses) > MAX_CLAUSES:
        raise SearchError(f'the query has {len(clauses)} clauses of at most {MAX_CLAUSES}')
    if not depth and (total := _size(clauses)) > MAX_IN_ALL:
        raise SearchError(f'the query has {total} clauses in all, of at most {MAX_IN_ALL}')
    return Query(tuple(clauses), tuple(_selected(raw.get('source_selected_fields'))))


def _size(clauses: Iterable[Clause]) -> int:
    total = 0
    for clause in clauses:
        inner = clause.clause if isinstance(clause, Not) else clause
        queries = inner.queries if isinstance(inner, AnyOf) else ()
        total += 1 + sum(_size(query.clauses) for query in queries)
    return total


def check_path(path: Any) -> str:
    """Pass a dotted field path through, without ``.keyword`` at its end."""
    if not isinstance(path, str) or not path or len(path) > MAX_PATH or '\0' in path:
        shown = repr(path)[:80]
        raise SearchError(f'field {shown} is not a dotted path of up to {MAX_PATH} characters')
    return path.removesuffix('.keyword') or path


def _entries(raw: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    entries = raw.get(key)
    if entries is None:
        return []
    if isinstance(entries, Mapping):
        entries = [entries]
    if not isinstance(entries, list) or not all(isinstance(item, Mapping) for item in entries):
        raise SearchError(f'{key} is a list of objects, not {str(entries)[:60]!r}')
    if len(entries) > MAX_CLAUSES:
        raise SearchError(f'{key} has {len(entries)} entries of at most {MAX_CLAUSES}')
    return entries


def _path(entry: Mapping[str, Any]) -> str:
    return check_path(entry.get('field'))


def _negated(entry: Mapping[str, Any], clause: Clause) -> Clause:
    out = entry.get('filter_out', False)
    return Not(clause) if out is True or str(out).lower() in {'true', 't'} else clause


def _filters(entry: Mapping[str, Any]) -> list[Clause]:
    if 'field' in entry or 'values' in entry:
        values = entry.get('values', entry.get('value'))
        return [_negated(entry, Filter(_path(entry), _values(values)))]
    # The original client appends {"id": [...]} in one place, so the short form is read, too.
    return [
        Filter(check_path(path), _values(values))
        for path, values in entry.items()
        if path != 'filter_out'
    ]


def _values(values: Any) -> tuple[Any, ...]:
    if not isinstance(values, list):
        if values is None:
            raise SearchError('a filter has no values; give a list, [] matches nothing')
        values = [values]
    if len(values) > MAX_VALUES:
        raise SearchError(f'a filter has {len(values)} values of at most {MAX_VALUES}; split it')
    if bad := [value for value in values if isinstance(value, (dict, list))]:
        raise SearchError(f'filter value {str(bad[0])[:60]!r} is not a text, number or boolean')
    return tuple(value for value in values if value is not None)


def _range(entry: Mapping[str, Any]) -> Range:
    bounds = {BOUNDS[name]: entry[name] for name in BOUNDS if entry.get(name) is not None}
    if not bounds:
        raise SearchError(f'a range filter has none of {", ".join(BOUNDS)}: {str(entry)[:80]}')
    for limit in bounds.values():
        number = isinstance(limit, (int, float)) and not isinstance(limit, bool)
        if not number and times.parse_ns(limit) is None:
            raise SearchError(f'range limit {str(limit)[:60]!r} is neither a number nor a time')
    if len({isinstance(limit, str) for limit in bounds.values()}) > 1:
        raise SearchError(f'a range is of numbers or of times, not both: {str(entry)[:80]}')
    return Range(_path(entry), bounds)


def _wildcards(entry: Mapping[str, Any]) -> Clause:
    given = entry.get('values', entry.get('value', entry.get('pattern')))
    patterns = given if isinstance(given, list) else [given]
    path = _path(entry)
    clauses = []
    for pattern in patterns:
        if not isinstance(pattern, str) or len(pattern) > 256 or pattern.count('*') > MAX_STARS:
            raise SearchError(
                f'pattern {str(pattern)[:60]!r} is not a text of up to 256 characters '
                f'with at most {MAX_STARS} stars'
            )
        clauses.append(Query((Wildcard(path, pattern),)))
    return clauses[0].clauses[0] if len(clauses) == 1 else AnyOf(tuple(clauses))


def _words(text: Any) -> Words:
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise SearchError(f'text is words of up to {MAX_TEXT} characters, not {str(text)[:60]!r}')
    return Words(text)


def _during(raw: Any) -> During:
    if not isinstance(raw, Mapping):
        raise SearchError('time_range is {"start_time": ..., "end_time": ...}')
    limits = []
    for name in ('start_time', 'end_time'):
        given = raw.get(name)
        ns = None if given is None else times.parse_ns(given)
        if given is not None and ns is None:
            shown = repr(given)[:60]
            raise SearchError(f'{name} {shown} is not ISO 8601; write 2026-01-31T12:30:00Z')
        limits.append(ns)
    return During(*limits)


def _selected(raw: Any) -> list[str]:
    if raw is None:
        return []
    if not isinstance(raw, list) or len(raw) > MAX_CLAUSES:
        raise SearchError(f'source_selected_fields is a list of up to {MAX_CLAUSES} field paths')
    return [check_path(path) for path in raw]
