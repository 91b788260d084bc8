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


"""Routes that count and summarize assets."""

from __future__ import annotations

from typing import Any, Optional

from scenebox_ros.client.http import Http
from scenebox_ros.client.scope import Json, Scope
from scenebox_ros.errors import AssetError
from scenebox_ros.wire import asset_routes as routes
from scenebox_ros.wire.route import Route

# Nothing is no assets.
NUMBER = (int, float, type(None))
AGGREGATES = {
    'sum': routes.SUM,
    'average': routes.AVERAGE,
    'cardinality': routes.CARDINALITY,
}


def count(http: Http, scope: Scope, search: Json) -> Any:
    """Count the assets that match."""
    return _read(http, scope, routes.COUNT, search, f'count {scope.asset_type}', NUMBER)


def aggregate(
    http: Http, scope: Scope, how: str, field_name: str, is_nested: bool, search: Json
) -> Any:
    """Sum, average or count the distinct values of a field."""
    body = {'search': search, 'field_name': field_name, 'is_nested': is_nested}
    doing = f'get the {how} of {field_name!r} over {scope.asset_type}'
    return _read(http, scope, AGGREGATES[how], body, doing, NUMBER)


def summary(http: Http, scope: Scope, request: Json) -> Json:
    """Count the values of fields."""
    doing = f'summarize {scope.asset_type}'
    return _read(http, scope, routes.SUMMARY, request, doing, (dict, type(None))) or {}


def summary_2d(http: Http, scope: Scope, request: Json) -> Any:
    """Count the pairs of values of two fields."""
    return _read(http, scope, routes.SUMMARY_2D, request, f'summarize {scope.asset_type}')


def summary_nd(http: Http, scope: Scope, request: Json) -> Any:
    """Count the combinations of values of several fields."""
    return _read(http, scope, routes.SUMMARY_ND, request, f'summarize {scope.asset_type}')


def field_statistics(
    http: Http, scope: Scope, field_dicts: list[Json], max_size_for_agg: Optional[int]
) -> Any:
    """Summarize fields by their type."""
    body: Json = {'field_dicts': field_dicts}
    if max_size_for_agg:
        body['max_size_for_agg'] = max_size_for_agg
    doing = f'get statistics of fields of {scope.asset_type}'
    return _read(http, scope, routes.FIELD_STATISTICS, body, doing)


def _read(
    http: Http,
    scope: Scope,
    route: Route,
    body: Json,
    doing: str,
    gives: tuple[type, ...] | None = None,
) -> Any:
    return http.call(
        route, query=scope.query(), json=body, error=AssetError, gives=gives, doing=doing,
        repeat=True,
    )
