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

"""Which H.264 encoder to use, how to ask it for a quality, and frames in the form it takes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
import functools
import logging
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs import pixels as px
from scenebox_ros.codecs.mp4 import load_av, TIME_BASE
from scenebox_ros.errors import EncodeError
from scenebox_ros.model.readings import ImageFrame

Picture = Union[ImageFrame, npt.NDArray[np.uint8]]

log = logging.getLogger(__name__)

_SOFTWARE = ('libx264', 'libopenh264')
_HARDWARE = ('h264_nvenc', 'h264_qsv', 'h264_videotoolbox', 'h264_amf', 'h264_v4l2m2m')
_PIXEL_FORMATS = {'h264_qsv': 'nv12'}
# BT.601 with limited range is what the conversion below makes; players guess wrong unless told.
_COLOURS = {'colorspace': 'smpte170m', 'color_range': 'tv', 'color_primaries': 'bt709',
            'color_trc': 'bt709'}


@dataclass(frozen=True)
class VideoOptions:
    """
    How a video is encoded.

    Attributes
    ----------
    encoder
        ``auto`` takes a hardware encoder that works, else software; ``software``; or FFmpeg's
        name of one (``h264_nvenc``).
    quality
        Constant rate factor: 0 (lossless) to 51, 23 is good, 6 more is half the size.
    preset
        x264's trade of time for size: ``ultrafast`` to ``veryslow``. Hardware has its own.
    key_every_s
        A key frame at least so often: seeking and cutting is as fine as this.
    nominal_fps
        A hint for the rate control; the true times of the frames are kept in any case.
    threads
        Of the software encoder; 0 lets it choose by the number of cores.

    """

    encoder: str = 'auto'
    quality: int = 23
    preset: str = 'veryfast'
    key_every_s: float = 2.0
    nominal_fps: float = 30.0
    threads: int = 0

    def __post_init__(self) -> None:
        """Refuse what no encoder can do."""
        if not 0 <= self.quality <= 51:
            raise EncodeError(f'video quality is {self.quality}; choose 0 (lossless) to 51')
        if self.key_every_s <= 0 or self.nominal_fps <= 0:
            raise EncodeError('key_every_s and nominal_fps must be more than 0')
        if self.threads < 0:
            raise EncodeError(f'threads is {self.threads}; choose 1 or more, or 0 for automatic')


def choose(options: VideoOptions, width: int, height: int) -> str:
    """
    Find the encoder that the options ask for and that works at this size.

    Returns
    -------
    str
        FFmpeg's name of it.

    Raises
    ------
    EncodeError
        If there is none.

    """
    if options.encoder == 'auto':
        names: tuple[str, ...] = (*_HARDWARE, *_SOFTWARE)
    else:
        names = _SOFTWARE if options.encoder == 'software' else (options.encoder,)
    for name in names:
        if works(name, width, height):
            log.debug('%s encodes %d x %d', name, width, height)
            return name
    raise EncodeError(
        f'no H.264 encoder of {", ".join(names)} works at {width} x {height}; '
        "install PyAV from PyPI (it has libx264), or set encoder to 'software'"
    )


@functools.lru_cache(maxsize=64)
def works(name: str, width: int, height: int) -> bool:
    """Try an encoder with one gray picture: drivers list encoders that have no hardware."""
    av = load_av()
    try:
        context = av.CodecContext.create(name, 'w')
        configure(context, name, VideoOptions(threads=1), width, height)
        frame = av.VideoFrame.from_ndarray(
            np.full((height * 3 // 2, width), 128, np.uint8), 'yuv420p')
        frame.pts, frame.time_base = 0, TIME_BASE
        return bool([*context.encode(_reformatted(frame, name)), *context.encode(None)])
    except (av.error.FFmpegError, ValueError, OSError) as error:
        log.debug('%s does not work at %d x %d: %s', name, width, height, error)
        return False


def configure(context: Any, name: str, options: VideoOptions, width: int, height: int) -> None:
    """Set an encoder's context up."""
    context.width, context.height = width, height
    context.pix_fmt = _PIXEL_FORMATS.get(name, 'yuv420p')
    context.time_base = TIME_BASE
    context.framerate = Fraction(options.nominal_fps).limit_denominator(1001)
    context.thread_count = options.threads
    # PyAV asks for slices, which cost x264 a tenth of its compression; frames scale as well.
    context.thread_type = 'FRAME'
    context.options = {**_COLOURS, **_quality(name, options)}
    if name in ('libopenh264', 'h264_v4l2m2m', 'h264_videotoolbox'):
        context.bit_rate = _bit_rate(options, width, height)


def _quality(name: str, options: VideoOptions) -> dict[str, str]:
    quality = str(options.quality)
    if name == 'libx264':
        return {'preset': options.preset, 'crf': quality, 'forced-idr': '1'}
    if name == 'h264_nvenc':
        return {'rc': 'vbr', 'cq': quality, 'forced-idr': '1'}
    if name == 'h264_qsv':
        return {'global_quality': quality, 'forced_idr': '1'}
    if name == 'h264_amf':
        return {'rc': 'cqp', 'qp_i': quality, 'qp_p': quality, 'forced_idr': '1'}
    return {}


def _bit_rate(options: VideoOptions, width: int, height: int) -> int:
    """Estimate the rate of a quality: a tenth of a bit per pixel at 23, half of it 6 further."""
    per_pixel = 0.1 * 2 ** ((23 - options.quality) / 6)
    return int(width * height * options.nominal_fps * per_pixel)


def video_frame(picture: Picture, encoder: str) -> Any:
    """
    Make the frame that the encoder takes.

    Parameters
    ----------
    picture
        Any image frame, or an array of uint8: (height, width) gray or (height, width, 3) BGR. An
        odd last row or column is doubled, because H.264 shares colour between 2 x 2 pixels.
    encoder
        FFmpeg's name of it.

    Returns
    -------
    av.VideoFrame
        4:2:0, BT.601, limited range.

    """
    import cv2

    av = load_av()
    bgr = picture if isinstance(picture, np.ndarray) else px.to_bgr(picture)
    if bgr.ndim == 2:
        bgr = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_GRAY2BGR))
    height, width = bgr.shape[:2]
    if height % 2 or width % 2:
        bgr = np.asarray(cv2.copyMakeBorder(
            bgr, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE))
    planes = cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420)
    # The frame views the planes: the encoder's own copy is the only one. PyAV takes the height
    # for a multiple of 4 then.
    view = av.VideoFrame.from_ndarray if len(bgr) % 4 else av.VideoFrame.from_numpy_buffer
    return _reformatted(view(planes, 'yuv420p'), encoder)


def _reformatted(frame: Any, encoder: str) -> Any:
    wanted = _PIXEL_FORMATS.get(encoder)
    return frame.reformat(format=wanted) if wanted else frame
