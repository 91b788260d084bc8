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

"""Which cells are out of date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scenebox_ros.server.sessions.entities import VALUED
from scenebox_ros.server.sessions.grid import Grid
from scenebox_ros.server.store.database import Connection

UNENDING = ('affect_forward', 'affect_backward')
JOINING = (*UNENDING, 'linear_interpolation', 'linear_interpolation_integer', 'geo_interpolation')


@dataclass(frozen=True)
class GroupState:
    """
    A group as the store has it; see ``schema``.

    ``is_whole``: an entity may reach any cell, or change what any other shows, so all are read and
    computed at once: starts and stops that are paired, and videos without an end.
    """

    number: int
    name: str
    type: str
    influence: str
    before_ns: int
    after_ns: int
    dirty: tuple[int, int] | None
    version: int
    is_whole: bool


def read_groups(connection: Connection, session: int) -> list[GroupState]:
    """Read all groups of a session."""
    rows = connection.execute(
        'SELECT grp, name, type, influence, before_ns, after_ns, dirty_lo, dirty_hi, version'
        ' FROM groups WHERE session = ?',
        (session,),
    ).fetchall()
    return [
        GroupState(
            number, name, kind, influence, before, after,
            None if lo is None else (lo, hi), version,
            influence == 'start_stop' or (influence, kind) == ('affect_forward', 'media'),
        )
        for number, name, kind, influence, before, after, lo, hi, version in rows
    ]  # fmt: skip


def stale_windows(
    connection: Connection, groups: Iterable[GroupState], old: Grid | None, new: Grid
) -> Iterator[Grid]:
    """
    Find the cells of one name that must be computed again.

    Parameters
    ----------
    connection
        Where the groups' entities are.
    groups
        All groups of that name.
    old
        The grid of the cells that there are; None computes everything.
    new
        The grid as it is to be.

    """
    if old is None:
        yield new
        return
    if new.first < old.first:
        yield new.window(new.first, old.first + 1)
    if new.last > old.last:
        yield new.window(old.last - 1, new.last)
    for group in groups:
        if group.dirty is not None:
            lo, hi = group.dirty
            if group.is_whole:
                yield new
            else:
                yield _reached(connection, group, lo, hi, new)


def _reached(connection: Connection, group: GroupState, lo: int, hi: int, grid: Grid) -> Grid:
    """Widen a changed span to the neighbours that join on to it."""
    first, last = lo // grid.resolution_ns, hi // grid.resolution_ns + 1
    if group.influence in JOINING:
        sql = (
            'SELECT (SELECT max(at_ns) FROM entities WHERE grp = ?1 AND at_ns < ?2'  # noqa: S608
            f' AND {VALUED}), (SELECT min(at_ns) FROM entities WHERE grp = ?1 AND at_ns > ?3'
            f' AND {VALUED})'
        )
        before, after = connection.execute(sql, (group.number, lo, hi)).fetchone()
        unending = group.influence in UNENDING
        if before is not None:
            first = before // grid.resolution_ns
        elif unending:
            first = grid.first
        if after is not None:
            last = after // grid.resolution_ns + 1
        elif unending:
            last = grid.last
    return grid.window(first, last)


def hull(windows: Iterable[Grid], grid: Grid) -> Grid:
    """Join windows into one that holds them all."""
    parts = [window for window in windows if window.size]
    if not parts:
        return grid.window(grid.first, grid.first)
    return grid.window(min(w.first for w in parts), max(w.last for w in parts))
