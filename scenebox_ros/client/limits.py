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
How long a whole answer may take: a server may drip, and each drop be in time.

A limit counts from the last byte of the request on, in the thread that sends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
import time


class Limit:
    """The time that an answer has."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self.restart()

    def restart(self) -> None:
        """Count anew: the request itself is still being sent."""
        self._ends = time.monotonic() + self._limit_s

    @property
    def left_s(self) -> float:
        """Tell how much time is left; none is negative."""
        return self._ends - time.monotonic()


_current: ContextVar[Limit | None] = ContextVar('limit', default=None)


@contextmanager
def within(limit_s: float) -> Iterator[None]:
    """Give what is read in this block so much time; inside of another block, that one counts."""
    if _current.get() is not None:
        yield
        return
    previous = _current.set(Limit(limit_s))
    try:
        yield
    finally:
        _current.reset(previous)


def current() -> Limit | None:
    """Tell what this thread's reads are limited by."""
    return _current.get()
