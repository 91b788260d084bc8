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

"""Futures of the event loop that other threads end, many with one wake-up of the loop."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar('T')


class Ending(Generic[T]):
    """
    A future of the loop, as the thread that ends it sees it.

    Attributes
    ----------
    future
        What the loop waits for.

    """

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._endings = _OF_LOOP.get(loop) or _OF_LOOP.setdefault(loop, Endings())
        self._is_done = False
        self.future: asyncio.Future[T] = loop.create_future()

    def done(self) -> bool:
        """Whether it was ended."""
        return self._is_done

    def set_result(self, value: T) -> None:
        """End it with a value."""
        self._is_done = True
        self._endings.tell(self.future, value, None)

    def set_exception(self, error: BaseException) -> None:
        """End it with an error."""
        self._is_done = True
        self._endings.tell(self.future, None, error)


class Endings:
    """
    Ends futures of one loop.

    Waking the loop costs a system call and a change of threads; it is done once for all that end
    before the loop has looked.
    """

    def __init__(self) -> None:
        self._told: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._is_called = False

    def tell(self, future: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
        """End a future; called in any thread."""
        self._told.append((future, value, error))
        if not self._is_called:
            self._is_called = True
            # A loop that is closed, because the server was stopped, has nobody who waits.
            with suppress(RuntimeError):
                future.get_loop().call_soon_threadsafe(self._look)

    def _look(self) -> None:
        # Before looking: whoever tells more from now on calls again.
        self._is_called = False
        while self._told:
            future, value, error = self._told.popleft()
            if future.done():
                continue
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)


_OF_LOOP: WeakKeyDictionary[asyncio.AbstractEventLoop, Endings] = WeakKeyDictionary()
