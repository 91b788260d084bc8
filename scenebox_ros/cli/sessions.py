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

"""Finding a recording's session on the server."""

from __future__ import annotations

from collections.abc import Callable

from scenebox_ros.client import SceneEngineClient


def session_finder(client: SceneEngineClient) -> Callable[[str], str | None]:
    """Give the function that finds a session's uid by its name."""

    def find(name: str) -> str | None:
        query = {'filters': [{'field': 'session_name', 'values': [name]}]}
        found = client.search_assets('sessions', query)
        return str(found[0]) if found else None

    return find
