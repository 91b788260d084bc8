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

"""PointField layouts and structured dtypes say the same."""

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from scenebox_ros.codecs.fields import (
    dtype_of,
    Field,
    fields_of,
    gaps,
    leaves,
    little_endian,
    to_bytes_view,
    unique_names,
)
from scenebox_ros.errors import DecodeError, EncodeError

VELODYNE = [
    Field('x', 0, 7),
    Field('y', 4, 7),
    Field('z', 8, 7),
    Field('intensity', 16, 7),
    Field('ring', 20, 4),
    Field('time', 24, 7),
]


@st.composite
def layouts(draw):
    """Fields in any order, of any datatype and count, with gaps."""
    fields, end = [], 0
    for place in range(draw(st.integers(1, 6))):
        datatype, count = draw(st.integers(1, 8)), draw(st.integers(1, 4))
        start = end + draw(st.integers(0, 5))
        fields.append(Field(f'f{place}', start, datatype, count))
        end = start + count * (1, 1, 2, 2, 4, 4, 4, 8)[datatype - 1]
    return draw(st.permutations(fields)), end + draw(st.integers(0, 9))


def test_a_velodyne_layout_keeps_its_offsets_and_its_padding():
    dtype = dtype_of(VELODYNE, 32)

    assert dtype.names == ('x', 'y', 'z', 'intensity', 'ring', 'time')
    assert [dtype.fields[name][1] for name in dtype.names] == [0, 4, 8, 16, 20, 24]
    assert dtype.itemsize == 32
    assert gaps(dtype) == 10


@pytest.mark.parametrize(
    ('datatype', 'code'),
    [(1, 'i1'), (2, 'u1'), (3, 'i2'), (4, 'u2'), (5, 'i4'), (6, 'u4'), (7, 'f4'), (8, 'f8')],
)
def test_each_datatype_has_its_own_dtype(datatype, code):
    assert dtype_of([Field('v', 0, datatype)], 8)['v'] == np.dtype(f'<{code}')
    assert dtype_of([Field('v', 0, datatype)], 8, True)['v'] == np.dtype(f'>{code}')


def test_a_count_makes_a_subarray_and_a_count_of_0_is_taken_as_1():
    dtype = dtype_of([Field('descriptor', 0, 7, 33), Field('one', 132, 7, 0)], 136)

    assert dtype['descriptor'].shape == (33,)
    assert dtype['one'].shape == ()


@settings(deadline=None)
@given(layouts())
def test_a_layout_comes_back_from_its_dtype(layout):
    fields, point_step = layout

    dtype = dtype_of(fields, point_step)

    assert fields_of(dtype) == sorted(fields, key=lambda one: one.offset)
    assert dtype.itemsize == point_step


@settings(deadline=None)
@given(layouts(), st.randoms(use_true_random=False))
def test_little_endian_has_the_same_values(layout, random):
    dtype = dtype_of(*layout, big_endian=True)
    points = np.frombuffer(random.randbytes(3 * dtype.itemsize), dtype)

    turned = little_endian(points)

    for name in dtype.names:
        assert turned.dtype[name].base.byteorder in '<|='
        assert turned[name].byteswap().tobytes() == points[name].tobytes()


def test_little_endian_points_are_not_copied():
    points = np.zeros(3, dtype_of(VELODYNE, 32))

    assert little_endian(points) is points


@pytest.mark.parametrize(
    ('fields', 'point_step', 'said'),
    [
        ([Field(f'x{n}', 0, 8) for n in range(5)], 8, '5 fields have 40 bytes in a point of 8'),
        ([Field('x', 30, 7)], 32, "'x' ends at byte 34 of a point of 32"),
        ([Field('x', 4_000_000_000, 7)], 32, 'ends at byte'),
        ([Field('x', 0, 7, 4_294_967_295)], 32, 'too many'),
        ([Field('x', 0, 8, 5)], 32, 'ends at byte 40'),
        ([Field('x', 0, 9)], 32, 'datatype 9'),
        ([Field('x', 0, 0)], 32, 'datatype 0'),
        ([], 32, '0 fields'),
        ([Field('x', 0, 7)], 0, 'point_step is 0'),
        ([Field('x', 0, 7)], 1 << 31, 'point_step is 2147483648'),
        ([Field(f'f{n}', n, 2) for n in range(5000)], 5000, '5000 fields'),
    ],
)
def test_a_layout_that_cannot_be_is_refused(fields, point_step, said):
    with pytest.raises(DecodeError, match=said):
        dtype_of(fields, point_step)


def test_empty_and_repeated_names_get_numbers():
    assert unique_names(['x', '', 'x', 'x_2', 'x']) == ['x', 'field_1', 'x_2', 'x_2_2', 'x_3']


def test_a_type_that_pointfields_lack_is_refused():
    with pytest.raises(EncodeError, match="'id' is uint64"):
        fields_of(np.dtype([('id', 'u8')]))


@pytest.mark.parametrize(
    'dtype',
    ['f4', [('a', 'c8')], [('a', 'U3')], [('a', [('b', 'f4')])], [('a', 'O')]],
)
def test_what_is_no_table_of_numbers_is_refused(dtype):
    with pytest.raises(EncodeError):
        leaves(np.dtype(dtype))


def test_bytes_of_contiguous_points_are_viewed():
    points = np.zeros((2, 3), dtype_of(VELODYNE, 32))

    view = to_bytes_view(points)

    assert view.nbytes == 6 * 32
    assert np.shares_memory(np.frombuffer(view, np.uint8), points)


def test_bytes_of_rows_that_are_apart_are_brought_together():
    raw = bytes(range(80))
    dtype = np.dtype([('a', 'u1'), ('b', '<u2')])
    points = np.ndarray((2, 4), dtype, raw, 0, (40, 3))

    assert bytes(to_bytes_view(points)) == raw[:12] + raw[40:52]


def test_no_points_have_no_bytes():
    assert to_bytes_view(np.zeros((0, 0), 'V4')) == b''
