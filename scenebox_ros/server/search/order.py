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
The order of hits, and which of them are on a page.

Documents without the sort field come last, in either direction. An index gives the order where
there is one: then a page costs a page of work. Otherwise few hits are sorted here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
import json
from typing import Any

from scenebox_ros.errors import SearchError
from scenebox_ros.server.search.compile import COLUMN, Compiler
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.search.query import check_path, Query, Range, Words
from scenebox_ros.server.search.ranking import by_value, find, Hit, value_of
from scenebox_ros.server.search.sql import after, all_of, equals, Sql
from scenebox_ros.server.search.values import values_at
from scenebox_ros.server.store.flatten import STRING

# So many documents a wanted hit are looked at, before all are.
NEAR, MOST_NEAR = 80, 20_000


def hits(compiler: Compiler, query: Query, page: Page) -> list[Hit]:
    """List row and id of the hits on a page, in order."""
    if not compiler.scopes:
        return []
    path = check_path(page.sort_field) if page.sort_field else 'row'
    if path in ('row', 'id'):
        return list(_by_column(compiler, query, page, path))
    where = compiler.where(query)
    few = compiler.starts_at_rows
    bits = compiler.field(path)[1]
    # A column has texts alone; what else stands in such a field is in the documents.
    column = None if bits & ~STRING else COLUMN.get(path)
    if path == 'timestamp' and not compiler.field('start_time')[0]:
        column = 'start_ns'
    if column is None and (few or path in COLUMN or not compiler.is_plain(path)):
        return _sorted_here(compiler, where, page, path)
    if column is None:
        return by_value(compiler, where, page, path)
    return _by_column_key(compiler, where, page, f'd.{column}')


def _by_column(compiler: Compiler, query: Query, page: Page, column: str) -> Iterator[Hit]:
    """Sort by row or id, which every document has and no two share."""
    sign, order = ('<', 'DESC') if page.sort_order == 'desc' else ('>', 'ASC')
    begin = []
    if page.search_after is not None:
        last: Any = page.search_after
        if column == 'row':
            found = find(compiler, page.search_after)
            if found is None:
                shown = page.search_after[:60]
                raise SearchError(f'search_after {shown!r} is no document; use sort_field=id')
            last = found[0]
        begin = [Sql(f'd.{column} {sign} ?', [last])]
    near = _near(compiler, query, page, column, begin)
    if near is not None:
        yield from near
        return
    where = all_of([compiler.where(query), *begin])
    # A plus keeps SQLite from walking a whole index to find the few hits in order.
    key = f'+d.{column}' if compiler.starts_at_rows else f'd.{column}'
    text = f'SELECT d.row, d.id FROM documents d WHERE {where.text} ORDER BY {key} {order}'
    yield from _window(compiler, Sql(text, where.values), page, page.offset, page.size)


def _near(compiler: Compiler, query: Query, page: Page, column: str,
          begin: Sequence[Sql]) -> list[Hit] | None:
    """
    Look for a page of hits among the next documents; nothing if they are not all there.

    Words and numbers that many documents have are found in some documents much sooner than in
    all: as long as these stand together.
    """
    wanted = page.offset + page.size
    most = min(NEAR * wanted, MOST_NEAR)
    is_broad = any(isinstance(clause, Words | Range) for clause in query.clauses)
    if page.scan or not is_broad or not most:
        return None
    order = 'DESC' if page.sort_order == 'desc' else 'ASC'
    where = all_of([equals('d.scope', compiler.scopes), *begin])
    text = (
        f'SELECT d.row, d.{column} FROM documents d WHERE {where.text}'  # noqa: S608
        f' ORDER BY d.{column} {order} LIMIT ?'
    )
    some = compiler.connection.execute(text, (*where.values, most)).fetchall()
    if not some:
        return []
    rows = [row for row, _ in some]
    span = (min(rows), max(rows))
    if span[1] - span[0] > 4 * most:
        return None
    ends = sorted((some[0][1], some[-1][1]))
    where = all_of([compiler.where(query, span), Sql(f'd.{column} BETWEEN ? AND ?', ends)])
    text = (
        f'SELECT d.row, d.id FROM documents d WHERE {where.text}'  # noqa: S608
        f' ORDER BY d.{column} {order} LIMIT ?'
    )
    found = compiler.connection.execute(text, (*where.values, wanted)).fetchall()
    is_all = len(found) >= wanted or len(some) < most
    return found[page.offset:] if is_all else None


