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

"""
The queue of jobs.

Threads: ``job_threads`` workers take jobs out of the table ``queue`` by priority, then age. A
worker ends when :meth:`Jobs.close` is called; its job is asked to stop and is queued again at
the next start, as are jobs that a killed server was running. Heavy computing goes to a pool of
processes that is made when it is first needed.
"""

from __future__ import annotations

from functools import partial
import json
import logging
import sqlite3
import threading
import time
from typing import Any, TYPE_CHECKING

from scenebox_ros import ids, stamps
from scenebox_ros.errors import JobError, SceneBoxError
from scenebox_ros.server.jobs.context import Job, JobCancelledError
from scenebox_ros.server.jobs.registry import KINDS
from scenebox_ros.server.jobs.workers import Workers
from scenebox_ros.server.store.database import Connection
from scenebox_ros.server.store.documents import UPSERT
from scenebox_ros.server.store.json_text import dumps
from scenebox_ros.server.store.transfer import TooLargeError
from scenebox_ros.server.store.unwritable import is_unwritable

if TYPE_CHECKING:
    from scenebox_ros.server.core import Core

log = logging.getLogger(__name__)
# A job may be innocent of a few stops; of so many it is hardly.
MAX_ATTEMPTS = 10
MAX_PAYLOAD = 16 * 1024 * 1024
PATIENCE_S = 5.0
# Twice as long each time: a quarter of an hour in all.
ROOM_PATIENCE_S = 1.0
QUEUED, RUNNING, FINISHED, ABORTED = 'queued', 'running', 'finished', 'aborted'


