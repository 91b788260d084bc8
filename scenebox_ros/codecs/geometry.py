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

"""Frames at another size, and without the distortion of their lens."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs import pixels as px
from scenebox_ros.errors import EncodeError
from scenebox_ros.model.readings import Calibration, ImageFrame

_FISHEYE = ('equidistant', 'fisheye', 'kannala_brandt4')
_RADIAL = ('plumb_bob', 'rational_polynomial', 'thin_prism')
_NONE = ('', 'none')
_SAMPLE_SIDE = 64
_COUNTS = (4, 5, 8, 12, 14)  # of coefficients, that OpenCV knows; others are filled up with zeros


def resize(frame: ImageFrame, max_side: int) -> ImageFrame:
    """
    Shrink a frame so that its longer side has at most so many pixels.

    Parameters
    ----------
    frame
        Of any encoding. Mosaics and YUV become BGR. Depth is not averaged, because the mean of
        near and far is nowhere.
    max_side
        Pixels; a smaller frame is returned as it is.

    Returns
    -------
    ImageFrame
        With the stamp and payload of the frame.

    Raises
    ------
    EncodeError
        If ``max_side`` is less than 1.

    """
    import cv2

    if max_side < 1:
        raise EncodeError(f'max_side is {max_side}; choose 1 or more')
    scale = max_side / max(frame.width, frame.height)
    if scale >= 1:
        return frame
    coloured = _coloured(frame)
    size = shrunk((frame.width, frame.height), max_side)
    is_exact = coloured.channels in ('depth', 'values')
    way = cv2.INTER_NEAREST if is_exact else cv2.INTER_AREA
    small = cv2.resize(np.ascontiguousarray(coloured.pixels), size, interpolation=way)
    return replace(coloured, pixels=small)


def shrunk(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    """Give width and height after :func:`resize`."""
    scale = min(1.0, max_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _coloured(frame: ImageFrame) -> ImageFrame:
    """Turn mosaics and YUV, whose neighbours are not alike, into BGR."""
    pixels = px.to_colours(frame)
    if pixels is frame.pixels:
        return frame
    encoding = 'bgr8' if pixels.dtype == np.uint8 else 'bgr16'
    return replace(frame, pixels=pixels, channels='bgr', encoding=encoding)


class Rectifier:
    """
    Removes a lens's distortion from frames of one camera.

    The maps are computed for the first frame and kept: two numbers of 4 bytes a pixel.

    Parameters
    ----------
    calibration
        Of that camera; frames that are smaller by the same factor in both directions fit too.

    Raises
    ------
    EncodeError
        If the camera is not calibrated, its numbers cannot be, or its distortion model is unknown.

    """

    def __init__(self, calibration: Calibration) -> None:
        fault = _fault_of(calibration)
        if fault:
            raise EncodeError(f'camera {calibration.frame_id!r} {fault}')
        self._calibration = calibration
        self._distortion = _distortion(calibration)
        self._maps: dict[tuple[int, int], tuple[Any, Any]] = {}

    def fault_for(self, size: tuple[int, int]) -> str:
        """Say why frames of a size cannot be rectified, by a few of their pixels; or nothing."""
        import cv2

        if not any(size):
            return ''
        try:
            # Not the maps of every pixel: the caller only asks.
            self._maps_for(size, shrunk(size, _SAMPLE_SIDE))
        except cv2.error as error:
            return f'the calibration of {self._calibration.frame_id!r} cannot be used: {error}'
        except EncodeError as error:
            return str(error)
        return ''

    def __call__(self, frame: ImageFrame) -> ImageFrame:
        """
        Rectify a frame.

        Parameters
        ----------
        frame
            Of any encoding; mosaics and YUV become BGR, depth and plain numbers are not averaged.

        Returns
        -------
        ImageFrame
            Of the same size; 0 where the camera did not look.

        Raises
        ------
        EncodeError
            If the frame's sides have another proportion than the calibration's, or the picture
            would be black.

        """
        import cv2

        size = frame.width, frame.height
        if size not in self._maps:
            try:
                self._maps = {size: self._maps_for(size)}
            except cv2.error as error:
                raise EncodeError(
                    f'the calibration of {self._calibration.frame_id!r} cannot be used: {error}'
                ) from error
        coloured = _coloured(frame)
        is_exact = coloured.channels in ('depth', 'values')
        way = cv2.INTER_NEAREST if is_exact else cv2.INTER_LINEAR
        straight = cv2.remap(np.ascontiguousarray(coloured.pixels), *self._maps[size], way)
        return replace(coloured, pixels=straight)

    def _maps_for(
        self, size: tuple[int, int], drawn: tuple[int, int] | None = None
    ) -> tuple[Any, Any]:
        """Compute where in a frame of a size each pixel of another, drawn, is taken from."""
        import cv2

        is_fisheye = self._calibration.distortion_model in _FISHEYE
        make = cv2.fisheye.initUndistortRectifyMap if is_fisheye else cv2.initUndistortRectifyMap
        camera, turn, projection = self._matrices(size)
        if drawn:
            projection = np.diag([drawn[0] / size[0], drawn[1] / size[1], 1.0]) @ projection
        x, y = make(camera, self._distortion, turn, projection, drawn or size, cv2.CV_32FC1)
        if not ((x > -1) & (x < size[0]) & (y > -1) & (y < size[1])).any():
            raise EncodeError(
                f'the calibration of {self._calibration.frame_id!r} leaves no pixel of the '
                'picture; calibrate the camera anew'
            )
        return x, y

    def _matrices(self, size: tuple[int, int]) -> tuple[Any, Any, Any]:
        """Scale camera and projection to the frame's size."""
        of = self._calibration
        x, y = size[0] / of.width, size[1] / of.height
        if abs(x - y) * max(of.width, of.height) > 1:
            raise EncodeError(
                f'a frame of {size[0]} x {size[1]} does not fit the calibration of '
                f'{of.width} x {of.height}; publish the camera info of this size'
            )
        scale = np.diag([x, y, 1.0])
        camera = _matrix(of.k, 3)
        projection = _matrix(of.p, 4)[:, :3] if of.p[0] else camera
        turn = _matrix(of.r, 3) if any(of.r) else np.eye(3)
        return scale @ camera, turn, scale @ projection


