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

"""Snapshots: of each sensor the frame that is nearest to a common moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from scenebox_ros.model.settings import StreamSettings
from scenebox_ros.stamps import NS_PER_S

# A frame that comes late must not give a moment a second frame.
REMEMBERED_MOMENTS = 64


@dataclass(frozen=True, eq=False)
class Candidate:
    """
    A frame that may become part of a snapshot.

    Attributes
    ----------
    stamp_ns, received_ns
        Its time, and when it arrived.
    keep
        Called with the snapshot's moment if the frame is part of it.
    drop
        Called if it is not.

    """

    stamp_ns: int
    received_ns: int
    keep: Callable[[int], None]
    drop: Callable[[], None]


class Snapshots:
    """
    Choose one topic's frames for snapshots.

    The moments are the multiples of a period since the epoch. So all sensors agree on them
    without knowing of each other, in whatever process they are captured, live and offline.
    """

    def __init__(self) -> None:
        self._moment_ns = -1
        self._nearest: Candidate | None = None
        self._settled: deque[int] = deque(maxlen=REMEMBERED_MOMENTS)

    def offer(self, frame: Candidate, settings: StreamSettings) -> None:
        """Take a frame; it, and the one before, are kept or dropped as soon as that is sure."""
        every_ns = max(1, round(settings.snapshot_every_s * NS_PER_S))
        moment_ns = (frame.stamp_ns + every_ns // 2) // every_ns * every_ns
        if moment_ns != self._moment_ns:
            self.settle()
            self._moment_ns = moment_ns
        tolerance_ns = round(settings.snapshot_tolerance_s * NS_PER_S)
        distance_ns = abs(frame.stamp_ns - moment_ns)
        if distance_ns > tolerance_ns or moment_ns in self._settled:
            frame.drop()
        elif self._nearest is None:
            self._nearest = frame
        elif distance_ns < abs(self._nearest.stamp_ns - moment_ns):
            self._nearest.drop()
            self._nearest = frame
        else:
            frame.drop()
        if frame.stamp_ns >= moment_ns:
            self.settle()

    def settle(self) -> None:
        """Keep the nearest frame so far: none that is to come is nearer."""
        nearest, self._nearest = self._nearest, None
        if nearest is not None:
            self._settled.append(self._moment_ns)
            nearest.keep(self._moment_ns)

    def settle_stale(self, now_ns: int, wait_ns: int) -> None:
        """Keep a frame after which nothing came."""
        if self._nearest is not None and now_ns - self._nearest.received_ns > wait_ns:
            self.settle()
