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
The worker: messages from the intake become readings, readings become records in the spool.

One thread, started by :meth:`Worker.start`, owns the capture and the roll; :meth:`Worker.stop`
ends it and returns once everything that was taken is in the spool. A change of session and a
trigger stand in line with the messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
import logging
from threading import Event, Lock, Thread
import time

from scenebox_ros.capture import Capture, CaptureReport
from scenebox_ros.capture.roll import Roll
from scenebox_ros.decode import decode_as
from scenebox_ros.errors import DecodeError, SceneBoxError
from scenebox_ros.model.readings import Reading, Transform
from scenebox_ros.model.settings import StreamSettings
from scenebox_ros.nodes.intake import Intake, Item

log = logging.getLogger(__name__)
TICK_S = 0.2
STATIC = 'tf_static'
Closed = Callable[[CaptureReport], None]


class Worker:
    """
    Work through an intake.

    Parameters
    ----------
    intake
        Where messages come from.
    now
        The clock that ``received_ns`` was read from, nanoseconds.
    roll
        Keeps what is around triggers; None keeps everything.

    """

    def __init__(
        self,
        intake: Intake,
        now: Callable[[], int],
        roll: Roll[Item] | None = None,
    ) -> None:
        self._intake = intake
        self._now = now
        self._roll = roll
        self._passing: frozenset[str] = frozenset()
        self._capture: Capture | None = None
        self._lock = Lock()
        self._stopping = Event()
        self._thread: Thread | None = None
        self.outside_sessions = 0
        self.failure = ''

    def start(self) -> None:
        """Start the thread; a second call changes nothing."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = Thread(target=self._run, name='scenebox-worker')
            self._thread.start()

    def stop(self, closed: Closed | None = None) -> None:
        """Work off what waits, close the capture, end the thread; may be called twice."""
        if self._thread is not None:
            self._stopping.set()
            self._thread.join()
            self._thread = None
        self._switch(None, closed)

    def use(self, capture: Capture | None, closed: Closed | None = None) -> None:
        """
        Go on with another capture (None: no session) once what came before is worked off.

        Parameters
        ----------
        capture
            For the messages that come from now on.
        closed
            Told in the worker's thread what the last capture did.

        """
        self._intake.order(partial(self._switch, capture, closed))

    def trigger(self, at_ns: int) -> None:
        """Keep what came shortly before and what will come shortly after."""
        self._intake.order(partial(self._release, at_ns))

    def let_pass(self, topics: frozenset[str]) -> None:
        """Name the topics that the roll does not hold back: they are wanted all the time."""
        self._passing = topics

    def reconfigure(self, streams: Mapping[str, StreamSettings]) -> None:
        """Use other settings for some topics from the next message on."""
        with self._lock:
            if self._capture is not None:
                self._capture.reconfigure(streams)

    def flush(self) -> None:
        """Send what waits for a fix or a batch to the spool now."""
        with self._lock:
            if self._capture is not None:
                self._capture.flush()

    def report(self) -> CaptureReport | None:
        """Say what the present capture has done so far."""
        with self._lock:
            return self._capture.report() if self._capture is not None else None

    # -- the thread -------------------------------------------------------------------------------
    def _run(self) -> None:
        ticked = time.monotonic()
        while True:
            item = self._intake.take(TICK_S)
            if item is None and self._stopping.is_set():
                return
            if isinstance(item, Item):
                self._sieve(item)
            elif item is not None:
                item()
            if time.monotonic() - ticked > TICK_S:
                ticked = time.monotonic()
                self._tick()

    def _switch(self, capture: Capture | None, closed: Closed | None) -> None:
        with self._lock:
            last, self._capture = self._capture, capture
        if last is None:
            return
        try:
            report = last.close()
            if closed is not None:
                closed(report)
        except SceneBoxError as error:
            self._fail('', error)

    def _release(self, at_ns: int) -> None:
        for item in self._roll.trigger(at_ns) if self._roll is not None else ():
            self._work(item)

    def _sieve(self, item: Item) -> None:
        """Work on a message, or hold it until a trigger asks for it."""
        if self._roll is None or item.topic in self._passing or self._roll.offer(
            item.topic, item, item.received_ns, item.size
        ):
            self._work(item)

    def _work(self, item: Item) -> None:
        with self._lock:
            if self._capture is None:
                self.outside_sessions += 1
                return
            try:
                settings = self._capture.settings_of(item.topic)
                for reading in decode_as(item.msgtype, item.msg, settings):
                    self._capture.add(item.topic, _fixed(item.topic, reading), item.received_ns)
            except DecodeError as error:
                self._capture.undecodable(item.topic, error)
                self.failure = f'{item.topic}: {error}'
            except SceneBoxError as error:
                # The recorder must outlive a full disk or a broken encoder; diagnostics show this.
                self._fail(item.topic, error)

    def _tick(self) -> None:
        with self._lock:
            if self._capture is None:
                return
            try:
                self._capture.tick(self._now())
            except SceneBoxError as error:
                self._fail('', error)

    def _fail(self, topic: str, error: SceneBoxError) -> None:
        where = f'{topic}: ' if topic else ''
        self.failure = f'{where}{error}'
        log.error('%srecords could not be stored: %s', where, error)


def _fixed(topic: str, reading: Reading) -> Reading:
    """Say of a transform what its topic says: it never changes."""
    if isinstance(reading, Transform) and topic.rpartition('/')[2] == STATIC:
        return replace(reading, is_static=True)
    return reading
