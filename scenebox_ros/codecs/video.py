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
H.264 videos of frames, with the frames' true times.

``VideoWriter`` encodes. Streams that arrive encoded are not encoded again: ``codecs.packets``
has the writers for H.264, H.265 and JPEG. ``codecs.clips`` probes, reads, cuts and joins.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

from scenebox_ros.codecs import encoder as enc
from scenebox_ros.codecs.clips import probe_video, read_frames
from scenebox_ros.codecs.encoder import Picture, VideoOptions
from scenebox_ros.codecs.mp4 import Clip, TIME_BASE, translated
from scenebox_ros.codecs.packets import MjpegWriter, PacketWriter
from scenebox_ros.codecs.recording import Recording, salvage
from scenebox_ros.errors import EncodeError
from scenebox_ros.stamps import NS_PER_S

__all__ = [
    'Clip', 'MjpegWriter', 'PacketWriter', 'probe', 'probe_video', 'read_frames', 'salvage',
    'VideoOptions', 'VideoWriter',
]
_NS_PER_TICK = 1000
_INTRA = 1  # AV_PICTURE_TYPE_I

probe = probe_video


class VideoWriter:
    """
    Encodes frames into one MP4 file, as they come.

    Frames are shown at their own times, however irregular. All have the size of the first one; an
    odd width or height grows by one. While it is written the file is ``<target>.part``, which
    :func:`salvage` can finish after a crash; an older one is replaced. Memory until it is closed:
    what x264 looks ahead at, about 85 bytes per pixel with ``veryfast`` (180 MB at 1080p) and 30
    with ``ultrafast``.

    Parameters
    ----------
    target
        The file to make; None makes bytes.
    options
        How to encode.

    """

    def __init__(self, target: Path | None = None, options: VideoOptions | None = None) -> None:
        self._options = options or VideoOptions()
        self._recording = Recording(target)
        self._stream: Any = None
        self._encoder = ''
        self._size = (0, 0)
        self._start_ns = self._last_ns = self._last_key_ns = 0
        self._clip: Clip | None = None
        self._is_done = False
        self.frames = 0

    @property
    def start_ns(self) -> int:
        """Stamp of the first frame; 0 before it."""
        return self._start_ns

    def write(self, picture: Picture, stamp_ns: int) -> None:
        """
        Encode one frame.

        Parameters
        ----------
        picture
            An ``ImageFrame`` of any encoding, or an array of uint8: (height, width) gray or
            (height, width, 3) BGR.
        stamp_ns
            When it was taken; a microsecond or more after the frame before.

        Raises
        ------
        EncodeError
            If the frame is not later than the last one or has another size, if no encoder works,
            or if the file cannot be written.

        """
        shape = picture.shape if hasattr(picture, 'shape') else picture.pixels.shape
        size = int(shape[1]), int(shape[0])
        if self._is_done:
            raise EncodeError('the video is closed; start another one')
        if self._stream is None:
            self._begin(size, stamp_ns)
        elif size != self._size:
            raise EncodeError(
                f'a frame of {size[0]} x {size[1]} does not fit a video of {self._size[0]} x '
                f'{self._size[1]}; close it and start another one'
            )
        elif stamp_ns - self._last_ns < _NS_PER_TICK:
            raise EncodeError(
                f'frame {self.frames} is at {stamp_ns} ns, not after the one before at '
                f'{self._last_ns} ns; leave it out'
            )
        self._encode(picture, stamp_ns)
        self._last_ns = stamp_ns
        self.frames += 1

    def _begin(self, size: tuple[int, int], stamp_ns: int) -> None:
        width, height = (side + side % 2 for side in size)
        self._encoder = enc.choose(self._options, width, height)

        def add_stream(container: Any) -> Any:
            stream = container.add_stream(self._encoder)
            enc.configure(stream.codec_context, self._encoder, self._options, width, height)
            stream.time_base = TIME_BASE
            return stream

        self._stream = self._recording.open(add_stream, stamp_ns)
        self._size = size
        self._start_ns = self._last_key_ns = stamp_ns

    def _encode(self, picture: Picture, stamp_ns: int) -> None:
        frame = enc.video_frame(picture, self._encoder)
        frame.pts = (stamp_ns - self._start_ns) // _NS_PER_TICK
        frame.time_base = TIME_BASE
        if stamp_ns - self._last_key_ns >= self._options.key_every_s * NS_PER_S:
            frame.pict_type = _INTRA
            self._last_key_ns = stamp_ns
        with translated(f'encoding frame {self.frames} with {self._encoder}'):
            packets = self._stream.encode(frame)
        for packet in packets:
            self._recording.mux(packet)

    def close(self) -> Clip:
        """
        Finish the video; a second call returns the same clip.

        Returns
        -------
        Clip
            With the path, or the bytes if there was none.

        Raises
        ------
        EncodeError
            If there was no frame, or the file cannot be written.

        """
        if self._clip is None:
            if self._is_done:
                raise EncodeError('the video was given up or could not be finished; make another')
            if self._stream is None:
                raise EncodeError('the video has no frames; write one before closing it')
            with translated(f'ending the video with {self._encoder}'):
                packets = self._stream.encode(None)
            for packet in packets:
                self._recording.mux(packet)
            self._release()
            self._clip = self._recording.close()
        return self._clip

    def _release(self) -> None:
        """Let the encoder's memory go, though the writer may be kept for its clip."""
        self._stream, self._is_done = None, True

    def discard(self) -> None:
        """Give the video up and remove its file."""
        if not self._is_done:
            self._release()
            self._recording.discard()

    def __enter__(self) -> VideoWriter:
        """Write, then finish at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the video, or give it up after an error."""
        if kind is not None:
            self.discard()
        elif self._stream is not None:
            self.close()
