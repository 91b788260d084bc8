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
Summaries: how many documents have which values, in ranges, and numbers over fields.

Four ways lead to a count. Nothing asked, and few values: the counts that every write keeps.
Nothing asked otherwise: the index alone is read. Few hits: their documents are read once, for all
dimensions. Many hits: the index is joined with the hits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
import heapq
import json
from typing import Any

import numpy as np

from scenebox_ros.errors import SearchError
from scenebox_ros.server.search import columns
from scenebox_ros.server.search.buckets import Ranged, read_numeric, read_time, time_key
from scenebox_ros.server.search.columns import Column
from scenebox_ros.server.search.compile import COLUMN, Compiler, json_path
from scenebox_ros.server.search.engine import count
from scenebox_ros.server.search.query import check_path, parse, Query
from scenebox_ros.server.search.sql import marks, Sql
from scenebox_ros.server.search.values import key_of, Moment, values_at
from scenebox_ros.server.store.flatten import DICT, MOST, TIME_SUFFIX

FEW_HITS = 20_000
MAX_DIMENSIONS = 50
MAX_BUCKETS = 100_000
MAX_COMBINED = 6
METRICS = {
    'avg': 'avg', 'average': 'avg', 'sum': 'sum', 'total': 'sum', 'min': 'min', 'max': 'max',
    'cardinality': 'count', 'count': 'count',
}


@dataclass(frozen=True)
class Request:
    """A summary request, read."""

    query: Query
    dimensions: tuple[str, ...]
    numeric: tuple[Ranged, ...]
    time: tuple[Ranged, ...]
    metric: tuple[str, str] | None
    most: int


def read_request(raw: Any) -> Request:
    """
    Read a summary request of the protocol.

    Raises
    ------
    SearchError
        If it is none, or asks for more than the server answers.

    """
    if not isinstance(raw, dict):
        raise SearchError('a summary request is an object with search and dimensions')
    dimensions = [*_list(raw, 'dimensions'), *_list(raw, 'nested_dimensions')]
    numeric = [read_numeric(item) for item in _list(raw, 'custom_buckets_numeric')]
    time = [read_time(item) for item in _list(raw, 'custom_buckets_time')]
    if len(dimensions) + len(numeric) + len(time) > MAX_DIMENSIONS:
        raise SearchError(f'a summary has at most {MAX_DIMENSIONS} dimensions and buckets')
    metric = None
    if raw.get('aggregate_field'):
        kind = str(raw.get('aggregation_type') or 'avg').lower()
        if kind not in METRICS:
            raise SearchError(f'aggregation_type {kind[:40]!r} is not one of {", ".join(METRICS)}')
        metric = (check_path(raw['aggregate_field']), kind)
    return Request(
        parse(raw.get('search')), tuple(map(check_path, dimensions)), tuple(numeric), tuple(time),
        metric, _most(raw),
    )


def summarize(compiler: Compiler, request: Request) -> dict[str, Any]:
    """Answer a summary request: ``total`` and ``aggregations``, always both."""
    hits = Hits(compiler, request.query)
    aggregations: list[dict[str, Any]] = []
    for path in request.dimensions:
        buckets = hits.terms(path, request.most)
        aggregations.append({'dimension': path, 'buckets': buckets})
    for ranged in request.numeric:
        found = hits.ranges(ranged, ranged.path)
        aggregations.append({'dimension': ranged.path, 'buckets': found})
    for ranged in request.time:
        found = hits.ranges(ranged, ranged.path + TIME_SUFFIX)
        aggregations.append({'dimension': ranged.path, 'buckets': found})
    answer: dict[str, Any] = {'total': hits.total, 'aggregations': aggregations}
    if request.metric:
        path, kind = request.metric
        value = metric(hits, path, kind)
        answer['aggregate'] = {'field': path, 'type': kind, 'value': value}
    return answer


def combine(compiler: Compiler, raw: Any) -> dict[str, Any]:
    """Count the documents of each combination of several dimensions' values."""
    request = read_request(raw)
    paths = request.dimensions
    if not 1 <= len(paths) <= MAX_COMBINED:
        raise SearchError(f'give 1 to {MAX_COMBINED} dimensions to combine, not {len(paths)}')
    counts: Counter[tuple[Any, ...]] = Counter()
    total = 0
    for document in Hits(compiler, request.query).documents():
        total += 1
        combined: list[tuple[Any, ...]] = [()]
        for path in paths:
            found = values_at(document, path)
            combined = [(*before, value) for before in combined for value in found]
        counts.update(combined)
        if len(counts) > MAX_BUCKETS:
            raise SearchError(f'there are more than {MAX_BUCKETS} combinations; narrow the search')
    kinds = [compiler.field(path)[1] for path in paths]
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))[: request.most]
    buckets = [
        {'key': [key_of(v, kind) for v, kind in zip(key, kinds, strict=True)], 'doc_count': n}
        for key, n in ordered
    ]
    return {'total': total, 'dimensions': list(paths), 'buckets': buckets}


