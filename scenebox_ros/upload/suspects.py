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

"""Entries that failed: who travels alone, who waits, and who is set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scenebox_ros.spool import Entry

Verdict = Literal['again', 'alone', 'parked', 'aside']


@dataclass
class _Attempts:
    """How often an entry failed, and how many of its kind had got through before."""

    successes_before: int
    number: int = 0


class Suspects:
    """
    Find the entry that is to blame, without blaming entries for the server.

    Parameters
    ----------
    max_attempts
        Failures after which a company is taken apart and a single entry is judged.

    """

    def __init__(self, max_attempts: int) -> None:
        self._max_attempts = max_attempts
        self._attempts: dict[bytes, _Attempts] = {}
        self._successes: Counter[str] = Counter()
        self._alone: list[Entry] = []
        self._parked: list[tuple[float, Entry]] = []
        self.aside_in_a_row = 0

    def delivered(self, batch: Iterable[Entry]) -> None:
        """Note that a batch got through."""
        self.aside_in_a_row = 0
        for entry in batch:
            self._successes[entry.record.kind] += 1
            self._attempts.pop(entry.key, None)

    def judge(self, batch: Sequence[Entry], is_certain: bool, park_until: float) -> Verdict:
        """
        Say what becomes of a batch that failed.

        Parameters
        ----------
        batch
            What failed.
        is_certain
            Whether the fault is the batch's for certain, or may be the server's.
        park_until
            When a single suspect is tried again, if nothing speaks against it yet.

        Returns
        -------
        str
            ``again``: as it was. ``alone``: one by one, which :meth:`next` gives. ``parked``:
            named here until then. ``aside``: it is to blame.

        """
        if not is_certain and not self._has_failed_often(batch):
            return 'again'
        if len(batch) > 1:
            self._alone.extend(batch)
            return 'alone'
        (entry,) = batch
        if is_certain or self._others_got_through(entry):
            self._attempts.pop(entry.key, None)
            self.aside_in_a_row += 1
            return 'aside'
        # A server may refuse a kind for hours: names are kept here, the bytes where they were.
        bare = replace(entry.record, body=b'', entities=(), document={})
        self._parked.append((park_until, replace(entry, record=bare)))
        return 'parked'

    def next(self) -> Entry | None:
        """Give the next entry that is to travel alone, if there is one."""
        return self._alone.pop(0) if self._alone else None

    def due(self, now: float) -> list[Entry]:
        """Give the parked that are to be tried again, by name only: they are to be taken anew."""
        due = [entry for until, entry in self._parked
               if until <= now or self._others_got_through(entry)]
        names = {entry.key for entry in due}
        self._parked = [parked for parked in self._parked if parked[1].key not in names]
        return due

    def next_due(self) -> float | None:
        """Say when the first of the parked is due; None if none is parked."""
        return min((due for due, _ in self._parked), default=None)

    def give_back(self) -> list[Entry]:
        """Give all entries that are kept here, and keep none."""
        kept = [*self._alone, *(entry for _, entry in self._parked)]
        self._alone.clear()
        self._parked.clear()
        return kept

    def _has_failed_often(self, batch: Sequence[Entry]) -> bool:
        for entry in batch:
            before = self._successes[entry.record.kind]
            self._attempts.setdefault(entry.key, _Attempts(before)).number += 1
        return self._attempts[batch[0].key].number >= self._max_attempts

    def _others_got_through(self, entry: Entry) -> bool:
        known = self._attempts.get(entry.key)
        return known is not None and self._successes[entry.record.kind] > known.successes_before
