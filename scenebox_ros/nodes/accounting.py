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
Columns = Mapping[str, Counter[str]]
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

    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._begin = self._copy()

    def cut(self) -> dict[str, dict[str, int]]:
        """Give what was counted since the last cut, by topic, and begin anew."""
        begin, self._begin = self._begin, self._copy()
        counted: dict[str, dict[str, int]] = {}
        for name, column in self._begin.items():
            for topic, count in column.items():
                before = begin.get(name, Counter())[topic]
                counted.setdefault(topic, {})[name] = count - before
        return {topic: counts for topic, counts in counted.items() if any(counts.values())}

    def _copy(self) -> dict[str, Counter[str]]:
        return {name: Counter(column) for name, column in self._columns.items()}


def accounting_record(
    session: str, node: str, counted: Mapping[str, Mapping[str, int]], report: CaptureReport
) -> Record | None:
    """Make the record that stores a session's accounting in its metadata; None if it is empty."""
    rows: dict[str, dict[str, Any]] = {topic: dict(counts) for topic, counts in counted.items()}
    for topic, counts in report.streams.items():
        known = rows.setdefault(topic, {})
        known.update({name: value for name in COUNTED if (value := getattr(counts, name))})
        known['clock_offset_s'] = round(counts.clock_offset_s, 3)
    return metadata_record(session, f'accounting_{node}', {'accounting': {node: rows}}) \
        if rows else None


def metadata_record(session: str, what: str, metadata: Mapping[str, Any]) -> Record:
    """Make a record that adds to a session's metadata."""
    digest = ids.md5_of_json(metadata)
    return Record(
        kind='session', session=session, id=f'{ids.std(session)}_{ids.std(what)}_{digest[:16]}',
        document={'metadata': metadata}, priority=PRIORITY,
    )