class Jobs:
    """
    Submits, runs, cancels and remembers jobs.

    Parameters
    ----------
    core
        The server's parts, handed to the handlers.

    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._wake = threading.Condition()
        self._news = 0
        self._running: dict[str, Job] = {}
        self._closing = False
        self._threads: list[threading.Thread] = []
        self._pool: Workers | None = None

    def start(self) -> None:
        """Queue again what a stopped server left behind, and begin to work."""
        self._core.database.write(self._recover)
        for n in range(self._core.settings.job_threads):
            thread = threading.Thread(target=self._work, name=f'job-{n}', daemon=True)
            thread.start()
            self._threads.append(thread)

    def submit(
        self,
        kind: str,
        payload: Any,
        owner: str,
        *,
        priority: int | None = None,
        username: str = '',
        description: str = '',
        document: dict[str, Any] | None = None,
        job_id: str | None = None,
    ) -> str:
        """
        Queue a job; it is durable on return.

        Parameters
        ----------
        kind
            A registered kind.
        payload
            JSON, handed to the handler.
        owner
            The organization it works for.
        priority
            Higher goes first; that of the kind, if none is given.
        username, description
            For people.
        document
            More fields of the job's document, such as ``asset_type``.
        job_id
            If the caller made up the id already; queueing the same id twice queues it once.

        Returns
        -------
        str
            The job's id, also that of its ``jobs`` document.

        """
        if kind not in KINDS:
            raise JobError(f'no handler does jobs of kind {kind!r}; see the registered kinds')
        priority = KINDS[kind].priority if priority is None else priority
        text = dumps(payload)
        if len(text) > MAX_PAYLOAD:
            raise TooLargeError(
                f'the job has {len(text)} bytes of at most {MAX_PAYLOAD}; '
                'send several, or a search'
            )
        job_id = job_id or ids.guid()
        fields = {**new_document(kind, username, description), **(document or {})}

        def write(connection: Connection) -> None:
            sql = (
                'INSERT INTO queue (job, owner, username, kind, payload, priority, state, queued)'
                " VALUES (?, ?, ?, ?, ?, ?, 'queued', ?) ON CONFLICT (job) DO NOTHING"
            )
            row = (job_id, owner, username, kind, text, priority, time.time())
            if connection.execute(sql, row).rowcount:
                self._core.documents.apply(connection, owner, 'jobs', [(job_id, fields)])

        self._core.database.write(write)
        self._tell()
        return job_id

    def status(self, job_id: str) -> str | None:
        """Tell a queued job's state, or nothing if it is not the server's to run."""
        rows = self._core.database.query('SELECT state FROM queue WHERE job = ?', (job_id,))
        return rows[0][0] if rows else None

    def outcome(self, job_id: str) -> tuple[str, Any, str | None] | None:
        """Tell a job's state, result and error."""
        sql = 'SELECT state, result, error FROM queue WHERE job = ?'
        rows = self._core.database.query(sql, (job_id,))
        if not rows:
            return None
        state, result, error = rows[0]
        return state, None if result is None else json.loads(result), error

    def wait(self, job_id: str, timeout_s: float = 60.0) -> Any:
        """
        Wait for a job and return what its handler returned.

        Raises
        ------
        JobError
            If it was aborted, or is not done in time.

        """
        deadline = time.monotonic() + timeout_s
        while True:
            state, result, error = self.outcome(job_id) or (ABORTED, None, 'there is no such job')
            if state == FINISHED:
                return result
            if state == ABORTED:
                raise JobError(f'job {job_id} was aborted: {error}')
            left = deadline - time.monotonic()
            if left <= 0:
                raise JobError(f'job {job_id} is still {state} after {timeout_s:g} s')
            with self._wake:
                self._wake.wait(min(left, 0.2))

    def cancel(self, job_id: str, reason: str = 'cancelled') -> bool:
        """Abort a job that waits or runs; False if it had ended, or is unknown."""
        done = self._core.database.write(
            lambda connection: self._finish(connection, job_id, ABORTED, None, reason)
        )
        running = self._running.get(job_id)
        if running is not None:
            running.cancelled.set()
        self._tell()
        return done

    def resubmit(self, job_id: str) -> bool:
        """Queue an ended job again; False if it is unknown or has not ended."""

        def write(connection: Connection) -> bool:
            sql = (
                "UPDATE queue SET state = 'queued', attempts = 0, error = NULL, result = NULL,"
                " payload = json_remove(payload, '$.chosen')"
                " WHERE job = ? AND state IN ('finished', 'aborted') RETURNING owner"
            )
            row = connection.execute(sql, (job_id,)).fetchone()
            if row:
                self._say(connection, row[0], job_id, {'status': QUEUED, 'progress': 0.0})
            return row is not None

        done = self._core.database.write(write)
        self._tell()
        return done

    def processes(self) -> Workers:
        """Give the pool for heavy computing."""
        with self._wake:
            if self._pool is None:
                self._pool = Workers(self._core.settings.job_processes)
            return self._pool

    def close(self, timeout_s: float = 10.0) -> None:
        """Stop working; running jobs go on at the next start. May be called twice."""
        with self._wake:
            self._closing = True
            for running in self._running.values():
                running.stopping = True
                running.cancelled.set()
            self._wake.notify_all()
        ends = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))
        if self._pool is not None:
            self._pool.close()

    def _tell(self) -> None:
        """Wake everybody: there is a job more, or one less."""
        with self._wake:
            self._news += 1
            self._wake.notify_all()

    def _work(self) -> None:
        while not self._closing:
            seen = self._news
            started: list[Job] = []
            try:
                taken = self._core.database.write(partial(self._take, started=started))
            except (SceneBoxError, sqlite3.Error):
                log.exception('no job can be taken out of the queue')
                taken = None
                # A full disk undid it: nobody runs these.
                for job in started:
                    self._running.pop(job.id, None)
            if taken is None:
                with self._wake:
                    # Looking took a while: only wait if nothing happened meanwhile.
                    if not self._closing and seen == self._news:
                        self._wake.wait(PATIENCE_S)
                continue
            self._run(taken)
            self._tell()

    def _take(self, connection: Connection, started: list[Job] | None = None) -> Job | None:
        """Take the next job, leaving heavy ones when enough of them run; note it as started."""
        heavy = [name for name, kind in KINDS.items() if kind.heavy]
        busy = sum(job.kind in heavy for job in self._running.values())
        skipped = heavy if busy >= self._core.settings.heavy_jobs else []
        sql = (
            'SELECT job, kind, payload, owner, username FROM queue WHERE state = ?'
            ' AND kind NOT IN (SELECT value FROM json_each(?))'
            ' ORDER BY priority DESC, place LIMIT 1'
        )
        row = connection.execute(sql, (QUEUED, json.dumps(skipped))).fetchone()
        if row is None or self._closing:
            return None
        job_id, kind, payload, owner, username = row
        sql = "UPDATE queue SET state = 'running', attempts = attempts + 1 WHERE job = ?"
        connection.execute(sql, (job_id,))
        self._say(connection, owner, job_id, {'status': RUNNING})
        job = Job(self, self._core, job_id, kind, json.loads(payload), owner, username)
        self._running[job_id] = job
        if started is not None:
            started.append(job)
        return job

    def _run(self, job: Job) -> None:
        state, result, error = FINISHED, None, None
        try:
            result = KINDS[job.kind].handler(job)
            result = None if result is None else dumps(result)
        except JobCancelledError as cancelled:
            state, error = ABORTED, str(cancelled)
        except Exception as failed:
            if is_unwritable(failed) and self._has_waited_for_room(job):
                state = QUEUED
            elif isinstance(failed, SceneBoxError):
                log.warning('job %s (%s) failed: %s', job.id, job.kind, failed,
                            extra={'job': job.id})
                state, error = ABORTED, str(failed)
            else:
                log.exception('job %s (%s) failed', job.id, job.kind, extra={'job': job.id})
                state, error = ABORTED, f'{type(failed).__name__}: {failed}'
        if job.stopping and state == ABORTED:
            state, error = QUEUED, None
        self._write_end(job, state, result, error)
        self._running.pop(job.id, None)

    def _has_waited_for_room(self, job: Job) -> bool:
        """Wait, longer each time, until somebody may have made room; False after the last time."""
        sql = 'SELECT attempts FROM queue WHERE job = ?'
        ((attempts,),) = self._core.database.query(sql, (job.id,))
        if attempts >= MAX_ATTEMPTS:
            return False
        log.warning('job %s (%s) found the disk full or read-only, and is tried again', job.id,
                    job.kind, extra={'job': job.id})
        job.cancelled.wait(ROOM_PATIENCE_S * 2**attempts)
        return True

    def _write_end(self, job: Job, state: str, result: str | None, error: str | None) -> None:
        """Write how a job ended, as soon as the disk takes it; before, it counts as running."""
        while True:
            try:
                self._core.database.write(
                    lambda connection: self._end(connection, job, state, result, error)
                )
            except (SceneBoxError, sqlite3.Error):
                log.exception('the end of job %s cannot be written yet', job.id)
                with self._wake:
                    if not self._closing:
                        self._wake.wait(PATIENCE_S)
                if self._closing:
                    return
            else:
                return

    def _end(self, connection: Connection, job: Job, state: str, result: str | None,
             error: str | None) -> None:
        if self._finish(connection, job.id, state, result, error) and job.stopping:
            # It was stopped in good order: only what it was killed in counts against it.
            connection.execute('UPDATE queue SET attempts = attempts - 1 WHERE job = ?', (job.id,))

    def _finish(self, connection: Connection, job_id: str, state: str, result: str | None,
                error: str | None) -> bool:
        """Write how a job ended, unless it had ended before."""
        sql = (
            'UPDATE queue SET state = ?, result = ?, error = ?'
            " WHERE job = ? AND state IN ('queued', 'running') RETURNING owner"
        )
        row = connection.execute(sql, (state, result, error, job_id)).fetchone()
        if row is None:
            return False
        change: dict[str, Any] = {'status': state}
        if state == FINISHED:
            change['progress'] = 100.0
        if state == ABORTED:
            change['notes'] = [error or 'aborted']
        self._say(connection, row[0], job_id, change)
        return True

    def _say(self, connection: Connection, owner: str, job_id: str,
             change: dict[str, Any]) -> None:
        now = stamps.to_iso(time.time_ns())
        self._core.documents.apply(
            connection, owner, 'jobs', [(job_id, {**change, 'updated': now})], UPSERT
        )

    def _recover(self, connection: Connection) -> None:
        """Queue again what was running; give up on what keeps killing the server."""
        sql = "SELECT job, attempts FROM queue WHERE state = 'running'"
        for job_id, attempts in connection.execute(sql).fetchall():
            if attempts >= MAX_ATTEMPTS:
                error = f'the server stopped {attempts} times while doing this; resubmit to retry'
                self._finish(connection, job_id, ABORTED, None, error)
            else:
                self._finish(connection, job_id, QUEUED, None, None)


def new_document(kind: str, username: str, description: str) -> dict[str, Any]:
    """Begin a job's document with every field that clients read."""
    return {
        'status': QUEUED,
        'progress': 0.0,
        'stage': '',
        'notes': [],
        'tags': ['user_facing'],
        'job_type': kind,
        'description': description or kind.replace('_', ' '),
        'user': username,
        'asset_id': 'undefined',
        'timestamp': stamps.to_iso(time.time_ns()),
    }
