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

"""Boxes and circles on the map, as queries give them, and what is inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.errors import SearchError
from scenebox_ros.server.search.columns import Rows, union
from scenebox_ros.server.store.database import Connection
from scenebox_ros.server.store.points import touching

Degrees = npt.NDArray[np.float64]
EARTH_RADIUS_M = 6_371_008.8
# The same place has distances of some nanometres, across the antimeridian.
ROUNDING_M = 1e-6


@dataclass(frozen=True)
class Box:
    """Degrees; ``west`` greater than ``east`` spans the antimeridian."""

    south: float
    west: float
    north: float
    east: float

    def halves(self) -> list[tuple[float, float]]:
        """Give the box's ranges of longitude: two if it spans the antimeridian."""
        if self.west <= self.east:
            return [(self.west, self.east)]
        return [(self.west, 180.0), (-180.0, self.east)]


@dataclass(frozen=True)
class Circle:
    """A centre in degrees and a radius in metres."""

    lat: float
    lon: float
    radius_m: float

    def box(self) -> Box:
        """Give the smallest box around the circle; the whole circle of latitude near the poles."""
        # A tenth of a millimetre more, so that rounding loses nothing; the distance decides.
        reach = math.degrees(self.radius_m / EARTH_RADIUS_M) + 1e-9
        south, north = self.lat - reach, self.lat + reach
        if south <= -90 or north >= 90:
            return Box(max(south, -90.0), -180.0, min(north, 90.0), 180.0)
        ratio = math.sin(math.radians(reach)) / math.cos(math.radians(self.lat))
        wide = math.degrees(math.asin(min(1.0, ratio))) if ratio < 1 else 180.0
        if wide >= 180:
            return Box(south, -180.0, north, 180.0)
        return Box(south, _turned(self.lon - wide), north, _turned(self.lon + wide))


def distance_m(lat: Degrees, lon: Degrees, other_lat: float, other_lon: float) -> Degrees:
    """Great-circle distances in metres (haversine on the mean sphere)."""
    phi, other_phi = np.radians(lat), math.radians(other_lat)
    rise = np.sin((other_phi - phi) / 2) ** 2
    turn = np.sin(np.radians(other_lon - lon) / 2) ** 2
    part = np.minimum(1.0, rise + np.cos(phi) * math.cos(other_phi) * turn)
    result: Degrees = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(part))
    return result


def rows_within(connection: Connection, fields: Sequence[int], area: Box | Circle) -> Rows:
    """Find the rows that have a point of some fields inside an area."""
    box = area.box() if isinstance(area, Circle) else area
    found = []
    for field in fields:
        for west, east in box.halves():
            points = touching(connection, field, box.south, box.north, west, east)
            y, x = points['y'], points['x']
            points = points[(y >= box.south) & (y <= box.north) & (x >= west) & (x <= east)]
            if isinstance(area, Circle):
                away = distance_m(points['y'], points['x'], area.lat, area.lon)
                points = points[away <= area.radius_m + ROUNDING_M]
            found.append(points['row'])
    return union(found)


def read_place(entry: Mapping[str, Any]) -> Box | Circle:
    """
    Read ``{"box": {south, west, north, east}}`` or ``{"center": {lat, lon}, "radius_m"}``.

    Raises
    ------
    SearchError
        If it is neither, or a number is out of range.

    """
    box, centre = entry.get('box'), entry.get('center')
    if isinstance(box, Mapping):
        south, west, north, east = (_number(box, k) for k in ('south', 'west', 'north', 'east'))
        if south > north:
            raise SearchError(f'the box ends south ({north}) of where it begins ({south})')
        return Box(south, west, north, east)
    if isinstance(centre, Mapping):
        radius_m = _number(entry, 'radius_m')
        if radius_m < 0:
            raise SearchError(f'radius_m {radius_m} is negative')
        lat, lon = _number(centre, 'lat'), _number(centre, 'lon')
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise SearchError(f'center {lat}, {lon} is not on Earth; give degrees')
        return Circle(lat, lon, radius_m)
    raise SearchError('a geo filter has a box {south, west, north, east} or a center and radius_m')


def _number(entry: Mapping[str, Any], key: str) -> float:
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise SearchError(f'geo filter: {key} is {str(value)[:40]!r}, not a number')
    return float(value)


def _turned(lon: float) -> float:
    return (lon + 180) % 360 - 180
