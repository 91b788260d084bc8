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
    """Let neighbours of one family be written as one list, then lace the families' lines."""
    texts = [
        _lines(orjson, family, [column for _, column in group])
        for family, group in groupby(columns, key=lambda entry: _family_of(entry[0]))
    ]
    if len(texts) == 1:
        return texts[0]
    lines = zip(*(text.split(b'\n')[:-1] for text in texts), strict=True)
    return b'\n'.join(map(b' '.join, lines)) + b'\n'


def _family_of(dtype: np.dtype[Any]) -> str:
    """Name the dtype that a column is written as; small integers are exact as floats too."""
    if dtype.kind == 'f':
        return f'f{dtype.itemsize}'
    if dtype.itemsize <= 2:
        return 'f4'
    return 'u8' if dtype.kind == 'u' and dtype.itemsize == 8 else 'i8'


def _lines(orjson: Any, family: str, group: list[npt.NDArray[Any]]) -> bytes:
    matrix = np.empty((group[0].size, len(group)), family)
    for place, column in enumerate(group):
        matrix[:, place] = column
    listed = orjson.dumps(matrix.reshape(-1), option=orjson.OPT_SERIALIZE_NUMPY)
    text = np.frombuffer(listed, np.uint8)[1:].copy()
    text[-1] = ord(',')
    ends = np.flatnonzero(text == ord(','))
    text[ends] = ord(' ')
    text[ends[len(group) - 1 :: len(group)]] = ord('\n')
    keep = np.ones(text.size, np.bool_)
    for place, column in enumerate(group):
        if family == 'f4' and column.dtype.kind != 'f':
            # An integer among floats: cut its '.0'.
            keep[ends[place :: len(group)] - 1] = False
            keep[ends[place :: len(group)] - 2] = False
    if matrix.dtype.kind == 'f':
        _spell_what_is_no_number(text, keep, ends, matrix.reshape(-1))
    written: bytes = text[keep].tobytes()
    return written


def _spell_what_is_no_number(
    text: npt.NDArray[np.uint8],
    keep: npt.NDArray[np.bool_],
    ends: npt.NDArray[np.intp],
    values: npt.NDArray[Any],
) -> None:
    """Write nan, inf and -inf where JSON, which has no word for them, says null."""
    for is_so, word in (
        (np.isnan(values), b'nan'),
        (values == np.inf, b'inf'),
        (values == -np.inf, b'-inf'),
    ):
        stops = ends[is_so]
        for place, letter in enumerate(word):
            text[stops - 4 + place] = letter
        if len(word) == 3:
            keep[stops - 1] = False


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
            # As C's strtof does: what is too large for the field is infinite.
            with np.errstate(over='ignore'):
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
