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

"""PointCloud2 is viewed; its relatives become points of the same kind."""

import array
import math
import struct
from types import SimpleNamespace

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from scenebox_ros.codecs.fields import Field, is_shared
from scenebox_ros.codecs.pcd import decode_pcd, encode_pcd
from scenebox_ros.decode.cloud import (
    decode_cloud,
    decode_foxglove_cloud,
    decode_livox,
    decode_point_cloud,
)
from scenebox_ros.errors import DecodeError

XYZ = [Field('x', 0, 7), Field('y', 4, 7), Field('z', 8, 7)]
HEADER = SimpleNamespace(stamp=SimpleNamespace(sec=5, nanosec=7), frame_id='lidar')


def cloud(**said):
    """Two points x, y, z, with some fields said otherwise."""
    message = {
        'header': HEADER, 'height': 1, 'width': 2, 'fields': XYZ, 'is_bigendian': False,
        'point_step': 12, 'row_step': 24, 'is_dense': True,
        'data': np.arange(6, dtype='<f4').tobytes(), **said,
    }  # fmt: skip
    return SimpleNamespace(**message)


def test_a_cloud_is_a_view_of_its_message():
    data = np.arange(6, dtype='<f4').view(np.uint8)

    frame = decode_cloud(cloud(data=data))

    assert frame.points.tolist() == [[(0, 1, 2), (3, 4, 5)]]
    assert np.shares_memory(frame.points, data)
    assert (frame.stamp_ns, frame.frame_id, frame.is_dense) == (5_000_000_007, 'lidar', True)
    assert bytes(frame.payload) == data.tobytes()
    assert len(frame) == 2


@pytest.mark.parametrize(
    'kind', [bytes, bytearray, memoryview, list, lambda raw: array.array('B', raw)]
)
def test_any_class_of_bytes_will_do(kind):
    frame = decode_cloud(cloud(data=kind(np.arange(6, dtype='<f4').tobytes())))

    assert frame.points['z'].tolist() == [[2, 5]]


def test_big_endian_values_are_read_as_such():
    frame = decode_cloud(cloud(is_bigendian=True, data=np.arange(6, dtype='>f4').tobytes()))

    assert frame.points['x'].tolist() == [[0, 3]]


def test_padding_of_points_and_rows_is_left_out():
    rows = np.zeros((2, 40), np.uint8)
    rows[:, :32].view('<f4').reshape(2, 2, 4)[..., :3] = np.arange(12).reshape(2, 2, 3)

    frame = decode_cloud(cloud(height=2, point_step=16, row_step=40, data=rows.tobytes()[:-8]))

    assert frame.points.shape == (2, 2)
    assert frame.points['y'].tolist() == [[1, 4], [7, 10]]


@pytest.mark.parametrize('row_step', [0, 7, 24, 99_999])
def test_one_row_needs_no_row_step(row_step):
    assert decode_cloud(cloud(row_step=row_step)).points['x'].tolist() == [[0, 3]]


@pytest.mark.parametrize('row_step', [0, 24])
def test_rows_that_fill_the_data_exactly_lie_end_to_end(row_step):
    frame = decode_cloud(cloud(height=2, width=1, row_step=row_step))

    assert frame.points['x'].tolist() == [[0], [3]]


@pytest.mark.parametrize(('height', 'width'), [(1, 0), (0, 0), (0, 5), (5, 0)])
def test_an_empty_cloud_has_no_points(height, width):
    frame = decode_cloud(cloud(height=height, width=width, row_step=0, data=b''))

    assert frame.points.shape == (height, width)


def test_bytes_after_the_last_point_do_no_harm():
    assert decode_cloud(cloud(data=bytes(100))).points.shape == (1, 2)


@pytest.mark.parametrize('big_endian', [False, True])
def test_fields_that_share_bytes_are_each_read_whole(big_endian):
    colour = [Field('rgb', 0, 7), Field('rgba', 0, 6), Field('low', 2, 4), Field('x', 4, 7)]
    order = '>' if big_endian else '<'
    words = [(0xFF102030, 1.5), (0x00405060, -2.5)]
    data = b''.join(struct.pack(f'{order}If', *word) for word in words)
    frame = decode_cloud(cloud(
        fields=colour, point_step=8, row_step=16, data=data, is_bigendian=big_endian))

    assert not is_shared(frame.points.dtype)
    for kind in ('binary', 'binary_compressed', 'ascii'):
        points = decode_pcd(encode_pcd(frame.points, kind)).reshape(-1)
        assert points['rgba'].tolist() == [word for word, _ in words]
        assert points['rgb'].tobytes() == points['rgba'].tobytes()
        halves = [word & 0xFFFF if big_endian else word >> 16 for word, _ in words]
        assert points['low'].tolist() == halves
        assert points['x'].tolist() == [1.5, -2.5]
    assert encode_pcd(frame.points, keep_padding=True) == encode_pcd(frame.points)


