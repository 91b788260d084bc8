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

"""Deleting everything that an organization has."""

from __future__ import annotations

from typing import Any, TYPE_CHECKING

from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.submit import submit
from scenebox_ros.server.api.table import ADMIN, Endpoint
from scenebox_ros.server.jobs.registry import job
from scenebox_ros.server.projects.campaigns import CAMPAIGNS, INSTANCES, TASKS
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.search.query import Query
from scenebox_ros.server.sets.service import CHUNK
from scenebox_ros.server.store.database import Connection
from scenebox_ros.server.store.documents import ASSET_TYPES
from scenebox_ros.wire import scene_routes as routes

if TYPE_CHECKING:
    from scenebox_ros.server.jobs.context import Job


@job('cleanup', heavy=True)
def delete_everything(running: Job) -> Any:
    """Delete all documents, sessions and vectors of an organization; bytes go with the sweep."""
    core, reach = running.core, running.owner
    kinds = sorted({*ASSET_TYPES, CAMPAIGNS, INSTANCES, TASKS} - {'jobs'})
    deleted = 0
    for done, kind in enumerate(kinds):
        while ids := core.search.ids(reach, kind, Query(), Page(size=CHUNK)):
            deleted += len(core.documents.delete(reach, kind, ids))
            running.check()
        running.progress(100.0 * (done + 1) / len(kinds), f'deleting {kind}')

    def work(connection: Connection) -> None:
        mine = 'SELECT session FROM timelines WHERE owner = ?'
        owner = (reach.organization_id,)
        connection.execute(f'DELETE FROM entities WHERE session IN ({mine})', owner)  # noqa: S608
        connection.execute('DELETE FROM timelines WHERE owner = ?', owner)
        connection.execute('DELETE FROM spaces WHERE owner = ?', owner)

    core.database.write(work)
    return {'deleted': deleted}


def cleanup(call: Call) -> Any:
    """Begin to delete everything that the caller's organization has."""
    return {'acknowledged': True, **submit(call, 'cleanup', {})}


ENDPOINTS = [Endpoint(routes.DELETE_ALL_DATA, cleanup, ADMIN)]
