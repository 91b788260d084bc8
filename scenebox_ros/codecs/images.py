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

"""Frames as JPEG, PNG and TIFF files, and image files as arrays."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs import pixels as px
from scenebox_ros.codecs.png import read_text, write_png
from scenebox_ros.codecs.probe import decoded_bytes, is_whole, Probe, probe
from scenebox_ros.codecs.tiff import read_tiff, write_tiff
from scenebox_ros.errors import DecodeError, EncodeError
from scenebox_ros.model.readings import ImageFrame

__all__ = [
    'decode_image', 'encode_jpeg', 'encode_lossless', 'encode_png', 'encode_tiff', 'image_size',
    'is_whole', 'Probe', 'probe', 'read_text', 'thumbnail',
]
MAX_PIXELS = 2**27  # 134 million: what decoding a hostile header may allocate
_PIXEL_BYTES = 3  # as many of 8-bit colours; fewer of deeper ones
_MAX_JPEG_SIDE = 65500
# What the encoder takes without a conversion; everything else becomes BGR first.
_JPEG_ORDERS = {
    'mono': 'GRAY', 'depth': 'GRAY', 'bgr': 'BGR', 'rgb': 'RGB', 'bgra': 'BGRA', 'rgba': 'RGBA',
}
_ARRAY_ORDERS = {(): 'GRAY', (1,): 'GRAY', (4,): 'BGRA'}
# Deflate shrinks to 1/1032 at best, LZW to 1/2730; JPEG has 12 bits for 256 pixels of one colour.
# What claims more is cut off or hostile. (WebP and fax codes have no such limit.)
_MAX_DEFLATE = 1040
_MOST_SHRUNK = {'jpeg': 3 * 1024, 'tiff': 4096}
_UNCHANGED = -1  # cv2.IMREAD_UNCHANGED

image_size = probe


def encode_jpeg(frame: ImageFrame | npt.NDArray[np.uint8], quality: int = 90) -> bytes:
    """
    Encode a frame as a JPEG file (4:2:0), without OpenCV where its pixels have 8 bits.

    Parameters
    ----------
    frame
        Of any encoding; what is not 8-bit becomes that as ``pixels.to_bgr`` says, and mono stays
        gray. Or an array, uint8: (height, width) gray, or (height, width, 3 or 4) BGR(A).
    quality
        1 to 100.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    EncodeError
        If the quality is out of range, or a side is longer than JPEG allows.

    """
    import simplejpeg

    if not 1 <= quality <= 100:
        raise EncodeError(f'JPEG quality is {quality}; choose 1 to 100')
    pixels, order = _ordered(frame)
    if max(pixels.shape[:2]) > _MAX_JPEG_SIDE:
        raise EncodeError(
            f'{pixels.shape[1]} x {pixels.shape[0]} pixels are too many for JPEG, which ends at '
            f'{_MAX_JPEG_SIDE} a side; store PNG'
        )
    try:
        return bytes(simplejpeg.encode_jpeg(_in_rows(pixels), quality, order, '420'))
    except (ValueError, IndexError) as error:
        raise EncodeError(f'JPEG cannot hold {pixels.dtype} {pixels.shape}: {error}') from error


def _ordered(frame: ImageFrame | npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], str]:
    """Give 8-bit pixels and the order of their channels; as they are, where JPEG takes that."""
    if isinstance(frame, np.ndarray):
        return frame, _ARRAY_ORDERS.get(frame.shape[2:], 'BGR')
    if frame.channels in _JPEG_ORDERS:
        return px.to_8bit(frame), _JPEG_ORDERS[frame.channels]
    return px.to_bgr(frame), 'BGR'


def _in_rows(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Give pixels whose rows are whole, as the encoder takes them; they may be apart."""
    rows = pixels.reshape(*pixels.shape[:2], pixels.shape[2] if pixels.ndim == 3 else 1)
    _, width, samples = rows.shape
    is_whole_row = rows.strides[1:] == (samples, 1) and rows.strides[0] >= width * samples
    return rows if is_whole_row else np.ascontiguousarray(rows)


def encode_png(frame: ImageFrame | npt.NDArray[np.generic]) -> bytes:
    """
    Encode a frame as a PNG file, keeping all of its bits.

    Parameters
    ----------
    frame
        With 8 or 16 bits per sample: gray, colour, alpha. Mosaics and YUV become colours first.
        Depth becomes 16-bit millimetres, and a ``tEXt`` chunk ``depth_unit_m`` says so. Or an
        array of uint8 or uint16: (height, width), or (height, width, 3 or 4) in BGR(A) order.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    EncodeError
        If PNG cannot hold the frame's numbers, as floating point that is not depth.

    """
    if isinstance(frame, np.ndarray):
        return write_png(frame, is_bgr=True)
    if frame.channels == 'depth':
        return write_png(px.to_depth_mm(frame), {'depth_unit_m': str(px.DEPTH_UNIT_M)})
    colours = px.to_colours(frame)
    return write_png(colours, is_bgr=_is_bgr(frame, colours))


def encode_tiff(frame: ImageFrame) -> bytes:
    """Encode a frame's numbers as a TIFF file, whatever their type and however many channels."""
    return write_tiff(_rgb(frame))


