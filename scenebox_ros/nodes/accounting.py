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

"""Loss accounting: what became of each topic's messages, from the middleware to the spool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from scenebox_ros import ids
from scenebox_ros.capture import CaptureReport
from scenebox_ros.model.records import Record

PRIORITY = 127
OFFSET = 'clock_offset_s'
Counts = Mapping[str, int]
Columns = Mapping[str, Counter[str]]
Rows = Mapping[str, Mapping[str, Any]]
COUNTED = (
    'kept', 'sampled_out', 'skipped', 'rejected', 'undecodable', 'failed', 'refused',
    'without_position', 'stamps_missing', 'stamps_backwards', 'stamps_unbelieved',
)


class Account:
    """
    Count a session's part of counters that run on.

    Parameters
    ----------
    columns
        Counters by topic, by what they count; others go on counting in them.
    begin
        What they stood at as the session began; None: as they stand now.

    """

    def __init__(self, columns: Columns, begin: Mapping[str, Counts] | None = None) -> None:
        self._columns = columns
        self._begin = self.standing() if begin is None else begin
        self.life = ids.guid()

    def standing(self) -> dict[str, Counts]:
        """Give the counters as they stand now."""
        return {name: dict(column) for name, column in self._columns.items()}

    def so_far(self) -> Rows:
        """Give what was counted since the session began, by topic."""
        counted: dict[str, dict[str, int]] = {}
        for name, column in self.standing().items():
            for topic, count in column.items():
                before = self._begin.get(name, {}).get(topic, 0)
                counted.setdefault(topic, {})[name] = count - before
        return {topic: counts for topic, counts in counted.items() if any(counts.values())}

    def cut(self) -> Rows:
        """Give what was counted since the session began, and begin with another."""
        counted, self._begin, self.life = self.so_far(), self.standing(), ids.guid()
        return counted


def rows_of(counted: Rows, report: CaptureReport | None) -> Rows:
    """Put what a node and its capture counted into one row a topic."""
    rows: dict[str, dict[str, Any]] = {topic: dict(counts) for topic, counts in counted.items()}
    for topic, counts in report.streams.items() if report is not None else ():
        known = rows.setdefault(topic, {})
        known.update({name: value for name in COUNTED if (value := getattr(counts, name))})
        known[OFFSET] = round(counts.clock_offset_s, 3)
    return rows


def with_life(
    known: Mapping[str, Any] | None, life: str, rows: Rows, is_whole: bool
) -> dict[str, Any]:
    """
    Add a life of a node to what is kept of its part in a session.

    Parameters
    ----------
    known
        What is kept of its lives so far.
    life
        Which life; what it said before is replaced.
    rows
        What it counted.
    is_whole
        Whether it has ended; a life that another follows without that was killed.

    """
    known = known or {'before': {}, 'killed': 0, 'life': life, 'rows': {}, 'is_whole': True}
    before, killed = known['before'], known['killed']
    if known['life'] != life:
        before, killed = _sum(before, known['rows']), killed + (not known['is_whole'])
    return {'before': before, 'killed': killed, 'life': life, 'rows': rows, 'is_whole': is_whole}


def accounting_record(session: str, node: str, lives: Mapping[str, Any]) -> Record | None:
    """Make the record that stores a node's part in a session; None if there was nothing."""
    rows = _sum(lives['before'], lives['rows'])
    metadata: dict[str, Any] = {'accounting': {node: rows}}
    if lives['killed']:
        metadata['killed'] = {node: lives['killed']}
    return metadata_record(session, f'accounting_{node}', metadata) if rows else None


def _sum(some: Rows, more: Rows) -> Rows:
    rows = {topic: dict(counts) for topic, counts in some.items()}
    for topic, counts in more.items():
        known = rows.setdefault(topic, {})
        for name, count in counts.items():
            known[name] = count if name == OFFSET else known.get(name, 0) + count
    return rows


def metadata_record(session: str, what: str, metadata: Mapping[str, Any]) -> Record:
    """Make a record that adds to a session's metadata."""
    digest = ids.md5_of_json(metadata)
    return Record(
        kind='session', session=session, id=f'{ids.std(session)}_{ids.std(what)}_{digest[:16]}',
        document={'metadata': metadata}, priority=PRIORITY,
    )
