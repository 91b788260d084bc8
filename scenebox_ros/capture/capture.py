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
Capture: readings in, records out, in order.

Threads: the caller's thread does everything but encoding, which others do (OpenCV and FFmpeg
leave the interpreter lock); :meth:`Capture.close` ends them. Calls are serialized by a lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
import logging
from math import isfinite
import os
from pathlib import Path
from threading import RLock
from typing import Any

from scenebox_ros import ids
from scenebox_ros.capture import entities
from scenebox_ros.capture.about import SessionMetadata
from scenebox_ros.capture.assets import AssetMaker
from scenebox_ros.capture.positions import Positions
from scenebox_ros.capture.report import CaptureReport
from scenebox_ros.capture.streams import Stream
from scenebox_ros.capture.waiting import ready, WaitingLine
from scenebox_ros.errors import SpoolFullError
from scenebox_ros.model.geodesy import Position
from scenebox_ros.model.readings import (
    Calibration,
    CloudFrame,
    Fix,
    ImageBlob,
    ImageFrame,
    Reading,
    Sample,
    Text,
    Transform,
    VideoPacket,
)
from scenebox_ros.model.records import Record, Sink
from scenebox_ros.model.settings import CaptureSettings, StreamSettings
from scenebox_ros.stamps import NS_PER_S

log = logging.getLogger(__name__)
SKIPPED = StreamSettings()
# A clock that was set back this far began a new count; nothing waits for it to catch up.
CLOCK_JUMP_NS = NS_PER_S


