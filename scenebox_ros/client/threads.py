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
Do many things at once, boundedly.

Threads: as many as asked for live during one call. Each works on one item at a time, under the
caller's cancellation. The first error, or Ctrl-C, stops those that have not started and those
that ask whether they are cancelled; the call returns once every thread has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Optional, TypeVar

from scenebox_ros.client import cancel
from scenebox_ros.client.cancel import Cancellation, Cancelled
from scenebox_ros.errors import InvalidArgumentsError

T = TypeVar('T')
R = TypeVar('R')


def thread_count(num_threads: int) -> int:
    """
    Check how many threads are asked for.

    Raises
    ------
    InvalidArgumentsError
        If they are not one or more.

    """
    if not (num_threads >= 1 and num_threads % 1 == 0):
        raise InvalidArgumentsError(
            f'num_threads is {num_threads}; pass a whole number of 1 or more'
        )
    return int(num_threads)


def run_threaded(
    function: Callable[[T], R],
    items: Iterable[T],
    num_threads: int,
    progress: Optional[Callable[[], object]] = None,
) -> list[R]:
    """
    Call a function with each item.

    Parameters
    ----------
    function
        Called in threads.
    items
        Taken one after another, never more than the threads can hold.
    num_threads
        With one, everything happens in the caller's thread.
    progress
        Called after each item.

    Returns
    -------
    list
        The results, in the items' order.

    Raises
    ------
    Exception
        The first that the function raised.

    """
    if num_threads <= 1:
        return list(_one_by_one(function, items, progress))
    cancellation = Cancellation(cancel.current())
    results: dict[int, R] = {}
    with cancel.under(cancellation), ThreadPoolExecutor(num_threads) as executor:
        running: dict[Future[R], int] = {}
        numbered = enumerate(items)
        try:
            while True:
                for index, item in islice(numbered, num_threads - len(running)):
                    work = cancel.carried(lambda item=item: function(item))  # type: ignore[misc]
                    running[executor.submit(work)] = index
                if not running:
                    break
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    results[running.pop(future)] = future.result()
                    if progress:
                        progress()
        except BaseException:
            cancellation.cancel()
            raise
    return [results[index] for index in sorted(results)]


def attempted(function: Callable[[T], R]) -> Callable[[T], R | Exception]:
    """Make a function return its exception, so that one bad item does not stop the others."""

    def attempt(item: T) -> R | Exception:
        try:
            return function(item)
        except Cancelled:
            raise
        except Exception as error:
            return error

    return attempt


def _one_by_one(
    function: Callable[[T], R],
    items: Iterable[T],
    progress: Optional[Callable[[], object]],
) -> Iterator[R]:
    for item in items:
        cancel.check()
        yield function(item)
        if progress:
            progress()
