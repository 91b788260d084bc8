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


"""Routes that tell where bytes are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from scenebox_ros.client.answers import of_kind
from scenebox_ros.client.http import Http
from scenebox_ros.client.scope import Json, Scope
from scenebox_ros.errors import AssetError
from scenebox_ros.wire import asset_routes as routes


def asset_url(http: Http, scope: Scope, asset_id: str, expiration: int) -> str:
    """Ask for a URL of an asset's bytes."""
    answer = http.call(
        routes.ASSET_URL,
        {'id': asset_id},
        scope.query(return_url=True, expiration=expiration),
        error=AssetError,
        doing=f'get the URL of {asset_id!r} of {scope.asset_type}',
    )
    return _url_in(answer, f'{asset_id!r} of {scope.asset_type}')


def access_url(http: Http, scope: Scope, object_access: Json) -> str:
    """Ask for a URL of what an object access names."""
    answer = http.call(
        routes.ACCESS_URL,
        query=scope.query(),
        json=object_access,
        error=AssetError,
        doing=f'get the URL of {object_access.get("uri")!r}',
        repeat=True,
    )
    return _url_in(answer, repr(object_access.get('uri')))


def access_urls(
    http: Http, scope: Scope, object_accesses: Mapping[str, Json], of_assets: bool = False
) -> dict[str, str]:
    """Ask for URLs of many; keys are ids."""
    doing = f'get the URLs of {len(object_accesses)} {scope.asset_type}'
    urls: dict[str, str] = http.call(
        routes.ACCESS_URLS_OF_ASSETS if of_assets else routes.ACCESS_URLS,
        query=scope.query(),
        json={
            'object_accesses': list(object_accesses.values()),
            'ids': list(object_accesses),
        },
        error=AssetError,
        doing=doing,
        repeat=True,
        gives=dict,
    )
    of_kind(list(urls.values()), list, AssetError, doing, of=str)
    return urls


def list_objects(http: Http, bucket: str, cloud_storage: str, folder: Optional[str]) -> Any:
    """List what is in a bucket."""
    return http.call(
        routes.STORAGE_LIST,
        json={'bucket': bucket, 'cloud_storage': cloud_storage, 'folder': folder},
        error=AssetError,
        doing=f'list the objects in {cloud_storage}://{bucket}/{folder or ""}',
        repeat=True,
    )


def _url_in(answer: Any, what: str) -> str:
    url = answer.get('url') if isinstance(answer, dict) else None
    if not url:
        raise AssetError(f'{what} has no URL; check that its bytes were uploaded')
    return str(url)
