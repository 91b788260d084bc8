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

"""How much of the network may be used: by the time of day, and on a metered link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import re

from scenebox_ros.errors import SettingsError

LINE = re.compile(r'(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})\s+(off|\d+(?:\.\d+)?)$')
DAY_MIN = 24 * 60
NO_LIMIT = 0.0


@dataclass(frozen=True)
class Window:
    """
    A part of the day with a cap of its own.

    Attributes
    ----------
    begin_min, end_min
        Minutes since midnight, local time; a window may go past midnight.
    mbit_per_s
        The cap; 0: no limit; None: nothing is sent.

    """

    begin_min: int
    end_min: int
    mbit_per_s: float | None

    def holds(self, minute: int) -> bool:
        """Say whether a minute of the day is in it."""
        if self.begin_min <= self.end_min:
            return self.begin_min <= minute < self.end_min
        return minute >= self.begin_min or minute < self.end_min


@dataclass(frozen=True)
class Caps:
    """
    The caps that are set.

    Attributes
    ----------
    mbit_per_s
        When nothing else applies; 0: no limit.
    windows
        Parts of the day; the first that holds applies.
    is_metered, metered_mbit_per_s
        Whether the link is paid by volume, and the cap then; None sends nothing.

    """

    mbit_per_s: float = NO_LIMIT
    windows: Sequence[Window] = ()
    is_metered: bool = False
    metered_mbit_per_s: float | None = None

    def at(self, minute: int) -> float | None:
        """Give the cap at a minute of the day: 0 is no limit, None sends nothing."""
        wanted = next((window.mbit_per_s for window in self.windows if window.holds(minute)),
                      self.mbit_per_s)
        if not self.is_metered or wanted is None:
            return wanted
        if self.metered_mbit_per_s is None:
            return None
        return min(wanted or self.metered_mbit_per_s, self.metered_mbit_per_s)


def read_windows(lines: Sequence[str]) -> tuple[Window, ...]:
    """
    Read lines like ``22:00-06:00 50.0`` (Mbit/s) and ``08:00-18:00 off``.

    Raises
    ------
    SettingsError
        If a line is not of this form.

    """
    return tuple(_window(line) for line in lines)


def _window(line: str) -> Window:
    found = LINE.match(line.strip())
    if found is None:
        raise SettingsError(
            f"{line!r} is no part of a schedule; write it like '22:00-06:00 50.0' (Mbit/s), or "
            "'08:00-18:00 off'"
        )
    begin_h, begin_m, end_h, end_m = (int(number) for number in found.groups()[:4])
    begin, end = begin_h * 60 + begin_m, end_h * 60 + end_m
    if max(begin, end) > DAY_MIN or max(begin_m, end_m) > 59:
        raise SettingsError(f'{line!r} names a time that no day has; use 00:00 to 24:00')
    cap = found.group(5)
    return Window(begin, end, None if cap == 'off' else float(cap))
