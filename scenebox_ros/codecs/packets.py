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

"""Videos of streams that arrive encoded: packets are copied into MP4, not encoded again."""

from __future__ import annotations

import heapq
import io
import logging
from pathlib import Path

from scenebox_ros.codecs import nal
from scenebox_ros.codecs.mp4 import add_copy, Clip, load_av, TIME_BASE, translated
from scenebox_ros.codecs.probe import probe
from scenebox_ros.codecs.recording import Recording
from scenebox_ros.errors import EncodeError

log = logging.getLogger(__name__)

_DEMUXERS = {'h264': 'h264', 'h265': 'hevc', 'mjpeg': 'mjpeg'}
_NS_PER_TICK = 1000
# Pictures that a stream may send before the one that is shown next.
REORDERED = 8


class _Copier:
    """Copies packets of one codec into one MP4 file."""

    def __init__(self, codec: str, target: Path | None) -> None:
        self._codec = codec
        self._recording = Recording(target)
        self._is_open = False
        self._is_done = False
        self._clip: Clip | None = None
        self._size = (0, 0)
        self._reorders = False
        self._start_ns = 0
        self.frames = 0
        self.skipped = 0

    def _begin(self, blob: bytes, stamp_ns: int) -> None:
        av = load_av()
        with translated(f'reading the {self._codec} stream'), av.open(
            io.BytesIO(blob), format=_DEMUXERS[self._codec]
        ) as source:
            template = source.streams.video[0]
            if not template.codec_context.width:
                raise EncodeError(f'the {self._codec} stream does not tell its size')
            self._reorders = bool(template.codec_context.has_b_frames)
            self._recording.open(lambda container: add_copy(container, template), stamp_ns)
        self._start_ns = stamp_ns
        self._is_open = True

    def _shown_at(self, stamp_ns: int) -> int:
        if self._is_done:
            raise EncodeError('the video is closed; start another one')
        return (stamp_ns - self._start_ns) // _NS_PER_TICK

    def _fit(self, size: tuple[int, int]) -> None:
        """Refuse a picture of another size than the first one's."""
        self._size = self._size if any(self._size) else size
        if size != self._size:
            raise EncodeError(
                f'a picture of {size[0]} x {size[1]} does not fit a video of {self._size[0]} x '
                f'{self._size[1]}; close it and start another one'
            )

    def _mux(self, blob: bytes, shown: int, decoded: int, is_key: bool) -> None:
        packet = load_av().Packet(blob)
        packet.time_base = TIME_BASE
        packet.pts, packet.dts, packet.is_keyframe = shown, decoded, is_key
        self._recording.mux(packet)

    def _finish(self) -> None:
        """Write what is still held."""

    def close(self) -> Clip:
        """
        Finish the video; a second call returns the same clip.

        Raises
        ------
        EncodeError
            If no picture was kept, or the file cannot be written.

        """
        if self._clip is None:
            if self._is_done:
                raise EncodeError('the video was given up or could not be finished; make another')
            if not self._is_open:
                raise EncodeError(
                    f'the video has no frames: {self.skipped} packets before a key frame')
            self._finish()
            self._is_done = True
            self._clip = self._recording.close()
        return self._clip

    def discard(self) -> None:
        """Give the video up and remove its file."""
        if not self._is_done:
            self._is_done = True
            self._recording.discard()


