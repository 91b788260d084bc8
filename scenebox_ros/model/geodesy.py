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
Positions on the Earth: local metres, distances, and the way across the antimeridian.

WGS 84 throughout (National Geospatial-Intelligence Agency, NGA.STND.0036). Degrees and metres.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import asin, atan2, cos, degrees, hypot, radians, sin, sqrt

SEMI_MAJOR_M = 6378137.0
FLATTENING = 1 / 298.257223563
SEMI_MINOR_M = SEMI_MAJOR_M * (1 - FLATTENING)
_E2 = FLATTENING * (2 - FLATTENING)
_EP2 = _E2 / (1 - _E2)
_POLAR_DEG = 80.0


@dataclass(frozen=True)
class Position:
    """
    A place: degrees, and metres above the ellipsoid (None if unknown).

    ``is_held`` says that it is the nearest fix's, because it is not known between which two it is.
    """

    latitude: float
    longitude: float
    altitude_m: float | None = None
    is_held: bool = field(default=False, compare=False)


def wrap_longitude(longitude: float) -> float:
    """Bring a longitude into -180 (kept) to 180 (left out)."""
    if -180 <= longitude < 180:
        return longitude
    return (longitude + 180) % 360 - 180


def to_ecef(place: Position) -> tuple[float, float, float]:
    """Give earth-centred, earth-fixed metres; an unknown altitude counts as 0."""
    latitude, longitude = radians(place.latitude), radians(place.longitude)
    altitude = place.altitude_m or 0.0
    normal = SEMI_MAJOR_M / sqrt(1 - _E2 * sin(latitude) ** 2)
    across = (normal + altitude) * cos(latitude)
    return (
        across * cos(longitude),
        across * sin(longitude),
        (normal * (1 - _E2) + altitude) * sin(latitude),
    )


def from_ecef(x: float, y: float, z: float) -> Position:
    """Give the position of earth-centred metres, to better than a micrometre near the ground."""
    across = hypot(x, y)
    # Bowring's iteration over the reduced latitude; it settles in two or three rounds.
    reduced = atan2(z * SEMI_MAJOR_M, across * SEMI_MINOR_M)
    latitude = 0.0
    for _ in range(5):
        latitude = atan2(
            z + _EP2 * SEMI_MINOR_M * sin(reduced) ** 3,
            across - _E2 * SEMI_MAJOR_M * cos(reduced) ** 3,
        )
        reduced = atan2((1 - FLATTENING) * sin(latitude), cos(latitude))
    normal = SEMI_MAJOR_M / sqrt(1 - _E2 * sin(latitude) ** 2)
    # Along the normal, so that neither the poles nor the equator divide by zero.
    altitude = (
        across * cos(latitude) + z * sin(latitude) - normal * (1 - _E2 * sin(latitude) ** 2)
    )
    return Position(degrees(latitude), wrap_longitude(degrees(atan2(y, x))), altitude)


@dataclass(frozen=True)
class LocalFrame:
    """
    East, north and up in metres around an origin.

    Attributes
    ----------
    origin
        Where east = north = up = 0.
    heading_deg
        How far the frame's x axis is turned from east towards north; 0: x is east, y is north.

    """

    origin: Position
    heading_deg: float = 0.0

    def to_local(self, place: Position) -> tuple[float, float, float]:
        """Give x, y, z in metres of a place."""
        there, here = to_ecef(place), to_ecef(self.origin)
        dx, dy, dz = (a - b for a, b in zip(there, here, strict=True))
        sin_lat, cos_lat, sin_lon, cos_lon = self._axes()
        east = -sin_lon * dx + cos_lon * dy
        inward = cos_lon * dx + sin_lon * dy
        north = -sin_lat * inward + cos_lat * dz
        up = cos_lat * inward + sin_lat * dz
        turn = radians(self.heading_deg)
        return east * cos(turn) + north * sin(turn), north * cos(turn) - east * sin(turn), up

    def to_position(self, x: float, y: float, z: float = 0.0) -> Position:
        """Give the place of x, y, z in metres; its altitude is known if the origin's is."""
        turn = radians(self.heading_deg)
        east, north = x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)
        sin_lat, cos_lat, sin_lon, cos_lon = self._axes()
        inward = cos_lat * z - sin_lat * north
        here = to_ecef(self.origin)
        place = from_ecef(
            here[0] - sin_lon * east + cos_lon * inward,
            here[1] + cos_lon * east + sin_lon * inward,
            here[2] + cos_lat * north + sin_lat * z,
        )
        known = self.origin.altitude_m is not None
        return place if known else Position(place.latitude, place.longitude)

    def _axes(self) -> tuple[float, float, float, float]:
        latitude, longitude = radians(self.origin.latitude), radians(self.origin.longitude)
        return sin(latitude), cos(latitude), sin(longitude), cos(longitude)


def distance_m(one: Position, other: Position) -> float:
    """
    Measure the way over the ground, altitudes left out.

    Exact to a millimetre within a few kilometres, to 0.3 % anywhere, also at the poles and across
    the antimeridian.
    """
    here = to_ecef(Position(one.latitude, one.longitude))
    there = to_ecef(Position(other.latitude, other.longitude))
    chord = sqrt(sum((a - b) ** 2 for a, b in zip(here, there, strict=True)))
    radius = (SEMI_MAJOR_M + SEMI_MINOR_M) / 2
    return 2 * radius * asin(min(1.0, chord / (2 * radius)))


def between(one: Position, other: Position, part: float) -> Position:
    """Go a part (0 to 1) of the way from one place to another, the short way around."""
    altitude = None
    if one.altitude_m is not None and other.altitude_m is not None:
        altitude = one.altitude_m + part * (other.altitude_m - one.altitude_m)
    if max(abs(one.latitude), abs(other.latitude)) > _POLAR_DEG:
        place = _straight(one, other, part)
        return Position(place.latitude, place.longitude, altitude)
    turn = wrap_longitude(other.longitude - one.longitude)
    return Position(
        one.latitude + part * (other.latitude - one.latitude),
        wrap_longitude(one.longitude + part * turn),
        altitude,
    )


def _straight(one: Position, other: Position, part: float) -> Position:
    """Go straight ahead, where longitudes turn so fast that following them goes in circles."""
    here = to_ecef(Position(one.latitude, one.longitude))
    there = to_ecef(Position(other.latitude, other.longitude))
    x, y, z = (a + part * (b - a) for a, b in zip(here, there, strict=True))
    return from_ecef(x, y, z)
