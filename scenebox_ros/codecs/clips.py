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

"""Finished videos: what they are, their frames, parts of them, and several as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
import io
from pathlib import Path
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs.mp4 import CODECS, has_video, load_av, open_to_read, start_of
from scenebox_ros.errors import DecodeError

Source = Union[Path, str, bytes]


@dataclass(frozen=True)
class VideoProbe:
    """
    What a video file is.

    Attributes
    ----------
    fps
        Frames per second on average; None if the file does not tell.
    start_ns
        Stamp of the first frame, if this package made the file.

    """

    codec: str
    width: int
    height: int
    frames: int
    duration_s: float
    fps: float | None
    start_ns: int | None


@contextmanager
def opened(source: Source) -> Iterator[tuple[Any, Any]]:
    """Open a video for reading: its container and its first video stream."""
    av = load_av()
    name = 'the video' if isinstance(source, bytes) else str(source)
    try:
        file = io.BytesIO(source) if isinstance(source, bytes) else name
        with open_to_read(file) as container:
            if not has_video(container):
                raise DecodeError(f'{name} holds no video that can be decoded')
            stream = container.streams.video[0]
            stream.thread_type = 'AUTO'
            yield container, stream
    except (av.error.FFmpegError, FileNotFoundError) as error:
        raise DecodeError(f'{name} cannot be read: {error}') from error


def probe_video(source: Source) -> VideoProbe:
    """
    Read what a video is, without decoding it.

    Parameters
    ----------
    source
        A path, or the file's bytes; any format that FFmpeg reads, except lists of other files.

    Returns
    -------
    VideoProbe
        Frames are counted in the index, or in the packets where there is none.

    Raises
    ------
    DecodeError
        If it is not a video.

    """
    with opened(source) as (container, stream):
        frames = stream.frames or len(_shown_times(container, stream))
        duration = 0.0
        if stream.duration:
            duration = float(stream.duration * stream.time_base)
        elif container.duration:
            duration = container.duration / 1e6
        rate = stream.average_rate if frames > 1 else None
        context = stream.codec_context
        return VideoProbe(
            CODECS.get(context.name, context.name), context.width, context.height, frames,
            duration, float(rate) if rate else None, start_of(container),
        )


def _shown_times(container: Any, stream: Any) -> list[int]:
    """Read the times of all frames, in the stream's units, in the order they are shown."""
    return sorted(
        packet.pts for packet in container.demux(stream) if packet.size and packet.pts is not None
    )


def frame_times(source: Source) -> npt.NDArray[np.float64]:
    """
    Read when each frame of a video is shown, without decoding any.

    Parameters
    ----------
    source
        A path, or the file's bytes.

    Returns
    -------
    ndarray of float64, shape (frames,)
        Seconds after the first frame, ascending.

    Raises
    ------
    DecodeError
        If it is not a video.

    """
    with opened(source) as (container, stream):
        shown = np.array(_shown_times(container, stream), np.int64)
        return np.asarray((shown - shown[:1]) * float(stream.time_base), np.float64)


def read_frames(
    source: Source, indices: Sequence[int] | None = None, times_s: Sequence[float] | None = None
) -> Iterator[tuple[int, float, npt.NDArray[np.uint8]]]:
    """
    Decode frames of a video: all of them, some by number, or those shown at some times.

    Parameters
    ----------
    source
        A path, or the file's bytes.
    indices
        Numbers of frames in the order they are shown, from 0.
    times_s
        Seconds after the first frame; the frame shown at each.

    Yields
    ------
    tuple
        Number, seconds after the first frame, and the image: (height, width, 3), uint8, BGR. Each
        frame once, in the order they are shown.

    Raises
    ------
    DecodeError
        If it is not a video, is damaged, or a number is past its end.

    """
    with opened(source) as (container, stream):
        if indices is None and times_s is None:
            for index, (time_s, image) in enumerate(decoded(container, stream)):
                yield index, time_s, image
            return
        shown = _shown_times(container, stream)
        wanted = _wanted(shown, stream.time_base, indices or (), times_s or ())
        for index, frame in _seek_each(container, stream, shown, wanted):
            yield index, float((shown[index] - shown[0]) * stream.time_base), _bgr(frame)


def is_turned(source: Source) -> bool:
    """Tell whether a video is shown turned, which is lost when its packets are copied."""
    with opened(source) as (container, stream):
        frame = next(container.decode(stream), None)
        return frame is not None and _turns(frame) != 0


def decoded(
    container: Any, stream: Any, start_s: float = 0.0
) -> Iterator[tuple[float, npt.NDArray[np.uint8]]]:
    """Decode an open video from a time on: seconds after the first frame, and the image."""
    first = stream.start_time or 0
    frames = container.decode(stream)
    if start_s:
        frames = _decoded_from(container, stream, first + int(start_s / stream.time_base))
    for frame in frames:
        time_s = float((frame.pts - first) * stream.time_base)
        if time_s >= start_s:
            yield time_s, _bgr(frame)


def _wanted(
    shown: list[int], time_base: Any, indices: Sequence[int], times_s: Sequence[float]
) -> list[int]:
    """Turn numbers and times into sorted numbers."""
    if not shown:
        raise DecodeError('the video holds no frame')
    outside = [index for index in indices if not 0 <= index < len(shown)]
    if outside:
        raise DecodeError(f'frame {outside[0]} is not in the video; it has {len(shown)} frames')
    ticks = [shown[0] + float(time) / float(time_base) for time in times_s]
    # Half a tick of grace: times are rounded on their way here.
    at = np.searchsorted(np.array(shown, np.float64), np.array(ticks) + 0.5, side='right') - 1
    return sorted({*indices, *(max(0, int(index)) for index in at)})


def _seek_each(
    container: Any, stream: Any, shown: list[int], wanted: list[int]
) -> Iterator[tuple[int, Any]]:
    """Decode from the key frame before each wanted frame, or on from the last one if nearer."""
    numbers = {pts: index for index, pts in enumerate(shown)}
    left = list(wanted)
    while left:
        for frame in _decoded_from(container, stream, shown[left[0]]):
            index = numbers.get(frame.pts, -1)
            if index > left[0]:
                raise DecodeError(f'frame {left[0]} cannot be decoded; the video is damaged')
            if index == left[0]:
                yield index, frame
                left.pop(0)
                if not left or left[0] - index > _SEEK_FRAMES:
                    break
        else:
            if left:
                raise DecodeError(f'frame {left[0]} cannot be decoded; the video is damaged')


def _decoded_from(container: Any, stream: Any, at: int) -> Iterator[Any]:
    """
    Decode from a key frame at or before a time on.

    A format without an index (MPEG-TS) seeks to any packet, and decoding begins at the key frame
    after it: then once more from further back.
    """
    begin, back = stream.start_time or 0, 0
    while True:
        container.seek(at - back, stream=stream)
        frames = container.decode(stream)
        first = next(frames, None)
        if (first is not None and first.pts <= at) or at - back < begin:
            break
        back = 4 * back or round(1 / stream.time_base)
    if first is not None:
        yield first
        yield from frames


_SEEK_FRAMES = 60


def _bgr(frame: Any) -> npt.NDArray[np.uint8]:
    """Give a frame's pixels as they are shown: phones note how they were held."""
    pixels = np.asarray(frame.to_ndarray(format='bgr24'), np.uint8)
    turns = _turns(frame)
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels


def _turns(frame: Any) -> int:
    """Tell by how many quarter turns to the left a frame is shown; PyAV 12 does not know."""
    return round(getattr(frame, 'rotation', 0) / 90) % 4
