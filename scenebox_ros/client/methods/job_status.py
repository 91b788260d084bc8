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


"""Tell how far a job is, and wait for it."""

from __future__ import annotations

from collections.abc import Callable
import logging
import time
from typing import Any, ClassVar, NamedTuple, Optional, TypeVar

from scenebox_ros.client import cancel, polling
from scenebox_ros.client.answers import number_in, text_in
from scenebox_ros.client.endpoints import jobs
from scenebox_ros.client.http import Http
from scenebox_ros.client.methods.base import Methods
from scenebox_ros.client.scope import Json
from scenebox_ros.errors import JobError
from scenebox_ros.wire import job_routes as routes

log = logging.getLogger(__name__)

T = TypeVar('T')
ProgressCallback = Callable[[float, Optional[str]], object]


class Job(NamedTuple):
    """What is known of a job; ``progress`` goes up to 100."""

    id: str
    status: str | None = None
    progress: float = 0.0
    description: str = ''
    stage: Optional[str] = None


class JobStatusMethods(Methods):
    """
    Tell how far a job is, and wait for it.

    Where the server refuses to tell, that is logged and the last known answer returned, unless
    ``raise_on_failure`` is set: a job must not fail because it could not tell how far it is.
    """

    STATUS_QUEUED: ClassVar[str] = 'queued'
    STATUS_RUNNING: ClassVar[str] = 'running'
    STATUS_FINISHED: ClassVar[str] = polling.FINISHED
    STATUS_ABORTED: ClassVar[str] = polling.ABORTED

    job_id: str
    raise_on_failure: bool = False
    last_progress: float = 0.0
    last_stage: Optional[str] = None
    last_status: Optional[str] = STATUS_QUEUED

    def get_status(self) -> Optional[str]:
        """
        Tell the job's status.

        Returns
        -------
        str
            ``'queued'``, ``'running'``, ``'finished'`` or ``'aborted'``.

        Raises
        ------
        JobError
            If the server refuses and ``raise_on_failure`` is set.

        Examples
        --------
        >>> job.get_status()
        'running'

        """
        self.last_status = self._told(jobs.status, 'status', text_in, self.last_status)
        return self.last_status

    def get_progress(self) -> float:
        """
        Tell the job's progress.

        Returns
        -------
        float
            Up to 100.

        Raises
        ------
        JobError
            If the server refuses and ``raise_on_failure`` is set.

        Examples
        --------
        >>> job.get_progress()
        40.0

        """
        self.last_progress = self._told(jobs.progress, 'progress', number_in, self.last_progress)
        return self.last_progress

    def get_comprehensive_status(self) -> Json:
        """
        Tell everything about the job.

        Returns
        -------
        dict
            ``status``, ``progress``, ``stage``, ``notes`` and more.

        Raises
        ------
        JobError
            If the server refuses.

        Examples
        --------
        >>> job.get_comprehensive_status()['stage']
        'reading images'

        """
        return jobs.comprehensive_status(self._http, self.job_id)

    def get_notes(self) -> list[str]:
        """
        List the job's notes.

        Returns
        -------
        list of str
            What went wrong, for example.

        Raises
        ------
        JobError
            If the server refuses.

        Examples
        --------
        >>> job.get_notes()
        ['12 images could not be read']

        """
        return polling.notes_in(self.get_comprehensive_status())

    def get_job(self) -> Job:
        """
        Tell what is known of the job.

        Returns
        -------
        Job
            With ``id``, ``status``, ``progress``, ``description`` and ``stage``.

        Raises
        ------
        JobError
            If the server refuses.

        Examples
        --------
        >>> job.get_job().progress
        40.0

        """
        told = self.get_comprehensive_status()
        progress = number_in(told, 'progress', JobError)
        status, stage = (text_in(told, key, JobError) for key in ('status', 'stage'))
        return Job(self.job_id, status, progress, '', stage)

    def wait_for_completion(
        self,
        increments_sec: float = 10,
        enable_max_wait: bool = False,
        max_wait_sec: float = 300,
        progress_callback: Optional[ProgressCallback] = None,
    ) -> None:
        """
        Wait until the job is finished.

        Ctrl-C cancels the job.

        Parameters
        ----------
        increments_sec
            Seconds between two looks.
        enable_max_wait
            Whether ``max_wait_sec`` counts.
        max_wait_sec
            Seconds to wait at most.
        progress_callback
            Called at each look with the progress and the stage.

        Raises
        ------
        JobError
            If the job is aborted or cancelled, or takes too long.

        Examples
        --------
        >>> job.wait_for_completion(enable_max_wait=True, max_wait_sec=600)

        """
        ends = time.monotonic() + max_wait_sec if enable_max_wait else None
        try:
            while (job := self.get_job()).status != self.STATUS_FINISHED:
                log.info('job %s is %s at %.0f %%', job.id, job.status, job.progress)
                if progress_callback:
                    progress_callback(job.progress, job.stage)
                if job.status == self.STATUS_ABORTED:
                    raise polling.aborted(self.job_id, self.get_notes())
                if ends is not None and time.monotonic() + increments_sec > ends:
                    raise JobError(
                        f'job {self.job_id!r} is {job.status} after {max_wait_sec:g} s; pass a '
                        'longer max_wait_sec'
                    )
                cancel.sleep(increments_sec)
        except KeyboardInterrupt:
            cancel_job(self._http, self.job_id)
            raise JobError(f'job {self.job_id!r} was cancelled by its user') from None
        if progress_callback:
            progress_callback(job.progress, job.stage)

    def _told(
        self,
        ask: Callable[[Http, str], Json],
        key: str,
        read: Callable[[Json, str, type[JobError]], T],
        last: T,
    ) -> T:
        try:
            told = ask(self._http, self.job_id)
            return read(told, key, JobError) if key in told else last
        except JobError as error:
            if self.raise_on_failure:
                raise
            log.warning('%s', error)
            return last


def cancel_job(http: Http, job_id: str) -> Any:
    """Stop a job."""
    try:
        return jobs.change(http, routes.JOB_CANCEL, job_id, 'cancel')
    except JobError:
        # Some servers know only the original client's spelling.
        return jobs.change(http, routes.JOB_CANCEL_DOUBLED, job_id, 'cancel')
