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

One thread, started by :meth:`Worker.start`, owns the capture; :meth:`Worker.stop` ends it and
returns once everything that was taken is in the spool.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
import logging
from threading import Event, Lock, Thread
import time

from scenebox_ros.capture import Capture, CaptureReport
from scenebox_ros.decode import decode_as
from scenebox_ros.errors import DecodeError, SceneBoxError
from scenebox_ros.model.readings import Reading, Transform
from scenebox_ros.model.settings import StreamSettings
from scenebox_ros.nodes.intake import Intake, Item

log = logging.getLogger(__name__)
TICK_S = 0.2


class Worker:
    """
    Work through an intake.

    Parameters
    ----------
    intake
        Where messages come from.
    now
        The clock that ``received_ns`` was read from, nanoseconds.

    """

    def __init__(self, intake: Intake, now: Callable[[], int]) -> None:
        self._intake = intake
        self._now = now
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

    def stop(self) -> CaptureReport | None:
        """Work off what waits, close the capture, end the thread; may be called twice."""
        if self._thread is not None:
            self._stopping.set()
            self._thread.join()
            self._thread = None
        return self.use(None)

    def use(self, capture: Capture | None) -> CaptureReport | None:
        """Go on with another capture (None: no session); close the last one and report on it."""
        with self._lock:
            last, self._capture = self._capture, capture
        return last.close() if last is not None else None

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

    def _run(self) -> None:
        ticked = time.monotonic()
        while True:
            item = self._intake.take(TICK_S)
            if item is None and self._stopping.is_set():
                return
            with self._lock:
                if item is not None:
                    self._work(item)
                if time.monotonic() - ticked > TICK_S:
                    ticked = time.monotonic()
                    self._tick()

    def _work(self, item: Item) -> None:
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
            self.failure = f'{item.topic}: {error}'
            log.error('a message of %s was lost: %s', item.topic, error)

    def _tick(self) -> None:
        if self._capture is None:
            return
        try:
            self._capture.tick(self._now())
        except SceneBoxError as error:
            self.failure = str(error)
            log.error('records could not be stored: %s', error)


def _fixed(topic: str, reading: Reading) -> Reading:
    """Say of a transform what its topic says: it never changes."""
    is_static = topic.rsplit('/', 1)[-1] == 'tf_static'
    if is_static and isinstance(reading, Transform):
        return replace(reading, is_static=True)
    return reading
