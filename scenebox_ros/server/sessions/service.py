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

"""Sessions: their documents, what is said about them, and their timelines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
import json
import threading
import time
from typing import Any

from scenebox_ros import stamps
from scenebox_ros.errors import InvalidArgumentsError, MetadataNotFoundError, SessionError
from scenebox_ros.ids import std
from scenebox_ros.server.sessions import entities as raw
from scenebox_ros.server.sessions.entity import Entity, read_entity
from scenebox_ros.server.sessions.grid import Grid, make_grid, resolution_to_ns
from scenebox_ros.server.sessions.names import make_uid
from scenebox_ros.server.sessions.resolver import (
    bring_up_to_date,
    is_up_to_date,
    Progress,
    Resolved,
)
from scenebox_ros.server.sessions.times import parse_ns
from scenebox_ros.server.store.database import Connection, Database
from scenebox_ros.server.store.documents import Documents, Reach
from scenebox_ros.server.store.merge import Document

SESSION_TYPES = ('generic', 'videos', 'rosbags')
STATUSES = ('ready', 'in progress')
DEFAULT_RESOLUTION_S = 1.0
UP_TO_DATE, OUT_OF_DATE, UNRESOLVED, RESOLVING = (
    'resolved', 'out of date', 'not resolved', 'resolving',
)  # fmt: skip


@dataclass(frozen=True)
class Session:
    """A session that was found: whose it is, its uid, its number in the store, its document."""

    owner: str
    uid: str
    number: int
    document: Document

    @property
    def resolution_s(self) -> float:
        """Seconds between the points of its timeline."""
        given = self.document.get('resolution') or DEFAULT_RESOLUTION_S
        if not isinstance(given, (int, float)):
            raise SessionError(
                f'session {self.uid!r} has resolution {str(given)[:40]!r}; set a number of seconds'
            )
        return float(given)

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """From its start to its end; None while nothing is known to have happened."""
        given = [self.document.get(key) for key in ('start_time', 'end_time')]
        times = [parse_ns(moment) for moment in given if moment]
        return (min(times), max(times)) if times else None

    def grid(self) -> Grid | None:
        """Lay its grid; None while nothing is known to have happened."""
        span = self.span_ns
        return make_grid(*span, self.resolution_s) if span else None


class Sessions:
    """All sessions of a server."""

    def __init__(self, database: Database, documents: Documents) -> None:
        self.database = database
        self.documents = documents
        self._resolving: dict[int, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()

    # -- documents ------------------------------------------------------------------------------
    def add(self, reach: Reach, wish: Mapping[str, Any]) -> tuple[str, bool]:
        """
        Make a session, or find the one that has this name already.

        Parameters
        ----------
        reach
            Whose session it becomes.
        wish
            ``session_name``, ``session_type``, ``session_aux_metadata``, ``status``,
            ``resolution``, ``set_id``.

        Returns
        -------
        uid : str
            The session's uid.
        is_new : bool
            Whether it was made.

        """
        document = _new_document(wish)
        owner = reach.organization_id
        uid = make_uid(owner, document['session_name'])

        def work(connection: Connection) -> bool:
            if _find(connection, owner, uid) is not None:
                return False
            self.documents.apply(connection, owner, 'sessions', [(uid, document)])
            raw.session_number(connection, owner, uid)
            return True

        return uid, self.database.write(work)

    def get(self, reach: Reach, uid: str) -> Session:
        """Find a session, or raise :class:`MetadataNotFoundError`."""
        document = self.documents.get(reach, 'sessions', uid)
        owner = str(document['owner'])
        sql = 'SELECT session FROM timelines WHERE owner = ? AND uid = ?'
        rows = self.database.query(sql, (owner, document['id']))
        # Made through the asset manager: it has a document, and no entities yet.
        number = rows[0][0] if rows else self.database.write(
            lambda connection: raw.session_number(connection, owner, document['id'])
        )
        return Session(owner, document['id'], number, document)

    def update(self, reach: Reach, uid: str, change: Document, *, replace: bool) -> Document:
        """Change a session's document; ``replace`` says whether lists are replaced or extended."""
        return self.documents.update(reach, 'sessions', uid, change, replace_lists=replace)

    def set_span(self, reach: Reach, uid: str, start: str, end: str) -> Document:
        """Set a session's time span, be it wider or narrower than before."""
        span = parse_ns(start), parse_ns(end)
        if span[0] > span[1]:
            raise SessionError(f'the session would end at {end}, before it starts at {start}')
        session = self.get(reach, uid)
        make_grid(*span, session.resolution_s)
        return self.update(reach, session.uid, _span_document(*span), replace=True)

    def slice(self, reach: Reach, uid: str, start: str, end: str, name: str | None) -> str:
        """
        Make a session of what happened in a stretch of another.

        Its entities are copied, and cut to the stretch; interpolations keep the neighbours
        outside, so that the slice shows what the session shows. Assets stay the session's.
        """
        session = self.get(reach, uid)
        span = parse_ns(start), parse_ns(end)
        if span[0] > span[1]:
            raise SessionError(f'the slice would end at {end}, before it starts at {start}')
        old = session.document
        kept = ('session_type', 'status', 'resolution', 'session_aux', 'source_data', 'sensors',
                'auxiliary_data', 'enrichments_configs')  # fmt: skip
        title = name or f'{old.get("session_name")} from {start} to {end}'
        target, is_new = self.add(reach, {
            'session_name': title, 'session_type': old.get('session_type'),
            'resolution': old.get('resolution'),
        })  # fmt: skip
        if not is_new:
            raise SessionError(f'a session is called {title!r} already; choose another name')
        change = {key: old[key] for key in kept if key in old}
        self.update(reach, target, {**change, **_span_document(*span), 'sliced_from': uid},
                    replace=True)  # fmt: skip
        number = self.get(reach, target).number
        self.database.write(lambda c: raw.copy(c, session.number, number, span))
        return target

    def delete(self, reach: Reach, uid: str) -> None:
        """Delete a session's document, what was said about it, and its timeline."""
        owner = reach.organization_id

        def work(connection: Connection) -> None:
            self.documents.remove(connection, owner, 'sessions', [uid])
            raw.drop(connection, owner, uid)

        self.database.write(work)

    # -- entities -------------------------------------------------------------------------------
    def add_entities(self, reach: Reach, wires: Sequence[Mapping[str, Any]]) -> int:
        """
        Keep entities, of one or several sessions; all of them or none.

        Returns
        -------
        int
            How many said something new.

        """
        read: dict[str, list[Entity]] = defaultdict(list)
        for wire in wires:
            if not isinstance(wire, Mapping) or not isinstance(wire.get('session'), str):
                raise InvalidArgumentsError(
                    f'an entity names no session: {str(wire)[:80]}; set "session" to its uid'
                )
            read[std(wire['session'] or '?')].append(read_entity(wire))
        sessions = [(self.get(reach, uid), entities) for uid, entities in read.items()]
        return self.database.write(
            lambda connection: sum(self.keep(connection, *pair) for pair in sessions)
        )

    def keep(self, connection: Connection, session: Session, entities: Sequence[Entity]) -> int:
        """Keep a session's entities inside a transaction; return how many said something new."""
        sql = 'SELECT 1 FROM timelines WHERE session = ?'
        if connection.execute(sql, (session.number,)).fetchone() is None:
            raise MetadataNotFoundError(f'session {session.uid!r} was deleted', status=404)
        fresh = raw.add(connection, session.number, entities)
        if fresh:
            self._extend(connection, session, fresh)
        return len(fresh)

    def forget(self, session: Session, names: Sequence[str], start: str | None = None,
               end: str | None = None) -> int:
        """Delete a session's entities by name and, where given, by time."""
        span = None
        if start or end:
            span = parse_ns(start) if start else -(2**62), parse_ns(end) if end else 2**62
        return self.database.write(
            lambda connection: raw.remove(connection, session.number, names, span)
        )

    def _extend(
        self, connection: Connection, session: Session, entities: Sequence[Entity]
    ) -> None:
        """Let the session's span grow, and note that its timeline is out of date."""
        document = _find(connection, session.owner, session.uid)
        if document is None:
            raise MetadataNotFoundError(f'session {session.uid!r} was deleted', status=404)
        now = Session(session.owner, session.uid, session.number, document)
        spans = [now.span_ns, *(e.span_ns for e in entities if e.extends)]
        known = [span for span in spans if span is not None]
        change: Document = {}
        if known:
            span = min(lo for lo, _ in known), max(hi for _, hi in known)
            make_grid(*span, now.resolution_s)
            if span != now.span_ns:
                change = _span_document(*span)
        if document.get('resolution_status') == UP_TO_DATE:
            change['resolution_status'] = OUT_OF_DATE
        if change:
            item = (session.uid, {**document, **change})
            self.documents.apply(connection, session.owner, 'sessions', [item])

    # -- timelines ------------------------------------------------------------------------------
    def resolve(
        self, reach: Reach, uid: str, resolution_s: float | None = None,
        progress: Progress = lambda percent: None,
    ) -> Resolved | None:  # fmt: skip
        """
        Bring a session's timeline up to date; None if nothing has happened in it.

        Parameters
        ----------
        reach, uid
            The session.
        resolution_s
            A new resolution; None keeps the session's.
        progress
            Called with percents.

        """
        session = self.get(reach, uid)
        if resolution_s is not None:
            resolution_to_ns(resolution_s)
            self.update(reach, session.uid, {'resolution': resolution_s}, replace=True)
        with self._alone(session.number):
            session = self.get(reach, uid)
            grid = session.grid()
            if grid is None:
                return None
            resolved = bring_up_to_date(self.database, session.number, grid, progress)
        self.update(reach, session.uid, {'resolution_status': self.status(session)}, replace=True)
        return resolved

    def status(self, session: Session) -> str:
        """Say whether a session's timeline shows all that was said."""
        lock = self._resolving.get(session.number)
        if lock is not None and lock.locked():
            return RESOLVING
        with self.database.reading() as connection:
            if is_up_to_date(connection, session.number):
                return UP_TO_DATE
            sql = 'SELECT resolution_ns FROM timelines WHERE session = ?'
            (resolution,) = connection.execute(sql, (session.number,)).fetchone() or (0,)
        return OUT_OF_DATE if resolution else UNRESOLVED

    @contextmanager
    def _alone(self, number: int) -> Iterator[None]:
        """Let one thread at a time compute a session's cells: an older one must not win."""
        with self._guard:
            lock = self._resolving[number]
        with lock:
            yield


