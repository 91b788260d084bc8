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

"""Which frames of a stream are kept: every n-th, at most f Hz, every d metres, on change."""

from __future__ import annotations

from collections import deque
from typing import Any

from scenebox_ros.model.geodesy import distance_m, Position
from scenebox_ros.model.settings import StreamSettings
from scenebox_ros.stamps import NS_PER_S

# Stamps may arrive out of order; a cell of the grid that was used this recently stays used.
REMEMBERED_CELLS = 64


class Sampler:
    """
    Decide for one stream, frame by frame.

    The rate's grid is fixed to the epoch: the first frame in each cell of 1/f seconds is kept. So
    the live run and its bag keep the same frames, whenever either of them began.
    """

    def __init__(self) -> None:
        self._seen = 0
        self._cells: deque[int] = deque(maxlen=REMEMBERED_CELLS)
        self._kept_at: Position | None = None

    def keeps(
        self, settings: StreamSettings, stamp_ns: int, position: Position | None
    ) -> bool:
        """
        Say whether the frame with this stamp is kept, and remember it if so.

        Parameters
        ----------
        settings
            The stream's settings as they are now.
        stamp_ns
            The frame's time.
        position
            The newest position, or None if unknown; then distance does not sample.

        """
        nth = self._seen
        self._seen += 1
        if nth % settings.every_nth:
            return False
        if not self._is_far_enough(settings.min_distance_m, position):
            return False
        if settings.max_rate_hz and not self._opens_cell(settings.max_rate_hz, stamp_ns):
            return False
        self._kept_at = position or self._kept_at
        return True

    def _opens_cell(self, rate_hz: float, stamp_ns: int) -> bool:
        cell = stamp_ns // max(1, round(NS_PER_S / rate_hz))
        if cell in self._cells:
            return False
        self._cells.append(cell)
        return True

    def _is_far_enough(self, least_m: float, position: Position | None) -> bool:
        if not least_m or position is None or self._kept_at is None:
            return True
        return distance_m(self._kept_at, position) >= least_m


class ChangeFilter:
    """Keep a named value only when it differs from the one before."""

    def __init__(self) -> None:
        self._last: dict[str, Any] = {}

    def keeps(self, name: str, value: Any) -> bool:
        """Say whether the value is new for this name, and remember it."""
        if name in self._last and self._last[name] == value:
            return False
        self._last[name] = value
        return True
