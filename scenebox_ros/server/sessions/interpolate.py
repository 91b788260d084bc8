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

"""Values between readings: numbers, vectors and positions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scenebox_ros.server.sessions.grid import Grid, Times

Floats = NDArray[np.float64]


def interpolate(at: Times, values: Floats, reach: Times, grid: Grid) -> Floats:
    """
    Read values off the line through the readings, once per cell.

    A cell shows the value at its start; the cell in which the first reading lies shows that
    reading. Nothing is said before the first and after the last one.

    Parameters
    ----------
    at
        Times of the readings, ascending, each once.
    values
        Shape (readings, numbers).
    reach
        How far, in nanoseconds, a reading may be used; 0 is without limit. Cells that neither
        neighbour reaches stay empty.
    grid
        The cells to fill.

    Returns
    -------
    ndarray of float64, shape (cells, numbers)
        NaN where a cell is empty.

    """
    return _between(at, values, reach, grid, lambda step: step)


def interpolate_positions(at: Times, values: Floats, reach: Times, grid: Grid) -> Floats:
    """
    Read positions off the track, as :func:`interpolate` does with numbers.

    Columns are latitude, longitude and what follows. Longitudes go the short way round, so a
    track may cross the antimeridian.
    """
    rows = _between(at, values, reach, grid, _the_short_way)
    rows[:, 1] = _wind(rows[:, 1])
    return rows


def _between(
    at: Times, values: Floats, reach: Times, grid: Grid, step: Callable[[Floats], Floats]
) -> Floats:
    result = np.full((grid.size, values.shape[1]), np.nan)
    part = _said(at, grid)
    if not part.size:
        return result
    instants = np.clip(part.instants(), at[0], at[-1])
    after = np.searchsorted(at, instants, side='right').clip(1, max(len(at) - 1, 1))
    before, after = after - 1, np.minimum(after, len(at) - 1)
    # Differences first: float64 has no room for today's nanoseconds.
    gap = np.maximum(at[after] - at[before], 1)
    share = ((instants - at[before]) / gap)[:, None]
    rows = values[before] + step(values[after] - values[before]) * share
    # Exactly at a reading; also where the other one does not know its altitude.
    rows = np.where(share == 0.0, values[before], np.where(share == 1.0, values[after], rows))
    near = _within(instants - at[before], reach[before])
    rows[~(near | _within(at[after] - instants, reach[after]))] = np.nan
    result[part.first - grid.first:part.last - grid.first] = rows
    return result


def _said(at: Times, grid: Grid) -> Grid:
    """Cut the grid to the cells from the first reading's to the last reading's."""
    if not len(at):
        return grid.window(grid.first, grid.first)
    first, last = grid.index(at[[0, -1]]).tolist()
    return grid.window(first, last + 1)


def _within(distance: Times, reach: Times) -> NDArray[np.bool_]:
    return np.asarray((reach == 0) | (distance <= reach))


def _the_short_way(step: Floats) -> Floats:
    step = step.copy()
    step[:, 1] -= 360.0 * np.round(step[:, 1] / 360.0)
    return step


def _wind(longitudes: Floats) -> Floats:
    """Bring longitudes back into [-180, 180); 180 itself stays."""
    outside = np.abs(longitudes) > 180.0
    with np.errstate(invalid='ignore'):  # where nothing is known; an old numpy warns
        return np.where(outside, (longitudes + 180.0) % 360.0 - 180.0, longitudes)


def round_half_up(values: Floats) -> Floats:
    """Round to the nearest integer; halves go up, so that 2.5 is 3."""
    return np.asarray(np.floor(values + 0.5))
