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

"""What is computed from videos, as functions that another process can run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from scenebox_ros.codecs.clips import frame_times, is_turned, probe_video, read_frames
from scenebox_ros.codecs.cuts import concatenate, subclip
from scenebox_ros.codecs.images import decode_image, encode_jpeg, encode_png
from scenebox_ros.codecs.video import VideoOptions, VideoWriter
from scenebox_ros.errors import EncodeError, InvalidArgumentsError
from scenebox_ros.server.media.pictures import eight_bit, fitting, resample, Shape

PRESETS = {'small': 480, 'tiny': 160}
SMALL_FRAME = 320
# Times of frames are rounded to the units of the file.
GRACE_S = 1e-5
Picture = tuple[int, float, bytes, int, int]
# An image file in a file of many: its time in nanoseconds, where it begins, its length.
Span = tuple[int, int, int]


def read_video_shape(preset: str | None, desired: Sequence[Any] | None) -> Shape:
    """Read how large a compressed video shall be; a preset wins over a shape."""
    if preset:
        if preset not in PRESETS:
            raise InvalidArgumentsError(
                f'video preset {preset!r} is not known; known are {", ".join(PRESETS)}'
            )
        return Shape(PRESETS[preset])
    sides = list(desired or [])[:2]
    if len(sides) != 2 or not all(isinstance(n, int) and 0 < n <= 8192 for n in sides):
        raise InvalidArgumentsError(
            f'desired_shape is {desired!r}; give [height, width] in pixels, or use_preset'
        )
    return Shape(exact=(sides[0], sides[1]))


def compress(source: Path, target: Path, shape: Shape) -> tuple[int, int, int]:
    """Encode a video again, smaller; return its width, height and number of frames."""
    writer = VideoWriter(target, VideoOptions(encoder='software', quality=26))
    size = (0, 0)
    try:
        for _, time_s, pixels in read_frames(source):
            size = shape.exact or fitting(pixels, shape.max_side)
            writer.write(resample(pixels, *size), round(time_s * 1e9))
        clip = writer.close()
    except BaseException:
        writer.discard()
        raise
    return clip.width, clip.height, clip.frames


def frame_pictures(
    source: Path, frames: Sequence[int], max_side: int, is_png: bool
) -> list[Picture]:
    """Take frames out of a video: number, seconds, image file, width, height."""
    pictures = []
    for number, time_s, pixels in read_frames(source, indices=frames):
        shown = pixels
        if max_side:
            shown = resample(pixels, *fitting(pixels, max_side))
        body = encode_png(shown) if is_png else encode_jpeg(shown, 90)
        pictures.append((number, time_s, body, shown.shape[1], shown.shape[0]))
    return pictures


def frames_between(source: Path, start_s: float, end_s: float, fps: float | None) -> list[int]:
    """Choose the frames to take out of a stretch of a video: all, or so many a second."""
    times = frame_times(source)
    if not len(times):
        raise EncodeError('the video holds no frame')
    inside = np.flatnonzero((times >= start_s - GRACE_S) & (times < end_s - GRACE_S))
    if not fps:
        return [int(frame) for frame in inside]
    # Of each period the first frame that is shown in it; while none is, there is none to take.
    period = np.floor((times[inside] - start_s + GRACE_S) * fps)
    return [int(frame) for frame in inside[np.unique(period, return_index=True)[1]]]


def probe(source: Path) -> dict[str, Any]:
    """Say what a video is."""
    found = probe_video(source)
    return {'width': found.width, 'height': found.height, 'fps': found.fps,
            'duration': found.duration_s, 'frames': found.frames}  # fmt: skip


def cut(source: Path, target: Path, start_s: float, end_s: float) -> dict[str, Any]:
    """Cut a stretch out of a video, to the frame; ``begin_s`` is when its first frame is shown."""
    clip = subclip(source, start_s, end_s, target, is_exact=True)
    begin_s = (clip.start_ns - (probe_video(source).start_ns or 0)) / 1e9
    # The last frame is shown until the stretch ends, however long the one before it was.
    return {'width': clip.width, 'height': clip.height, 'fps': clip.fps, 'begin_s': begin_s,
            'duration': min(clip.duration_s, end_s - begin_s), 'frames': clip.frames}  # fmt: skip


def join(sources: Sequence[Path], target: Path) -> dict[str, Any]:
    """Join videos, copying their packets where they fit together, else encoding them again."""
    clip = None
    if not any(map(is_turned, sources)):
        with suppress(EncodeError):
            clip = concatenate(sources, target, has_gaps=False)
    clip = clip or _encoded(sources, target)
    return {'width': clip.width, 'height': clip.height, 'fps': clip.fps,
            'duration': clip.duration_s, 'frames': clip.frames}  # fmt: skip


def _encoded(sources: Sequence[Path], target: Path) -> Any:
    writer = VideoWriter(target, VideoOptions(encoder='software'))
    size: tuple[int, int] | None = None
    begin_s = 0.0
    try:
        for source in sources:
            for _, time_s, pixels in read_frames(source):
                size = size or (pixels.shape[0], pixels.shape[1])
                shown = pixels if pixels.shape[:2] == size else resample(pixels, *size)
                writer.write(shown, round((begin_s + time_s) * 1e9))
            begin_s += probe_video(source).duration_s
        return writer.close()
    except BaseException:
        writer.discard()
        raise


def write_pictures(
    reel: Path, spans: Sequence[Span], target: Path, size: tuple[int, int] | None = None
) -> dict[str, Any]:
    """Make a video of image files that are parts of one file, all as large as the first."""
    writer = VideoWriter(target, VideoOptions(encoder='software'))
    try:
        with reel.open('rb') as file:
            for stamp_ns, start, length in spans:
                file.seek(start)
                pixels = eight_bit(decode_image(file.read(length)))
                size = size or (pixels.shape[0], pixels.shape[1])
                shown = pixels if pixels.shape[:2] == size else resample(pixels, *size)
                writer.write(shown, stamp_ns)
        clip = writer.close()
    except BaseException:
        writer.discard()
        raise
    return {'width': clip.width, 'height': clip.height, 'fps': clip.fps,
            'duration': clip.duration_s, 'frames': clip.frames}  # fmt: skip