def encode_lossless(frame: ImageFrame) -> tuple[Literal['png', 'tiff'], bytes]:
    """
    Encode a frame without loss: as PNG where PNG can hold it, else as TIFF.

    Parameters
    ----------
    frame
        Of any encoding; ``values`` (``16SC1``, ``32FC2``, ...) become TIFF. Floating-point depth
        becomes PNG in millimetres, which is finer than the sensors.

    Returns
    -------
    tuple
        ``png`` or ``tiff``, and the file.

    """
    if frame.channels == 'values':
        return 'tiff', encode_tiff(frame)
    return 'png', encode_png(frame)


def _is_bgr(frame: ImageFrame, colours: npt.NDArray[np.generic]) -> bool:
    return frame.channels in ('bgr', 'bgra') or colours is not frame.pixels


def _rgb(frame: ImageFrame) -> Any:
    """Give the frame's samples, colours in the order that files have."""
    colours = px.to_colours(frame)
    return _blue_last(colours) if _is_bgr(frame, colours) else colours


def _blue_last(pixels: Any) -> Any:
    import cv2

    if pixels.ndim < 3 or pixels.shape[2] not in (3, 4):
        return pixels
    if pixels.dtype not in (np.uint8, np.uint16, np.float32):
        return np.ascontiguousarray(pixels[..., [2, 1, 0, 3][:pixels.shape[2]]])
    code = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    return cv2.cvtColor(pixels, code)


def decode_image(blob: bytes | memoryview, max_pixels: int = MAX_PIXELS) -> Any:
    """
    Decode an image file as it is.

    Parameters
    ----------
    blob
        JPEG, PNG, WebP or TIFF.
    max_pixels
        Larger images are refused before anything is allocated, and those whose pixels would take
        more than three times as many bytes.

    Returns
    -------
    array
        Shape (height, width) or (height, width, channels) in BGR(A) order; dtype as stored. JPEG
        rotation tags are ignored: the pixels are the camera's.

    Raises
    ------
    DecodeError
        If the bytes are not an image, end early, are damaged or are too large.

    """
    found = _bounded(blob, max_pixels)
    own = read_tiff(blob, max_pixels) if found.format == 'tiff' else None
    return _imdecode(blob, found, _UNCHANGED) if own is None else _blue_last(own)


def _bounded(blob: bytes | memoryview, max_pixels: int) -> Probe:
    found = probe(blob)
    count = found.width * found.height
    if count > max_pixels:
        raise DecodeError(
            f'the {found.format} image claims {found.width} x {found.height} pixels; at most '
            f'{max_pixels} are decoded'
        )
    size = decoded_bytes(blob, found)
    if size > max_pixels * _PIXEL_BYTES:
        raise DecodeError(
            f'the {found.format} image claims {found.width} x {found.height} pixels of '
            f'{size // count} bytes; at most {max_pixels * _PIXEL_BYTES} bytes are decoded'
        )
    is_fax = found.format == 'tiff' and size < count
    if (found.format == 'png' and count // 8 > len(blob) * _MAX_DEFLATE) or (
        size > len(blob) * _MOST_SHRUNK.get(found.format, size) and not is_fax
    ):
        raise DecodeError(
            f'the {found.format} image ends early: {len(blob)} bytes for {found.width} x '
            f'{found.height}'
        )
    return found


def _imdecode(blob: bytes | memoryview, found: Probe, flags: int) -> Any:
    import cv2

    try:
        pixels = cv2.imdecode(np.frombuffer(blob, np.uint8), flags)
    except cv2.error as error:
        raise DecodeError(f'the {found.format} image cannot be decoded: {error}') from error
    if pixels is None:
        raise DecodeError(f'the {found.format} image is damaged ({len(blob)} bytes)')
    return pixels


def thumbnail(blob: bytes | memoryview, max_side: int = 320, quality: int = 80) -> bytes:
    """
    Make a small JPEG of an image file; JPEG is decoded at a fraction of its size.

    Parameters
    ----------
    blob
        JPEG, PNG, WebP or TIFF; 16 bits are scaled to 8.
    max_side
        The longer side of the thumbnail in pixels; smaller images keep their size.
    quality
        1 to 100.

    Returns
    -------
    bytes
        A JPEG file.

    Raises
    ------
    DecodeError
        If the image cannot be decoded.
    EncodeError
        If ``max_side`` or ``quality`` is out of range.

    """
    import cv2

    if max_side < 1:
        raise EncodeError(f'max_side is {max_side}; choose 1 or more')
    found = _bounded(blob, MAX_PIXELS)
    longest = max(found.width, found.height)
    factor = next((factor for factor in (8, 4, 2) if longest >= factor * max_side), 1)
    name = f'IMREAD_REDUCED_COLOR_{factor}' if factor > 1 else 'IMREAD_COLOR'
    flags = getattr(cv2, name) | cv2.IMREAD_IGNORE_ORIENTATION
    whole = decode_image(blob) if found.format != 'jpeg' else _imdecode(blob, found, flags)
    pixels: Any = _displayable(whole)
    height, width = pixels.shape[:2]
    scale = max_side / max(height, width)
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return encode_jpeg(pixels, quality)


def _displayable(pixels: Any) -> npt.NDArray[np.uint8]:
    """Show any decoded image as 8-bit gray or BGR."""
    shown: Any = pixels if pixels.ndim == 2 else pixels[..., :3]
    if shown.ndim == 3 and shown.shape[2] == 2:
        shown = shown[..., 0]
    as_frame = ImageFrame(shown, 'values', '', 0, '', memoryview(b''))
    small: npt.NDArray[np.uint8] = np.ascontiguousarray(px.to_8bit(as_frame))
    return small
