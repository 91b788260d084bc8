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

"""A sink that waits for room: a recording can wait for the uploader, a drive cannot."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event

from scenebox_ros.errors import SpoolFullError
from scenebox_ros.model.records import Record
from scenebox_ros.spool import Spool

LOOK_PERIOD_S = 0.5
# The rest is for live nodes that share the spool.
USED_PART = 0.9
# Of a record beside its body, and of each of its entities.
OVERHEAD_BYTES = 1000


class PatientSpool:
    """
    Put records into a spool as soon as they fit, so that nothing has to give way to them.

    Parameters
    ----------
    spool
        Where the records go.
    stopping
        Ends the waiting.

    """

    def __init__(self, spool: Spool, stopping: Event) -> None:
        self._spool = spool
        self._stopping = stopping
        self.is_waiting = False

    def put(self, records: Sequence[Record]) -> None:
        """
        Keep the records; wait for the uploader while there is no room.

        Raises
        ------
        SpoolFullError
            If the waiting was ended; it names those that are not kept.

        """
        rest = list(records)
        while rest:
            fitting = self._count_fitting(rest)
            self.is_waiting = not fitting
            if fitting:
                self._spool.put(rest[:fitting])
                del rest[:fitting]
            elif self._stopping.wait(LOOK_PERIOD_S):
                raise SpoolFullError(
                    f'stopped while {len(rest)} records waited for room in the spool; the next '
                    'run brings them', refused=[record.id for record in rest])

    def _count_fitting(self, records: Sequence[Record]) -> int:
        stat = self._spool.stat()
        room = stat.limit_bytes * USED_PART - stat.total.bytes
        for number, record in enumerate(records):
            room -= len(record.body) + OVERHEAD_BYTES * (1 + len(record.entities))
            # Beginnings and ends have a reserve; what never fits is the spool's to refuse.
            is_only = not number and not stat.total.entries
            if room < 0 and not is_only and record.kind not in ('session', 'end'):
                return number
        return len(records)