def _fault_of(of: Calibration) -> str | None:
    """Say why a calibration cannot be used; the maps of one with NaN would be black."""
    known = (*_FISHEYE, *_RADIAL)
    if of.distortion_model.lower() not in (*known, *_NONE):
        return f'has distortion model {of.distortion_model!r}; known are {", ".join(known)}'
    if of.width < 1 or of.height < 1:
        return f'has a calibration for pictures of {of.width} x {of.height}; fill the size in'
    for name, numbers in (('k', of.k), ('d', of.d), ('r', of.r), ('p', of.p)):
        if not all(map(isfinite, numbers)):
            return f'has NaN or infinity in {name}: {list(numbers[:12])}; calibrate it'
    if not (of.k[0] and of.k[4]):
        return f'is not calibrated (k[0] is {of.k[0]:g}, k[4] is {of.k[4]:g}); calibrate it'
    most = 4 if of.distortion_model in _FISHEYE else _COUNTS[-1]
    if any(of.d[most:]):
        return f'has {len(of.d)} numbers in d; {of.distortion_model} has {most} at most'
    return None


def _distortion(of: Calibration) -> npt.NDArray[np.float64]:
    """Give as many coefficients as OpenCV takes."""
    if of.distortion_model in _FISHEYE:
        count = 4
    else:
        count = next((count for count in _COUNTS if count >= len(of.d)), _COUNTS[-1])
    found = np.zeros(count)
    if of.distortion_model.lower() not in _NONE:
        found[:len(of.d)] = of.d[:count]
    return found


def adapted(
    calibration: Calibration, size: tuple[int, int], *, is_rectified: bool
) -> Calibration:
    """
    Give the calibration of frames that were rectified or have another size.

    Parameters
    ----------
    calibration
        Of the camera's own frames.
    size
        Width and height of the frames as they are now. What is not their proportion is left alone:
        then the calibration is that of another picture.
    is_rectified
        Whether the frames went through :class:`Rectifier`.

    Returns
    -------
    Calibration
        ``k`` and ``p`` scaled; after rectification ``k`` is that of ``p``, ``d`` is zero and ``r``
        turns nothing.

    """
    old = calibration.width, calibration.height
    if is_rectified and any(calibration.p[:1]):
        k = tuple(calibration.p[row * 4 + column] for row in range(3) for column in range(3))
        calibration = replace(calibration, k=k)
    if is_rectified:
        calibration = replace(
            calibration, d=(0.0,) * len(calibration.d), r=(1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0))
    if size == old or min(*old, *size) < 1:
        return calibration
    x, y = size[0] / old[0], size[1] / old[1]
    # Sides are rounded to pixels, so the shorter one may be off by one.
    if abs(x * old[1] - size[1]) > 1 and abs(y * old[0] - size[0]) > 1:
        return calibration
    by_row = (x, y, 1.0)
    return replace(
        calibration, width=size[0], height=size[1],
        k=tuple(by_row[at // 3] * number for at, number in enumerate(calibration.k)),
        p=tuple(by_row[at // 4] * number for at, number in enumerate(calibration.p)),
    )


def _matrix(numbers: tuple[float, ...], columns: int) -> npt.NDArray[np.float64]:
    return np.array(numbers, np.float64).reshape(3, columns)
