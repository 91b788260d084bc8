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


"""Routes that give permission to upload, and end an upload."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional, Union

from scenebox_ros.client.http import Http
from scenebox_ros.client.scope import Json, Scope
from scenebox_ros.errors import AssetError
from scenebox_ros.wire import asset_routes as routes
from scenebox_ros.wire.route import Route


def upload_urls(
    http: Http,
    scope: Scope,
    storage_ids: Sequence[str],
    owner_organization_id: Optional[str] = None,
    content_type: Union[str, Sequence[str], None] = None,
    content_encoding: Optional[str] = None,
) -> dict[str, Json]:
    """Ask where to upload files to, per storage id: ``url``, ``fields``, ``uri``, ``put_url``."""
    optional = {
        'owner_organization_id': owner_organization_id,
        'content_type': content_type,
        'content_encoding': content_encoding,
    }
    body = {'ids': list(storage_ids), **{k: v for k, v in optional.items() if v}}
    doing = f'get upload URLs for {len(storage_ids)} files of {scope.asset_type}'
    answer = http.call(
        routes.UPLOAD_URL,
        query=scope.query(),
        json=body,
        error=AssetError,
        doing=doing,
        repeat=True,
    )
    missing = [i for i in storage_ids if not isinstance(answer, dict) or i not in answer]
    if missing:
        raise AssetError(f'could not {doing}: the answer lacks {missing[0]!r}; check the URL')
    return dict(answer)


def start_multipart(
    http: Http, scope: Scope, storage_id: str, owner_organization_id: Optional[str]
) -> str:
    """Start an upload in parts; return its id."""
    body = _with_owner({'id': storage_id}, owner_organization_id)
    doing = f'start the upload of {storage_id!r}'
    return _text(http, scope, routes.MULTIPART_START, body, doing, 'upload_id', True)


def part_url(
    http: Http,
    scope: Scope,
    storage_id: str,
    part_no: int,
    upload_id: str,
    owner_organization_id: Optional[str],
) -> str:
    """Ask where to put a part; parts count from 1."""
    body = {'id': storage_id, 'part_no': part_no, 'upload_id': upload_id}
    body = _with_owner(body, owner_organization_id)
    doing = f'get the upload URL for part {part_no} of {storage_id!r}'
    return _text(http, scope, routes.MULTIPART_URL, body, doing, 'url', True)


def complete_multipart(
    http: Http,
    scope: Scope,
    storage_id: str,
    parts: Sequence[tuple[int, str]],
    upload_id: str,
    owner_organization_id: Optional[str],
) -> str:
    """Put the parts, numbers and ETags, together; return the file's URI."""
    listed = [{'ETag': etag, 'PartNumber': number} for number, etag in parts]
    body = {'id': storage_id, 'parts': listed, 'upload_id': upload_id}
    body = _with_owner(body, owner_organization_id)
    doing = f'complete the upload of {storage_id!r}'
    return _text(http, scope, routes.MULTIPART_COMPLETE, body, doing, 'uri', None)


def clear_bytes(http: Http, scope: Scope, storage_id: str) -> None:
    """Make the server forget what it cached of a file."""
    http.call(
        routes.CLEAR_BYTES,
        query={**scope.query(), 'id': storage_id},
        error=AssetError,
        doing=f'clear the cached bytes of {storage_id!r}',
    )


def _with_owner(body: Json, owner_organization_id: Optional[str]) -> Json:
    if owner_organization_id:
        return {**body, 'owner_organization_id': owner_organization_id}
    return body


def _text(
    http: Http, scope: Scope, route: Route, body: Json, doing: str, key: str, repeat: Any
) -> str:
    answer = http.call(
        route, query=scope.query(), json=body, error=AssetError, doing=doing, repeat=repeat
    )
    if not isinstance(answer, dict) or not answer.get(key):
        raise AssetError(f'could not {doing}: the answer has no {key!r}; check the URL')
    return str(answer[key])
