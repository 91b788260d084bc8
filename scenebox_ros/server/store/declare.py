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

"""Saying what fields are, also where documents have them already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scenebox_ros.server.store.database import Connection
from scenebox_ros.server.store.flatten import flatten
from scenebox_ros.server.store.index import Index
from scenebox_ros.server.store.json_text import dumps, loads
from scenebox_ros.server.store.numbers import rows_having

AT_ONCE = 2000


def declare(
    index: Index, connection: Connection, scope: int, declared: Mapping[str, int]
) -> None:
    """Remember what fields are, and index the documents anew that are read otherwise now."""
    before = index.declared(connection, scope) if declared else {}
    if paths := index.declare(connection, scope, declared):
        kinds = index.declared(connection, scope)
        rows = _rows_at(connection, scope, paths)
        sql = 'SELECT d.row, d.body FROM json_each(?) j CROSS JOIN documents d ON d.row = j.value'
        for start in range(0, len(rows), AT_ONCE):
            found = connection.execute(sql, (dumps(rows[start:start + AT_ONCE]),)).fetchall()
            bodies = [(row, loads(body)) for row, body in found]
            index.change(connection, scope, [
                (row, flatten(body, before), flatten(body, kinds)) for row, body in bodies])


def _rows_at(connection: Connection, scope: int, paths: Iterable[str]) -> list[int]:
    """Find the rows that have something at one of some paths, or below."""
    rows: set[int] = set()
    sql = (
        'SELECT field FROM fields WHERE scope = ?1 AND'
        " (path = ?2 OR substr(path, 1, length(?2) + 1) = ?2 || '.')"
    )
    for path in paths:
        for (field,) in connection.execute(sql, (scope, path)).fetchall():
            found = connection.execute('SELECT row FROM terms WHERE field = ?', (field,))
            rows.update(row for (row,) in found)
            rows |= rows_having(connection, field)
    return sorted(rows)
