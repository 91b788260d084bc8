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
Reading ahead: the next messages are read and decompressed while those before are handled.

Threads: one, which owns the iterator it is given. It stops when the iterator ends, or when the
reader closes the generator; whatever the iterator raises is raised in the reader's thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from threading import Condition, Thread
from typing import Optional

from scenebox_ros.bags.bag import BagMessage

# A batch is worth a switch of threads; one is handled and one waits.
_BATCH_BYTES = 2 << 20
_BATCH_MESSAGES = 256


class _Line:
    """Batches between the two threads."""

    def __init__(self, messages: Iterator[BagMessage]) -> None:
        self._messages = messages
        self._changed = Condition()
        self._batches: deque[list[BagMessage]] = deque()
        self._is_over = False
        self._error: Optional[BaseException] = None

    def fill(self) -> None:
        """Read until the end, or until nobody wants more."""
        batch: list[BagMessage] = []
        size, held = 0, None
        try:
            for message in self._messages:
                batch.append(message)
                # A message keeps all of the chunk that it is in; one of the same adds nothing.
                if message.payload.obj is not held:
                    held = message.payload.obj
                    size += memoryview(held).nbytes
                if size >= _BATCH_BYTES or len(batch) >= _BATCH_MESSAGES:
                    if not self._give(batch):
                        return
                    batch, size = [], 0
            self._give(batch)
        except BaseException as error:
            self._give(batch)
            self._error = error
        finally:
            self.end()

    def _give(self, batch: list[BagMessage]) -> bool:
        with self._changed:
            self._batches.append(batch)
            self._changed.notify_all()
            # Not before it is taken is the next one read: memory is worth more than a head start.
            self._changed.wait_for(lambda: not self._batches or self._is_over)
            return not self._is_over

    def take(self) -> Optional[list[BagMessage]]:
        """Wait for the next batch; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._batches) or self._is_over)
            if self._batches:
                batch = self._batches.popleft()
                self._changed.notify_all()
                return batch
        if self._error is not None:
            raise self._error
        return None

    def end(self) -> None:
        """Wake and stop both sides."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()


def ahead(messages: Iterator[BagMessage]) -> Generator[BagMessage, None, None]:
    """Give the same messages, read by a thread that is a few batches ahead."""
    line = _Line(messages)
    thread = Thread(target=line.fill, name='scenebox-read-ahead', daemon=True)
    thread.start()
    try:
        while (batch := line.take()) is not None:
            yield from batch
    finally:
        line.end()
        thread.join()
