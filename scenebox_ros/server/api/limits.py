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

"""A bucket of requests per token, refilled at a steady rate."""

from __future__ import annotations

import time

MAX_BUCKETS = 10_000


class RateLimit:
    """
    Counts requests per caller.

    Parameters
    ----------
    per_s
        Sustained rate; bursts may be twice as large. 0 means no limit.

    """

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait_s(self, caller: str) -> float:
        """Take one request out of the caller's bucket; say how long to wait if it is empty."""
        if self._per_s <= 0:
            return 0.0
        now = time.monotonic()
        most = 2 * self._per_s
        left, then = self._buckets.get(caller, (most, now))
        left = min(most, left + (now - then) * self._per_s)
        if len(self._buckets) >= MAX_BUCKETS:
            self._buckets.clear()
        if left < 1:
            self._buckets[caller] = (left, now)
            return (1 - left) / self._per_s
        self._buckets[caller] = (left - 1, now)
        return 0.0
