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

"""PCD files hold every field, bit by bit, in all three forms."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from types import SimpleNamespace

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from scenebox_ros.codecs import pcd_ascii
from scenebox_ros.codecs.pcd import decode_pcd, encode_pcd, read_header, write_pcd
from scenebox_ros.errors import DecodeError, EncodeError

FORMS = ['binary', 'binary_compressed', 'ascii']
PADDED = np.dtype({
    'names': ['x', 'y', 'z', 'rgb'],
    'formats': ['<f4', '<f4', '<f4', '<f4'],
    'offsets': [0, 4, 8, 16],
    'itemsize': 32,
})


def cloud(dtype=PADDED, shape=(2, 3), seed=3):
    size = int(np.prod(shape))
    raw = np.random.default_rng(seed).bytes(size * np.dtype(dtype).itemsize)
    return np.frombuffer(raw, dtype).reshape(shape)


def assert_same(one, other):
    """Same names, shapes and bits; any NaN is as good as another in text."""
    assert one.dtype.names == other.dtype.names
    assert one.shape == other.shape
    for name in one.dtype.names:
        left, right = one[name], other[name]
        if left.dtype.kind == 'f':
            np.testing.assert_array_equal(left, right)
            assert (np.signbit(left) == np.signbit(right))[~np.isnan(left)].all()
        else:
            np.testing.assert_array_equal(left, right)


def test_a_binary_file_is_a_header_and_the_bytes_as_they_are():
    points = cloud()

    blob = encode_pcd(points, viewpoint=(1, 2, 3, 1, 0, 0, 0.5), keep_padding=True)

    assert blob == (
        b'# .PCD v0.7 - Point Cloud Data file format\n'
        b'VERSION 0.7\n'
        b'FIELDS x y z _ rgb _\n'
        b'SIZE 4 4 4 1 4 1\n'
        b'TYPE F F F U F U\n'
        b'COUNT 1 1 1 4 1 12\n'
        b'WIDTH 3\nHEIGHT 2\n'
        b'VIEWPOINT 1 2 3 1 0 0 0.5\n'
        b'POINTS 6\nDATA binary\n'
    ) + points.tobytes()


def test_binary_points_are_not_copied_before_they_are_written():
    points = cloud()
    dense = np.zeros(6, [('x', '<f4'), ('ring', '<u2')])

    for one, is_kept in [(points, True), (dense, False)]:
        pieces = []
        write_pcd(SimpleNamespace(write=pieces.append), one, keep_padding=is_kept)
        assert np.shares_memory(np.frombuffer(pieces[1], np.uint8), one)


@pytest.mark.parametrize('form', FORMS)
@pytest.mark.parametrize('step', [24, 25], ids=['lanes', 'bytes'])
@pytest.mark.parametrize('part', [np.s_[:], np.s_[:, 1:], np.s_[:0]], ids=['all', 'apart', 'none'])
def test_a_file_is_written_in_parts_as_it_is_encoded_whole(form, step, part):
    layout = {'names': ['x', 'ring', 't'], 'formats': ['<f4', '<u2', '<f8'],
              'offsets': [0, 6, 12], 'itemsize': step}
    raw = np.random.default_rng(3).integers(0, 100, 20_000 * 2 * step).astype(np.uint8)
    points = raw.view(layout).reshape(2, 20_000)[part]
    file = BytesIO()

    write_pcd(file, points, form)

    assert file.getvalue() == encode_pcd(points, form)
    assert_same(decode_pcd(file.getvalue()), points)


def test_a_binary_file_is_viewed_when_it_is_read():
    blob = encode_pcd(cloud())

    assert np.shares_memory(decode_pcd(blob), np.frombuffer(blob, np.uint8))


def test_padding_is_dropped():
    points = cloud()

    blob = encode_pcd(points)

    assert b'FIELDS x y z rgb\n' in blob
    assert decode_pcd(blob)['rgb'].tobytes() == points['rgb'].tobytes()


def test_clouds_that_one_thread_compresses_leave_each_other_alone():
    clouds = [cloud(shape=(1, count), seed=count) for count in (5000, 10, 600_000, 10, 7000)]

    files = [[] for _ in clouds]
    for points, pieces in zip(clouds, files, strict=True):
        file = SimpleNamespace(write=lambda piece, pieces=pieces: pieces.append(bytes(piece)))
        write_pcd(file, points, 'binary_compressed')

    for points, pieces in zip(clouds, files, strict=True):
        assert_same(decode_pcd(b''.join(pieces)), points)


def test_threads_compress_clouds_at_once():
    clouds = [cloud(shape=(1, 20_000), seed=seed) for seed in range(8)]

    with ThreadPoolExecutor(4) as pool:
        blobs = list(pool.map(lambda points: encode_pcd(points, 'binary_compressed'), clouds * 8))

    assert blobs == [encode_pcd(points, 'binary_compressed') for points in clouds] * 8


@pytest.mark.parametrize('form', ['binary', 'binary_compressed'])
def test_every_bit_comes_back(form):
    points = cloud()

    back = decode_pcd(encode_pcd(points, form))

    assert back.shape == (2, 3)
    for name in points.dtype.names:
        assert back[name].tobytes() == points[name].tobytes()


def test_text_has_a_line_per_point_in_the_shortest_decimals():
    pytest.importorskip('orjson')
    points = np.array(
        [(0.1, -0.0, 255, -7), (1e-45, 3.4028235e38, 0, 1 << 40)],
        [('x', '<f4'), ('y', '<f4'), ('ring', 'u1'), ('t', '<i8')],
    )

    body = encode_pcd(points, 'ascii').split(b'DATA ascii\n')[1]

    assert body == b'0.1 -0.0 255 -7\n1e-45 3.4028235e+38 0 1099511627776\n'


@pytest.mark.parametrize('name', ['rgb', 'rgba'])
@pytest.mark.parametrize('form', FORMS)
def test_a_packed_colour_keeps_its_bits_though_it_is_no_number(name, form):
    points = np.zeros(2, [('x', '<f4'), (name, '<f4')])
    points[name] = np.array([0xFFFF8000, 0x00FF80FF], '<u4').view('<f4')

    blob = encode_pcd(points, form)

    assert decode_pcd(blob)[name].tobytes() == points[name].tobytes()
    assert (b'TYPE F U\n' in blob) == (form == 'ascii')


@pytest.mark.parametrize('form', FORMS)
def test_big_endian_points_are_written_little_endian(form):
    points = np.array([[(1.5, -2, 3e300)]], [('x', '>f4'), ('ring', '>i2'), ('t', '>f8')])

    assert decode_pcd(encode_pcd(points, form))[0, 0].tolist() == (1.5, -2, 3e300)


@pytest.mark.parametrize('form', FORMS)
@pytest.mark.parametrize('shape', [(0, 0), (1, 0), (0, 5)])
def test_no_points_are_a_file_too(form, shape):
    back = decode_pcd(encode_pcd(np.zeros(shape, PADDED), form))

    assert back.shape == shape
    assert back.dtype.names == PADDED.names


@pytest.mark.parametrize('form', FORMS)
def test_flat_points_become_one_row(form):
    assert decode_pcd(encode_pcd(cloud(shape=(5,)), form)).shape == (1, 5)


@pytest.mark.parametrize('form', FORMS)
def test_rows_that_are_apart_are_written_end_to_end(form):
    points = np.ndarray((2, 2), [('a', '<u2')], bytes(range(40)), 0, (20, 2))

    assert decode_pcd(encode_pcd(points, form))['a'].tolist() == points['a'].tolist()


@pytest.mark.parametrize('form', FORMS)
def test_nan_and_infinities_come_back(form):
    values = [np.nan, np.inf, -np.inf, 1.0]
    points = np.zeros(4, [('x', '<f4'), ('n', '<u4'), ('y', '<f8')])
    points['x'], points['y'] = values, values[::-1]

    back = decode_pcd(encode_pcd(points, form))[0]

    np.testing.assert_array_equal(back['x'], values)
    np.testing.assert_array_equal(back['y'], values[::-1])


@pytest.mark.parametrize('form', FORMS)
def test_odd_names_fit_the_header_and_stay_apart(form):
    dtype = np.dtype([
        ('x', '<f4'), ('a b', 'u1'), ('a_b', 'u1'), ('_', 'u1'), ('__', 'u1'), ('höhe\n', 'u1'),
    ])  # fmt: skip
    points = np.array([(1, 2, 3, 4, 5, 6)], dtype)

    back = decode_pcd(encode_pcd(points, form))

    assert back.dtype.names == ('x', 'a_b', 'a_b_2', 'field_', 'field__', 'höhe_')
    assert back[0, 0].tolist() == (1, 2, 3, 4, 5, 6)


CODES = ['i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8', 'f4', 'f8', '?']


@st.composite
def clouds(draw):
    """Points of any numbers, with gaps, subarrays, both byte orders and any bits."""
    names, formats, offsets, end = [], [], [], 0
    for place in range(draw(st.integers(1, 5))):
        code = draw(st.sampled_from('<>')) + draw(st.sampled_from(CODES))
        count = draw(st.sampled_from([1, 1, 1, 3]))
        names.append(draw(st.sampled_from(['x', 'rgb', 'intensity', 'name'])) + f'{place}')
        formats.append(code if count == 1 else (code, (count,)))
        offsets.append(end + draw(st.sampled_from([0, 0, 1, 4])))
        end = offsets[-1] + np.dtype(formats[-1]).itemsize
    dtype = np.dtype({
        'names': names, 'formats': formats, 'offsets': offsets,
        'itemsize': end + draw(st.sampled_from([0, 0, 3])),
    })  # fmt: skip
    shape = draw(st.tuples(st.integers(1, 3), st.integers(0, 5)))
    size = shape[0] * shape[1] * dtype.itemsize
    points = np.frombuffer(draw(st.binary(min_size=size, max_size=size)), dtype).reshape(shape)
    points = points.copy()
    for name in names:
        if dtype[name].base.kind == 'b':
            points[name] = points[name].view('u1') % 2 == 1
    return points


@given(clouds(), st.sampled_from(FORMS), st.booleans())
@settings(deadline=None)
def test_any_cloud_comes_back(points, form, keep_padding):
    back = decode_pcd(encode_pcd(points, form, keep_padding=keep_padding))

    assert_same(points, back)


@given(clouds())
@settings(deadline=None)
def test_text_without_orjson_comes_back_too(points):
    columns = [
        (points[name].dtype, column)
        for name in points.dtype.names
        for column in points[name].reshape(points.size, -1).T
    ] if points.size else []

    head = encode_pcd(points, 'ascii').split(b'DATA ascii\n')[0] + b'DATA ascii\n'
    rows = pcd_ascii._rows_by_format(points.size, columns) if columns else b''

    assert_same(points, decode_pcd(head + rows))


@pytest.mark.parametrize(
    ('points', 'form', 'said'),
    [
        (np.zeros(1, [('h', '<f2')]), 'binary', "'h' is float16"),
        (np.zeros(1, [('c', '<c8')]), 'binary', "'c' is complex64"),
        (np.zeros(3), 'binary', 'named fields'),
        (cloud(), 'zip', "PCD data 'zip'; choose binary"),
    ],
)
def test_what_pcd_cannot_hold_is_refused(points, form, said):
    with pytest.raises(EncodeError, match=said):
        encode_pcd(points, form)


def test_a_viewpoint_has_seven_numbers():
    with pytest.raises(EncodeError, match='viewpoint has 3 numbers'):
        encode_pcd(cloud(), viewpoint=(1, 2, 3))


@pytest.mark.parametrize('size', [6, 8])
def test_fields_that_overlap_are_written_apart(size):
    dtype = np.dtype({'names': ['rgb', 'g'], 'formats': ['<f4', '<u4'], 'offsets': [0, 2],
                      'itemsize': size})
    points = np.frombuffer(bytes(range(3 * size)), dtype)

    for form in FORMS:
        back = decode_pcd(encode_pcd(points, form))[0]
        assert [back[name].tobytes() for name in ('rgb', 'g')] == [
            points[name].tobytes() for name in ('rgb', 'g')]
    with pytest.raises(EncodeError, match='overlap'):
        encode_pcd(points, keep_padding=True)


def test_the_header_alone_can_be_read():
    header = read_header(encode_pcd(cloud(), 'ascii', (1, 2, 3, 1, 0, 0, 0)))

    assert (header.width, header.height, header.points, header.data) == (3, 2, 6, 'ascii')
    assert header.viewpoint == (1, 2, 3, 1, 0, 0, 0)
    assert [column.name for column in header.columns] == ['x', 'y', 'z', 'rgb']


def test_an_old_file_without_height_count_and_viewpoint_is_read():
    blob = b'COLUMNS x y\r\nSIZE 4 4\r\nTYPE F F\r\nPOINTS 2\r\nDATA ascii\r\n1 2\r\n3 4\r\n'

    assert decode_pcd(blob).tolist() == [[(1, 2), (3, 4)]]


def test_integers_with_a_decimal_point_are_read():
    blob = b'FIELDS a\nSIZE 2\nTYPE U\nWIDTH 2\nHEIGHT 1\nDATA ascii\n7.0\n1e2\n'

    assert decode_pcd(blob)['a'].tolist() == [[7, 100]]


def test_a_decimal_too_large_for_its_field_is_infinite():
    blob = b'FIELDS a b\nSIZE 4 8\nTYPE F F\nWIDTH 1\nHEIGHT 1\nDATA ascii\n-1e39 1e400\n'

    assert decode_pcd(blob).tolist() == [[(-np.inf, np.inf)]]


def test_a_file_that_is_no_pcd_is_refused():
    with pytest.raises(DecodeError, match='not a PCD file'):
        decode_pcd(b'\x89PNG....')
