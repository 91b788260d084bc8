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

from collections.abc import Callable, Collection, Iterable, Sequence
import fcntl
from itertools import islice
import json
import logging
import os
from pathlib import Path
from threading import Lock
import time
from typing import Any, TextIO

from scenebox_ros.errors import SpoolError
from scenebox_ros.model.records import ASSET_KINDS, Record
from scenebox_ros.spool import queue, shedding
from scenebox_ros.spool.entry import Entry, Label, unpack
from scenebox_ros.spool.intake import Intake
from scenebox_ros.spool.ledger import (
    Ledger,
    read_all,
    read_session,
    Session,
    TOTAL,
    write_session,
)
from scenebox_ros.spool.limits import differences, remember, remembered, SpoolLimits
from scenebox_ros.spool.stat import SpoolStat, StreamStat
from scenebox_ros.spool.tables import (
    close_tables,
    FILE,
    is_in_use,
    open_tables,
    Tables,
    Transaction,
)
from scenebox_ros.stamps import NS_PER_S

log = logging.getLogger(__name__)
MAX_SAMPLED = 20_000
SERVER = b'server'


class Spool:
    """
    A folder that keeps records until they are finished.

    Parameters
    ----------
    folder
        On a local disk; made if it is not there.
    limits
        The bounds. All processes that record into the folder should pass the same: each keeps to
        its own, and ``disagreement`` says where those of another differ. None takes those that
        were given last.
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
        known = remembered(self.folder)
        self.limits = limits or known or SpoolLimits()
        self.disagreement = _disagreement(self.folder, known, self.limits)
        self._clock_ns = clock_ns
        self._tables: Tables | None = open_tables(self.folder, self.limits)
        if limits is not None:
            remember(self.folder, limits)
        self._lock = Lock()
        self._taken: set[bytes] = set()
        self._uploader_lock: TextIO | None = None
        self._intake = Intake(self.folder, self.limits, clock_ns)

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
        self._intake.put(self.tables, records)

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
        damaged: list[tuple[bytes, str]] = []
        num_bytes = 0
        with self._lock, self.tables.read() as txn:
            for key, label in queue.labels(txn):
                if len(entries) >= limit or (entries and num_bytes + label.footprint > max_bytes):
                    break
                if key in self._taken or self._must_wait(txn, label):
                    continue
                try:
                    entries.append(_read(txn, key))
                    num_bytes += label.footprint
                except SpoolError as error:
                    damaged.append((key, str(error)))
            self._taken.update(entry.key for entry in entries)
        self.set_damaged_aside(damaged)
        return entries

    def done(self, entries: Iterable[Entry]) -> None:
        """Take out entries whose records are stored for good elsewhere, and remember their ids."""
        finished = list(entries)
        with self.tables.write() as txn:
            ledger = Ledger(txn)
            for entry in finished:
                label = queue.label_at(txn, entry.key)
                # What was shed meanwhile is gone already.
                if label is not None:
                    queue.finish(txn, ledger, entry.key, label, self.limits.max_done)
            ledger.save()
        self.release(finished)

    def release(self, entries: Iterable[Entry]) -> None:
        """Give entries back: they will be taken again."""
        with self._lock:
            self._taken.difference_update(entry.key for entry in entries)

    def set_aside(self, entry: Entry, reason: str) -> None:
        """Move an entry that cannot be finished out of the way, with the reason."""
        with self.tables.write() as txn:
            ledger = Ledger(txn)
            label = queue.label_at(txn, entry.key)
            if label is not None:
                queue.set_aside(txn, ledger, entry.key, label, reason, self._clock_ns())
            ledger.save()
        self.release([entry])

    def set_damaged_aside(self, damaged: Sequence[tuple[bytes, str]]) -> int:
        """Move entries that do not match their checksums out of the way; give their number."""
        if not damaged:
            return 0
        number = 0
        with self.tables.write() as txn:
            ledger = Ledger(txn)
            for key, reason in damaged:
                label = queue.label_at(txn, key)
                if label is not None:
                    queue.set_aside(txn, ledger, key, label, reason, self._clock_ns())
                    ledger.count(label.stream, 'corrupt')
                    number += 1
            ledger.save()
        log.error('%d damaged entries of the spool in %s are set aside: %s', number,
                  self.folder, damaged[0][1])
        return number

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
        with self.tables.read() as txn:
            uid = read_session(txn, key)['uid']
        return None if uid is None else str(uid)

    def set_session(self, key: str, uid: str | None) -> None:
        """Remember the platform's uid of a session for good."""
        self._update_session(key, lambda known: {**known, 'uid': uid})

    def session_notes(self, key: str) -> dict[str, Any]:
        """Give what the uploader noted about a session."""
        with self.tables.read() as txn:
            return dict(read_session(txn, key)['notes'])

    def note_session(self, key: str, **notes: Any) -> None:
        """Remember JSON values about a session for good."""
        self._update_session(key, lambda known: {**known, 'notes': {**known['notes'], **notes}})

    def keep(self, key: str, name: str, change: Callable[[Any], Any]) -> Any:
        """Change what a writer keeps with a session, in one step; give it as it is then."""
        with self.tables.write() as txn:
            known = read_session(txn, key)
            before = known['kept'].get(name)
            kept = change(before)
            # A transaction that writes nothing costs no sync.
            if kept != before:
                write_session(txn, key, {**known, 'kept': {**known['kept'], name: kept}})
        return kept

    def session_keys(self) -> list[str]:
        """List the sessions that something is known of."""
        with self.tables.read() as txn:
            return [str(json.loads(bytes(value))['key']) for _, value in txn.cursor('sessions')]

    def waiting_in(self, key: str) -> int:
        """Count a session's entries that are neither its end nor set aside."""
        with self.tables.read() as txn:
            return queue.session_entries(txn, key)

    def sample_assets(
        self, key: str, limit: int, kinds: Collection[str] = ASSET_KINDS
    ) -> list[tuple[str, str]]:
        """
        Give kinds and ids of some of a session's waiting assets, spread over what waits.

        Only the first entries of the queue are looked at, so that this takes no longer when there
        are many.
        """
        with self.tables.read() as txn:
            looked_at = islice(queue.labels(txn), MAX_SAMPLED)
            found = [place for place, label in looked_at
                     if label.session == key and label.kind in kinds]
            step = max(1, len(found) // max(1, limit))
            entries = [_read(txn, place) for place in found[::step][:limit]]
        return [(entry.record.kind, entry.record.id) for entry in entries]

    def bind_server(self, url: str) -> None:
        """
        Tie the spool to a server: its sessions and finished ids are that server's.

        Raises
        ------
        SpoolError
            If the spool is tied to another one; :func:`scenebox_ros.spool.care.rebind` changes
            that.

        """
        with self.tables.write() as txn:
            known = txn.get('meta', SERVER)
            if known is not None and bytes(known).decode() != url:
                raise SpoolError(
                    f'the spool in {self.folder} belongs to {bytes(known).decode()}, not to '
                    f'{url}; upload there, use another folder, or give it away: scenebox spool '
                    f'rebind --spool {self.folder}'
                )
            txn.put('meta', SERVER, url.encode())

    def _update_session(self, key: str, change: Callable[[Session], Session]) -> None:
        with self.tables.write() as txn:
            write_session(txn, key, change(read_session(txn, key)))

    # -- what is here -----------------------------------------------------------------------------
    def __len__(self) -> int:
        with self.tables.read() as txn:
            return int(txn.count('queue'))

    def stat(self) -> SpoolStat:
        """Say what is here and what became of the rest; takes no longer when there is much."""
        now_ns = self._clock_ns()
        disk = os.statvfs(self.folder)
        with self.tables.read() as txn:
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

    @property
    def tables(self) -> Tables:
        """Give the open file, for what works on all of it (``scenebox_ros.spool.care``)."""
        if self._tables is None:
            raise SpoolError(f'the spool in {self.folder} is closed; open it again')
        if self._tables.pid != os.getpid():
            # After a fork: the parent's file must not be used here, nor its lock given back.
            self._tables = open_tables(self.folder, self.limits)
            self._uploader_lock = None
        return self._tables


def _disagreement(folder: Path, known: SpoolLimits | None, limits: SpoolLimits) -> str:
    """Say, in the log, too, that somebody else uses the spool with other bounds; empty if not."""
    if known is None or known == limits or not is_in_use(folder):
        return ''
    words = (
        f'the spool in {folder} is in use with other bounds: {differences(known, limits)}; each '
        'process keeps to its own, so the tightest decide what is given up: give all nodes the '
        'same spool_* parameters'
    )
    log.warning('%s', words)
    return words


def _read(txn: Transaction, key: bytes) -> Entry:
    packed = txn.get('records', key[1:])
    if packed is None:
        raise SpoolError('an entry of the spool has lost its record')
    return unpack(packed, key)
