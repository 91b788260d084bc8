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

"""Where the vehicle was: the tracks of all fix topics, asked in their order of preference."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
import math
from typing import Any

from scenebox_ros.model.readings import Fix

EARTH_RADIUS_M = 6_371_008.8
# An hour at 10 Hz: far more than any frame waits, and a bound for runs that last for weeks.
MAX_FIXES = 36_000


@dataclass(frozen=True)
class Position:
    """Degrees in WGS 84 and, if known, metres above the ellipsoid."""

    latitude: float
    longitude: float
    altitude_m: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the geo point as it stands in an asset's ``aux.geolocation``."""
        point = {'lat': self.latitude, 'lon': self.longitude}
        return point if self.altitude_m is None else {**point, 'altitude_m': self.altitude_m}


def is_valid(fix: Fix) -> bool:
    """
    Say whether a fix holds a position.

    A receiver without a fix (status -1) does not; nor do NaN or impossible coordinates; nor does
    (0, 0) from a driver that leaves the status unknown (-2).
    """
    if fix.status == -1 or not (math.isfinite(fix.latitude) and math.isfinite(fix.longitude)):
        return False
    if fix.status < -1 and fix.latitude == 0 and fix.longitude == 0:
        return False
    return abs(fix.latitude) <= 90 and abs(fix.longitude) <= 180


def distance_m(one: Position, other: Position) -> float:
    """Measure the great-circle distance in metres."""
    phi, psi = math.radians(one.latitude), math.radians(other.latitude)
    half_turn = math.radians(other.longitude - one.longitude) / 2
    across = math.cos(phi) * math.cos(psi) * math.sin(half_turn) ** 2
    half = math.sin((psi - phi) / 2) ** 2 + across
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def between(one: Position, other: Position, share: float) -> Position:
    """Interpolate between two positions (share 0 to 1), across the antimeridian too."""
    turn = (other.longitude - one.longitude + 540) % 360 - 180
    longitude = (one.longitude + share * turn + 540) % 360 - 180
    altitude_m = None
    if one.altitude_m is not None and other.altitude_m is not None:
        altitude_m = one.altitude_m + share * (other.altitude_m - one.altitude_m)
    latitude = one.latitude + share * (other.latitude - one.latitude)
    return Position(latitude, longitude, altitude_m)


class FixTrack:
    """Positions in order of time; bounded, the oldest go first."""

    def __init__(self) -> None:
        self._stamps: list[int] = []
        self._positions: list[Position] = []

    def add(self, stamp_ns: int, position: Position) -> None:
        """Put a position in its place; a second one of the same stamp changes nothing."""
        at = bisect_left(self._stamps, stamp_ns)
        if at < len(self._stamps) and self._stamps[at] == stamp_ns:
            return
        self._stamps.insert(at, stamp_ns)
        self._positions.insert(at, position)
        if len(self._stamps) > 2 * MAX_FIXES:
            del self._stamps[:MAX_FIXES], self._positions[:MAX_FIXES]

    def reaches(self, stamp_ns: int) -> bool:
        """Say whether a fix of this time or later is known."""
        return bool(self._stamps) and self._stamps[-1] >= stamp_ns

    def at(self, stamp_ns: int, max_gap_ns: int) -> Position | None:
        """
        Interpolate the position at a time.

        Between two fixes further apart than the gap there is no position; after the last fix
        (before the first) it is that fix's, for as long as the gap.
        """
        after = bisect_left(self._stamps, stamp_ns)
        if after < len(self._stamps) and self._stamps[after] == stamp_ns:
            return self._positions[after]
        if 0 < after < len(self._stamps):
            start_ns, end_ns = self._stamps[after - 1], self._stamps[after]
            if end_ns - start_ns > max_gap_ns:
                return None
            share = (stamp_ns - start_ns) / (end_ns - start_ns)
            return between(self._positions[after - 1], self._positions[after], share)
        nearest = 0 if after == 0 else -1
        if self._stamps and abs(stamp_ns - self._stamps[nearest]) <= max_gap_ns:
            return self._positions[nearest]
        return None


class Positions:
    """The tracks of the fix topics; the first topic that knows a position gives it."""

    def __init__(self, topics: Sequence[str], max_gap_ns: int) -> None:
        self._tracks = {topic: FixTrack() for topic in topics}
        self._max_gap_ns = max_gap_ns
        self.latest: Position | None = None

    def __bool__(self) -> bool:
        return bool(self._tracks)

    def add(self, topic: str, fix: Fix, stamp_ns: int) -> bool:
        """Take a fix; return False, taking nothing, if it holds no position."""
        if not is_valid(fix):
            return False
        altitude_m = fix.altitude_m
        if altitude_m is not None and not math.isfinite(altitude_m):
            altitude_m = None
        self.latest = Position(fix.latitude, fix.longitude, altitude_m)
        self._tracks.setdefault(topic, FixTrack()).add(stamp_ns, self.latest)
        return True

    def reach(self, stamp_ns: int) -> bool:
        """Say whether waiting longer cannot better the position at this time."""
        preferred = next(iter(self._tracks.values()), None)
        return preferred is None or preferred.reaches(stamp_ns)

    def at(self, stamp_ns: int) -> Position | None:
        """Give the position at a time, or None if no topic knows it."""
        for track in self._tracks.values():
            position = track.at(stamp_ns, self._max_gap_ns)
            if position is not None:
                return position
        return None
