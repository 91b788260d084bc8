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
From a bag to a sink: read, decode, capture.

Threads: the caller's reads, decodes and hands over; capture's pool encodes meanwhile. (One that
reads ahead costs more in changes of threads than it gains.) Records leave in the order of the
messages, whatever the threads do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
import logging
import time
from typing import Optional, Union

from scenebox_ros import ids
from scenebox_ros.bags.bag import Bag, BagMessage
from scenebox_ros.bags.report import IngestReport, Progress, TopicReport
from scenebox_ros.bags.storage import in_time_order, Source
from scenebox_ros.capture import Capture, CaptureReport
from scenebox_ros.decode import decode_as
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.readings import Reading, Transform
from scenebox_ros.model.records import Sink
from scenebox_ros.model.settings import CaptureSettings

log = logging.getLogger(__name__)
Callback = Callable[[Progress], None]

# What other messages are understood by.
CONTEXT = frozenset({'fix', 'calibration', 'transform'})
_PROGRESS_EVERY_S = 0.2
_STATIC = 'tf_static'


def ingest(
    bags: Union[Bag, Sequence[Bag]],
    settings: CaptureSettings,
    sink: Sink,
    progress: Optional[Callback] = None,
    *,
    session: str = '',
    start_ns: Optional[int] = None,
    end_ns: Optional[int] = None,
    workers: Optional[int] = None,
    should_stop: Callable[[], bool] = bool,
    window: Optional[tuple[int, int]] = None,
    only: Optional[Collection[str]] = None,
) -> IngestReport:
    """
    Capture a bag, or several into one session.

    The same bag gives the same records again, so a sink that knows them already adds nothing: an
    ingest that was cut off is repeated.

    Parameters
    ----------
    bags
        Open bags; the messages of several are taken in order of time.
    settings
        What becomes of each topic; :func:`plan` makes them.
    sink
        Where the records go.
    progress
        Called a few times a second, and at the end.
    session
        The session's local key; by default made of its name.
    start_ns, end_ns
        Log times, both included.
    workers
        Threads that encode; by default one per core.
    should_stop
        Asked now and then; True ends the ingest without ending the session.
    window
        A part of the recording: log times from the first to before the second. Outside it, but
        from ``start_ns`` to ``end_ns``, only what the part needs to know is taken: positions,
        calibrations, transforms. The session is not ended.
    only
        Topics that count; of others, as outside the window. None is all.

    Returns
    -------
    IngestReport
        Damaged places of the bags and messages that cannot be decoded are in it, never raised.

    """
    opened = [bags] if isinstance(bags, Bag) else list(bags)
    key = session or ids.std(settings.session_name)
    capture = Capture(settings, sink, key, workers, ends_session=window is None)
    run = _Run(opened, settings, capture, progress, window, only)
    is_complete = run.feed(start_ns, end_ns, should_stop)
    if is_complete:
        captured = capture.close()
    else:
        # What was taken is kept, but the session is not over: the rest will come.
        capture.flush()
        captured = capture.report()
    return run.report(key, captured, is_complete)


