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

"""Sessions over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenebox_ros.errors import InvalidArgumentsError, MetadataNotFoundError
from scenebox_ros.ids import std
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.submit import need, set_for, submit
from scenebox_ros.server.api.table import DELETE, Endpoint, WRITE
from scenebox_ros.server.sessions.entity import read_entity
from scenebox_ros.server.sessions.grid import resolution_to_ns
from scenebox_ros.server.sessions.jobs import sessions_of
from scenebox_ros.server.sessions.service import Sessions
from scenebox_ros.server.sessions.times import parse_ns
from scenebox_ros.server.store.documents import valid_id
from scenebox_ros.wire import scene_routes as routes

MAX_ENTITIES = 100_000
MAX_COMMENTS = 1000


def add(call: Call) -> Any:
    """Make a session, or find the one of this name."""
    wish = {**call.object, 'set_id': set_for(call, call.optional('set_id'), 'sessions')}
    uid, is_new = _sessions(call).add(call.identity, wish)
    return {'session_uid': uid, 'id': uid, 'created': is_new}


def standardize_name(call: Call) -> Any:
    """Say what the platform makes of a name."""
    name = call.field('session_name')
    if not name:
        raise InvalidArgumentsError('session_name is empty; give at least one character')
    return {'session_name': std(name)}


def update_time_span(call: Call) -> Any:
    """Set when a session starts and ends."""
    times = call.field('session_start_time'), call.field('session_end_time')
    return _sessions(call).set_span(call.identity, call.field('session_uid'), *times)


def add_source_data(call: Call) -> Any:
    """Note what a session was made of, and its sensors."""
    return _add_lists(call, 'source_data', 'sensors')


def add_auxiliary_data(call: Call) -> Any:
    """Note what else belongs to a session."""
    return _add_lists(call, 'auxiliary_data')


def add_enrichments_configs(call: Call) -> Any:
    """Note how a session shall be enriched."""
    return _add_lists(call, 'enrichments_configs')


def _add_lists(call: Call, *names: str) -> Any:
    change = {}
    for name in names:
        change[name] = call.optional(name, list, [])
        if not all(isinstance(item, dict) for item in change[name]):
            raise InvalidArgumentsError(f'{name} must be a list of objects')
    replace = call.optional('replace', bool, True)
    return _sessions(call).update(
        call.identity, call.field('session_uid'), change, replace=replace
    )


def comment(call: Call) -> Any:
    """Comment on stretches of a session."""
    uid = _sessions(call).get(call.identity, call.path['session_uid']).uid
    texts, intervals = call.strings('texts'), call.field('intervals', list)
    if not 0 < len(texts) * len(intervals) <= MAX_COMMENTS:
        raise InvalidArgumentsError(f'give 1 to {MAX_COMMENTS} texts and intervals')
    for interval in intervals:
        _check_interval(interval)
    return submit(call, 'comment_addition', {
        'session_uid': uid, 'texts': texts, 'intervals': intervals,
    })  # fmt: skip


def _check_interval(interval: Any) -> None:
    times = interval if isinstance(interval, Mapping) else {}
    read_entity({
        'entity_name': 'comment', 'entity_value': ['-'], 'entity_type': 'state_set',
        'start_time': times.get('start_time'), 'end_time': times.get('end_time'),
    })  # fmt: skip


def slice_session(call: Call) -> Any:
    """Make a session of a stretch of another."""
    uid = _sessions(call).slice(
        call.identity,
        call.path['session_uid'],
        call.field('start_time'),
        call.field('end_time'),
        call.optional('session_name'),
    )
    return {'session_uid': uid, **submit(call, 'session_resolution', {'session_uid': uid})}


def add_entities(call: Call) -> Any:
    """Keep entities: all of them or none; ``added`` counts those that said something new."""
    entities = call.field('entity_dicts', list)
    if len(entities) > MAX_ENTITIES:
        raise InvalidArgumentsError(
            f'{len(entities)} entities in one request; send at most {MAX_ENTITIES}'
        )
    return {'acknowledged': True, 'added': _sessions(call).add_entities(call.identity, entities)}


def add_entity(call: Call) -> Any:
    """Keep one entity."""
    entity = call.field('entity_dict', dict)
    return {'acknowledged': True, 'added': _sessions(call).add_entities(call.identity, [entity])}


def resolve(call: Call) -> Any:
    """Begin to bring a session's timeline up to date."""
    session = _sessions(call).get(call.identity, call.path['session_uid'])
    given = call.query('resolution')
    try:
        resolution = float(given) if given and given != 'None' else None
    except ValueError:
        raise InvalidArgumentsError(f'resolution={given!r} is not a number of seconds') from None
    if resolution is not None:
        resolution_to_ns(resolution)
    payload = {'session_uid': session.uid, 'resolution': resolution}
    return {**submit(call, 'session_resolution', payload), 'session_uid': session.uid}


