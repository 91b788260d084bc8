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

"""Sets: create, fill, lock, split, compare, zip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenebox_ros.client.answers import list_in
from scenebox_ros.client.endpoints.scene.reply import job_of, Json, optional, text
from scenebox_ros.client.http import Http
from scenebox_ros.errors import ResponseError
from scenebox_ros.wire import scene_routes as routes


def create(http: Http, body: Mapping[str, Any]) -> str:
    """Create a set; return its id."""
    doing = f'create set {body["name"]!r}'
    return text(http.call(routes.SET_ADD, json=body, doing=doing), 'id', doing)


def lock(http: Http, set_id: str) -> None:
    """Lock a set."""
    http.call(routes.SET_LOCK, {'set_id': set_id}, doing=f'lock set {set_id!r}')


def unlock(http: Http, set_id: str) -> None:
    """Unlock a set."""
    http.call(routes.SET_UNLOCK, {'set_id': set_id}, doing=f'unlock set {set_id!r}')


def is_locked(http: Http, set_id: str) -> bool:
    """Tell whether a set is locked."""
    reply = http.call(
        routes.SET_IS_LOCKED, {'set_id': set_id}, doing=f'read the lock of set {set_id!r}'
    )
    return bool(optional(reply, 'locked'))


def delete(http: Http, set_id: str, delete_content: bool) -> str:
    """Start deleting a set; return the job's id."""
    return job_of(http.call(
        routes.SET_DELETE, {'set_id': set_id}, {'delete_content': delete_content},
        doing=f'delete set {set_id!r}',
    ))


def split(http: Http, body: Mapping[str, Any]) -> Json:
    """Start splitting a set."""
    reply: Json = http.call(
        routes.SET_SPLIT, json=body, gives=dict, doing=f'split set {body["set_id"]!r}'
    )
    return reply


def status(http: Http, set_id: str) -> Json:
    """Read what is happening to a set."""
    reply: Json = http.call(
        routes.SET_STATUS, {'set_id': set_id}, gives=dict,
        doing=f'get the status of set {set_id!r}'
    )
    return reply


def add_by_search(http: Http, set_id: str, search: Mapping[str, Any], limit: int | None) -> str:
    """Start adding what a search finds; return the job's id."""
    return job_of(http.call(
        routes.SET_ADD_QUERY, {'set_id': set_id}, {'limit': limit}, json=search,
        repeat=limit is None, doing=f'add assets to set {set_id!r}',
    ))


def add_assets(http: Http, set_id: str, asset_ids: Sequence[str]) -> str:
    """Start adding assets; return the job's id."""
    return job_of(http.call(
        routes.SET_ADD_LIST, {'set_id': set_id}, json={'asset_list': list(asset_ids)},
        repeat=True, doing=f'add {len(asset_ids)} assets to set {set_id!r}',
    ))


def remove_by_search(http: Http, set_id: str, search: Mapping[str, Any]) -> str:
    """Start removing what a search finds; return the job's id."""
    return job_of(http.call(
        routes.SET_REMOVE_QUERY, {'set_id': set_id}, json=search, repeat=True,
        doing=f'remove assets from set {set_id!r}',
    ))


def remove_assets(http: Http, set_id: str, asset_ids: Sequence[str]) -> str:
    """Start removing assets; return the job's id."""
    return job_of(http.call(
        routes.SET_REMOVE_LIST, {'set_id': set_id}, json={'asset_list': list(asset_ids)},
        repeat=True, doing=f'remove {len(asset_ids)} assets from set {set_id!r}',
    ))


def list_assets(http: Http, set_id: str, search: Mapping[str, Any], with_meta: bool) -> list[Any]:
    """List a set's assets, their ids or their documents."""
    route = routes.SET_LIST_META if with_meta else routes.SET_LIST
    doing = f'list the assets of set {set_id!r}'
    reply = http.call(
        route, {'set_id': set_id}, json=search, repeat=True, gives=dict, doing=doing
    )
    return list_in(reply, 'results', ResponseError, dict if with_meta else str)


def zip_all(
    http: Http, set_id: str, version: str | None, force_recreate: bool
) -> tuple[str, str]:
    """Start zipping a set; return the ids of the job and of the zip file."""
    reply = http.call(
        routes.SET_ZIP, {'set_id': set_id},
        {'version': version or None, 'force_recreate': force_recreate},
        doing=f'zip set {set_id!r}',
    )
    return job_of(reply), str(optional(reply, 'zip_id') or '')


def commit(http: Http, set_id: str, message: str) -> str | None:
    """Start committing a version of a set; None if it is in sync already."""
    reply = http.call(
        routes.SET_COMMIT, {'set_id': set_id}, json={'message': message},
        doing=f'commit set {set_id!r}',
    )
    return job_of(reply) or None


def create_shards(http: Http, set_id: str, force_recreate: bool, shard_size: int) -> str:
    """Start cutting a set into zip files that can be streamed; return the job's id."""
    return job_of(http.call(
        routes.SET_SHARDS, {'set_id': set_id},
        {'force_recreate': force_recreate, 'shard_size': shard_size},
        doing=f'shard set {set_id!r}',
    ))


def compare(http: Http, body: Mapping[str, Any]) -> str:
    """Start comparing sets; return the job's id."""
    return job_of(http.call(routes.SETS_COMPARE, json=body, doing='compare sets'))


def matrix(http: Http, search: Mapping[str, Any] | None, index_name: str | None) -> list[Json]:
    """Read the matrix of compared sets."""
    reply: list[Json] = http.call(
        routes.SETS_MATRIX, json={'search': search, 'index_name': index_name}, repeat=True,
        gives=list, of=dict, doing='get the comparison matrix',
    )
    return reply
