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
Camera messages, raw and compressed, as frames; no pixel is copied where the layout allows.

``decode_image`` reads ``sensor_msgs/Image``, ``decode_compressed`` reads
``sensor_msgs/CompressedImage``, ``decode_packet`` reads packets of video streams,
``decode_camera_info`` reads ``sensor_msgs/CameraInfo``.
"""

from __future__ import annotations

from dataclasses import replace
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs.encodings import Layout, layout_of
from scenebox_ros.decode.compressed import decode_compressed
from scenebox_ros.decode.packet import decode_packet
from scenebox_ros.decode.source import header_of, payload_of
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.readings import Calibration, ImageFrame

__all__ = ['decode_camera_info', 'decode_compressed', 'decode_image', 'decode_packet']


def decode_image(msg: Any) -> ImageFrame:
    """
    View a raw ``sensor_msgs/Image`` as an array.

    Parameters
    ----------
    msg
        Any object with that message's fields: rclpy's class or rosbags'.

    Returns
    -------
    ImageFrame
        ``pixels`` has shape (height, width) for one sample per pixel, else (height, width,
        samples), and the encoding's dtype in native byte order. It views ``msg.data`` and is
        copied only if the byte order is foreign. For ``nv12 nv21 nv24`` it is the luma plane; the
        chroma plane follows it in ``payload`` (``codecs.pixels.to_bgr`` knows how).

    Raises
    ------
    DecodeError
        If the encoding is unknown, the image is empty, ``step`` is smaller than a row or ``data``
        ends early.

    Notes
    -----
    Layout: ``sensor_msgs/msg/Image.msg``; encodings: ``sensor_msgs/image_encodings.hpp``.

    """
    layout = layout_of(str(msg.encoding))
    payload = payload_of(msg.data)
    width, height, step = int(msg.width), int(msg.height), int(msg.step)
    if width <= 0 or height <= 0:
        raise DecodeError(f'the image is empty, {width} x {height}; check the driver')
    _refuse_halves(layout, width, height)
    step = _row_step(layout, width, height, step, payload.nbytes)
    pixels = _view(layout, width, height, step, payload)
    # Foxglove's RawImage has no such field: it is little-endian.
    is_big = bool(getattr(msg, 'is_bigendian', False))
    if pixels.dtype.itemsize > 1 and is_big != (sys.byteorder == 'big'):
        pixels = pixels.byteswap()
    stamp_ns, frame_id = header_of(msg)
    return ImageFrame(pixels, layout.channels, str(msg.encoding), stamp_ns, frame_id, payload)


def _refuse_halves(layout: Layout, width: int, height: int) -> None:
    """Refuse sizes that the chroma of two or four pixels does not fit."""
    shares_rows = layout.channels in ('nv12', 'nv21')
    if width % 2 and (shares_rows or layout.channels in ('uyvy', 'yuyv')):
        raise DecodeError(f'{layout.channels} has an even width, not {width}; check the driver')
    if height % 2 and shares_rows:
        raise DecodeError(f'{layout.channels} has an even height, not {height}; check the driver')


def _row_step(layout: Layout, width: int, height: int, step: int, size: int) -> int:
    """Find the bytes from row to row (of the first plane), and refuse data that ends early."""
    row = width * layout.pixel_bytes
    # The last row needs no padding, and some drivers leave it out.
    needed = _bytes_needed(layout, row, height, step)
    if step >= row and size >= needed:
        return step
    tight = _bytes_needed(layout, row, height, row)
    # Without padding there is no doubt, whatever the driver takes ``step`` for: 0, or the bytes of
    # all planes.
    if size == tight and (step == 0 or layout.chroma_rows):
        return row
    if step < row:
        raise DecodeError(
            f'step {step} is smaller than a row: {width} pixels of {layout.pixel_bytes} bytes; '
            'check the driver that fills step'
        )
    raise DecodeError(
        f'image data ends early: {size} bytes of {needed} (height {height} x step {step}); '
        'check the driver that fills step'
    )


def _bytes_needed(layout: Layout, row: int, height: int, step: int) -> int:
    if not layout.chroma_rows:
        return (height - 1) * step + row
    return height * step + height * step * layout.chroma_rows // 2 - (step - row)


def _view(
    layout: Layout, width: int, height: int, step: int, payload: memoryview
) -> npt.NDArray[np.generic]:
    dtype = np.dtype(layout.dtype)
    shape: tuple[int, ...] = (height, width)
    strides: tuple[int, ...] = (step, layout.pixel_bytes)
    if layout.samples > 1:
        shape, strides = (*shape, layout.samples), (*strides, dtype.itemsize)
    pixels: npt.NDArray[np.generic] = np.ndarray(shape, dtype, payload, 0, strides)
    # An odd step or an odd start in a bag's buffer: what computes with it wants aligned numbers.
    return pixels if pixels.flags.aligned else pixels.copy()


def decode_camera_info(msg: Any) -> Calibration:
    """
    Read a camera's intrinsics from a ``sensor_msgs/CameraInfo`` of ROS 2 or ROS 1.

    Returns
    -------
    Calibration
        Matrices row by row: k and r 9 numbers, p 12, d as many as the model has. A camera that
        is not calibrated has a k of zeros, as the standard says. Where the camera publishes a
        region or joins pixels, they are those of the images it sends.

    Raises
    ------
    DecodeError
        If a matrix has the wrong number of elements.

    """
    stamp_ns, frame_id = header_of(msg)
    matrices = {
        name: tuple(float(number) for number in getattr(msg, name, getattr(msg, name.upper(), ())))
        for name in 'dkrp'
    }
    for name, count in (('k', 9), ('r', 9), ('p', 12)):
        if len(matrices[name]) != count:
            raise DecodeError(
                f'{name} of the camera info has {len(matrices[name])} numbers and not {count}'
            )
    whole = Calibration(
        width=int(msg.width), height=int(msg.height), distortion_model=str(msg.distortion_model),
        stamp_ns=stamp_ns, frame_id=frame_id, **matrices,
    )
    return _of_part(whole, msg)


def _of_part(whole: Calibration, msg: Any) -> Calibration:
    """
    Give the calibration of the images that are published, a part or binned.

    As ``image_geometry`` does it: the region's offset is taken off first, then pixels are joined.
    """
    part = getattr(msg, 'roi', None)
    left, top = (int(getattr(part, name, 0)) for name in ('x_offset', 'y_offset'))
    width = int(getattr(part, 'width', 0)) or whole.width
    height = int(getattr(part, 'height', 0)) or whole.height
    across, down = (max(1, int(getattr(msg, name, 1))) for name in ('binning_x', 'binning_y'))
    if (left, top, width, height, across, down) == (0, 0, whole.width, whole.height, 1, 1):
        return whole
    k, p = list(whole.k), list(whole.p)
    for numbers, columns in ((k, 3), (p, 4)):
        if not numbers[0]:
            continue  # not calibrated
        numbers[2] -= left
        numbers[columns + 2] -= top
        for column in range(columns):
            numbers[column] /= across
            numbers[columns + column] /= down
    return replace(whole, width=width // across, height=height // down, k=tuple(k), p=tuple(p))
