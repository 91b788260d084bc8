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

"""H.264 encoders: how each is asked for a quality, and frames in the form it takes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs import pixels as px
from scenebox_ros.codecs.mp4 import load_av, TIME_BASE, translated
from scenebox_ros.errors import EncodeError
from scenebox_ros.model.plain import is_real, is_whole
from scenebox_ros.model.readings import ImageFrame

Picture = Union[ImageFrame, npt.NDArray[np.uint8]]

INTRA = 1  # AV_PICTURE_TYPE_I
SOFTWARE = ('libx264', 'libopenh264')
HARDWARE = ('h264_nvenc', 'h264_qsv', 'h264_videotoolbox', 'h264_amf', 'h264_vaapi',
            'h264_v4l2m2m')
# Encoders that take frames in the device's memory only; PyAV copies them there.
_DEVICES = {'h264_vaapi': 'vaapi'}
_PIXEL_FORMATS = {'h264_qsv': 'nv12', 'h264_vaapi': 'nv12', 'libx264rgb': 'bgr24'}
_BY_RATE = ('libopenh264', 'h264_v4l2m2m', 'h264_videotoolbox')
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
        if not all(isinstance(word, str) for word in (self.encoder, self.preset)):
            raise EncodeError(f'encoder and preset are {self.encoder!r} and {self.preset!r}; '
                              'pass a text for each')
        if not (is_whole(self.quality) and 0 <= self.quality <= 51):
            raise EncodeError(f'video quality is {self.quality!r}; choose 0 (lossless) to 51')
        for name, value in (('key_every_s', self.key_every_s), ('nominal_fps', self.nominal_fps)):
            if not (is_real(value) and 0 < value < inf):
                raise EncodeError(f'{name} is {value!r}; it must be more than 0 and finite')
        if not (is_whole(self.threads) and self.threads >= 0):
            raise EncodeError(f'threads is {self.threads!r}; choose 1 or more, or 0 for automatic')


def new_context(name: str) -> Any:
    """
    Make an encoder's context, with the device that it needs.

    Raises
    ------
    EncodeError
        If there is no such encoder, it is none for H.264, or its device cannot be opened.

    """
    av = load_av()
    with translated(f'starting the encoder {name!r}'):
        codec = av.Codec(name, 'w')
        if codec.id != av.Codec('h264', 'r').id:
            raise EncodeError(f'encoder {name!r} makes {codec.long_name}, not H.264')
        return av.CodecContext.create(codec, 'w', **device(name))


def device(name: str) -> dict[str, Any]:
    """Give what PyAV needs to upload frames to an encoder that takes them in its own memory."""
    if name not in _DEVICES:
        return {}
    try:
        from av.codec.hwaccel import HWAccel
    except ImportError as error:
        raise EncodeError(f'{name} needs PyAV 18 or newer') from error
    return {'hwaccel': HWAccel(_DEVICES[name])}


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
    if name in HARDWARE:
        # Key frames are asked for by time, x264's distance is the bound; without B frames what a
        # device that fails still holds are the newest pictures.
        context.options = {**context.options, 'bf': '0', 'g': '250'}
    if name in _BY_RATE:
        context.bit_rate = _bit_rate(options, width, height)


def _quality(name: str, options: VideoOptions) -> dict[str, str]:
    quality = str(options.quality)
    if name == 'libx264':
        return {'preset': options.preset, 'crf': quality, 'forced-idr': '1'}
    if name == 'h264_nvenc':
        return {'rc': 'vbr', 'cq': quality, 'forced-idr': '1'}
    if name == 'h264_qsv':
        return {'global_quality': quality, 'forced_idr': '1'}
    if name == 'h264_vaapi':
        return {'rc_mode': 'CQP', 'qp': str(max(1, options.quality))}
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
    return reformatted(view(planes, 'yuv420p'), encoder)


def reformatted(frame: Any, encoder: str) -> Any:
    """Give a frame the pixel format that the encoder takes."""
    wanted = _PIXEL_FORMATS.get(encoder)
    return frame.reformat(format=wanted) if wanted else frame
