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

"""Limits that requests share: how many of a token, and how much memory of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import time

import anyio

from scenebox_ros.server.api.failures import RefusedError

MAX_BUCKETS = 10_000
# The connections are limited, and so are these: a slow sender of much stops nobody's small ones.
UNCOUNTED = 64 * 1024


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


class Memory:
    """
    Counts the bytes of bodies that requests hold in memory, of all connections together.

    What does not fit is refused, so that those under way can end; nobody waits for another who
    may be slow. Used in the event loop only.

    Parameters
    ----------
    most
        As many bytes may be held at a time.

    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.held = 0

    def take(self, more: int) -> None:
        """Count bytes that arrived, or raise :class:`RefusedError` if they are too many."""
        if self.held + more > self._most:
            raise RefusedError(
                503, 'busy', f'requests hold {self.held} of {self._most} bytes; send again later',
                {'Retry-After': '1'},
            )
        self.held += more


class Held:
    """The bytes that one request holds; small bodies are not counted, and never refused."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._bytes = self._counted = 0

    def take(self, more: int) -> None:
        """Count bytes of this request; see :meth:`Memory.take`."""
        self._bytes += more
        if self._bytes > UNCOUNTED:
            self._memory.take(self._bytes - self._counted)
            self._counted = self._bytes

    def release(self) -> None:
        """Give back all that the request held."""
        self._memory.held -= self._counted
        self._bytes = self._counted = 0


@contextmanager
def in_time(limit_s: float) -> Iterator[None]:
    """Refuse a request whose body is not there in time: while it comes, it holds memory."""
    try:
        with anyio.fail_after(limit_s):
            yield
    except TimeoutError:
        raise RefusedError(
            408, 'too_slow', f'the body took longer than {limit_s:g} s; send less at once'
        ) from None
