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
Frames that wait, as they came, for what they need: a calibration, or how the sensor moved.

They are few and wait briefly, because what waits holds the message's own bytes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MAX_PARKED = 64
MAX_PARKED_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Parked:
    """
    One frame that waits.

    Attributes
    ----------
    stream
        Whose frame it is: frames of one stream leave in their order.
    is_ready
        Says whether what it needs is there.
    leave
        Sends it on, with what is there by then.

    """

    stream: str
    received_ns: int
    num_bytes: int
    is_ready: Callable[[], bool]
    leave: Callable[[], None]


class Parking:
    """
    Frames of all streams that wait; bounded.

    Parameters
    ----------
    wait_ns
        How long a frame waits at most, by the clock of arrivals.

    """

    def __init__(self, wait_ns: int) -> None:
        self._wait_ns = wait_ns
        self._parked: deque[Parked] = deque()
        self._num_bytes = 0

    def holds(self, stream: str) -> bool:
        """Say whether a frame of this stream waits."""
        return any(one.stream == stream for one in self._parked)

    def park(self, one: Parked) -> None:
        """Take a frame; the oldest one leaves if too many wait."""
        self._parked.append(one)
        self._num_bytes += one.num_bytes
        while len(self._parked) > MAX_PARKED or (
            self._num_bytes > MAX_PARKED_BYTES and len(self._parked) > 1
        ):
            self._leave(self._parked.popleft())

    def release(self, now_ns: int, everything: bool = False) -> None:
        """Let those go whose time has come, each stream's in their order."""
        kept: deque[Parked] = deque()
        waiting: set[Any] = set()
        parked, self._parked = self._parked, kept
        for one in parked:
            is_due = everything or now_ns - one.received_ns > self._wait_ns or one.is_ready()
            if one.stream in waiting or not is_due:
                waiting.add(one.stream)
                kept.append(one)
            else:
                self._leave(one)

    def _leave(self, one: Parked) -> None:
        self._num_bytes -= one.num_bytes
        one.leave()
