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
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
import logging
from operator import attrgetter
import os
from threading import Event, Lock, Thread
import time

from scenebox_ros.capture import Capture, CaptureReport
from scenebox_ros.capture.roll import Roll, RollSettings
from scenebox_ros.decode import decode_as
from scenebox_ros.errors import DecodeError, SceneBoxError
from scenebox_ros.memory import keep_freed_memory
from scenebox_ros.model.readings import Reading, Transform
from scenebox_ros.model.settings import StreamSettings
from scenebox_ros.nodes.intake import Intake, Item, Order

log = logging.getLogger(__name__)
TICK_S = 0.2
BATCH_S = 0.05
NICENESS = 5
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
    moment
        Gives the time of a message by which the roll goes; by default its arrival.
    early
        Holds what comes while no session is on, for the one that begins next.

    """

    def __init__(
        self,
        intake: Intake,
        now: Callable[[], int],
        roll: Roll[Item] | None = None,
        moment: Callable[[Item], int] = attrgetter('received_ns'),
        early: Roll[Item] | None = None,
    ) -> None:
        self._intake = intake
        self._now = now
        self._roll = roll
        self._moment = moment
        self._early = early or Roll(RollSettings(0.0, 0.0))
        self._described: dict[str, Item] = {}
        self._passing: frozenset[str] = frozenset()
        self._capture: Capture | None = None
        self._told: CaptureReport | None = None
        self._lock = Lock()
        self._stopping = Event()
        self._thread: Thread | None = None
        self.failure = ''

    @property
    def outside_sessions(self) -> int:
        """Count the messages that came too long before a session to be part of it."""
        return sum((self._early.let_go + self._early.cut_short).values())

    def start(self) -> None:
        """Start the thread; a second call changes nothing."""
        if self._thread is None:
            keep_freed_memory()
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
        self._early.clear()

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
        """Say what the present capture had done a moment ago; never waits for the disk."""
        return self._told

    # -- the thread -------------------------------------------------------------------------------
    def _run(self) -> None:
        # Encoding may lag, listening may not. On Linux a thread's niceness is its own, and the
        # encoders, which this thread starts, inherit it.
        os.nice(NICENESS)
        ticked = time.monotonic()
        while True:
            item = self._intake.take(TICK_S)
            if item is None and self._stopping.is_set():
                return
            while item is not None:
                if isinstance(item, Item):
                    item = self._batch(item)
                else:
                    self._obey(item)
                    item = None
            if time.monotonic() - ticked > TICK_S:
                ticked = time.monotonic()
                self._tick()

    def _batch(self, item: Item) -> Order | None:
        """
        Work on a message and on those that wait behind it; give the order that ended it.

        What becomes ready goes to the spool in one go: one commit costs as much as one record's.
        """
        capture, until = self._capture, time.monotonic() + BATCH_S
        next_: Item | Order | None = item
        try:
            with capture.together() if capture is not None else nullcontext():
                while isinstance(next_, Item):
                    self._sieve(next_)
                    next_ = self._intake.take(0.0) if time.monotonic() < until else None
        except SceneBoxError as error:
            self._fail('', error)
        return None if isinstance(next_, Item) else next_

    def _obey(self, order: Order) -> None:
        try:
            order()
        except SceneBoxError as error:
            self._fail('', error)

    def _switch(self, capture: Capture | None, closed: Closed | None) -> None:
        with self._lock:
            last, self._capture = self._capture, capture
            self._told = None
        if last is not None:
            self._close(last, closed)
        if capture is not None:
            # Calibrations may be said once, in a session long ago.
            for item in self._described.values():
                self._work(replace(item, received_ns=self._now()))
            for item in self._early.trigger(time.monotonic_ns()):
                self._work(item)
            self._early.clear()

    def _close(self, last: Capture, closed: Closed | None) -> None:
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
            item.topic, item, self._moment(item), item.size
        ):
            self._work(item)

    def _work(self, item: Item) -> None:
        with self._lock:
            if item.role == 'calibration':
                self._described[item.topic] = item
            if self._capture is None:
                if item.role != 'calibration':
                    # By a clock that nobody sets: /clock may not have begun.
                    self._early.offer(item.topic, item, time.monotonic_ns(), item.size)
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
            self._told = self._capture.report()

    def _fail(self, topic: str, error: SceneBoxError) -> None:
        where = f'{topic}: ' if topic else ''
        self.failure = f'{where}{error}'
        log.error('%srecords could not be stored: %s', where, error)


def _fixed(topic: str, reading: Reading) -> Reading:
    """Say of a transform what its topic says: it never changes."""
    if isinstance(reading, Transform) and topic.rpartition('/')[2] == STATIC:
        return replace(reading, is_static=True)
    return reading
