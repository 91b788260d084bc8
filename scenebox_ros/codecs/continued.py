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
Streams that send no more key frames: decoded on from where a copied video ends, encoded again.

A decoder needs every picture since the last key frame, so it first reads the video that ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs import nal
from scenebox_ros.codecs.clips import opened
from scenebox_ros.codecs.encoder import VideoOptions
from scenebox_ros.codecs.mp4 import Clip, load_av, start_of, TIME_BASE, translated
from scenebox_ros.codecs.video import VideoWriter

_NS_PER_TICK = 1000
_DECODERS = {'h264': 'h264', 'h265': 'hevc'}
_TO_UNITS = {'h264': 'h264_mp4toannexb', 'h265': 'hevc_mp4toannexb'}


class PacketDecoder:
    """
    Decodes a stream of packets that goes on where a finished video ends.

    Parameters
    ----------
    codec
        ``h264`` or ``h265``.

    """

    def __init__(self, codec: str) -> None:
        self.codec = codec
        self._decoder: Any = None
        self._start_ns = 0
        self._due: dict[int, int] = {}

    @property
    def is_ready(self) -> bool:
        """Say whether it has seen the pictures that the next ones need."""
        return self._decoder is not None

    def read(self, clip: Clip) -> None:
        """Decode a finished video, for what comes after it."""
        av = load_av()
        decoder = av.CodecContext.create(_DECODERS[self.codec], 'r')
        # Threads of frames would hold as many back.
        decoder.thread_type = 'SLICE'
        with opened(str(clip.path) if clip.path else clip.blob or b'') as (container, stream):
            start_ns = start_of(container) or clip.start_ns
            to_units = av.bitstream.BitStreamFilterContext(_TO_UNITS[self.codec], stream)
            for packet in container.demux(stream):
                if packet.size:
                    for one in to_units.filter(packet):
                        decoder.decode(one)
        self._decoder, self._start_ns = decoder, start_ns

    def decode(
        self, blob: bytes | memoryview, stamp_ns: int
    ) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
        """Give the pictures, with their stamps, that are to be shown by now."""
        at = (stamp_ns - self._start_ns) // _NS_PER_TICK
        while at in self._due:  # two pictures of one stamp: the next ones need both
            at, stamp_ns = at + 1, stamp_ns + _NS_PER_TICK
        packet = load_av().Packet(bytes(blob))
        packet.pts, packet.time_base = at, TIME_BASE
        self._due[at] = stamp_ns
        with translated(f'decoding the {self.codec} stream'):
            try:
                frames = self._decoder.decode(packet)
            except Exception:
                del self._due[at]
                raise
        return self._shown(frames)

    def rest(self) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
        """Give the pictures that it still holds; it cannot go on after that."""
        decoder, self._decoder = self._decoder, None
        with translated(f'decoding the {self.codec} stream'):
            frames = decoder.decode(None) if decoder else []
        return self._shown(frames)

    def _shown(self, frames: list[Any]) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
        for frame in frames:
            stamp_ns = self._due.pop(frame.pts, None)
            if stamp_ns is not None:  # else it is in the video before
                yield stamp_ns, np.asarray(frame.to_ndarray(format='bgr24'), np.uint8)


class ContinuedWriter:
    """
    Encodes the pictures of packets into one MP4 file, from any packet on.

    Parameters
    ----------
    decoder
        What has read the videos before this one.
    target
        The file to make; None makes bytes. An older ``<target>.part`` is replaced.
    options
        How to encode.

    """

    def __init__(
        self, decoder: PacketDecoder, target: Path | None = None,
        options: VideoOptions | None = None,
    ) -> None:
        self.decoder = decoder
        self._video = VideoWriter(target, options)
        self._last_ns = 0

    def write(self, blob: bytes | memoryview, stamp_ns: int) -> bool:
        """
        Add one packet; False if it holds no picture, or one that cannot be decoded.

        Raises
        ------
        EncodeError
            If the stream is damaged here, a picture has another size, or the file cannot be
            written.

        """
        if not (nal.has_picture(blob, self.decoder.codec) and self.decoder.is_ready):
            return False
        self._encode(self.decoder.decode(blob, stamp_ns))
        return True

    def _encode(self, pictures: Iterator[tuple[int, npt.NDArray[np.uint8]]]) -> None:
        for stamp_ns, image in pictures:
            # As where packets are copied: a stamp that goes back is no reason to lose a picture.
            self._last_ns = max(stamp_ns, self._last_ns + _NS_PER_TICK)
            self._video.write(image, self._last_ns)

    def close(self, *, goes_on: bool = False) -> Clip:
        """
        Finish the video.

        Parameters
        ----------
        goes_on
            Leave the pictures that the decoder still holds to the next video.

        Raises
        ------
        EncodeError
            If there was no picture, or the file cannot be written.

        """
        if not goes_on:
            self._encode(self.decoder.rest())
        return self._video.close()

    def discard(self) -> None:
        """Give the video up and remove its file."""
        self._video.discard()