def resolution_status(call: Call) -> Any:
    """Say whether a session's timeline shows all that was said."""
    sessions = _sessions(call)
    session = sessions.get(call.identity, call.path['session_uid'])
    return {'status': sessions.status(session), 'session_uid': session.uid}


def add_event_with_search(call: Call) -> Any:
    """Begin to say an event wherever a search finds something."""
    call.search('search')
    payload = {'search': call.object.get('search') or {}, 'event_title': call.field('event_title')}
    return submit(call, 'add_event_with_search', payload)


def delete_event(call: Call) -> Any:
    """Begin to forget events."""
    for moment in ('start_time', 'end_time'):
        if call.optional(moment) is not None:
            parse_ns(call.optional(moment))
    payload = {
        'session_uids': _uids(call),
        'event_names': call.strings('event_names'),
        'start_time': call.optional('start_time'),
        'end_time': call.optional('end_time'),
    }
    return submit(call, 'event_deletion', payload)


def _uids(call: Call) -> list[str]:
    uids = [valid_id(uid) for uid in call.strings('session_uids')]
    if uids:
        need(call, 'sessions', uids)
    return uids


def delete(call: Call) -> Any:
    """Begin to delete a session."""
    document = call.documents.get(call.identity, 'sessions', call.path['session_uid'])
    if document['owner'] != call.organization:
        raise MetadataNotFoundError(
            f'session {document["id"]!r} is not yours to delete', status=403
        )
    payload = {
        'session_uid': document['id'],
        'delete_assets_contents': call.flag('delete_assets_contents', True),
    }
    return submit(call, 'session_deletion', payload)


def _sessions(call: Call) -> Sessions:
    return sessions_of(call.core)


ENDPOINTS = [
    Endpoint(routes.SESSION_ADD, add, WRITE),
    Endpoint(routes.SESSION_STANDARDIZE_NAME, standardize_name),
    Endpoint(routes.SESSION_TIME_SPAN, update_time_span, WRITE),
    Endpoint(routes.SESSION_SOURCE_DATA, add_source_data, WRITE),
    Endpoint(routes.SESSION_AUXILIARY_DATA, add_auxiliary_data, WRITE),
    Endpoint(routes.SESSION_ENRICHMENTS, add_enrichments_configs, WRITE),
    Endpoint(routes.SESSION_COMMENTS, comment, WRITE),
    Endpoint(routes.SESSION_SLICE, slice_session, WRITE),
    Endpoint(routes.ENTITIES_ADD, add_entities, WRITE),
    Endpoint(routes.ENTITY_ADD, add_entity, WRITE),
    Endpoint(routes.SESSION_RESOLVE, resolve, WRITE),
    Endpoint(routes.SESSION_RESOLUTION_STATUS, resolution_status),
    Endpoint(routes.EVENT_ADD_WITH_SEARCH, add_event_with_search, WRITE),
    Endpoint(routes.EVENT_DELETE, delete_event, WRITE),
    Endpoint(routes.SESSION_DELETE, delete, DELETE),
]
