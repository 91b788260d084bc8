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
Ranges onto cells: which of many overlapping ranges a cell shows.

Every function takes ``lo`` and ``hi``, shape (ranges,): range ``i`` covers the cells from
``lo[i]`` up to, and without, ``hi[i]``, counted from the grid's start and already cut to
``[0, size]``. None of them loops over ranges or over the cells of a range, so that a million
short ranges and a thousand that span the whole session cost the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def last_cover(lo: Ints, hi: Ints, size: int) -> Ints:
    """
    Find, for every cell, the last of the ranges (by position) that covers it.

    Returns
    -------
    ndarray of int64, shape (size,)
        The range's position; -1 where no range covers the cell.

    """
    rank = np.arange(len(lo), dtype=np.int64)
    keep = hi > lo
    lo, hi, rank = lo[keep], hi[keep], rank[keep]
    best = np.full(size, -1, np.int64)
    if not len(lo):
        return best
    # A sparse table, backwards: a range is two overlapping powers of two; then halve them all.
    level = np.frexp((hi - lo).astype(np.float64))[1] - 1
    above = best
    for k in range(int(level.max()), -1, -1):
        best = np.full(size, -1, np.int64)
        at = level == k
        # Ranks ascend, and of equal positions numpy's assignment keeps the last.
        _raise_to(best, lo[at], rank[at])
        _raise_to(best, hi[at] - (1 << k), rank[at])
        np.maximum(best, above, out=best)
        if k == 0:
            break
        half = 1 << (k - 1)
        above = best.copy()
        np.maximum(above[half:], best[: size - half], out=above[half:])
    return best


def _raise_to(best: Ints, cells: Ints, rank: Ints) -> None:
    fresh = np.full(len(best), -1, np.int64)
    fresh[cells] = rank
    np.maximum(best, fresh, out=best)


def first_cover(lo: Ints, hi: Ints, size: int) -> Ints:
    """Find, for every cell, the first of the ranges that covers it; -1 where none does."""
    found = last_cover(lo[::-1], hi[::-1], size)
    return np.where(found < 0, -1, len(lo) - 1 - found)


def every_cover(lo: Ints, hi: Ints, code: Ints, size: int) -> tuple[Ints, Ints]:
    """
    Find, for every cell, all codes whose ranges cover it.

    ``code`` is what each range says, shape (ranges,); several ranges may say the same.

    Returns
    -------
    offsets, codes : ndarray of int64
        Cell ``i`` has ``codes[offsets[i]:offsets[i + 1]]``, sorted, each once.

    """
    keep = hi > lo
    lo, hi, code = _merge_same(lo[keep], hi[keep], code[keep])
    lengths = hi - lo
    starts = np.cumsum(lengths) - lengths
    cells = np.repeat(lo - starts, lengths) + np.arange(int(lengths.sum()))
    codes = np.repeat(code, lengths)
    order = np.lexsort((codes, cells))
    counts = np.bincount(cells, minlength=size)
    return np.concatenate([[0], np.cumsum(counts)]), codes[order]


def _merge_same(lo: Ints, hi: Ints, code: Ints) -> tuple[Ints, Ints, Ints]:
    """Join overlapping and touching ranges of the same code."""
    if not len(lo):
        return lo, hi, code
    order = np.lexsort((lo, code))
    lo, hi, code = lo[order], hi[order], code[order]
    # Shifted apart by code, one running maximum serves all codes.
    apart = code * (int(hi.max()) + 1)
    reach = np.maximum.accumulate(hi + apart)
    opens = np.concatenate([[True], (lo + apart)[1:] > reach[:-1]])
    opens[1:] |= code[1:] != code[:-1]
    firsts = np.flatnonzero(opens)
    ends = np.concatenate([firsts[1:], [len(lo)]]) - 1
    return lo[firsts], (reach - apart)[ends], code[firsts]
