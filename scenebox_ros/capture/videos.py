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
Cut a stream of frames or packets into videos, on multiples of the segment's length.

Threads: each stream has one of its own, because a video is written in order; a few frames may wait
for it, one more waits in the caller's thread. :meth:`VideoCutter.close` ends it.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
import logging
from typing import Any, Union

from scenebox_ros import ids, stamps
from scenebox_ros.capture.frames import Asset, decoded
from scenebox_ros.errors import DecodeError, EncodeError
from scenebox_ros.model.readings import ImageBlob, ImageFrame, VideoPacket
from scenebox_ros.stamps import NS_PER_S

log = logging.getLogger(__name__)
Picture = Union[ImageFrame, ImageBlob, VideoPacket]
MAX_QUEUED = 8
# A stamp that is this much older than the last began a new count of time.
RESTART_NS = NS_PER_S


@dataclass
class Segment:
    """One video while it grows; the writer's thread owns ``writer`` and ``failed``."""

    cell: int
    layout: tuple[Any, ...]
    first_stamp_ns: int
    writer: Any
    aux: dict[str, Any]
    digests: list[bytes] = field(default_factory=list)
    last_ns: int = 0
    received_ns: int = 0
    failed: int = 0
    error: str = ''


@dataclass(frozen=True)
class CutVideo:
    """A finished segment: the promise of its bytes, and what its id follows from."""

    segment: Segment
    asset: Future[Asset]
    codec: str

    def asset_id(self, topic: str, segment_s: float) -> str:
        """Derive the video's id from its frames, not from how they were encoded."""
        how = f'video {self.codec} {segment_s:g} s'
        return ids.asset_id(topic, self.segment.first_stamp_ns, self.segment.digests, how)


class VideoCutter:
    """
    The videos of one stream.

    Parameters
    ----------
    segment_s
        The length; packets are cut at the first key frame after a multiple of it.

    """

    def __init__(self, segment_s: float) -> None:
        self._segment_ns = max(1, round(segment_s * NS_PER_S))
        self._segment: Segment | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._queued: deque[Future[None]] = deque()

    def add(
        self, picture: Picture, stamp_ns: int, received_ns: int, aux: dict[str, Any]
    ) -> CutVideo | None:
        """
        Take a frame; give the video that ended before it, if one did.

        The aux metadata of a video is that of its first frame.
        """
        import xxhash

        cut = self.cut() if self._begins_another(picture, stamp_ns) else None
        if self._segment is None:
            self._segment = self._new_segment(picture, stamp_ns, aux)
        segment = self._segment
        digest = xxhash.xxh3_128(picture.payload)
        digest.update(stamp_ns.to_bytes(8, 'big', signed=True))
        segment.digests.append(digest.digest())
        segment.last_ns, segment.received_ns = stamp_ns, received_ns
        self._queue(segment, picture, stamp_ns)
        return cut

    def cut(self) -> CutVideo | None:
        """End the video that grows; None if there is none."""
        segment, self._segment = self._segment, None
        if segment is None:
            return None
        codec = str(segment.layout[0])
        return CutVideo(segment, self._writing().submit(_finished, segment), codec)

    def is_stale(self, now_ns: int) -> bool:
        """Say whether the stream has been silent for the length of a segment."""
        return self._segment is not None and (
            now_ns - self._segment.received_ns > self._segment_ns)

    def close(self) -> None:
        """End the thread; what was queued is written first."""
        if self._thread is not None:
            self._thread.shutdown()

    def _begins_another(self, picture: Picture, stamp_ns: int) -> bool:
        segment = self._segment
        if segment is None:
            return False
        if _layout(picture) != segment.layout or stamp_ns < segment.last_ns - RESTART_NS:
            return True
        is_later = stamp_ns // self._segment_ns > segment.cell
        return is_later and (not isinstance(picture, VideoPacket) or picture.is_key)

    def _new_segment(
        self, picture: Picture, stamp_ns: int, aux: dict[str, Any]
    ) -> Segment:
        from scenebox_ros.codecs.packets import PacketWriter
        from scenebox_ros.codecs.video import VideoWriter

        layout = _layout(picture)
        writer: Any = (
            PacketWriter(picture.codec) if isinstance(picture, VideoPacket) else VideoWriter()
        )
        return Segment(stamp_ns // self._segment_ns, layout, stamp_ns, writer, dict(aux))

    def _queue(self, segment: Segment, picture: Picture, stamp_ns: int) -> None:
        while len(self._queued) >= MAX_QUEUED:
            self._queued.popleft().result()
        self._queued.append(self._writing().submit(_write, segment, picture, stamp_ns))

    def _writing(self) -> ThreadPoolExecutor:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, 'scenebox-video')
        return self._thread


def _layout(picture: Picture) -> tuple[Any, ...]:
    """Name what one video cannot change on the way: codec and size."""
    codec = picture.codec if isinstance(picture, VideoPacket) else 'h264'
    size = () if isinstance(picture, VideoPacket) else (picture.width, picture.height)
    return (codec, type(picture) is VideoPacket, *size)


def _write(segment: Segment, picture: Picture, stamp_ns: int) -> None:
    try:
        if isinstance(picture, VideoPacket):
            is_written = segment.writer.write(picture.blob, stamp_ns)
            segment.failed += not is_written
        else:
            frame = decoded(picture) if isinstance(picture, ImageBlob) else picture
            segment.writer.write(frame, stamp_ns)
    except (EncodeError, DecodeError) as error:
        segment.failed += 1
        segment.error = str(error)


def _finished(segment: Segment) -> Asset:
    clip = segment.writer.close()
    document = {
        'width': clip.width,
        'height': clip.height,
        'duration': clip.duration_s,
        'fps': clip.fps,
        'timestamp': stamps.to_iso(clip.start_ns),
        'start_time': stamps.to_iso(clip.start_ns),
        'end_time': stamps.to_iso(clip.end_ns),
        'tags': [],
        'num_frames': clip.frames,
        'codec': clip.codec,
    }
    return Asset('videos', clip.blob, 'video/mp4', ids.sha256(clip.blob), document)
