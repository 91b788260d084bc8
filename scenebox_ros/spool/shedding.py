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

"""What gives way when there is no room, and what has become too old."""

from __future__ import annotations

from dataclasses import dataclass
import os
from pathlib import Path

from scenebox_ros.model.records import Record
from scenebox_ros.spool import queue
from scenebox_ros.spool.entry import CONTROL, Label, LOWEST, queue_key, unpack_label
from scenebox_ros.spool.ledger import Ledger
from scenebox_ros.spool.limits import SpoolLimits
from scenebox_ros.spool.tables import FILE, Transaction
from scenebox_ros.stamps import NS_PER_S

# Sessions' beginnings and ends are tiny and everything hangs on them: they may go over the limit.
CONTROL_RESERVE = 64 * 1024 * 1024
# A file is never used to the last page: what is freed comes back two commits later.
USABLE_PART = 0.9
_THIN_CURSOR = b'thin_cursor'


@dataclass(frozen=True)
class Space:
    """What the disk allows at the moment: measured before a transaction, valid within it."""

    limit: int

    @classmethod
    def measure(cls, folder: Path, limits: SpoolLimits) -> Space:
        """Look at the disk: while too little of it is free, the file may be used but not grow."""
        disk = os.statvfs(folder)
        spare = disk.f_bavail * disk.f_frsize - limits.min_free_bytes
        if spare >= limits.max_bytes:
            return cls(limits.max_bytes)
        in_use = (folder / FILE).stat().st_blocks * 512
        return cls(min(limits.max_bytes, round(in_use * USABLE_PART) + max(0, spare)))


def make_room(
    txn: Transaction, ledger: Ledger, record: Record, needed: int, space: Space,
    limits: SpoolLimits,
) -> bool:
    """Shed until the record fits, as its stream's policy allows; say whether it fits."""
    if record.kind in ('session', 'end'):
        return ledger.total_bytes + needed <= limits.max_bytes + CONTROL_RESERVE
    policy = limits.policy_of(record.stream)
    own_class = queue_key(record, 0)[0]
    while ledger.total_bytes + needed > space.limit:
        if policy == 'refuse' or needed > space.limit:
            return False
        if _shed_oldest_aside(txn, ledger):
            continue
        victim = _victim(txn, own_class, is_thinning=policy == 'thin')
        if victim is None:
            return False
        queue.shed(txn, ledger, *victim)
    return True


def shed_old(txn: Transaction, ledger: Ledger, limits: SpoolLimits, now_ns: int) -> int:
    """Shed what has waited too long; sessions' beginnings and ends stay. Give the number."""
    if not limits.max_age_s:
        return 0
    before_ns = now_ns - round(limits.max_age_s * NS_PER_S)
    number = 0
    rank = CONTROL + 1
    while (oldest := _first_of(txn, rank)) is not None:
        key, label = oldest
        if label.put_ns < before_ns:
            queue.shed(txn, ledger, key, label)
            number += 1
            rank = key[0]
        else:
            rank = key[0] + 1
    return number


def _victim(txn: Transaction, own_class: int, is_thinning: bool) -> tuple[bytes, Label] | None:
    """Find the oldest of the least important class, if that is not above the record's own."""
    cursor = txn.cursor('queue')
    if not cursor.last():
        return None
    lowest = cursor.key()[0]
    if lowest == CONTROL or lowest < own_class:
        return None
    return _every_second(txn, lowest) if is_thinning else _first_of(txn, lowest)


def _first_of(txn: Transaction, rank: int) -> tuple[bytes, Label] | None:
    """Find the oldest entry of a class, or of the next class that has any."""
    if rank > LOWEST:
        return None
    return next(queue.labels(txn, bytes([rank])), None)


def _every_second(txn: Transaction, rank: int) -> tuple[bytes, Label] | None:
    """Find the one after the next since the last that was thinned out; begin again at the end."""
    cursor = txn.cursor('queue')
    last = bytes(txn.get('meta', _THIN_CURSOR) or b'')
    start = last if last[:1] == bytes([rank]) else bytes([rank])
    if not (cursor.set_range(start) and cursor.next()):
        found = _first_of(txn, rank)
    else:
        found = bytes(cursor.key()), unpack_label(cursor.value())
    if found is not None:
        after = cursor.next() if cursor.set_range(found[0]) else False
        txn.put('meta', _THIN_CURSOR, bytes(cursor.key()) if after else b'\0')
    return found


def _shed_oldest_aside(txn: Transaction, ledger: Ledger) -> bool:
    cursor = txn.cursor('aside')
    if not cursor.first():
        return False
    key, label, _, _ = queue.read_note(cursor.value())
    queue.discard_aside(txn, ledger, key, label)
    return True


def oldest_put_ns(txn: Transaction) -> int | None:
    """Tell since when the oldest entry waits."""
    oldest: int | None = None
    rank = CONTROL
    while (first := _first_of(txn, rank)) is not None:
        put_ns = first[1].put_ns
        oldest = put_ns if oldest is None else min(oldest, put_ns)
        rank = first[0][0] + 1
    return oldest
