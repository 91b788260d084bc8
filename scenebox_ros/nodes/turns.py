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

"""Turns: whether a node's process runs, or was frozen or starved a moment ago."""

import time

# A node's turn comes ten times a second at least; one that is so late was kept from it.
LATE_S = 0.5
# What a publisher could not hand over meanwhile it says again within Fast DDS's heartbeat, 3 s.
REPAIR_S = 3.5


class Turns:
    """Remember when the last turn was, and when one was late."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._late = self._last - REPAIR_S

    def take(self) -> None:
        """Note that it is the node's turn; to be called in every one."""
        now = time.monotonic()
        if now - self._last > LATE_S:
            self._late = now
        self._last = now

    def hear_again(self) -> None:
        """Note that what was published while a turn was late came now, and more of it may."""
        self._late = time.monotonic()

    def were_late(self) -> bool:
        """Say whether what was published meanwhile may still be under way."""
        self.take()
        return self._last - self._late < REPAIR_S
