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
The same methods for asyncio, made from the synchronous ones.

Threads: each asynchronous client has a small pool of them, in which the synchronous methods run;
they end when the client is closed. Where a task is cancelled, its thread is told, and stops before
its next request, chunk or wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
import functools
from itertools import islice
import os
import threading
from types import TracebackType
from typing import Any, cast, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from scenebox_ros.client import cancel
from scenebox_ros.client.cancel import Cancellation
from scenebox_ros.client.methods.base import Methods

P = ParamSpec('P')
R = TypeVar('R')
R_co = TypeVar('R_co', covariant=True)
C = TypeVar('C', bound=Methods)
Self = TypeVar('Self', bound='AsyncClient[Any]')
A = TypeVar('A', bound='AsyncClient[Any]')

MAX_WORKERS = 8
ITEMS_AT_ONCE = 256


class _Awaited(Protocol[P, R_co]):
    """What type checkers see: a method that is to be awaited."""

    def __get__(
        self, instance: Any, owner: Any = None
    ) -> Callable[P, Coroutine[Any, Any, R_co]]: ...


class _Chained(Protocol[P]):
    """What type checkers see: a method to be awaited that gives its own client."""

    def __get__(self, instance: A, owner: Any = None) -> Callable[P, Coroutine[Any, Any, A]]: ...


class _Iterated(Protocol[P, R_co]):
    """What type checkers see: a method to be used with ``async for``."""

    def __get__(self, instance: Any, owner: Any = None) -> Callable[P, AsyncIterator[R_co]]: ...


class AsyncClient(Generic[C]):
    """
    A synchronous client behind a few threads.

    Parameters
    ----------
    make
        Makes the synchronous client; called in a thread when it is first needed, because making
        one may ask the server who the token belongs to.
    max_workers
        Methods that run at the same time.

    """

    def __init__(self, make: Callable[[], C], max_workers: int = MAX_WORKERS) -> None:
        self._make = make
        self._client: C | None = None
        self._lock = threading.Lock()
        self._max_workers = max_workers
        self._executor: ThreadPoolExecutor | None = None
        self._process = os.getpid()

    async def __aenter__(self: Self) -> Self:
        """Make the client; leaving the block closes it."""
        await self.run(lambda client: client)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """
        Close the connections and end the threads.

        Closing twice is fine, and so is using the client afterwards: it starts anew.

        Examples
        --------
        >>> await client.close()

        """
        await asyncio.get_running_loop().run_in_executor(None, self._close)

    async def run(self, function: Callable[[C], R]) -> R:
        """
        Call a function with the synchronous client, in a thread.

        Parameters
        ----------
        function
            Anything that takes the client.

        Returns
        -------
        object
            What the function returns.

        Examples
        --------
        >>> await client.run(lambda images: len(images.search_assets_large()))
        48211

        """
        cancellation = Cancellation()

        def work() -> R:
            with cancel.under(cancellation):
                cancel.check()
                return function(self._ready())

        context = copy_context()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads(), context.run, work)
        except asyncio.CancelledError:
            cancellation.cancel()
            raise

    def _threads(self) -> ThreadPoolExecutor:
        if self._process != os.getpid():
            # After a fork, the threads are the parent's, and whoever held the lock is not here.
            self._process, self._executor, self._lock = os.getpid(), None, threading.Lock()
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._max_workers, thread_name_prefix='scenebox')
        return self._executor

    def _ready(self) -> C:
        with self._lock:
            if self._client is None:
                self._client = self._make()
            return self._client

    def _close(self) -> None:
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            if self._client is not None:
                self._client.close()


def over(kind: type[A], client: Any) -> A:
    """Make an asynchronous client of a synchronous one that exists."""
    made = kind.__new__(kind)
    AsyncClient.__init__(made, lambda: client)
    return made


def awaited(method: Callable[Concatenate[Any, P], R]) -> _Awaited[P, R]:
    """
    Make an asynchronous method from a synchronous one.

    Parameters
    ----------
    method
        Of the synchronous client.

    Returns
    -------
    method
        For a subclass of :class:`AsyncClient`; its arguments and results are the same.

    Examples
    --------
    >>> class AsyncAssetManagerClient(AsyncClient[AssetManagerClient]):
    ...     exists = awaited(AssetManagerClient.exists)

    """

    @functools.wraps(method)
    async def call(self: AsyncClient[Any], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self.run(lambda client: method(client, *args, **kwargs))

    return cast('_Awaited[P, R]', call)


def chained(method: Callable[Concatenate[Any, P], Any]) -> _Chained[P]:
    """Make an asynchronous method from one that returns its client; this one returns ours."""

    @functools.wraps(method)
    async def call(self: AsyncClient[Any], *args: P.args, **kwargs: P.kwargs) -> Any:
        await self.run(lambda client: method(client, *args, **kwargs))
        return self

    return cast('_Chained[P]', call)


def iterated(method: Callable[Concatenate[Any, P], Iterator[R]]) -> _Iterated[P, R]:
    """Make an asynchronous iterator from a method that returns an iterator."""

    @functools.wraps(method)
    async def call(
        self: AsyncClient[Any], *args: P.args, **kwargs: P.kwargs
    ) -> AsyncIterator[R]:
        iterator = await self.run(lambda client: method(client, *args, **kwargs))
        while items := await self.run(lambda _: list(islice(iterator, ITEMS_AT_ONCE))):
            for item in items:
                yield item

    return cast('_Iterated[P, R]', call)
