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

"""The raw entities of all sessions: said once, kept, and found again by time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
import json
from typing import Any

from scenebox_ros.server.sessions.entity import Entity
from scenebox_ros.server.sessions.table import Row
from scenebox_ros.server.store.database import Connection
from scenebox_ros.stamps import NS_PER_S

COLUMNS = (
    'session, key, grp, at_ns, start_ns, end_ns, number, lat, lon, altitude_m, text, radius_s, '
    'extends, enrichments'
)
VALUES = 'at_ns, start_ns, end_ns, number, lat, lon, altitude_m, text, radius_s'
VALUED = '(number IS NOT NULL OR lat IS NOT NULL OR text IS NOT NULL)'
_LAST_BEFORE = f'SELECT max(at_ns) FROM entities WHERE grp = ? AND at_ns < ? AND {VALUED}'
_FIRST_AFTER = f'SELECT min(at_ns) FROM entities WHERE grp = ? AND at_ns > ? AND {VALUED}'
GroupKey = tuple[str, str, str]


@dataclass
class Group:
    """
    The entities of one name, type and influence, as far as a write touches them.

    Attributes
    ----------
    before_ns, after_ns
        Farthest that an entity reaches before and after its own time.
    dirty
        From where to where cells change; None if nothing changed.

    """

    number: int
    before_ns: int = 0
    after_ns: int = 0
    dirty: tuple[int, int] | None = None

    def touch(self, at_ns: int, lo_ns: int, hi_ns: int) -> None:
        """Note an entity that came, changed or went."""
        self.before_ns = max(self.before_ns, at_ns - lo_ns)
        self.after_ns = max(self.after_ns, hi_ns - at_ns)
        lo, hi = self.dirty or (lo_ns, hi_ns)
        self.dirty = min(lo, lo_ns), max(hi, hi_ns)


def session_number(connection: Connection, owner: str, uid: str) -> int:
    """Find a session's number, giving it one at first."""
    sql = 'SELECT session FROM timelines WHERE owner = ? AND uid = ?'
    if row := connection.execute(sql, (owner, uid)).fetchone():
        return int(row[0])
    # Never one of a deleted session, which somebody may be computing still.
    sql = 'UPDATE session_numbers SET last = last + 1 RETURNING last'
    ((number,),) = connection.execute(sql).fetchall()
    sql = 'INSERT INTO timelines (session, owner, uid) VALUES (?, ?, ?)'
    connection.execute(sql, (number, owner, uid))
    return int(number)


def add(connection: Connection, session: int, entities: Sequence[Entity]) -> list[Entity]:
    """
    Keep entities inside a transaction.

    An entity whose key is there is replaced; one that says nothing new changes nothing.

    Returns
    -------
    list of Entity
        What is new, or says something else than before.

    """
    latest = {entity.key: entity for entity in entities}
    groups = _groups(connection, session, latest.values())
    known = _known(connection, session, list(latest))
    fresh, rows = [], []
    for key, entity in latest.items():
        group = groups[entity.name, entity.type, entity.influence]
        row = _row(session, group.number, entity)
        old = known.get(key)
        if old == row:
            continue
        fresh.append(entity)
        rows.append(row)
        group.touch(entity.at_ns, *_reach(entity.at_ns, entity.start_ns, entity.end_ns,
                                          entity.radius_s))
        if old is not None:
            _touch_old(connection, groups, old)
    marks = ', '.join('?' * 14)
    sql = f'INSERT OR REPLACE INTO entities ({COLUMNS}) VALUES ({marks})'  # noqa: S608
    connection.executemany(sql, rows)
    mark(connection, groups.values())
    return fresh


def remove(
    connection: Connection,
    session: int,
    names: Sequence[str],
    span_ns: tuple[int, int] | None = None,
) -> int:
    """Forget entities by name and, where a span is given, by time; return how many went."""
    groups: dict[int, Group] = {}
    gone = []
    sql = (
        'SELECT e.entity, g.grp, e.at_ns, e.start_ns, e.end_ns, e.radius_s FROM groups g'
        ' JOIN entities e ON e.grp = g.grp'
        ' WHERE g.session = ? AND g.name IN (SELECT value FROM json_each(?))'
    )
    for entity, number, at, start, end, radius in connection.execute(
        sql, (session, json.dumps(names))
    ):
        lo, hi = _reach(at, start, end, radius)
        if span_ns is None or (lo <= span_ns[1] and hi >= span_ns[0]):
            gone.append((entity,))
            groups.setdefault(number, Group(number)).touch(at, lo, hi)
    connection.executemany('DELETE FROM entities WHERE entity = ?', gone)
    mark(connection, groups.values())
    return len(gone)


