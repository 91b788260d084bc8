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

"""Pixels of any encoding as the colours and bytes that image and video encoders take."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.errors import EncodeError
from scenebox_ros.model.readings import ImageFrame

Array = npt.NDArray[Any]
Bytes = npt.NDArray[Any]
DEPTH_UNIT_M = 0.001
NO_DEPTH = 65535  # what 16UC1 cameras send for "no reading" that do not send 0

# OpenCV names a mosaic after its second row and column, ROS after its first.
_DEMOSAIC = {
    'bayer_rggb': 'COLOR_BayerBG2BGR',
    'bayer_bggr': 'COLOR_BayerRG2BGR',
    'bayer_gbrg': 'COLOR_BayerGR2BGR',
    'bayer_grbg': 'COLOR_BayerGB2BGR',
}
_TO_BGR = {
    'rgb': 'COLOR_RGB2BGR',
    'rgba': 'COLOR_RGBA2BGR',
    'bgra': 'COLOR_BGRA2BGR',
    'mono': 'COLOR_GRAY2BGR',
    'depth': 'COLOR_GRAY2BGR',
    'uyvy': 'COLOR_YUV2BGR_UYVY',
    'yuyv': 'COLOR_YUV2BGR_YUY2',
}


def to_bgr(frame: ImageFrame) -> Bytes:
    """
    Turn any frame into 8-bit colours in OpenCV's order.

    Parameters
    ----------
    frame
        Of any encoding. Mosaics are interpolated bilinearly, YUV is BT.601 with limited range as
        cameras send it, alpha is dropped; more than 8 bits become 8 as :func:`to_8bit` says.

    Returns
    -------
    array
        Shape (height, width, 3), uint8. Views the frame if that is ``bgr8`` already.

    Raises
    ------
    EncodeError
        If the frame has no pixels or is too small to interpolate.

    """
    if frame.channels == 'values':
        return _first_three(to_8bit(frame))
    return _colours(frame, to_8bit(frame))


def to_colours(frame: ImageFrame) -> Array:
    """Interpolate a mosaic or convert YUV to BGR, keeping the bit depth; leave others alone."""
    if frame.channels.startswith(('bayer_', 'uyvy', 'yuyv', 'nv')):
        return _colours(frame, frame.pixels)
    return frame.pixels


def _colours(frame: ImageFrame, pixels: Array) -> Array:
    if frame.channels == 'bgr':
        return pixels
    return np.asarray(_converted(frame, pixels))


def _converted(frame: ImageFrame, pixels: Any) -> Any:
    import cv2

    if frame.channels in _DEMOSAIC:
        return _demosaic(pixels, getattr(cv2, _DEMOSAIC[frame.channels]))
    if frame.channels in ('nv12', 'nv21'):
        code = cv2.COLOR_YUV2BGR_NV12 if frame.channels == 'nv12' else cv2.COLOR_YUV2BGR_NV21
        return cv2.cvtColorTwoPlane(pixels, chroma_of(frame), code)
    if frame.channels == 'nv24':
        return _nv24(pixels, chroma_of(frame))
    if frame.channels in _TO_BGR:
        return cv2.cvtColor(pixels, getattr(cv2, _TO_BGR[frame.channels]))
    raise EncodeError(f'channels {frame.channels!r} have no colours; known are {sorted(_TO_BGR)}')


def _demosaic(pixels: Any, code: int) -> Any:
    import cv2

    height, width = pixels.shape
    if min(height, width) >= 4:
        return cv2.cvtColor(pixels, code)
    if min(height, width) < 2:
        raise EncodeError(f'a mosaic of {width} x {height} pixels has no colours; 2 x 2 is least')
    # Mirrored by an even count of pixels, so that the colours keep their places.
    wide = cv2.copyMakeBorder(pixels, 2, 2, 2, 2, cv2.BORDER_REFLECT_101)
    return cv2.cvtColor(wide, code)[2:-2, 2:-2]


def chroma_of(frame: ImageFrame) -> Bytes:
    """View the chroma plane that follows the luma plane of an ``nv12 nv21 nv24`` frame."""
    height, width = frame.pixels.shape
    step = frame.pixels.strides[0]
    is_full = frame.channels == 'nv24'
    shape = (height, width, 2) if is_full else (height // 2, width // 2, 2)
    rows = step * 2 if is_full else step
    chroma: Bytes = np.ndarray(shape, np.uint8, frame.payload, step * height, (rows, 2, 1))
    return chroma


def _nv24(luma: Bytes, chroma: Bytes) -> Any:
    import cv2

    # As YUYV with every pixel twice: OpenCV has no 4:4:4 of limited range.
    twice = np.empty((*luma.shape, 4), np.uint8)
    twice[..., 0] = twice[..., 2] = luma
    twice[..., 1::2] = chroma
    height, width = luma.shape
    bgr = cv2.cvtColor(twice.reshape(height, width * 2, 2), cv2.COLOR_YUV2BGR_YUY2)
    return bgr[:, ::2]


def _first_three(pixels: Bytes) -> Bytes:
    """Show numbers without a colour: one as gray, two or more as blue, green and red."""
    import cv2

    if pixels.ndim == 2:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)
    shown = np.zeros((*pixels.shape[:2], 3), np.uint8)
    count = min(3, pixels.shape[2])
    shown[..., :count] = pixels[..., :count]
    return shown


def to_8bit(frame: ImageFrame, low: float | None = None, high: float | None = None) -> Bytes:
    """
    Scale a frame's samples to bytes.

    Parameters
    ----------
    frame
        Of any encoding.
    low, high
        What becomes 0 and 255. By default colours, mono and mosaics use the whole range of their
        type, so that brightness compares between frames; depth and plain numbers use the
        smallest and largest finite number of this frame (of depth: that is a reading).

    Returns
    -------
    array
        The shape of ``frame.pixels``, uint8. Numbers that are not finite, and depth without a
        reading, become 0. Views the frame if it has 8 bits and no limits are given.

    """
    pixels: Any = frame.pixels
    has_limits = low is not None or high is not None
    if pixels.dtype == np.uint8 and not has_limits:
        return np.asarray(pixels)
    if pixels.dtype == np.uint16 and frame.channels != 'values' and frame.channels != 'depth':
        if not has_limits:
            import cv2

            scaled = cv2.convertScaleAbs(pixels, alpha=255 / 65535)
            same_shape: Bytes = np.asarray(scaled).reshape(pixels.shape)
            return same_shape
        low, high = low or 0, 65535 if high is None else high
    is_reading = np.isfinite(pixels)
    if frame.channels == 'depth':
        is_reading &= (pixels > 0) & (pixels != NO_DEPTH)
    return _stretch(pixels, is_reading, low, high)


def _stretch(pixels: Any, is_reading: Any, low: float | None, high: float | None) -> Bytes:
    readings = pixels[is_reading]
    if not readings.size:
        return np.zeros(pixels.shape, np.uint8)
    least = float(readings.min() if low is None else low)
    span = float(readings.max() if high is None else high) - least
    scaled = np.zeros(pixels.shape, np.float64)
    if span > 0:
        # The greatest doubles are further apart than a double holds: those become 0 or 255.
        with np.errstate(over='ignore', invalid='ignore'):
            np.subtract(pixels, least, out=scaled, where=is_reading)
            scaled *= 255 / span
        scaled = np.nan_to_num(scaled, nan=255.0)
    shown: Bytes = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
    return shown


def to_depth_mm(frame: ImageFrame) -> npt.NDArray[np.uint16]:
    """
    Turn a depth frame into millimetres, the unit that 16-bit depth images have in ROS.

    Parameters
    ----------
    frame
        ``16UC1``, which is millimetres already (REP 118), or metres as ``32FC1`` or ``64FC1``.

    Returns
    -------
    array
        Shape (height, width), uint16; 0 where there is no reading (NaN, infinite, not positive)
        and 65535 where it is farther. Views the frame if that is ``16UC1``.

    Raises
    ------
    EncodeError
        If the frame is not depth.

    """
    if frame.channels != 'depth':
        raise EncodeError(f'encoding {frame.encoding!r} is not depth; use 16UC1 or 32FC1')
    if frame.pixels.dtype == np.uint16:
        same: npt.NDArray[np.uint16] = frame.pixels.astype(np.uint16, copy=False)
        return same
    # Signalling NaN, and more metres than can be divided, are no fault worth a warning.
    with np.errstate(invalid='ignore', over='ignore'):
        metres = np.asarray(frame.pixels, np.float64)
        readings = np.where(np.isfinite(metres) & (metres > 0), metres, 0)
        millimetres = np.rint(np.minimum(readings / DEPTH_UNIT_M, 65535))
    rounded: npt.NDArray[np.uint16] = millimetres.astype(np.uint16)
    return rounded
