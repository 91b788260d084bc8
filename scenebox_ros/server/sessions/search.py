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

"""Sessions by what happened in them, when and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
import json
import re
from typing import Any

import numpy as np

from scenebox_ros import stamps
from scenebox_ros.server.search import query as q
from scenebox_ros.server.search.engine import Search
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.search.places import Box, Circle, EARTH_RADIUS_M
from scenebox_ros.server.sessions.columns import Mask, NumberColumn, VectorColumn
from scenebox_ros.server.sessions.grid import Grid
from scenebox_ros.server.sessions.timeline import cut, Timeline
from scenebox_ros.server.sessions.times import parse_ns
from scenebox_ros.server.store.database import Connection, Database
from scenebox_ros.server.store.documents import Reach

# What a session's document answers; every other field is looked for in its timeline.
OF_THE_DOCUMENT = re.compile(
    r'(id|session_name|session_type|status|resolution|resolution_status|owner|sets|tags|comments'
    r'|(session_aux|aux|source_data|sensors|auxiliary_data|enrichments_configs)(\..*)?)\Z'
)


@dataclass(frozen=True)
class Found:
    """A session and the cells, from first to last of each run, in which the query holds."""

    owner: str
    uid: str
    number: int
    grid: Grid
    runs: tuple[tuple[int, int], ...]

    def intervals(self) -> list[list[str]]:
        """Give each run as times: its first and its last cell's own."""
        step = self.grid.resolution_ns
        return [[stamps.to_iso(a * step), stamps.to_iso(b * step)] for a, b in self.runs]


class SessionSearch:
    """
    Answers queries about timelines.

    A query is one about documents (see :mod:`scenebox_ros.server.search.query`); its clauses about
    fields of the session's document choose sessions, all others choose cells.
    """

    def __init__(self, database: Database, search: Search) -> None:
        self._database = database
        self._search = search

    def find(self, reach: Reach, query: q.Query) -> list[Found]:
        """Find the sessions, and the cells in them, in which all clauses hold."""
        constant = [clause for clause in query.clauses if _is_about_document(clause)]
        cells = [clause for clause in query.clauses if not _is_about_document(clause)]
        chosen = self._uids(reach, constant)
        with self._database.reading() as connection:
            for clause in cells:
                possible = _possible(connection, clause)
                if possible is not None:
                    chosen = [session for session in chosen if session[2] in possible]
            found = (self._cells(connection, reach, cells, *session) for session in chosen)
            return [hit for hit in found if hit is not None]

    def mask(self, connection: Connection, reach: Reach, uid: str, number: int,
             query: q.Query) -> tuple[Timeline, Mask | None]:
        """Tell which cells of one session a query holds in; None if it has no cells."""
        timeline = Timeline(connection, number)
        if timeline.grid is None:
            return timeline, None
        reading = _Reading(self, reach, uid, timeline, timeline.grid)
        return timeline, reading.every(query.clauses)

    def holds(self, reach: Reach, uid: str, clause: q.Clause) -> bool:
        """Tell whether a clause about documents holds for a session."""
        query = q.Query((clause, q.Filter('id', (uid,))))
        return bool(self._search.ids(reach, 'sessions', query, Page(size=1)))

    def _uids(self, reach: Reach, clauses: Sequence[q.Clause]) -> list[tuple[str, str, int]]:
        """List the resolved sessions whose documents meet the clauses."""
        uids = self._search.ids(reach, 'sessions', q.Query(tuple(clauses)), Page(scan=True))
        rows = self._database.query(
            'SELECT owner, uid, session FROM timelines WHERE resolution_ns > 0'
            ' AND owner IN (SELECT value FROM json_each(?))'
            ' AND uid IN (SELECT value FROM json_each(?))',
            (json.dumps(list(reach.organizations)), json.dumps(uids)),
        )
        return [(owner, uid, number) for owner, uid, number in rows]

    def _cells(self, connection: Connection, reach: Reach, clauses: Sequence[q.Clause],
               owner: str, uid: str, number: int) -> Found | None:
        timeline, mask = self.mask(connection, reach, uid, number, q.Query(tuple(clauses)))
        if timeline.grid is None or mask is None or not mask.any():
            return None
        return Found(owner, uid, number, timeline.grid, tuple(_runs(mask, timeline.grid.first)))


