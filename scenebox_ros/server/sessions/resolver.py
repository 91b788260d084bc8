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

"""Keeping timelines up to date: what changed is computed again and stored in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
import itertools
import json

import numpy as np

from scenebox_ros.errors import MetadataNotFoundError
from scenebox_ros.server.sessions import entities
from scenebox_ros.server.sessions.blocks import BLOCK, decode, encode
from scenebox_ros.server.sessions.columns import (
    CodedColumn,
    Column,
    ListColumn,
    NumberColumn,
    VectorColumn,
)
from scenebox_ros.server.sessions.grid import Grid
from scenebox_ros.server.sessions.merge import concatenate, empty_like, splice
from scenebox_ros.server.sessions.resolve import resolve
from scenebox_ros.server.sessions.table import make_table
from scenebox_ros.server.sessions.windows import GroupState, hull, read_groups, stale_windows
from scenebox_ros.server.store.database import Connection, Database

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Resolved:
    """What a resolution did: cells computed, by entities' name, and the grid."""

    cells: Mapping[str, int]
    grid: Grid


def read_grid(connection: Connection, session: int) -> Grid | None:
    """Read the grid that a session's cells were made on; None if it was never resolved."""
    sql = 'SELECT resolution_ns, first, last FROM timelines WHERE session = ?'
    row = connection.execute(sql, (session,)).fetchone()
    return Grid(*row) if row and row[0] else None


def is_up_to_date(connection: Connection, session: int) -> bool:
    """Tell whether nothing was said since the session was resolved."""
    dirty = 'SELECT 1 FROM groups WHERE session = ? AND dirty_lo IS NOT NULL LIMIT 1'
    if read_grid(connection, session) is None:
        return False
    return connection.execute(dirty, (session,)).fetchone() is None


def bring_up_to_date(
    database: Database, session: int, grid: Grid, progress: Progress = lambda percent: None
) -> Resolved:
    """
    Make a session's timeline show all that its entities say.

    Parameters
    ----------
    database
        The store.
    session
        The session's number.
    grid
        The session's grid now. Another resolution than before, or another start, computes all.
    progress
        Called with percents.

    """
    with database.reading(600.0) as connection:
        old = read_grid(connection, session)
    if old is not None and old.resolution_ns != grid.resolution_ns:
        old = None
    database.write(lambda writer: _lay_grid(writer, session, grid, old is None))
    with database.reading(600.0) as connection:
        groups = read_groups(connection, session)
    cells = {}
    names = sorted({group.name for group in groups})
    for done, name in enumerate(names):
        same = [group for group in groups if group.name == name]
        cells[name] = _refresh(database, session, same, old, grid)
        progress(100.0 * (done + 1) / len(names))
    return Resolved(cells, grid)


def _lay_grid(connection: Connection, session: int, grid: Grid, anew: bool) -> None:
    if anew:
        connection.execute('DELETE FROM timeline_fields WHERE session = ?', (session,))
        # Until each name is computed, all of it is out of date.
        connection.execute(
            'UPDATE groups SET version = version + 1, dirty_lo = ?, dirty_hi = ?'
            ' WHERE session = ?',
            (grid.first * grid.resolution_ns, grid.last * grid.resolution_ns, session),
        )
    connection.execute(
        'UPDATE timelines SET resolution_ns = ?, first = ?, last = ? WHERE session = ?',
        (grid.resolution_ns, grid.first, grid.last, session),
    )


def _refresh(
    database: Database, session: int, groups: Sequence[GroupState], old: Grid | None, grid: Grid
) -> int:
    """Compute one name's stale cells and store them; return how many there were."""
    with database.reading(600.0) as connection:
        windows = list(stale_windows(connection, groups, old, grid))
        # Together: what a group of this name hides, another may show.
        window = hull(windows, grid)
        columns = _computed(connection, groups, window) if window.size else {}
        # Nobody else writes these blocks now, so they are made here, not while others wait.
        changes = _changes(connection, session, groups[0].name, columns, window)
    if window.size or any(group.dirty for group in groups):
        database.write(lambda writer: _store(writer, session, changes, groups))
    return window.size


def _computed(
    connection: Connection, groups: Sequence[GroupState], window: Grid
) -> dict[str, Column]:
    lo = window.first * window.resolution_ns
    hi = window.last * window.resolution_ns
    tables = []
    for group in groups:
        span = (lo - group.after_ns, hi + group.before_ns)
        if group.is_whole:
            span = (-(2**62), 2**62)
        rows = entities.read(connection, group.number, *span)
        if rows:
            tables.append(make_table(group.type, group.influence, rows))
    return resolve(groups[0].name, tables, window)


@dataclass(frozen=True)
class _Change:
    """What is to be stored of one field."""

    name: str
    path: str
    column: Column | None
    blocks: Sequence[tuple[int, bytes]]


