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
From entities to a timeline: what a session's grid shows in every cell.

Pure: arrays in, columns out. Arrival order does not matter, only what the entities say. Where
several say something else about the same field of one cell, the one that began last counts; before
any has begun, the one that begins first. States in sets, and media, all count. Under one name the
more specific influence counts: ``point``, then ``interval``, ``start_stop``, ``affect_forward``,
``affect_backward``, and interpolations last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from scenebox_ros.errors import SessionError
from scenebox_ros.server.sessions.columns import (
    CodedColumn,
    Column,
    Floats,
    ListColumn,
    NumberColumn,
    VectorColumn,
)
from scenebox_ros.server.sessions.cover import every_cover, first_cover, last_cover
from scenebox_ros.server.sessions.extents import Cells, extents, own_cells
from scenebox_ros.server.sessions.grid import Grid
from scenebox_ros.server.sessions.interpolate import (
    interpolate,
    interpolate_positions,
    round_half_up,
)
from scenebox_ros.server.sessions.merge import overlay
from scenebox_ros.server.sessions.table import EntityTable

# Later ones are laid over earlier ones.
PRECEDENCE = (
    'geo_interpolation',
    'linear_interpolation',
    'linear_interpolation_integer',
    'affect_backward',
    'affect_forward',
    'start_stop',
    'interval',
    'point',
)
# Of all cells together: what one name may take of the memory.
MAX_SHOWN = 50_000_000
SET_TYPES = ('state_set', 'media')
POSITION = ('lat', 'lon', 'altitude_m')


def resolve(name: str, tables: Iterable[EntityTable], grid: Grid) -> dict[str, Column]:
    """
    Sample all that is said under one name on the grid.

    Parameters
    ----------
    name
        The entities' name.
    tables
        One for each type and influence.
    grid
        A session's grid, or a window of it: the same cells come out of both.

    Returns
    -------
    dict
        Columns by field: the name, or for positions ``name.lat``, ``name.lon`` and, where it is
        known, ``name.altitude_m``. Each has ``grid.size`` cells. Empty columns are left out.

    """
    layers = sorted(tables, key=lambda table: PRECEDENCE.index(table.influence))
    fields: dict[str, Column] = {}
    sets = [table for table in layers if table.type in SET_TYPES]
    found: list[tuple[str, Column]] = [(name, _everything(sets, grid))] if sets else []
    for table in layers:
        if table.type not in SET_TYPES:
            found += _layer(name, table, grid)
    for field, column in found:
        below = fields.get(field)
        fields[field] = column if below is None else overlay(below, column)
    return {field: column for field, column in fields.items() if column.present().any()}


def _everything(tables: Sequence[EntityTable], grid: Grid) -> ListColumn:
    """Show in every cell all values that hold in it."""
    terms = tuple(sorted({term for table in tables for term in table.terms}))
    place = {term: code for code, term in enumerate(terms)}
    parts = []
    for table in tables:
        lo, hi = _cut(*extents(table, grid), grid)
        codes = np.array([place[term] for term in table.terms], np.int64)[table.codes]
        parts.append((lo[table.owner], hi[table.owner], codes))
    lo, hi, codes = (np.concatenate(part) for part in zip(*parts, strict=True))
    if (np.minimum(hi - lo, grid.size) * 1.0).sum() > MAX_SHOWN:
        raise SessionError(
            'more than 50 million values would hold in the cells of one name; '
            'shorten the intervals, or choose a coarser resolution'
        )
    offsets, shown = every_cover(lo, hi, codes, grid.size)
    return ListColumn(offsets, shown.astype(np.int32), terms)


def _layer(name: str, table: EntityTable, grid: Grid) -> list[tuple[str, Column]]:
    if not table.numbers.shape[1]:
        winner = winners(table, grid)
        codes = np.append(table.codes, -1)[winner].astype(np.int32)
        return [(name, CodedColumn(codes, table.terms))]
    numbers = _numbers(table, grid)
    integral = table.influence == 'linear_interpolation_integer'
    if table.type == 'geo':
        return [
            (f'{name}.{part}', NumberColumn(numbers[:, i].copy()))
            for i, part in enumerate(POSITION)
        ]
    if table.type == 'vector':
        return [(name, VectorColumn(numbers))]
    return [(name, NumberColumn(numbers[:, 0], integral))]


def _numbers(table: EntityTable, grid: Grid) -> Floats:
    """Give the numbers of every cell, shape (cells, numbers); NaN where it is empty."""
    if not table.influence.endswith(('_interpolation', '_integer')):
        missing = np.full((1, table.numbers.shape[1]), np.nan)
        return np.asarray(np.concatenate([table.numbers, missing])[winners(table, grid)])
    # Of several readings at one moment the last in the table's order counts.
    last = np.flatnonzero(np.append(np.diff(table.at) > 0, True)[: len(table)])
    at, numbers, radius = table.at[last], table.numbers[last], table.radius[last]
    if table.influence == 'geo_interpolation':
        return interpolate_positions(at, numbers, radius, grid)
    rows = interpolate(at, numbers, radius, grid)
    return rows if table.influence == 'linear_interpolation' else round_half_up(rows)


def winners(table: EntityTable, grid: Grid) -> Cells:
    """
    Find the entity that each cell shows.

    Returns
    -------
    ndarray of int64, shape (cells,)
        The entity's place in the table; -1 where a cell is empty.

    """
    lo, hi = extents(table, grid)
    own = own_cells(table, grid)
    begun = last_cover(*_cut(np.maximum(lo, own), hi, grid), grid.size)
    # Of those at one moment the last in the table's order counts here, too.
    alike = np.searchsorted(table.at, table.at), np.searchsorted(table.at, table.at, 'right')
    order = alike[0] + alike[1] - 1 - np.arange(len(table))
    coming = first_cover(*_cut(lo[order], np.minimum(hi, own)[order], grid), grid.size)
    return np.where(begun >= 0, begun, np.append(order, -1)[coming])


def _cut(lo: Cells, hi: Cells, grid: Grid) -> tuple[Cells, Cells]:
    """Count cells from the grid's start, and keep those that it has."""
    lo, hi = (np.clip(cells - grid.first, 0, grid.size) for cells in (lo, hi))
    return lo, np.maximum(hi, lo)
