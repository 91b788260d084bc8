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


"""Routes that change many assets by a job or a task."""

from __future__ import annotations

from typing import Any, Optional

from scenebox_ros.client.http import Http
from scenebox_ros.client.scope import Json, Scope
from scenebox_ros.errors import AssetError
from scenebox_ros.wire import asset_routes as routes
from scenebox_ros.wire.route import Route


def update_by_query(
    http: Http,
    scope: Scope,
    field: str,
    value: Any,
    operation: str,
    limit: Optional[int],
    search: Optional[Json],
) -> Optional[list[str]]:
    """Start adding a value to, or removing it from, a field of all that match."""
    body: Json = {'update_field': field, 'update_value': value, 'operation': operation}
    if limit:
        body['limit'] = limit
    if search:
        body['search'] = search
    tasks: Optional[list[str]] = http.call(
        routes.UPDATE_BY_QUERY,
        query=scope.query(),
        json=body,
        error=AssetError,
        gives=(list, type(None)),
        of=str,
        doing=f'{operation} {field}={value!r} in {scope.asset_type}',
    )
    return tasks


def remove_with_query(http: Http, scope: Scope, search: Json) -> str:
    """Start deleting the assets that match; return the job's id."""
    return _job(http, scope, routes.REMOVE_WITH_QUERY, search, f'delete {scope.asset_type}')


def remove_with_list(http: Http, scope: Scope, ids: list[str]) -> str:
    """Start deleting assets; return the job's id."""
    body: Json = {'assets_list': ids}
    doing = f'delete {len(ids)} {scope.asset_type}'
    # Deleting what is gone already changes nothing.
    return _job(http, scope, routes.REMOVE_WITH_LIST, body, doing, repeat=True)


def remove_key(http: Http, scope: Scope, key: str) -> str:
    """Start removing a field from the index; return the job's id."""
    doing = f'remove the key {key!r} from the index of {scope.asset_type}'
    return _job(http, scope, routes.REMOVE_KEY, {'key': key}, doing, repeat=True)


def _job(
    http: Http, scope: Scope, route: Route, body: Json, doing: str, repeat: Optional[bool] = None
) -> str:
    answer = http.call(
        route, query=scope.query(), json=body, error=AssetError, doing=doing, repeat=repeat
    )
    if not isinstance(answer, dict) or 'job_id' not in answer:
        raise AssetError(f'could not {doing}: the answer names no job; check the URL')
    return str(answer['job_id'])
