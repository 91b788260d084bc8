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
The spool's file: one LMDB environment a process, shared by all spools of the same folder.

LMDB keeps a commit or nothing of it, whatever is killed; a lock that a killed writer held is given
to the next one. It allows one open environment a file and process, hence the registry here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import fcntl
import logging
import os
from pathlib import Path
from threading import Lock
from typing import Any, IO

from scenebox_ros.errors import DependencyError, SpoolError
from scenebox_ros.spool.limits import SpoolLimits

log = logging.getLogger(__name__)
NAMES = (
    'queue',  # place in the queue -> label
    'records',  # seq -> packed record
    'ids',  # digest -> place in the queue, of what is here
    'done',  # digest -> number, of what is finished
    'done_order',  # number -> digest
    'aside',  # seq -> why, when, and the place that the record had in the queue
    'sessions',  # key -> what is known of a session
    'ledger',  # stream -> counts
    'meta',  # next seq, next number, the server's name
)
FILE = 'data.mdb'
USERS = 'users.lock'
# What LMDB may not have written as it was not needed any more when it was to be.
MANY_BYTES = 1_000_000
DISK_FULL = ('No space left', 'File too large', 'Input/output error', 'quota exceeded')


class Tables:
    """The open environment of one folder; get it from :func:`open_tables`."""

    def __init__(self, folder: Path, map_size: int) -> None:
        lmdb = _lmdb()
        self.folder = folder
        self.pid = os.getpid()
        self.users = 1
        self.env = lmdb.open(
            str(folder), map_size=map_size, max_dbs=len(NAMES), max_readers=512, readahead=False
        )
        self.in_use = _lock_file(folder / USERS, fcntl.LOCK_SH)
        lacks = self._lacks_bytes()
        if lacks > MANY_BYTES:
            log.warning('%s was cut off, %d bytes are missing; stop what uses it, then: scenebox '
                        'spool repair --spool %s', folder / FILE, lacks, folder)
        if lacks > 0:
            self._fill_up()
        # A reader that was killed would keep old pages from being used again.
        self.env.reader_check()
        self.dbs = {name: self.env.open_db(name.encode()) for name in NAMES}

    def _lacks_bytes(self) -> int:
        """Count the bytes that the file is too short; pages that were freed at once count, too."""
        return self._needed_bytes() - (self.folder / FILE).stat().st_size

    def _needed_bytes(self) -> int:
        return int((self.env.info()['last_pgno'] + 1) * self.env.stat()['psize'])

    def _fill_up(self) -> None:
        """Make the file as long as it should be: reading beyond its end kills a process."""
        # As the only writer: nothing that is being written now may be cut off.
        with self.env.begin(write=True):
            if self._lacks_bytes() > 0:
                os.truncate(self.folder / FILE, self._needed_bytes())

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open the one write transaction; on the way out it is durable, or undone on error."""
        with self._translated(), self.env.begin(write=True) as txn:
            yield Transaction(txn, self.dbs)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a snapshot; values are views of the file, valid inside only."""
        with self._translated(), self.env.begin(buffers=True) as txn:
            yield Transaction(txn, self.dbs)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        lmdb = _lmdb()
        try:
            yield
        except lmdb.MapResizedError:
            self.env.set_mapsize(0)
            raise NoRoomError('the spool was opened with another max_bytes') from None
        except lmdb.MapFullError:
            raise NoRoomError('the spool has no free pages') from None
        except (lmdb.CorruptedError, lmdb.PageNotFoundError, lmdb.PanicError) as error:
            raise SpoolError(
                f'the spool in {self.folder} is damaged ({error}); stop what uses it, then: '
                f'scenebox spool repair --spool {self.folder}'
            ) from error
        except lmdb.Error as error:
            # A write that was cut short by a full disk is an input/output error to LMDB.
            if any(sign in str(error) for sign in DISK_FULL):
                raise NoRoomError(f'the disk is full, or fails ({error})') from None
            raise SpoolError(f'the spool in {self.folder} failed: {error}') from error


class NoRoomError(SpoolError):
    """The file could not take the write, whatever the counters say; nothing was changed."""


