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
Point clouds as PCD files, with all their fields, and back.

Layout: the Point Cloud Library's "PCD (Point Cloud Data) file format", version 0.7, and its
``pcd_io.cpp`` for what the page leaves out: padding is a field named ``_``, and the compressed
form holds two 32-bit sizes and one LZF stream of all values field by field, without padding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
import struct
import threading
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs import fields, lzf, pcd_ascii
from scenebox_ros.codecs.fields import Points
from scenebox_ros.codecs.packing import blocks, pack, pack_in_parts
from scenebox_ros.codecs.pcd_header import IDENTITY, PcdHeader, read_header, write_header
from scenebox_ros.errors import DecodeError, EncodeError

__all__ = ['PcdHeader', 'decode_pcd', 'encode_pcd', 'read_header', 'write_pcd']

DataKind = Literal['binary', 'binary_compressed', 'ascii']
Piece = bytes | memoryview
_SIZES = struct.Struct('<II')
_KEPT_BYTES = 32_000_000
_kept = threading.local()


class Writable(Protocol):
    """What files that are open for bytes can."""

    def write(self, data: Any, /) -> Any:
        """Take all of the bytes."""


def encode_pcd(
    points: Points,
    data: DataKind = 'binary',
    viewpoint: Sequence[float] = IDENTITY,
    *,
    keep_padding: bool = False,
) -> bytes:
    """
    Write points as a PCD file.

    Parameters
    ----------
    points
        Structured array of shape (height, width) or (n,); any mix of integers, floats and
        booleans, subarrays, gaps and byte orders.
    data
        ``binary`` costs one copy of the points; ``binary_compressed`` is smaller and LZF's speed;
        ``ascii`` has the shortest decimals that give the same bits again.
    viewpoint
        Where the sensor was: x, y, z in metres and a quaternion w, x, y, z.
    keep_padding
        Write ``binary`` with the gaps between fields as ``_`` fields, as they lie in memory.
        Dropping them costs less than writing them to a disk would.

    Returns
    -------
    bytes
        The file. Packed colours keep their bits: in ``ascii`` a float ``rgb`` or ``rgba`` is
        written as the unsigned integer in its bytes, as PCL does.

    Raises
    ------
    EncodeError
        If a field's type has no PCD form, ``data`` is not one of the three, fields overlap and
        are to stay as they are, or the compressed form would pass 4 GiB.

    """
    return b''.join(_pieces(points, data, viewpoint, keep_padding, in_parts=False))


def write_pcd(
    file: Writable,
    points: Points,
    data: DataKind = 'binary',
    viewpoint: Sequence[float] = IDENTITY,
    *,
    keep_padding: bool = False,
) -> None:
    """
    Write points into a file that is open for bytes, as ``open(path, 'wb')`` gives it.

    Takes, raises and writes what :func:`encode_pcd` does, but holds no whole file: binary points
    without gaps are not copied, and others a part at a time.
    """
    for piece in _pieces(points, data, viewpoint, keep_padding, in_parts=True):
        file.write(piece)


def _pieces(
    points: Points, data: DataKind, viewpoint: Sequence[float], keep_padding: bool, in_parts: bool
) -> Iterable[Piece]:
    """Give a file's pieces; a part's memory is the next one's."""
    if data not in ('binary', 'binary_compressed', 'ascii'):
        raise EncodeError(f'PCD data {data!r}; choose binary, binary_compressed or ascii')
    height, width = points.shape if points.ndim == 2 else (1, points.size)
    if data == 'ascii':
        points = pcd_ascii.colours_as_integers(points)
    points = fields.little_endian(points)
    kept = points.dtype if data == 'binary' and keep_padding else fields.packed(points.dtype)
    header = write_header(kept, width, height, data, viewpoint)
    body: Iterable[Piece]
    if data == 'ascii':
        body = [pcd_ascii.write_rows(pack(points, _room).reshape(-1))]
    elif data == 'binary_compressed':
        body = _compressed(points.reshape(-1), kept)
    elif keep_padding:
        body = [fields.to_bytes_view(points)]
    else:
        parts = pack_in_parts(points, _room) if in_parts else [pack(points, _room)]
        body = map(fields.to_bytes_view, parts)
    return chain([header], body)


