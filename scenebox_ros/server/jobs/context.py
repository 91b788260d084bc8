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

"""What a running job's handler holds in its hands."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from concurrent.futures.process import BrokenProcessPool
import threading
import time
from typing import Any, TYPE_CHECKING, TypeVar

from scenebox_ros.errors import JobError
from scenebox_ros.server.store.documents import Owner
from scenebox_ros.server.store.json_text import dumps

if TYPE_CHECKING:
    from scenebox_ros.server.core import Core
    from scenebox_ros.server.jobs.runner import Jobs
    from scenebox_ros.server.jobs.workers import Worker

T = TypeVar('T')
MIN_STEP = 1.0
MIN_WAIT_S = 0.5
ATTEMPTS = 2


class JobCancelledError(JobError):
    """The job was cancelled, or the server is stopping."""


class Job:
    """
    One running job.

    Attributes
    ----------
    id, kind, payload
        What is to be done; the payload is what was submitted.
    owner
        The reach to read and write documents with: the organization that submitted it.
    username
        Who submitted it.
    core
        The server's parts.

    """

    def __init__(self, jobs: Jobs, core: Core, id: str, kind: str, payload: Any, owner: str,
                 username: str) -> None:
        self._jobs = jobs
        self.core = core
        self.id = id
        self.kind = kind
        self.payload = payload
        self.owner = Owner(owner)
        self.username = username
        self.cancelled = threading.Event()
        self.stopping = False
        self._said = (-MIN_STEP, '')
        self._said_at = 0.0

    def check(self) -> None:
        """Raise :class:`JobCancelledError` if the job was cancelled; call it in every loop."""
        if self.cancelled.is_set():
            raise JobCancelledError(f'job {self.id} was cancelled')

    def progress(self, percent: float, stage: str = '') -> None:
        """Say how far it is, 0 to 100, and what is being done; also checks for cancelling."""
        self.check()
        percent = min(max(float(percent), 0.0), 100.0)
        last, last_stage = self._said
        changed = (stage and stage != last_stage) or percent - last >= MIN_STEP
        if not changed or time.monotonic() - self._said_at < MIN_WAIT_S:
            return
        self._said, self._said_at = (percent, stage or last_stage), time.monotonic()
        change: dict[str, Any] = {'progress': round(percent, 2)}
        if stage:
            change['stage'] = stage[:1024]
        self.core.documents.update(self.owner, 'jobs', self.id, change)

    def remember(self, name: str, value: Any) -> None:
        """Keep something in the payload, for when the job starts again after a restart."""
        self.payload = {**self.payload, name: value}
        sql = 'UPDATE queue SET payload = ? WHERE job = ?'
        row = (dumps(self.payload), self.id)
        self.core.database.write(lambda connection: connection.execute(sql, row))

    def note(self, text: str) -> None:
        """Append a note that the user will read."""
        self.core.documents.update(self.owner, 'jobs', self.id, {'notes': [text[:4096]]})

    def compute(self, function: Callable[..., T], *args: Any) -> T:
        """
        Run a function of a module in another process, where it does not hold up the server.

        It runs a second time if the process was killed, likely for want of memory, and ends with
        its process if the job is cancelled.

        Parameters
        ----------
        function, args
            Must be picklable; so must what it returns.

        Raises
        ------
        JobError
            If the process died again.

        """
        for _ in range(ATTEMPTS):
            with self._jobs.processes().lent(self.check) as worker:
                try:
                    return self._computed(worker, worker.submit(function, *args))
                except BrokenProcessPool:
                    self.check()
        raise JobError(
            f'the process that computed this was killed {ATTEMPTS} times; it may have run out of '
            'memory'
        )

    def _computed(self, worker: Worker, future: Future[T]) -> T:
        while not wait([future], timeout=0.5).done:
            if self.cancelled.is_set():
                worker.end()
                self.check()
        return future.result()
