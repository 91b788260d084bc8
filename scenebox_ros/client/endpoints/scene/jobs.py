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

"""Routes that do nothing but start a job from a JSON body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenebox_ros.client.endpoints.scene.reply import Json
from scenebox_ros.client.http import Http
from scenebox_ros.wire.route import Route


def start(
    http: Http, route: Route, body: Mapping[str, Any], path: Mapping[str, str] | None = None
) -> Json:
    """
    Start a job; the answer has its ``job_id``.

    Compressions, extractions, inference, indexing and the like differ in nothing but their route
    and their body, so they share this function.
    """
    noun = route.path.rstrip('/').rpartition('/')[2].replace('_', ' ')
    reply: Json = http.call(route, path, json=body, gives=dict, doing=f'start the job {noun!r}')
    return reply
