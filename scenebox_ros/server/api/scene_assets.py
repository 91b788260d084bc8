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

"""The scene engine's own ways to search documents, and comments on them."""

from __future__ import annotations

import time
from typing import Any

from scenebox_ros import stamps
from scenebox_ros.errors import InvalidArgumentsError, MetadataNotFoundError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.streams import stream_documents
from scenebox_ros.server.api.table import Endpoint, WRITE
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.search.query import Filter, Query
from scenebox_ros.server.sessions.jobs import sessions_of
from scenebox_ros.server.sessions.timeline import field_data, OWN_FIELDS, Timeline
from scenebox_ros.server.sessions.times import parse_ns
from scenebox_ros.server.store.documents import valid_id, Writing
from scenebox_ros.server.store.merge import Mode, objects_of
from scenebox_ros.wire import scene_routes as routes

MAX_COMMENT = 10_000


def search(call: Call) -> Any:
    """List ids: a bare list here."""
    return call.core.search.ids(call.identity, call.asset_type, call.search(), call.page())


def metadata(call: Call) -> Any:
    """Fetch a document; if asked for, with that of its session, and what happened at its time."""
    document = call.documents.get(call.identity, call.asset_type, call.path['id'])
    if call.flag('with_session_metadata'):
        uid = document.get('session_uid')
        found = call.documents.find(call.identity, 'sessions', uid) if uid else None
        moment = document.get('timestamp') or document.get('start_time')
        document['session_metadata'] = found
        is_there = found and uid and moment
        document['session_entities'] = _happening(call, str(uid), moment) if is_there else {}
    return document


def _happening(call: Call, uid: str, moment: Any) -> dict[str, Any]:
    """Read what a session's timeline says of one moment, by field."""
    session, at_ns = sessions_of(call.core).get(call.identity, uid), parse_ns(moment)
    with call.core.database.reading() as connection:
        cells = field_data(Timeline(connection, session.number), None, at_ns, at_ns)
    return {
        name: values[0]
        for name, values in cells.items()
        if name not in OWN_FIELDS and values and values[0] is not None
    }


def add_comment(call: Call) -> Any:
    """Comment on assets; the same comment by the same user stands there once."""
    text = call.field('comment')
    if len(text) > MAX_COMMENT:
        raise InvalidArgumentsError(f'the comment has {len(text)} of {MAX_COMMENT} characters')
    entry = {
        'comment': text,
        'user': call.identity.username,
        'timestamp': stamps.to_iso(time.time_ns()),
    }
    changes = []
    for name, comments in _comments(call).items():
        said = any((c.get('comment'), c.get('user')) == (text, entry['user']) for c in comments)
        changes.append((name, {'comments': comments if said else [*comments, entry]}))
    return _write(call, changes)


def delete_comment(call: Call) -> Any:
    """Take a comment off assets."""
    text = call.field('comment')
    changes = [
        (name, {'comments': [c for c in comments if c.get('comment') != text]})
        for name, comments in _comments(call).items()
    ]
    return _write(call, changes)


def get_comments(call: Call) -> Any:
    """List the comments of assets, by id."""
    return _comments(call)


def _comments(call: Call) -> dict[str, list[Any]]:
    names = call.strings('ids')
    query = Query((Filter('id', tuple(names)),), ('comments',))
    page = Page(scan=True)
    documents = call.core.search.documents(call.identity, call.asset_type, query, page)
    found = {document['id']: objects_of(document, 'comments') for document in documents}
    if missing := sorted({valid_id(name) for name in names} - found.keys()):
        raise MetadataNotFoundError(
            f'{len(missing)} {call.asset_type} do not exist: {", ".join(missing[:5])}', status=404
        )
    return found


def _write(call: Call, changes: list[tuple[str, dict[str, Any]]]) -> Any:
    call.documents.write(call.identity, call.asset_type, changes, Writing(Mode.UPDATE, True))
    return {'acknowledged': True, 'ids': [name for name, _ in changes]}


ENDPOINTS = [
    Endpoint(routes.ASSET_SEARCH, search),
    Endpoint(routes.ASSET_SEARCH_META, stream_documents),
    Endpoint(routes.ASSET_METADATA, metadata),
    Endpoint(routes.ASSET_ADD_COMMENT, add_comment, WRITE),
    Endpoint(routes.ASSET_DELETE_COMMENT, delete_comment, WRITE),
    Endpoint(routes.ASSET_COMMENTS, get_comments),
]
