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
One SQLite file.

Threads: one writer thread owns the only connection that writes; it stops at
:meth:`Database.close`. It commits everything that waits in one transaction, so that many small
writes share one sync of the disk. Readers take a connection out of a pool while they read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
import queue
import sqlite3
import threading
import time
from typing import Any, TypeVar

from scenebox_ros.errors import SearchError, StorageError
from scenebox_ros.server.store.unwritable import translated, UnwritableError

T = TypeVar('T')
Connection = sqlite3.Connection
Row = tuple[Any, ...]
MAX_GROUP = 256
IDLE_READERS = 16
TOGETHER = 64


class QueryTimeoutError(SearchError, TimeoutError):
    """A query took longer than the server allows."""


@dataclass(frozen=True)
class Migration:
    """A named step of the schema; applied once, in the order of the list."""

    name: str
    script: str


@dataclass
class _Write:
    work: Callable[[Connection], Any]
    future: Future[Any]
    is_kept: bool


def insert(connection: Connection, sql: str, width: int, rows: Iterable[Row],
           then: str = '') -> None:
    """
    Insert many rows with few statements.

    Each statement costs as much as some rows: it lets other threads run, and waits for them.

    Parameters
    ----------
    connection
        The writer's.
    sql
        The statement up to and with ``VALUES``.
    width
        How many values a row has.
    rows
        The rows.
    then
        What of the statement follows.

    """
    marks = f'({",".join("?" * width)})'
    left, size = iter(rows), TOGETHER
    some = [*islice(left, size)]
    while some:
        while len(some) < size:
            size //= 2
        text = f'{sql} {",".join([marks] * size)} {then}'
        connection.execute(text, [*chain.from_iterable(some[:size])])
        some = some[size:] or [*islice(left, size)]