def copy(connection: Connection, source: int, target: int, span_ns: tuple[int, int]) -> None:
    """
    Copy what is said about a span of time from one session to another.

    Of what lasts beyond the span, the new session's grid shows the part inside. Of interpolated
    values, and of states that last until the next one, the neighbours outside come along; they
    do not extend the session.
    """
    groups = connection.execute(
        'SELECT grp, name, type, influence, before_ns, after_ns FROM groups WHERE session = ?',
        (source,),
    ).fetchall()
    for old, name, kind, influence, before, after in groups:
        row = connection.execute(
            'INSERT INTO groups (session, name, type, influence, before_ns, after_ns, dirty_lo,'
            ' dirty_hi) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING grp',
            (target, name, kind, influence, before, after, *span_ns),
        ).fetchone()
        lo, hi = span_ns[0] - after, span_ns[1] + before
        if influence == 'start_stop' or kind == 'media':
            lo = -(2**62)
        edges = [
            connection.execute(sql, (old, limit)).fetchone()[0]
            for sql, limit in [(_LAST_BEFORE, lo), (_FIRST_AFTER, hi)]
        ]
        if influence not in ('point', 'interval'):
            before, after = edges
            lo, hi = (lo if before is None else before), (hi if after is None else after)
        connection.execute(
            f'INSERT INTO entities ({COLUMNS})'  # noqa: S608
            ' SELECT ?, key, ?, at_ns, start_ns, end_ns, number, lat, lon, altitude_m, text,'
            ' radius_s, 0, enrichments FROM entities WHERE grp = ? AND at_ns BETWEEN ? AND ?',
            (target, row[0], old, lo, hi),
        )


def drop(connection: Connection, owner: str, uid: str) -> None:
    """Forget a session, with its entities and its timeline."""
    sql = 'SELECT session FROM timelines WHERE owner = ? AND uid = ?'
    for (session,) in connection.execute(sql, (owner, uid)).fetchall():
        connection.execute('DELETE FROM entities WHERE session = ?', (session,))
        connection.execute('DELETE FROM timelines WHERE session = ?', (session,))


def mark(connection: Connection, groups: Iterable[Group]) -> None:
    """Note what cells a write put out of date."""
    sql = (
        'UPDATE groups SET before_ns = max(before_ns, ?), after_ns = max(after_ns, ?),'
        ' dirty_lo = min(coalesce(dirty_lo, ?), ?), dirty_hi = max(coalesce(dirty_hi, ?), ?),'
        ' version = version + 1 WHERE grp = ?'
    )
    for group in groups:
        if group.dirty is not None:
            lo, hi = group.dirty
            connection.execute(
                sql, (group.before_ns, group.after_ns, lo, lo, hi, hi, group.number)
            )


def read(connection: Connection, group: int, lo_ns: int, hi_ns: int) -> list[Row]:
    """
    Read a group's entities in a span of time, and the neighbours on both sides of it.

    Entities without a value are no neighbours, and may be missing.
    """
    before = connection.execute(_LAST_BEFORE, (group, lo_ns)).fetchone()[0]
    after = connection.execute(_FIRST_AFTER, (group, hi_ns)).fetchone()[0]
    lo = lo_ns if before is None else before
    hi = hi_ns if after is None else after
    sql = f'SELECT {VALUES} FROM entities WHERE grp = ? AND at_ns BETWEEN ? AND ?'  # noqa: S608
    return connection.execute(sql, (group, lo, hi)).fetchall()


def _groups(
    connection: Connection, session: int, entities: Iterable[Entity]
) -> dict[GroupKey, Group]:
    keys = {(entity.name, entity.type, entity.influence) for entity in entities}
    connection.executemany(
        'INSERT OR IGNORE INTO groups (session, name, type, influence) VALUES (?, ?, ?, ?)',
        [(session, *key) for key in sorted(keys)],
    )
    rows = connection.execute(
        'SELECT name, type, influence, grp FROM groups WHERE session = ?', (session,)
    )
    return {(name, kind, influence): Group(grp) for name, kind, influence, grp in rows}


def _known(
    connection: Connection, session: int, keys: Sequence[str]
) -> dict[str, tuple[Any, ...]]:
    sql = (
        f'SELECT {COLUMNS} FROM json_each(?) j CROSS JOIN entities e'  # noqa: S608
        ' ON e.session = ? AND e.key = j.value'
    ).replace('key, grp', 'e.key, grp')
    return {row[1]: row for row in connection.execute(sql, (json.dumps(keys), session))}


def _row(session: int, group: int, entity: Entity) -> tuple[Any, ...]:
    lat, lon, altitude = entity.position or (None, None, None)
    return (
        session, entity.key, group, entity.at_ns, entity.start_ns, entity.end_ns, entity.number,
        lat, lon, None if altitude != altitude else altitude, entity.text, entity.radius_s,
        int(entity.extends), ','.join(entity.enrichments),
    )  # fmt: skip


def _touch_old(
    connection: Connection, groups: Mapping[GroupKey, Group], old: tuple[Any, ...]
) -> None:
    _, _, number, at, start, end, *_, radius, _, _ = old
    for group in groups.values():
        if group.number == number:
            group.touch(at, *_reach(at, start, end, radius))


def _reach(at: int, start: int | None, end: int | None, radius_s: float) -> tuple[int, int]:
    """From where to where an entity's own times and radius go."""
    radius = int(radius_s * NS_PER_S)
    named = [t for t in (at - radius, at + radius, start, end) if t is not None]
    return min(named), max(named)
