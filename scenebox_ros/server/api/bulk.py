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

"""Starting bulk changes; each answers with the job that does it."""

from __future__ import annotations

from typing import Any

from scenebox_ros.errors import InvalidArgumentsError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.submit import ids_of
from scenebox_ros.server.api.table import ADMIN, DELETE, Endpoint, WRITE
from scenebox_ros.server.search.query import check_path, parse
from scenebox_ros.wire import asset_routes as routes

PROTECTED = ('id', 'owner')


def update_by_query(call: Call) -> Any:
    """Add or remove a value in a field of all hits; answers a list with one task."""
    operation = call.field('operation')
    if operation not in ('add', 'remove'):
        raise InvalidArgumentsError(f'operation {operation[:40]!r} is neither add nor remove')
    parse(call.object.get('search'))
    limit = call.optional('limit', int)
    if limit is not None and limit < 0:
        raise InvalidArgumentsError(f'limit {limit} is negative')
    payload = {
        'update_field': _field(call.field('update_field')),
        'update_value': call.field('update_value', (str, int, float, bool)),
        'operation': operation,
        'search': call.object.get('search'),
        'limit': limit,
    }
    return [_submit(call, 'update_by_query', payload)]


def remove_with_query(call: Call) -> Any:
    """Delete all hits."""
    parse(call.object)
    return {'job_id': _submit(call, 'media_removal', {'search': call.object})}


def remove_with_list(call: Call) -> Any:
    """Delete the listed documents."""
    ids = ids_of(call, 'assets_list')
    if ids is None:
        raise InvalidArgumentsError('assets_list is missing; give a list of ids')
    # Those that are gone already are no mistake: a request may come twice.
    payload = {'ids': ids}
    return {'job_id': _submit(call, 'media_removal', payload)}


def remove_key(call: Call) -> Any:
    """Take a field out of all documents of the type."""
    payload = {'key': _field(call.field('key'))}
    return {'job_id': _submit(call, 'index_key_removal', payload)}


def _field(path: str) -> str:
    if check_path(path).split('.')[0] in PROTECTED:
        raise InvalidArgumentsError(f'field {path!r} belongs to the server')
    return check_path(path)


def _submit(call: Call, kind: str, payload: dict[str, Any]) -> str:
    asset_type = call.asset_type
    return call.core.jobs.submit(
        kind, {**payload, 'asset_type': asset_type}, call.organization,
        username=call.identity.username, document={'asset_type': asset_type},
    )


ENDPOINTS = [
    Endpoint(routes.UPDATE_BY_QUERY, update_by_query, WRITE),
    Endpoint(routes.REMOVE_WITH_QUERY, remove_with_query, DELETE),
    Endpoint(routes.REMOVE_WITH_LIST, remove_with_list, DELETE),
    Endpoint(routes.REMOVE_KEY, remove_key, ADMIN),
]
