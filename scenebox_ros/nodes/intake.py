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
The intake: where callbacks leave messages and a worker takes them.

Any thread may offer; one worker takes. Nothing here waits for the worker: what does not fit is
refused and counted, because a callback that waits loses the next message unseen. Orders to the
worker (another session, a trigger) stand in the same line, so that they part the messages where
they were given.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from typing import Any

from scenebox_ros.model.settings import Role


@dataclass(frozen=True, eq=False)
class Item:
    """One message on its way to the worker."""

    topic: str
    msgtype: str
    msg: Any
    received_ns: int
    size: int
    role: Role | None = None


Order = Callable[[], None]


class Intake:
    """
    A bounded line of messages.

    Parameters
    ----------
    max_messages, max_bytes
        What may wait at the same time, over all topics.

    """

    def __init__(self, max_messages: int, max_bytes: int) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._items: deque[Item | Order] = deque()
        self._bytes = 0
        self._changed = Condition()
        self.received: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()

    def __len__(self) -> int:
        """Count the messages that wait."""
        return len(self._items)

    @property
    def waiting_bytes(self) -> int:
        """Count the bytes that wait."""
        return self._bytes

    def offer(self, item: Item) -> bool:
        """Leave a message; False if the intake is full and the message was dropped."""
        with self._changed:
            self.received[item.topic] += 1
            # A single message larger than the whole allowance still gets through an empty line.
            is_full = len(self._items) >= self._max_messages or (
                self._bytes > 0 and self._bytes + item.size > self._max_bytes
            )
            if is_full:
                self.dropped[item.topic] += 1
                return False
            self._items.append(item)
            self._bytes += item.size
            self._changed.notify()
            return True

    def order(self, order: Order) -> None:
        """Leave an order; it is always taken in."""
        with self._changed:
            self._items.append(order)
            self._changed.notify()

    def take(self, timeout_s: float) -> Item | Order | None:
        """Take what is oldest, waiting for something at most ``timeout_s`` seconds."""
        with self._changed:
            if not self._items:
                self._changed.wait(timeout_s)
            if not self._items:
                return None
            item = self._items.popleft()
            if isinstance(item, Item):
                self._bytes -= item.size
            return item


def size_of(msg: Any) -> int:
    """Say about how many bytes a message takes."""
    payload = getattr(msg, 'data', None)
    try:
        return len(payload) + 200 if payload is not None else 1000
    except TypeError:
        return 1000
