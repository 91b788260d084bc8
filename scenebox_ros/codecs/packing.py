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
Points without the gaps between their fields.

Points whose fields lie at even bytes are rows of 2- or 4-byte lanes, which to OpenCV are pixels
with as many channels: it moves them three to five times as fast as NumPy moves fields that lie
across words, a part at a time that the processor's cache holds. What does not divide so NumPy
moves, neighbouring fields as one block of bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs.fields import leaves, packed, Points

Run = tuple[int, int]
Room = Callable[[int], npt.NDArray[np.uint8]]

_LANES = {2: np.uint16, 4: np.int32}
_MAX_LANES = 128  # OpenCV's CV_CN_MAX
_BLOCK_BYTES = 1 << 19  # of points: each lane or field is a walk through all of them


def _fresh(size: int) -> npt.NDArray[np.uint8]:
    return np.empty(size, np.uint8)


def pack(points: Points, room: Room = _fresh) -> Points:
    """
    Drop the gaps between fields; those that overlap are each written whole.

    Parameters
    ----------
    points
        Structured array.
    room
        Gives so many bytes for the result; new ones by default.

    Returns
    -------
    numpy.ndarray
        Same shape and fields; the same array if there are no gaps.

    """
    if not _has_gaps(points.dtype):
        return points
    dense = packed(points.dtype)
    out = room(dense.itemsize * points.size).view(dense).reshape(points.shape)
    move = _mover(points)
    if points.flags.c_contiguous:
        source, target = points.reshape(-1), out.reshape(-1)
        for part in blocks(points):
            move(source[part], target[part])
    else:
        move(points, out)
    return out


def pack_in_parts(points: Points, room: Room = _fresh) -> Iterator[Points]:
    """
    Drop the gaps as :func:`pack` does, a part at a time, each in the place of the one before.

    What is written part by part is then still in the processor's cache.
    """
    if not (_has_gaps(points.dtype) and points.flags.c_contiguous):
        yield pack(points, room)
        return
    dense = packed(points.dtype)
    move, source = _mover(points), points.reshape(-1)
    target: Points | None = None
    for part in blocks(points):
        piece = source[part]
        if target is None:
            target = room(dense.itemsize * piece.size).view(dense)
        move(piece, target[:piece.size])
        yield target[:piece.size]


def blocks(points: Points) -> Iterator[slice]:
    """Part the points into slices that the processor's cache holds."""
    step = max(1, _BLOCK_BYTES // max(1, points.dtype.itemsize))
    return (slice(at, at + step) for at in range(0, points.size, step))


def _has_gaps(dtype: np.dtype[np.void]) -> bool:
    return _runs(dtype) not in ((), ((0, dtype.itemsize),))


# A sensor's layout does not change: looking through it would cost a tenth of moving its points.
@lru_cache(maxsize=64)
def _runs(dtype: np.dtype[np.void]) -> tuple[Run, ...]:
    """List blocks of fields without gaps: the first byte, and that behind the last."""
    runs: list[Run] = []
    for _, base, count, start in leaves(dtype):
        stop = start + base.itemsize * count
        if runs and runs[-1][1] == start:
            start = runs.pop()[0]
        runs.append((start, stop))
    return tuple(runs)


def _mover(points: Points) -> Callable[[Points, Points], None]:
    """Find what moves the runs fastest from such points, or parts of them, to dense ones."""
    runs, step = _runs(points.dtype), points.dtype.itemsize
    size = gcd(4, step, points.ctypes.data, *(side for run in runs for side in run))
    is_even = size in _LANES and step // size <= _MAX_LANES
    if is_even and points.size and points.flags.c_contiguous:
        try:
            return _by_lanes(runs, size)
        except ImportError:
            pass
    return _by_runs(runs)


def _by_lanes(runs: Sequence[Run], size: int) -> Callable[[Points, Points], None]:
    import cv2

    lanes = [lane for start, stop in runs for lane in range(start // size, stop // size)]
    pairs = [end for place, lane in enumerate(lanes) for end in (lane, place)]

    def pixels(cloud: Points) -> npt.NDArray[Any]:
        return cloud.view(_LANES[size]).reshape(1, cloud.size, -1)

    def move(source: Points, target: Points) -> None:
        cv2.mixChannels([pixels(source)], [pixels(target)], pairs)

    return move


def _by_runs(runs: Sequence[Run]) -> Callable[[Points, Points], None]:
    def move(source: Points, target: Points) -> None:
        place = 0
        for start, stop in runs:
            block = np.dtype((np.void, stop - start))
            _window(target, block, place)[...] = _window(source, block, start)
            place += stop - start

    return move


def _window(points: Points, block: np.dtype[np.void], offset: int) -> Points:
    view = np.dtype({
        'names': ['block'], 'formats': [block], 'offsets': [offset],
        'itemsize': points.dtype.itemsize,
    })
    return points.view(view)['block']
