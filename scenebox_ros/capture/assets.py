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
Frames and packets to assets: sampled, sent to the encoders, and given their place in the line.

Threads: a pool encodes frames, and each video stream has a thread (see ``videos.py``);
:meth:`AssetMaker.close` ends them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
import logging
from pathlib import Path
from typing import Any, TYPE_CHECKING, Union

from scenebox_ros import stamps
from scenebox_ros.capture.about import SessionMetadata
from scenebox_ros.capture.aids import Helpers, must_wait, scan_times, Span
from scenebox_ros.capture.frames import (
    Aids,
    Asset,
    calibration_aux,
    encode_named,
    Frame,
    stored_size,
)
from scenebox_ros.capture.parking import Parked, Parking
from scenebox_ros.capture.positions import as_json, Positions
from scenebox_ros.capture.snapshots import Candidate
from scenebox_ros.capture.streams import (
    aux_of,
    PREVIEW_BOOST,
    preview_of,
    Stream,
    times_at,
)
from scenebox_ros.capture.waiting import Held, WaitingLine
from scenebox_ros.model.geodesy import Position
from scenebox_ros.model.readings import (
    CloudFrame,
    ImageBlob,
    ImageFrame,
    Transform,
    VideoPacket,
)
from scenebox_ros.model.records import PLACE_IS_HELD, Record
from scenebox_ros.model.settings import StreamSettings

if TYPE_CHECKING:
    from scenebox_ros.capture.segments import Segment, SegmentLog
    from scenebox_ros.capture.videos import CutVideo, Picture

log = logging.getLogger(__name__)
Visible = Union[Frame, VideoPacket]
TIMES = ('timestamp', 'start_time', 'end_time')


