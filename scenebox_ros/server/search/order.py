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

from collections.abc import Iterator
from dataclasses import dataclass
import json
from typing import Any

from scenebox_ros.server.search.compile import COLUMN, Compiler
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.search.query import check_path, Query
from scenebox_ros.server.search.sql import all_of, equals, Sql
from scenebox_ros.server.search.values import values_at
from scenebox_ros.server.store import times

Hit = tuple[int, str]


@dataclass(frozen=True)
class _Key:
    """
    What to sort by.

    Attributes
    ----------
    key
        An expression.
    source
        What to select from, beginning with the tables that give the order.
    present, missing
        Conditions that say whether a document has the field.

    """

    key: str
    source: Sql
    present: Sql
    missing: Sql


def hits(compiler: Compiler, query: Query, page: Page) -> list[Hit]:
    """List row and id of the hits on a page, in order."""
    if not compiler.scopes:
        return []
    where = compiler.where(query)
    path = check_path(page.sort_field) if page.sort_field else 'row'
    few = compiler.starts_at_rows
    if path in ('row', 'id'):
        return list(_by_column(compiler, where, page, path, few))
    column = COLUMN.get(path)
    if path == 'timestamp' and not compiler.field('start_time')[0]:
        column = 'start_ns'
    if column is None and (few or not compiler.is_plain(path)):
        return _sorted_here(compiler, where, page, path)
    key = _column_key(column) if column else _term_key(compiler, path)
    return _by_key(compiler, where, page, key)


def _by_column(compiler: Compiler, where: Sql, page: Page, column: str,
               few: bool) -> Iterator[Hit]:
    """Sort by row or id, which every document has and no two share."""
    sign, order = ('<', 'DESC') if page.sort_order == 'desc' else ('>', 'ASC')
    if page.search_after is not None:
        after: Any = page.search_after
        if column == 'row':
            found = _find(compiler, page.search_after)
            after = found[0] if found else -1
        where = all_of([where, Sql(f'd.{column} {sign} ?', [after])])
    # A plus keeps SQLite from walking a whole index to find the few hits in order.
    key = f'+d.{column}' if few else f'd.{column}'
    text = f'SELECT d.row, d.id FROM documents d WHERE {where.text} ORDER BY {key} {order}'  # noqa: S608
    yield from _window(compiler, Sql(text, where.values), page, page.offset, page.size)


def _by_key(compiler: Compiler, where: Sql, page: Page, key: _Key) -> list[Hit]:
    """Sort by a key: first the documents that have it, then, if there is room, the others."""
    sign, order = ('<', 'DESC') if page.sort_order == 'desc' else ('>', 'ASC')
    present, missing = [where, key.present], [where, key.missing]
    if page.search_after is not None:
        value, last = _after(compiler, page.search_after, key)
        if value is None:
            present.append(Sql('0'))
            missing.append(Sql(f'd.id {sign} ?', [last]))
        elif last is None:
            present.append(Sql(f'{key.key} {sign} ?', [value]))
        else:
            text = f'{key.key} {sign}= ? AND ({key.key} <> ? OR d.id {sign} ?)'
            present.append(Sql(text, [value, value, last]))
    condition = all_of(present)
    source = key.source
    select = f'SELECT d.row, d.id FROM {source.text} WHERE {condition.text}'  # noqa: S608
    values = [*source.values, *condition.values]
    sql = Sql(f'{select} ORDER BY {key.key} {order}, d.id {order}', values)
    found = list(_window(compiler, sql, page, page.offset, page.size))
    if not page.scan and len(found) >= page.size:
        return found
    skipped = 0
    if page.offset and not page.scan:
        (total,) = compiler.connection.execute(
            f'SELECT count(*) FROM ({select})', values  # noqa: S608
        ).fetchone()
        skipped = max(page.offset - total, 0)
    condition = all_of(missing)
    text = f'SELECT d.row, d.id FROM documents d WHERE {condition.text} ORDER BY d.id {order}'  # noqa: S608
    rest = Sql(text, condition.values)
    return [*found, *_window(compiler, rest, page, skipped, page.size - len(found))]


def _window(compiler: Compiler, sql: Sql, page: Page, offset: int, size: int) -> Iterator[Hit]:
    if page.scan:
        yield from compiler.connection.execute(sql.text, sql.values)
    else:
        text = f'{sql.text} LIMIT ? OFFSET ?'
        yield from compiler.connection.execute(text, (*sql.values, size, offset))


def _column_key(column: str) -> _Key:
    key = f'd.{column}'
    return _Key(key, Sql('documents d'), Sql(f'{key} IS NOT NULL'), Sql(f'{key} IS NULL'))


def _term_key(compiler: Compiler, path: str) -> _Key:
    """Sort by a field that has one value per document, in the order of the index."""
    fields = compiler.all_fields(path) or [-1]
    has = equals('s.field', fields)
    inside = equals('field', fields)
    # CROSS JOIN keeps the order: the index of values first, then each value's document.
    return _Key(
        's.value',
        Sql('terms s CROSS JOIN documents d ON d.row = s.row'),
        has,
        Sql(f'd.row NOT IN (SELECT row FROM terms WHERE {inside.text})', inside.values),  # noqa: S608
    )


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
        names = [name for _, name in found]
        last = names.index(page.search_after) if page.search_after in names else len(names)
        found = found[last + 1 :]
    return found if page.scan else found[page.offset : page.offset + page.size]


def _after(compiler: Compiler, given: str, key: _Key) -> tuple[Any, str | None]:
    """Find the sort value and id to go on after; an unknown id is taken as a value itself."""
    found = _find(compiler, given)
    if found is None:
        ns = times.parse_ns(given)
        try:
            return ns if ns is not None else float(given), None
        except ValueError:
            return given, None
    condition = all_of([Sql('d.row = ?', [found[0]]), key.present])
    sql = f'SELECT {key.key} FROM {key.source.text} WHERE {condition.text}'  # noqa: S608
    row = compiler.connection.execute(sql, condition.values).fetchone()
    return (row[0] if row else None), found[1]


def _find(compiler: Compiler, name: str) -> Hit | None:
    condition = all_of([equals('d.scope', compiler.scopes), Sql('d.id = ?', [name])])
    sql = f'SELECT d.row, d.id FROM documents d WHERE {condition.text} LIMIT 1'  # noqa: S608
    found: Hit | None = compiler.connection.execute(sql, condition.values).fetchone()
    return found
