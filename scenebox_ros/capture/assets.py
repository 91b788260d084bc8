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

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
import logging
from typing import Any, Union

from scenebox_ros.capture.about import SessionMetadata
from scenebox_ros.capture.frames import Asset, encode, Frame
from scenebox_ros.capture.positions import as_json, Positions
from scenebox_ros.capture.streams import aux_of, Stream, times_at
from scenebox_ros.capture.videos import CutVideo, VideoCutter
from scenebox_ros.capture.waiting import Held, WaitingLine
from scenebox_ros.model.geodesy import Position
from scenebox_ros.model.readings import CloudFrame, VideoPacket
from scenebox_ros.model.records import Record

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

    """

    def __init__(
        self,
        line: WaitingLine,
        positions: Positions,
        about: SessionMetadata,
        segment_s: float,
        workers: int,
    ) -> None:
        self._line = line
        self._positions = positions
        self._about = about
        self._segment_s = segment_s
        self._workers = workers
        self._pool: ThreadPoolExecutor | None = None

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
        aux = aux_of(stream, frame, received_ns, self._about.calibration_for(stream.topic))
        if becomes_video and not isinstance(frame, CloudFrame):
            self._film(stream, frame, stamp_ns, received_ns, aux)
        if becomes_asset and not isinstance(frame, VideoPacket):
            self._encode(stream, frame, stamp_ns, received_ns, aux)

    def cut_stale(self, stream: Stream, now_ns: int) -> None:
        """End the video of a stream that has gone silent."""
        if stream.cutter is not None and stream.cutter.is_stale(now_ns):
            self.cut(stream)

    def cut(self, stream: Stream) -> None:
        """End the video of a stream."""
        if stream.cutter is not None:
            self._queue_video(stream, stream.cutter.cut())

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

    def _encode(
        self, stream: Stream, frame: Frame, stamp_ns: int, received_ns: int, aux: dict[str, Any]
    ) -> None:
        # What waits must not hold the frame: raw pixels are many times their encoded size.
        asset_id = stream.asset_id(frame, received_ns)
        self._line.push(Held(
            asset=self._encoders().submit(encode, frame, stream.settings),
            finish=partial(self._finish, stream, asset_id, stamp_ns, aux),
            fail=partial(_count_failure, stream, 1),
            stamp_ns=stamp_ns,
            received_ns=received_ns,
            wants_position=bool(self._positions),
        ))

    def _film(
        self, stream: Stream, picture: Any, stamp_ns: int, received_ns: int, aux: dict[str, Any]
    ) -> None:
        if stream.cutter is None:
            stream.cutter = VideoCutter(self._segment_s)
        self._queue_video(stream, stream.cutter.add(picture, stamp_ns, received_ns, aux))

    def _queue_video(self, stream: Stream, cut: CutVideo | None) -> None:
        if cut is None:
            return
        segment = cut.segment
        asset_id = cut.asset_id(stream.topic, self._segment_s)
        self._line.push(Held(
            asset=cut.asset,
            finish=partial(self._finish_video, stream, cut, asset_id),
            fail=partial(_count_failure, stream, len(segment.digests)),
            stamp_ns=segment.first_stamp_ns,
            received_ns=segment.received_ns,
            wants_position=bool(self._positions),
        ))

    def _finish_video(
        self, stream: Stream, cut: CutVideo, asset_id: str, asset: Asset,
        position: Position | None,
    ) -> Record:
        segment = cut.segment
        if segment.failed:
            stream.counts.kept -= segment.failed
            stream.counts.failed += segment.failed
            stream.error = segment.error or 'packets before the first key frame were left out'
        return self._finish(
            stream, asset_id, segment.first_stamp_ns, segment.aux, asset, position)

    def _finish(
        self, stream: Stream, asset_id: str, stamp_ns: int, aux: dict[str, Any], asset: Asset,
        position: Position | None,
    ) -> Record:
        if position is not None:
            aux['geolocation'] = as_json(position)
        elif self._positions:
            stream.counts.without_position += 1
        times = {name: asset.document[name] for name in TIMES if name in asset.document}
        return stream.record(asset_id, asset, times or times_at(stamp_ns), stamp_ns, aux)

    def _encoders(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._workers, 'scenebox-encode')
        return self._pool


def _digest(frame: Frame) -> bytes:
    import xxhash

    return xxhash.xxh3_128_digest(frame.payload)


def _count_failure(stream: Stream, frames: int, error: Exception) -> None:
    stream.counts.kept -= frames
    stream.counts.failed += frames
    stream.error = str(error)
    log.warning('%d frames of %s could not be encoded: %s', frames, stream.topic, error)
