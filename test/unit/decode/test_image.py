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

import array
from types import SimpleNamespace

from hypothesis import given, strategies as st
import numpy as np
import pytest

from scenebox_ros.decode.image import decode_camera_info, decode_image
from scenebox_ros.errors import DecodeError


def header():
    return SimpleNamespace(stamp=SimpleNamespace(sec=12, nanosec=34), frame_id='cam')


def image(encoding='bgr8', width=4, height=2, step=12, data=None, is_bigendian=0):
    data = bytes(range(height * step)) if data is None else data
    return SimpleNamespace(
        header=header(), encoding=encoding, width=width, height=height, step=step, data=data,
        is_bigendian=is_bigendian,
    )


# name, samples, dtype, our word
STANDARD = [
    ('mono8', 1, 'u1', 'mono'), ('mono16', 1, 'u2', 'mono'),
    ('rgb8', 3, 'u1', 'rgb'), ('rgb16', 3, 'u2', 'rgb'),
    ('bgr8', 3, 'u1', 'bgr'), ('bgr16', 3, 'u2', 'bgr'),
    ('rgba8', 4, 'u1', 'rgba'), ('rgba16', 4, 'u2', 'rgba'),
    ('bgra8', 4, 'u1', 'bgra'), ('bgra16', 4, 'u2', 'bgra'),
    *((f'bayer_{m}8', 1, 'u1', f'bayer_{m}') for m in ('rggb', 'bggr', 'gbrg', 'grbg')),
    *((f'bayer_{m}16', 1, 'u2', f'bayer_{m}') for m in ('rggb', 'bggr', 'gbrg', 'grbg')),
    ('yuv422', 2, 'u1', 'uyvy'), ('uyvy', 2, 'u1', 'uyvy'),
    ('yuv422_yuy2', 2, 'u1', 'yuyv'), ('yuyv', 2, 'u1', 'yuyv'),
    ('8UC1', 1, 'u1', 'mono'), ('8UC2', 2, 'u1', 'values'), ('8UC3', 3, 'u1', 'bgr'),
    ('8UC4', 4, 'u1', 'bgra'), ('16UC1', 1, 'u2', 'depth'), ('16UC2', 2, 'u2', 'values'),
    ('16UC3', 3, 'u2', 'bgr'), ('16UC4', 4, 'u2', 'bgra'),
    ('32FC1', 1, 'f4', 'depth'), ('64FC1', 1, 'f8', 'depth'),
    *((f'8SC{n}', n, 'i1', 'values') for n in range(1, 5)),
    *((f'16SC{n}', n, 'i2', 'values') for n in range(1, 5)),
    *((f'32SC{n}', n, 'i4', 'values') for n in range(1, 5)),
    *((f'32FC{n}', n, 'f4', 'values') for n in range(2, 5)),
    *((f'64FC{n}', n, 'f8', 'values') for n in range(2, 5)),
    ('8UC', 1, 'u1', 'mono'), ('8UC5', 5, 'u1', 'values'), ('32FC12', 12, 'f4', 'values'),
]


@pytest.mark.parametrize('encoding, samples, dtype, channels', STANDARD, ids=lambda x: str(x))
@pytest.mark.parametrize('order', '<>')
@pytest.mark.parametrize('padding', [0, 1, 8])
def test_every_encoding_is_read_at_any_step_and_byte_order(
    encoding, samples, dtype, channels, order, padding
):
    values = np.arange(2 * 4 * samples).reshape(2, 4 * samples).astype(dtype) + 1
    rows = [row.astype(order + dtype).tobytes() + b'\xee' * padding for row in values]
    msg = image(encoding, step=len(rows[0]), data=b''.join(rows), is_bigendian=order == '>')

    frame = decode_image(msg)

    expected = values.reshape((2, 4, samples) if samples > 1 else (2, 4))
    np.testing.assert_array_equal(frame.pixels, expected)
    assert frame.pixels.dtype == np.dtype(dtype)
    assert frame.pixels.flags.aligned
    assert (frame.channels, frame.encoding) == (channels, encoding)
    assert (frame.width, frame.height) == (4, 2)
    assert (frame.stamp_ns, frame.frame_id) == (12_000_000_034, 'cam')
    assert frame.payload == msg.data


