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

"""Reading timelines: fields of a session's cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
import json
from typing import Any

import numpy as np

from scenebox_ros import stamps
from scenebox_ros.errors import SearchError
from scenebox_ros.server.sessions.blocks import decode
from scenebox_ros.server.sessions.columns import Column, Mask
from scenebox_ros.server.sessions.grid import Grid
from scenebox_ros.server.sessions.resolver import read_column, read_grid
from scenebox_ros.server.store.database import Connection

OWN_FIELDS = ('timestamp', 'time_index')


class Timeline:
    """
    One session's cells, read as they are asked for.

    Parameters
    ----------
    connection
        A reader's.
    session
        The session's number.

    """

    def __init__(self, connection: Connection, session: int) -> None:
        self._connection = connection
        self._session = session
        self.grid = read_grid(connection, session)
        rows = connection.execute(
            'SELECT path, field FROM timeline_fields WHERE session = ? ORDER BY path', (session,)
        )
        self.fields: dict[str, int] = dict(rows.fetchall())
        self._columns: dict[str, Column | None] = {}

    def column(self, path: str, window: Grid | None = None) -> Column | None:
        """Read a field's cells, all or those of a window; None if it says nothing there."""
        field, window = self.fields.get(path), window or self.grid
        if field is None or window is None:
            return None
        if window != self.grid:
            return read_column(self._connection, field, window)
        if path not in self._columns:
            self._columns[path] = read_column(self._connection, field, window)
        return self._columns[path]

    def kinds(self) -> dict[str, str]:
        """Say of each field what kind of column it is."""
        rows = self._connection.execute(
            'SELECT path, body FROM timeline_fields f JOIN timeline_blocks b ON b.number = (SELECT'
            ' number FROM timeline_blocks WHERE field = f.field ORDER BY block LIMIT 1)'
            ' WHERE session = ? ORDER BY path',
            (self._session,),
        )
        return {path: decode(body).kind for path, body in rows}

    def terms(self, path: str) -> set[str]:
        """Read the words that a field may hold; some may be said no longer."""
        sql = 'SELECT term FROM timeline_terms WHERE field = ?'
        field = self.fields.get(path)
        return {term for (term,) in self._connection.execute(sql, (field,))}


def field_data(
    timeline: Timeline, wanted: Sequence[str] | None, start_ns: int | None, end_ns: int | None
) -> dict[str, list[Any]]:
    """
    Read fields as lists, one value per cell.

    Parameters
    ----------
    timeline
        Where to read.
    wanted
        Fields, with ``*`` and ``?``; ``geolocation`` stands for ``geolocation.lat`` and its
        brothers. None reads all.
    start_ns, end_ns
        Cells that begin before the start's cell or after the end are left out; None is open.

    Returns
    -------
    dict
        ``timestamp`` (ISO 8601), ``time_index`` and the fields, lists of the same length; empty
        cells are null. Of a wildcard, fields without a value in the range are left out. Entities
        of these two names come as ``timestamp_`` and ``time_index_``.

    """
    window = cut(timeline.grid, start_ns, end_ns)
    if window is None:
        return {name: [] for name in OWN_FIELDS}
    result: dict[str, list[Any]] = {
        'timestamp': [stamps.to_iso(t) for t in window.instants().tolist()],
        'time_index': list(range(window.first, window.last)),
    }
    for path, must in chosen(timeline, wanted).items():
        column = timeline.column(path, window)
        name = f'{path}_' if path in OWN_FIELDS else path
        if column is not None and column.present().any():
            result[name] = column.rows()
        elif must:
            result[name] = [None] * window.size
    return result


def only(data: Mapping[str, list[Any]], mask: Mask) -> dict[str, list[Any]]:
    """Keep the rows of the cells that a mask chooses."""
    rows = np.flatnonzero(mask).tolist()
    return {name: [values[row] for row in rows] for name, values in data.items()}


def cut(grid: Grid | None, start_ns: int | None, end_ns: int | None) -> Grid | None:
    """Cut a grid to the cells that a span of time touches; None if there are none."""
    if grid is None:
        return None
    step = grid.resolution_ns
    first = grid.first if start_ns is None else start_ns // step
    last = grid.last if end_ns is None else end_ns // step + 1
    window = grid.window(first, last)
    return window if window.size else None


def chosen(timeline: Timeline, wanted: Sequence[str] | None) -> dict[str, bool]:
    """Say which fields are read, and which of them even when they are empty."""
    found: dict[str, bool] = {}
    for name in ['*'] if wanted is None else wanted:
        if not isinstance(name, str) or len(name) > 512:
            raise SearchError(f'session_fields names {str(name)[:60]!r}; give names of fields')
        if name in OWN_FIELDS:
            continue
        if name[:-1] in OWN_FIELDS and name not in timeline.fields:
            name = name[:-1]
        below = [path for path in timeline.fields if path.startswith(f'{name}.')]
        if '*' in name or '?' in name:
            alike = [path for path in timeline.fields if fnmatchcase(path, name)]
            found.update({path: found.get(path, False) for path in alike})
        elif below and name not in timeline.fields:
            found.update(dict.fromkeys(below, True))
        else:
            found[name] = True
    return found


def summary(timeline: Timeline, names: Sequence[str], window: Grid) -> dict[str, Any]:
    """
    Count the cells in which each value of the named entities holds.

    Returns
    -------
    dict
        ``total``, the cells of the window, and ``aggregations`` as summaries of documents have
        them: per dimension, buckets of ``key``, ``doc_count`` and ``seconds``. Numbers have one
        bucket each of least, mean and most, under ``stats``.

    """
    aggregations = []
    step_s = window.resolution_ns / stamps.NS_PER_S
    for name in names:
        paths = [p for p in timeline.fields if p == name or p.startswith(f'{name}.')] or [name]
        for path in paths:
            column = timeline.column(path, window)
            entry: dict[str, Any] = {'dimension': path, 'buckets': []}
            if column is not None:
                entry.update(_counted(column, step_s))
            aggregations.append(entry)
    return {'total': window.size, 'aggregations': aggregations}


def _counted(column: Column, step_s: float) -> dict[str, Any]:
    codes = getattr(column, 'codes', None)
    if codes is None:
        values = getattr(column, 'values')[column.present()]  # noqa: B009
        if not len(values):
            return {}
        stats = {'min': values.min(), 'avg': values.mean(), 'max': values.max()}
        numbers = {name: float(value) for name, value in stats.items()}
        return {'stats': {**numbers, 'count': len(values)}}
    terms: Sequence[str] = column.terms  # type: ignore[attr-defined]
    counts = np.bincount(codes[codes >= 0], minlength=len(terms)).tolist()
    buckets = [
        {'key': json.loads(term), 'doc_count': count, 'seconds': count * step_s}
        for term, count in zip(terms, counts, strict=True)
        if count
    ]
    return {'buckets': sorted(buckets, key=lambda bucket: -bucket['doc_count'])}
