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

"""
Local session keys and the platform's sessions: opened once, continued, and ended.

What is known of a session is kept in the spool, so that an uploader that was killed goes on where
it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import logging
from threading import Lock
from typing import Any

from scenebox_ros import ids
from scenebox_ros.model.records import ASSET_KINDS, MADE_OF, Record
from scenebox_ros.stamps import NS_PER_S, to_iso
from scenebox_ros.upload.passage import Queue
from scenebox_ros.upload.platform import longest_span_s, Platform

log = logging.getLogger(__name__)
SENSOR_TYPES = {'images': 'camera', 'videos': 'camera', 'lidars': 'lidar'}
# How many of a session's waiting assets are looked up, to see whether it is on the server already.
SAMPLED_ASSETS = 50


class Sessions:
    """
    The platform's side of the spool's sessions.

    Threads: used by all senders; the lock makes sessions and sets once only.

    Parameters
    ----------
    spool
        Where what is known is kept.
    platform
        Where sessions are opened.
    continues
        Whether a session whose assets are on the server already is continued there.

    """

    def __init__(self, spool: Queue, platform: Platform, continues: bool) -> None:
        self._spool = spool
        self._platform = platform
        self._continues = continues
        self._lock = Lock()
        self._uids: dict[str, str] = {}
        self._sets: dict[tuple[str, str], str] = {}
        self._measured: set[str] = set()
        self._stale: set[str] | None = None

    def learn(self, record: Record) -> None:
        """Take in what a session's record says, before anything opens the session."""
        with self._lock:
            about = _merged(self._about(record.session), record.document)
            self._spool.note_session(record.session, about=about)

    def tell(self, key: str) -> None:
        """Tell the platform what the session says about itself, if the session is open."""
        with self._lock:
            uid = self._known_uid(key)
            metadata = self._about(key).get('metadata')
        if uid is not None and metadata:
            self._platform.update_session(uid, metadata)

    def uid(self, key: str) -> str:
        """Give the session's uid; open it if it is not open yet."""
        with self._lock:
            known = self._known_uid(key)
            if known is not None:
                return known
            uid = self._continued(key) or self._added(key)
            self._spool.set_session(key, uid)
            self._uids[key] = uid
            return uid

    def set_id(self, key: str, kind: str) -> str:
        """Give the set that holds a session's assets of one kind; create it the first time."""
        with self._lock:
            sets = self._spool.session_notes(key).get('sets')
            if sets is None:
                return self._created(key, kind)
            if kind not in sets:
                # These came to the spool after those that the session was found by.
                found = self._held(key, [kind], self._known_uid(key))[1]
                sets = {**sets, **(found or {kind: self._created(key, kind)})}
                self._spool.note_session(key, sets=sets)
            return str(sets[kind])

    def _created(self, key: str, kind: str) -> str:
        renamed = self._spool.session_notes(key).get('renamed')
        prefix = ids.std(renamed or self._about(key).get('sets_prefix') or key)
        if (prefix, kind) not in self._sets:
            self._sets[prefix, kind] = self._platform.create_set(f'{prefix}_{kind}', kind)
        return self._sets[prefix, kind]

    def widen(self, key: str, uid: str, records: Sequence[Record]) -> None:
        """Make sure that the session can span what it is about to get."""
        with self._lock:
            notes = self._spool.session_notes(key)
            span_ns = _with_records(notes, records).get('span_ns')
            if span_ns is not None:
                self._make_span(key, uid, span_ns, notes)

    def _make_span(
        self, key: str, uid: str, span_ns: Sequence[int], notes: Mapping[str, Any]
    ) -> None:
        known_s = float(notes.get('resolution') or self._about(key).get('resolution') or 1.0)
        start_ns, end_ns = min(span_ns), max(span_ns)
        is_short = (end_ns - start_ns) / NS_PER_S <= longest_span_s(known_s)
        # The first time, the session may hold something on the server that is years away.
        if is_short and key in self._measured:
            return
        self._measured.add(key)
        resolution_s = self._platform.make_span(uid, to_iso(start_ns), to_iso(end_ns))
        self._spool.note_session(key, resolution=resolution_s)
        if resolution_s != known_s:
            log.warning('session %s is too long for %g s; its resolution is now %g s', key,
                        known_s, resolution_s)

    def stored(self, key: str, records: Sequence[Record]) -> None:
        """Remember what a session has got: its span of time, its sensors, its videos."""
        with self._lock:
            notes = self._spool.session_notes(key)
            changed = _with_records(notes, records)
            if notes.get('is_ended'):
                # Something came after the end: the session must be resolved once more.
                changed['is_stale'] = True
                changed['revision'] = notes.get('revision', 0) + 1
                if self._stale is not None:
                    self._stale.add(key)
            if changed != notes:
                self._spool.note_session(key, **changed)

    def end(self, key: str, document: Mapping[str, Any]) -> None:
        """Give the session its span and its sources, and have it resolved."""
        with self._lock:
            notes = self._spool.session_notes(key)
            self._spool.note_session(key, is_ended=True, is_stale=True)
        bounds = [*notes.get('span_ns', ()),
                  *(document[name] for name in ('start_ns', 'end_ns') if document.get(name))]
        if not bounds:
            log.info('session %s held nothing; it is not opened', key)
            self._spool.note_session(key, is_stale=False)
            return
        sources, sensors = self._sources(key, notes)
        uid = self.uid(key)
        start, end = to_iso(min(bounds)), to_iso(max(bounds))
        self._platform.make_span(uid, start, end)
        self._platform.end_session(uid, start, end, sources, sensors)
        with self._lock:
            # What was stored while the platform resolved may have come too late for it.
            is_same = self._spool.session_notes(key).get('revision') == notes.get('revision')
            self._spool.note_session(key, is_stale=not is_same)
            if is_same and self._stale is not None:
                self._stale.discard(key)

    def stale(self) -> list[str]:
        """List the sessions that got something after their end, and have nothing left to get."""
        with self._lock:
            if self._stale is None:
                self._stale = {key for key in self._spool.session_keys()
                               if self._spool.session_notes(key).get('is_stale')}
            return [key for key in sorted(self._stale) if not self._spool.waiting_in(key)]

    def _known_uid(self, key: str) -> str | None:
        uid = self._uids.get(key) or self._spool.get_session(key)
        if uid is not None:
            self._uids[key] = uid
        return uid

    def _about(self, key: str) -> dict[str, Any]:
        return dict(self._spool.session_notes(key).get('about', {}))

    def _added(self, key: str) -> str:
        about = self._about(key)
        metadata = about.get('metadata') or {}
        name = str(about.get('name') or key)
        made_of = metadata.get(MADE_OF)
        if made_of and (free := free_name(self._platform, name, made_of)) != name:
            name = free
            self._spool.note_session(key, renamed=name)
        return self._platform.add_session(
            name,
            str(about.get('type') or 'generic'),
            float(about.get('resolution') or 1.0),
            metadata,
        )

    def _continued(self, key: str) -> str | None:
        """Find the session that holds some of this one's assets already, and its sets."""
        if not self._continues:
            return None
        found, sets = self._held(key, ASSET_KINDS, None)
        if found is not None:
            log.info('session %s continues %s, which holds its assets', key, found)
            self._spool.note_session(key, sets=sets)
        return found

    def _held(
        self, key: str, kinds: Sequence[str], uid: str | None
    ) -> tuple[str | None, dict[str, str]]:
        """Ask the server for some of the waiting assets: whose are they, and in which sets."""
        sets: dict[str, str] = {}
        waiting = self._spool.sample_assets(key, SAMPLED_ASSETS, kinds)
        for kind in kinds:
            of_kind = [asset_id for asset_kind, asset_id in waiting if asset_kind == kind]
            documents = self._platform.documents(kind, of_kind) if of_kind else {}
            for document in documents.values():
                owner = document.get('session_uid') if document else None
                if not owner or owner != (uid or owner):
                    continue
                uid = str(owner)
                if document.get('sets'):
                    sets.setdefault(kind, str(document['sets'][0]))
        return uid, sets

    def _sources(
        self, key: str, notes: Mapping[str, Any]
    ) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
        sources = [{'sensor': sensor, 'id': video_id, 'type': 'videos'}
                   for video_id, sensor in sorted(notes.get('videos', {}).items())]
        sensors = []
        for sensor, kind in sorted(notes.get('sensors', {}).items()):
            sensors.append({'name': sensor, 'type': SENSOR_TYPES[kind]})
            if kind != 'videos':
                sources.append({'sensor': sensor, 'id': self.set_id(key, kind), 'type': kind})
        return sources, sensors


