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

A hardware encoder that fails ends the video that grows. What it still held, and what waited for
it, begins the next one, in software.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
import logging
from pathlib import Path
from typing import Any, TYPE_CHECKING, Union

from scenebox_ros.capture import filming
from scenebox_ros.capture.frames import Asset, shaped
from scenebox_ros.capture.segments import Segment, segment_id, SegmentLog, Shot, Taken
from scenebox_ros.model.readings import ImageBlob, ImageFrame, VideoPacket
from scenebox_ros.model.settings import StreamSettings
from scenebox_ros.stamps import NS_PER_S

if TYPE_CHECKING:
    from scenebox_ros.codecs.continued import PacketDecoder

log = logging.getLogger(__name__)
Picture = Union[ImageFrame, ImageBlob, VideoPacket]
MAX_QUEUED = 8
# Packets are small, and one that is lost spoils those after it: more of them may wait.
MAX_QUEUED_BYTES = 16_000_000
# A segment of packets that has no key frame after its end is cut when the next one would end.
MAX_CELLS = 2
DEFAULT_QUALITY = StreamSettings.video_quality
# A stamp that is this much older than the last began a new count of time.
RESTART_NS = NS_PER_S


@dataclass(frozen=True)
class CutVideo:
    """A finished segment: the promise of its bytes, and what its id follows from."""

    segment: Segment
    asset: Future[Asset]

    def asset_id(self, topic: str) -> str:
        """Derive the video's id from its frames, not from how they were encoded."""
        of = self.segment
        return segment_id(topic, of.first_stamp_ns, of.digests, of.how)


@dataclass
class _Tail:
    """A segment that has ended, unless pictures follow that are shown before the next one."""

    segment: Segment
    key: tuple[VideoPacket, int, int, Shot]
    has_key: bool = False


