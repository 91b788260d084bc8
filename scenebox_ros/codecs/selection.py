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
Which H.264 encoder to use: each is tried, and what it makes is decoded and looked at.

FFmpeg lists encoders whose hardware is not there, and drivers make green or torn pictures without
an error. One that fails later is not used again by this process.
"""

from __future__ import annotations

from collections.abc import Iterator
import functools
import logging
from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs import encoder as enc
from scenebox_ros.codecs.encoder import VideoOptions
from scenebox_ros.codecs.mp4 import load_av, TIME_BASE, translated
from scenebox_ros.errors import EncodeError

log = logging.getLogger(__name__)

_TRIED_FRAMES = 6
_KEY_FRAME = 3  # asked for in the middle, as recordings do
_TICKS = 40_000
# Of smooth pictures, made smaller: coarse quantisation changes less, one green row of blocks more.
_SMALLER, _MOST_OFF = 8, 16
_given_up: set[str] = set()


class EncoderLostError(EncodeError):
    """A hardware encoder failed in the middle of a video; the next one is encoded in software."""


def candidates(options: VideoOptions, width: int, height: int) -> Iterator[str]:
    """
    Find the encoders that the options allow and that work at this size, the best first.

    Yields
    ------
    str
        FFmpeg's name of one.

    Raises
    ------
    EncodeError
        If there is none, or none is left.

    """
    names = _allowed(options)
    yield from (name for name in names if works(name, width, height))
    raise EncodeError(
        f'no H.264 encoder of {", ".join(names)} works at {width} x {height}: {_why(names[-1])}; '
        "install PyAV from PyPI (it has libx264), or set encoder to 'software'"
    )


def _allowed(options: VideoOptions) -> tuple[str, ...]:
    if options.encoder == 'auto':
        return (*enc.HARDWARE, *enc.SOFTWARE)
    return enc.SOFTWARE if options.encoder == 'software' else (options.encoder,)


def is_hardware(name: str) -> bool:
    """Tell whether an encoder is a device, which may fail at any time."""
    return name in enc.HARDWARE


def works(name: str, width: int, height: int) -> bool:
    """Tell whether an encoder makes the right pictures at a size; tried once in a process."""
    return name not in _given_up and not _fault(name, width, height)


def give_up(name: str, error: object) -> None:
    """Do not use a hardware encoder again in this process."""
    if name not in _given_up:
        _given_up.add(name)
        log.warning('the video encoder %s failed, the next videos are encoded without it: %s',
                    name, error)


def _why(name: str) -> str:
    try:
        enc.new_context(name)
    except EncodeError as error:
        return str(error)
    return 'it failed when it was tried'


@functools.lru_cache(maxsize=256)
def _fault(name: str, width: int, height: int) -> str:
    """Say what is wrong with an encoder, or nothing."""
    try:
        context = enc.new_context(name)
        enc.configure(context, name, VideoOptions(threads=1), width, height)
        with translated(f'starting the encoder {name!r}'):
            context.open()
        if name in enc.SOFTWARE:  # no driver that could be broken
            log.debug('videos of %d x %d can be encoded by %s', width, height, name)
            return ''
        made = _tried(context, name, width, height)
    # PyAV says so where a device cannot be used
    except (EncodeError, NotImplementedError, RuntimeError) as error:
        log.debug('%s does not work at %d x %d: %s', name, width, height, error)
        return str(error)
    fault = _difference(made, width, height)
    if fault:
        log.warning('the video encoder %s is not used at %d x %d, it makes wrong pictures: %s',
                    name, width, height, fault)
    else:
        log.info('videos of %d x %d can be encoded by %s', width, height, name)
    return fault


def _tried(context: Any, name: str, width: int, height: int) -> list[Any]:
    """Encode a few pictures; give them as a decoder sees them."""
    av = load_av()
    with translated(f'trying {name}'):
        packets = []
        for number in range(_TRIED_FRAMES):
            frame = av.VideoFrame.from_ndarray(_picture(number, width, height), 'yuv420p')
            frame = enc.reformatted(frame, name)
            frame.pts, frame.time_base = number * _TICKS, TIME_BASE
            if number == _KEY_FRAME:
                frame.pict_type = enc.INTRA
            packets += context.encode(frame)
        packets += context.encode(None)
        decoder = av.CodecContext.create('h264', 'r')
        return [frame for packet in (*packets, None) for frame in decoder.decode(packet)]


@functools.lru_cache(maxsize=1)
def _ground(width: int, height: int) -> npt.NDArray[np.uint8]:
    """Draw smooth colours that differ in every plane, dark."""
    half = height // 2, width // 2
    luma = np.add.outer(np.linspace(30, 60, height), np.linspace(0, 20, width))
    blue = np.broadcast_to(np.linspace(80, 180, half[1]), half)
    red = np.broadcast_to(np.linspace(190, 100, half[0])[:, None], half)
    planes = np.concatenate([plane.ravel() for plane in (luma, blue, red)])
    return np.asarray(planes.reshape(height * 3 // 2, width), np.uint8)


def _picture(number: int, width: int, height: int) -> npt.NDArray[np.uint8]:
    """Draw the same colours brighter with every picture."""
    planes = np.array(_ground(width, height), np.uint8)
    planes[:height] += np.uint8(20 * number)
    return planes


def _difference(made: list[Any], width: int, height: int) -> str:
    if len(made) != _TRIED_FRAMES:
        return f'{len(made)} of {_TRIED_FRAMES} pictures came out'
    for number, frame in enumerate(made):
        if (frame.width, frame.height) != (width, height):
            return f'picture {number} has {frame.width} x {frame.height} pixels'
        if frame.format.name != 'yuv420p':
            return f'picture {number} is {frame.format.name}, not yuv420p'
        if frame.pts != number * _TICKS:
            return f'picture {number} has the time of another'
        if number == _KEY_FRAME and not frame.key_frame:
            return f'picture {number} is no key frame'
        off = _most_off(_picture(number, width, height), frame.to_ndarray())
        if off > _MOST_OFF:
            return f'picture {number} is off by {off} of 255'
    return ''


def _most_off(picture: npt.NDArray[np.uint8], made: npt.NDArray[np.uint8]) -> int:
    import cv2

    size = tuple(max(1, side // _SMALLER) for side in picture.shape[::-1])
    small = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (picture, made))
    return int(cv2.absdiff(*small).max())
