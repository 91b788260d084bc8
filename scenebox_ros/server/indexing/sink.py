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

"""Where the server's own captures go: straight into its store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TYPE_CHECKING

from scenebox_ros.model.records import ASSET_KINDS, Record
from scenebox_ros.server.search import query as q
from scenebox_ros.server.sessions.jobs import sessions_of
from scenebox_ros.server.sets.service import EVERYTHING, Sets
from scenebox_ros.server.store.documents import Reach, Writing
from scenebox_ros.server.store.flatten import GEO
from scenebox_ros.server.store.merge import Mode
from scenebox_ros.server.store.naming import Name
from scenebox_ros.stamps import NS_PER_S, to_iso
from scenebox_ros.upload.delivery import surer_places
from scenebox_ros.upload.platform import coarse_enough

if TYPE_CHECKING:
    from scenebox_ros.server.core import Core

SENSOR_TYPES = {'images': 'camera', 'videos': 'camera', 'lidars': 'lidar'}
EXTENSIONS = {
    'image/jpeg': '.jpg', 'image/png': '.png', 'image/tiff': '.tiff', 'video/mp4': '.mp4',
}  # fmt: skip
NEW = Writing(Mode.PUT, declared={'aux.geolocation': GEO})


class StoreSink:
    """
    Keeps records in a session, as an upload of the same records would.

    Parameters
    ----------
    core, reach
        The server's parts, and for whom.
    session_uid
        The session; it must exist.
    sets
        Set ids by asset type. Assets whose type has none are in no set.

    """

    def __init__(
        self, core: Core, reach: Reach, session_uid: str, sets: Mapping[str, str]
    ) -> None:
        self._core = core
        self._reach = reach
        self._uid = session_uid
        self._sets = sets
        self.stored = dict.fromkeys(ASSET_KINDS, 0)
        self.existing = dict.fromkeys(ASSET_KINDS, 0)
        self.entities = 0
        self._sensors: dict[str, str] = {}
        self._videos: dict[str, str] = {}
        self._span_ns: tuple[int, int] | None = None

    def put(self, records: Sequence[Record]) -> None:
        """Keep records for good; what is there already changes nothing."""
        self._widen(records)
        for kind in ASSET_KINDS:
            self._put_assets(kind, [record for record in records if record.kind == kind])
        said = [
            {'session': self._uid, **entity} for record in records for entity in record.entities
        ]
        if said:
            self.entities += sessions_of(self._core).add_entities(self._reach, said)
        for record in records:
            if record.kind == 'session' and record.document.get('metadata'):
                change = {'session_aux': dict(record.document['metadata'])}
                sessions_of(self._core).update(self._reach, self._uid, change, replace=True)
            elif record.kind == 'end':
                self._end(record.document)

    def _widen(self, records: Sequence[Record]) -> None:
        """Make the session's resolution coarse enough for what comes, as the uploader does."""
        stamps = [record.stamp_ns for record in records if record.stamp_ns]
        if not stamps:
            return
        stamps += self._span_ns or ()
        span = min(stamps), max(stamps)
        if span == self._span_ns:
            return
        self._span_ns = span
        sessions = sessions_of(self._core)
        session = sessions.get(self._reach, self._uid)
        bounds = [*span, *(session.span_ns or ())]
        span_s = (max(bounds) - min(bounds)) / NS_PER_S
        resolution_s = coarse_enough(session.resolution_s, span_s)
        if resolution_s != session.resolution_s:
            change = {'resolution': resolution_s}
            sessions.update(self._reach, self._uid, change, replace=True)

    def _put_assets(self, kind: str, records: Sequence[Record]) -> None:
        if not records:
            return
        asked = q.Query((q.Filter('id', tuple(record.id for record in records)),), ('id', 'aux'))
        found = self._core.search.documents(self._reach, kind, asked, EVERYTHING)
        known = {document['id']: document for document in found}
        set_id = self._sets.get(kind)
        new = {record.id: record for record in records if record.id not in known}
        items = [(name, self._document(kind, record)) for name, record in new.items()]
        self._core.documents.write(self._reach, kind, items, NEW)
        places = surer_places(records, known)
        if places:
            self._core.documents.write(
                self._reach, kind, [(name, {'aux': place}) for name, place in places.items()],
                replace(NEW, mode=Mode.UPDATE))
        if set_id and known:
            sets = Sets(self._core.database, self._core.documents, self._core.search)
            sets.join(self._reach, set_id, sorted(known))
        self.stored[kind] += len(new)
        self.existing[kind] += len(records) - len(new)
        for record in records:
            sensor = str(record.document.get('sensor') or record.stream)
            self._sensors.setdefault(sensor, kind)
            if kind == 'videos':
                self._videos[record.id] = sensor

    def _document(self, kind: str, record: Record) -> dict[str, Any]:
        """Store a record's bytes; give the document that names them."""
        filename = record.id + EXTENSIONS.get(record.content_type, '')
        name = Name(self._reach.organization_id, f'captured/{kind}/{record.id}/{filename}',
                    record.content_type)  # fmt: skip
        stored = self._core.objects.put(name, bytes(record.body))
        set_id = self._sets.get(kind)
        return {
            **({'preprocesses': []} if kind == 'images' else {}),
            **record.document,
            'sets': [set_id] if set_id else [],
            'session_uid': self._uid,
            'object_access': {'filename': filename, 'uri': stored.uri},
        }

    def _end(self, document: Mapping[str, Any]) -> None:
        """Give the session its span and its sources."""
        sessions = sessions_of(self._core)
        session = sessions.get(self._reach, self._uid)
        bounds = [document[name] for name in ('start_ns', 'end_ns') if document.get(name)]
        bounds += session.span_ns or ()
        if bounds:
            sessions.set_span(self._reach, self._uid, to_iso(min(bounds)), to_iso(max(bounds)))
        sources = [
            {'sensor': sensor, 'id': name, 'type': 'videos'}
            for name, sensor in sorted(self._videos.items())
        ]
        sources += [
            {'sensor': sensor, 'id': self._sets[kind], 'type': kind}
            for sensor, kind in sorted(self._sensors.items())
            if kind != 'videos' and kind in self._sets
        ]
        sensors = [
            {'name': sensor, 'type': SENSOR_TYPES[kind]}
            for sensor, kind in sorted(self._sensors.items())
        ]
        change = {'source_data': sources, 'sensors': sensors}
        sessions.update(self._reach, self._uid, change, replace=True)
