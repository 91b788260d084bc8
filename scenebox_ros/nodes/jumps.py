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

"""Clocks that are set to another time: a session does not span the time that never was."""

from __future__ import annotations

import time

from scenebox_ros.nodes.spooling import SessionState
from scenebox_ros.stamps import NS_PER_S

# A robot without a clock of its own begins in 1970, or where it was switched off.
FAR_NS = 3600 * NS_PER_S
# By then session_node has begun another session, if it noticed the same.
WAIT_S = 3.0


def is_far(one_ns: int, other_ns: int) -> bool:
    """Say whether two readings of a clock are too far apart for one session; 0: not known."""
    return bool(one_ns and other_ns) and abs(one_ns - other_ns) > FAR_NS


class Leave:
    """
    What a sensor node does as its clock jumps: it leaves the session, and waits for the next.

    Nothing is lost meanwhile: what comes while no session is on is held for the one that begins.
    """

    def __init__(self) -> None:
        self._clock_ns = 0
        self._left = SessionState()
        self._until = 0.0

    def jumped(self, now_ns: int, session: SessionState) -> bool:
        """Say whether to leave the session; to be asked often."""
        last_ns, self._clock_ns = self._clock_ns, now_ns
        if not session.is_open or not is_far(now_ns, last_ns):
            return False
        self._left, self._until = session, time.monotonic() + WAIT_S
        return True

    def told(self) -> None:
        """Wait no longer: something was said about the session."""
        self._left = SessionState()

    def back(self) -> SessionState | None:
        """Give the session that was left, once, if nothing was said for a while."""
        if not self._left.is_open or time.monotonic() < self._until:
            return None
        left, self._left = self._left, SessionState()
        return left
