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
Tracks: where the sensor was at any moment, from fixes that may be wrong, late or missing.

A track is a list of pieces. Within a piece positions are interpolated; between pieces there is a
gap or a jump, and nothing is made up there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from math import isfinite

from scenebox_ros.model.geodesy import between, distance_m, Position
from scenebox_ros.model.readings import Fix
from scenebox_ros.stamps import NS_PER_S


def fault_of(fix: Fix) -> str | None:
    """
    Say why a fix is no position: ``no fix``, ``not a number``, ``out of range``, ``null island``.

    Returns
    -------
    str or None
        None if the fix is good. ``sensor_msgs/NavSatStatus``: valid when status >= STATUS_FIX.

    """
    if fix.status < 0:
        return 'no fix'
    if not (isfinite(fix.latitude) and isfinite(fix.longitude)):
        return 'not a number'
    if abs(fix.latitude) > 90 or abs(fix.longitude) > 180:
        return 'out of range'
    # Receivers that know nothing yet say 0, 0; nobody drives there.
    return 'null island' if fix.latitude == 0 and fix.longitude == 0 else None


class Track:
    """
    Positions over time, built fix by fix.

    Parameters
    ----------
    max_gap_s
        Fixes further apart are not joined: no position is made up in between.
    max_speed_mps
        A fix that would need a higher speed is a jump: a single one is left out; when the next
        one agrees with it, a new piece begins there.
    keep_s
        How much of the past is kept; 0 keeps all.

    Attributes
    ----------
    rejected
        How many fixes were left out, by reason: those of :func:`fault_of`, ``jump`` and
        ``duplicate`` (a stamp that is there already).

    """

    def __init__(
        self, max_gap_s: float = 10.0, max_speed_mps: float = 150.0, keep_s: float = 0.0
    ) -> None:
        self.rejected: Counter[str] = Counter()
        self._max_gap_ns = round(max_gap_s * NS_PER_S)
        self._max_speed_mps = max_speed_mps
        self._keep_ns = round(keep_s * NS_PER_S)
        self._stamps: list[int] = []
        self._places: list[Position] = []
        self._breaks: set[int] = set()  # stamps where a jump starts a new piece
        self._suspect: Fix | None = None

    @classmethod
    def of(cls, fixes: Iterable[Fix], max_gap_s: float = 10.0) -> Track:
        """Build a track of all fixes, in any order."""
        track = cls(max_gap_s)
        for fix in sorted(fixes, key=lambda one: one.stamp_ns):
            track.add(fix)
        return track

    def __len__(self) -> int:
        """Count the fixes that were accepted."""
        return len(self._stamps)

    @property
    def start_ns(self) -> int | None:
        """Stamp of the first fix."""
        return self._stamps[0] if self._stamps else None

    @property
    def end_ns(self) -> int | None:
        """Stamp of the last fix."""
        return self._stamps[-1] if self._stamps else None

    def add(self, fix: Fix) -> str | None:
        """
        Take one fix; late ones find their place.

        Returns
        -------
        str or None
            Why it was left out; None if it was accepted.

        """
        reason = fault_of(fix) or self._place(fix)
        if reason:
            self.rejected[reason] += 1
        self._forget()
        return reason

    def _place(self, fix: Fix) -> str | None:
        index = bisect_left(self._stamps, fix.stamp_ns)
        if index < len(self._stamps) and self._stamps[index] == fix.stamp_ns:
            return 'duplicate'
        neighbours = [n for n in (index - 1, index) if 0 <= n < len(self._stamps)]
        if all(self._is_reachable(fix, self._stamps[n], self._places[n]) for n in neighbours):
            self._suspect = self._suspect if index < len(self._stamps) else None
            self._insert(index, fix)
            return None
        if index < len(self._stamps) or not self._confirms(fix):
            self._suspect = fix if index == len(self._stamps) else self._suspect
            return 'jump'
        self._start_piece(fix)
        return None

    def _is_reachable(self, fix: Fix, stamp_ns: int, place: Position) -> bool:
        elapsed_s = abs(fix.stamp_ns - stamp_ns) / NS_PER_S
        # A receiver's noise of some metres is no speed, however close the stamps are.
        return distance_m(_position(fix), place) <= 10 + self._max_speed_mps * elapsed_s

    def _confirms(self, fix: Fix) -> bool:
        """Say whether the jump before this fix went to the same place."""
        suspect = self._suspect
        return (
            suspect is not None
            and suspect.stamp_ns < fix.stamp_ns
            and self._is_reachable(fix, suspect.stamp_ns, _position(suspect))
        )

    def _start_piece(self, fix: Fix) -> None:
        suspect, self._suspect = self._suspect, None
        if suspect is not None:
            self.rejected['jump'] -= 1
            self._breaks.add(suspect.stamp_ns)
            self._insert(len(self._stamps), suspect)
        self._insert(len(self._stamps), fix)

    def _insert(self, index: int, fix: Fix) -> None:
        self._stamps.insert(index, fix.stamp_ns)
        self._places.insert(index, _position(fix))

    def _forget(self) -> None:
        if not self._keep_ns or not self._stamps:
            return
        # One fix before the limit stays, so that the limit itself can be interpolated.
        old = bisect_left(self._stamps, self._stamps[-1] - self._keep_ns) - 1
        if old > 0:
            self._breaks.difference_update(self._stamps[:old])
            del self._stamps[:old], self._places[:old]

    def at(self, stamp_ns: int, hold_s: float = 0.0) -> Position | None:
        """
        Say where the sensor was.

        Parameters
        ----------
        stamp_ns
            The moment.
        hold_s
            Where the moment cannot be interpolated (before, after, in a gap): take the nearest
            fix if it is at most this far away.

        Returns
        -------
        Position or None
            None if nothing is known about that moment.

        """
        index = bisect_left(self._stamps, stamp_ns)
        if index < len(self._stamps) and self._stamps[index] == stamp_ns:
            return self._places[index]
        if 0 < index < len(self._stamps) and self._is_joined(index):
            before, after = self._stamps[index - 1], self._stamps[index]
            part = (stamp_ns - before) / (after - before)
            return between(self._places[index - 1], self._places[index], part)
        return self._held(index, stamp_ns, round(hold_s * NS_PER_S))

    def _is_joined(self, index: int) -> bool:
        gap_ns = self._stamps[index] - self._stamps[index - 1]
        return gap_ns <= self._max_gap_ns and self._stamps[index] not in self._breaks

    def _held(self, index: int, stamp_ns: int, hold_ns: int) -> Position | None:
        near = [
            (abs(self._stamps[n] - stamp_ns), n)
            for n in (index - 1, index)
            if 0 <= n < len(self._stamps)
        ]
        away_ns, nearest = min(near, default=(hold_ns, -1))
        if not near or away_ns > hold_ns:
            return None
        return replace(self._places[nearest], is_held=True)

    def pieces(self) -> list[list[tuple[int, Position]]]:
        """Give stamps and positions, cut where a gap or a jump is."""
        cut: list[list[tuple[int, Position]]] = []
        for index, entry in enumerate(zip(self._stamps, self._places, strict=True)):
            if index == 0 or not self._is_joined(index):
                cut.append([])
            cut[-1].append(entry)
        return cut

    def distance_m(self) -> float:
        """Measure the way along all pieces; gaps and jumps add nothing."""
        return sum(
            distance_m(one, other)
            for piece in self.pieces()
            for (_, one), (_, other) in pairwise(piece)
        )


def _position(fix: Fix) -> Position:
    return Position(fix.latitude, fix.longitude, fix.altitude_m)
