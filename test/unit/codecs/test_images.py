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

from types import SimpleNamespace

import cv2
from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from scenebox_ros.codecs import images
from scenebox_ros.decode.image import decode_image as decode_message
from scenebox_ros.errors import DecodeError, EncodeError

RNG = np.random.default_rng(5)
NOISE = RNG.integers(0, 256, (24, 32, 3)).astype(np.uint8)
SMOOTH = cv2.resize(NOISE[:4, :5], (320, 200), interpolation=cv2.INTER_CUBIC)


def frame(encoding, pixels):
    height, width = pixels.shape[:2]
    return decode_message(SimpleNamespace(
        header=SimpleNamespace(stamp=SimpleNamespace(sec=0, nanosec=0), frame_id=''),
        encoding=encoding, width=width, height=height, step=pixels.strides[0],
        data=pixels.tobytes(), is_bigendian=0,
    ))


def test_a_jpeg_looks_like_the_frame():
    for encoding, pixels in [('bgr8', SMOOTH), ('rgb8', SMOOTH[..., ::-1].copy())]:
        shown = images.decode_image(images.encode_jpeg(frame(encoding, pixels), 95))

        assert np.abs(shown.astype(int) - SMOOTH).mean() < 2


@pytest.mark.parametrize('quality, worse_by_db', [(30, 0.1), (75, 0.1), (90, 0.25), (95, 0.5)])
@pytest.mark.parametrize('encoding', ['bgr8', 'mono8'])
def test_a_jpeg_is_nearly_as_good_and_as_small_as_opencvs(encoding, quality, worse_by_db):
    noise = np.random.default_rng(7).integers(0, 8, (480, 640, 3)).astype(np.uint8)
    street = cv2.add(cv2.resize(NOISE, (640, 480), interpolation=cv2.INTER_CUBIC), noise)
    pixels = street if encoding == 'bgr8' else street[..., 1].copy()
    theirs = cv2.imencode('.jpg', pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]

    ours = images.encode_jpeg(frame(encoding, pixels), quality)

    def likeness(blob):
        return cv2.PSNR(pixels, cv2.imdecode(np.frombuffer(blob, np.uint8), -1))

    assert likeness(ours) > likeness(theirs) - worse_by_db
    assert len(ours) < len(theirs) * 1.03


def test_a_jpeg_of_the_highest_quality_is_what_opencv_writes():
    expected = cv2.imencode('.jpg', SMOOTH, [cv2.IMWRITE_JPEG_QUALITY, 98])[1].tobytes()

    assert images.encode_jpeg(frame('bgr8', SMOOTH), 98) == expected
    assert images.encode_jpeg(SMOOTH, 98) == expected


@pytest.mark.parametrize('encoding, order', [
    ('rgb8', [2, 1, 0]), ('bgra8', [0, 1, 2, 0]), ('rgba8', [2, 1, 0, 0]),
])
def test_a_jpeg_has_the_same_bytes_whatever_the_order_of_the_channels(encoding, order):
    other = np.ascontiguousarray(SMOOTH[..., order])

    assert images.encode_jpeg(frame(encoding, other)) == images.encode_jpeg(SMOOTH)


@pytest.mark.parametrize('pixels', [SMOOTH, SMOOTH[..., 1]], ids=['colour', 'gray'])
def test_a_jpeg_of_pixels_anywhere_in_memory_is_the_same(pixels):
    whole = np.ascontiguousarray(pixels)
    padded = np.concatenate([whole, whole[:, :5]], axis=1)[:, :whole.shape[1]]
    spread = np.repeat(whole, 2, axis=1)[:, ::2]
    turned = whole[::-1].copy()[::-1]
    read_only = whole.copy()
    read_only.flags.writeable = False

    expected = images.encode_jpeg(whole)
    for other in (padded, spread, turned, read_only):
        assert images.encode_jpeg(other) == expected


