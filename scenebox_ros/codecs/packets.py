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
from pathlib import Path

from scenebox_ros.codecs import nal
from scenebox_ros.codecs.mp4 import add_copy, Clip, load_av, Recording, TIME_BASE, translated
from scenebox_ros.codecs.probe import probe
from scenebox_ros.errors import EncodeError

_DEMUXERS = {'h264': 'h264', 'h265': 'hevc', 'mjpeg': 'mjpeg'}
_NS_PER_TICK = 1000
# Pictures that a stream may send before the one that is shown next.
REORDERED = 8


class PacketWriter:
    """
    Copies H.264 or H.265 packets into one MP4 file.

    The first packet kept is the first key frame with parameter sets; earlier ones are counted in
    ``skipped``. Streams with B frames work: times to decode are worked out from the times shown.

    Parameters
    ----------
    codec
        ``h264`` or ``h265``.
    target
        The file to make; None makes bytes.

    """

    def __init__(self, codec: str, target: Path | None = None) -> None:
        if codec not in _DEMUXERS:
            raise EncodeError(f'codec {codec!r} cannot be copied; known are {sorted(_DEMUXERS)}')
        self._codec = codec
        self._recording = Recording(target)
        self._is_open = False
        self._start_ns = 0
        self._held: list[tuple[int, bytes, bool]] = []
        self._shown: list[int] = []
        self._shift: int | None = None
        self._last_decoded: int | None = None
        self._clip: Clip | None = None
        self._is_done = False
        self.frames = 0
        self.skipped = 0

    def write(self, blob: bytes | memoryview, stamp_ns: int) -> bool:
        """
        Add one packet: all units of one picture, in the order of the stream.

        Returns
        -------
        bool
            False if it was skipped, because no key frame came before it.

        Raises
        ------
        EncodeError
            If the stream cannot be read, or the file cannot be written.

        """
        if self._is_done:
            raise EncodeError('the video is closed; start another one')
        is_key = self._codec == 'mjpeg' or nal.is_key(blob, self._codec)
        if not self._is_open:
            if not (is_key and self._can_start(blob)):
                self.skipped += 1
                return False
            self._begin(blob, stamp_ns)
        shown = (stamp_ns - self._start_ns) // _NS_PER_TICK
        self._held.append((shown, bytes(blob), is_key))
        heapq.heappush(self._shown, shown)
        self.frames += 1
        if len(self._held) > self._reordered:
            self._flush_one()
        return True

    _reordered = REORDERED

    def _can_start(self, blob: bytes | memoryview) -> bool:
        return bool(nal.parameter_sets(blob, self._codec))

    def _begin(self, blob: bytes | memoryview, stamp_ns: int) -> None:
        av = load_av()
        with translated(f'reading the {self._codec} stream'), av.open(
            io.BytesIO(bytes(blob)), format=_DEMUXERS[self._codec]
        ) as source:
            template = source.streams.video[0]
            if not template.codec_context.width:
                raise EncodeError(f'the {self._codec} stream does not tell its size')
            self._recording.open(lambda container: add_copy(container, template), stamp_ns)
        self._start_ns = stamp_ns
        self._is_open = True

    def _flush_one(self) -> None:
        """Write the oldest packet; by now the times around it are known."""
        av = load_av()
        if self._shift is None:
            order = sorted(self._shown)
            self._shift = max(
                due - packet[0] for due, packet in zip(order, self._held, strict=False))
        shown, blob, is_key = self._held.pop(0)
        packet = av.Packet(blob)
        packet.time_base = TIME_BASE
        decoded = min(heapq.heappop(self._shown) - self._shift, shown)
        if self._last_decoded is not None:
            decoded = max(decoded, self._last_decoded + 1)
        if decoded > shown:
            raise EncodeError(
                f'packet at {self._start_ns + shown * _NS_PER_TICK} ns is not after the one '
                'before; leave it out'
            )
        self._last_decoded = decoded
        packet.pts, packet.dts, packet.is_keyframe = shown, decoded, is_key
        self._recording.mux(packet)

    def close(self) -> Clip:
        """
        Finish the video; a second call returns the same clip.

        Raises
        ------
        EncodeError
            If no packet was kept, or the file cannot be written.

        """
        if self._clip is None:
            if self._is_done:
                raise EncodeError('the video was given up or could not be finished; make another')
            if not self._is_open:
                raise EncodeError(
                    f'the video has no frames: {self.skipped} packets before a key frame')
            while self._held:
                self._flush_one()
            self._is_done = True
            self._clip = self._recording.close()
        return self._clip

    def discard(self) -> None:
        """Give the video up and remove its file."""
        if not self._is_done:
            self._is_done = True
            self._recording.discard()


class MjpegWriter(PacketWriter):
    """
    Copies JPEG images into one MP4 file: as fast as the disk, as large as the images.

    Browsers do not play it; it is for topics whose pixels must stay as they came.

    """

    _reordered = 0

    def __init__(self, target: Path | None = None) -> None:
        super().__init__('mjpeg', target)

    def _can_start(self, blob: bytes | memoryview) -> bool:
        if probe(blob).format != 'jpeg':
            raise EncodeError('only JPEG images can be copied into a video; encode the others')
        return True
