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
from typing import Any

from scenebox_ros.server.search.compile import Compiler
from scenebox_ros.server.search.order import hits
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.search.project import project
from scenebox_ros.server.search.query import Query
from scenebox_ros.server.search.sql import is_in
from scenebox_ros.server.store.database import Connection, Database
from scenebox_ros.server.store.documents import Reach
from scenebox_ros.server.store.json_text import dumps, loads

CHUNK = 500


class Search:
    """Answers queries; see :mod:`scenebox_ros.server.search.query` for the language."""

    def __init__(self, database: Database, query_timeout_s: float = 30.0,
                 scan_timeout_s: float = 600.0) -> None:
        self._database = database
        self._query_timeout_s = query_timeout_s
        self._scan_timeout_s = scan_timeout_s

    def ids(
        self, reach: Reach, asset_type: str, query: Query, page: Page = Page()  # noqa: B008
    ) -> list[str]:
        """List the ids of the hits on a page."""
        with self._database.reading(self._timeout_s(page)) as connection:
            compiler = Compiler(connection, reach.organizations, asset_type, not page.scan)
            return [name for _, name in hits(compiler, query, page)]

    def documents(self, reach: Reach, asset_type: str, query: Query,
                  page: Page = Page()) -> list[dict[str, Any]]:  # noqa: B008
        """List the documents on a page, or the fields of them that the query selects."""
        return [loads(text) for text in self.texts(reach, asset_type, query, page)]

    def texts(self, reach: Reach, asset_type: str, query: Query,
              page: Page = Page()) -> Iterator[str]:  # noqa: B008
        """Yield the documents on a page as JSON, without holding them all."""
        with self._database.reading(self._timeout_s(page)) as connection:
            compiler = Compiler(connection, reach.organizations, asset_type, not page.scan)
            rows = [row for row, _ in hits(compiler, query, page)]
            for start in range(0, len(rows), CHUNK):
                for text in _bodies(connection, rows[start:start + CHUNK]):
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
        inside = is_in('scope', compiler.scopes)
        sql = f'SELECT sum(documents) FROM scopes WHERE {inside.text}'  # noqa: S608
        return int(connection.execute(sql, inside.values).fetchone()[0] or 0)
    parts = compiler.parts(query)
    selects = [part.rows for part in parts if part.rows is not None]
    if len(selects) == len(parts) and any(part.is_scoped for part in parts):
        # The index alone knows: what all of these selects hold.
        text = ' INTERSECT '.join(f'SELECT * FROM ({select.text})' for select in selects)
        values = [value for select in selects for value in select.values]
        sql = f'SELECT count(*) FROM (SELECT DISTINCT * FROM ({text}))'  # noqa: S608
        return int(connection.execute(sql, values).fetchone()[0])
    where = compiler.where(query)
    sql = f'SELECT count(*) FROM documents d WHERE {where.text}'  # noqa: S608
    return int(connection.execute(sql, where.values).fetchone()[0])


def _bodies(connection: Connection, rows: Sequence[int]) -> list[str]:
    sql = 'SELECT row, body FROM documents WHERE row IN (SELECT value FROM json_each(?))'
    bodies: Mapping[int, str] = dict(connection.execute(sql, (dumps(rows),)).fetchall())
    return [bodies[row] for row in rows]