def _compressed(points: Points, dense: np.dtype[np.void]) -> tuple[Piece, Piece]:
    size = dense.itemsize * points.size
    if lzf.longest(size) >= 1 << 32:
        raise EncodeError(f'{size} bytes of points do not fit binary_compressed; use binary')
    room = _room(size + lzf.longest(size))
    _move_by_field(points, dense, room[:size])
    stream = lzf.compress(room[:size], room[size:])
    return _SIZES.pack(len(stream), size), stream


def _move_by_field(points: Points, dense: np.dtype[np.void], values: lzf.Bytes) -> None:
    """Copy the values field by field, all x, then all y."""
    pairs: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = []
    start = 0
    for name in dense.names or ():
        column = points[name]
        stop = start + dense[name].itemsize * points.size
        pairs.append((values[start:stop].view(dense[name].base).reshape(column.shape), column))
        start = stop
    # All fields of some points, then of the next ones: twice as fast as all points of a field.
    for part in blocks(points):
        for target, column in pairs:
            target[part] = column[part]


def _room(size: int) -> lzf.Bytes:
    """Give bytes that each thread has for itself: fresh ones cost more than filling them."""
    if size > _KEPT_BYTES:
        return np.empty(size, np.uint8)
    room: lzf.Bytes | None = getattr(_kept, 'room', None)
    if room is None or room.size < size:
        room = _kept.room = np.empty(size, np.uint8)
    return room[:size]


def decode_pcd(blob: bytes | memoryview) -> Points:
    """
    Read a PCD file.

    Parameters
    ----------
    blob
        The whole file, of any of the three forms.

    Returns
    -------
    numpy.ndarray
        Structured array of shape (height, width). ``binary`` is viewed, not copied, and then as
        writable as ``blob`` is; fields named ``_`` become gaps there and are left out of the
        other forms.

    Raises
    ------
    DecodeError
        If the header breaks a rule or the body does not hold what the header says. Memory stays
        in proportion to ``blob``, whatever the header says.

    """
    view = memoryview(blob)
    header = read_header(view)
    body = view[header.body_start:]
    if header.data == 'ascii':
        points = pcd_ascii.read_rows(body, header)
    elif header.data == 'binary':
        points = _read_binary(body, header)
    else:
        points = _read_compressed(body, header)
    return points.reshape(header.height, header.width)


def _read_binary(body: memoryview, header: PcdHeader) -> Points:
    needed = header.points * header.dtype.itemsize
    if len(body) < needed:
        raise DecodeError(
            f'PCD ends early: {len(body)} bytes of {needed} ({header.points} points of '
            f'{header.dtype.itemsize}); the file is cut'
        )
    if header.points == 0:
        return np.empty(0, header.dtype)
    return np.frombuffer(body, header.dtype, header.points)


def _read_compressed(body: memoryview, header: PcdHeader) -> Points:
    if len(body) < _SIZES.size:
        raise DecodeError(f'PCD ends early: {len(body)} bytes where two sizes should be')
    stored, size = _SIZES.unpack_from(body)
    dense = np.dtype([
        (column.name, *fields.shaped(column.code, column.count)) for column in header.columns
    ])
    if size != dense.itemsize * header.points:
        raise DecodeError(
            f'PCD holds {size} bytes of points; {header.points} points of {dense.itemsize} bytes '
            'were expected'
        )
    if len(body) - _SIZES.size < stored:
        raise DecodeError(f'PCD ends early: {len(body) - _SIZES.size} bytes of {stored}')
    values = lzf.decompress(body[_SIZES.size:_SIZES.size + stored], size)
    return _by_point(values, dense, header)


def _by_point(values: lzf.Bytes, dense: np.dtype[np.void], header: PcdHeader) -> Points:
    points = np.empty(header.points, dense)
    start = 0
    for name in dense.names or ():
        stop = start + dense[name].itemsize * header.points
        column = values[start:stop].view(dense[name].base)
        points[name] = column.reshape(points[name].shape)
        start = stop
    kept = header.dtype.names or ()
    return points if len(kept) == len(dense.names or ()) else pack(points[list(kept)])
