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
PointField layouts as NumPy structured dtypes, and the bytes of structured arrays.

Layout: ``sensor_msgs/msg/PointField.msg`` and ``PointCloud2.msg``. A field becomes a dtype's field
at the same offset; what lies between fields stays a gap, so that a cloud is viewed, not copied.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from scenebox_ros.errors import DecodeError, EncodeError

Points = npt.NDArray[np.void]

# PointField's datatypes: INT8 = 1 ... FLOAT64 = 8.
FORMATS = {1: 'i1', 2: 'u1', 3: 'i2', 4: 'u2', 5: 'i4', 6: 'u4', 7: 'f4', 8: 'f8'}
DATATYPES = {code: number for number, code in FORMATS.items()}
# Real points have tens of bytes, descriptors some thousands; a header must not size our memory.
MAX_POINT_BYTES = 1 << 20
MAX_FIELDS = 4096
_MOST_APART = 4


class PointFieldLike(Protocol):
    """Any object with the fields of ``sensor_msgs/msg/PointField``."""

    name: str
    offset: int
    datatype: int
    count: int


@dataclass(frozen=True)
class Field:
    """One field of a layout, as a PointField says it."""

    name: str
    offset: int
    datatype: int
    count: int = 1


def dtype_of(
    fields: Sequence[PointFieldLike | Field], point_step: int, big_endian: bool = False
) -> np.dtype[np.void]:
    """
    Turn a PointField layout into a structured dtype with the same offsets.

    Parameters
    ----------
    fields
        The cloud's fields, in any order; a ``count`` of 0 is taken as 1, as PCL does.
    point_step
        Bytes from one point to the next.
    big_endian
        Byte order of the values.

    Returns
    -------
    numpy.dtype
        A field per PointField in order of offset, named as it is (a name that is empty or taken
        gets a number), a subarray where ``count`` exceeds 1, itemsize ``point_step``.

    Raises
    ------
    DecodeError
        If there are no fields, a datatype is unknown, or fields leave the point or overlap so
        much that writing them apart would take more than four times its bytes.

    """
    if not 0 < len(fields) <= MAX_FIELDS:
        raise DecodeError(f'a cloud with {len(fields)} fields has no points to read; check fields')
    plain = tuple(
        Field(str(one.name), int(one.offset), int(one.datatype), int(one.count)) for one in fields
    )
    return _dtype_of(plain, int(point_step), bool(big_endian))


# A sensor's layout does not change: building the dtype would cost as much as copying the points.
@lru_cache(maxsize=64)
def _dtype_of(fields: tuple[Field, ...], point_step: int, big_endian: bool) -> np.dtype[np.void]:
    if not 0 < point_step <= MAX_POINT_BYTES:
        raise DecodeError(f'point_step is {point_step}; it must be 1 to {MAX_POINT_BYTES} bytes')
    ordered = sorted(fields, key=lambda field: field.offset)
    formats = [_format_of(field, '>' if big_endian else '<') for field in ordered]
    _check_places(ordered, [np.dtype(one).itemsize for one in formats], point_step)
    return np.dtype({
        'names': unique_names(field.name for field in ordered),
        'formats': formats,
        'offsets': [field.offset for field in ordered],
        'itemsize': point_step,
    })


def _format_of(field: Field, order: str) -> Any:
    code = FORMATS.get(field.datatype)
    if code is None:
        raise DecodeError(
            f'field {field.name!r} has datatype {field.datatype}; PointField knows 1 (INT8) to '
            '8 (FLOAT64)'
        )
    count = max(field.count, 1)
    if count * int(code[1]) > MAX_POINT_BYTES:
        raise DecodeError(f'field {field.name!r} has count {count}, too many for one point')
    return order + code if count == 1 else (order + code, (count,))