class AssetMaker:
    """
    Make assets of what cameras and lidars saw.

    Parameters
    ----------
    line
        Where assets wait for their encoder and their position.
    positions
        Asked for the newest position, where distance samples.
    about
        Asked for calibrations.
    segment_s
        The length of videos.
    workers
        Threads that encode frames.
    wait_ns
        How long a frame waits for a calibration or for poses.
    folder
        Where videos grow, so that a crash leaves what :func:`recovery.recover` can finish.

    """

    def __init__(
        self,
        line: WaitingLine,
        positions: Positions,
        about: SessionMetadata,
        segment_s: float,
        workers: int,
        wait_ns: int,
        folder: Path | None = None,
    ) -> None:
        self._line = line
        self._positions = positions
        self._about = about
        self._segment_s = segment_s
        self._workers = workers
        self._folder = folder
        self._pool: ThreadPoolExecutor | None = None
        self._helpers = Helpers(about)
        self._wait_ns = wait_ns
        self._parking = Parking(wait_ns)
        self._logs: dict[str, SegmentLog] = {}

    def learn(self, transform: Transform) -> None:
        """Take a transform, for clouds that are deskewed."""
        self._helpers.learn(transform)

    def advance(self, now_ns: int, everything: bool = False) -> None:
        """Let frames go on that waited for a calibration or for poses."""
        self._parking.release(now_ns, everything)

    def stored(self, ids: Iterable[str]) -> None:
        """Hear which assets are safe: what a crash would have needed goes."""
        for asset_id in ids:
            log_ = self._logs.pop(asset_id, None)
            if log_ is not None:
                log_.remove()

    def take(self, stream: Stream, frame: Visible, stamp_ns: int, received_ns: int) -> None:
        """Take a frame or a packet; blocks while the encoders are busy."""
        settings = stream.settings
        becomes_video = not isinstance(frame, CloudFrame) and settings.video
        # Packets are pictures only together: the stream that brings them is a video.
        if isinstance(frame, VideoPacket):
            becomes_video = True
        becomes_asset = not isinstance(frame, VideoPacket) and (
            isinstance(frame, CloudFrame) or settings.images)
        if not (becomes_asset or becomes_video):
            stream.counts.skipped += 1
            return
        if not self._is_kept(stream, frame, stamp_ns):
            stream.counts.sampled_out += 1
            return
        stream.counts.kept += 1
        stream.note(stamp_ns)
        if must_wait(settings, frame) or self._parking.holds(stream.topic):
            self._park(stream, frame, stamp_ns, received_ns)
        else:
            self._go_on(stream, frame, stamp_ns, received_ns)

    def _park(self, stream: Stream, frame: Visible, stamp_ns: int, received_ns: int) -> None:
        if isinstance(frame, CloudFrame):
            times_ns, span = scan_times(frame)
            is_ready = partial(self._helpers.covers, stream, frame, span)
            leave = partial(
                self._leave_cloud, stream, frame, stamp_ns, received_ns, times_ns, span)
        else:
            is_ready = partial(self._helpers.knows_camera, stream)
            leave = partial(self._go_on, stream, frame, stamp_ns, received_ns)
        if is_ready() and not self._parking.holds(stream.topic):
            leave()
        else:
            size = frame.payload.nbytes
            self._parking.park(Parked(stream.topic, received_ns, size, is_ready, leave))

    def _go_on(self, stream: Stream, frame: Visible, stamp_ns: int, received_ns: int) -> None:
        """Film and encode a frame that has all it needs, or has waited long enough."""
        settings = stream.settings
        if isinstance(frame, CloudFrame):
            aids = Aids(stamp_ns=frame.stamp_ns)
            self._choose(stream, frame, stamp_ns, received_ns, aids)
            return
        aids = self._helpers.of_image(stream, (frame.width, frame.height))
        if settings.preview_every_s and not isinstance(frame, VideoPacket):
            self._preview(stream, frame, stamp_ns, received_ns, aids)
        if settings.video or isinstance(frame, VideoPacket):
            self._film(stream, frame, stamp_ns, received_ns, aids)
        if settings.images and not isinstance(frame, VideoPacket):
            self._choose(stream, frame, stamp_ns, received_ns, aids)

    def _leave_cloud(
        self, stream: Stream, frame: CloudFrame, stamp_ns: int, received_ns: int, times_ns: Any,
        span: Span | None,
    ) -> None:
        aids = self._helpers.of_cloud(stream, frame, times_ns, span)
        self._choose(stream, frame, stamp_ns, received_ns, aids)

    def cut_stale(self, stream: Stream, now_ns: int) -> None:
        """Keep the last snapshot, and end the video, of a stream that has gone silent."""
        stream.snapshots.settle_stale(now_ns, self._wait_ns)
        if stream.cutter is not None and stream.cutter.is_stale(now_ns):
            self.cut(stream)

    def finish(self, stream: Stream) -> None:
        """End what a stream has begun: nothing more will come."""
        stream.snapshots.settle()
        self.cut(stream)

    def cut(self, stream: Stream) -> None:
        """End the video of a stream."""
        if stream.cutter is not None:
            self._queue_videos(stream, stream.cutter.cut())

    def close(self, streams: Mapping[str, Stream]) -> None:
        """End all threads."""
        for stream in streams.values():
            if stream.cutter is not None:
                stream.cutter.close()
        if self._pool is not None:
            self._pool.shutdown()

    def _is_kept(self, stream: Stream, frame: Visible, stamp_ns: int) -> bool:
        # A packet that is left out would spoil those after it: packets are never sampled.
        if isinstance(frame, VideoPacket):
            return True
        latest = self._positions.latest
        digest = _digest(frame) if stream.settings.on_change else b''
        return stream.keeps('', digest, stamp_ns, latest)

    def _choose(
        self, stream: Stream, frame: Frame, stamp_ns: int, received_ns: int, aids: Aids
    ) -> None:
        """Encode a frame, unless only those of snapshots are wanted and it is of none."""
        if not stream.settings.snapshot_every_s:
            self._encode(stream, frame, stamp_ns, received_ns, aids, {})
            return

        def keep(moment_ns: int) -> None:
            self._encode(stream, frame, stamp_ns, received_ns, aids, {
                'snapshot': stamps.to_iso(moment_ns),
                'snapshot_offset_s': round((stamp_ns - moment_ns) / stamps.NS_PER_S, 6),
            })

        is_filmed = stream.settings.video and not isinstance(frame, CloudFrame)
        drop = _nothing if is_filmed else partial(_leave_out, stream)
        stream.snapshots.offer(Candidate(stamp_ns, received_ns, keep, drop), stream.settings)

    def _preview(
        self, stream: Stream, frame: ImageFrame | ImageBlob, stamp_ns: int, received_ns: int,
        aids: Aids,
    ) -> None:
        """Send a small picture ahead, where the image itself is larger."""
        settings = preview_of(stream.settings)
        if max(frame.width, frame.height) > settings.max_side and stream.previews.keeps(
            settings, stamp_ns, None
        ):
            more = {'is_preview': True}
            self._encode(stream, frame, stamp_ns, received_ns, aids, more, settings)

    def _encode(
        self, stream: Stream, frame: Frame, stamp_ns: int, received_ns: int, aids: Aids,
        more: Mapping[str, Any], preview: StreamSettings | None = None,
    ) -> None:
        # What waits must not hold the frame: raw pixels are many times their encoded size.
        settings = preview or stream.settings
        aux = {**aux_of(stream, frame, received_ns), **more}
        if isinstance(frame, CloudFrame):
            aux.update(calibration_aux(self._helpers.of_image(stream), (0, 0)))
        self._line.push(Held(
            # Hashing a raw frame takes as long as reading it: the encoders' work, too.
            asset=self._encoders().submit(
                encode_named, frame, settings, aids, stream.topic, received_ns),
            finish=partial(self._finish, stream, stamp_ns, aux),
            fail=partial(_count_failure, stream, 0 if preview else 1),
            stamp_ns=stamp_ns,
            received_ns=received_ns,
            wants_position=bool(self._positions),
            is_raw=not isinstance(frame, ImageBlob),
        ))

    def _film(
        self, stream: Stream, picture: Picture, stamp_ns: int, received_ns: int, aids: Aids
    ) -> None:
        # Only who films loads what it takes.
        from scenebox_ros.capture.segments import Shot
        from scenebox_ros.capture.videos import VideoCutter

        if stream.cutter is None:
            stream.cutter = VideoCutter(self._segment_s, self._folder)
        latest = self._positions.latest
        aux = aux_of(stream, picture, received_ns)
        aux.update(calibration_aux(aids, stored_size(picture, stream.settings)))
        origin = stream.origin({'geolocation': as_json(latest)} if latest else {})
        self._queue_videos(stream, stream.cutter.add(
            picture, stamp_ns, received_ns, Shot(stream.settings, aids, aux, origin)))

    def _queue_videos(self, stream: Stream, cuts: Sequence[CutVideo]) -> None:
        for cut in cuts:
            self._queue_video(stream, cut)

    def _queue_video(self, stream: Stream, cut: CutVideo) -> None:
        segment = cut.segment
        asset_id = cut.asset_id(stream.topic)
        if segment.log is not None:
            self._logs[asset_id] = segment.log
        self._line.push(Held(
            asset=cut.asset,
            finish=partial(self._finish_video, stream, cut, asset_id),
            fail=partial(self._fail_video, stream, segment, asset_id),
            stamp_ns=segment.first_stamp_ns,
            received_ns=segment.received_ns,
            wants_position=bool(self._positions),
        ))

    def _fail_video(
        self, stream: Stream, segment: Segment, asset_id: str, error: Exception
    ) -> None:
        self.stored([asset_id])
        _count_failure(stream, len(segment.digests), error)

    def _finish_video(
        self, stream: Stream, cut: CutVideo, asset_id: str, asset: Asset,
        position: Position | None,
    ) -> Record:
        segment = cut.segment
        if segment.failed:
            stream.counts.kept -= segment.failed
            stream.counts.failed += segment.failed
            stream.error = segment.error or 'packets before the first key frame were left out'
        named = replace(asset, id=asset_id)
        return self._finish(stream, segment.first_stamp_ns, segment.aux, named, position)

    def _finish(
        self, stream: Stream, stamp_ns: int, aux: dict[str, Any], asset: Asset,
        position: Position | None,
    ) -> Record:
        aux = {**aux, **asset.aux}
        if position is not None:
            aux['geolocation'] = as_json(position)
            if position.is_held:
                aux[PLACE_IS_HELD] = True
        elif self._positions and not aux.get('is_preview'):
            stream.counts.without_position += 1
        times = {name: asset.document[name] for name in TIMES if name in asset.document}
        origin = stream.origin(aux)
        if aux.get('is_preview'):
            sensor, priority = f'{origin.sensor}_preview', origin.priority + PREVIEW_BOOST
            origin = replace(origin, sensor=sensor, priority=priority)
        return origin.record(asset.id, asset, times or times_at(stamp_ns), stamp_ns)

    def _encoders(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._workers, 'scenebox-encode')
        return self._pool


def _digest(frame: Frame) -> bytes:
    import xxhash

    return xxhash.xxh3_128_digest(frame.payload)


def _leave_out(stream: Stream) -> None:
    stream.counts.kept -= 1
    stream.counts.sampled_out += 1


def _nothing() -> None:
    """Leave a frame to its video."""


def _count_failure(stream: Stream, frames: int, error: Exception) -> None:
    stream.counts.kept -= frames
    stream.counts.failed += frames
    stream.error = str(error)
    log.warning('%d frames of %s could not be encoded: %s', frames, stream.topic, error)
