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

"""The scene engine's routes about sessions, sets and what is computed."""

from __future__ import annotations

from scenebox_ros.server.api import (
    annotations as annotation_routes,
    campaigns,
    cleanup,
    elsewhere,
    embeddings,
    indexing,
    media,
    models,
    projects,
    sessions,
    sets,
    timelines,
)
from scenebox_ros.server.api.table import Endpoint

ENDPOINTS: list[Endpoint] = [
    *sessions.ENDPOINTS,
    *timelines.ENDPOINTS,
    *sets.ENDPOINTS,
    *projects.ENDPOINTS,
    *media.ENDPOINTS,
    *annotation_routes.ENDPOINTS,
    *embeddings.ENDPOINTS,
    *models.ENDPOINTS,
    *campaigns.ENDPOINTS,
    *elsewhere.ENDPOINTS,
    *cleanup.ENDPOINTS,
    *indexing.ENDPOINTS,
]
