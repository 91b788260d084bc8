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


"""Routes of jobs and tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from scenebox_ros.client.http import ABSENT, Http
from scenebox_ros.client.scope import Json, Scope
from scenebox_ros.errors import AssetError, JobError
from scenebox_ros.wire import asset_routes, job_routes as routes
from scenebox_ros.wire.route import Route

JOBS = Scope('jobs', True)


def add(http: Http, job: Json) -> str:
    """Create a job; return its id."""
    answer = http.call(routes.JOB_ADD, json=job, error=JobError, doing='create a job')
    if not isinstance(answer, dict) or 'job_id' not in answer:
        raise JobError('could not create a job: the answer names none; check the URL')
    return str(answer['job_id'])


def change(
    http: Http,
    route: Route,
    job_id: str,
    doing: str,
    *,
    query: Optional[Mapping[str, Any]] = None,
    body: Any = ABSENT,
    repeat: bool = True,
) -> Any:
    """Send one of the PUT requests that change a job."""
    return http.call(
        route,
        {'id': job_id},
        query,
        error=JobError,
        doing=f'{doing} job {job_id!r}',
        repeat=repeat,
        json=body,
    )


def status(http: Http, job_id: str) -> Json:
    """Read a job's status: ``{'status': 'running'}``."""
    return _object(http, routes.JOB_STATUS, job_id, 'get the status of')


def progress(http: Http, job_id: str) -> Json:
    """Read a job's progress: ``{'progress': 40.0}``, up to 100."""
    return _object(http, routes.JOB_PROGRESS, job_id, 'get the progress of')


def comprehensive_status(http: Http, job_id: str) -> Json:
    """Read a job's status, progress, stage and notes."""
    return _object(http, routes.JOB_COMPREHENSIVE_STATUS, job_id, 'get the status of')


def by_task(http: Http, task_id: str) -> list[str]:
    """Find the ids of the jobs that have a task."""
    search = {'filters': [{'field': 'task_id', 'values': [task_id]}]}
    answer = http.call(
        asset_routes.SEARCH_IDS,
        query=JOBS.query(),
        json=search,
        error=JobError,
        doing=f'find the job of task {task_id!r}',
        repeat=True,
    )
    results = answer.get('results', []) if isinstance(answer, dict) else []
    return [str(found) for found in results]


def task(http: Http, task_id: str) -> Json:
    """Read how far a bulk update is."""
    told: Json = http.call(
        routes.TASK_GET,
        {'id': task_id},
        error=AssetError,
        doing=f'get the status of task {task_id!r}',
        gives=dict,
    )
    return told


def delete_task(http: Http, task_id: str) -> Any:
    """Stop a bulk update."""
    return http.call(
        routes.TASK_DELETE, {'id': task_id}, error=AssetError, doing=f'stop task {task_id!r}'
    )


def abort_task(http: Http, task_id: str) -> Any:
    """Abort a task; return what the server says, good or bad."""
    doing = f'abort task {task_id!r}'
    return http.call(routes.TASK_ABORT, {'id': task_id}, error=JobError, doing=doing, lenient=True)


def _object(http: Http, route: Route, job_id: str, doing: str) -> Json:
    doing = f'{doing} job {job_id!r}'
    answer = http.call(route, {'id': job_id}, error=JobError, doing=doing)
    if not isinstance(answer, dict):
        raise JobError(f'could not {doing}: the answer is {answer!r}; check the URL')
    return answer
