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

"""Searching documents: ids, documents and counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
import json
from typing import Any

from scenebox_ros.server.search.compile import COLUMN, Compiler, NOTHING, Sql
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.search.project import project
from scenebox_ros.server.search.query import check_path, Query
from scenebox_ros.server.store import times
from scenebox_ros.server.store.database import Connection, Database
from scenebox_ros.server.store.documents import Reach
from scenebox_ros.server.store.flatten import TIME_SUFFIX

CHUNK = 500


class Search:
    """Answers queries; see :mod:`scenebox_ros.server.search.query` for the language."""

    def __init__(self, database: Database, query_timeout_s: float = 30.0,
                 scan_timeout_s: float = 600.0) -> None:
        self._database = database
        self._query_timeout_s = query_timeout_s
        self._scan_timeout_s = scan_timeout_s

    def ids(self, reach: Reach, asset_type: str, query: Query, page: Page = Page()) -> list[str]:  # noqa: B008
        """List the ids of the hits on a page."""
        with self._database.reading(self._timeout_s(page)) as connection:
            sql = _hits(Compiler(connection, reach.organizations, asset_type), query, page, 'd.id')
            return [name for (name,) in connection.execute(sql.text, sql.values)]

    def documents(self, reach: Reach, asset_type: str, query: Query,
                  page: Page = Page()) -> list[dict[str, Any]]:  # noqa: B008
        """List the documents on a page, or the fields of them that the query selects."""
        return [json.loads(text) for text in self.texts(reach, asset_type, query, page)]

    def texts(self, reach: Reach, asset_type: str, query: Query,
              page: Page = Page()) -> Iterator[str]:  # noqa: B008
        """Yield the documents on a page as JSON, without holding them all."""
        with self._database.reading(self._timeout_s(page)) as connection:
            compiler = Compiler(connection, reach.organizations, asset_type)
            sql = _hits(compiler, query, page, 'd.row')
            rows = [row for (row,) in connection.execute(sql.text, sql.values)]
            for start in range(0, len(rows), CHUNK):
                for text in _bodies(connection, rows[start : start + CHUNK]):
                    yield project(text, query.selected) if query.selected else text

    def count(self, reach: Reach, asset_type: str, query: Query) -> int:
        """Count the hits."""
        with self._database.reading(self._query_timeout_s) as connection:
            return count(Compiler(connection, reach.organizations, asset_type), query)

    def _timeout_s(self, page: Page) -> float:
        return self._scan_timeout_s if page.scan else self._query_timeout_s


def count(compiler: Compiler, query: Query) -> int:
    """Count the hits of a query, without looking at documents where none are asked about."""
    connection = compiler.connection
    if not compiler.scopes:
        return 0
    if not query.clauses:
        marks = ','.join('?' * len(compiler.scopes))
        sql = f'SELECT sum(documents) FROM scopes WHERE scope IN ({marks})'  # noqa: S608
        return int(connection.execute(sql, compiler.scopes).fetchone()[0] or 0)
    where = compiler.where(query)
    sql = f'SELECT count(*) FROM documents d WHERE {where.text}'  # noqa: S608
    return int(connection.execute(sql, where.values).fetchone()[0])


def _bodies(connection: Connection, rows: Sequence[int]) -> list[str]:
    sql = 'SELECT row, body FROM documents WHERE row IN (SELECT value FROM json_each(?))'
    bodies: Mapping[int, str] = dict(connection.execute(sql, (json.dumps(rows),)).fetchall())
    return [bodies[row] for row in rows]


def _hits(compiler: Compiler, query: Query, page: Page, column: str) -> Sql:
    """Compile the statement that lists a page's hits in their order."""
    where = compiler.where(query)
    key, join = _sort_key(compiler, page.sort_field)
    values = [*join.values, *where.values]
    text = f'SELECT {column} FROM documents d {join.text} WHERE {where.text}'  # noqa: S608
    if page.search_after is not None and compiler.scopes:
        after = _after(compiler, page, key, join)
        text += f' AND ({after.text})'
        values += after.values
    order = 'DESC' if page.sort_order == 'desc' else 'ASC'
    if key == 'd.row':
        text += f' ORDER BY d.row {order}'
    elif key == 'd.id':
        text += f' ORDER BY d.id {order}'
    else:
        text += f' ORDER BY {key} IS NULL, {key} {order}, d.id {order}'
    if not page.scan:
        text += ' LIMIT ? OFFSET ?'
        values += [page.size, page.offset]
    return Sql(text, values)


def _sort_key(compiler: Compiler, path: str | None) -> tuple[str, Sql]:
    """Say by which expression to sort, and what must be joined for it."""
    if not path:
        return 'd.row', Sql('')
    path = check_path(path)
    if path == 'id':
        return 'd.id', Sql('')
    if path in COLUMN:
        return f'd.{COLUMN[path]}', Sql('')
    if path == 'timestamp' and not compiler.field('start_time')[0]:
        return 'd.start_ns', Sql('')
    numbers = [*compiler.field(path)[0], *compiler.field(path + TIME_SUFFIX)[0]]
    if not numbers:
        return 'NULL', Sql('')
    marks = ','.join('?' * len(numbers))
    sql = f'SELECT row, min(value) AS value FROM terms WHERE field IN ({marks}) GROUP BY row'  # noqa: S608
    return 's.value', Sql(f'LEFT JOIN ({sql}) s ON s.row = d.row', numbers)


def _after(compiler: Compiler, page: Page, key: str, join: Sql) -> Sql:
    """Compile 'after this document': its sort value and id tell where to go on."""
    sign = '<' if page.sort_order == 'desc' else '>'
    name = page.search_after
    if key == 'd.id':
        return Sql(f'd.id {sign} ?', [name])
    marks = ','.join('?' * len(compiler.scopes))
    sql = (
        f'SELECT {key}, d.id FROM documents d {join.text}'  # noqa: S608
        f' WHERE d.scope IN ({marks}) AND d.id = ? LIMIT 1'
    )
    values = [*join.values, *compiler.scopes, name]
    found = compiler.connection.execute(sql, values).fetchone() if key != 'NULL' else (None, name)
    if found is None:
        value = _sort_value(page, name)
        return Sql(f'{key} {sign} ?', [value]) if value is not None else NOTHING
    value, last = found
    if key == 'd.row':
        return Sql(f'd.row {sign} ?', [value])
    if value is None:
        return Sql(f'{key} IS NULL AND d.id {sign} ?', [last])
    return Sql(f'{key} {sign} ? OR ({key} = ? AND d.id {sign} ?) OR {key} IS NULL',
               [value, value, last])


def _sort_value(page: Page, given: str | None) -> Any:
    if (ns := times.parse_ns(given)) is not None:
        return ns
    try:
        return float(str(given))
    except ValueError:
        return given
