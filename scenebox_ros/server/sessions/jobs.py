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

"""What is done to sessions in the background."""

from __future__ import annotations

from typing import Any, TYPE_CHECKING

from scenebox_ros.errors import MetadataNotFoundError
from scenebox_ros.ids import entity_id
from scenebox_ros.server.jobs.registry import job
from scenebox_ros.server.search import query as q
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.sessions.entity import read_entity
from scenebox_ros.server.sessions.search import SessionSearch
from scenebox_ros.server.sessions.service import Sessions

if TYPE_CHECKING:
    from scenebox_ros.server.core import Core
    from scenebox_ros.server.jobs.context import Job

# Where a session's content may be; jobs and sets only speak of it.
CONTENT_TYPES = (
    'images', 'videos', 'lidars', 'objects', 'annotations', 'embeddings', 'rosbags',
    'image_sequences', 'lidar_sequences', 'annotations_comparisons', 'ziparrays',
)  # fmt: skip
CHUNK = 500
# The platform's name for events that a search made.
CONSTRUCTED = 'constructed'


def sessions_of(core: Core) -> Sessions:
    """Give the one service of sessions of a server: its locks must be everybody's."""
    service = core.extras.get('sessions')
    if service is None:
        service = core.extras.setdefault('sessions', Sessions(core.database, core.documents))
    assert isinstance(service, Sessions)
    return service


@job('session_resolution')
def resolve_session(running: Job) -> Any:
    """Bring a session's timeline up to date."""
    payload = running.payload
    resolved = sessions_of(running.core).resolve(
        running.owner,
        payload['session_uid'],
        payload.get('resolution'),
        lambda percent: running.progress(percent, 'resolving'),
    )
    if resolved is None:
        running.note('nothing has happened in this session yet')
        return {'cells': 0}
    return {'cells': sum(resolved.cells.values()), 'points': resolved.grid.size}


@job('add_event_with_search')
def add_event_with_search(running: Job) -> Any:
    """Say an event wherever a search finds something, and resolve those sessions."""
    sessions = sessions_of(running.core)
    title = running.payload['event_title']
    search = SessionSearch(running.core.database, running.core.search)
    found = search.find(running.owner, q.parse(running.payload['search']))
    for done, hit in enumerate(found):
        events = [_event(hit.uid, title, *interval) for interval in hit.intervals()]
        sessions.add_entities(running.owner, events)
        sessions.resolve(running.owner, hit.uid)
        running.progress(100.0 * (done + 1) / len(found), f'{title} in {hit.uid}')
    return {'session_uids': [hit.uid for hit in found]}


def _event(uid: str, title: str, start: str, end: str) -> dict[str, Any]:
    return {
        'session': uid,
        'entity_id': entity_id(CONSTRUCTED, title, start, end),
        'entity_name': CONSTRUCTED,
        'entity_value': [title],
        'entity_type': 'state_set',
        'influence': 'start_stop',
        'timestamp': start,
        'start_time': start,
        'end_time': end,
    }


@job('event_deletion')
def delete_events(running: Job) -> Any:
    """Forget events by name and time, and resolve the sessions."""
    sessions, payload = sessions_of(running.core), running.payload
    gone = 0
    uids = payload['session_uids']
    for done, uid in enumerate(uids):
        try:
            session = sessions.get(running.owner, uid)
        except MetadataNotFoundError:
            running.note(f'session {uid} does not exist')
            continue
        span = payload.get('start_time'), payload.get('end_time')
        gone += sessions.forget(session, payload['event_names'], *span)
        sessions.resolve(running.owner, uid)
        running.progress(100.0 * (done + 1) / len(uids))
    return {'deleted': gone}


@job('session_deletion', heavy=True)
def delete_session(running: Job) -> Any:
    """Delete a session; with ``delete_assets_contents`` also all that was captured in it."""
    core, reach = running.core, running.owner
    uid = running.payload['session_uid']
    deleted = 0
    if running.payload.get('delete_assets_contents'):
        query = q.Query((q.Filter('session_uid', (uid,)),))
        for done, kind in enumerate(CONTENT_TYPES):
            while ids := core.search.ids(reach, kind, query, Page(size=CHUNK)):
                gone = core.documents.delete(reach, kind, ids)
                if not gone:
                    # Another organization's, that this one may only read.
                    break
                deleted += len(gone)
                running.check()
            running.progress(95.0 * (done + 1) / len(CONTENT_TYPES), f'deleting {kind}')
    sessions_of(core).delete(reach, uid)
    return {'deleted_assets': deleted}


@job('comment_addition')
def add_comments(running: Job) -> Any:
    """Say comments about stretches of a session, and resolve it."""
    payload, sessions = running.payload, sessions_of(running.core)
    uid = payload['session_uid']
    said = []
    for interval in payload['intervals']:
        times = {'start_time': interval['start_time'], 'end_time': interval['end_time']}
        for name, values in [('comment', payload['texts']), ('commentator', [running.username])]:
            key = entity_id(running.id, name, *times.values())
            said.append({
                'session': uid, **times, 'timestamp': times['start_time'], 'entity_id': key,
                'entity_name': name, 'entity_value': values, 'entity_type': 'state_set',
                'influence': 'interval',
            })  # fmt: skip
    for one in said:
        read_entity(one)
    sessions.add_entities(running.owner, said)
    sessions.resolve(running.owner, uid)
    return {'comments': len(payload['texts']) * len(payload['intervals'])}
