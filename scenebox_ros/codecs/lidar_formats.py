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
The platform's two other lidar formats: ``numpy`` and ``binary``.

``numpy`` is a matrix of 32-bit floats without a header, row by row; the document's ``num_fields``
says how many columns it has. ``binary`` is one packet per point, x, y, z, intensity and epoch, in
the layout that the document's ``binary_format`` says in the words of Python's ``struct``.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from math import prod
import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs.fields import Points
from scenebox_ros.errors import DecodeError, EncodeError

BINARY_FORMAT = '<ffffd'
BINARY_FIELDS = ('x', 'y', 'z', 'intensity', 'epoch')
_BINARY = np.dtype([(name, '<f4') for name in BINARY_FIELDS[:4]] + [('epoch', '<f8')])
_NPY = b'\x93NUMPY'
_MAX_COLUMNS = 4096
_MAX_PACKET_BYTES = 1 << 16


def encode_numpy(
    points: Points, names: Sequence[str] = ('x', 'y', 'z', 'intensity')
) -> tuple[bytes, int]:
    """
    Write points in the platform's ``numpy`` format.

    Parameters
    ----------
    points
        Points of any shape.
    names
        The fields to write, one column each; those that the cloud does not have are left out.

    Returns
    -------
    blob, num_fields
        Little-endian 32-bit floats, point by point, and how many there are per point.

    Raises
    ------
    EncodeError
        If the cloud has none of the fields.

    """
    kept = [name for name in names if name in (points.dtype.names or ())]
    if not kept:
        known = ', '.join(points.dtype.names or ())
        raise EncodeError(f'the cloud has none of {", ".join(names)}; it has {known}')
    matrix = np.empty((points.size, len(kept)), '<f4')
    with np.errstate(over='ignore', invalid='ignore'):
        for column, name in enumerate(kept):
            matrix[:, column] = _scalar(points, name)
    return matrix.tobytes(), len(kept)


def decode_numpy(blob: bytes | memoryview, num_fields: int) -> npt.NDArray[np.float32]:
    """
    Read the platform's ``numpy`` format: bare floats, or a ``.npy`` file of numbers.

    Returns
    -------
    numpy.ndarray
        float32 of shape (n, num_fields).

    Raises
    ------
    DecodeError
        If the numbers do not fill whole rows.

    """
    if not 0 < num_fields <= _MAX_COLUMNS:
        raise DecodeError(f'num_fields is {num_fields}; it must be 1 to {_MAX_COLUMNS}')
    view = memoryview(blob)
    flat = _read_npy(view) if bytes(view[:6]) == _NPY else _read_floats(view)
    if flat.size % num_fields:
        raise DecodeError(
            f'{flat.size} numbers do not fill rows of {num_fields}; check num_fields'
        )
    return flat.reshape(-1, num_fields)


def _read_floats(view: memoryview) -> npt.NDArray[np.float32]:
    if len(view) % 4:
        raise DecodeError(f'{len(view)} bytes are no row of 32-bit floats; the file is cut')
    return np.frombuffer(view, '<f4')


def _read_npy(view: memoryview) -> npt.NDArray[np.float32]:
    # Not np.load: it makes room for what the header says before it looks at the file's length.
    reader = BytesIO(view)
    try:
        version = np.lib.format.read_magic(reader)
        read_header = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, in_columns, dtype = read_header(reader)
        count = prod(shape)
        if dtype.kind not in 'iufb':
            raise DecodeError(f'the .npy file holds {dtype}; only numbers make a cloud')
        if min(shape, default=0) < 0 or count * dtype.itemsize != len(view) - reader.tell():
            raise DecodeError(f'the .npy file is cut: {len(view)} bytes for shape {shape}')
        values = np.frombuffer(view, dtype, count, reader.tell()) if count else np.empty(0, dtype)
        rows = values.reshape(shape, order='F' if in_columns else 'C')
        with np.errstate(over='ignore'):
            return rows.astype('<f4').reshape(-1)
    except DecodeError:
        raise
    except Exception as error:  # its header parser raises whatever the text leads it to
        raise DecodeError(f'this is no .npy file: {error}') from error


def encode_binary(points: Points, times_ns: npt.NDArray[np.int64] | int) -> tuple[bytes, str]:
    """
    Write points in the platform's ``binary`` format.

    Parameters
    ----------
    points
        Points with x, y and z; without ``intensity`` it is 0.
    times_ns
        Each point's time since the epoch, or the whole cloud's.

    Returns
    -------
    blob, binary_format
        Packets of x, y, z, intensity (32-bit floats) and epoch (double, seconds); ``'<ffffd'``.

    Raises
    ------
    EncodeError
        If the cloud has no x, y and z.

    """
    out = np.zeros(points.size, _BINARY)
    names = points.dtype.names or ()
    missing = [name for name in 'xyz' if name not in names]
    if missing:
        raise EncodeError(f'the cloud has no field {missing[0]!r}; it has {", ".join(names)}')
    with np.errstate(over='ignore', invalid='ignore'):
        for name in (name for name in BINARY_FIELDS if name in names and name != 'epoch'):
            out[name] = _scalar(points, name)
    out['epoch'] = np.asarray(times_ns).reshape(-1) / 1e9
    return out.tobytes(), BINARY_FORMAT


def decode_binary(blob: bytes | memoryview, binary_format: str) -> Points:
    """
    Read packets in any layout of Python's ``struct``.

    Returns
    -------
    numpy.ndarray
        Structured, shape (n,): x, y, z, intensity, epoch, then ``field_5`` and so on; 64-bit
        floats.

    Raises
    ------
    DecodeError
        If the layout is none, holds other things than numbers, or leaves a rest of the bytes.

    """
    try:
        layout = struct.Struct(binary_format)
    except (struct.error, ValueError) as error:
        raise DecodeError(f'binary_format {binary_format!r} is no layout: {error}') from error
    view = memoryview(blob)
    if not 0 < layout.size <= _MAX_PACKET_BYTES or len(view) % layout.size:
        raise DecodeError(
            f'{len(view)} bytes are no whole packets of {layout.size} ({binary_format!r})'
        )
    rows = list(layout.iter_unpack(view))
    width = len(layout.unpack(bytes(layout.size)))
    names = [*BINARY_FIELDS, *(f'field_{n}' for n in range(5, width))][:width]
    return _rows(rows, names, binary_format)


def _rows(rows: list[tuple[Any, ...]], names: list[str], binary_format: str) -> Points:
    if not names:
        raise DecodeError(f'binary_format {binary_format!r} holds no number')
    try:
        return np.array(rows, np.dtype([(name, '<f8') for name in names]))
    except (ValueError, TypeError) as error:
        raise DecodeError(f'binary_format {binary_format!r} holds no numbers: {error}') from error


def _scalar(points: Points, name: str) -> npt.NDArray[Any]:
    count = prod(points.dtype[name].shape)
    if count != 1:
        raise EncodeError(f'field {name!r} has {count} values per point; name another')
    return points[name].reshape(-1)
