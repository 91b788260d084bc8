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
The uploader: drains a spool to one platform, through whatever happens to the network.

Threads: the caller's thread takes entries and judges outcomes; ``workers`` threads deliver one
batch each. They end when :meth:`Uploader.drain` or :meth:`Uploader.run` returns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
import logging
from threading import Event, Lock
import time

from scenebox_ros.errors import SceneBoxError
from scenebox_ros.spool import Entry
from scenebox_ros.upload.delivery import batches_of, deliver, Delivered
from scenebox_ros.upload.failures import meaning
from scenebox_ros.upload.pacing import Backoff, TokenBucket
from scenebox_ros.upload.passage import Queue
from scenebox_ros.upload.platform import Platform
from scenebox_ros.upload.report import State, Tally, UploadReport, UploadStatus
from scenebox_ros.upload.sessions import Sessions
from scenebox_ros.upload.settings import UploadSettings
from scenebox_ros.upload.suspects import Suspects

log = logging.getLogger(__name__)
Progress = Callable[[UploadReport], object]
Batch = Sequence[Entry]
MANY_ASIDE = 20


class Uploader:
    """
    Deliver a spool's entries; what the server has acknowledged leaves the spool.

    Parameters
    ----------
    spool
        Where entries come from: a spool, which remembers the server it belongs to, or a
        :class:`Passage`. One uploader at a time.
    platform
        Where they go, and the only place they go to.
    settings
        How.

    """

    def __init__(
        self, spool: Queue, platform: Platform, settings: UploadSettings | None = None
    ) -> None:
        self.settings = settings or UploadSettings()
        self._spool = spool
        self._platform = platform
        self._sessions = Sessions(spool, platform, self.settings.continue_sessions)
        self._backoff = Backoff(self.settings.first_wait_s, self.settings.longest_wait_s)
        self._bucket = TokenBucket(self.settings.max_bytes_per_s)
        self._lock = Lock()
        self._tally = Tally()
        self._suspects = Suspects(self.settings.max_attempts)
        self._in_flight: dict[Future[Delivered], Batch] = {}
        self._state: State = 'stopped'
        self._paused = Event()
        self._blocked_until = 0.0
        self._last_success = 0.0
        self._last_success_ns = 0
        self._last_failure: Exception | None = None
        self._parked_for: Exception | None = None

    # -- what callers use -------------------------------------------------------------------------
    def drain(self, progress: Progress | None = None) -> UploadReport:
        """
        Deliver until nothing is left in the spool but what is set aside.

        Parameters
        ----------
        progress
            Called with the report after each batch, in this thread.

        Returns
        -------
        UploadReport
            What was done.

        Raises
        ------
        SceneBoxError
            The last failure, if a token is needed or nothing worked for ``give_up_s``. The rest is
            still in the spool.

        """
        stop = Event()
        with self._working():
            while self._step(stop, progress):
                self._give_up_if_hopeless()
        return self.report()

    def run(
        self, stop: Event, progress: Progress | None = None, gives_up: bool = False
    ) -> UploadReport:
        """
        Deliver until told to stop.

        Batches that are under way when ``stop`` is set have ``finish_s`` seconds; what is not
        acknowledged by then stays in the spool. Where ``gives_up`` is set, it raises as
        :meth:`drain` does; else it never gives up.
        """
        with self._working():
            while not stop.is_set():
                if gives_up:
                    self._give_up_if_hopeless()
                if not self._step(stop, progress):
                    self._state = 'paused' if self._paused.is_set() else 'idle'
                    self._last_success = time.monotonic()  # waiting for work is no failing
                    stop.wait(self.settings.idle_s)
        if gives_up:
            self._give_up_if_hopeless()
        return self.report()

    def pause(self) -> None:
        """Begin no more batches, and hold those that are under way."""
        self._paused.set()
        self._bucket.hold(True)

    def resume(self) -> None:
        """Go on after :meth:`pause`, and after a failure without more waiting."""
        self._paused.clear()
        self._bucket.hold(False)
        self._blocked_until = 0.0

    def set_rate(self, max_bytes_per_s: float) -> None:
        """Change the cap on the network, also while uploading; 0: none."""
        self._bucket.set_rate(max_bytes_per_s)

    def report(self) -> UploadReport:
        """Say what was done so far."""
        with self._lock:
            return self._tally.report()

    def status(self) -> UploadStatus:
        """Say how the uploader stands."""
        in_flight = sum(len(batch) for batch in list(self._in_flight.values()))
        return UploadStatus(self._state, in_flight, self._last_success_ns, self.report())

    @property
    def silent_s(self) -> float:
        """Tell for how long the server has acknowledged nothing of what is under way."""
        return 0.0 if self._state == 'stopped' else time.monotonic() - self._last_success

    # -- one step ---------------------------------------------------------------------------------
    @contextmanager
    def _working(self) -> Iterator[None]:
        self._spool.bind_server(self._platform.server)
        self._bucket.begin()
        self._platform.pace(self._bucket)
        self._last_success = time.monotonic()
        with ThreadPoolExecutor(self.settings.workers, 'scenebox-upload') as self._pool:
            try:
                yield
                wait(self._in_flight, timeout=self.settings.finish_s)
            finally:
                self._bucket.stop()
                self._collect_all()
                self._platform.pace(None)
                self._spool.release(self._suspects.give_back())
                self._state = 'stopped'

    def _step(self, stop: Event, progress: Progress | None) -> bool:
        """Begin what can begin, wait for something to end; False if there is nothing to do."""
        self._begin(stop)
        if self._in_flight:
            wait(self._in_flight, timeout=self.settings.idle_s, return_when=FIRST_COMPLETED)
            if self._collect() and progress is not None:
                progress(self.report())
            return True
        return self._is_blocked(stop) or self._resolve_stale()

    def _begin(self, stop: Event) -> None:
        while len(self._in_flight) < self.settings.workers:
            if stop.is_set() or self._paused.is_set() or time.monotonic() < self._blocked_until:
                return
            batches = self._next_batches()
            if not batches:
                return
            self._state = 'sending'
            for batch in batches:
                self._learn(batch)
                future = self._pool.submit(
                    deliver, batch, self._sessions, self._platform, self.settings.previews
                )
                self._in_flight[future] = batch

    def _next_batches(self) -> list[Batch]:
        """Entries that failed in company travel alone, to find the one that is to blame."""
        self._spool.release(self._suspects.due(time.monotonic()))
        suspect = self._suspects.next()
        if suspect is not None:
            return [[suspect]]
        entries = self._spool.take(self.settings.batch_entries, self.settings.batch_bytes)
        return list(batches_of(entries))

    def _learn(self, batch: Batch) -> None:
        for entry in batch:
            if entry.record.kind == 'session':
                self._sessions.learn(entry.record)

    def _is_blocked(self, stop: Event) -> bool:
        until = self._blocked_until
        due = self._suspects.next_due()
        remaining_s = (until if due is None else max(until, due)) - time.monotonic()
        if remaining_s <= 0 or self._paused.is_set():
            return False
        stop.wait(min(remaining_s, max(self.settings.idle_s, 0.01)))
        return True

    def _resolve_stale(self) -> bool:
        """Resolve sessions again that got something after their end."""
        if self._paused.is_set():
            return False
        stale = self._sessions.stale()
        for key in stale:
            try:
                self._sessions.end(key, {})
                self._succeeded()
            except SceneBoxError as error:  # noqa: PERF203
                self._failed(error)
                return True
        return bool(stale)

    # -- outcomes ---------------------------------------------------------------------------------
    def _collect(self) -> bool:
        finished = [future for future in self._in_flight if future.done()]
        for future in finished:
            batch = self._in_flight.pop(future)
            error = future.exception()
            if error is None:
                self._delivered(batch, future.result())
            elif isinstance(error, Exception):
                self._undelivered(batch, error)
            else:
                raise error
        return bool(finished)

    def _collect_all(self) -> None:
        wait(self._in_flight)
        self._collect()

    def _delivered(self, batch: Batch, what: Delivered) -> None:
        self._spool.done(batch)
        self._suspects.delivered(batch)
        session = batch[0].record.session
        uid = self._spool.get_session(session)
        with self._lock:
            tally = self._tally
            if what.stored:
                tally.stored[what.kind] += what.stored
            if what.existing:
                tally.existing[what.kind] += what.existing
            tally.entities += what.entities
            tally.body_bytes += what.body_bytes
            tally.elsewhere.update(what.elsewhere)
            if uid is not None:
                tally.sessions[session] = uid
            if what.kind == 'end' and uid is not None:
                tally.ended.append(session)
        self._succeeded()

    def _undelivered(self, batch: Batch, error: Exception) -> None:
        kind = meaning(error)
        # When one after the other is refused, it is not theirs: go slowly, so somebody looks.
        is_slow = self._suspects.aside_in_a_row >= MANY_ASIDE
        self._failed(error, waits=kind != 'poison' or is_slow)
        if kind in ('doubt', 'poison'):
            park_until = time.monotonic() + self.settings.longest_wait_s
            verdict = self._suspects.judge(batch, kind == 'poison', park_until)
            if verdict == 'aside':
                self._set_aside(batch[0], error)
            if verdict == 'parked':
                self._parked_for = error
            if verdict != 'again':
                return
        if kind == 'token':
            self._state = 'no token'
            self._renew_token()
        self._spool.release(batch)

    def _set_aside(self, entry: Entry, error: Exception) -> None:
        reason = str(error) or type(error).__name__
        self._spool.set_aside(entry, reason)
        with self._lock:
            self._tally.set_aside += 1
        log.error('%s %s is set aside: %s', entry.record.kind, entry.record.id, reason)

    def _succeeded(self) -> None:
        self._backoff.succeeded()
        self._last_success = time.monotonic()
        self._last_success_ns = time.time_ns()
        self._last_failure = None

    def _failed(self, error: Exception, waits: bool = True) -> None:
        with self._lock:
            self._tally.failures += 1
            self._tally.last_error = str(error) or type(error).__name__
        if not waits:
            return
        self._last_failure = error
        # Several batches that fail together are one failure of the network.
        if time.monotonic() >= self._blocked_until:
            wait_s = self._backoff.failed()
            self._blocked_until = time.monotonic() + wait_s
            self._state = 'waiting'
            log.warning('upload failed, next attempt in %.1f s: %s', wait_s, error)

    def _renew_token(self) -> None:
        try:
            self._platform.renew_token()
        except (SceneBoxError, OSError) as error:
            log.warning('no new token: %s', error)

    def _give_up_if_hopeless(self) -> None:
        is_parked = self._suspects.next_due() is not None
        error = self._last_failure or (self._parked_for if is_parked else None)
        if error is None:
            return
        is_over = time.monotonic() - self._last_success > self.settings.give_up_s
        if is_over or meaning(error) == 'token':
            raise error
