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

import contextlib
import logging
from pathlib import Path
from types import TracebackType
from typing import Any

from scenebox_ros.codecs import encoder as enc
from scenebox_ros.codecs.clips import probe_video, read_frames
from scenebox_ros.codecs.encoder import Picture, VideoOptions
from scenebox_ros.codecs.mp4 import Clip, TIME_BASE, translated
from scenebox_ros.codecs.packets import MjpegWriter, PacketWriter
from scenebox_ros.codecs.recording import Recording, salvage
from scenebox_ros.codecs.selection import candidates, EncoderLostError, give_up, is_hardware
from scenebox_ros.errors import EncodeError
from scenebox_ros.stamps import NS_PER_S

__all__ = [
    'Clip', 'EncoderLostError', 'MjpegWriter', 'PacketWriter', 'probe', 'probe_video',
    'read_frames', 'salvage', 'VideoOptions', 'VideoWriter',
]
log = logging.getLogger(__name__)
_NS_PER_TICK = 1000

probe = probe_video


class VideoWriter:
    """
    Encodes frames into one MP4 file, as they come.

    Frames are shown at their own times, however irregular. All have the size of the first one; an
    odd width or height grows by one. While it is written the file is ``<target>.part``, which
    :func:`salvage` can finish after a crash; an older one is replaced. Memory until it is closed:
    what x264 looks ahead at, about 85 bytes per pixel with ``veryfast`` (180 MB at 1080p) and 30
    with ``ultrafast``. A hardware encoder that cannot be started is passed over; one that fails
    later ends the video, which may still be closed.

    Parameters
    ----------
    target
        The file to make; None makes bytes.
    options
        How to encode.

    """

    def __init__(self, target: Path | None = None, options: VideoOptions | None = None) -> None:
        self._options = options or VideoOptions()
        self._target = target
        self._recording = Recording(target)
        self._stream: Any = None
        self._encoder = ''
        self._size = (0, 0)
        self._start_ns = self._last_ns = self._last_key_ns = 0
        self._clip: Clip | None = None
        self._is_done = False
        self._is_flushed = self._is_lost = False
        self._written = 0
        self.frames = 0

    @property
    def is_hardware(self) -> bool:
        """Say whether a device encodes it, which may fail at any time, or may do so."""
        return not self._encoder or is_hardware(self._encoder)

    @property
    def held(self) -> int:
        """Count the newest frames that are not in the file yet: a hardware encoder has them."""
        return self.frames - self._written if self.is_hardware else 0

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
        EncoderLostError
            If a hardware encoder failed: neither this frame nor those it held are in the video.

        """
        shape = picture.shape if hasattr(picture, 'shape') else picture.pixels.shape
        size = int(shape[1]), int(shape[0])
        if self._is_done or self._is_flushed:
            raise EncodeError('the video is closed; start another one')
        if self._is_lost:
            raise EncoderLostError(f'the encoder {self._encoder} has failed; start another video')
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
        for name in candidates(self._options, width, height):
            try:
                self._stream = self._open(name, width, height, stamp_ns)
                break
            except EncoderLostError as error:  # others use all that the device can do at once
                log.warning('%s cannot be started, another encoder takes its place: %s',
                            name, error)
        self._encoder, self._size = name, size
        self._start_ns = self._last_key_ns = stamp_ns

    def _open(self, name: str, width: int, height: int, stamp_ns: int) -> Any:
        def add_stream(container: Any) -> Any:
            try:
                with translated(f'starting {name}'):
                    stream = container.add_stream(name, **enc.device(name))
                    enc.configure(stream.codec_context, name, self._options, width, height)
                    stream.time_base = TIME_BASE
                    stream.codec_context.open()
            except EncodeError as error:
                raise EncoderLostError(str(error)) if is_hardware(name) else error from error
            return stream

        try:
            return self._recording.open(add_stream, stamp_ns)
        except EncoderLostError:
            self._recording = Recording(self._target)
            raise

    def _encode(self, picture: Picture, stamp_ns: int) -> None:
        frame = enc.video_frame(picture, self._encoder)
        frame.pts = (stamp_ns - self._start_ns) // _NS_PER_TICK
        frame.time_base = TIME_BASE
        if stamp_ns - self._last_key_ns >= self._options.key_every_s * NS_PER_S:
            frame.pict_type = enc.INTRA
            self._last_key_ns = stamp_ns
        self._mux(self._encoded(frame))

    def _encoded(self, frame: Any) -> list[Any]:
        """Encode a frame, or what the encoder holds."""
        try:
            with translated(f'encoding frame {self.frames} with {self._encoder}'):
                return list(self._stream.encode(frame))
        except EncodeError as error:
            if not self.is_hardware:
                raise
            self._is_lost = True
            give_up(self._encoder, error)
            raise EncoderLostError(str(error)) from error

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            self._recording.mux(packet)
            self._written += 1

    def flush(self) -> None:
        """
        Bring what the encoder holds into the file; then it can only be closed.

        Raises
        ------
        EncodeError
            If the file cannot be written.
        EncoderLostError
            If a hardware encoder failed: ``held`` frames are not in the video.

        """
        if self._stream is not None and not (self._is_flushed or self._is_lost):
            self._is_flushed = True
            self._mux(self._encoded(None))

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
            If there was no frame, or the file cannot be written. What a hardware encoder that
            fails still holds is not in the video: see ``held``.

        """
        if self._clip is None:
            if self._is_done:
                raise EncodeError('the video was given up or could not be finished; make another')
            if self._stream is None:
                raise EncodeError('the video has no frames; write one before closing it')
            with contextlib.suppress(EncoderLostError):
                self.flush()
            if not self._written:
                self.discard()
                raise EncodeError(f'{self._encoder} failed before the first frame was written')
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