class VideoCutter:
    """
    The videos of one stream.

    Parameters
    ----------
    segment_s
        The length; packets are cut at the first key frame after a multiple of it. If none comes
        until the next multiple, what follows is encoded again until one does.
    folder
        Where they grow; None takes a temporary one, which a crash leaves behind.

    """

    def __init__(self, segment_s: float, folder: Path | None = None) -> None:
        self._segment_s = segment_s
        self._segment_ns = max(1, round(segment_s * NS_PER_S))
        self._folder = folder
        self._segment: Segment | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._queued: deque[tuple[Future[None], int]] = deque()
        self._decoder: PacketDecoder | None = None
        self._parameters = b''
        self._tail: _Tail | None = None

    def add(
        self, picture: Picture, stamp_ns: int, received_ns: int, shot: Shot
    ) -> list[CutVideo]:
        """
        Take a frame; give the videos that ended before it.

        The aux metadata of a video is that of its first frame.
        """
        if self._leads(picture, stamp_ns, received_ns, shot):
            return []
        layout = _layout(picture, shot)
        cuts = [*self._after_loss(), *self._ended_tail()]
        if self._begins_another(picture, stamp_ns, layout):
            cuts += self._cut_before(picture, stamp_ns, received_ns, shot, layout)
        if isinstance(picture, VideoPacket):
            self._remember(picture)
        if self._segment is None:
            self._segment = self._new_segment(picture, stamp_ns, shot, layout)
        self._append(self._segment, picture, stamp_ns, received_ns, shot)
        return cuts

    def _append(
        self, segment: Segment, picture: Picture, stamp_ns: int, received_ns: int, shot: Shot
    ) -> None:
        import xxhash

        digest = xxhash.xxh3_128(picture.payload)
        digest.update(stamp_ns.to_bytes(8, 'big', signed=True))
        segment.digests.append(digest.digest())
        if segment.log is not None:
            segment.log.note(stamp_ns, segment.digests[-1])
        if not any(segment.size):
            segment.size = picture.width, picture.height
        segment.last_ns, segment.received_ns = stamp_ns, received_ns
        taken = Taken(len(segment.digests) - 1, picture, stamp_ns, received_ns, shot)
        self._queue(segment, taken)

    def cut(self) -> list[CutVideo]:
        """End the video that grows, if there is one, and one that is about to end."""
        segment = self._segment
        if segment is not None and getattr(segment.writer, 'is_hardware', False):
            self._writing().submit(filming.settle, segment).result()
        cuts = [*self._after_loss(), *self._ended_tail()]
        segment, self._segment = self._segment, None
        return cuts if segment is None else [*cuts, self._ended(segment)]

    def _after_loss(self) -> list[CutVideo]:
        """End a video whose encoder failed; what is not in it begins the next one."""
        segment = self._segment
        if segment is None or not (segment.loses_frames and segment.left):
            return []
        self._writing().submit(filming.settle, segment).result()
        left, self._segment = segment.left, None
        del segment.digests[left[0].index:]
        cuts = []
        if segment.digests:
            cuts = [self._ended(segment)]
        else:
            segment.writer.discard()
            if segment.log is not None:
                segment.log.remove()
        for one in left:
            cuts += self.add(one.picture, one.stamp_ns, one.received_ns, one.shot)
        return cuts

    def _ended(self, segment: Segment, decoder: PacketDecoder | None = None) -> CutVideo:
        return CutVideo(segment, self._writing().submit(filming.finished, segment, decoder))

    def _cut_before(
        self, picture: Picture, stamp_ns: int, received_ns: int, shot: Shot,
        layout: tuple[Any, ...],
    ) -> list[CutVideo]:
        """End the video that grows, at once or when no more pictures of it can come."""
        from scenebox_ros.codecs import nal

        segment = self._segment
        if (
            segment is None or not isinstance(picture, VideoPacket) or layout != segment.layout
            or _is_other_size(segment, picture)
        ):
            return self.cut()
        if not picture.is_key:
            self._decoder, self._segment = filming.decoder_after(segment, picture.codec), None
            return [self._ended(segment, self._decoder)]
        if not nal.may_be_led(picture.blob, picture.codec):
            return self.cut()
        self._tail, self._segment = _Tail(segment, (picture, stamp_ns, received_ns, shot)), None
        return []

    def _leads(self, picture: Picture, stamp_ns: int, received_ns: int, shot: Shot) -> bool:
        """
        Give a picture that is shown before the last key frame to the video that it belongs to.

        It needs pictures on both sides to be decoded: the key frame ends that video, too.
        """
        from scenebox_ros.codecs import nal

        tail = self._tail
        if tail is None or not isinstance(picture, VideoPacket) or not nal.is_leading(
            picture.blob, picture.codec
        ):
            return False
        if not tail.has_key:
            tail.has_key = True
            self._append(tail.segment, *tail.key)
        self._append(tail.segment, picture, stamp_ns, received_ns, shot)
        return True

    def _ended_tail(self) -> list[CutVideo]:
        tail, self._tail = self._tail, None
        return [] if tail is None else [self._ended(tail.segment)]

    def is_stale(self, now_ns: int) -> bool:
        """Say whether the stream has been silent for the length of a segment."""
        return self._segment is not None and (
            now_ns - self._segment.received_ns > self._segment_ns)

    def close(self) -> None:
        """End the thread; what was queued is written first."""
        if self._thread is not None:
            self._thread.shutdown()

    def _begins_another(
        self, picture: Picture, stamp_ns: int, layout: tuple[Any, ...]
    ) -> bool:
        segment = self._segment
        if segment is None:
            return False
        if layout != segment.layout or stamp_ns < segment.last_ns - RESTART_NS:
            return True
        cells = stamp_ns // self._segment_ns - segment.cell
        if not isinstance(picture, VideoPacket):
            return cells > 0
        if picture.is_key:
            return cells > 0 or segment.is_continued or _is_other_size(segment, picture)
        return cells >= (1 if segment.is_continued else MAX_CELLS) and filming.has_picture(picture)

    def _remember(self, packet: VideoPacket) -> None:
        """Keep the parameter sets: some streams send them once, at their very beginning."""
        from scenebox_ros.codecs import nal

        if packet.is_key or not nal.has_picture(packet.blob, packet.codec):
            sets = nal.parameter_sets(packet.blob, packet.codec)
            self._parameters = sets or self._parameters

    def _new_segment(
        self, picture: Picture, stamp_ns: int, shot: Shot, layout: tuple[Any, ...]
    ) -> Segment:
        how = f'video {layout[0]} {self._segment_s:g} s{layout[-1]}'
        decoder, self._decoder = self._decoder, None
        if decoder is not None:
            how += ' encoded again'
        log_ = self._new_log(shot, how)
        writer = self._writer(picture, shot, log_.video if log_ else None, decoder)
        cell = stamp_ns // self._segment_ns
        return Segment(cell, layout, stamp_ns, writer, dict(shot.aux), how, log_,
                       is_continued=decoder is not None)

    def _new_log(self, shot: Shot, how: str) -> SegmentLog | None:
        if self._folder is None:
            return None
        origin = replace(shot.origin, aux={**shot.origin.aux, **shot.aux})
        try:
            return SegmentLog(self._folder, {'origin': origin.as_json(), 'how': how})
        except OSError as error:
            log.error('a crash would lose this video, its notes cannot be written: %s', error)
            return None

    def _writer(
        self, picture: Picture, shot: Shot, target: Path | None, decoder: PacketDecoder | None
    ) -> Any:
        from scenebox_ros.codecs.continued import ContinuedWriter
        from scenebox_ros.codecs.packets import MjpegWriter, PacketWriter
        from scenebox_ros.codecs.video import VideoOptions, VideoWriter

        options = VideoOptions(quality=shot.settings.video_quality)
        if decoder is not None:
            return ContinuedWriter(decoder, target, replace(options, encoder='software'))
        if isinstance(picture, VideoPacket):
            return PacketWriter(picture.codec, target, self._parameters)
        if shot.settings.video_format == 'mjpeg':
            return MjpegWriter(target)
        return VideoWriter(target, options)

    def _queue(self, segment: Segment, taken: Taken) -> None:
        queued = self._queued
        while queued and (queued[0][0].done() or not self._has_room(taken.picture)):
            queued.popleft()[0].result()
        writing = self._writing().submit(filming.write, segment, taken)
        queued.append((writing, taken.picture.payload.nbytes))

    def _has_room(self, picture: Picture) -> bool:
        """Tell whether one more may wait: a few frames, or packets of some megabytes in all."""
        if not isinstance(picture, VideoPacket):
            return len(self._queued) < MAX_QUEUED
        waiting = sum(size for _, size in self._queued)
        return not waiting or picture.payload.nbytes + waiting <= MAX_QUEUED_BYTES

    def _writing(self) -> ThreadPoolExecutor:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, 'scenebox-video')
        return self._thread


def _is_other_size(segment: Segment, picture: Picture) -> bool:
    size = picture.width, picture.height
    return all(size) and all(segment.size) and size != segment.size


def _layout(picture: Picture, shot: Shot) -> tuple[Any, ...]:
    """Name what one video cannot change on the way: codec, size, and what shapes its frames."""
    if isinstance(picture, VideoPacket):
        return (picture.codec, 'packets', '')
    settings = shot.settings
    shape = shaped(picture, settings, shot.aids)
    if settings.video_format == 'h264' and settings.video_quality != DEFAULT_QUALITY:
        shape += f' q{settings.video_quality}'
    return (settings.video_format, picture.width, picture.height, shape)
