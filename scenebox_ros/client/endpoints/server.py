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


"""Routes about the server itself and its user."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Optional

from scenebox_ros.client.http import Http
from scenebox_ros.client.scope import Json, Scope
from scenebox_ros.errors import AssetError, IdentityError
from scenebox_ros.model import plain
from scenebox_ros.wire import asset_routes as routes


def identity(http: Http) -> Json:
    """Ask who the token belongs to."""
    answer = http.call(routes.AUTH, error=IdentityError, doing='get the identity of the token')
    if not isinstance(answer, dict):
        raise IdentityError(f'the identity of the token is {answer!r}; check the URL')
    return answer


def clear_cache(http: Http, all_organizations: bool, partitions: Optional[Iterable[str]]) -> Json:
    """Make the server forget what it cached."""
    listed = plain.listed(partitions, 'partitions')
    told: Json = http.call(
        routes.CLEAR_CACHE,
        query={'all_organizations': all_organizations},
        json={'partitions': listed} if listed else {},
        error=AssetError,
        doing='clear the server cache',
        repeat=True,
        gives=dict,
    )
    return told


def assets_status(http: Http, scope: Scope) -> None:
    """Ask whether the service for an asset type works."""
    http.call(
        routes.ASSETS_STATUS,
        query=scope.query(),
        error=AssetError,
        doing=f'get the status of {scope.asset_type}',
    )