def _new_document(wish: Mapping[str, Any]) -> Document:
    kind = wish.get('session_type') or 'generic'
    status = wish.get('status') or 'ready'
    for label, value, known in [
        ('session_type', kind, SESSION_TYPES), ('status', status, STATUSES),
    ]:  # fmt: skip
        if value not in known:
            raise SessionError(f'{label} is {value!r}; known are {", ".join(known)}')
    resolution = wish.get('resolution') or DEFAULT_RESOLUTION_S
    if not isinstance(resolution, (int, float)):
        raise SessionError(f'resolution is {resolution!r}; give a number of seconds')
    resolution_to_ns(resolution)
    aux = wish.get('session_aux_metadata') or {}
    if not isinstance(aux, Mapping):
        raise SessionError(f'session_aux_metadata is {str(aux)[:60]!r}; give an object')
    name = wish.get('session_name')
    return {
        'session_name': name if isinstance(name, str) else '',
        'session_type': kind,
        'status': status,
        'resolution': float(resolution),
        'resolution_status': UNRESOLVED,
        'session_aux': dict(aux),
        'source_data': [],
        'sensors': [],
        'auxiliary_data': [],
        'enrichments_configs': [],
        'start_time': None,
        'end_time': None,
        'timestamp': stamps.to_iso(time.time_ns()),
        'sets': [wish['set_id']] if wish.get('set_id') else [],
    }


def _span_document(start_ns: int, end_ns: int) -> Document:
    return {'start_time': stamps.to_iso(start_ns), 'end_time': stamps.to_iso(end_ns)}


def _find(connection: Connection, owner: str, uid: str) -> Document | None:
    sql = (
        'SELECT d.body FROM scopes s JOIN documents d ON d.scope = s.scope'
        " WHERE s.owner = ? AND s.asset_type = 'sessions' AND d.id = ?"
    )
    row = connection.execute(sql, (owner, uid)).fetchone()
    found: Document | None = json.loads(row[0]) if row else None
    return found