@dataclass
class _Reading:
    """Evaluates clauses over one session's cells."""

    search: SessionSearch
    reach: Reach
    uid: str
    timeline: Timeline
    grid: Grid

    def every(self, clauses: Sequence[q.Clause]) -> Mask:
        """Tell which cells all clauses hold in."""
        mask = np.ones(self.grid.size, np.bool_)
        for clause in clauses:
            if not mask.any():
                break
            mask &= self.one(clause)
        return mask

    def one(self, clause: q.Clause) -> Mask:
        """Tell which cells a clause holds in."""
        if isinstance(clause, q.Not):
            return ~self.one(clause.clause)
        if isinstance(clause, q.AnyOf):
            masks = [self.every(query.clauses) for query in clause.queries]
            return np.any(masks, axis=0) if masks else self._all(False)
        if _is_about_document(clause):
            return self._all(self.search.holds(self.reach, self.uid, clause))
        if isinstance(clause, q.During):
            return self._during(clause)
        if isinstance(clause, q.Near):
            return self._near(clause)
        assert isinstance(clause, (q.Filter, q.Exists, q.Range, q.Wildcard))
        paths = _below(self.timeline.fields, clause.path)
        masks = [self._field(path, clause) for path in paths]
        return np.any(masks, axis=0) if masks else self._all(False)

    def _all(self, holds: bool) -> Mask:
        return np.full(self.grid.size, holds)

    def _field(self, path: str, clause: q.Filter | q.Exists | q.Range | q.Wildcard) -> Mask:
        column = self.timeline.column(path)
        if column is None:
            return self._all(False)
        if isinstance(clause, q.Filter):
            return column.matches(clause.values)
        if isinstance(clause, q.Exists):
            return column.present()
        if isinstance(clause, q.Wildcard):
            pattern = clause.pattern.replace('[', '[[]')
            words = [word for word in self.timeline.terms(path) if fnmatchcase(word, pattern)]
            return column.matches(words)
        if not isinstance(column, (NumberColumn, VectorColumn)):
            return self._all(False)
        inside = np.ones(column.values.shape, np.bool_)
        for operator, limit in clause.bounds.items():
            inside &= _COMPARE[operator](column.values, _limit(limit))
        return inside if inside.ndim == 1 else np.asarray(inside.any(axis=1))

    def _during(self, clause: q.During) -> Mask:
        mask = self._all(False)
        window = cut(self.grid, clause.start_ns, clause.end_ns)
        if window is not None:
            mask[window.first - self.grid.first:window.last - self.grid.first] = True
        return mask

    def _near(self, clause: q.Near) -> Mask:
        names = [clause.path] if clause.path else _places(self.timeline.fields)
        mask = self._all(False)
        for name in names:
            lat, lon = (self.timeline.column(f'{name}.{part}') for part in ('lat', 'lon'))
            if isinstance(lat, NumberColumn) and isinstance(lon, NumberColumn):
                mask |= _inside(clause.area, lat.values, lon.values)
        return mask


_COMPARE = {'>': np.greater, '>=': np.greater_equal, '<': np.less, '<=': np.less_equal}


def _limit(limit: float | str) -> float:
    return float(limit) if not isinstance(limit, str) else parse_ns(limit) / stamps.NS_PER_S


def _inside(area: Box | Circle, lat: Any, lon: Any) -> Mask:
    if isinstance(area, Box):
        upright = (lat >= area.south) & (lat <= area.north)
        turns = [(lon >= west) & (lon <= east) for west, east in area.halves()]
        return np.asarray(upright & np.any(turns, axis=0))
    lat1, lon1, lat2, lon2 = (np.radians(angle) for angle in (area.lat, area.lon, lat, lon))
    haversine = (
        np.sin((lat2 - lat1) / 2) ** 2
        + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    )
    distance = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(haversine, 0, 1)))
    return np.asarray(distance <= area.radius_m)


def _is_about_document(clause: q.Clause) -> bool:
    if isinstance(clause, q.Not):
        return _is_about_document(clause.clause)
    if isinstance(clause, q.AnyOf):
        return all(_is_about_document(part) for query in clause.queries for part in query.clauses)
    if isinstance(clause, (q.During, q.Near)):
        return False
    return isinstance(clause, q.Words) or OF_THE_DOCUMENT.match(clause.path) is not None


def _possible(connection: Connection, clause: q.Clause) -> set[int] | None:
    """List the sessions in which a clause may hold at all; None if every one may."""
    if not isinstance(clause, (q.Filter, q.Range, q.Exists)) or not clause.path:
        return None
    below = (clause.path, f'{clause.path}.', f'{clause.path}/')
    sql = 'SELECT session FROM timeline_fields f WHERE (path = ? OR path > ? AND path < ?)'
    values: list[Any] = list(below)
    if isinstance(clause, q.Filter):
        sql += (
            ' AND (least IS NOT NULL OR EXISTS (SELECT 1 FROM timeline_terms t'
            ' WHERE t.field = f.field AND t.term IN (SELECT value FROM json_each(?))))'
        )
        values.append(json.dumps([str(value) for value in clause.values]))
    return {session for (session,) in connection.execute(sql, values)}


def _below(fields: Iterator[str] | dict[str, int], path: str) -> list[str]:
    """Find the fields that a path means: itself, or what lies below it."""
    return [p for p in fields if p == path or p.startswith(f'{path}.')]


def _places(fields: dict[str, int]) -> list[str]:
    return [path[: -len('.lat')] for path in fields if path.endswith('.lat')]


def _runs(mask: Mask, first: int) -> list[tuple[int, int]]:
    """Find the runs of cells, counted from the epoch; both ends belong to the run."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a) + first, int(b) + first - 1) for a, b in edges.reshape(-1, 2)]
