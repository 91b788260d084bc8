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

"""What an encoded image is, read from its first bytes: no pixel is decoded."""

from __future__ import annotations

from collections.abc import Iterator
import struct
from typing import NamedTuple

from scenebox_ros.errors import DecodeError

_PNG = b'\x89PNG\r\n\x1a\n'
_TIFF = {b'II*\0': '<', b'MM\0*': '>'}
# Markers without a length: TEM, RST0 to RST7, SOI, EOI.
_JPEG_BARE = {0x01, *range(0xD0, 0xDA)}
# Start of frame: all of C0 to CF but the tables DHT, JPG and DAC.
_JPEG_SOF = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Probe(NamedTuple):
    """An encoded image's format (``jpeg png webp tiff``) and size in pixels."""

    format: str
    width: int
    height: int


def probe(blob: bytes | memoryview) -> Probe:
    """
    Read format and size of an encoded image from its header.

    Parameters
    ----------
    blob
        A JPEG (also progressive), PNG, WebP or TIFF file; the bytes decide, not a name.

    Returns
    -------
    Probe
        Format, width, height.

    Raises
    ------
    DecodeError
        If the bytes are none of these, or end before the size is told.

    """
    view = memoryview(blob).cast('B')
    start = bytes(view[:12])
    try:
        if start[:2] == b'\xff\xd8':
            found = Probe('jpeg', *_jpeg_size(view))
        elif start[:8] == _PNG:
            found = Probe('png', *_png_size(view))
        elif start[:4] == b'RIFF' and start[8:] == b'WEBP':
            found = Probe('webp', *_webp_size(view))
        elif start[:4] in _TIFF:
            found = Probe('tiff', *_tiff_size(view, _TIFF[start[:4]]))
        else:
            raise DecodeError(
                f'{len(view)} bytes that start with {start[:8].hex(" ") or "nothing"} are not '
                'JPEG, PNG, WebP or TIFF; check the publisher'
            )
    except (IndexError, struct.error) as error:
        raise DecodeError(f'the image ends before its size, after {len(view)} bytes') from error
    if found.width <= 0 or found.height <= 0:
        raise DecodeError(f'the {found.format} image is empty, {found.width} x {found.height}')
    return found


def _jpeg_size(view: memoryview) -> tuple[int, int]:
    at = 2
    while True:
        if view[at] != 0xFF:
            raise DecodeError(f'JPEG has no marker at byte {at} where one must be')
        while view[at] == 0xFF:  # a marker may be filled up with any number of these
            at += 1
        marker = view[at]
        at += 1
        if marker in _JPEG_SOF:
            height, width = struct.unpack_from('>HH', view, at + 3)
            return width, height
        if marker in (0xD9, 0xDA):
            raise DecodeError('JPEG has no frame header before its pixels')
        if marker not in _JPEG_BARE:
            at += max(2, struct.unpack_from('>H', view, at)[0])


def _png_size(view: memoryview) -> tuple[int, int]:
    kind, width, height = struct.unpack_from('>4sII', view, 12)
    if kind != b'IHDR':
        raise DecodeError('PNG does not start with its header')
    return width, height


def _webp_size(view: memoryview) -> tuple[int, int]:
    kind = bytes(view[12:16])
    if kind == b'VP8X':
        return (1 + int.from_bytes(view[24:27], 'little'),
                1 + (view[29] << 16 | view[28] << 8 | view[27]))
    if kind == b'VP8L':
        if view[20] != 0x2F:
            raise DecodeError('WebP has no lossless signature where one must be')
        bits = struct.unpack_from('<I', view, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b'VP8 ' and bytes(view[23:26]) == b'\x9d\x01\x2a':
        width, height = struct.unpack_from('<HH', view, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise DecodeError(f'WebP holds {kind!r}, which is no image')


def _tiff_size(view: memoryview, order: str) -> tuple[int, int]:
    sizes = {}
    for tag, kind, _, place in _tiff_entries(view, order):
        if tag in (256, 257):
            number = order + ('H' if kind == 3 else 'I')
            sizes[tag] = struct.unpack_from(number, view, place)[0]
            if len(sizes) == 2:
                return sizes[256], sizes[257]
    raise DecodeError('TIFF does not tell its width and height')


def _tiff_entries(view: memoryview, order: str) -> Iterator[tuple[int, int, int, int]]:
    """List the first directory: tag, kind of value, how many, and where they or their place is."""
    at = struct.unpack_from(order + 'I', view, 4)[0]
    count = struct.unpack_from(order + 'H', view, at)[0]
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        yield (*struct.unpack_from(order + 'HHI', view, entry), entry + 8)


# PNG's colour types: samples of a pixel once it is decoded, palettes and gray with alpha too.
_PNG_SAMPLES = {0: 1, 2: 3, 3: 3, 4: 4, 6: 4}


def decoded_bytes(blob: bytes | memoryview, found: Probe) -> int:
    """Say how many bytes an image's pixels take once they are decoded, by its header."""
    view, bits = memoryview(blob).cast('B'), 32
    if found.format == 'jpeg':
        bits = 24
    elif found.format == 'png' and len(view) > 25:
        bits = max(8, view[24]) * _PNG_SAMPLES.get(view[25], 4)
    elif found.format == 'tiff':
        bits = _tiff_bits(view, _TIFF[bytes(view[:4])])
    return found.width * found.height * bits // 8


def _tiff_bits(view: memoryview, order: str) -> int:
    tags = {258: 1, 277: 1}
    try:
        for tag, _, values, place in _tiff_entries(view, order):
            if tag in tags:
                if values > 2:
                    place = struct.unpack_from(order + 'I', view, place)[0]
                tags[tag] = struct.unpack_from(order + 'H', view, place)[0]
    except struct.error:
        pass  # the decoder will say so
    return tags[258] * tags[277]


def is_whole(blob: bytes | memoryview, image_format: str) -> bool:
    """Tell whether an image has its end: what a lost packet or a full disk cuts off."""
    view = memoryview(blob).cast('B')
    if image_format == 'webp':
        return len(view) >= 8 + int.from_bytes(view[4:8], 'little')
    mark = {'jpeg': b'\xff\xd9', 'png': b'IEND\xaeB`\x82'}.get(image_format)
    # At the very end as a rule; a thumbnail's mark there would leave no size for probe to find.
    if mark is None or view[-len(mark):] == mark:
        return True
    body = view[_body(view, image_format):]
    # Some cameras fill the rest of their buffer up.
    return mark in bytes(body[-4096:]) or mark in bytes(body)


def _body(view: memoryview, image_format: str) -> int:
    """Find where the pixels start: a thumbnail in the header has an end mark of its own."""
    if image_format != 'jpeg':
        return 0
    at = 2
    try:
        while view[at] == 0xFF and view[at + 1] != 0xDA:
            at += 2 + struct.unpack_from('>H', view, at + 2)[0]
    except (IndexError, struct.error):
        pass
    return at
