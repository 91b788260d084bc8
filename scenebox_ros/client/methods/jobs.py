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


"""Move a job from one state to the next."""

from __future__ import annotations

from typing import Any, Optional

from scenebox_ros.client.endpoints import jobs
from scenebox_ros.client.methods.job_reports import JobReportMethods, LONGEST_TEXT
from scenebox_ros.client.methods.job_status import cancel_job
from scenebox_ros.wire import job_routes as routes


class JobMethods(JobReportMethods):
    """Move a job from one state to the next."""

    def queue(self) -> Any:
        """
        Say that the job waits for its turn.

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
        >>> job.queue()
        {'acknowledged': True}

        """
        return self._change(routes.JOB_QUEUE, 'queue')

    def run(self, cpu_core: Optional[int] = None, hostname: Optional[str] = None) -> Any:
        """
        Say that the job runs.

        Parameters
        ----------
        cpu_core, hostname
            Where it runs.

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
        >>> job.run(hostname='worker-3')
        {'acknowledged': True}

        """
        where = {'cpu_core': cpu_core, 'hostname': hostname}
        body = {name: value for name, value in where.items() if value is not None}
        return self._change(routes.JOB_RUN, 'run', body=body)

    def finish(self) -> Any:
        """
        Say that the job is finished.

        Returns
        -------
        dict or None
            The server's answer; None if the job is finished already.

        Raises
        ------
        JobError
            If the server refuses and ``raise_on_failure`` is set.

        Examples
        --------
        >>> job.finish()
        {'acknowledged': True}

        """
        if self.get_status() == self.STATUS_FINISHED:
            return None
        return self._change(routes.JOB_FINISH, 'finish')

    def abort(
        self,
        revoke_celery_job: bool = False,
        error_string: str = '',
        exception: Optional[BaseException] = None,
    ) -> Any:
        """
        Say that the job failed.

        Parameters
        ----------
        revoke_celery_job
            Also stop what works on it.
        error_string
            Why.
        exception
            Why, instead of ``error_string``.

        Returns
        -------
        dict or None
            The server's answer; None if the job is aborted already.

        Raises
        ------
        JobError
            If the server refuses and ``raise_on_failure`` is set.

        Examples
        --------
        >>> job.abort(error_string='the disk is full')
        {'acknowledged': True}

        """
        why = (error_string if exception is None else repr(exception))[:LONGEST_TEXT]
        self.update_stage(f'Error :{why}')
        if self.get_status() == self.STATUS_ABORTED:
            return None
        query = {'error_string': why, 'revoke': revoke_celery_job}
        return self._change(routes.JOB_ABORT, 'abort', query=query)

    def resubmit(self) -> Any:
        """
        Start the job again.

        Returns
        -------
        dict
            The server's answer.

        Raises
        ------
        JobError
            If the server refuses.

        Examples
        --------
        >>> job.resubmit()
        {'acknowledged': True}

        """
        return jobs.change(self._http, routes.JOB_RESUBMIT, self.job_id, 'resubmit', repeat=False)

    def cancel(self) -> Any:
        """
        Stop the job.

        Returns
        -------
        dict
            The server's answer.

        Raises
        ------
        JobError
            If the server refuses.

        Examples
        --------
        >>> job.cancel()
        {'acknowledged': True}

        """
        return cancel_job(self._http, self.job_id)

    def abort_task(self, task_id: str) -> Any:
        """
        Abort a task of the index.

        Parameters
        ----------
        task_id
            The task.

        Returns
        -------
        dict
            The server's answer, good or bad.

        Examples
        --------
        >>> job.abort_task('task_1')
        {'acknowledged': True}

        """
        return jobs.abort_task(self._http, task_id)
