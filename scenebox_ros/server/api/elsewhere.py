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

"""Routes to services that this server does not have: each says what is missing."""

from __future__ import annotations

from typing import Any

from scenebox_ros.errors import DependencyError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.table import Endpoint, WRITE
from scenebox_ros.wire import scene_routes as routes


def no_issue_tracker(call: Call) -> Any:
    """Refuse to make issues; the clients take any answer but an error for a connection."""
    raise DependencyError('no issue tracker is connected to this server')


def no_foreign_code(call: Call) -> Any:
    """Refuse to run functions that clients uploaded as pickles: a pickle can do anything."""
    raise DependencyError(
        'this server does not run uploaded code; run the function where the client is, and write '
        'its results through the asset manager'
    )


ENDPOINTS = [
    Endpoint(routes.JIRA_IS_CONNECTED, no_issue_tracker),
    Endpoint(routes.JIRA_CREATE, no_issue_tracker, WRITE),
    Endpoint(routes.JIRA_LINK, no_issue_tracker, WRITE),
    Endpoint(routes.UDF_DRY_RUN, no_foreign_code, WRITE),
    Endpoint(routes.UDF_BATCH, no_foreign_code, WRITE),
    Endpoint(routes.UDF_RUN_SCRIPT, no_foreign_code, WRITE),
]
