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

"""Assets of any type: searches, documents, comments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scenebox_ros.client.endpoints.scene.reply import Json
from scenebox_ros.client.http import Http
from scenebox_ros.model import plain
from scenebox_ros.wire import scene_routes as routes
from scenebox_ros.wire.route import Route


def search(
    http: Http, asset_type: str, query: Mapping[str, Any], page: Mapping[str, Any]
) -> list[str]:
    """Search ids."""
    reply: list[str] = http.call(
        routes.ASSET_SEARCH, {'asset_type': asset_type}, page, json=query, repeat=True,
        gives=list, of=str, doing=f'search {asset_type}',
    )
    return reply


def search_meta(
    http: Http, asset_type: str, query: Mapping[str, Any], page: Mapping[str, Any]
) -> list[Json]:
    """Search documents."""
    reply: list[Json] = http.call(
        routes.ASSET_SEARCH_META, {'asset_type': asset_type}, page, json=query, repeat=True,
        gives=list, of=dict, doing=f'search the metadata of {asset_type}',
    )
    return reply


def summary(http: Http, asset_type: str, request: Mapping[str, Any]) -> Json:
    """Count values of fields."""
    reply: Json = http.call(
        routes.ASSET_SUMMARY, {'asset_type': asset_type}, json=request, repeat=True,
        gives=dict, doing=f'summarize {asset_type}',
    )
    return reply


def read(http: Http, route: Route, asset_type: str, gives: type | None = None) -> Any:
    """Read what is known about a type's fields."""
    return http.call(
        route, {'asset_type': asset_type}, gives=gives, doing=f'read the fields of {asset_type}'
    )


def metadata(http: Http, asset_type: str, id: str) -> Json:
    """Read an asset's document together with its session's entities."""
    reply: Json = http.call(
        routes.ASSET_METADATA, {'asset_type': asset_type, 'id': id},
        {'with_session_metadata': True}, gives=dict, doing=f'get the metadata of {id!r}',
    )
    return reply


def comment(http: Http, route: Route, asset_type: str, ids: Iterable[str], **rest: str) -> Any:
    """Add, delete or read comments of assets."""
    return http.call(
        route, {'asset_type': asset_type}, json={'ids': plain.listed(ids), **rest},
        repeat=route is not routes.ASSET_ADD_COMMENT, doing=f'handle comments of {asset_type}',
    )