def _check_places(
    ordered: Sequence[Field], sizes: Sequence[int], point_step: int
) -> None:
    for field, size in zip(ordered, sizes, strict=True):
        end = field.offset + size
        if end > point_step:
            raise DecodeError(
                f'field {field.name!r} ends at byte {end} of a point of {point_step}; '
                'check offset, count and point_step'
            )
    if sum(sizes) > _MOST_APART * point_step:
        raise DecodeError(
            f'{len(sizes)} fields have {sum(sizes)} bytes in a point of {point_step}; give each '
            'field its own bytes'
        )


def unique_names(names: Iterable[str]) -> list[str]:
    """Keep names as they are, but number the ones that are empty or taken."""
    kept: list[str] = []
    taken: set[str] = set()
    for place, name in enumerate(names):
        wanted, copy = name or f'field_{place}', 2
        unique = wanted
        while unique in taken:
            unique, copy = f'{wanted}_{copy}', copy + 1
        taken.add(unique)
        kept.append(unique)
    return kept


def fields_of(dtype: np.dtype[Any]) -> list[Field]:
    """
    Say a structured dtype as PointFields, in order of offset.

    Raises
    ------
    EncodeError
        If a field's type is not one of PointField's eight.

    """
    found = []
    for name, base, count, offset in leaves(dtype):
        code = base.str[1:]
        if code not in DATATYPES:
            raise EncodeError(f'field {name!r} is {base}; a PointField cannot hold it')
        found.append(Field(name, offset, DATATYPES[code], count))
    return found


def leaves(dtype: np.dtype[Any]) -> list[tuple[str, np.dtype[Any], int, int]]:
    """List name, scalar dtype, count and offset of each field, in order of offset."""
    if dtype.names is None:
        raise EncodeError(f'points have dtype {dtype}; give a structured array with named fields')
    found = []
    for name in dtype.names:
        full, offset = dtype.fields[name][:2]  # type: ignore[index]
        if full.base.names is not None or full.base.kind not in 'iufb':
            raise EncodeError(f'field {name!r} is {full}; points hold numbers only')
        found.append((name, full.base, int(np.prod(full.shape, dtype=np.int64)), int(offset)))
    return sorted(found, key=lambda leaf: leaf[3])


def gaps(dtype: np.dtype[Any]) -> int:
    """Count the bytes of a point that belong to no field."""
    return dtype.itemsize - sum(base.itemsize * count for _, base, count, _ in leaves(dtype))


@lru_cache(maxsize=64)
def is_shared(dtype: np.dtype[Any]) -> bool:
    """Tell whether fields share bytes, as the parts of a packed colour do with the whole."""
    end = 0
    for _, base, count, offset in leaves(dtype):
        if offset < end:
            return True
        end = offset + base.itemsize * count
    return False


def little_endian(points: Points) -> Points:
    """Give the points in little-endian order: the same array if they are, else a copy."""
    order = points.dtype.newbyteorder('<')
    if order == points.dtype:
        return points
    swapped = np.zeros(points.shape, order)
    for name in points.dtype.names or ():
        swapped[name] = points[name]
    return swapped


def as_opaque(points: Points) -> Points:
    """View each point as opaque bytes: copies and masks then cost one move per point."""
    return points.view(np.dtype((np.void, points.dtype.itemsize)))


def to_bytes_view(points: Points) -> memoryview:
    """Give the points' bytes, gaps and all, copied only if rows or points are apart."""
    if points.size == 0:
        return memoryview(b'')
    if not points.flags.c_contiguous:
        points = np.ascontiguousarray(as_opaque(points))
    return points.reshape(-1).view(np.uint8).data


@lru_cache(maxsize=64)
def packed(dtype: np.dtype[Any]) -> np.dtype[np.void]:
    """Give the dtype without gaps, fields in order of offset."""
    return np.dtype([(name, *shaped(base, count)) for name, base, count, _ in leaves(dtype)])


def shaped(base: np.dtype[Any] | str, count: int) -> tuple[Any, ...]:
    """Say a field's format: the dtype alone, or with a shape where count is not 1."""
    return (base,) if count == 1 else (base, (count,))