@pytest.mark.parametrize(
    ('said', 'reason'),
    [
        ({'data': bytes(23)}, '23 bytes of 24'),
        ({'width': 4_294_967_295}, 'ends early'),
        ({'height': 4_294_967_295, 'row_step': 24}, 'ends early'),
        ({'height': 3, 'row_step': 12}, 'row_step is 12, but a row of 2 points has 24'),
        ({'width': -1}, 'width -1'),
        ({'point_step': 8}, "'z' ends at byte 12 of a point of 8"),
        ({'point_step': 0}, 'point_step is 0'),
        ({'fields': []}, '0 fields'),
        ({'fields': None}, 'no PointCloud2'),
        ({'data': None}, 'not bytes|no PointCloud2'),
        ({'header': SimpleNamespace(stamp=None)}, 'no stamp'),
    ],
)
def test_a_cloud_that_contradicts_itself_is_told_so(said, reason):
    with pytest.raises(DecodeError, match=reason):
        decode_cloud(cloud(**said))


def test_what_is_no_cloud_is_told_so():
    with pytest.raises(DecodeError, match='no PointCloud2'):
        decode_cloud(SimpleNamespace(data=b''))


NUMBERS = st.one_of(st.integers(0, 40), st.integers(0, 2**32 - 1))


FIELDS = st.builds(Field, st.text(max_size=3), NUMBERS, st.integers(0, 255), NUMBERS)
SIZES = dict.fromkeys(('height', 'width', 'point_step', 'row_step'), NUMBERS)


@settings(deadline=None)
@given(
    st.lists(FIELDS, max_size=5),
    st.fixed_dictionaries(SIZES),
    st.binary(max_size=200),
    st.booleans(),
)
def test_any_numbers_give_points_or_our_error(fields, sizes, data, big_endian):
    try:
        frame = decode_cloud(cloud(fields=fields, data=data, is_bigendian=big_endian, **sizes))
    except DecodeError:
        return

    assert frame.points.shape == (sizes['height'], sizes['width'])
    assert frame.points.size * frame.points.dtype.itemsize <= max(len(data), 0) + 40


def livox_point(*values):
    names = ('x', 'y', 'z', 'offset_time', 'reflectivity', 'tag', 'line')
    return SimpleNamespace(**dict(zip(names, values, strict=True)))


def test_a_livox_message_keeps_every_value_of_its_points():
    points = [
        livox_point(1.5, -2.0, 3.0, 4_000_000_000, 255, 16, 3),
        livox_point(0.0, 0.0, 0.0, 10, 0, 0, 0),
    ]

    frame = decode_livox(SimpleNamespace(header=HEADER, timebase=1, point_num=2, points=points))

    assert frame.points.dtype.names == (
        'x', 'y', 'z', 'offset_time', 'reflectivity', 'tag', 'line'
    )  # fmt: skip
    assert frame.points.tolist() == [
        [(1.5, -2, 3, 4_000_000_000, 255, 16, 3), (0, 0, 0, 10, 0, 0, 0)]
    ]


@pytest.mark.parametrize('points', [None, [SimpleNamespace(x=1)], [1], 5])
def test_what_is_no_livox_message_is_told_so(points):
    with pytest.raises(DecodeError, match='no Livox CustomMsg'):
        decode_livox(SimpleNamespace(header=HEADER, points=points))


def test_an_empty_livox_message_has_no_points():
    assert decode_livox(SimpleNamespace(header=HEADER, points=[])).points.shape == (1, 0)


def foxglove_cloud(data):
    layout = [('x', 0, 7), ('a', 4, 1), ('b', 5, 2), ('c', 6, 3), ('d', 8, 6), ('e', 12, 8)]
    fields = [SimpleNamespace(name=name, offset=at, type=kind) for name, at, kind in layout]
    return SimpleNamespace(
        timestamp=HEADER.stamp, frame_id='lidar', pose=None, point_stride=20, fields=fields,
        data=data,
    )  # fmt: skip


def test_foxgloves_clouds_are_views_with_their_own_numbering_of_types():
    one = struct.pack('<fBbHid', 1.5, 255, -1, 65535, -7, 2.5)

    frame = decode_foxglove_cloud(foxglove_cloud(one * 2))

    assert frame.points.tolist() == [[(1.5, 255, -1, 65535, -7, 2.5)] * 2]
    assert (frame.stamp_ns, frame.frame_id) == (5_000_000_007, 'lidar')


def test_a_foxglove_cloud_of_half_a_point_is_told_so():
    with pytest.raises(DecodeError, match='30 bytes, no whole number of points of 20'):
        decode_foxglove_cloud(foxglove_cloud(bytes(30)))


def point(x, y, z):
    return SimpleNamespace(x=x, y=y, z=z)


def test_channels_of_the_old_point_cloud_become_fields():
    channels = [
        SimpleNamespace(name='intensity', values=np.array([9.0, 8.0])),
        SimpleNamespace(name='x', values=[1.0, 2.0]),
        SimpleNamespace(name='', values=[3.0, math.nan]),
    ]

    frame = decode_point_cloud(
        SimpleNamespace(header=HEADER, points=[point(1, 2, 3), point(4, 5, 6)], channels=channels)
    )

    assert frame.points.dtype.names == ('x', 'y', 'z', 'intensity', 'x_2', 'field_5')
    assert frame.points[0, 0].tolist() == (1, 2, 3, 9, 1, 3)


def test_a_channel_of_another_length_is_told_so():
    channel = SimpleNamespace(name='rgb', values=[1.0])

    with pytest.raises(DecodeError, match="'rgb' has 1 values for 0 points"):
        decode_point_cloud(SimpleNamespace(header=HEADER, points=[], channels=[channel]))
