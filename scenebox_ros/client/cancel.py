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
Stop work that is under way.

A :class:`Cancellation` belongs to one call of the client and is known to every thread that works
for it. Requests, transfers and waits ask it before each step and end with :class:`Cancelled`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
import threading
import time
from typing import TypeVar

from scenebox_ros.errors import SceneBoxError

T = TypeVar('T')
SLICE_S = 0.2

_current: ContextVar[Cancellation | None] = ContextVar('cancellation', default=None)


class Cancelled(SceneBoxError):
    """The call was cancelled by its caller."""


class Cancellation:
    """A flag that one side sets and the other side asks for."""

    def __init__(self, outer: Cancellation | None = None) -> None:
        self._outer = outer
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask everything that works under this to stop."""
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether this, or what it works under, was cancelled."""
        return self._event.is_set() or (self._outer is not None and self._outer.is_cancelled)


@contextmanager
def under(cancellation: Cancellation) -> Iterator[Cancellation]:
    """Work under a cancellation: the checks of this thread ask it."""
    previous = _current.set(cancellation)
    try:
        yield cancellation
    finally:
        _current.reset(previous)


def current() -> Cancellation | None:
    """Tell what this thread works under."""
    return _current.get()


def check() -> None:
    """Raise :class:`Cancelled` if this thread's work was cancelled."""
    cancellation = _current.get()
    if cancellation is not None and cancellation.is_cancelled:
        raise Cancelled('the call was cancelled; call again to finish it')


def sleep(seconds: float) -> None:
    """Wait, in slices if the wait can be cancelled."""
    if _current.get() is None:
        time.sleep(seconds)
        return
    while seconds > 0:
        check()
        time.sleep(min(seconds, SLICE_S))
        seconds -= SLICE_S
    check()


def carried(function: Callable[[], T]) -> Callable[[], T]:
    """Bind a function to what this thread works under, for another thread to run."""
    context = copy_context()
    return lambda: context.run(function)
