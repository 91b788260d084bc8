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

"""Routes of our own server that tell what it really holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from scenebox_ros.client.answers import of_kind
from scenebox_ros.client.http import Http
from scenebox_ros.client.scope import Scope
from scenebox_ros.errors import AssetError, ResponseError
from scenebox_ros.wire import extension_routes as routes


def hashes(http: Http, scope: Scope, ids: Sequence[str]) -> Mapping[str, Optional[str]]:
    """Let the server hash the bytes of assets anew."""
    doing = f'hash {scope.asset_type}'
    reply: Mapping[str, Optional[str]] = http.call(
        routes.HASHES, None, scope.query(), json={'ids': list(ids)}, error=AssetError,
        repeat=True, gives=dict, doing=doing,
    )
    for digest in reply.values():
        of_kind(digest, (str, type(None)), AssetError, doing)
    return reply


def missing_entities(http: Http, session_uid: str, ids: Sequence[str]) -> Sequence[str]:
    """Ask which entities a session does not have."""
    path = {'session_uid': session_uid}
    doing = 'look for entities'
    reply = http.call(
        routes.MISSING_ENTITIES, path, json={'entity_ids': list(ids)}, repeat=True,
        gives=dict, doing=doing,
    )
    missing: list[str] = of_kind(reply.get('missing'), list, ResponseError, doing, of=str)
    return missing


def list_entities(
    http: Http, session_uid: str, names: Sequence[str] | None, after: str
) -> Mapping[str, Any]:
    """Get a page of a session's entities."""
    body = {'after': after, **({} if names is None else {'entity_names': list(names)})}
    path = {'session_uid': session_uid}
    doing = 'list entities'
    reply = http.call(routes.LIST_ENTITIES, path, json=body, repeat=True, gives=dict, doing=doing)
    of_kind(reply.get('entities'), list, ResponseError, doing, of=dict)
    of_kind(reply.get('after'), (str, type(None)), ResponseError, doing)
    found: Mapping[str, Any] = reply
    return found
