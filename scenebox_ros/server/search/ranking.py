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
Hits in the order of a field that has one value per document: numbers, then texts, then the rest.

Texts come out of their index in order. Of numbers, the first few are picked out of all; if too few
of their documents are hits, more are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenebox_ros.server.search import columns
from scenebox_ros.server.search.compile import Compiler
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.search.sql import after, all_of, equals, listed, Sql
from scenebox_ros.server.store import times

Hit = tuple[int, str]
FIRST = 50
MORE = 8
SAMPLE = 64


@dataclass(frozen=True)
class _Stage:
    """
    What one kind of values is sorted with.

    Attributes
    ----------
    compiler, where
        What to search, and how to tell a hit.
    fields
        The numbers of the field to sort by.
    is_down
        From the greatest to the smallest.
    last
        Value and id of the last document of the page before; an id of None is after all ids.

    """

    compiler: Compiler
    where: Sql
    fields: list[int]
    is_down: bool
    last: tuple[Any, str | None] | None = None

    @property
    def order(self) -> str:
        """Give SQL's word for the direction."""
        return 'DESC' if self.is_down else 'ASC'

    @property
    def sign(self) -> str:
        """Give the comparison that what comes later fulfils."""
        return '<' if self.is_down else '>'

    def run(self, sql: Sql, most: int) -> list[Hit]:
        """Run a select that has its order."""
        text = f'{sql.text} LIMIT ?'
        return self.compiler.connection.execute(text, (*sql.values, most)).fetchall()


def by_value(compiler: Compiler, where: Sql, page: Page, path: str) -> list[Hit]:
    """List row and id of the hits on a page."""
    fields = compiler.all_fields(path)
    is_down = page.sort_order == 'desc'
    stages = [_texts, _numbers, _missing] if is_down else [_numbers, _texts, _missing]
    last = None
    if page.search_after is not None:
        last = _last(compiler, page.search_after, fields)
        kind = _missing if last[0] is None else _texts if isinstance(last[0], str) else _numbers
        stages = stages[stages.index(kind):]
    wanted = 2**62 if page.scan else page.offset + page.size
    found: list[Hit] = []
    for stage in stages:
        if len(found) < wanted:
            given = _Stage(compiler, where, fields, is_down, last)
            found += stage(given, wanted - len(found))
        last = None
    return found if page.scan else found[page.offset:]


def find(compiler: Compiler, name: str) -> Hit | None:
    """Find a document by its id."""
    condition = all_of([equals('d.scope', compiler.scopes), Sql('d.id = ?', [name])])
    sql = f'SELECT d.row, d.id FROM documents d WHERE {condition.text} LIMIT 1'  # noqa: S608
    found: Hit | None = compiler.connection.execute(sql, condition.values).fetchone()
    return found


def value_of(given: str) -> Any:
    """Read a text as the time, or the number, that it is."""
    ns = times.parse_ns(given)
    try:
        return ns if ns is not None else float(given)
    except ValueError:
        return given


def _last(compiler: Compiler, given: str, fields: list[int]) -> tuple[Any, str | None]:
    """Find the sort value and id to go on after; an unknown id is taken as a value itself."""
    found = find(compiler, given)
    if found is None:
        return value_of(given), None
    row, name = found
    inside = equals('field', fields or [-1])
    sql = f'SELECT value FROM terms WHERE {inside.text} AND row = ?'  # noqa: S608
    for column in columns.read(compiler.connection, fields, span=(row, row)):
        return column.values[0].item(), name
    body = compiler.connection.execute(sql, (*inside.values, row)).fetchone()
    return (body[0] if body else None), name


def _numbers(stage: _Stage, wanted: int) -> list[Hit]:
    connection = stage.compiler.connection
    most = wanted + FIRST
    if is_partial := stage.last is None:
        found = columns.first(connection, stage.fields, most, stage.is_down)
    else:
        found = columns.read(connection, stage.fields, {f'{stage.sign}=': stage.last[0]})
    while found:
        first = _first(found, most, stage.is_down)
        hits = _sorted(stage, first)
        if len(hits) >= wanted or first is found:
            return hits[:wanted]
        if is_partial:
            found, is_partial = columns.read(connection, stage.fields), False
        most *= MORE
    return []


def _first(found: list[columns.Column], most: int, is_down: bool) -> list[columns.Column]:
    """Pick so many numbers that come first, and all that are equal to the last of them."""
    # So many of a sample are not before so many of all, which leaves few to look at closely.
    for step in (SAMPLE, 1):
        # As floats some numbers become equal, but none change places.
        keys = np.concatenate([column.values[::step].astype(np.float64) for column in found])
        if most < len(keys):
            place = len(keys) - 1 - most if is_down else most
            end = np.partition(keys, place)[place]
            found = [
                column.where(column.values >= end if is_down else column.values <= end)
                for column in found
            ]
    return found


def _sorted(stage: _Stage, found: Sequence[columns.Column]) -> list[Hit]:
    """Find the hits among numbers and sort them by value, then by id."""
    value = {
        row: number for column in found
        for row, number in zip(column.rows.tolist(), column.values.tolist(), strict=True)
    }
    select = listed(list(value))
    text = (
        f'SELECT d.row, d.id FROM ({select.text}) s'  # noqa: S608
        f' CROSS JOIN documents d ON d.row = s.value WHERE {stage.where.text}'
    )
    hits = stage.compiler.connection.execute(text, (*select.values, *stage.where.values))
    ranked = sorted(((value[row], name, row) for row, name in hits), reverse=stage.is_down)
    if stage.last is not None:
        at, last = stage.last
        ranked = [hit for hit in ranked if hit[0] != at or (
            last is not None and (hit[1] < last if stage.is_down else hit[1] > last))]
    return [(row, name) for _, name, row in ranked]


def _texts(stage: _Stage, wanted: int) -> list[Hit]:
    conditions = [stage.where, equals('s.field', stage.fields or [-1])]
    if stage.last is not None:
        conditions.append(after('s.value', stage.sign, *stage.last))
    condition = all_of(conditions)
    # CROSS JOIN keeps the order: the index of values first, then each value's document.
    text = (
        'SELECT d.row, d.id FROM terms s CROSS JOIN documents d ON d.row = s.row'  # noqa: S608
        f' WHERE {condition.text} ORDER BY s.value {stage.order}, d.id {stage.order}'
    )
    return stage.run(Sql(text, condition.values), wanted)


def _missing(stage: _Stage, wanted: int) -> list[Hit]:
    numbers = columns.rows_of(columns.read(stage.compiler.connection, stage.fields))
    inside = equals('field', stage.fields or [-1])
    conditions = [
        stage.where,
        Sql(f'd.row NOT IN (SELECT row FROM terms WHERE {inside.text})', inside.values),
    ]
    if len(numbers):
        select = listed(numbers.tolist())
        conditions.append(Sql(f'd.row NOT IN ({select.text})', select.values))
    if stage.last is not None:
        conditions.append(Sql(f'd.id {stage.sign} ?', [stage.last[1]]))
    condition = all_of(conditions)
    text = (
        f'SELECT d.row, d.id FROM documents d WHERE {condition.text}'  # noqa: S608
        f' ORDER BY d.id {stage.order}'
    )
    return stage.run(Sql(text, condition.values), wanted)
