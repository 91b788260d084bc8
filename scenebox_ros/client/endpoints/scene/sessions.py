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

"""Sessions, their entities and what is read from their timelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenebox_ros.client.answers import of_kind
from scenebox_ros.client.endpoints.scene.reply import Json, optional, truthy
from scenebox_ros.client.http import Http
from scenebox_ros.errors import ResponseError
from scenebox_ros.wire import scene_routes as routes
from scenebox_ros.wire.route import Route


def add(http: Http, body: Mapping[str, Any]) -> str:
    """Add a session; return its uid."""
    reply = http.call(
        routes.SESSION_ADD, json=body, doing=f'add session {body["session_name"]!r}'
    )
    return str(optional(reply, 'session_uid') or '')


def standardize_name(http: Http, session_name: str) -> str:
    """Let the server standardize a session's name."""
    reply = http.call(
        routes.SESSION_STANDARDIZE_NAME, json={'session_name': session_name}, repeat=True,
        doing=f'standardize session name {session_name!r}',
    )
    return str(optional(reply, 'session_name') or '')


def change(http: Http, route: Route, session_uid: str, **fields: Any) -> Json:
    """Change a part of a session's document by its own route."""
    what = route.path.rstrip('/').rpartition('/')[2].replace('_', ' ')
    reply: Json = http.call(
        route, json={'session_uid': session_uid, **fields}, gives=dict,
        doing=f'{what} of {session_uid!r}'
    )
    return reply


def slice_(http: Http, session_uid: str, body: Mapping[str, Any]) -> str:
    """Cut a session out of another; return its uid."""
    reply = http.call(
        routes.SESSION_SLICE, {'session_uid': session_uid}, json=body,
        doing=f'slice session {session_uid!r}',
    )
    return str(optional(reply, 'session_uid') or '')


def add_comments(http: Http, session_uid: str, body: Mapping[str, Any]) -> Json:
    """Start adding comments to a session."""
    reply: Json = http.call(
        routes.SESSION_COMMENTS, {'session_uid': session_uid}, json=body,
        gives=dict, doing=f'comment on session {session_uid!r}',
    )
    return reply


def add_video_session(http: Http, body: Mapping[str, Any]) -> Any:
    """Make a session of an uploaded video."""
    return http.call(routes.SESSION_ADD_VIDEO, json=body, doing='add a video session')


def add_entities(http: Http, entities: Sequence[Mapping[str, Any]], urgent: bool) -> Json:
    """Add entities; each says in which session."""
    reply: Json = http.call(
        routes.ENTITIES_ADD, query={'urgent': urgent}, json={'entity_dicts': list(entities)},
        gives=dict, doing=f'add {len(entities)} entities',
    )
    return reply


def resolve(http: Http, session_uid: str, resolution: float | None) -> Json:
    """Start resolving a session."""
    reply: Json = http.call(
        routes.SESSION_RESOLVE, {'session_uid': session_uid}, truthy(resolution=resolution),
        repeat=True, gives=dict, doing=f'resolve session {session_uid!r}',
    )
    return reply


def resolution_status(http: Http, session_uid: str) -> str:
    """Read whether a session is resolved."""
    reply = http.call(
        routes.SESSION_RESOLUTION_STATUS, {'session_uid': session_uid},
        doing=f'get the resolution status of session {session_uid!r}',
    )
    return str(optional(reply, 'status') or '')


def search(http: Http, query: Mapping[str, Any]) -> dict[str, Json]:
    """Find sessions and the intervals in which a query holds."""
    reply: dict[str, Json] = http.call(
        routes.SESSION_SEARCH, json=query, repeat=True, gives=dict, doing='search in sessions'
    )
    of_kind(list(reply.values()), list, ResponseError, 'search in sessions', of=dict)
    return reply


def field_data(
    http: Http, session_uid: str, query: Mapping[str, Any], fields: Sequence[str] | None
) -> Json:
    """Read fields of a session's timeline."""
    reply: Json = http.call(
        routes.SESSION_FIELD_DATA, {'session_uid': session_uid},
        json={'search_dic': query, 'session_fields': fields}, repeat=True,
        gives=dict, doing=f'get the timeline of session {session_uid!r}',
    )
    return reply


def entity_summary(http: Http, session_uid: str, body: Mapping[str, Any]) -> Json:
    """Count a session's entities."""
    reply: Json = http.call(
        routes.ENTITY_SUMMARY, {'session_uid': session_uid}, json=body, repeat=True,
        gives=dict, doing=f'summarize session {session_uid!r}',
    )
    return reply


def add_event_with_search(http: Http, body: Mapping[str, Any]) -> Json:
    """Start adding an event wherever a search holds."""
    reply: Json = http.call(
        routes.EVENT_ADD_WITH_SEARCH, json=body, gives=dict, doing='add an event'
    )
    return reply


def delete_events(http: Http, body: Mapping[str, Any]) -> Json:
    """Start deleting events."""
    reply: Json = http.call(routes.EVENT_DELETE, json=body, gives=dict, doing='delete events')
    return reply


def delete(http: Http, session_uid: str, with_assets: bool) -> Json:
    """Start deleting a session."""
    reply: Json = http.call(
        routes.SESSION_DELETE, {'session_uid': session_uid},
        {'delete_assets_contents': with_assets}, gives=dict,
        doing=f'delete session {session_uid!r}',
    )
    return reply
