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

"""Timelines over HTTP: what happened in sessions, when and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenebox_ros.errors import InvalidArgumentsError, SearchError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.table import Endpoint
from scenebox_ros.server.search import query as q
from scenebox_ros.server.sessions.jobs import sessions_of
from scenebox_ros.server.sessions.outline import COLUMNS, MAX_COLUMNS, outline
from scenebox_ros.server.sessions.search import SessionSearch
from scenebox_ros.server.sessions.timeline import cut, field_data, only, summary, Timeline
from scenebox_ros.server.sessions.times import parse_ns
from scenebox_ros.wire import extension_routes, scene_routes as routes

# The platform's choice where a caller names no entities.
SUMMARIZED = ('objects', 'weather_descriptions', 'country', 'state', 'comment', 'constructed')


def search(call: Call) -> Any:
    """Find sessions by what happened in them; see ``docs/sessions.md`` for the language."""
    found = SessionSearch(call.core.database, call.core.search).find(call.identity, call.search())
    return {hit.uid: {'intervals': hit.intervals()} for hit in found}


def read_fields(call: Call) -> Any:
    """Read fields of the cells in which a query holds, as lists."""
    session = sessions_of(call.core).get(call.identity, call.path['session_uid'])
    given = call.optional('search_dic', dict, {})
    query = q.parse(given)
    wanted = call.optional('session_fields', list)
    start_ns, end_ns = _span(given.get('time_range'))
    rest = q.Query(tuple(c for c in query.clauses if not isinstance(c, q.During)))
    search = SessionSearch(call.core.database, call.core.search)
    with call.core.database.reading() as connection:
        if not rest.clauses:
            return field_data(Timeline(connection, session.number), wanted, start_ns, end_ns)
        timeline, mask = search.mask(connection, call.identity, session.uid, session.number, rest)
        found = field_data(timeline, wanted, start_ns, end_ns)
        window = cut(timeline.grid, start_ns, end_ns)
        if mask is None or window is None or timeline.grid is None:
            return found
        return only(found, mask[window.first - timeline.grid.first:][: window.size])


def outline_fields(call: Call) -> Any:
    """Read what a drawing of some columns can show of a timeline's fields."""
    session = sessions_of(call.core).get(call.identity, call.path['session_uid'])
    wanted = None if call.object.get('fields') is None else call.strings('fields')
    columns = call.optional('columns', int, COLUMNS)
    if not 2 <= columns <= MAX_COLUMNS:
        raise InvalidArgumentsError(f'columns is {columns}; choose from 2 to {MAX_COLUMNS}')
    span = _span(call.object.get('time_range'))
    with call.core.database.reading() as connection:
        return outline(Timeline(connection, session.number), wanted, columns, *span)


def summarize(call: Call) -> Any:
    """Count the cells in which entities' values hold."""
    session = sessions_of(call.core).get(call.identity, call.path['session_uid'])
    names = call.optional('entity_names', list) or list(SUMMARIZED)
    if not all(isinstance(name, str) for name in names):
        raise InvalidArgumentsError('entity_names must be a list of texts')
    start_ns, end_ns = _span(call.object)
    with call.core.database.reading() as connection:
        timeline = Timeline(connection, session.number)
        window = cut(timeline.grid, start_ns, end_ns)
        if window is None:
            empty = [{'dimension': name, 'buckets': []} for name in names]
            return {'total': 0, 'aggregations': empty}
        return summary(timeline, names, window)


def _span(given: Any) -> tuple[int | None, int | None]:
    if given is None:
        return None, None
    if not isinstance(given, Mapping):
        raise SearchError('time_range is {"start_time": ..., "end_time": ...}')
    start, end = (given.get(key) for key in ('start_time', 'end_time'))
    return (None if start is None else parse_ns(start)), (None if end is None else parse_ns(end))


ENDPOINTS = [
    Endpoint(routes.SESSION_SEARCH, search),
    Endpoint(routes.SESSION_FIELD_DATA, read_fields),
    Endpoint(routes.ENTITY_SUMMARY, summarize),
    Endpoint(extension_routes.OUTLINE, outline_fields),
]