class _Run:
    """The state of one ingest."""

    def __init__(
        self,
        bags: Sequence[Bag],
        settings: CaptureSettings,
        capture: Capture,
        progress: Optional[Callback],
        window: Optional[tuple[int, int]] = None,
        only: Optional[Collection[str]] = None,
    ) -> None:
        self._bags = bags
        self._window = window
        self._only = only
        self._kept_outside: Counter[str] = Counter()
        self._capture = capture
        self._progress = progress
        self._streams = settings.streams
        self._roles = {topic: stream.role for topic, stream in settings.streams.items()
                       if stream.role != 'skip'}
        used = [info for bag in bags for info in bag.topics if info.topic in self._roles]
        self._topics = {info.topic: TopicReport(info.msgtype, self._roles[info.topic])
                        for info in used}
        self._static = {info.topic for info in used
                        if info.latched or info.topic.rsplit('/', 1)[-1] == _STATIC}
        self._total = sum(info.count for info in used)
        self._messages = self._num_bytes = self._log_ns = 0
        self._began = self._told = time.monotonic()

    def feed(
        self, start_ns: Optional[int], end_ns: Optional[int], should_stop: Callable[[], bool]
    ) -> bool:
        """Hand over the messages of all bags; False if it was stopped."""
        for message in self._messages_of_all(start_ns, end_ns):
            if not self._counts(message):
                self._learn(message)
                continue
            self._take(message)
            if self._is_time_to_tell() and should_stop():
                return False
        self._tell()
        return True

    def _counts(self, message: BagMessage) -> bool:
        if self._only is not None and message.topic not in self._only:
            return False
        return not self._window or self._window[0] <= message.log_ns < self._window[1]

    def _messages_of_all(
        self, start_ns: Optional[int], end_ns: Optional[int]
    ) -> Iterator[BagMessage]:
        """Merge the bags by time; each is opened when its time has come."""

        def messages_of(bag: Bag) -> Iterator[BagMessage]:
            topics = {info.topic for info in bag.topics if info.topic in self._roles}
            return bag.messages(topics, start_ns, end_ns)

        def timed(bag: Bag) -> Iterator[tuple[int, BagMessage]]:
            return ((message.log_ns, message) for message in messages_of(bag))

        if len(self._bags) == 1:
            return messages_of(self._bags[0])
        sources = [Source(bag.start_ns, 0, partial(timed, bag)) for bag in self._bags]
        return (message for _, message in in_time_order(sources))

    def _take(self, message: BagMessage) -> None:
        topic = self._topics[message.topic]
        topic.read += 1
        topic.num_bytes += len(message.payload)
        self._messages += 1
        self._num_bytes += len(message.payload)
        self._log_ns = message.log_ns
        try:
            readings = decode_as(
                message.msgtype, message.read(), self._streams[message.topic])
        except DecodeError as error:
            topic.refuse(str(error))
            self._capture.undecodable(message.topic, error)
            return
        self._add(message, readings)

    def _add(self, message: BagMessage, readings: Sequence[Reading]) -> None:
        if message.topic in self._static:
            readings = [_fixed(reading) for reading in readings]
        self._capture.add_all(message.topic, readings, message.log_ns)

    def _learn(self, message: BagMessage) -> None:
        """Take a message from outside the window, for what it tells about those inside."""
        role = self._roles[message.topic]
        if role not in CONTEXT:
            self._capture.tick(message.log_ns)
            return
        try:
            readings = decode_as(
                message.msgtype, message.read(), self._streams[message.topic])
        except DecodeError:
            return
        before = self._kept_of(message.topic)
        self._add(message, readings)
        self._kept_outside[message.topic] += self._kept_of(message.topic) - before

    def _kept_of(self, topic: str) -> int:
        counts = self._capture.report().streams.get(topic)
        return counts.kept if counts else 0

    def _is_time_to_tell(self) -> bool:
        if time.monotonic() - self._told < _PROGRESS_EVERY_S:
            return False
        self._tell()
        return True

    def _tell(self) -> None:
        self._told = time.monotonic()
        if self._progress:
            self._progress(Progress(
                self._messages, self._total, self._num_bytes, self._log_ns,
                self._told - self._began))

    def report(self, key: str, captured: CaptureReport, is_complete: bool) -> IngestReport:
        """Sum up."""
        for name, topic in self._topics.items():
            counts = captured.streams.get(name)
            topic.kept = max(0, counts.kept - self._kept_outside[name]) if counts else 0
        losses = tuple(loss for bag in self._bags for loss in bag.losses)
        if losses:
            log.info('%d losses, the first: %s', len(losses), losses[0].reason)
        return IngestReport(
            session=key,
            topics=self._topics,
            losses=losses,
            notes=tuple(note for bag in self._bags for note in bag.notes),
            num_bytes=self._num_bytes,
            seconds=time.monotonic() - self._began,
            capture=captured,
            is_complete=is_complete,
        )


def _fixed(reading: Reading) -> Reading:
    """Say of a transform what its topic says: it never changes."""
    return replace(reading, is_static=True) if isinstance(reading, Transform) else reading
