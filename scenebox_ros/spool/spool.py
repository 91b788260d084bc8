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
The spool: records in by any number of processes, entries out by one.

Threads: none of its own; all methods may be called from several threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
import fcntl
import json
import logging
import os
from pathlib import Path
from threading import Lock
import time
from typing import Any, TextIO

from scenebox_ros.errors import SpoolError, SpoolFullError
from scenebox_ros.model.records import Record
from scenebox_ros.spool import queue, shedding
from scenebox_ros.spool.entry import digest_of, Entry, footprint, Label, pack, unpack, unpack_label
from scenebox_ros.spool.ledger import (
    Ledger,
    read_all,
    read_session,
    Session,
    TOTAL,
    write_session,
)
from scenebox_ros.spool.limits import SpoolLimits
from scenebox_ros.spool.stat import SpoolStat, StreamStat
from scenebox_ros.spool.tables import (
    close_tables,
    FILE,
    NoRoomError,
    open_tables,
    Tables,
    Transaction,
)
from scenebox_ros.stamps import NS_PER_S

log = logging.getLogger(__name__)
MAX_COMMIT_BYTES = 64 * 1024 * 1024
AGE_CHECK_NS = 10 * NS_PER_S


class Spool:
    """
    A folder that keeps records until they are finished.

    Parameters
    ----------
    folder
        On a local disk; made if it is not there.
    limits
        The bounds. All processes that share the folder should pass the same.
    clock_ns
        The clock that dates entries.

    Raises
    ------
    SpoolError
        If the folder cannot be used or holds something else.

    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        limits: SpoolLimits | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.folder = Path(folder)
        self.limits = limits or SpoolLimits()
        self._clock_ns = clock_ns
        self._tables: Tables | None = open_tables(self.folder, self.limits)
        self._lock = Lock()
        self._taken: set[bytes] = set()
        self._uploader_lock: TextIO | None = None
        self._age_checked_ns = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back the file and the uploader's lock; may be called twice."""
        tables, self._tables = self._tables, None
        if self._uploader_lock is not None:
            self._uploader_lock.close()
            self._uploader_lock = None
        if tables is not None:
            close_tables(tables)

    # -- in ---------------------------------------------------------------------------------------
    def put(self, records: Sequence[Record]) -> None:
        """
        Keep the records until they are finished; on return they are on disk.

        A record that is here, is set aside, or was finished and is still remembered changes
        nothing.

        Raises
        ------
        SpoolFullError
            If there is no room and the streams' policy gives none. It names the records that were
            refused; the others are kept.

        """
        now_ns = self._clock_ns()
        refused: list[str] = []
        for batch in _commits([(record, pack(record, now_ns)) for record in records]):
            refused += self._put_or_refuse(batch, now_ns)
        if refused:
            raise SpoolFullError(
                f'the spool in {self.folder} has no room for {len(refused)} of {len(records)} '
                'records; let the uploader drain it, raise max_bytes, or free the disk',
                refused=refused,
            )

    def _put_or_refuse(self, batch: Sequence[tuple[Record, bytes]], now_ns: int) -> list[str]:
        for attempt in range(3):
            try:
                return self._put_batch(batch, now_ns)
            except NoRoomError as error:  # noqa: PERF203
                log.debug('no room for %d records, attempt %d: %s', len(batch), attempt, error)
                # What is freed here can be written again two commits later.
                self._free_pages(batch, now_ns)
        with self._open().write() as txn:
            ledger = Ledger(txn)
            for record, _ in batch:
                ledger.count(record.stream, 'refused')
            ledger.save()
        return [record.id for record, _ in batch]

    def _put_batch(self, batch: Sequence[tuple[Record, bytes]], now_ns: int) -> list[str]:
        space = shedding.Space.measure(self.folder, self.limits)
        refused = []
        with self._open().write() as txn:
            ledger = Ledger(txn)
            shed = ledger.of(TOTAL)['shed']
            for record, packed in batch:
                if queue.knows(txn, digest_of(record)):
                    ledger.count(record.stream, 'duplicate')
                elif shedding.make_room(
                    txn, ledger, record, footprint(packed), space, self.limits
                ):
                    queue.append(txn, ledger, record, packed, now_ns)
                else:
                    ledger.count(record.stream, 'refused')
                    refused.append(record.id)
            self._shed_old(txn, ledger, now_ns)
            shed = ledger.of(TOTAL)['shed'] - shed
            ledger.save()
        if shed:
            log.error('%d entries of the spool in %s gave way to new ones', shed, self.folder)
        return refused

    def _free_pages(self, batch: Sequence[tuple[Record, bytes]], now_ns: int) -> None:
        self._open().env.reader_check()
        needed = 2 * sum(footprint(packed) for _, packed in batch)
        try:
            with self._open().write() as txn:
                ledger = Ledger(txn)
                space = shedding.Space(ledger.total_bytes)
                for record, _ in batch[:1]:
                    shedding.make_room(txn, ledger, record, needed, space, self.limits)
                ledger.save()
            with self._open().write() as txn:
                txn.put('meta', b'freed_at', str(now_ns).encode())
        except NoRoomError:
            log.debug('the disk has no room for freeing pages of the spool in %s', self.folder)

    def _shed_old(self, txn: Transaction, ledger: Ledger, now_ns: int) -> None:
        if now_ns - self._age_checked_ns > AGE_CHECK_NS:
            self._age_checked_ns = now_ns
            shedding.shed_old(txn, ledger, self.limits, now_ns)

    # -- out --------------------------------------------------------------------------------------
    def take(self, limit: int = 64, max_bytes: int = 64 * 1024 * 1024) -> list[Entry]:
        """
        Take the next entries: most important first, then oldest first.

        They stay in the spool, and are not given again until :meth:`release`, or until the spool
        is opened anew. A session's end comes when nothing else of the session is here. An entry
        that is damaged is set aside.

        Parameters
        ----------
        limit
            At most so many.
        max_bytes
            At most so many bytes of records, but always one entry.

        Raises
        ------
        SpoolError
            If another process is taking entries from this folder.

        """
        self._lock_uploader()
        entries: list[Entry] = []
        damaged: list[tuple[bytes, Label, str]] = []
        num_bytes = 0
        with self._lock, self._open().read() as txn:
            for key, label in queue.labels(txn):
                if len(entries) >= limit or (entries and num_bytes + label.footprint > max_bytes):
                    break
                if key in self._taken or self._must_wait(txn, label):
                    continue
                try:
                    entries.append(_read(txn, key))
                    num_bytes += label.footprint
                except SpoolError as error:
                    damaged.append((key, label, str(error)))
            self._taken.update(entry.key for entry in entries)
        self._set_damaged_aside(damaged)
        return entries

    def done(self, entries: Iterable[Entry]) -> None:
        """Take out entries whose records are stored for good elsewhere, and remember their ids."""
        finished = list(entries)
        with self._open().write() as txn:
            ledger = Ledger(txn)
            for entry in finished:
                label = txn.get('queue', entry.key)
                # What was shed meanwhile is gone already.
                if label is not None:
                    queue.finish(
                        txn, ledger, entry.key, unpack_label(label), self.limits.max_done
                    )
            ledger.save()
        self.release(finished)

    def release(self, entries: Iterable[Entry]) -> None:
        """Give entries back: they will be taken again."""
        with self._lock:
            self._taken.difference_update(entry.key for entry in entries)

    def set_aside(self, entry: Entry, reason: str) -> None:
        """Move an entry that cannot be finished out of the way, with the reason."""
        with self._open().write() as txn:
            ledger = Ledger(txn)
            label = txn.get('queue', entry.key)
            if label is not None:
                queue.set_aside(
                    txn, ledger, entry.key, unpack_label(label), reason, self._clock_ns()
                )
            ledger.save()
        self.release([entry])

    def _set_damaged_aside(self, damaged: Sequence[tuple[bytes, Label, str]]) -> None:
        if not damaged:
            return
        with self._open().write() as txn:
            ledger = Ledger(txn)
            for key, label, reason in damaged:
                if txn.get('queue', key) is not None:
                    queue.set_aside(txn, ledger, key, label, reason, self._clock_ns())
                    ledger.count(label.stream, 'corrupt')
            ledger.save()
        log.error('%d damaged entries of the spool in %s are set aside: %s', len(damaged),
                  self.folder, damaged[0][2])

    def _must_wait(self, txn: Transaction, label: Label) -> bool:
        return label.kind == 'end' and queue.session_entries(txn, label.session) > 0

    def _lock_uploader(self) -> None:
        with self._lock:
            if self._uploader_lock is not None:
                return
            file = (self.folder / 'uploader.lock').open('a')
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                raise SpoolError(
                    f'another uploader is at work on the spool in {self.folder}; stop it first'
                ) from None
            self._uploader_lock = file

    # -- sessions ---------------------------------------------------------------------------------
    def get_session(self, key: str) -> str | None:
        """Give the platform's uid of a session, or None if it is not known yet."""
        with self._open().read() as txn:
            uid = read_session(txn, key)['uid']
        return None if uid is None else str(uid)

    def set_session(self, key: str, uid: str | None) -> None:
        """Remember the platform's uid of a session for good."""
        self._update_session(key, lambda known: {**known, 'uid': uid})

    def session_notes(self, key: str) -> dict[str, Any]:
        """Give what the uploader noted about a session."""
        with self._open().read() as txn:
            return dict(read_session(txn, key)['notes'])

    def note_session(self, key: str, **notes: Any) -> None:
        """Remember JSON values about a session for good."""
        self._update_session(key, lambda known: {**known, 'notes': {**known['notes'], **notes}})

    def _update_session(self, key: str, change: Callable[[Session], Session]) -> None:
        with self._open().write() as txn:
            write_session(txn, key, change(read_session(txn, key)))

    # -- what is here -----------------------------------------------------------------------------
    def __len__(self) -> int:
        with self._open().read() as txn:
            return int(txn.count('queue'))

    def stat(self) -> SpoolStat:
        """Say what is here and what became of the rest; takes no longer when there is much."""
        now_ns = self._clock_ns()
        disk = os.statvfs(self.folder)
        with self._open().read() as txn:
            counts = read_all(txn)
            oldest_ns = shedding.oldest_put_ns(txn)
            sessions = [json.loads(bytes(value)) for _, value in txn.cursor('sessions')]
            remembered = txn.count('done')
        total = StreamStat(**counts.pop(TOTAL, {}))
        return SpoolStat(
            total=total,
            streams={stream: StreamStat(**columns) for stream, columns in counts.items()},
            oldest_age_s=0.0 if oldest_ns is None else max(0, now_ns - oldest_ns) / NS_PER_S,
            limit_bytes=shedding.Space.measure(self.folder, self.limits).limit,
            file_bytes=(self.folder / FILE).stat().st_blocks * 512,
            free_bytes=disk.f_bavail * disk.f_frsize,
            remembered=remembered,
            sessions={known['key']: known['uid'] for known in sessions},
        )

    def _open(self) -> Tables:
        if self._tables is None:
            raise SpoolError(f'the spool in {self.folder} is closed; open it again')
        return self._tables


def _read(txn: Transaction, key: bytes) -> Entry:
    packed = txn.get('records', key[1:])
    if packed is None:
        raise SpoolError('an entry of the spool has lost its record')
    return unpack(packed, key)


def _commits(packed: Sequence[tuple[Record, bytes]]) -> list[list[tuple[Record, bytes]]]:
    """Cut into parts that fit into one transaction each."""
    parts: list[list[tuple[Record, bytes]]] = []
    num_bytes = 0
    for item in packed:
        if not parts or num_bytes + len(item[1]) > MAX_COMMIT_BYTES:
            parts.append([])
            num_bytes = 0
        parts[-1].append(item)
        num_bytes += len(item[1])
    return parts
