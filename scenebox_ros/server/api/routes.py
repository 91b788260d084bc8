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

"""Every route of the server in one table; each module of the API adds its own."""

from __future__ import annotations

from scenebox_ros.server.api import (
    assets,
    batches,
    bulk,
    bytes as object_bytes,
    checks,
    identity,
    jobs,
    openapi,
    scene,
    scene_assets,
    status,
    summaries,
    uploads,
)
from scenebox_ros.server.api.metrics import Metrics
from scenebox_ros.server.api.table import Endpoint, Table
from scenebox_ros.server.web import pages

MODULES = (
    status,
    assets,
    batches,
    summaries,
    bulk,
    uploads,
    object_bytes,
    checks,
    scene_assets,
    scene,
    jobs,
    identity,
    pages,
)


def table(metrics: Metrics) -> Table:
    """Build the table."""
    endpoints: list[Endpoint] = [status.metrics_endpoint(metrics)]
    for module in MODULES:
        endpoints += module.ENDPOINTS
    endpoints += openapi.endpoints(endpoints)
    return Table(endpoints)
