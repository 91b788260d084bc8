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
Fewer points: drop what is no point, too near, too far or too dense, and undo the sensor's motion.

All take structured points of any shape and give points of shape (n,) with every field as it was;
the order stays. Only :func:`deskew` changes values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs.fields import as_opaque, Points
from scenebox_ros.errors import EncodeError
from scenebox_ros.model.plain import is_real, is_whole

Mask = npt.NDArray[np.bool_]
_XYZ = ('x', 'y', 'z')


@dataclass(frozen=True)
class ThinSettings:
    """
    What to leave out of a cloud; the defaults keep everything.

    Attributes
    ----------
    drop_nan
        Leave out points whose x, y or z is not finite.
    min_range_m, max_range_m
        Keep points between these distances from the sensor; 0 is no limit.
    every_nth
        Keep one point of n.
    voxel_m
        Keep one point per cube of this edge; 0 keeps all.

    """

    drop_nan: bool = False
    min_range_m: float = 0.0
    max_range_m: float = 0.0
    every_nth: int = 1
    voxel_m: float = 0.0


def thin(points: Points, settings: ThinSettings) -> Points:
    """
    Leave out points as the settings say: NaN, then range, then every n-th, then voxels.

    Returns
    -------
    numpy.ndarray
        The same array if nothing is asked for, else shape (n,).

    Raises
    ------
    EncodeError
        If the cloud has no x, y and z, or a setting cannot work.

    """
    if settings.drop_nan:
        points = drop_nan(points)
    if settings.min_range_m or settings.max_range_m:
        points = crop_range(points, settings.min_range_m, settings.max_range_m or np.inf)
    if settings.every_nth != 1:
        points = every_nth(points, settings.every_nth)
    return voxel(points, settings.voxel_m) if settings.voxel_m else points


def drop_nan(points: Points) -> Points:
    """Leave out points whose x, y or z is not finite."""
    return _pick(points, np.isfinite(_sum(points)))


def _sum(points: Points) -> npt.NDArray[Any]:
    # One test of the sum does for three: any NaN or infinity makes it not finite. Finite values
    # can only overflow beyond 1e38 m.
    x, y, z = _coordinates(points)
    with np.errstate(invalid='ignore', over='ignore'):
        return np.asarray(x + y + z)


def crop_range(points: Points, min_m: float = 0.0, max_m: float = np.inf) -> Points:
    """
    Keep points at distances from min_m to max_m of the sensor.

    Points that are not finite have no distance and are left out.

    Raises
    ------
    EncodeError
        If the limits leave nothing between them.

    """
    if not (is_real(min_m) and is_real(max_m) and 0 <= min_m <= max_m):
        raise EncodeError(
            f'range limits {min_m!r} to {max_m!r} m hold nothing; give 0 <= min <= max')
    with np.errstate(invalid='ignore', over='ignore'):
        squares = sum(np.square(axis.astype('f8')) for axis in _coordinates(points))
        return _pick(
            points, (squares >= min_m**2) & (squares <= max_m**2) & np.isfinite(squares)
        )


def every_nth(points: Points, n: int) -> Points:
    """
    Keep the first of every n points.

    Raises
    ------
    EncodeError
        If n is no whole number, or less than 1.

    """
    if not (is_whole(n) and n >= 1):
        raise EncodeError(f'every_nth is {n!r}; choose a whole number, 1 or more')
    flat = as_opaque(points).reshape(-1)[::n]
    return np.ascontiguousarray(flat).view(points.dtype)


def voxel(points: Points, edge_m: float) -> Points:
    """
    Keep the first point of every cube.

    Parameters
    ----------
    points
        Points with x, y and z; those that are not finite are left out.
    edge_m
        The cubes' edge, in metres.

    Returns
    -------
    numpy.ndarray
        One point per cube that has any, with all its fields unchanged (a mean would invent
        rings, times and colours).

    Raises
    ------
    EncodeError
        If the edge is not positive, or too small to count the cubes of this cloud.

    """
    if not (is_real(edge_m) and edge_m > 0):
        raise EncodeError(f'voxel edge is {edge_m!r} m; it must be more than 0')
    points = drop_nan(points)
    if points.size == 0:
        return points
    with np.errstate(over='ignore', invalid='ignore'):
        cells = [np.floor(axis.astype('f8') / edge_m) for axis in _coordinates(points)]
        lows = [cell.min() for cell in cells]
        widths = [float(cell.max() - low) for cell, low in zip(cells, lows, strict=True)]
    # What is not finite has no count, and is more than any.
    spans = [int(width) + 1 if width < 1 << 62 else 1 << 62 for width in widths]
    if spans[0] * spans[1] * spans[2] >= 1 << 62:
        raise EncodeError(
            f'{spans[0]} x {spans[1]} x {spans[2]} cubes of {edge_m} m are too many to count; '
            'crop the range first or choose a larger edge'
        )
    whole = [(cell - low).astype(np.int64) for cell, low in zip(cells, lows, strict=True)]
    keys = (whole[0] * spans[1] + whole[1]) * spans[2] + whole[2]
    _, first = np.unique(keys, return_index=True)
    first.sort()
    return as_opaque(points)[first].view(points.dtype)


def _coordinates(points: Points) -> list[npt.NDArray[Any]]:
    missing = [name for name in _XYZ if name not in (points.dtype.names or ())]
    if missing:
        known = ', '.join(points.dtype.names or ())
        raise EncodeError(f'the cloud has no field {missing[0]!r}; it has {known}')
    several = [name for name in _XYZ if points.dtype[name].shape]
    if several:
        raise EncodeError(f'field {several[0]!r} has several values per point: no coordinate')
    return [points[name].reshape(-1) for name in _XYZ]


def _pick(points: Points, mask: Mask) -> Points:
    # A masked copy of opaque points is five times as fast as one of structured points.
    return as_opaque(points).reshape(-1)[mask].view(points.dtype)
