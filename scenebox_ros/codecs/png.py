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
PNG files from arrays, several times as fast as the usual encoders at the same size.

Every row is stored as its difference to the row above (filter "up"), and deflated by Intel's
library if the package ``isal`` is there, else by zlib. Bands of rows that fit the processor's
cache go all the way one after the other: whole images would cost fresh memory for each step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
import struct
from typing import Any, cast
import zlib

import numpy as np
import numpy.typing as npt

from scenebox_ros.errors import EncodeError

SIGNATURE = b'\x89PNG\r\n\x1a\n'
END = b'\0\0\0\0IEND\xaeB`\x82'
_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}  # gray, RGB, RGBA
_MAX_SIDE = 2**31 - 1
_UP = 2
_BAND_BYTES = 1 << 18


def write_png(
    pixels: npt.NDArray[np.generic], text: Mapping[str, str] | None = None, *,
    is_bgr: bool = False,
) -> bytes:
    """
    Encode an array as a PNG file.

    Parameters
    ----------
    pixels
        uint8 or uint16; shape (height, width), or (height, width, channels) with 1, 3 (RGB) or 4
        (RGBA) channels.
    text
        Keywords and values to store in ``tEXt`` chunks: Latin-1, keywords of 1 to 79 characters.
    is_bgr
        Three and four channels are in BGR(A) order.

    Returns
    -------
    bytes
        The file; whoever decodes it gets exactly these pixels.

    Raises
    ------
    EncodeError
        If PNG has no form for the array's type or shape.

    """
    planar = pixels[:, :, np.newaxis] if pixels.ndim == 2 else pixels
    if pixels.dtype not in (np.uint8, np.uint16) or planar.ndim != 3 or not planar.size:
        raise EncodeError(
            f'PNG holds images of uint8 or uint16, not {pixels.dtype} of shape {pixels.shape}; '
            'convert with pixels.to_8bit, or keep the numbers with images.encode_tiff'
        )
    height, width, channels = planar.shape
    if channels not in _COLOUR_TYPES or max(height, width) > _MAX_SIDE:
        raise EncodeError(
            f'PNG holds 1, 3 or 4 channels, not {channels}; convert with pixels.to_bgr, or keep '
            'them with images.encode_tiff'
        )
    depth = planar.dtype.itemsize * 8
    header = struct.pack('>IIBBBBB', width, height, depth, _COLOUR_TYPES[channels], 0, 0, 0)
    squeeze, crc = _deflater()
    body = [squeeze.compress(band) for band in _filtered(planar, is_bgr and channels > 1)]
    body.append(squeeze.flush())
    words = [
        _chunk(b'tEXt', [key.encode('latin-1'), b'\0', value.encode('latin-1', 'replace')], crc)
        for key, value in (text or {}).items()
    ]
    return b''.join(
        [SIGNATURE, *_chunk(b'IHDR', [header], crc), *chain(*words), *_chunk(b'IDAT', body, crc),
         END])


def _filtered(
    planar: npt.NDArray[np.generic], is_bgr: bool
) -> Iterator[npt.NDArray[np.uint8]]:
    """Lay out the bytes to deflate: per row the filter's number, then the differences."""
    row_bytes = planar[0].size * planar.dtype.itemsize
    count = max(1, _BAND_BYTES // row_bytes)
    room = np.empty((min(count, len(planar)), 1 + row_bytes), np.uint8)
    room[:, 0] = _UP
    above = np.zeros((1, row_bytes), np.uint8)
    for start in range(0, len(planar), count):
        rows = _samples(planar[start:start + count], is_bgr)
        band = room[:len(rows)]
        np.subtract(rows[:1], above, out=band[:1, 1:])
        np.subtract(rows[1:], rows[:-1], out=band[1:, 1:])
        above = rows[-1:]
        yield band


def _samples(planar: npt.NDArray[np.generic], is_bgr: bool) -> npt.NDArray[np.uint8]:
    """Give rows of bytes: red first, and the high byte of a sample first."""
    if is_bgr:
        import cv2

        code = cv2.COLOR_BGR2RGB if planar.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
        planar = cv2.cvtColor(cast(Any, planar), code)
    if planar.dtype == np.uint16:
        planar = planar.astype('>u2')
    return np.ascontiguousarray(planar.reshape(len(planar), -1)).view(np.uint8)


def _deflater() -> tuple[Any, Callable[..., int]]:
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib.compressobj(1), zlib.crc32
    return isal_zlib.compressobj(1), isal_zlib.crc32


def _chunk(kind: bytes, body: Sequence[bytes], crc: Callable[..., int]) -> list[bytes]:
    check = crc(kind)
    for part in body:
        check = crc(part, check)
    size = sum(map(len, body))
    return [size.to_bytes(4, 'big'), kind, *body, check.to_bytes(4, 'big')]


def read_text(blob: bytes | memoryview) -> dict[str, str]:
    """Read the ``tEXt`` chunks that stand before the pixels of a PNG file; junk gives none."""
    found: dict[str, str] = {}
    view, at = memoryview(blob), len(SIGNATURE)
    if view[:at] != SIGNATURE:
        return found
    while at + 8 <= len(view):
        size, kind = struct.unpack_from('>I4s', view, at)
        if kind == b'tEXt':
            key, _, value = bytes(view[at + 8:at + 8 + size]).partition(b'\0')
            found[key.decode('latin-1')] = value.decode('latin-1')
        elif kind == b'IDAT':
            break
        at += 12 + size
    return found
