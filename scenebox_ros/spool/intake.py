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

"""The way in: records are kept, or refused by name; what gives way is counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import logging
from pathlib import Path

from scenebox_ros.errors import SpoolFullError
from scenebox_ros.model.records import Record
from scenebox_ros.spool import queue, shedding
from scenebox_ros.spool.entry import footprint, pack, Packed
from scenebox_ros.spool.ledger import Ledger, TOTAL
from scenebox_ros.spool.limits import SpoolLimits
from scenebox_ros.spool.tables import NoRoomError, Tables, Transaction
from scenebox_ros.stamps import NS_PER_S

log = logging.getLogger(__name__)
MAX_COMMIT_BYTES = 64 * 1024 * 1024
AGE_CHECK_NS = 10 * NS_PER_S
ATTEMPTS = 3
# Where records are laid out to be written; larger ones get memory of their own.
SCRATCH_BYTES = 8 * 1024 * 1024


class Intake:
    """
    Write records into the tables, within the limits.

    Parameters
    ----------
    folder
        Whose disk is watched.
    limits
        The bounds.
    clock_ns
        The clock that dates entries.

    """

    def __init__(self, folder: Path, limits: SpoolLimits, clock_ns: Callable[[], int]) -> None:
        self._folder = folder
        self._limits = limits
        self._clock_ns = clock_ns
        self._age_checked_ns = 0
        # Used by whoever holds the write transaction. Memory that is new for each record costs
        # more than the copy.
        self._scratch = bytearray(SCRATCH_BYTES)

    def put(self, tables: Tables, records: Sequence[Record]) -> None:
        """Keep the records; see :meth:`scenebox_ros.spool.Spool.put`."""
        now_ns = self._clock_ns()
        refused: list[str] = []
        for batch in _commits([pack(record, now_ns) for record in records]):
            refused += self._put_or_refuse(tables, batch, now_ns)
        if refused:
            raise SpoolFullError(
                f'the spool in {self._folder} has no room for {len(refused)} of {len(records)} '
                'records; let the uploader drain it, raise max_bytes, or free the disk',
                refused=refused,
            )

    def _put_or_refuse(self, tables: Tables, batch: Sequence[Packed], now_ns: int) -> list[str]:
        for attempt in range(ATTEMPTS):
            try:
                return self._put_batch(tables, batch, now_ns)
            except NoRoomError as error:  # noqa: PERF203
                log.debug('no room for %d records, attempt %d: %s', len(batch), attempt, error)
                self._free_pages(tables, batch, now_ns)
        if len(batch) > 1:
            # A small record may still fit where all of them do not.
            halves = batch[: len(batch) // 2], batch[len(batch) // 2:]
            return [name for half in halves
                    for name in self._put_or_refuse(tables, half, now_ns)]
        self._count_refused(tables, batch[0].record)
        return [batch[0].record.id]

    def _put_batch(self, tables: Tables, batch: Sequence[Packed], now_ns: int) -> list[str]:
        space = shedding.Space.measure(self._folder, self._limits)
        refused = []
        with tables.write() as txn:
            ledger = Ledger(txn)
            shed = ledger.of(TOTAL)['shed']
            for packed in batch:
                record = packed.record
                if queue.knows(txn, packed.digest):
                    ledger.count(record.stream, 'duplicate')
                elif shedding.make_room(
                    txn, ledger, record, footprint(packed.num_bytes), space, self._limits
                ):
                    queue.append(txn, ledger, packed, self._scratch)
                else:
                    ledger.count(record.stream, 'refused')
                    refused.append(record.id)
            self._shed_old(txn, ledger, now_ns)
            shed = ledger.of(TOTAL)['shed'] - shed
            ledger.save()
        if shed:
            log.error('%d entries of the spool in %s gave way', shed, self._folder)
        return refused

    def _free_pages(self, tables: Tables, batch: Sequence[Packed], now_ns: int) -> None:
        """Shed where the policy allows; what that frees can be written two commits later."""
        tables.env.reader_check()
        needed = 2 * sum(footprint(packed.num_bytes) for packed in batch)
        try:
            with tables.write() as txn:
                ledger = Ledger(txn)
                space = shedding.Space(ledger.total_bytes)
                shedding.make_room(txn, ledger, batch[0].record, needed, space, self._limits)
                ledger.save()
            with tables.write() as txn:
                txn.put('meta', b'freed_at', str(now_ns).encode())
        except NoRoomError as error:
            log.debug('no room even to free pages: %s', error)

    def _count_refused(self, tables: Tables, record: Record) -> None:
        try:
            with tables.write() as txn:
                ledger = Ledger(txn)
                ledger.count(record.stream, 'refused')
                ledger.save()
        except NoRoomError as error:
            # The caller counts it too; on a full disk that has to do.
            log.warning('a refused record of %s is not in the ledger: %s', record.stream, error)

    def _shed_old(self, txn: Transaction, ledger: Ledger, now_ns: int) -> None:
        if now_ns - self._age_checked_ns > AGE_CHECK_NS:
            self._age_checked_ns = now_ns
            shedding.shed_old(txn, ledger, self._limits, now_ns)


def _commits(packed: Sequence[Packed]) -> list[list[Packed]]:
    """Cut into parts that fit into one transaction each."""
    parts: list[list[Packed]] = []
    num_bytes = 0
    for item in packed:
        if not parts or num_bytes + item.num_bytes > MAX_COMMIT_BYTES:
            parts.append([])
            num_bytes = 0
        parts[-1].append(item)
        num_bytes += item.num_bytes
    return parts