class Database:
    """
    A SQLite file with one writer thread that group-commits and a pool of readers.

    Parameters
    ----------
    path
        The file; made if it is not there.
    migrations
        The schema.

    """

    def __init__(self, path: Path, migrations: Sequence[Migration]) -> None:
        self.path = path
        self._writes: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._idle: queue.LifoQueue[Connection] = queue.LifoQueue(IDLE_READERS)
        self._closed = False
        self._syncs = True
        # Called when writes are undone, so that nobody remembers what did not happen.
        self.on_undo: list[Callable[[], None]] = []
        try:
            self._writer = _connect(path, cache_mb=128)
            _migrate(self._writer, migrations)
        except sqlite3.DatabaseError as error:
            raise StorageError(
                f'the database {path} cannot be opened: {error}; bring a backup back, or choose '
                'another folder'
            ) from error
        self._file = _identity(path)
        self._thread = threading.Thread(target=self._run, name='database-writer', daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T], is_kept: bool = False) -> Future[T]:
        """
        Queue a write; the future ends when it is on disk.

        Parameters
        ----------
        work
            Called with the writer's connection inside a transaction. When it raises, its own
            changes are undone and nobody else's.
        is_kept
            Something else on disk tells this write already, and is read at the next start: it is
            committed, but nobody waits for the disk. What is committed later makes it durable.

        """
        if self._closed:
            raise StorageError('the database is closed; start the server again')
        future: Future[T] = Future()
        self._writes.put(_Write(work, future, is_kept))
        return future

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run a write and wait until it is on disk; see :meth:`submit`."""
        if threading.current_thread() is self._thread:
            raise RuntimeError('a write must not wait for another write; use the connection given')
        return self.submit(work).result()

    @contextmanager
    def reading(self, timeout_s: float = 30.0) -> Iterator[Connection]:
        """
        Lend a connection that sees one unchanging state and cannot write.

        Raises
        ------
        QueryTimeoutError
            If a statement is still running when the time is over.

        """
        with self._lent(timeout_s) as connection:
            connection.execute('BEGIN')
            yield connection

    def query(
        self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[Row]:
        """Read rows in one go."""
        # A single statement sees one state anyway.
        with self._lent(30.0) as connection:
            return connection.execute(sql, parameters).fetchall()

    def apart(self, connection: Connection, work: Callable[[Connection], T]) -> T | Exception:
        """
        Run a part of a write so that its failure undoes only itself; give its exception then.

        Raises
        ------
        DiskFullError
            If the whole write is undone, because the disk is full.

        """
        value, error = _apart(connection, work)
        if error is None:
            return value  # type: ignore[no-any-return]
        self._undone()
        if not isinstance(error, Exception) or isinstance(error, UnwritableError):
            raise error
        return error

    def close(self) -> None:
        """Finish what waits, then close; may be called twice."""
        if self._closed:
            return
        self._closed = True
        self._writes.put(None)
        self._thread.join()
        while not self._idle.empty():
            self._idle.get().close()
        with suppress(sqlite3.Error):
            self._writer.execute('PRAGMA optimize')
        self._writer.close()

    @contextmanager
    def _lent(self, timeout_s: float) -> Iterator[Connection]:
        connection = self._take()
        deadline = time.monotonic() + timeout_s
        connection.set_progress_handler(lambda: time.monotonic() > deadline, 20_000)
        healthy = False
        try:
            yield connection
            healthy = True
        except sqlite3.OperationalError as error:
            if 'interrupted' not in str(error):
                raise
            raise QueryTimeoutError(
                f'the query ran longer than {timeout_s:g} s; add filters or a time range'
            ) from error
        finally:
            with suppress(sqlite3.Error):
                connection.set_progress_handler(None, 0)
                if connection.in_transaction:
                    connection.execute('ROLLBACK')
            self._give_back(connection, healthy)

    def _take(self) -> Connection:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            connection = _connect(self.path, cache_mb=16)
            connection.execute('PRAGMA query_only=1')
            return connection

    def _give_back(self, connection: Connection, healthy: bool) -> None:
        if healthy and not self._closed:
            with suppress(queue.Full):
                self._idle.put_nowait(connection)
                return
        connection.close()

    def _run(self) -> None:
        while (write := self._writes.get()) is not None:
            group = [write]
            stop = False
            while len(group) < MAX_GROUP:
                try:
                    more = self._writes.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    stop = True
                    break
                group.append(more)
            self._commit(group)
            if stop:
                return

    def _commit(self, group: list[_Write]) -> None:
        """Run the group in one transaction; tell everybody only when it is on disk."""
        outcomes: list[tuple[_Write, Any, BaseException | None]] = []
        connection = self._writer
        # Of a write alone the whole transaction is undone.
        run = _apart if len(group) > 1 else _whole
        try:
            if _identity(self.path) != self._file:
                # What is written into a deleted file is lost when the server stops.
                raise UnwritableError(
                    "the server's folder was moved or deleted; bring it back, or start the "
                    'server again'
                )
            self._sync(not all(write.is_kept for write in group))
            connection.execute('BEGIN IMMEDIATE')
            for write in group:
                if write.future.set_running_or_notify_cancel():
                    outcomes.append((write, *run(connection, write.work)))
                    if outcomes[-1][2] is not None:
                        self._undone()
            connection.execute('COMMIT')
        except BaseException as error:
            with suppress(sqlite3.Error):
                connection.execute('ROLLBACK')
            self._undone()
            told = translated(error)
            for write in group:
                if not write.future.cancelled():
                    write.future.set_exception(told)
            return
        for write, value, failure in outcomes:
            if failure is None:
                write.future.set_result(value)
            else:
                write.future.set_exception(failure)

    def _sync(self, is_needed: bool) -> None:
        if is_needed != self._syncs:
            level = 'FULL' if is_needed else 'NORMAL'
            self._writer.execute(f'PRAGMA synchronous={level}')
            self._syncs = is_needed

    def _undone(self) -> None:
        for forget in self.on_undo:
            forget()


def _apart(connection: Connection, work: Callable[[Connection], T]) -> Any:
    """Run one write so that its failure undoes only itself: its value and its exception."""
    connection.execute('SAVEPOINT one')
    try:
        value = work(connection)
    except BaseException as error:
        if not connection.in_transaction:
            # A full disk makes SQLite roll the whole transaction back: everybody's write failed.
            raise
        connection.execute('ROLLBACK TO one')
        connection.execute('RELEASE one')
        return None, translated(error)
    connection.execute('RELEASE one')
    return value, None


def _whole(connection: Connection, work: Callable[[Connection], T]) -> Any:
    return work(connection), None


def _identity(path: Path) -> tuple[int, int] | None:
    """Tell which file has this name."""
    with suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


def _connect(path: Path, cache_mb: int) -> Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=512, timeout=60.0
    )
    for pragma in [
        'journal_mode=WAL',
        'synchronous=FULL',
        'wal_autocheckpoint=10000',
        'journal_size_limit=268435456',
        'temp_store=MEMORY',
        'foreign_keys=ON',
        f'cache_size=-{cache_mb * 1024}',
        'mmap_size=1073741824',
        'trusted_schema=OFF',
    ]:
        connection.execute(f'PRAGMA {pragma}')
    return connection


def _migrate(connection: Connection, migrations: Sequence[Migration]) -> None:
    """Apply the steps that this file has not seen, each in a transaction of its own."""
    connection.execute('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY) STRICT')
    seen = {name for (name,) in connection.execute('SELECT name FROM migrations')}
    for migration in migrations:
        if migration.name in seen:
            continue
        name = migration.name.replace("'", "''")
        connection.executescript(
            f"BEGIN IMMEDIATE;{migration.script};INSERT INTO migrations VALUES('{name}');COMMIT;"
        )
