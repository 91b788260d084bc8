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

"""The session's grid: which cell a time falls into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenebox_ros.errors import SessionError
from scenebox_ros.stamps import NS_PER_S

Times = NDArray[np.int64]

# About 12 days at one second: more is a stamp gone wrong, and would fill the memory.
MAX_CELLS = 1_080_000


@dataclass(frozen=True)
class Grid:
    """
    Equal cells of time, counted from the Unix epoch.

    Attributes
    ----------
    resolution_ns
        Length of a cell. Cell ``i`` is the time from ``i * resolution_ns`` up to, and without, the
        next cell's start.
    first, last
        The cells are ``first`` up to, and without, ``last``.

    """

    resolution_ns: int
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many cells there are."""
        return max(self.last - self.first, 0)

    def index(self, times: Times) -> Times:
        """Find the cell of each time: floor(t / resolution), which may lie outside the grid."""
        return np.floor_divide(times, self.resolution_ns)

    def instants(self) -> Times:
        """Give the start of every cell, in nanoseconds."""
        return np.arange(self.first, self.last, dtype=np.int64) * self.resolution_ns

    def window(self, first: int, last: int) -> Grid:
        """Cut out the cells from ``first`` up to ``last``, as far as the grid has them."""
        first = min(max(first, self.first), self.last)
        return Grid(self.resolution_ns, first, min(max(last, first), self.last))


def make_grid(start_ns: int, end_ns: int, resolution_s: float) -> Grid:
    """
    Lay a grid over a span of time; the cell that holds ``end_ns`` is its last one.

    Raises
    ------
    SessionError
        If the resolution is not a positive number, or there would be more than ``MAX_CELLS``.

    """
    resolution_ns = resolution_to_ns(resolution_s)
    first, last = start_ns // resolution_ns, end_ns // resolution_ns + 1
    if last - first > MAX_CELLS:
        raise SessionError(
            f'a session of {(end_ns - start_ns) / NS_PER_S:.0f} s has {last - first} points at '
            f'{resolution_s} s; at most {MAX_CELLS} are kept: check the stamps, or choose a '
            'coarser resolution'
        )
    return Grid(resolution_ns, first, last)


def resolution_to_ns(resolution_s: float) -> int:
    """
    Turn a resolution in seconds into nanoseconds; raise SessionError where it cannot work.

    It becomes whole microseconds: documents' times are cut to those, and would else fall into
    another cell.
    """
    if not 1e-6 <= resolution_s <= 86_400:
        raise SessionError(f'resolution is {resolution_s} s; choose from 0.000001 to 86400')
    return round(resolution_s * 1_000_000) * 1000
