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
TIFF files from arrays: for the numbers that PNG cannot hold.

Source: TIFF 6.0, and Adobe's technical note 3 for deflate. Little-endian, one strip.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

from scenebox_ros.errors import DecodeError, EncodeError

_SAMPLE_FORMATS = {'u': 1, 'i': 2, 'f': 3}
_KINDS = {number: kind for kind, number in _SAMPLE_FORMATS.items()}
_WIDTH, _HEIGHT, _BITS, _CODE, _STRIP, _CHANNELS, _BYTES, _FORMAT = (
    256, 257, 258, 259, 273, 277, 279, 339)
_PREDICTOR = 317
_SHORT, _LONG = 3, 4
_MAX_BYTES = 2**32 - 2**16  # offsets have 32 bits


def write_tiff(pixels: npt.NDArray[np.generic]) -> bytes:
    """
    Encode an array as a TIFF file, without loss.

    Parameters
    ----------
    pixels
        Integers or floating point of any size; shape (height, width) or (height, width,
        channels). NaN is kept. Three channels and more are told to be red, green, blue and so on:
        readers lose them otherwise.

    Returns
    -------
    bytes
        The file, deflated.

    Raises
    ------
    EncodeError
        If the array is empty, has another kind or shape, or is larger than TIFF's 4 GiB.

    """
    planar = pixels[:, :, np.newaxis] if pixels.ndim == 2 else pixels
    kind = _SAMPLE_FORMATS.get(planar.dtype.kind)
    if kind is None or planar.ndim != 3 or not planar.size or planar.nbytes > _MAX_BYTES:
        raise EncodeError(
            f'TIFF cannot hold {pixels.dtype} of shape {pixels.shape}: numbers in '
            '(height, width) or (height, width, channels), at most 4 GiB'
        )
    height, width, channels = planar.shape
    extra = channels - (3 if channels > 2 else 1)
    little = planar.astype(planar.dtype.newbyteorder('<'), copy=False)
    body = zlib.compress(np.ascontiguousarray(little).data, 1)
    tags: list[tuple[int, int, list[int]]] = [
        (256, _LONG, [width]),
        (257, _LONG, [height]),
        (258, _SHORT, [planar.dtype.itemsize * 8] * channels),
        (259, _SHORT, [8]),  # deflate
        (262, _SHORT, [2 if channels > 2 else 1]),  # RGB, or 0 is black
        (273, _LONG, [8]),
        (277, _SHORT, [channels]),
        (278, _LONG, [height]),
        (279, _LONG, [len(body)]),
        (284, _SHORT, [1]),  # channels side by side
        *([(338, _SHORT, [0] * extra)] if extra > 0 else []),
        (339, _SHORT, [kind] * channels),
    ]
    # Directories start at even bytes.
    padded = body + b'\0' * (len(body) % 2)
    directory = _directory(tags, 8 + len(padded))
    return b''.join([b'II*\0', struct.pack('<I', 8 + len(padded)), padded, directory])


def _directory(tags: list[tuple[int, int, list[int]]], at: int) -> bytes:
    """Lay the tags out; values of more than 4 bytes stand behind them."""
    entries, behind = [], b''
    start = at + 2 + 12 * len(tags) + 4
    for tag, kind, values in tags:
        packed = struct.pack(f'<{len(values)}{"H" if kind == _SHORT else "I"}', *values)
        if len(packed) > 4:
            place, behind = struct.pack('<I', start + len(behind)), behind + packed
            behind += b'\0' * (len(behind) % 2)
        else:
            place = packed.ljust(4, b'\0')
        entries.append(struct.pack('<HHI', tag, kind, len(values)) + place)
    return struct.pack('<H', len(tags)) + b''.join(entries) + b'\0\0\0\0' + behind


def read_tiff(
    blob: bytes | memoryview, max_pixels: int = 2**27
) -> npt.NDArray[np.generic] | None:
    """
    Decode a TIFF file of the form that :func:`write_tiff` writes.

    Parameters
    ----------
    blob
        The file.
    max_pixels
        Larger images are refused before anything is allocated.

    Returns
    -------
    array or None
        The array that was written; None for files of another form, which OpenCV may read.

    Raises
    ------
    DecodeError
        If the file is of this form but damaged.

    """
    try:
        tags = _tags(memoryview(blob).cast('B'))
    except (struct.error, KeyError, IndexError):
        return None
    if tags is None:
        return None
    dtype = np.dtype(f'<{_KINDS[tags[_FORMAT]]}{tags[_BITS] // 8}')
    shape = tags[_HEIGHT], tags[_WIDTH], tags[_CHANNELS]
    size = shape[0] * shape[1] * shape[2] * dtype.itemsize
    start = tags[_STRIP]
    # Deflate cannot shrink by more than 1032: what claims more is not whole.
    if not 0 < shape[0] * shape[1] <= max_pixels or size // 1040 > len(blob):
        raise DecodeError(f'the tiff image claims {shape[1]} x {shape[0]} x {shape[2]} numbers')
    inflater = zlib.decompressobj()
    try:
        body = inflater.decompress(blob[start:start + tags[_BYTES]], size)
    except zlib.error as error:
        raise DecodeError(f'the tiff image is damaged: {error}') from error
    if len(body) != size:
        raise DecodeError(f'the tiff image ends early: {len(body)} bytes of {size}')
    pixels = np.frombuffer(body, dtype).astype(dtype.newbyteorder('='), copy=False)
    return pixels.reshape(shape[:2] if shape[2] == 1 else shape)


def _tags(view: memoryview) -> dict[int, int] | None:
    """Read the first value of each tag, if the file is one that :func:`write_tiff` writes."""
    if bytes(view[:4]) != b'II*\0':
        return None
    at = struct.unpack_from('<I', view, 4)[0]
    tags: dict[int, int] = {_CHANNELS: 1}
    for entry in range(struct.unpack_from('<H', view, at)[0]):
        tag, kind, count = struct.unpack_from('<HHI', view, at + 2 + 12 * entry)
        is_short = kind == _SHORT
        place = at + 2 + 12 * entry + 8
        if count * (2 if is_short else 4) > 4:
            place = struct.unpack_from('<I', view, place)[0]
        tags[tag] = struct.unpack_from('<H' if is_short else '<I', view, place)[0]
        if tag == _STRIP and count != 1:
            return None
    known = tags.get(_FORMAT) in _KINDS and tags[_BITS] in (8, 16, 32, 64)
    is_plain = tags[_CODE] == 8 and tags.get(_PREDICTOR, 1) == 1 and tags.get(284, 1) == 1
    if not (known and is_plain and {_WIDTH, _HEIGHT, _STRIP, _BYTES} <= set(tags)):
        return None
    return tags
