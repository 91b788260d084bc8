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

"""How far each influence reaches: entities' ranges of cells."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scenebox_ros.server.sessions.grid import Grid, Times
from scenebox_ros.server.sessions.table import EntityTable, NEVER

Cells = NDArray[np.int64]
Ranges = tuple[Cells, Cells]


def extents(table: EntityTable, grid: Grid) -> Ranges:
    """
    Find the cells that each entity covers, for every influence that does not interpolate.

    Returns
    -------
    lo, hi : ndarray of int64, shape (entities,)
        Entity ``i`` covers the cells from ``lo[i]`` up to, and without, ``hi[i]``, counted from
        the epoch and not yet cut to the grid.

    """
    return _KINDS[table.influence](table, grid)


def own_cells(table: EntityTable, grid: Grid) -> Cells:
    """Find the cell of each entity's own time."""
    return grid.index(table.at)


def _point(table: EntityTable, grid: Grid) -> Ranges:
    own = own_cells(table, grid)
    return own, own + 1


def _interval(table: EntityTable, grid: Grid) -> Ranges:
    start, end = _given(table.start, table.at), _given(table.end, table.at)
    bare = (table.start == NEVER) & (table.end == NEVER)
    start = np.where(bare, table.at - table.radius, np.minimum(start, end))
    end = np.where(bare, table.at + table.radius, end)
    return _open_ended(start, end, grid)


def _open_ended(start: Times, end: Times, grid: Grid) -> Ranges:
    """Cover every cell that a time in [start, end) falls into, and the start's cell at least."""
    lo = grid.index(start)
    return lo, np.maximum(-np.floor_divide(-end, grid.resolution_ns), lo + 1)


def _forward(table: EntityTable, grid: Grid) -> Ranges:
    start = _given(table.start, table.at)
    lo, hi = _open_ended(start, _given(table.end, start), grid)
    until = _next_other(own_cells(table, grid), table.at, grid.last)
    if table.type == 'media':
        # Of several cameras the next video is another one, not the end of this.
        until = np.full(len(table), grid.last)
    limit = grid.index(table.at + table.radius) + 1
    until = np.where(table.radius > 0, np.minimum(until, limit), until)
    return lo, np.where(table.end == NEVER, np.maximum(until, lo + 1), hi)


def _backward(table: EntityTable, grid: Grid) -> Ranges:
    own = own_cells(table, grid)
    hi = np.where(table.end == NEVER, own, grid.index(_given(table.end, table.at))) + 1
    since = -_next_other(-own[::-1], -table.at[::-1], -(grid.first - 1))[::-1] + 1
    limit = grid.index(table.at - table.radius)
    since = np.where(table.radius > 0, np.maximum(since, limit), since)
    given = grid.index(_given(table.start, table.at))
    return np.where(table.start == NEVER, np.minimum(since, own), given), hi


def _next_other(cells: Cells, at: Times, otherwise: int) -> Cells:
    """Find the cell of the next entity that has a later time; times ascend."""
    later = np.searchsorted(at, at, side='right')
    return np.asarray(np.append(cells, otherwise)[later])


def _start_stop(table: EntityTable, grid: Grid) -> Ranges:
    """Cover from start to stop, both cells included; what was given no stop is paired."""
    start, end = _given(table.start, table.at), _given(table.end, table.at)
    lo, hi = grid.index(start), grid.index(end) + 1
    whole = (table.start != NEVER) & (table.end != NEVER)
    for rows in _by_value(table, ~whole):
        opens, closes = _pairs(table, rows)
        lo[rows], hi[rows] = grid.last, grid.last
        lo[opens] = own_cells(table, grid)[opens]
        shut = closes >= 0
        hi[opens[shut]] = own_cells(table, grid)[closes[shut]] + 1
    return lo, hi


def _pairs(table: EntityTable, rows: Cells) -> tuple[Cells, Cells]:
    """Match starts to stops in order of time; -1 where nothing stops it."""
    opens: list[int] = []
    closes: list[int] = []
    is_open = False
    for row in rows.tolist():
        stops = table.start[row] == NEVER and (is_open or table.end[row] != NEVER)
        if stops and is_open:
            closes[-1], is_open = row, False
        elif not stops and not is_open:
            opens.append(row)
            closes.append(-1)
            is_open = True
    return np.array(opens, np.int64), np.array(closes, np.int64)


def _by_value(table: EntityTable, chosen: NDArray[np.bool_]) -> list[Cells]:
    """Split entities by what they say, each part by time."""
    if table.numbers.shape[1]:
        keys = np.unique(table.numbers, axis=0, return_inverse=True)[1].ravel()
    else:
        # All that an entity says, in whatever order: a set stops only what started as that set.
        said = np.split(table.codes, np.searchsorted(table.owner, np.arange(1, len(table))))
        keys = np.unique([np.unique(codes).tobytes().hex() for codes in said],
                         return_inverse=True)[1]  # fmt: skip
    return [np.flatnonzero(chosen & (keys == key)) for key in np.unique(keys[chosen])]


def _given(times: Times, otherwise: Times) -> Times:
    return np.where(times == NEVER, otherwise, times)


_KINDS: dict[str, Callable[[EntityTable, Grid], Ranges]] = {
    'point': _point,
    'interval': _interval,
    'start_stop': _start_stop,
    'affect_forward': _forward,
    'affect_backward': _backward,
}