def _by_column_key(compiler: Compiler, where: Sql, page: Page, key: str) -> list[Hit]:
    """Sort by a column: first the documents that have it, then, if there is room, the others."""
    sign, order = ('<', 'DESC') if page.sort_order == 'desc' else ('>', 'ASC')
    present, missing = [where, Sql(f'{key} IS NOT NULL')], [where, Sql(f'{key} IS NULL')]
    if page.search_after is not None:
        value, last = _after(compiler, page.search_after, key)
        if value is None:
            present.append(Sql('0'))
            missing.append(Sql(f'd.id {sign} ?', [last]))
        else:
            present.append(after(key, sign, value, last))
    condition = all_of(present)
    select = f'SELECT d.row, d.id FROM documents d WHERE {condition.text}'  # noqa: S608
    sql = Sql(f'{select} ORDER BY {key} {order}, d.id {order}', condition.values)
    found = list(_window(compiler, sql, page, page.offset, page.size))
    if not page.scan and len(found) >= page.size:
        return found
    skipped = 0
    if page.offset and not page.scan:
        (total,) = compiler.connection.execute(
            f'SELECT count(*) FROM ({select})', condition.values  # noqa: S608
        ).fetchone()
        skipped = max(page.offset - total, 0)
    condition = all_of(missing)
    text = f'SELECT d.row, d.id FROM documents d WHERE {condition.text} ORDER BY d.id {order}'
    rest = Sql(text, condition.values)
    return [*found, *_window(compiler, rest, page, skipped, page.size - len(found))]


def _window(compiler: Compiler, sql: Sql, page: Page, offset: int, size: int) -> Iterator[Hit]:
    if page.scan:
        yield from compiler.connection.execute(sql.text, sql.values)
    else:
        text = f'{sql.text} LIMIT ? OFFSET ?'
        yield from compiler.connection.execute(text, (*sql.values, size, offset))


def _sorted_here(compiler: Compiler, where: Sql, page: Page, path: str) -> list[Hit]:
    """Read the hits and sort them; several values count by the smallest."""
    text = f'SELECT d.row, d.id, d.body FROM documents d WHERE {where.text}'  # noqa: S608
    having: list[tuple[Any, str, int]] = []
    lacking: list[tuple[str, int]] = []
    for row, name, body in compiler.connection.execute(text, where.values):
        values = values_at(json.loads(body), path)
        if values:
            key = min((isinstance(value, str), value) for value in values)
            having.append((key, name, row))
        else:
            lacking.append((name, row))
    reverse = page.sort_order == 'desc'
    having.sort(reverse=reverse)
    lacking.sort(reverse=reverse)
    found = [(row, name) for _, name, row in having] + [(row, name) for name, row in lacking]
    if page.search_after is not None:
        found = _rest(compiler, page, path, having, found)
    return found if page.scan else found[page.offset:page.offset + page.size]


def _rest(compiler: Compiler, page: Page, path: str, having: Sequence[tuple[Any, str, int]],
          found: list[Hit]) -> list[Hit]:
    """Give the sorted hits after a document, a hit or not, or after a value."""
    given, reverse = str(page.search_after), page.sort_order == 'desc'
    last = find(compiler, given)
    values = {value_of(given)}
    if last is not None:
        sql = 'SELECT body FROM documents WHERE row = ?'
        (body,) = compiler.connection.execute(sql, last[:1]).fetchone()
        values = values_at(json.loads(body), path)
    if not values:
        lacking = found[len(having):]
        return [hit for hit in lacking if (hit[1] < given if reverse else hit[1] > given)]
    at = min((isinstance(value, str), value) for value in values)
    passed = 0
    for key, name, _ in having:
        is_tie = key == at and (last is None or name == given or (name < given) != reverse)
        passed += is_tie or (key > at if reverse else key < at)
    return found[passed:]


def _after(compiler: Compiler, given: str, key: str) -> tuple[Any, str | None]:
    """Find the sort value and id to go on after; an unknown id is taken as a value itself."""
    found = find(compiler, given)
    if found is None:
        return value_of(given) if key == 'd.start_ns' else given, None
    sql = f'SELECT {key} FROM documents d WHERE d.row = ?'  # noqa: S608
    (value,) = compiler.connection.execute(sql, (found[0],)).fetchone()
    return value, found[1]
