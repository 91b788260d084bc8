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

"""The header of a PCD file: lines that say which fields a point has and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
import re
from typing import Any

import numpy as np

from scenebox_ros.codecs import fields
from scenebox_ros.errors import DecodeError, EncodeError

IDENTITY = (0, 0, 0, 1, 0, 0, 0)
PADDING = '_'
MAX_HEADER_BYTES = 1 << 18
_TYPES = {'i': 'I', 'u': 'U', 'f': 'F', 'b': 'U'}
_CODES = {
    f'{kind}{size}': f'{kind.lower()}{size}'
    for kind, sizes in (('I', (1, 2, 4, 8)), ('U', (1, 2, 4, 8)), ('F', (4, 8)))
    for size in sizes
}


@dataclass(frozen=True)
class Column:
    """One field as the header says it: ``('normal', '<f4', 3)``."""

    name: str
    code: str
    count: int


@dataclass(frozen=True)
class PcdHeader:
    """
    What a PCD header says.

    Attributes
    ----------
    columns
        Every field in the file, padding too.
    dtype
        One point as it lies in a binary file; padding is a gap.
    data
        ``ascii``, ``binary`` or ``binary_compressed``.
    body_start
        Where the points start in the file.

    """

    columns: tuple[Column, ...]
    dtype: np.dtype[np.void]
    width: int
    height: int
    viewpoint: tuple[float, ...]
    data: str
    body_start: int

    @property
    def points(self) -> int:
        """How many points there are."""
        return self.width * self.height


def write_header(
    dtype: np.dtype[Any], width: int, height: int, data: str, viewpoint: Sequence[float]
) -> bytes:
    """
    Write a header; gaps of the dtype become fields named ``_``.

    Raises
    ------
    EncodeError
        If a field has no PCD type or the viewpoint is not seven numbers.

    """
    if len(viewpoint) != 7:
        raise EncodeError(f'viewpoint has {len(viewpoint)} numbers; give x y z and w x y z')
    lines = [
        '# .PCD v0.7 - Point Cloud Data file format',
        'VERSION 0.7',
        *_field_lines(dtype),
        f'WIDTH {width}',
        f'HEIGHT {height}',
        f'VIEWPOINT {" ".join(f"{value:.17g}" for value in viewpoint)}',
        f'POINTS {width * height}',
        f'DATA {data}',
    ]
    return ('\n'.join(lines) + '\n').encode()


@lru_cache(maxsize=64)
def _field_lines(dtype: np.dtype[Any]) -> list[str]:
    rows = _rows(dtype)
    return [
        f'{key} {" ".join(str(row[place]) for row in rows)}'
        for place, key in enumerate(('FIELDS', 'SIZE', 'TYPE', 'COUNT'))
    ]


def _rows(dtype: np.dtype[Any]) -> list[tuple[str, int, str, int]]:
    rows: list[tuple[str, int, str, int]] = []
    end = 0
    leaves = fields.leaves(dtype)
    names = fields.unique_names(clean_name(name) for name, *_ in leaves)
    for name, (_, base, count, offset) in zip(names, leaves, strict=True):
        if f'{_TYPES[base.kind]}{base.itemsize}' not in _CODES:
            raise EncodeError(f'field {name!r} is {base}; PCD has no such type, convert it first')
        if offset < end:
            raise EncodeError(f'field {name!r} overlaps another; copy the fields apart first')
        if offset > end:
            rows.append((PADDING, 1, 'U', offset - end))
        rows.append((name, base.itemsize, _TYPES[base.kind], count))
        end = offset + base.itemsize * count
    if dtype.itemsize > end:
        rows.append((PADDING, 1, 'U', dtype.itemsize - end))
    return rows


def clean_name(name: str) -> str:
    """Make a name that fits a header line: no white space, not the name of padding."""
    clean = re.sub(r'[\s\x00-\x1f\x7f]', '_', name)
    return clean if clean.strip(PADDING) else f'field{clean}'


def read_header(blob: bytes | memoryview) -> PcdHeader:
    """
    Read the header of a PCD file, of any version.

    Raises
    ------
    DecodeError
        If a line is missing or says something that cannot be.

    """
    lines, body_start = _lines(memoryview(blob))
    names = _words(lines, 'FIELDS', 'COLUMNS')
    sizes = _numbers(lines, 'SIZE', len(names))
    kinds = _words(lines, 'TYPE')
    counts = _numbers(lines, 'COUNT', len(names)) if 'COUNT' in lines else [1] * len(names)
    if not 0 < len(names) == len(sizes) == len(kinds) == len(counts) <= fields.MAX_FIELDS:
        raise DecodeError(
            f'PCD header has {len(names)} FIELDS, {len(sizes)} SIZE, {len(kinds)} TYPE and '
            f'{len(counts)} COUNT; they must be as many'
        )
    columns, dtype = _layout(names, sizes, kinds, counts)
    width, height = _shape(lines)
    return PcdHeader(
        columns, dtype, width, height, _viewpoint(lines), _data(lines), body_start
    )


def _lines(view: memoryview) -> tuple[dict[str, list[str]], int]:
    head = bytes(view[:MAX_HEADER_BYTES])
    found: dict[str, list[str]] = {}
    start = 0
    while start < len(head):
        stop = head.find(b'\n', start)
        stop = len(head) if stop < 0 else stop
        words = head[start:stop].decode('utf-8', 'replace').split()
        start = stop + 1
        if words and not words[0].startswith('#'):
            found[words[0].upper()] = words[1:]
            if words[0].upper() == 'DATA':
                return found, min(start, len(head))
    raise DecodeError('not a PCD file: there is no DATA line; check that the file is complete')


def _words(lines: dict[str, list[str]], key: str, other: str = '') -> list[str]:
    words = lines.get(key, lines.get(other))
    if words is None:
        raise DecodeError(f'PCD header has no {key} line; the file is cut or not a PCD file')
    return words


def _numbers(lines: dict[str, list[str]], key: str, at_most: int) -> list[int]:
    words = _words(lines, key)
    try:
        numbers = [int(word) for word in words[: at_most + 1] if len(word) <= 20]
    except ValueError as error:
        raise DecodeError(f'PCD header line {key} is {words[:8]}; it must hold numbers') from error
    if any(number < 0 for number in numbers):
        raise DecodeError(f'PCD header line {key} holds {min(numbers)}; it must not be negative')
    return numbers


def _shape(lines: dict[str, list[str]]) -> tuple[int, int]:
    """Give width and height; the oldest files have POINTS alone."""
    known = {
        key: _numbers(lines, key, 1) for key in ('WIDTH', 'HEIGHT', 'POINTS') if key in lines
    }
    is_said = 'WIDTH' in known or 'POINTS' in known
    if not is_said or any(len(numbers) != 1 for numbers in known.values()):
        raise DecodeError('PCD header does not say how many points there are: no WIDTH, no POINTS')
    height = known.get('HEIGHT', [1])[0]
    width = known.get('WIDTH', known.get('POINTS', [0]))[0]
    points = known.get('POINTS', [width * height])[0]
    if points != width * height:
        raise DecodeError(f'PCD header says {points} points but {width} x {height}; fix one')
    if max(width, height) >= 1 << 32:
        raise DecodeError(f'PCD header says {width} x {height} points; PCD counts in 32 bits')
    return width, height


def _viewpoint(lines: dict[str, list[str]]) -> tuple[float, ...]:
    try:
        viewpoint = tuple(float(word) for word in lines.get('VIEWPOINT', ())[:7])
    except ValueError:
        viewpoint = ()
    return viewpoint if len(viewpoint) == 7 else IDENTITY


def _data(lines: dict[str, list[str]]) -> str:
    data = ' '.join(lines['DATA'][:2]).lower()
    if data not in ('ascii', 'binary', 'binary_compressed'):
        raise DecodeError(f'PCD data {data!r} is not ascii, binary or binary_compressed')
    return data


def _layout(
    names: list[str], sizes: list[int], kinds: list[str], counts: list[int]
) -> tuple[tuple[Column, ...], np.dtype[np.void]]:
    columns: list[Column] = []
    offsets: list[int] = []
    end = 0
    for name, size, kind, count in zip(
        fields.unique_names(names), sizes, kinds, counts, strict=True
    ):
        code = _CODES.get(f'{kind.upper()}{size}')
        if code is None:
            raise DecodeError(f'PCD field {name!r} has type {kind} of {size} bytes; there is none')
        if not 0 < count <= fields.MAX_POINT_BYTES:
            most = fields.MAX_POINT_BYTES
            raise DecodeError(f'PCD field {name!r} has count {count}; it must be 1 to {most}')
        columns.append(Column(name, f'<{code}', count))
        offsets.append(end)
        end += size * count
    if end > fields.MAX_POINT_BYTES:
        raise DecodeError(f'PCD points have {end} bytes, more than {fields.MAX_POINT_BYTES}')
    kept = [place for place, name in enumerate(names) if name != PADDING]
    if not kept:
        raise DecodeError('PCD header names no field but padding; there is nothing to read')
    dtype = np.dtype({
        'names': [columns[place].name for place in kept],
        'formats': [_format(columns[place]) for place in kept],
        'offsets': [offsets[place] for place in kept],
        'itemsize': end,
    })
    return tuple(columns), dtype


def _format(column: Column) -> Any:
    return column.code if column.count == 1 else (column.code, (column.count,))
