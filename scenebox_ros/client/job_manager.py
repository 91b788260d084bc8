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


"""The client of the job manager: create jobs, tell of them and wait for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
import logging
import os
import time
from typing import Optional

from scenebox_ros.client import cancel, polling
from scenebox_ros.client.endpoints import jobs
from scenebox_ros.client.http import Http, root_of
from scenebox_ros.client.methods.jobs import JobMethods
from scenebox_ros.client.pool import Timeouts
from scenebox_ros.errors import JobError, RequestTimeoutError
from scenebox_ros.wire.job_types import JOB_TYPES
from scenebox_ros.wire.route import Base

log = logging.getLogger(__name__)

DEFAULT_URL = 'https://asset-manager.prod.scenebox.ai'
USER_FACING = 'user_facing'
RESUBMITTABLE = 'resubmittable'
POLL_S = 10.0


class JobManagerClient(JobMethods):
    """
    One job on the platform.

    Parameters
    ----------
    auth_token
        Authentication token of the user.
    asset_manager_url
        The URL of the asset manager; by default the environment's ``ASSET_MANAGER_URL``.
    job_id
        A job that exists. Without it and without ``task_id``, a job is created.
    asset_type, asset_id
        What the new job is about.
    username
        Whose job it is.
    job_type
        What the new job does, one of the platform's job types.
    notes, description, stage, tags
        What to say of the new job.
    user_facing, resubmittable
        Add the tags of these names.
    task_sync
        Whether the job's task is waited for.
    task_id
        Find the job that has this task.
    email_notification
        Tell the user by mail once the job is finished.
    timeouts
        Limits of each request.
    http
        Share another client's connections, URLs and token.

    Raises
    ------
    JobError
        If the job type is unknown, or the job cannot be created.

    Examples
    --------
    >>> with JobManagerClient('my-token', 'https://host/v1', job_id='job_1') as job:
    ...     job.wait_for_completion()

    """

    def __init__(
        self,
        auth_token: Optional[str],
        asset_manager_url: Optional[str] = None,
        job_id: Optional[str] = None,
        asset_type: Optional[str] = None,
        asset_id: Optional[str] = None,
        username: Optional[str] = None,
        job_type: Optional[str] = None,
        notes: Optional[Sequence[str]] = None,
        description: Optional[str] = None,
        stage: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        user_facing: bool = False,
        task_sync: bool = False,
        resubmittable: bool = False,
        task_id: Optional[str] = None,
        email_notification: bool = False,
        *,
        timeouts: Optional[Timeouts] = None,
        http: Optional[Http] = None,
    ) -> None:
        self._http = http or _http(asset_manager_url, auth_token, timeouts)
        if task_id:
            self.job_id: str = self._job_of(task_id)
            return
        if job_id:
            self.job_id = job_id
            return
        if job_type is not None and job_type not in JOB_TYPES:
            known = ', '.join(sorted(JOB_TYPES))
            raise JobError(f'job type {job_type!r} does not exist; pass one of {known}')
        flags = {USER_FACING: user_facing, RESUBMITTABLE: resubmittable}
        job = {
            'asset_type': asset_type,
            'asset_id': asset_id or 'undefined',
            'user': username,
            'job_type': job_type or '',
            'notes': list(notes or []),
            'description': description or '',
            'stage': stage or '',
            'tags': [*(tags or []), *(tag for tag, is_set in flags.items() if is_set)],
            'task_sync': task_sync,
            'email_notification': email_notification,
        }
        self.job_id = jobs.add(self._http, job)

    def _job_of(self, task_id: str) -> str:
        try:
            found = jobs.by_task(self._http, task_id)
        except JobError as error:
            log.error('%s', error)
            return task_id
        if not found:
            log.error('no job has the task %s; using the task as the job', task_id)
        return found[0] if found else task_id


def wait_for_jobs(
    job_ids: Sequence[str],
    asset_manager_url: Optional[str],
    auth_token: Optional[str],
    timeout: Optional[float] = 900,
    raise_on_error: bool = False,
    progress_callback: Optional[Callable[[Mapping[str, float]], object]] = None,
) -> dict[str, int]:
    """
    Wait for several jobs.

    Parameters
    ----------
    job_ids
        The jobs.
    asset_manager_url
        The URL of the asset manager.
    auth_token
        Authentication token of the user.
    timeout
        Seconds to wait at most; None waits for ever.
    raise_on_error
        Raise as soon as a job is aborted.
    progress_callback
        Called after each look with the progress of each job, by id.

    Returns
    -------
    dict
        How many were ``successful`` and how many ``failed``.

    Raises
    ------
    JobError
        If a job is aborted and ``raise_on_error`` is set, or the server refuses to tell.
    TimeoutError
        If they take too long.

    Examples
    --------
    >>> wait_for_jobs(['job_1', 'job_2'], 'https://host/v1', 'my-token')
    {'successful': 2, 'failed': 0}

    """
    with _http(asset_manager_url, auth_token, None) as http:
        ends = time.monotonic() + timeout if timeout else None
        statuses: dict[str, Optional[str]] = dict.fromkeys(job_ids)
        progress: dict[str, float] = dict.fromkeys(job_ids, 0.0)
        while True:
            for job_id in _open(statuses):
                statuses[job_id] = jobs.status(http, job_id).get('status')
                progress[job_id] = float(jobs.progress(http, job_id).get('progress') or 0.0)
                if raise_on_error and statuses[job_id] == polling.ABORTED:
                    raise polling.aborted(job_id, polling.notes_of(http, job_id))
            if progress_callback:
                progress_callback(dict(progress))
            unfinished = _open(statuses)
            if not unfinished:
                failed = list(statuses.values()).count(polling.ABORTED)
                return {'successful': len(statuses) - failed, 'failed': failed}
            if ends is not None and time.monotonic() > ends:
                raise RequestTimeoutError(
                    f'{len(unfinished)} jobs, {unfinished[0]!r} first, are not finished after '
                    f'{timeout:g} s; pass a longer timeout'
                )
            cancel.sleep(POLL_S)


def _open(statuses: Mapping[str, Optional[str]]) -> list[str]:
    return [i for i, one in statuses.items() if one not in (polling.FINISHED, polling.ABORTED)]


def _http(url: Optional[str], token: Optional[str], timeouts: Optional[Timeouts]) -> Http:
    url = url or os.environ.get('ASSET_MANAGER_URL') or DEFAULT_URL
    versioned = url if url.endswith('/v1') else f'{url.rstrip("/").removesuffix("/v1")}/v1'
    bases: dict[Base, str] = {'v1': versioned, 'root': root_of(versioned)}
    return Http(bases, token, timeouts=timeouts)
