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

"""What fields there are, and what their values are like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json
from typing import Any

from scenebox_ros.errors import SearchError
from scenebox_ros.server.search import columns
from scenebox_ros.server.search.compile import COLUMN, Compiler
from scenebox_ros.server.search.engine import count
from scenebox_ros.server.search.query import check_path, Exists, parse, Query
from scenebox_ros.server.search.summary import Hits
from scenebox_ros.server.store import times
from scenebox_ros.server.store.flatten import (
    BOOLEAN,
    DICT,
    GEO,
    NESTED,
    NUMBER,
    SHAPE,
    STRING,
    TIME,
    TIME_SUFFIX,
)

# What a field is called that was seen as several things: the first that fits.
TYPES = [(GEO, 'geo'), (SHAPE, 'shape'), (NESTED, 'nested'), (TIME, 'time'), (NUMBER, 'number'),
         (BOOLEAN, 'boolean'), (STRING, 'tag'), (DICT, 'dict')]
MAX_FIELDS = 200


def search_fields(compiler: Compiler) -> list[dict[str, Any]]:
    """List every field that was seen or registered, with its type."""
    marks = ','.join('?' * len(compiler.scopes))
    sql = f'SELECT path, types, declared, settings FROM fields WHERE scope IN ({marks})'
    found: dict[str, tuple[int, dict[str, Any]]] = {}
    for path, types, declared, settings in compiler.connection.execute(sql, compiler.scopes):
        if path.endswith(TIME_SUFFIX):
            continue
        bits, known = found.get(path, (0, {}))
        found[path] = (bits | types | declared, {**known, **json.loads(settings)})
    return [
        {'type': type_of(bits), **known, 'field': path}
        for path, (bits, known) in sorted(found.items())
        if bits or known
    ]


def type_of(bits: int) -> str:
    """Name what a field is."""
    return next((name for bit, name in TYPES if bits & bit), 'text')


def statistics(compiler: Compiler, paths: Sequence[str], most: int = 100,
               search: Any = None) -> dict[str, dict[str, Any]]:
    """
    Describe fields: type, how many documents have them, and range or most frequent values.

    Parameters
    ----------
    compiler
        Over whose documents.
    paths
        The fields.
    most
        How many of the frequent values.
    search
        A query object that narrows the documents.

    """
    if len(paths) > MAX_FIELDS:
        raise SearchError(f'{len(paths)} fields of at most {MAX_FIELDS}; ask for fewer')
    query = parse(search)
    hits = Hits(compiler, query)
    return {path: _describe(compiler, query, hits, check_path(path), most) for path in paths}


def _describe(compiler: Compiler, query: Query, hits: Hits, path: str, most: int
              ) -> dict[str, Any]:
    numbers, bits = compiler.field(path)
    companions, _ = compiler.field(path + TIME_SUFFIX)
    answer: dict[str, Any] = {'type': type_of(bits)}
    if companions:
        found = hits.numbers(path + TIME_SUFFIX)
        low, high = (columns.aggregate(found, name) for name in ('min', 'max'))
        answer['count'] = len(columns.rows_of(found))
        answer['min'] = None if low is None else times.to_iso(int(low))
        answer['max'] = None if high is None else times.to_iso(int(high))
    elif bits & NUMBER:
        found = hits.numbers(path)
        answer['count'] = len(columns.rows_of(found))
        for name in ('min', 'max', 'avg', 'sum'):
            answer[name] = columns.aggregate(found, name)
        answer['cardinality'] = hits.distinct(path)
    elif numbers or path in COLUMN or path == 'id':
        buckets = hits.terms(path, most)
        answer['count'] = count(compiler, Query((*query.clauses, Exists(path))))
        answer['cardinality'] = hits.distinct(path)
        answer['buckets'] = buckets
        answer['defaults'] = [bucket['key'] for bucket in buckets[:most]]
    else:
        answer['count'] = 0
    return answer


def read_field(raw: Any) -> str:
    """Read one of ``field_dicts``: a path, or an object with the path under ``field``."""
    if isinstance(raw, Mapping):
        raw = raw.get('field', raw.get('field_name'))
    return check_path(raw)