@given(
    width=st.integers(1, 9), height=st.integers(1, 9), samples=st.integers(1, 4),
    padding=st.integers(0, 17), order=st.sampled_from('<>'), seed=st.integers(0, 99),
    dtype=st.sampled_from(['8U', '8S', '16U', '16S', '32S', '32F', '64F']),
    has_last_padding=st.booleans(),
)
def test_what_is_packed_comes_out_again(
    width, height, samples, padding, order, seed, dtype, has_last_padding
):
    kind = {'U': 'u', 'S': 'i', 'F': 'f'}[dtype[-1]] + str(int(dtype[:-1]) // 8)
    values = np.random.default_rng(seed).integers(0, 100, (height, width, samples)).astype(kind)
    rows = [row.astype(order + kind).tobytes() for row in values]
    data = (b'\x55' * padding).join(rows) + b'\x55' * padding * has_last_padding
    step = len(rows[0]) + padding

    frame = decode_image(
        image(f'{dtype}C{samples}', width, height, step, data, is_bigendian=order == '>'))

    np.testing.assert_array_equal(frame.pixels.reshape(values.shape), values)


@pytest.mark.parametrize('encoding, step', [
    ('bgr8', 16), ('mono16', 8), ('32FC1', 16), ('nv12', 4), ('yuv422', 8), ('bayer_rggb16', 10),
])
def test_pixels_view_the_message(encoding, step):
    data = np.zeros(step * 4, np.uint8)

    frame = decode_image(image(encoding, step=step, data=data))

    assert np.shares_memory(frame.pixels, data)


@pytest.mark.parametrize('wrap', [
    bytes, bytearray, memoryview, list, tuple, lambda b: array.array('B', b),
    lambda b: np.frombuffer(b, np.uint8), lambda b: np.repeat(np.frombuffer(b, np.uint8), 2)[::2],
], ids=['bytes', 'bytearray', 'memoryview', 'list', 'tuple', 'array', 'numpy', 'strided'])
def test_bytes_may_be_held_by_anything(wrap):
    frame = decode_image(image(data=wrap(bytes(range(24)))))

    assert frame.pixels.tolist() == np.arange(24).reshape(2, 4, 3).tolist()


@pytest.mark.parametrize('encoding, expected', [(' BGR8 ', 'bgr'), ('16uc1', 'depth')])
def test_case_and_spaces_of_an_encoding_do_not_matter(encoding, expected):
    assert decode_image(image(encoding)).channels == expected


def test_foxglove_messages_have_their_stamp_beside_the_data():
    msg = image()
    del msg.header
    msg.timestamp, msg.frame_id = header().stamp, 'fox'

    frame = decode_image(msg)

    assert (frame.stamp_ns, frame.frame_id) == (12_000_000_034, 'fox')


@pytest.mark.parametrize('step, extra', [(6, 0), (8, 0), (0, 0), (9, 0)])
def test_semi_planar_images_are_read_whatever_the_driver_takes_step_for(step, extra):
    stride = 8 if step == 8 else 6
    data = bytes(range(stride * 6))

    frame = decode_image(image('nv12', 6, 4, step, data))

    assert frame.pixels.strides == (stride, 1)
    assert frame.pixels.tolist() == [[y * stride + x for x in range(6)] for y in range(4)]


@pytest.mark.parametrize('changes, reason', [
    ({'encoding': 'yuv9'}, r"'yuv9' is not supported; publish one of .*bayer_rggb8.*mono8.*uyvy"),
    ({'encoding': ''}, 'not supported'),
    ({'encoding': '8UC0'}, 'no 1 to 512 channels'),
    ({'encoding': '8UC999'}, 'no 1 to 512 channels'),
    ({'encoding': '8FC1'}, 'not supported'),
    ({'width': 0}, 'empty, 0 x 2'),
    ({'height': 0}, 'empty, 4 x 0'),
    ({'height': -1}, 'empty'),
    ({'step': 11}, 'step 11 is smaller than a row: 4 pixels of 3 bytes'),
    ({'step': 0, 'data': b'1'}, 'step 0 is smaller'),
    ({'data': b''}, r'ends early: 0 bytes of 24 \(height 2 x step 12\)'),
    ({'data': bytes(23)}, 'ends early: 23 bytes of 24'),
    ({'height': 2**32 - 1}, 'ends early: 24 bytes of 51539607540'),
    ({'width': 2**32 - 1, 'height': 2**32 - 1, 'step': 2**32 - 1}, 'step .* is smaller'),
    ({'width': 2**30, 'height': 2**32 - 1, 'step': 2**32 - 1}, 'ends early'),
    ({'encoding': '64FC512', 'width': 2**31}, 'smaller than a row'),
    ({'encoding': 'yuv422', 'width': 3}, 'uyvy has an even width, not 3'),
    ({'encoding': 'nv21', 'height': 3}, 'nv21 has an even height, not 3'),
    ({'encoding': 'nv12', 'step': 4, 'data': bytes(11)}, 'ends early: 11 bytes of 12'),
    ({'encoding': 'nv24', 'step': 4, 'data': bytes(23)}, 'ends early: 23 bytes of 24'),
    ({'data': None.__class__}, 'and not bytes'),
    ({'data': ['x']}, 'and not bytes'),
    ({'data': [300] * 24}, 'and not bytes'),
])
def test_a_broken_image_is_refused_with_the_reason(changes, reason):
    with pytest.raises(DecodeError, match=reason):
        decode_image(SimpleNamespace(**{**vars(image(data=bytes(24))), **changes}))


@given(
    encoding=st.one_of(st.sampled_from([row[0] for row in STANDARD] + ['nv12', 'nv21', 'nv24']),
                       st.text(max_size=9)),
    width=st.integers(0, 2**32 - 1), height=st.integers(0, 2**32 - 1),
    step=st.integers(0, 2**32 - 1), data=st.binary(max_size=64), is_bigendian=st.integers(0, 255),
)
def test_no_message_breaks_the_decoder(encoding, width, height, step, data, is_bigendian):
    try:
        frame = decode_image(image(encoding, width, height, step, data, is_bigendian))
    except DecodeError:
        return

    assert frame.pixels.nbytes <= len(data)


def camera_info(**changes):
    values = {
        'header': header(), 'width': 640, 'height': 480, 'distortion_model': 'plumb_bob',
        'd': [0.1, 0.2, 0.0, 0.0, 0.0], 'k': np.arange(9.0), 'r': [1.0] * 9, 'p': (2.0,) * 12,
    }
    return SimpleNamespace(**{**values, **changes})


def test_camera_info_becomes_a_calibration():
    calibration = decode_camera_info(camera_info())

    assert calibration.k == tuple(float(n) for n in range(9))
    assert calibration.d == (0.1, 0.2, 0.0, 0.0, 0.0)
    assert (calibration.width, calibration.height) == (640, 480)
    assert (calibration.stamp_ns, calibration.frame_id) == (12_000_000_034, 'cam')
    assert calibration.distortion_model == 'plumb_bob'


def test_camera_info_of_ros_1_has_capital_names():
    msg = camera_info()
    for name in 'dkrp':
        setattr(msg, name.upper(), getattr(msg, name))
        delattr(msg, name)

    assert decode_camera_info(msg).k[8] == 8.0


def test_a_matrix_of_the_wrong_size_is_refused():
    with pytest.raises(DecodeError, match='k of the camera info has 8 numbers and not 9'):
        decode_camera_info(camera_info(k=[0.0] * 8))


def test_the_calibration_of_a_region_with_joined_pixels_is_that_of_its_images():
    message = SimpleNamespace(
        header=SimpleNamespace(stamp=SimpleNamespace(sec=1, nanosec=0), frame_id='cam'),
        width=1280, height=960, distortion_model='plumb_bob', d=[0.0] * 5,
        k=[900.0, 0, 640.0, 0, 800.0, 480.0, 0, 0, 1], r=[1.0, 0, 0, 0, 1, 0, 0, 0, 1],
        p=[880.0, 0, 630.0, -90.0, 0, 780.0, 470.0, 0, 0, 0, 1, 0], binning_x=2, binning_y=4,
        roi=SimpleNamespace(x_offset=40, y_offset=80, width=640, height=480, do_rectify=False))
    found = decode_camera_info(message)

    assert (found.width, found.height) == (320, 120)
    assert found.k == (450.0, 0, 300.0, 0, 200.0, 100.0, 0, 0, 1)
    assert found.p == (440.0, 0, 295.0, -45.0, 0, 195.0, 97.5, 0, 0, 0, 1, 0)