class Hits:
    """The documents that a query finds, in whichever form is quickest to count."""

    def __init__(self, compiler: Compiler, query: Query) -> None:
        self._compiler = compiler
        self._connection = compiler.connection
        self._where = compiler.where(query)
        self._everything = not query.clauses
        self.total = count(compiler, query)
        self._few: list[Any] | None = None
        self._rows: columns.Rows | None = None

    def documents(self) -> Iterator[Any]:
        """Yield the documents, one after the other."""
        sql = f'SELECT d.body FROM documents d WHERE {self._where.text}'  # noqa: S608
        for (body,) in self._connection.execute(sql, self._where.values):
            yield json.loads(body)

    def terms(self, path: str, most: int) -> list[dict[str, Any]]:
        """Count the values of a field, most frequent first."""
        if not self._compiler.scopes or not self.total:
            return []
        bits = self._compiler.field(path)[1]
        if path == 'owner':
            rows = self._owners()
        elif self._everything and path != 'id' and self._compiler.is_counted(path):
            rows = self._counted(path, most)
        elif path in COLUMN or path == 'id':
            rows = self._column(f'd.{COLUMN.get(path, path)}', most)
        elif not self._everything and self.total <= FEW_HITS:
            rows = self._read_values(path, most)
        else:
            rows = self._frequent(path, most)
        return [{'key': key_of(value, bits), 'doc_count': n} for value, n in rows]

    def ranges(self, ranged: Ranged, path: str) -> list[dict[str, Any]]:
        """Count the documents in each range of a field."""
        shown = time_key if path.endswith(TIME_SUFFIX) else float
        if ranged.width is not None:
            counts = columns.histogram(self.numbers(path), ranged.width)
            ordered = sorted(counts.items())[:MAX_BUCKETS]
            return [{'key': shown(low), 'doc_count': n} for low, n in ordered]
        counted = columns.between(self.numbers(path), [(r.start, r.stop) for r in ranged.ranges])
        return [
            {'key': limits.key, 'from': limits.start, 'to': limits.stop, 'doc_count': n}
            for limits, n in zip(ranged.ranges, counted, strict=True)
        ]

    def numbers(self, path: str) -> list[Column]:
        """Read a field's numbers in the hits."""
        return self._within(columns.read(self._connection, self._compiler.field(path)[0]))

    def distinct(self, path: str) -> int:
        """Count the distinct values of a field."""
        if path in COLUMN or path == 'id':
            column = f'd.{COLUMN.get(path, path)}'
            sql = f'SELECT count(DISTINCT {column}) FROM documents d WHERE {self._where.text}'
            return int(self._connection.execute(sql, self._where.values).fetchone()[0])
        fields = self._compiler.all_fields(path)
        inside = self._inside()
        sql = (
            'SELECT count(DISTINCT value) FROM terms'  # noqa: S608
            f' WHERE field IN ({marks(fields)}){inside.text}'
        )
        (texts,) = self._connection.execute(sql, (*fields, *inside.values)).fetchone()
        numbers = self._within(columns.read(self._connection, fields))
        return int(texts) + len(columns.frequencies(numbers))

    def _counted(self, path: str, most: int) -> list[Any]:
        times = self._compiler.field(path + TIME_SUFFIX)[0]
        fields = self._compiler.all_fields(path)
        sql = (
            f'SELECT value, sum(documents), field IN ({marks(times)}) AS is_time'  # noqa: S608
            f' FROM counts WHERE field IN ({marks(fields)})'
            ' GROUP BY is_time, value ORDER BY 2 DESC, 1 LIMIT ?'
        )
        rows = self._connection.execute(sql, (*times, *fields, most))
        return [(Moment(value) if is_time else value, n) for value, n, is_time in rows]

    def _owners(self) -> list[Any]:
        sql = (
            'SELECT s.owner, count(*) FROM documents d JOIN scopes s USING (scope)'
            f' WHERE {self._where.text} GROUP BY 1'
        )
        return self._connection.execute(sql, self._where.values).fetchall()

    def _frequent(self, path: str, most: int) -> list[Any]:
        """Count the values in the index, most frequent first, numbers before texts."""
        fields, inside = self._compiler.field(path)[0], self._inside()
        sql = (
            f'SELECT value, count(*) FROM terms WHERE field IN ({marks(fields)})'  # noqa: S608
            f'{inside.text} GROUP BY value ORDER BY 2 DESC, 1 LIMIT ?'
        )
        texts = self._connection.execute(sql, (*fields, *inside.values, most)).fetchall()
        times = columns.frequencies(self.numbers(path + TIME_SUFFIX))
        numbers = [*columns.frequencies(self.numbers(path)).items(),
                   *((Moment(ns), n) for ns, n in times.items())]
        frequent = heapq.nsmallest(most, numbers, key=lambda row: (-row[1], row[0]))
        return sorted([*frequent, *texts], key=lambda row: -row[1])[:most]

    def _column(self, column: str, most: int) -> list[Any]:
        # A plus keeps SQLite from grouping by an index when the hits are few.
        key = column if self._everything else f'+{column}'
        sql = (
            f'SELECT {key} AS value, count(*) FROM documents d WHERE {self._where.text}'
            f' AND {key} IS NOT NULL GROUP BY value ORDER BY 2 DESC, 1 LIMIT ?'
        )
        return self._connection.execute(sql, (*self._where.values, most)).fetchall()

    def _within(self, found: list[Column]) -> list[Column]:
        """Keep what belongs to hits; a field's number says whose it is."""
        if self._everything or not found:
            return found
        if self._rows is None:
            sql = f'SELECT d.row FROM documents d WHERE {self._where.text}'  # noqa: S608
            rows = self._connection.execute(sql, self._where.values).fetchall()
            self._rows = np.array(rows, np.int64).reshape(-1)
        return columns.within(found, self._rows)

    def _inside(self) -> Sql:
        """Give the condition that a term's row is a hit; a field's number says whose it is."""
        if self._everything:
            return Sql('')
        text = f' AND row IN (SELECT d.row FROM documents d WHERE {self._where.text})'
        return Sql(text, self._where.values)

    def _read_values(self, path: str, most: int) -> list[Any]:
        """Count values by reading the hits' documents; SQLite does it if the path is simple."""
        above = path.rpartition('.')[0]
        is_object = self._compiler.field(path)[1] & DICT
        is_time = bool(self._compiler.field(path + TIME_SUFFIX)[0])
        if is_time or is_object or not self._compiler.is_plain(above):
            return self._most_frequent(path, most)
        value = "CASE WHEN j.type IN ('true', 'false') THEN j.type ELSE j.atom END"
        sql = (
            f'SELECT {value} AS value, count(DISTINCT d.row)'  # noqa: S608
            f' FROM documents d, json_each(d.body, ?) j'
            f' WHERE {self._where.text} AND j.atom IS NOT NULL'
            ' GROUP BY value ORDER BY 2 DESC, 1 LIMIT ?'
        )
        values = (json_path(path), *self._where.values, most)
        rows = self._connection.execute(sql, values).fetchall()
        # SQLite rounds what is beyond 64 bits.
        is_exact = all(type(value) is not float or abs(value) < MOST for value, _ in rows)
        return rows if is_exact else self._most_frequent(path, most)

    def _most_frequent(self, path: str, most: int) -> list[Any]:
        counts = Counter(v for document in self._read() for v in values_at(document, path))
        return sorted(counts.items(), key=lambda row: (-row[1], str(row[0])))[:most]

    def _read(self) -> list[Any]:
        if self._few is None:
            self._few = list(self.documents())
        return self._few


def metric(hits: Hits, path: str, kind: str) -> Any:
    """Compute sum, average, minimum, maximum or the number of distinct values of a field."""
    if METRICS[kind] == 'count':
        return hits.distinct(path)
    return columns.aggregate(hits.numbers(path), METRICS[kind])


def _list(raw: dict[str, Any], key: str) -> list[Any]:
    value = raw.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise SearchError(f'{key} is a list, not {str(value)[:60]!r}')
    return value


def _most(raw: dict[str, Any]) -> int:
    given = raw.get('max_size_for_agg')
    try:
        most = 100 if given is None else int(given)
    except (TypeError, ValueError, OverflowError):
        most = -1
    if not 0 < most <= MAX_BUCKETS:
        raise SearchError(f'max_size_for_agg {str(given)[:40]!r} is not 1 to {MAX_BUCKETS}')
    return most
