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
Compressed images: passed through as they came wherever the bytes are an image file.

``CompressedImage.format`` says how the publisher compressed, in many spellings::

    jpeg   png   image/webp   rgb8; jpeg compressed bgr8   16UC1; png compressed
    16UC1; compressedDepth   32FC1; compressedDepth png   16UC1; compressedDepth rvl   h264

The bytes decide what a file is; the words decide what its pixels mean.
"""

from __future__ import annotations

import struct
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs import images
from scenebox_ros.codecs.encodings import layout_of, LAYOUTS
from scenebox_ros.codecs.nal import codec_of
from scenebox_ros.codecs.rvl import decode_rvl
from scenebox_ros.decode.packet import packet_of
from scenebox_ros.decode.source import header_of, payload_of
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.readings import ImageBlob, ImageFrame, VideoPacket

# compressed_depth_image_transport's ConfigHeader: an enum and two parameters of the inverse depth.
_DEPTH_HEADER = struct.Struct('<i2f')
_INVERSE_DEPTH = 1
_RVL_SIZE = struct.Struct('<2I')
_MAX_RVL_PIXELS = 2**25


def decode_compressed(msg: Any) -> Union[ImageBlob, ImageFrame, VideoPacket]:
    """
    Read a ``sensor_msgs/CompressedImage`` (or Foxglove's).

    Parameters
    ----------
    msg
        Any object with that message's fields.

    Returns
    -------
    ImageBlob
        JPEG, PNG, WebP and TIFF, untouched; of compressedDepth ``16UC1`` the PNG inside, also
        untouched: its unit is the millimetre.
    ImageFrame
        Where the file's pixels are not what they look like: compressedDepth ``32FC1`` (metres,
        NaN without a reading), RVL, and raw mosaics (``bayer_rggb8; png compressed``).
    VideoPacket
        If ``format`` names H.264 or H.265.

    Raises
    ------
    DecodeError
        If the bytes are not an image of these formats, or end early.

    """
    stamp_ns, frame_id = header_of(msg)
    words = str(msg.format).lower()
    payload = payload_of(msg.data)
    if not payload.nbytes:
        raise DecodeError(f'the compressed image ({words!r}) has no bytes; check the publisher')
    if codec_of(words):
        return packet_of(payload, words, (0, 0), stamp_ns, frame_id)
    if 'compresseddepth' in words:
        return _depth(str(msg.format), payload, stamp_ns, frame_id)
    return _file(str(msg.format), payload, stamp_ns, frame_id)


def _file(
    words: str, payload: memoryview, stamp_ns: int, frame_id: str
) -> Union[ImageBlob, ImageFrame]:
    found = images.probe(payload)
    if not images.is_whole(payload, found.format):
        raise DecodeError(
            f'the {found.format} image ends early: no end after {payload.nbytes} bytes; '
            'check the publisher and its bandwidth'
        )
    encoding = _encoding_inside(words)
    if encoding.startswith('bayer_'):
        pixels = images.decode_image(payload)
        if pixels.ndim == 2:
            return _frame(pixels, encoding, stamp_ns, frame_id, payload)
        encoding = 'bgr8'
    return ImageBlob(payload, *found, stamp_ns, frame_id, encoding)


def _encoding_inside(words: str) -> str:
    """Read what the pixels of the file are: the word after "compressed", else the first one."""
    before, _, after = words.partition(';')
    at = after.lower().rfind('compressed')
    inside = after[at + len('compressed'):] if at >= 0 else after
    return _standard(inside.strip() or before.strip())


def _standard(name: str) -> str:
    """Write an encoding's name as the standard does, whatever its case; empty if it is none."""
    try:
        layout_of(name)
    except DecodeError:
        return ''
    low = name.strip(' \0').lower()
    return low if low in LAYOUTS else low.upper()


def _depth(
    words: str, payload: memoryview, stamp_ns: int, frame_id: str
) -> Union[ImageBlob, ImageFrame]:
    before = words.partition(';')[0].strip()
    encoding = _standard(before) or before
    size = _DEPTH_HEADER.size
    if payload.nbytes <= size:
        raise DecodeError(f'compressedDepth ends early: {payload.nbytes} bytes')
    kind, scale, offset = _DEPTH_HEADER.unpack_from(payload)
    body = payload[size:]
    is_rvl = 'rvl' in words.lower()
    is_metres = encoding.startswith('32FC1')
    if not is_rvl and not is_metres:
        blob = _file('', body, stamp_ns, frame_id)
        assert isinstance(blob, ImageBlob)
        return ImageBlob(body, blob.format, blob.width, blob.height, stamp_ns, frame_id, encoding)
    codes = _rvl(body) if is_rvl else images.decode_image(body)
    if codes.ndim != 2 or codes.dtype != np.uint16:
        raise DecodeError(f'compressedDepth holds {codes.dtype} {codes.shape}, not 16-bit gray')
    if is_metres and kind != _INVERSE_DEPTH:
        raise DecodeError(f'compressedDepth of 32FC1 has format {kind}; known is 1, inverse depth')
    pixels = _metres(codes, scale, offset) if is_metres else codes
    return _frame(pixels, encoding, stamp_ns, frame_id, payload)


def _rvl(body: memoryview) -> npt.NDArray[np.uint16]:
    if body.nbytes < _RVL_SIZE.size:
        raise DecodeError(f'RVL code ends early: {body.nbytes} bytes')
    width, height = _RVL_SIZE.unpack_from(body)
    code = body[_RVL_SIZE.size:]
    # Zeros shrink to nothing, so the code's length does not tell whether its size is honest.
    if not 0 < width * height <= _MAX_RVL_PIXELS:
        raise DecodeError(f'RVL code claims {width} x {height} pixels')
    return decode_rvl(code, width * height).reshape(height, width)


def _metres(codes: npt.NDArray[np.uint16], scale: float, offset: float) -> Any:
    """Undo the inverse depth quantization: metres, NaN where the code is 0."""
    with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
        metres = np.float32(scale) / (codes.astype(np.float32) - np.float32(offset))
    metres[codes == 0] = np.nan
    return metres


def _frame(
    pixels: Any, encoding: str, stamp_ns: int, frame_id: str, payload: memoryview
) -> ImageFrame:
    layout = layout_of(encoding)
    if pixels.dtype != layout.dtype:
        raise DecodeError(f'the image holds {pixels.dtype}, which is not {encoding!r}')
    return ImageFrame(pixels, layout.channels, encoding, stamp_ns, frame_id, payload)