def free_name(platform: Platform, name: str, made_of: str) -> str:
    """Name a recording's session: two recordings may have one name, and are two sessions."""
    is_free = platform.recording_of(name) in (None, made_of)
    return name if is_free else name_apart(name, made_of)


def name_apart(name: str, made_of: str) -> str:
    """Name a recording's session where another recording's session has its name."""
    return f'{name} {made_of}'


def _with_records(notes: Mapping[str, Any], records: Sequence[Record]) -> dict[str, Any]:
    changed = dict(notes)
    spans = [record.stamp_ns for record in records if record.stamp_ns]
    if spans:
        known = notes.get('span_ns', spans)
        changed['span_ns'] = [min(*known, *spans), max(*known, *spans)]
    sensors, videos = dict(notes.get('sensors', {})), dict(notes.get('videos', {}))
    for record in records:
        if record.kind in SENSOR_TYPES:
            sensor = str(record.document.get('sensor') or record.stream)
            sensors.setdefault(sensor, record.kind)
            if record.kind == 'videos':
                videos[record.id] = sensor
    return {**changed, 'sensors': sensors, 'videos': videos}


def _merged(known: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Merge what a session says into what is known: several nodes say something about it."""
    merged = dict(known)
    for name, value in said.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(name), Mapping)
        merged[name] = _merged(merged[name], value) if both else value
    return merged
