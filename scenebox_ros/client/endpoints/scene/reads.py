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

"""Routes that only read, by a query in a JSON body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenebox_ros.client.http import Http
from scenebox_ros.errors import ResponseError
from scenebox_ros.wire.route import Route


def read(
    http: Http,
    route: Route,
    body: Mapping[str, Any],
    path: Mapping[str, str] | None = None,
    error: type[ResponseError] = ResponseError,
    gives: type | None = None,
    of: type | None = None,
) -> Any:
    """Ask; asking twice does nothing, so it may be repeated."""
    noun = route.path.rstrip('/').rpartition('/')[2].replace('_', ' ')
    return http.call(
        route, path, json=body, error=error, repeat=True, gives=gives, of=of,
        doing=f'read {noun!r}',
    )
