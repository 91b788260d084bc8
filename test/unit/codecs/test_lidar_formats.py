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

"""The platform's numpy and binary formats hold what they say."""

from io import BytesIO
import struct

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from scenebox_ros.codecs.lidar_formats import (
    decode_binary,
    decode_numpy,
    encode_binary,
    encode_numpy,
)
from scenebox_ros.errors import DecodeError, EncodeError

POINTS = np.array(
    [(1.5, 2, 3, 200), (4, 5, 6, 0)],
    [('x', '>f4'), ('y', '<f8'), ('z', '<f4'), ('intensity', 'u1')],
)


def npy(array):
    out = BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


def test_numpy_is_rows_of_little_endian_floats():
    blob, num_fields = encode_numpy(POINTS.reshape(1, 2))

    assert num_fields == 4
    assert blob == struct.pack('<8f', 1.5, 2, 3, 200, 4, 5, 6, 0)
    assert decode_numpy(blob, num_fields).tolist() == [[1.5, 2, 3, 200], [4, 5, 6, 0]]


def test_numpy_leaves_out_the_fields_that_are_not_there():
    assert encode_numpy(POINTS, ['x', 'ring', 'z']) == (struct.pack('<4f', 1.5, 3, 4, 6), 2)


def test_a_double_too_large_for_a_float_is_infinite():
    points = np.array([(1e300, 0, 0)], [('x', 'f8'), ('y', 'f8'), ('z', 'f8')])

    assert decode_numpy(*encode_numpy(points))[0, 0] == np.inf
    assert decode_binary(*encode_binary(points, 0))['x'][0] == np.inf


def test_numpy_of_none_of_the_fields_is_refused():
    with pytest.raises(EncodeError, match='none of ring; it has x, y, z, intensity'):
        encode_numpy(POINTS, ['ring'])


@pytest.mark.parametrize('array', [
    np.arange(8.0), np.arange(8, dtype='>i2').reshape(2, 4),
    np.arange(8, dtype='f4').reshape(2, 4),
    np.asfortranarray(np.arange(8.0).reshape(2, 4)),
])  # fmt: skip
def test_a_npy_file_is_read_too(array):
    assert decode_numpy(npy(array), 4).tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]


@pytest.mark.parametrize(
    ('blob', 'num_fields'),
    [
        (bytes(10), 1),
        (bytes(12), 2),
        (bytes(12), 0),
        (bytes(12), -1),
        (bytes(12), 1 << 40),
        (npy(np.array(['a'])), 1),
        (npy(np.array([{}], object)), 1),
        (npy(np.arange(4.0))[:-1], 1),
        (npy(np.zeros(3, [('a', 'f4')])), 1),
        (npy(np.zeros(3)).replace(b'(3,)', b'(9,)'), 1),
        (npy(np.zeros(3)).replace(b"'descr'", b"'xxxxx'"), 1),
        (npy(np.zeros(3)).replace(b'(3,)', b'(((('), 1),
        (b'\x93NUMPY', 1),
        (b'\x93NUMPY\x09\x09' + bytes(50), 1),
    ],
)
def test_what_is_no_matrix_is_refused(blob, num_fields):
    with pytest.raises(DecodeError):
        decode_numpy(blob, num_fields)


@settings(deadline=None)
@given(st.sampled_from([b'', b'\x93NUMPY\x01\x00']), st.binary(max_size=80), st.integers(-2, 9))
def test_any_bytes_give_a_matrix_or_our_error(start, blob, num_fields):
    try:
        assert decode_numpy(start + blob, num_fields).shape[1] == num_fields
    except DecodeError:
        pass


def test_binary_has_a_packet_per_point():
    blob, layout = encode_binary(POINTS, np.array([10**9, 25 * 10**8]))

    assert layout == '<ffffd'
    assert list(struct.iter_unpack(layout, blob)) == [(1.5, 2, 3, 200, 1.0), (4, 5, 6, 0, 2.5)]
    assert decode_binary(blob, layout).tolist() == list(struct.iter_unpack(layout, blob))


def test_one_time_serves_a_whole_cloud_and_intensity_may_be_missing():
    blob, layout = encode_binary(POINTS[['x', 'y', 'z']], 10**9)

    assert [packet[3:] for packet in struct.iter_unpack(layout, blob)] == [(0, 1.0)] * 2


def test_binary_needs_coordinates():
    with pytest.raises(EncodeError, match="no field 'x'"):
        encode_binary(POINTS[['y', 'z']], 0)


def test_other_layouts_are_read_by_their_own_words():
    blob = struct.pack('>hhhBxQH', 1, 2, 3, 4, 5, 6)

    points = decode_binary(blob, '>hhhBxQH')

    assert points.dtype.names == ('x', 'y', 'z', 'intensity', 'epoch', 'field_5')
    assert points.tolist() == [(1, 2, 3, 4, 5, 6)]


@pytest.mark.parametrize(
    ('blob', 'layout'),
    [
        (bytes(23), '<ffffd'),
        (bytes(24), 'five floats'),
        (bytes(24), '<ffffd\u1234'),
        (bytes(24), ''),
        (bytes(24), '24s'),
        (bytes(24), '24x'),
        (bytes(24), '999999999s'),
        (bytes(24), '9' * 50 + 's'),
    ],
)
def test_what_is_no_row_of_packets_is_refused(blob, layout):
    with pytest.raises(DecodeError):
        decode_binary(blob, layout)


@settings(deadline=None)
@given(st.binary(max_size=40), st.text('<>=!@bBhHiIqQfdxsc?e0123456789 ', max_size=6))
def test_any_layout_gives_points_or_our_error(blob, layout):
    try:
        decode_binary(blob, layout)
    except DecodeError:
        pass


def test_an_empty_cloud_is_an_empty_file():
    points = np.empty((1, 0), [('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('intensity', '<f4')])

    assert encode_numpy(points) == (b'', 4)
    assert encode_binary(points, 7) == (b'', '<ffffd')
