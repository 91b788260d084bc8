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
Processes for heavy computing, each for one job at a time.

They hang on a leash: a pipe whose other end is the server's. When it is let go, on purpose or
because the server was killed, the process ends at once, whatever it computes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
import os
import queue
import signal
import threading
from typing import Any, TypeVar

T = TypeVar('T')
# Requests go first: they are short, and somebody waits for them.
NICENESS = 10
WAIT_S = 0.5


class Worker:
    """A process that is made when it is needed, and again after it ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._leash: Connection | None = None
        self._closed = False

    def submit(self, function: Callable[..., T], *args: Any) -> Future[T]:
        """Compute in the process; see ``concurrent.futures``."""
        with self._lock:
            try:
                return self._made().submit(function, *args)
            except BrokenProcessPool:
                # It was killed, likely for want of memory.
                self._end()
                return self._made().submit(function, *args)

    def end(self, for_good: bool = False) -> None:
        """End the process, whatever it computes."""
        with self._lock:
            self._closed = self._closed or for_good
            self._end()

    def _made(self) -> ProcessPoolExecutor:
        if self._closed:
            raise BrokenProcessPool('the server is stopping')
        if self._pool is None:
            # A forked child would inherit the server's threads' locks; spawn starts clean.
            context = get_context('spawn')
            held, self._leash = context.Pipe(duplex=False)
            self._pool = ProcessPoolExecutor(1, context, _begin, (held,))
        return self._pool

    def _end(self) -> None:
        if self._leash is not None:
            self._leash.close()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._leash = None


class Workers:
    """
    All processes of a server.

    Parameters
    ----------
    count
        How many compute at a time.

    """

    def __init__(self, count: int) -> None:
        self._all = [Worker() for _ in range(count)]
        # The last one that computed first: the others may not even have begun.
        self._free: queue.LifoQueue[Worker] = queue.LifoQueue()
        for worker in self._all:
            self._free.put(worker)

    @contextmanager
    def lent(self, check: Callable[[], None]) -> Iterator[Worker]:
        """Lend a process as soon as one is free; meanwhile ``check`` may raise."""
        worker = None
        while worker is None:
            check()
            with suppress(queue.Empty):
                worker = self._free.get(timeout=WAIT_S)
        try:
            yield worker
        finally:
            self._free.put(worker)

    def close(self) -> None:
        """End the processes, also those that compute."""
        for worker in self._all:
            worker.end(for_good=True)


def be_polite() -> None:
    """Give way to requests, and leave Ctrl-C to the server; called in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)


def _begin(held: Connection) -> None:
    """Prepare a process: it is polite, and ends with the server."""
    be_polite()
    threading.Thread(target=_wait, args=(held,), name='leash', daemon=True).start()


def _wait(held: Connection) -> None:
    try:
        held.recv()
    except (EOFError, OSError):
        os._exit(1)