class PacketWriter(_Copier):
    """
    Copies H.264 or H.265 packets into one MP4 file.

    The first packet kept is the first key frame once the parameter sets are known; others are
    counted in ``skipped``. Streams with B frames work: times to decode are worked out from the
    times shown. A picture whose stamp repeats or goes back is kept, as those after it need it: it
    is shown just after the one before, and counted in ``moved``. An older ``<target>.part`` is
    replaced.

    Parameters
    ----------
    codec
        ``h264`` or ``h265``.
    target
        The file to make; None makes bytes.
    known_sets
        Parameter sets that the stream has sent before, for a key frame that comes without.

    """

    def __init__(
        self, codec: str, target: Path | None = None, known_sets: bytes = b''
    ) -> None:
        if codec not in ('h264', 'h265'):
            raise EncodeError(f'codec {codec!r} cannot be copied; known are h264 and h265')
        super().__init__(codec, target)
        self._parameters = known_sets
        self._held: list[tuple[int, bytes, bool]] = []
        self._shown: list[int] = []
        self._shift: int | None = None
        self._last_decoded: int | None = None
        self._last_shown = -1
        self._newest = -1
        self._keys = (-1, -1)  # when the last key frame but one is shown, and the last
        self._is_opening = True
        self.moved = 0

    def write(self, blob: bytes | memoryview, stamp_ns: int) -> bool:
        """
        Add one packet: all units of one picture, in the order of the stream.

        Parameters
        ----------
        blob
            A byte stream with start codes (Annex B). Parameter sets may come alone, before.
        stamp_ns
            When the picture was taken.

        Returns
        -------
        bool
            False if it was not kept: it holds no picture, or one that cannot be decoded because
            no key frame came before it.

        Raises
        ------
        EncodeError
            If the stream cannot be read or changes its size, or if the file cannot be written.

        """
        shown = self._shown_at(stamp_ns)
        if not nal.has_picture(blob, self._codec):
            self._parameters = nal.parameter_sets(blob, self._codec) or self._parameters
            return False
        is_key = nal.is_key(blob, self._codec)
        body = bytes(blob)
        if is_key:
            body = self._with_parameters(body)
        if not self._is_open:
            if not (is_key and self._parameters):
                self.skipped += 1
                return False
            self._begin(body, stamp_ns)
            shown = 0
        return self._hold(shown, body, is_key)

    def _with_parameters(self, blob: bytes) -> bytes:
        """Put the parameter sets before a key frame that comes without them."""
        own = nal.parameter_sets(blob, self._codec)
        if own:
            size = nal.size_of(own, self._codec)
            if any(size):
                self._fit(size)
            self._parameters = own
            return blob
        return self._parameters + blob

    def _hold(self, shown: int, blob: bytes, is_key: bool) -> bool:
        is_leading = not is_key and nal.is_leading(blob, self._codec)
        if shown < 0 and is_leading and self._is_opening:  # needs one from before the first
            self.skipped += 1
            return False
        self._is_opening = self._is_opening and (is_leading or self._newest < 0)
        free = self._free(shown, is_key, is_leading)
        self.moved += free != shown
        self._newest = max(self._newest, free)
        if is_key:
            self._keys = (self._keys[1], free)
        self._held.append((free, blob, is_key))
        heapq.heappush(self._shown, free)
        self.frames += 1
        if len(self._held) > REORDERED:
            self._flush_one()
        return True

    def _free(self, shown: int, is_key: bool, is_leading: bool) -> int:
        """
        Give a time at which nothing else is shown.

        B frames are shown before pictures that came before them, but never before the key frame
        that they follow, and leading ones not before that which came before it. What is earlier
        comes from a clock that went back, and is shown after all others.
        """
        floor = self._newest if is_key else self._keys[0 if is_leading else 1]
        if shown <= floor:
            return self._newest + 1
        while shown in self._shown:
            shown += 1
        return shown

    def _flush_one(self) -> None:
        """Write the oldest packet; by now the times around it are known."""
        if self._shift is None:
            order = sorted(self._shown)
            self._shift = max(
                due - packet[0] for due, packet in zip(order, self._held, strict=False))
            self._reorders = self._reorders or self._shift > 0
        # Not later than any of those that follow is shown, with a tick for each between: where
        # the frames' distances vary, the first ones' do not tell how far pictures are reordered.
        latest = min(packet[0] - place for place, packet in enumerate(self._held))
        shown, blob, is_key = self._held.pop(0)
        decoded = min(heapq.heappop(self._shown) - self._shift, latest)
        if self._last_decoded is not None:
            decoded = max(decoded, self._last_decoded + 1)
        # Where a clock jumped back, a picture would be shown before it is decoded.
        due = max(shown, decoded if self._reorders else self._last_shown + 1)
        self.moved += due != shown
        self._last_decoded, self._last_shown = decoded, due
        self._mux(blob, due, decoded, is_key)

    def _finish(self) -> None:
        while self._held:
            self._flush_one()
        if self.moved:
            log.warning('%d of %d pictures of a %s stream have stamps that repeat or go back; '
                        'each is shown after the one before', self.moved, self.frames, self._codec)


class MjpegWriter(_Copier):
    """
    Copies JPEG images into one MP4 file: as fast as the disk, as large as the images.

    Browsers do not play it; it is for topics whose pixels must stay as they came.

    Parameters
    ----------
    target
        The file to make; None makes bytes. An older ``<target>.part`` is replaced.

    """

    def __init__(self, target: Path | None = None) -> None:
        super().__init__('mjpeg', target)
        self._last = -1

    def write(self, blob: bytes | memoryview, stamp_ns: int) -> bool:
        """
        Add one JPEG image.

        Returns
        -------
        bool
            True: every image is kept.

        Raises
        ------
        EncodeError
            If the image is no JPEG, not later than the last one or of another size, or if the
            file cannot be written.
        DecodeError
            If the bytes are no image.

        """
        shown = self._shown_at(stamp_ns)
        found = probe(blob)
        if found.format != 'jpeg':
            raise EncodeError('only JPEG images can be copied into a video; encode the others')
        self._fit(found[1:])
        body = bytes(blob)
        if not self._is_open:
            self._begin(body, stamp_ns)
            shown = 0
        elif shown <= self._last:
            raise EncodeError(
                f'image {self.frames} is at {stamp_ns} ns, not after the one before; leave it out')
        self._mux(body, shown, shown, is_key=True)
        self._last = shown
        self.frames += 1
        return True
