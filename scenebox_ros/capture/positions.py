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

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from scenebox_ros.model.geodesy import Position
from scenebox_ros.model.readings import Fix
from scenebox_ros.model.track import Track

# An hour: far more than any frame waits, and a bound for runs that last for weeks.
KEEP_S = 3600.0


def as_json(position: Position) -> dict[str, Any]:
    """Give the geo point as it stands in an asset's ``aux.geolocation``."""
    point = {'lat': position.latitude, 'lon': position.longitude}
    altitude_m = position.altitude_m
    return point if altitude_m is None else {**point, 'altitude_m': altitude_m}


class Positions:
    """
    The tracks of the fix topics; the first topic that knows a position gives it.

    Parameters
    ----------
    topics
        The fix topics, preferred ones first.
    max_gap_s
        Fixes further apart are not joined, and a fix holds for no longer than this.

    """

    def __init__(self, topics: Sequence[str], max_gap_s: float) -> None:
        self._max_gap_s = max_gap_s
        self._tracks = {topic: self._new_track() for topic in topics}
        self._jumps: dict[str, Fix] = {}
        self.latest: Position | None = None

    def __bool__(self) -> bool:
        return bool(self._tracks)

    def prefer(self, topics: Sequence[str]) -> None:
        """Ask these topics first, in this order; they may be new."""
        first = {topic: self._tracks.get(topic) or self._new_track() for topic in topics}
        self._tracks = {**first, **{
            topic: track for topic, track in self._tracks.items() if topic not in first}}

    def add(self, topic: str, fix: Fix) -> tuple[list[Fix], str | None]:
        """
        Take a fix, with the stamp that counts.

        Returns
        -------
        list of Fix
            The fixes that are good by now: usually this one, none if it is not, and the one
            before too if it looked like a jump that this one confirms.
        str or None
            Why this one is not good.

        """
        track = self._tracks.setdefault(topic, self._new_track())
        if fix.altitude_m is not None and not isfinite(fix.altitude_m):
            fix = replace(fix, altitude_m=None)
        jumps = track.rejected['jump']
        reason = track.add(fix)
        suspect = self._jumps.pop(topic, None)
        if reason == 'jump':
            self._jumps[topic] = fix
        # A second fix of the same moment is no corner of the track, but it was measured.
        if reason not in (None, 'duplicate'):
            return [], reason
        self.latest = Position(fix.latitude, fix.longitude, fix.altitude_m)
        is_confirmed = suspect is not None and track.rejected['jump'] < jumps
        return [suspect, fix] if suspect is not None and is_confirmed else [fix], None

    def reach(self, stamp_ns: int) -> bool:
        """Say whether waiting longer cannot better the position at this time."""
        preferred = next(iter(self._tracks.values()), None)
        if preferred is None:
            return True
        return preferred.end_ns is not None and preferred.end_ns >= stamp_ns

    def at(self, stamp_ns: int) -> Position | None:
        """Give the position at a time, or None if no topic knows it."""
        for track in self._tracks.values():
            position = track.at(stamp_ns, hold_s=self._max_gap_s)
            if position is not None:
                return position
        return None

    def _new_track(self) -> Track:
        return Track(self._max_gap_s, keep_s=KEEP_S)