class Capture:
    """
    Turn one session's readings into records.

    The same readings give the same records with the same ids, live and offline.

    Parameters
    ----------
    settings
        What becomes of each topic.
    sink
        Where the records go.
    session
        The session's local key.
    workers
        Threads that encode; by default one per core.
    ends_session
        Whether :meth:`close` also says that the session is over. Where several processes capture
        into one session, exactly one may say so.
    video_folder
        Where videos grow, on the disk of the sink; what a crash has left there is finished now
        (:func:`recover`). None takes a temporary folder, and a crash loses the open segments.

    """

    def __init__(
        self,
        settings: CaptureSettings,
        sink: Sink,
        session: str,
        workers: int | None = None,
        ends_session: bool = True,
        video_folder: Path | None = None,
    ) -> None:
        self._settings = settings
        self._sink = sink
        self._session = session
        self._ends_session = ends_session
        self._lock = RLock()
        self._streams: dict[str, Stream] = {}
        self._about = SessionMetadata(session, settings)
        self._positions = Positions(_fix_topics(settings.streams), settings.max_fix_gap_s)
        wait_ns = round(settings.geotag_wait_s * NS_PER_S)
        workers = workers or os.cpu_count() or 1
        self._line = WaitingLine(self._positions, wait_ns, 2 * workers)
        self._assets = AssetMaker(
            self._line, self._positions, self._about, settings.video_segment_s, workers, wait_ns,
            video_folder,
        )
        self._wants_motion = any(one.deskew_to for one in settings.streams.values())
        if video_folder is not None:
            from scenebox_ros.capture.recovery import recover

            recover(video_folder, sink)
        self._now_ns = 0
        self._opened = False
        self._closed = False
        self._is_more_to_come = False

    def add(self, topic: str, reading: Reading, received_ns: int) -> None:
        """Take one reading; see :meth:`add_all`."""
        self.add_all(topic, (reading,), received_ns)

    def add_all(self, topic: str, readings: Sequence[Reading], received_ns: int) -> None:
        """
        Take what one message says.

        Blocks while the encoders are busy with as many frames as they may hold.

        Parameters
        ----------
        topic
            Where it came from; topics that the settings do not name are skipped.
        readings
            What :func:`scenebox_ros.decode.decode` gave. Their buffers must stay as they are.
        received_ns
            When it arrived (live) or was logged (offline).

        """
        with self._lock:
            stream = self._stream(topic)
            stream.counts.received += len(readings)
            if stream.settings.role == 'skip':
                stream.counts.skipped += len(readings)
            elif readings:
                self._open(received_ns)
                for reading in readings:
                    self._take(stream, reading, received_ns)
                self._advance(received_ns)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Give the sink in one go what becomes ready meanwhile; for callers that have more."""
        self._is_more_to_come = True
        try:
            yield
        finally:
            with self._lock:
                self._is_more_to_come = False
                self._put(self._line.release(self._now_ns))

    def undecodable(self, topic: str, error: Exception | str) -> None:
        """Count a message that could not be decoded."""
        with self._lock:
            stream = self._stream(topic)
            stream.counts.received += 1
            stream.counts.undecodable += 1
            stream.error = str(error)

    def tick(self, now_ns: int) -> None:
        """Let time pass where no readings come: what has waited long enough goes to the sink."""
        with self._lock:
            for stream in self._streams.values():
                if stream.batch.is_stale(now_ns):
                    self._queue(stream.batch.close())
                self._assets.cut_stale(stream, now_ns)
            self._advance(now_ns)

    def flush(self) -> None:
        """
        Send everything that waits to the sink, with the positions known by now.

        Videos go on: only :meth:`close` ends one before its time.
        """
        with self._lock:
            self._assets.advance(self._now_ns, everything=True)
            for stream in self._streams.values():
                self._queue(stream.batch.close())
            if self._opened:
                self._queue(self._about.record_if_changed(self._now_ns))
            self._put(self._line.release(self._now_ns, everything=True))

    def close(self) -> CaptureReport:
        """Flush, end the session if this capture may, stop the encoders; may be called twice."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._assets.advance(self._now_ns, everything=True)
                for stream in self._streams.values():
                    self._assets.finish(stream)
                self.flush()
                if self._opened and self._ends_session:
                    self._put([self._end()])
                self._assets.close(self._streams)
            return self.report()

    def report(self) -> CaptureReport:
        """Say what was done so far."""
        with self._lock:
            spans = [stream.span_ns for stream in self._streams.values() if stream.span_ns]
            return CaptureReport(
                session=self._session,
                start_ns=min((span[0] for span in spans), default=0),
                end_ns=max((span[1] for span in spans), default=0),
                streams={topic: stream.counts for topic, stream in self._streams.items()},
                errors={topic: stream.error for topic, stream in self._streams.items()
                        if stream.error},
            )

    def reconfigure(self, streams: Mapping[str, StreamSettings]) -> None:
        """Use other settings for some topics from the next reading on."""
        with self._lock:
            for topic, settings in streams.items():
                self._stream(topic).settings = settings
                self._wants_motion = self._wants_motion or bool(settings.deskew_to)
            self._positions.prefer(_fix_topics(
                {topic: stream.settings for topic, stream in self._streams.items()}))

    def settings_of(self, topic: str) -> StreamSettings:
        """Give a topic's settings as they are now; ``skip`` if it has none."""
        with self._lock:
            return self._stream(topic).settings

    # -- by kind of reading -----------------------------------------------------------------------
    def _take(self, stream: Stream, reading: Reading, received_ns: int) -> None:
        stamp_ns = stream.stamp_of(reading, received_ns)
        if isinstance(reading, (ImageFrame, ImageBlob, CloudFrame, VideoPacket)):
            self._assets.take(stream, reading, stamp_ns, received_ns)
        elif isinstance(reading, Fix):
            self._take_fix(stream, reading, stamp_ns, received_ns)
        elif isinstance(reading, Sample):
            self._take_sample(stream, reading, stamp_ns, received_ns)
        else:
            self._take_description(stream, reading, received_ns)

    def _take_fix(self, stream: Stream, fix: Fix, stamp_ns: int, received_ns: int) -> None:
        good, fault = self._positions.add(stream.topic, replace(fix, stamp_ns=stamp_ns))
        self._line.fixed()
        stream.counts.rejected += 1 - len(good)
        stream.error = f'a fix was rejected: {fault}' if fault else stream.error
        for one in good if stream.settings.is_recorded else ():
            position = Position(one.latitude, one.longitude, one.altitude_m)
            if not stream.keeps('', position, one.stamp_ns, position):
                stream.counts.sampled_out += 1
                continue
            self._keep(stream, one.stamp_ns)
            entity = entities.geolocation(stream.topic, position, one.stamp_ns)
            self._queue(stream.batch.add(entity, one.stamp_ns, received_ns))
            if one.altitude_m is not None:
                height = Sample('altitude_m', one.altitude_m, one.stamp_ns)
                self._queue(stream.batch.add(entities.quantity(
                    stream.topic, stream.sensor, height, one.stamp_ns,
                    self._settings.resolution_s,
                ), one.stamp_ns, received_ns))

    def _take_sample(
        self, stream: Stream, sample: Sample, stamp_ns: int, received_ns: int
    ) -> None:
        if not entities.is_usable(sample.value):
            stream.counts.rejected += 1
            return
        latest = self._positions.latest
        if not stream.keeps(sample.name, sample.value, stamp_ns, latest):
            stream.counts.sampled_out += 1
            return
        self._keep(stream, stamp_ns)
        entity = entities.quantity(
            stream.topic, stream.sensor, sample, stamp_ns, self._settings.resolution_s
        )
        self._queue(stream.batch.add(entity, stamp_ns, received_ns))

    def _take_description(
        self, stream: Stream, reading: Calibration | Transform | Text, received_ns: int
    ) -> None:
        if isinstance(reading, Transform):
            if not all(map(isfinite, (*reading.translation_m, *reading.rotation))):
                stream.counts.rejected += 1
                stream.error = f'a transform of {reading.child_frame_id!r} was not finite'
                return
            if self._wants_motion:
                self._assets.learn(reading)
            if not reading.is_static:
                stream.counts.skipped += 1
                return
        stream.counts.kept += 1
        self._about.learn(stream.topic, reading, received_ns)

    # -- the way out ------------------------------------------------------------------------------
    def _open(self, received_ns: int) -> None:
        if not self._opened:
            self._opened = True
            self._now_ns = received_ns
            self._queue(self._about.record_if_changed(received_ns))

    def _advance(self, now_ns: int) -> None:
        everything = now_ns < self._now_ns - CLOCK_JUMP_NS
        self._now_ns = now_ns if everything else max(now_ns, self._now_ns)
        self._assets.advance(self._now_ns, everything)
        if self._about.is_stale(self._now_ns):
            self._queue(self._about.record_if_changed(self._now_ns))
        if everything or not self._is_more_to_come:
            self._put(self._line.release(self._now_ns, everything))

    def _queue(self, record: Record | None) -> None:
        if record is not None:
            self._line.push(ready(record))

    def _keep(self, stream: Stream, stamp_ns: int) -> None:
        stream.counts.kept += 1
        stream.note(stamp_ns)

    def _put(self, records: Sequence[Record]) -> None:
        if not records:
            return
        refused: Sequence[str] = ()
        try:
            self._sink.put(records)
        except SpoolFullError as error:
            # The recorder must survive a full disk: what is lost here is counted, not raised.
            refused = error.refused or [record.id for record in records]
            log.error('%d of %d records were refused: %s', len(refused), len(records), error)
        self._assets.stored(record.id for record in records if record.kind == 'videos')
        self._count(records, set(refused))

    def _count(self, records: Sequence[Record], refused: set[str]) -> None:
        for record in records:
            if not record.stream:
                continue
            counts = self._stream(record.stream).counts
            if record.id in refused:
                counts.refused += 1
            else:
                counts.records += 1
                counts.body_bytes += len(record.body)

    def _end(self) -> Record:
        report = self.report()
        span: dict[str, Any] = {'start_ns': report.start_ns, 'end_ns': report.end_ns}
        return Record(
            kind='end',
            session=self._session,
            id=f'{ids.std(self._session)}_end_{report.start_ns}_{report.end_ns}',
            stamp_ns=report.end_ns,
            document=span,
        )

    def _stream(self, topic: str) -> Stream:
        if topic not in self._streams:
            settings = self._settings.streams.get(topic, SKIPPED)
            self._streams[topic] = Stream(self._session, topic, settings)
        return self._streams[topic]


def _fix_topics(streams: Mapping[str, StreamSettings]) -> list[str]:
    """List the fix topics, preferred ones first."""
    topics = [topic for topic, stream in streams.items() if stream.role == 'fix']
    return sorted(topics, key=lambda topic: -streams[topic].priority)
