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

"""Outlines of annotation entities: boxes, areas and how much two overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenebox_ros.errors import InvalidAnnotationError

Points = NDArray[np.float64]
Box = tuple[float, float, float, float]
# Polygons are compared on a grid of so many cells along each side of what they cover.
GRID = 512
ELLIPSE_POINTS = 64
MAX_PIXEL = 1e9
WITH_AREA = (
    'two_d_bounding_box', 'polygon', 'ellipse', 'two_d_cuboid',
)  # fmt: skip


def outline(entity: Mapping[str, Any]) -> Points | None:
    """
    Find the outline of an entity in pixels.

    Returns
    -------
    ndarray of float64, shape (points, 2)
        x and y, in order around it; None if it has none, as labels and masks.

    Raises
    ------
    InvalidAnnotationError
        If a coordinate is no number, or none of an image.

    """
    given = entity.get('coordinates') or entity.get('keypoints') or []
    points = [_xy(point) for point in given if isinstance(point, Mapping)]
    if not points:
        return None
    corners = np.array(points, np.float64)
    if entity.get('annotation_type') == 'ellipse' and len(corners) == 4:
        return _ellipse(corners)
    if entity.get('annotation_type') == 'two_d_cuboid':
        left, top, right, bottom = box_of(corners)
        return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    return corners


def _xy(point: Mapping[str, Any]) -> tuple[float, float]:
    """Read a point; keypoints of poses have ``left`` and ``top``."""
    try:
        x, y = (float(point.get(name, point.get(other, 0)))
                for name, other in (('x', 'left'), ('y', 'top')))
    except (TypeError, ValueError, OverflowError):
        x = y = math.nan
    if not (abs(x) <= MAX_PIXEL and abs(y) <= MAX_PIXEL):
        raise InvalidAnnotationError(f'the point {str(point)[:80]} is nowhere; give x and y in '
                                     'pixels')
    return x, y


def _ellipse(ends: Points) -> Points:
    """Walk around the ellipse through the ends of its two axes."""
    centre = ends.mean(axis=0)
    angles = np.linspace(0, 2 * math.pi, ELLIPSE_POINTS, endpoint=False)[:, None]
    return np.asarray(
        centre + np.cos(angles) * (ends[0] - centre) + np.sin(angles) * (ends[1] - centre)
    )


def box_of(points: Points) -> Box:
    """Find left, top, right and bottom."""
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def area_of(points: Points) -> float:
    """Area inside an outline that does not cross itself, in square pixels."""
    x, y = points[:, 0], points[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def is_upright(points: Points) -> bool:
    """Tell whether an outline is a rectangle along the axes."""
    left, top, right, bottom = box_of(points)
    corners = {(left, top), (right, top), (right, bottom), (left, bottom)}
    # Along each side one of the two coordinates stays: a bow tie has the same corners.
    sides = (points != np.roll(points, -1, axis=0)).sum(axis=1)
    return (len(points) == 4 and {(float(x), float(y)) for x, y in points} == corners
            and bool((sides == 1).all()))


def touching(box: Box, others: Points) -> NDArray[np.bool_]:
    """Tell which of other boxes, shape (boxes, 4), have an area in common with one."""
    left, top, right, bottom = box
    return np.asarray(
        (others[:, 0] < right) & (others[:, 2] > left)
        & (others[:, 1] < bottom) & (others[:, 3] > top)
    )


def overlap(one: Points, other: Points) -> float:
    """
    Share of what either covers that both cover (IoU).

    Exact for upright boxes; for other outlines measured on a grid, to about one part in ``GRID``.
    """
    boxes = box_of(one), box_of(other)
    common = _common(*boxes)
    if common[2] <= common[0] or common[3] <= common[1]:
        return 0.0
    if is_upright(one) and is_upright(other):
        both, *each = (_size(box) for box in (common, *boxes))
        return both / (sum(each) - both)
    return _on_grid(one, other)


def _size(box: Box) -> float:
    """Area of a box; that of points is not as exact, and a box is as large as itself."""
    left, top, right, bottom = box
    return (right - left) * (bottom - top)


def _common(one: Box, other: Box) -> Box:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(
        one[3], other[3]
    )


def _on_grid(one: Points, other: Points) -> float:
    left, top, right, bottom = box_of(np.concatenate([one, other]))
    middles = (np.arange(GRID) + 0.5) / GRID
    x, y = left + middles * (right - left), top + middles * (bottom - top)
    inside = [covers(points, x, y) for points in (one, other)]
    either = np.count_nonzero(inside[0] | inside[1])
    return np.count_nonzero(inside[0] & inside[1]) / either if either else 0.0


def covers(points: Points, x: Points, y: Points) -> NDArray[np.bool_]:
    """Tell which places of a grid are inside an outline (even-odd rule), shape (y, x)."""
    inside = np.zeros((len(y), len(x)), np.bool_)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crosses = (y >= min(y0, y1)) & (y < max(y0, y1))
        at = x0 + (y[crosses] - y0) * (x1 - x0) / (y1 - y0)
        inside[crosses] ^= x[None, :] < at[:, None]
    return inside


def widened(box: Box, width: int, height: int, ratio: float, pixels: int | None
            ) -> tuple[int, int, int, int] | None:
    """
    Widen a box by a margin, and cut it to an image.

    Parameters
    ----------
    box
        Left, top, right, bottom.
    width, height
        The image's size.
    ratio
        Margin on every side, as a share of the box's own sides.
    pixels
        Margin in pixels; wins over the ratio.

    Returns
    -------
    tuple or None
        Whole pixels, right and bottom not included; None if nothing is left.

    """
    left, top, right, bottom = box
    beside = ratio * (right - left) if pixels is None else pixels
    above = ratio * (bottom - top) if pixels is None else pixels
    found = (
        max(0, math.floor(left - beside)), max(0, math.floor(top - above)),
        min(width, math.ceil(right + beside)), min(height, math.ceil(bottom + above)),
    )  # fmt: skip
    return found if found[2] > found[0] and found[3] > found[1] else None


def total(areas: Sequence[float]) -> float:
    """Sum areas, to a thousandth of a pixel."""
    return round(math.fsum(areas), 3)