class Transaction:
    """LMDB's transaction with the tables' names: ``txn.get('queue', key)``."""

    def __init__(self, txn: Any, dbs: dict[str, Any]) -> None:
        self._txn = txn
        self._dbs = dbs

    def get(self, table: str, key: bytes) -> Any:
        """Give the value, or None."""
        return self._txn.get(key, db=self._dbs[table])

    def put(
        self, table: str, key: bytes, value: bytes | memoryview, append: bool = False
    ) -> None:
        """Set the value; append is for keys that are known to be the last."""
        self._txn.put(key, value, db=self._dbs[table], append=append)

    def delete(self, table: str, key: bytes) -> bool:
        """Delete the key; False if it was not there."""
        return bool(self._txn.delete(key, db=self._dbs[table]))

    def cursor(self, table: str) -> Any:
        """Give LMDB's cursor."""
        return self._txn.cursor(db=self._dbs[table])

    def count(self, table: str) -> int:
        """Count the keys, without reading them."""
        return int(self._txn.stat(self._dbs[table])['entries'])

    def drop(self, table: str) -> None:
        """Delete all keys of a table."""
        self._txn.drop(self._dbs[table], delete=False)


_open: dict[Path, Tables] = {}
_open_lock = Lock()


def open_tables(folder: Path, limits: SpoolLimits) -> Tables:
    """Open a folder's environment, or share the one this process has open."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SpoolError(
            f'the spool in {folder} cannot be made ({error.strerror}); name a folder on a local '
            'disk that may be written'
        ) from None
    folder = folder.resolve()
    with _open_lock:
        tables = _open.get(folder)
        if tables is not None and tables.pid != os.getpid():
            # After a fork the parent's environment must not be used; closing it here leaves it be.
            tables.env.close()
            tables = None
        if tables is None:
            tables = _opened(folder, limits)
            _open[folder] = tables
        else:
            tables.users += 1
        return tables


def close_tables(tables: Tables) -> None:
    """Give a share back; the last one closes the environment."""
    with _open_lock:
        tables.users -= 1
        if not tables.users and tables.pid == os.getpid():
            tables.env.close()
            tables.in_use.close()
            _open.pop(tables.folder, None)


def map_size_for(limits: SpoolLimits) -> int:
    """Leave room beyond the limit: for the indexes, for freed pages that are not free yet."""
    page = 4096
    wanted = limits.max_bytes * 5 // 4 + limits.max_done * 160 + 512 * 1024 * 1024
    return wanted // page * page


def _opened(folder: Path, limits: SpoolLimits) -> Tables:
    lmdb = _lmdb()
    with locked(folder / 'open.lock'):
        try:
            tables = Tables(folder, map_size_for(limits))
        except (lmdb.InvalidError, lmdb.CorruptedError, lmdb.VersionMismatchError) as error:
            raise SpoolError(
                f'{folder / FILE} is damaged or no spool ({error}); choose another folder, or '
                f'stop what uses it, then: scenebox spool repair --spool {folder}'
            ) from error
        except lmdb.Error as error:
            raise SpoolError(
                f'the spool in {folder} cannot be opened: {error}; check that the folder is on a '
                'local disk and may be written'
            ) from error
        _sync_folder(folder)
        return tables


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file while others wait."""
    with path.open('a') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_in_use(folder: Path) -> bool:
    """Say whether somebody has the spool open."""
    if not (folder / USERS).exists():
        return False
    with locked(folder / 'open.lock'):
        try:
            _lock_file(folder / USERS, fcntl.LOCK_EX | fcntl.LOCK_NB).close()
        except OSError:
            return True
    return False


@contextmanager
def sole_user(folder: Path) -> Iterator[None]:
    """
    Keep all other processes from opening a spool.

    Raises
    ------
    SpoolError
        If one has it open.

    """
    with locked(folder / 'open.lock'):
        try:
            file = _lock_file(folder / USERS, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SpoolError(
                f'the spool in {folder} is in use; stop the nodes and the uploader first'
            ) from None
        with file:
            yield


def _lock_file(path: Path, how: int) -> IO[str]:
    file = path.open('a')
    try:
        fcntl.flock(file, how)
    except OSError:
        file.close()
        raise
    return file


def _sync_folder(folder: Path) -> None:
    # A new file is only there after a power cut if its folder was synced too.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lmdb() -> Any:
    try:
        import lmdb
    except ImportError as error:
        raise DependencyError(
            'the spool needs the library lmdb; install it with: pip install lmdb'
        ) from error
    return lmdb
