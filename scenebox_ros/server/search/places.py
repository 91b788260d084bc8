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

"""Boxes and circles on the map, as queries give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import math
from typing import Any

from scenebox_ros.errors import SearchError

EARTH_RADIUS_M = 6_371_008.8


@dataclass(frozen=True)
class Box:
    """Degrees; ``west`` greater than ``east`` spans the antimeridian."""

    south: float
    west: float
    north: float
    east: float

    def halves(self) -> list[tuple[float, float]]:
        """The box's ranges of longitude: two if it spans the antimeridian."""
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
        """The smallest box around the circle; the whole circle of latitude near the poles."""
        reach = math.degrees(self.radius_m / EARTH_RADIUS_M)
        south, north = self.lat - reach, self.lat + reach
        if south <= -90 or north >= 90:
            return Box(max(south, -90.0), -180.0, min(north, 90.0), 180.0)
        ratio = math.sin(math.radians(reach)) / math.cos(math.radians(self.lat))
        wide = math.degrees(math.asin(min(1.0, ratio))) if ratio < 1 else 180.0
        if wide >= 180:
            return Box(south, -180.0, north, 180.0)
        return Box(south, _turned(self.lon - wide), north, _turned(self.lon + wide))


def distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle distance in metres (haversine on the mean sphere)."""
    phi, other_phi = math.radians(lat), math.radians(other_lat)
    rise = math.sin((other_phi - phi) / 2) ** 2
    turn = math.sin(math.radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(
        math.sqrt(min(1.0, rise + math.cos(phi) * math.cos(other_phi) * turn))
    )


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