def _changes(
    connection: Connection, session: int, name: str, columns: Mapping[str, Column], window: Grid
) -> list[_Change]:
    """Make the blocks of one name's fields; of a field no longer said, empty ones."""
    known = dict(
        connection.execute(
            'SELECT path, field FROM timeline_fields WHERE session = ? AND name = ?',
            (session, name),
        ).fetchall()
    )
    changes = [
        _Change(name, path, column, _spliced(connection, known.get(path), column, window))
        for path, column in columns.items()
    ]
    gone = [(path, field) for path, field in known.items() if path not in columns]
    return changes + [
        _Change(name, path, None, _spliced(connection, field, None, window))
        for path, field in gone
    ]


def _spliced(
    connection: Connection, field: int | None, column: Column | None, window: Grid
) -> list[tuple[int, bytes]]:
    """Put a window's cells, or empty ones, into the blocks that there are."""
    old = _read_blocks(connection, field, window)
    made = []
    for block, first, last in _blocks(window):
        whole = old.get(block)
        if column is not None:
            part = column.slice(first - window.first, last - window.first)
            whole = whole or (empty_like(part, BLOCK) if part.present().any() else None)
        elif whole is not None:
            part = empty_like(whole, last - first)
        if whole is not None:
            made.append((block, encode(splice(whole, part, first - block * BLOCK))))
    return made


def _blocks(window: Grid) -> Iterator[tuple[int, int, int]]:
    """Go through the blocks of a window: number, and its first and last cell inside."""
    for block in range(window.first // BLOCK, -(-window.last // BLOCK)):
        first, last = max(window.first, block * BLOCK), min(window.last, (block + 1) * BLOCK)
        if last > first:
            yield block, first, last


def _read_blocks(connection: Connection, field: int | None, window: Grid) -> dict[int, Column]:
    sql = 'SELECT block, body FROM timeline_blocks WHERE field = ? AND block BETWEEN ? AND ?'
    bounds = (window.first // BLOCK, (window.last - 1) // BLOCK)
    return {block: decode(body) for block, body in connection.execute(sql, (field, *bounds))}


def _store(
    connection: Connection, session: int, changes: Sequence[_Change], groups: Sequence[GroupState]
) -> None:
    """Put computed cells in their place, and note that they are up to date."""
    if read_grid(connection, session) is None:
        raise MetadataNotFoundError('the session was deleted while it was resolved', status=404)
    sql = (
        'INSERT INTO timeline_blocks (field, block, body) VALUES (?, ?, ?)'
        ' ON CONFLICT (field, block) DO UPDATE SET body = excluded.body'
    )
    for change in changes:
        field = _make_field(connection, session, change.name, change.path)
        connection.executemany(sql, [(field, block, body) for block, body in change.blocks])
        if change.column is not None:
            _describe(connection, field, change.column)
    for group in groups:
        # What was said meanwhile has another version, and stays out of date.
        connection.execute(
            'UPDATE groups SET dirty_lo = NULL, dirty_hi = NULL WHERE grp = ? AND version = ?',
            (group.number, group.version),
        )


def _make_field(connection: Connection, session: int, name: str, path: str) -> int:
    """Give a field a number; a path that two names make belongs to the last."""
    row = connection.execute(
        'INSERT INTO timeline_fields (session, name, path) VALUES (?, ?, ?)'
        ' ON CONFLICT (session, path) DO UPDATE SET name = excluded.name RETURNING field',
        (session, name, path),
    ).fetchone()
    return int(row[0])


def _describe(connection: Connection, field: int, column: Column) -> None:
    """Note what a field holds at all, so that searches pass over sessions without it."""
    if isinstance(column, (NumberColumn, VectorColumn)):
        values = column.values[~np.isnan(column.values)]
        if len(values):
            connection.execute(
                'UPDATE timeline_fields SET least = min(coalesce(least, ?1), ?1),'
                ' most = max(coalesce(most, ?2), ?2) WHERE field = ?3',
                (float(values.min()), float(values.max()), field),
            )
        return
    assert isinstance(column, (CodedColumn, ListColumn))
    items = (json.loads(column.terms[code]) for code in np.unique(column.codes[column.codes >= 0]))
    lists = (item if isinstance(item, list) else [item] for item in items)
    connection.executemany(
        'INSERT OR IGNORE INTO timeline_terms (field, term) VALUES (?, ?)',
        [(field, str(item)) for item in itertools.chain.from_iterable(lists)],
    )


def read_column(connection: Connection, field: int, window: Grid) -> Column | None:
    """Read a field's cells; None if there are none in the window."""
    found = _read_blocks(connection, field, window)
    if not found:
        return None
    model = next(iter(found.values()))
    parts = []
    for block, first, last in _blocks(window):
        column = found.get(block)
        parts.append(
            empty_like(model, last - first)
            if column is None
            else column.slice(first - block * BLOCK, last - block * BLOCK)
        )
    return concatenate(parts)