def test_an_array_with_alpha_becomes_a_jpeg_without():
    with_alpha = np.dstack([SMOOTH, SMOOTH[..., 0]])

    assert images.encode_jpeg(with_alpha) == images.encode_jpeg(SMOOTH)


@pytest.mark.parametrize('pixels', [
    np.zeros((0, 5, 3), np.uint8), np.zeros((5, 0), np.uint8), np.zeros((4, 4, 2), np.uint8),
    np.zeros((4, 4, 3), np.uint16), np.zeros((4, 4, 3), np.float32), np.zeros(4, np.uint8),
], ids=str)
def test_an_array_that_is_no_picture_is_refused(pixels):
    with pytest.raises(EncodeError, match='JPEG cannot hold'):
        images.encode_jpeg(pixels)


@pytest.mark.parametrize('quality', [0, 101])
def test_a_quality_out_of_range_is_refused(quality):
    with pytest.raises(EncodeError, match=f'quality is {quality}; choose 1 to 100'):
        images.encode_jpeg(SMOOTH, quality)


def test_a_side_that_jpeg_cannot_hold_is_refused():
    with pytest.raises(EncodeError, match='65501 x 1 pixels are too many for JPEG'):
        images.encode_jpeg(np.zeros((1, 65501), np.uint8))


@pytest.mark.parametrize('encoding, order, kind', [
    ('bgr8', [0, 1, 2], 'u1'), ('rgb8', [2, 1, 0], 'u1'), ('bgra8', [0, 1, 2, 1], 'u1'),
    ('rgba8', [2, 1, 0, 1], 'u1'), ('bgr16', [0, 1, 2], 'u2'), ('rgb16', [2, 1, 0], 'u2'),
    ('bgra16', [0, 1, 2, 1], 'u2'), ('rgba16', [2, 1, 0, 1], 'u2'),
])
def test_a_png_keeps_every_bit_and_the_colours(encoding, order, kind):
    pixels = np.ascontiguousarray(NOISE[..., order]).astype(kind) * (201 if kind == 'u2' else 1)

    read = images.decode_image(images.encode_png(frame(encoding, pixels)))

    expected = NOISE[..., [0, 1, 2, 1][: len(order)]].astype(kind) * (201 if kind == 'u2' else 1)
    np.testing.assert_array_equal(read, expected)


@pytest.mark.parametrize('encoding', ['mono16', '16UC1'])
def test_sixteen_bit_gray_stays_in_a_png(encoding):
    pixels = RNG.integers(0, 65536, (24, 32)).astype(np.uint16)

    blob = images.encode_png(frame(encoding, pixels))

    np.testing.assert_array_equal(images.decode_image(blob), pixels)
    assert images.read_text(blob) == ({'depth_unit_m': '0.001'} if encoding == '16UC1' else {})


def test_a_sixteen_bit_mosaic_becomes_a_sixteen_bit_colour_png():
    pixels = RNG.integers(0, 65536, (24, 32)).astype(np.uint16)

    read = images.decode_image(images.encode_png(frame('bayer_rggb16', pixels)))

    np.testing.assert_array_equal(read, cv2.cvtColor(pixels, cv2.COLOR_BayerBG2BGR))


def test_metres_become_a_png_of_millimetres_that_says_so():
    metres = np.array([[1.5, np.nan], [0.25, 70.0]], np.float32)

    blob = images.encode_png(frame('32FC1', metres))

    assert images.decode_image(blob).tolist() == [[1500, 0], [250, 65535]]
    assert images.read_text(blob) == {'depth_unit_m': '0.001'}


@pytest.mark.parametrize('encoding', ['bgr8', 'mono16', '16UC1', '32FC1', 'uyvy', 'bayer_grbg8'])
def test_lossless_is_png_where_png_can_hold_it(encoding):
    shape = {'bgr8': (4, 6, 3), 'uyvy': (4, 6, 2)}.get(encoding, (4, 6))
    kind = {'mono16': 'u2', '16UC1': 'u2', '32FC1': 'f4'}.get(encoding, 'u1')

    image_format, blob = images.encode_lossless(frame(encoding, np.ones(shape, kind)))

    assert (image_format, images.probe(blob)) == ('png', ('png', 6, 4))


