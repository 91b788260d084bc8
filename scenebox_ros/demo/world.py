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

"""A small world of boxes on a plane, and rays that meet it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

ROAD_HALF_WIDTH_M = 5.0
FAR_M = 200.0
STRETCH_M = 50.0
# A sensor is that near to the vehicle whose place says what it can see.
REACH_M = FAR_M + 5.0
# What a ray meets is an index: 0 the ground, 1 .. n the boxes, SKY nothing.
SKY = -1


@dataclass(frozen=True)
class Box:
    """An axis-aligned box in the map frame (x east, y north, z up); metres; colour is BGR."""

    label: str
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    color: tuple[int, int, int]
    reflectivity: float


@dataclass(frozen=True, eq=False)
class Hits:
    """What each ray met: distance in metres (inf for the sky), the thing, the face's axis."""

    distance_m: Floats
    thing: npt.NDArray[np.int16]
    axis: npt.NDArray[np.int8]


def make_street(seed: int, length_m: float) -> list[Box]:
    """Build a street along x: houses behind, trees, poles and parked cars beside the road."""
    rng = np.random.default_rng(seed)
    boxes = []
    for side in (-1.0, 1.0):
        x = -30.0
        while x < length_m + 60.0:
            width, depth, height = rng.uniform((8, 8, 5), (16, 14, 15))
            front = side * rng.uniform(13.0, 17.0)
            grey = rng.uniform(90, 190)
            color = tuple(int(grey + tint) for tint in rng.uniform(-40, 50, 3))
            boxes.append(_box('building', x, front, width, side * depth, 0.0, height, color, 0.4))
            x += width + rng.uniform(1.0, 6.0)
        for x in np.arange(-20.0, length_m + 40.0, 14.0):
            y = side * rng.uniform(8.0, 9.5)
            shift = x + rng.uniform(-3.0, 3.0)
            boxes.append(_box('tree', shift, y, 0.4, 0.4 * side, 0.0, 2.5, (40, 60, 90), 0.3))
            boxes.append(
                _box('tree', shift - 1.0, y - side, 2.4, 2.4 * side, 2.3, 5.0, (50, 120, 60), 0.5)
            )
            if rng.random() < 0.6:
                color = tuple(int(value) for value in rng.uniform(40, 230, 3))
                boxes.append(
                    _box('car', shift + 4.0, side * 5.4, 4.4, 1.8 * side, 0.2, 1.5, color, 0.8)
                )
            pole = (shift + 9.5, side * 6.6, 0.25, 0.25 * side)
            boxes.append(_box('pole', *pole, 0.0, 6.0, (90, 90, 90), 0.6))
    return boxes


def _box(
    label: str,
    x: float,
    y: float,
    along_m: float,
    across_m: float,
    bottom_m: float,
    top_m: float,
    color: tuple[int, ...],
    reflectivity: float,
) -> Box:
    near, far = sorted((y, y + across_m))
    blue, green, red = color
    return Box(
        label,
        (float(x), float(near), bottom_m),
        (float(x + along_m), float(far), float(top_m)),
        (blue, green, red),
        reflectivity,
    )


def by_stretch(boxes: list[Box]) -> dict[int, list[Box]]:
    """
    Sort what stands along a street by where it is within sight.

    Returns
    -------
    dict
        By stretch, x divided by ``STRETCH_M`` and rounded down: what a ray may meet from anywhere
        there, in the order of ``boxes``.

    """
    seen: defaultdict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        first = int((box.low[0] - REACH_M) // STRETCH_M)
        last = int((box.high[0] + REACH_M) // STRETCH_M)
        for stretch in range(first, last + 1):
            seen[stretch].append(box)
    return seen


def cast(boxes: list[Box], origins: Floats, directions: Floats) -> Hits:
    """
    Find the first thing that each ray meets.

    Parameters
    ----------
    boxes
        The world above the ground plane z = 0.
    origins, directions
        Shape (n, 3), float32, map frame; directions have length one.

    Returns
    -------
    Hits
        n distances and what stands there.

    """
    with np.errstate(divide='ignore', invalid='ignore'):
        inverse = 1.0 / directions
        ground = -origins[:, 2] * inverse[:, 2]
    met = (ground > 0) & (ground < FAR_M)
    distance = np.where(met, ground, np.inf).astype(np.float32)
    thing = np.where(met, 0, SKY).astype(np.int16)
    axis = np.full(len(origins), 2, np.int8)
    center = origins.mean(axis=0)
    for index, box in enumerate(boxes, start=1):
        rays = _rays_towards(box, center, directions)
        if rays.size:
            _meet(box, index, rays, origins[rays], inverse[rays], (distance, thing, axis))
    return Hits(distance, thing, axis)


def _rays_towards(box: Box, center: Floats, directions: Floats) -> npt.NDArray[np.intp]:
    """Pick the rays that may meet the box: those inside the cone around its bounding sphere."""
    low, high = np.array(box.low, np.float32), np.array(box.high, np.float32)
    towards = (low + high) / 2 - center
    distance = float(np.linalg.norm(towards))
    radius = float(np.linalg.norm(high - low)) / 2 + 2.0  # a sweep's origins lie within 2 m
    if distance - radius > FAR_M:
        return np.empty(0, np.intp)
    if distance <= radius:
        return np.arange(len(directions))
    cosine = np.sqrt(1 - (radius / distance) ** 2)
    return np.flatnonzero(directions @ (towards / distance) >= cosine)


def _meet(
    box: Box,
    index: int,
    rays: npt.NDArray[np.intp],
    origins: Floats,
    inverse: Floats,
    found: tuple[Floats, npt.NDArray[np.int16], npt.NDArray[np.int8]],
) -> None:
    """Write the box into what is found so far, where it is nearer (slab method)."""
    distance, thing, axis = found
    with np.errstate(invalid='ignore'):
        one = (np.array(box.low, np.float32) - origins) * inverse
        two = (np.array(box.high, np.float32) - origins) * inverse
    enter, leave = np.fmin(one, two), np.fmax(one, two)
    face = enter.argmax(axis=1)
    near = enter.max(axis=1)
    nearer = (near <= leave.min(axis=1)) & (near > 0) & (near < distance[rays]) & (near < FAR_M)
    hit = rays[nearer]
    distance[hit], thing[hit], axis[hit] = near[nearer], index, face[nearer]
