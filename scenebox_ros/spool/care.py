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

"""What an operator does with a spool: list, verify, retry, purge, give it to another server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from scenebox_ros.errors import SpoolError
from scenebox_ros.spool import queue
from scenebox_ros.spool.entry import Label, split
from scenebox_ros.spool.ledger import Ledger
from scenebox_ros.spool.spool import SERVER, Spool
from scenebox_ros.spool.tables import Tables, Transaction
from scenebox_ros.stamps import NS_PER_S

# Work is done in parts, so that writers wait for milliseconds and not for all of it.
PART = 500
Choice = Callable[['Listed'], bool]


@dataclass(frozen=True)
class Listed:
    """
    One line of a listing.

    Attributes
    ----------
    id
        The record's id.
    reason
        Why it is set aside; empty if it waits in the queue.
    num_bytes
        The disk space it takes.

    """

    kind: str
    session: str
    stream: str
    id: str
    put_ns: int
    num_bytes: int
    reason: str = ''


@dataclass(frozen=True)
class Verified:
    """What a check of all entries found: sound ones, and damaged ones that were set aside."""

    sound: int
    damaged: int


def ls(spool: Spool, limit: int | None = None, aside: bool = False) -> Iterator[Listed]:
    """
    List what waits, next to go first; or what is set aside, oldest first.

    Parameters
    ----------
    spool
        Read in parts; what changes meanwhile may be missed.
    limit
        At most so many.
    aside
        List what is set aside.

    """
    parts = _aside(spool.tables) if aside else _queued(spool.tables)
    return islice((line for part in parts for _, line in part), limit)


def verify(spool: Spool) -> Verified:
    """Read every entry and compare its checksum; the damaged are set aside."""
    sound = damaged = 0
    for part in _queued(spool.tables):
        bad: list[tuple[bytes, str]] = []
        with spool.tables.read() as txn:
            for key, _ in part:
                fault = _fault(txn, key)
                if fault:
                    bad.append((key, fault))
                elif fault is None:
                    sound += 1
        damaged += spool.set_damaged_aside(bad)
    return Verified(sound, damaged)


def retry(spool: Spool, choice: Choice | None = None) -> int:
    """
    Put what is set aside back into the queue, in its old place; damaged entries stay.

    Parameters
    ----------
    spool
        Where.
    choice
        Which; all by default.

    Returns
    -------
    int
        How many came back.

    """
    number = 0
    for part in _aside(spool.tables):
        chosen = [key for key, line in part if choice is None or choice(line)]
        with spool.tables.write() as txn:
            ledger = Ledger(txn)
            for key in chosen:
                note = txn.get('aside', key[1:])
                if note is not None and not _fault(txn, key, table='records'):
                    queue.bring_back(txn, ledger, key, queue.read_note(note)[1])
                    number += 1
            ledger.save()
    return number


def purge(spool: Spool, choice: Choice | None = None, aside_only: bool = True) -> int:
    """
    Delete entries for good; they are counted as shed.

    Parameters
    ----------
    spool
        Where.
    choice
        Which; all by default.
    aside_only
        Only what is set aside, not what waits.

    Returns
    -------
    int
        How many were deleted.

    """
    number = sum(_purge_aside(spool.tables, [key for key, line in part
                                             if choice is None or choice(line)])
                 for part in _aside(spool.tables))
    if aside_only:
        return number
    for part in _queued(spool.tables):
        chosen = [key for key, line in part if choice is None or choice(line)]
        number += _purge_queued(spool.tables, chosen)
    return number


def rebind(spool: Spool) -> None:
    """
    Untie the spool from its server: sessions' uids and finished ids are forgotten.

    What waits will go to whichever server is next.
    """
    with spool.tables.write() as txn:
        txn.delete('meta', SERVER)
        forget(txn)
    for key in spool.stat().sessions:
        spool.set_session(key, None)


def forget_done(spool: Spool) -> None:
    """Forget which records were finished: when they are put again, they are sent again."""
    with spool.tables.write() as txn:
        forget(txn)


def forget(txn: Transaction) -> None:
    """Forget finished ids, within a transaction."""
    txn.drop('done')
    txn.drop('done_order')


def older_than(age_s: float, now_ns: int) -> Choice:
    """Choose what was put longer ago than this."""
    return lambda line: now_ns - line.put_ns > age_s * NS_PER_S


def _queued(tables: Tables) -> Iterator[list[tuple[bytes, Listed]]]:
    """Walk the queue in parts; no transaction stays open between them."""
    after = b'\0'
    while True:
        with tables.read() as txn:
            found = list(islice(queue.labels(txn, after), PART))
            part = [(key, _line(txn, key, label)) for key, label in found]
        if not part:
            return
        yield part
        after = found[-1][0] + b'\0'


def _aside(tables: Tables) -> Iterator[list[tuple[bytes, Listed]]]:
    after = b'\0'
    while True:
        part: list[tuple[bytes, Listed]] = []
        with tables.read() as txn:
            cursor = txn.cursor('aside')
            is_there = cursor.set_range(after)
            while is_there and len(part) < PART:
                key, label, reason, _ = queue.read_note(cursor.value())
                part.append((key, _line(txn, key, label, reason)))
                after = bytes(cursor.key()) + b'\0'
                is_there = cursor.next()
        if not part:
            return
        yield part


def _line(txn: Transaction, key: bytes, label: Label, reason: str = '') -> Listed:
    return Listed(label.kind, label.session, label.stream, queue.id_of(txn, key), label.put_ns,
                  label.footprint, reason)


def _fault(txn: Transaction, key: bytes, table: str = 'queue') -> str | None:
    """Say what is wrong with an entry; empty if it is gone, None if it is sound."""
    if table == 'queue' and txn.get('queue', key) is None:
        return ''
    packed = txn.get('records', key[1:])
    if packed is None:
        return 'an entry of the spool has lost its record'
    try:
        split(memoryview(packed))
    except SpoolError as error:
        return str(error)
    return None


def _purge_aside(tables: Tables, keys: list[bytes]) -> int:
    number = 0
    with tables.write() as txn:
        ledger = Ledger(txn)
        for key in keys:
            note = txn.get('aside', key[1:])
            if note is not None:
                queue.discard_aside(txn, ledger, key, queue.read_note(note)[1])
                number += 1
        ledger.save()
    return number


def _purge_queued(tables: Tables, keys: list[bytes]) -> int:
    number = 0
    with tables.write() as txn:
        ledger = Ledger(txn)
        for key in keys:
            label = queue.label_at(txn, key)
            if label is not None:
                queue.shed(txn, ledger, key, label)
                number += 1
        ledger.save()
    return number