@pytest.mark.parametrize('encoding, kind', [
    ('8SC1', 'i1'), ('16SC1', 'i2'), ('32SC1', 'i4'), ('32FC2', 'f4'), ('64FC4', 'f8'),
    ('8UC2', 'u1'), ('16UC2', 'u2'), ('32FC5', 'f4'),
])
def test_lossless_is_tiff_for_all_other_numbers(encoding, kind):
    samples = int(encoding[-1])
    numbers = (RNG.normal(size=(4, 6, samples)) * 50).astype(kind)

    image_format, blob = images.encode_lossless(frame(encoding, numbers))

    read = images.decode_image(blob).reshape(4, 6, samples)
    order = [2, 1, 0, 3][:samples] if samples in (3, 4) else list(range(samples))
    assert image_format == 'tiff'
    assert read.dtype == numbers.dtype
    np.testing.assert_array_equal(read[..., order], numbers)


def test_a_thumbnail_is_small_and_keeps_the_proportion():
    for suffix in ['.jpg', '.png', '.webp', '.tiff']:
        blob = cv2.imencode(suffix, SMOOTH)[1].tobytes()

        small = images.thumbnail(blob, 64)

        assert images.probe(small) == ('jpeg', 64, 40)
        wanted = cv2.resize(SMOOTH, (64, 40), interpolation=cv2.INTER_AREA)
        assert np.abs(images.decode_image(small).astype(int) - wanted).mean() < 8


@pytest.mark.parametrize('pixels', [
    np.arange(48, dtype=np.uint16).reshape(6, 8) * 1300, np.zeros((6, 8, 4), np.uint8),
    np.zeros((1, 8), np.uint8), np.zeros((6, 8, 3), np.uint16),
])
def test_thumbnails_are_made_of_any_depth(pixels):
    blob = cv2.imencode('.png', pixels)[1].tobytes()

    width, height = images.probe(images.thumbnail(blob, 4))[1:]

    assert (width, height) == (4, max(1, pixels.shape[0] // 2))


def test_a_thumbnail_is_not_larger_than_the_image():
    blob = images.encode_jpeg(NOISE)

    assert images.probe(images.thumbnail(blob, 1000)) == ('jpeg', 32, 24)


def test_a_thumbnail_of_no_size_is_refused():
    with pytest.raises(EncodeError, match='max_side is 0'):
        images.thumbnail(images.encode_jpeg(NOISE), 0)


def test_a_hostile_size_is_refused_before_anything_is_allocated():
    blob = bytearray(images.encode_png(NOISE))
    blob[16:24] = (2**31 - 1).to_bytes(4, 'big') * 2

    with pytest.raises(DecodeError, match=r'claims 2147483647 x 2147483647 pixels; at most'):
        images.decode_image(bytes(blob))


def test_a_png_that_claims_more_than_deflate_can_hold_is_refused():
    blob = bytearray(images.encode_png(NOISE))
    blob[16:24] = (10_000).to_bytes(4, 'big') * 2

    with pytest.raises(DecodeError, match='png image ends early'):
        images.decode_image(bytes(blob))


def test_the_limit_is_the_callers():
    with pytest.raises(DecodeError, match='at most 100 are decoded'):
        images.decode_image(images.encode_png(NOISE), max_pixels=100)


@given(st.sampled_from(['.jpg', '.png', '.webp', '.tiff']), st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_files_give_pixels_or_our_error(suffix, data):
    blob = bytearray(cv2.imencode(suffix, NOISE)[1].tobytes())
    for place in data.draw(st.lists(st.integers(0, len(blob) - 1), max_size=4)):
        blob[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(blob)))
    for broken in (bytes(blob), bytes(blob[:cut])):
        try:
            pixels = images.decode_image(broken, max_pixels=10**6)
        except DecodeError:
            continue
        assert pixels.size
