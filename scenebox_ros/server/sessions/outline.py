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
What a drawing can show of a timeline.

Of numbers the extremes in each column of pixels, of states the stretches, so that an answer does
not grow with the session.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenebox_ros import stamps
from scenebox_ros.errors import SearchError
from scenebox_ros.server.sessions.columns import (
    CodedColumn,
    Column,
    ListColumn,
    Mask,
    NumberColumn,
)
from scenebox_ros.server.sessions.grid import Grid
from scenebox_ros.server.sessions.timeline import chosen, cut, Timeline

COLUMNS, MAX_COLUMNS = 1000, 4096
MAX_FIELDS = 200

Edges = NDArray[np.int64]


def outline(
    timeline: Timeline, wanted: Sequence[str] | None, columns: int,
    start_ns: int | None, end_ns: int | None,
) -> dict[str, Any]:  # fmt: skip
    """
    Reduce fields to columns of as many cells each.

    Parameters
    ----------
    timeline
        Where to read.
    wanted
        Fields, as :func:`field_data` takes them; None reads all.
    columns
        How many there may be, 2 at least. Up to as many cells, each is a column of its own.
    start_ns, end_ns
        The span of time; None is open.

    Returns
    -------
    dict
        ``kinds``, the kind of every field that the session has; ``cells`` of the span, of
        ``resolution_s`` each; ``step``, how many of them are a column (the first and last may have
        fewer); ``timestamp``, when each column begins; ``numbers``: per field, ``min``, ``max``
        and the ``first`` value of each column, null where none of its cells has one; ``states``:
        per field, ``runs`` of ``[first cell, last cell, value]``, and if they are ``exact``: where
        there are more runs than columns, each column shows its first value.

    Raises
    ------
    SearchError
        If more than 200 fields are wanted.

    """
    names = list(chosen(timeline, wanted))
    if len(names) > MAX_FIELDS:
        raise SearchError(f'{len(names)} fields are wanted; ask for {MAX_FIELDS} at most at once')
    numbers: dict[str, Any] = {}
    states: dict[str, Any] = {}
    found: dict[str, Any] = {'kinds': timeline.kinds(), 'cells': 0, 'timestamp': [],
                             'numbers': numbers, 'states': states}  # fmt: skip
    window = cut(timeline.grid, start_ns, end_ns)
    if window is None:
        return found
    step, edges = _columns(window, columns)
    begins = window.instants()[edges].tolist()
    found.update(cells=window.size, resolution_s=window.resolution_ns / stamps.NS_PER_S, step=step,
                 timestamp=[stamps.to_iso(t) for t in begins])  # fmt: skip
    for name in names:
        column = timeline.column(name, window)
        if isinstance(column, NumberColumn):
            numbers[name] = _extremes(column, edges)
        elif isinstance(column, (CodedColumn, ListColumn)):
            states[name] = _runs(column, edges, columns)
    return found


def _columns(window: Grid, columns: int) -> tuple[int, Edges]:
    """Give the cells of a column, and those with which columns begin, counted in the window."""
    if window.size <= columns:
        return 1, np.arange(window.size)
    step = -(-window.size // (columns - 1))
    # Columns begin at multiples of their length, so that they stay the same when the span moves.
    starts = np.arange(window.first // step, -(-window.last // step)) * step - window.first
    return step, np.maximum(starts, 0)


def _extremes(column: NumberColumn, edges: Edges) -> dict[str, Any]:
    values = column.values
    reduced = {
        'min': np.fmin.reduceat(values, edges),
        'max': np.fmax.reduceat(values, edges),
        'first': _at(values, _first_present(column.present(), edges)),
    }
    return {
        name: NumberColumn(each, column.integral).rows() for name, each in reduced.items()
    }


def _at(values: NDArray[np.float64], cells: Edges) -> NDArray[np.float64]:
    return np.append(values, np.nan)[cells]


def _first_present(present: Mask, edges: Edges) -> Edges:
    """Find the first cell of each column that says something; the cell after the last if none."""
    size = len(present)
    cells = np.where(present, np.arange(size), size)
    return np.asarray(np.minimum.reduceat(cells, edges))


def _runs(column: CodedColumn | ListColumn, edges: Edges, most: int) -> dict[str, Any]:
    """Find the stretches in which a field says the same; empty ones are left out."""
    present = column.present()
    begins = np.flatnonzero(_differs(column))
    ends = np.append(begins[1:], len(column))
    says = present[begins]
    begins, ends = begins[says], ends[says]
    exact = len(begins) <= most
    shown = begins
    if not exact:
        shown = _first_present(present, edges)
        begins, ends = edges, np.append(edges[1:], len(column))
        says = shown < len(column)
        begins, ends, shown = begins[says], ends[says], shown[says]
    values = [column.slice(cell, cell + 1).rows()[0] for cell in shown.tolist()]
    runs: list[list[Any]] = []
    for first, last, value in zip(begins.tolist(), (ends - 1).tolist(), values, strict=True):
        if runs and runs[-1][1] == first - 1 and runs[-1][2] == value:
            runs[-1][1] = last
        else:
            runs.append([first, last, value])
    return {'runs': runs, 'exact': exact}


def _differs(column: Column) -> Mask:
    """Tell which cells say something else than the cell before; the first one does."""
    differs = np.ones(len(column), bool)
    if isinstance(column, CodedColumn):
        differs[1:] = column.codes[1:] != column.codes[:-1]
    elif isinstance(column, ListColumn):
        counts = np.diff(column.offsets)
        differs[1:] = counts[1:] != counts[:-1]
        # Where a cell has as many codes as the one before, those lie as many places before.
        cell = np.repeat(np.arange(len(column)), counts)
        place = np.arange(len(column.codes))
        alike = ~differs[cell]
        other = column.codes[place[alike]] != column.codes[place[alike] - counts[cell[alike]]]
        differs[cell[alike][other]] = True
    return differs
