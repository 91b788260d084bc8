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


"""Tell others how far a job is."""

from __future__ import annotations

import logging
from typing import Any, Optional

from scenebox_ros.client.endpoints import jobs
from scenebox_ros.client.http import ABSENT
from scenebox_ros.client.methods.job_status import JobStatusMethods
from scenebox_ros.client.scope import Json
from scenebox_ros.errors import JobError
from scenebox_ros.wire import job_routes as routes
from scenebox_ros.wire.route import Route

log = logging.getLogger(__name__)

LONGEST_TEXT = 1024
LEAST_STEP = 5.0
COMPLETE = 100.0


class JobReportMethods(JobStatusMethods):
    """
    Tell others how far a job is.

    Where the server refuses a change, that is logged and returned as ``{'status': <why>}``, unless
    ``raise_on_failure`` is set: a job must not fail because it could not tell how far it is.
    """

    def append_note(self, note: str) -> Any:
        """
        Add a note to the job.

        Parameters
        ----------
        note
            Any text.

        Returns
        -------
        dict
            The server's answer.

        Raises
        ------
        JobError
            If the server refuses and ``raise_on_failure`` is set.

        Examples
        --------
        >>> job.append_note('12 images could not be read')
        {'acknowledged': True}

        """
        query = {'note': note}
        return self._change(routes.JOB_NOTE, 'add a note to', query=query, repeat=False)

    def update_meta(self, key: str, value: Any) -> Any:
        """
        Write a field of the job's document.

        Parameters
        ----------
        key
            The field.
        value
            Any JSON.

        Returns
        -------
        dict
            The server's answer.

        Raises
        ------
        JobError
            If the server refuses and ``raise_on_failure`` is set.

        Examples
        --------
        >>> job.update_meta('num_images', 12)
        {'acknowledged': True}

        """
        body = {'key': key, 'value': value}
        return self._change(routes.JOB_META, 'write metadata of', body=body)

    def add_child_job(self, job_id: str) -> None:
        """
        Say that another job belongs to this one.

        Parameters
        ----------
        job_id
            The other job.

        Raises
        ------
        JobError
            If the server refuses and ``raise_on_failure`` is set.

        Examples
        --------
        >>> job.add_child_job('job_2')

        """
        self.update_meta('child_job_ids', [job_id])

    def update_stage(self, stage: str) -> Any:
        """
        Say what the job is doing.

        Parameters
        ----------
        stage
            Any text; 1024 characters are kept.

        Returns
        -------
        dict
            The server's answer.

        Raises
        ------
        JobError
            If the server refuses and ``raise_on_failure`` is set.

        Examples
        --------
        >>> job.update_stage('reading images')
        {'acknowledged': True}

        """
        self.last_stage: Optional[str] = stage[:LONGEST_TEXT]
        query = {'stage': self.last_stage}
        return self._change(routes.JOB_STAGE_PUT, 'write the stage of', query=query)

    def update_progress(
        self,
        progress: float,
        raise_on_abort_canceled: bool = False,
        message: Optional[str] = None,
        force_update: bool = False,
        min_progress: float = 0.0,
        max_progress: float = 100.0,
    ) -> Any:
        """
        Say how far the job is.

        Only steps of more than 5 are sent, and the end.

        Parameters
        ----------
        progress
            Up to 100.
        raise_on_abort_canceled
            Ask first whether the job was aborted.
        message
            What the job is doing.
        force_update
            Send it even if the step is small.
        min_progress, max_progress
            The part of the whole job that ``progress`` is about.

        Returns
        -------
        dict or None
            The server's answer; None if nothing was sent.

        Raises
        ------
        JobError
            If the job was aborted and ``raise_on_abort_canceled`` is set, or if the server refuses
            and ``raise_on_failure`` is set.

        Examples
        --------
        >>> job.update_progress(50, message='reading images')
        {'acknowledged': True}

        """
        share = min_progress + progress * (max_progress - min_progress) / COMPLETE
        is_step = share - self.last_progress > LEAST_STEP or share >= COMPLETE
        if not (is_step or force_update or (message and message != self.last_stage)):
            return None
        if raise_on_abort_canceled and self.get_status() == self.STATUS_ABORTED:
            raise JobError(f'job {self.job_id!r} was aborted; stop working on it')
        if message:
            self.update_stage(message)
        self.last_progress = share
        query = {'progress': round(share, 2)}
        return self._change(routes.JOB_PROGRESS_PUT, 'write the progress of', query=query)

    def _change(
        self,
        route: Route,
        doing: str,
        *,
        query: Optional[Json] = None,
        body: Any = ABSENT,
        repeat: bool = True,
    ) -> Any:
        try:
            return jobs.change(
                self._http, route, self.job_id, doing, query=query, body=body, repeat=repeat
            )
        except JobError as error:
            if self.raise_on_failure:
                raise
            log.warning('%s', error)
            return {'status': str(error)}
