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
The text form of PCD: a line per point, in decimals that give the same bits again.

orjson writes the numbers where it is installed, with the fewest digits; else Python's own ``%``
does, in a third of the speed.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.codecs import fields
from scenebox_ros.codecs.fields import Points
from scenebox_ros.codecs.pcd_header import PcdHeader
from scenebox_ros.errors import DecodeError

_COLOURS = ('rgb', 'rgba')
_COMMA_TO_SPACE = bytes.maketrans(b',', b' ')


def colours_as_integers(points: Points) -> Points:
    """
    View colours that are packed into a float as the unsigned integer they are.

    As text a float loses such bits: an alpha of 255 makes it a NaN.
    """
    names = points.dtype.names or ()
    if not any(_is_packed_colour(points.dtype, name) for name in names):
        return points
    formats: list[Any] = [points.dtype[name] for name in names]
    for place, name in enumerate(names):
        if _is_packed_colour(points.dtype, name):
            formats[place] = points.dtype[name].str.replace('f', 'u')
    layout: Any = {
        'names': list(names),
        'formats': formats,
        'offsets': [points.dtype.fields[name][1] for name in names],  # type: ignore[index]
        'itemsize': points.dtype.itemsize,
    }
    return points.view(np.dtype(layout))


def _is_packed_colour(dtype: np.dtype[Any], name: str) -> bool:
    full = dtype[name]
    return name.lower() in _COLOURS and full.kind == 'f' and full.itemsize == 4


def write_rows(points: Points) -> bytes:
    """Write packed, little-endian points of shape (n,) as lines of decimals."""
    if points.size == 0:
        return b''
    columns = [
        (points[name].dtype, column)
        for name in points.dtype.names or ()
        for column in points[name].reshape(points.size, -1).T
    ]
    try:
        import orjson
    except ImportError:
        return _rows_by_format(points.size, columns)
    return _rows_by_json(orjson, columns)


def _rows_by_json(orjson: Any, columns: list[tuple[np.dtype[Any], Any]]) -> bytes:
    """Let neighbours of one dtype be written as one matrix, and lace the matrices' lines."""
    groups = [
        [column for _, column in group]
        for _, group in groupby(columns, key=lambda entry: (entry[0].str, _has_inf(entry[1])))
    ]
    laced: list[bytes] = [b''] * (len(groups) * columns[0][1].size)
    for place, group in enumerate(groups):
        last = place == len(groups) - 1
        laced[place :: len(groups)] = _matrix_lines(orjson, group, b'\n' if last else b',')
    return b''.join(laced).translate(_COMMA_TO_SPACE).replace(b'null', b'nan')


def _matrix_lines(orjson: Any, group: list[npt.NDArray[Any]], end: bytes) -> list[bytes]:
    dtype = np.dtype('u1') if group[0].dtype.kind == 'b' else group[0].dtype.newbyteorder('=')
    matrix = np.empty((group[0].size, len(group)), dtype)
    for place, column in enumerate(group):
        matrix[:, place] = column
    text: bytes = orjson.dumps(matrix, option=orjson.OPT_SERIALIZE_NUMPY)
    lines = (text[2:-2].replace(b'],[', end + b'],[') + end).split(b'],[')
    if _has_inf(matrix):
        _put_infinities(lines, matrix, end)
    return lines


def _has_inf(column: npt.NDArray[Any]) -> bool:
    return column.dtype.kind == 'f' and bool(np.isinf(column).any())


def _put_infinities(lines: list[bytes], matrix: npt.NDArray[Any], end: bytes) -> None:
    """Put back what JSON has no word for."""
    for row, place in np.argwhere(np.isinf(matrix)).tolist():
        words = lines[row][: -len(end)].split(b',')
        words[place] = b'inf' if matrix[row, place] > 0 else b'-inf'
        lines[row] = b','.join(words) + end


def _rows_by_format(size: int, columns: list[tuple[np.dtype[Any], Any]]) -> bytes:
    values: list[Any] = [None] * (len(columns) * size)
    formats = []
    for place, (dtype, column) in enumerate(columns):
        values[place :: len(columns)] = column.tolist()
        formats.append({'f4': '%.9g', 'f8': '%.17g'}.get(dtype.str[1:], '%d'))
    return (' '.join(formats) + '\n').encode() * size % tuple(values)


def read_rows(body: memoryview, header: PcdHeader) -> Points:
    """
    Read lines of decimals.

    Returns
    -------
    numpy.ndarray
        Packed points of shape (n,), without padding columns.

    Raises
    ------
    DecodeError
        If there are too few words or one is not a number of its field's type.

    """
    dense = fields.packed(header.dtype)
    width = sum(column.count for column in header.columns)
    # A word and a space per value at least: checked before anything is sized by the header.
    if header.points * width * 2 > len(body) + 1:
        raise DecodeError(
            f'PCD ends early: {len(body)} bytes of text for {header.points} points of {width}'
        )
    words = bytes(body).split(None, header.points * width)[: header.points * width]
    if len(words) < header.points * width:
        raise DecodeError(
            f'PCD ends early: {len(words)} numbers of {header.points * width} '
            f'({header.points} points of {width})'
        )
    return _fill(words, width, header, dense)


def _fill(
    words: list[bytes], width: int, header: PcdHeader, dense: np.dtype[np.void]
) -> Points:
    points = np.empty(header.points, dense)
    place = 0
    for column in header.columns:
        if column.name in (dense.names or ()) and header.points:
            for element in range(column.count):
                target = points[column.name].reshape(header.points, -1)[:, element]
                picked = words[place + element :: width]
                target[...] = _parse(picked, column.name, target.dtype)
        place += column.count
    return points


def _parse(words: list[bytes], name: str, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    try:
        if dtype.kind == 'f':
            return np.array(list(map(float, words)), dtype)
        return _integers(words, dtype)
    except (ValueError, OverflowError) as error:
        raise DecodeError(f'PCD field {name!r} ({dtype}) cannot hold this: {error}') from error


def _integers(words: list[bytes], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    try:
        numbers = list(map(int, words))
    except ValueError:
        # Some writers give integers a decimal point.
        numbers = [int(float(word)) for word in words]
    limits = np.iinfo(dtype)
    if numbers and not limits.min <= min(numbers) <= max(numbers) <= limits.max:
        raise ValueError(f'{min(numbers)} to {max(numbers)} is out of range')
    return np.array(numbers, dtype)
