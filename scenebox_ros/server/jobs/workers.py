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
Processes for heavy computing.

They hang on a leash: a pipe whose other end is the server's. When it is let go, on purpose or
because the server was killed, every process ends at once, whatever it computes.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
import os
import signal
import threading
from typing import Any, TypeVar

T = TypeVar('T')
# Requests go first: they are short, and somebody waits for them.
NICENESS = 10


class Workers:
    """
    A pool of processes that ends with the server.

    Parameters
    ----------
    count
        How many compute at a time.

    """

    def __init__(self, count: int) -> None:
        # A forked child would inherit the server's threads' locks; spawn starts clean.
        context = get_context('spawn')
        held, self._leash = context.Pipe(duplex=False)
        self._lock = threading.Lock()
        self._make: Callable[[], ProcessPoolExecutor] = partial(
            ProcessPoolExecutor, count, context, _begin, (held,)
        )
        self._pool = self._make()

    def submit(self, function: Callable[..., T], *args: Any) -> Future[T]:
        """Compute in another process; see ``concurrent.futures``."""
        with self._lock:
            try:
                return self._pool.submit(function, *args)
            except BrokenProcessPool:
                # A process was killed, likely for want of memory: the others went with it.
                self._pool = self._make()
                return self._pool.submit(function, *args)

    def close(self) -> None:
        """End the processes, also those that compute."""
        self._leash.close()
        self._pool.shutdown(wait=False, cancel_futures=True)


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
