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

Threads: the caller's decodes and hands over; one reads ahead (``ahead.py``); capture's pool
encodes. Records leave in the order of the messages, whatever the threads do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
import logging
import time
from typing import Optional, Union

from scenebox_ros import ids
from scenebox_ros.bags.ahead import ahead
from scenebox_ros.bags.bag import Bag, BagMessage
from scenebox_ros.bags.report import IngestReport, Progress, TopicReport
from scenebox_ros.capture import Capture, CaptureReport
from scenebox_ros.decode import decode
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.readings import Reading, Transform
from scenebox_ros.model.records import Sink
from scenebox_ros.model.settings import CaptureSettings

log = logging.getLogger(__name__)
Callback = Callable[[Progress], None]

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
) -> IngestReport:
    """
    Capture a bag, or several into one session.

    The same bag gives the same records again, so a sink that knows them already adds nothing: an
    ingest that was cut off is repeated.

    Parameters
    ----------
    bags
        Open bags, read one after the other.
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

    Returns
    -------
    IngestReport
        Damaged places of the bags and messages that cannot be decoded are in it, never raised.

    """
    opened = [bags] if isinstance(bags, Bag) else list(bags)
    key = session or ids.std(settings.session_name)
    capture = Capture(settings, sink, key, workers)
    run = _Run(opened, settings, capture, progress)
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
    ) -> None:
        self._bags = bags
        self._capture = capture
        self._progress = progress
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
        for bag in self._bags:
            topics = [info.topic for info in bag.topics if info.topic in self._roles]
            messages = ahead(bag.messages(topics, start_ns, end_ns))
            with closing(messages):
                for message in messages:
                    self._take(message)
                    if self._is_time_to_tell() and should_stop():
                        return False
        self._tell()
        return True

    def _take(self, message: BagMessage) -> None:
        topic = self._topics[message.topic]
        topic.read += 1
        topic.num_bytes += len(message.payload)
        self._messages += 1
        self._num_bytes += len(message.payload)
        self._log_ns = message.log_ns
        try:
            readings = decode(message.msgtype, message.read(), topic.role)
        except DecodeError as error:
            topic.refuse(str(error))
            self._capture.undecodable(message.topic, error)
            return
        is_static = message.topic in self._static
        for reading in readings:
            self._capture.add(
                message.topic, _fixed(reading) if is_static else reading, message.log_ns)

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
            topic.kept = counts.kept if counts else 0
        losses = tuple(loss for bag in self._bags for loss in bag.losses)
        for reason, count in Counter(loss.reason for loss in losses).items():
            log.warning('lost: %s%s', reason, f' ({count} times)' if count > 1 else '')
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
