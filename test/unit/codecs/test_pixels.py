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
import numpy as np
import pytest

from scenebox_ros.codecs import pixels as px
from scenebox_ros.decode.image import decode_image
from scenebox_ros.errors import EncodeError

RNG = np.random.default_rng(7)
COLOURS = RNG.integers(0, 256, (6, 8, 3)).astype(np.uint8)  # as BGR


def frame(encoding, pixels, step=None):
    step = step or pixels.strides[0]
    rows = pixels if pixels.dtype == np.uint8 else pixels.view(np.uint8)
    height, width = SIZE if encoding.startswith('nv') else pixels.shape[:2]
    return decode_image(SimpleNamespace(
        header=SimpleNamespace(stamp=SimpleNamespace(sec=0, nanosec=0), frame_id=''),
        encoding=encoding, width=width, height=height, step=step, data=rows.tobytes(),
        is_bigendian=0,
    ))


SIZE = (6, 8)


@pytest.mark.parametrize('encoding, order', [
    ('bgr8', [0, 1, 2]), ('rgb8', [2, 1, 0]), ('8UC3', [0, 1, 2]),
    ('bgra8', [0, 1, 2, 0]), ('rgba8', [2, 1, 0, 0]), ('8UC4', [0, 1, 2, 0]),
])
def test_colours_come_out_in_the_order_blue_green_red(encoding, order):
    shown = px.to_bgr(frame(encoding, np.ascontiguousarray(COLOURS[..., order])))

    np.testing.assert_array_equal(shown, COLOURS)


@pytest.mark.parametrize('encoding, order', [
    ('bgr16', [0, 1, 2]), ('rgb16', [2, 1, 0]), ('bgra16', [0, 1, 2, 0]), ('rgba16', [2, 1, 0, 0]),
])
def test_sixteen_bits_scale_to_eight(encoding, order):
    deep = np.ascontiguousarray(COLOURS[..., order]).astype(np.uint16) * 257

    np.testing.assert_array_equal(px.to_bgr(frame(encoding, deep)), COLOURS)


@pytest.mark.parametrize('encoding, factor', [('mono8', 1), ('8UC1', 1), ('mono16', 257)])
def test_gray_has_three_equal_colours(encoding, factor):
    gray = np.ascontiguousarray(COLOURS[..., 0]).astype(np.uint16) * factor
    gray = gray.astype(np.uint8) if factor == 1 else gray

    shown = px.to_bgr(frame(encoding, gray))

    np.testing.assert_array_equal(shown, np.repeat(COLOURS[..., :1], 3, axis=2))


# The colour of each place in a mosaic's first 2 x 2 pixels, as an index in blue, green, red.
MOSAICS = {'rggb': [[2, 1], [1, 0]], 'bggr': [[0, 1], [1, 2]],
           'gbrg': [[1, 0], [2, 1]], 'grbg': [[1, 2], [0, 1]]}


@pytest.mark.parametrize('mosaic', MOSAICS)
@pytest.mark.parametrize('bits', [8, 16])
@pytest.mark.parametrize('size', [(6, 8), (2, 2), (3, 5), (4, 4)])
def test_a_plain_colour_survives_every_mosaic(mosaic, bits, size):
    colour = np.array([200, 90, 30])
    places = np.tile(np.array(MOSAICS[mosaic]), (4, 4))[: size[0], : size[1]]
    pixels = colour[places].astype(np.uint8 if bits == 8 else np.uint16)
    pixels = pixels if bits == 8 else pixels * np.uint16(257)

    shown = px.to_bgr(frame(f'bayer_{mosaic}{bits}', pixels))

    np.testing.assert_array_equal(shown, np.broadcast_to(colour, (*size, 3)))


@pytest.mark.parametrize('mosaic', MOSAICS)
def test_a_mosaic_keeps_the_measured_colour_of_each_pixel(mosaic):
    places = np.tile(np.array(MOSAICS[mosaic]), (3, 4))
    rows, columns = np.indices(SIZE)
    pixels = COLOURS[rows, columns, places]

    shown = px.to_bgr(frame(f'bayer_{mosaic}8', pixels))

    inner = np.s_[1:-1, 1:-1]
    np.testing.assert_array_equal(shown[rows, columns, places][inner], pixels[inner])


def test_a_mosaic_of_one_row_is_refused():
    with pytest.raises(EncodeError, match='8 x 1 pixels has no colours'):
        px.to_bgr(frame('bayer_rggb8', np.zeros((1, 8), np.uint8)))


def bt601(luma, blue, red):
    """The standard's own formula, in floating point."""
    y, u, v = (np.asarray(part, np.float64) for part in (luma, blue, red))
    y = 255 / 219 * (y - 16)
    bgr = [y + 1.772 * 255 / 224 * (u - 128),
           y - 0.344136 * 255 / 224 * (u - 128) - 0.714136 * 255 / 224 * (v - 128),
           y + 1.402 * 255 / 224 * (v - 128)]
    return np.clip(np.rint(np.stack(bgr, axis=-1)), 0, 255)


def yuv_planes():
    luma = RNG.integers(16, 236, SIZE).astype(np.uint8)
    return luma, *(RNG.integers(60, 200, SIZE).astype(np.uint8) for _ in range(2))


@pytest.mark.parametrize('encoding, luma_at', [
    ('yuv422', 1), ('uyvy', 1), ('yuv422_yuy2', 0), ('yuyv', 0),
])
def test_packed_yuv_has_luma_where_its_name_says(encoding, luma_at):
    luma, blue, red = yuv_planes()
    packed = np.empty((*SIZE, 2), np.uint8)
    packed[..., luma_at] = luma
    packed[:, ::2, 1 - luma_at], packed[:, 1::2, 1 - luma_at] = blue[:, ::2], red[:, ::2]

    shown = px.to_bgr(frame(encoding, packed))

    pairs = [np.repeat(plane[:, ::2], 2, axis=1) for plane in (blue, red)]
    np.testing.assert_allclose(shown, bt601(luma, *pairs), atol=1.01)


@pytest.mark.parametrize('padding', [0, 6])
@pytest.mark.parametrize('encoding', ['nv12', 'nv21'])
def test_semi_planar_yuv_has_a_chroma_for_four_pixels(encoding, padding):
    luma, blue, red = yuv_planes()
    first, second = (blue, red) if encoding == 'nv12' else (red, blue)
    chroma = np.stack([first[::2, ::2], second[::2, ::2]], axis=-1).reshape(3, 8)
    rows = np.pad(np.concatenate([luma, chroma]), ((0, 0), (0, padding)), constant_values=99)

    shown = px.to_bgr(frame(encoding, rows))

    fours = [plane[::2, ::2].repeat(2, axis=0).repeat(2, axis=1) for plane in (blue, red)]
    np.testing.assert_allclose(shown, bt601(luma, *fours), atol=1.01)


@pytest.mark.parametrize('padding', [0, 6])
def test_nv24_has_a_chroma_for_each_pixel(padding):
    luma, blue, red = yuv_planes()
    step = 8 + padding
    chroma = np.zeros((6, 2 * step), np.uint8)
    chroma[:, :16] = np.stack([blue, red], axis=-1).reshape(6, 16)
    rows = np.concatenate([np.pad(luma, ((0, 0), (0, padding))), chroma.reshape(12, step)])

    shown = px.to_bgr(frame('nv24', rows))

    np.testing.assert_allclose(shown, bt601(luma, blue, red), atol=1.01)


@pytest.mark.parametrize('encoding, code', [
    ('bayer_rggb8', cv2.COLOR_BayerBG2BGR), ('bayer_bggr8', cv2.COLOR_BayerRG2BGR),
    ('bayer_gbrg8', cv2.COLOR_BayerGR2BGR), ('bayer_grbg8', cv2.COLOR_BayerGB2BGR),
    ('yuv422', cv2.COLOR_YUV2BGR_UYVY), ('yuyv', cv2.COLOR_YUV2BGR_YUYV),
])
def test_colours_are_those_of_opencv_and_cv_bridge(encoding, code):
    shape = (*SIZE, 2) if 'yu' in encoding else SIZE
    raw = RNG.integers(0, 256, shape).astype(np.uint8)

    np.testing.assert_array_equal(px.to_bgr(frame(encoding, raw)), cv2.cvtColor(raw, code))


def test_a_bgr8_frame_is_not_copied():
    given = frame('bgr8', COLOURS)

    assert np.shares_memory(px.to_bgr(given), given.pixels)


@pytest.mark.parametrize('kind', ['i1', 'i2', 'i4', 'f4', 'f8'])
@pytest.mark.parametrize('samples', [1, 2, 3, 4, 5])
def test_plain_numbers_are_stretched_to_what_can_be_seen(kind, samples):
    name = {'i1': '8SC', 'i2': '16SC', 'i4': '32SC', 'f4': '32FC', 'f8': '64FC'}[kind]
    numbers = np.linspace(-100, 100, 48 * samples).reshape(6, 8, samples).astype(kind)

    shown = px.to_bgr(frame(f'{name}{samples}', numbers))

    if samples > 1:  # one channel of floating point is depth
        assert (shown.min(), shown.max()) == (0, 255) if samples <= 3 else (0, 254)
    assert shown.shape == (6, 8, 3)


def test_depth_shows_near_dark_far_bright_and_nothing_black():
    depth = np.array([[0, 1000, 2000, 3000, 65535]], np.uint16)

    shown = px.to_8bit(frame('16UC1', depth))

    assert shown.tolist() == [[0, 0, 128, 255, 0]]
    assert px.to_8bit(frame('16UC1', depth), 0, 4000).tolist() == [[0, 64, 128, 191, 0]]


def test_depth_without_any_reading_is_black():
    depth = np.full((2, 3), np.nan, np.float32)

    assert not px.to_8bit(frame('32FC1', depth)).any()


@pytest.mark.parametrize('encoding, kind', [('32FC1', np.float32), ('64FC1', np.float64)])
def test_metres_become_millimetres(encoding, kind):
    metres = np.array([[0.0, 1.0, 1.2345, 0.0004, -1.0, 65.535, 1e6, np.nan, np.inf, -np.inf]],
                      kind)

    depth = px.to_depth_mm(frame(encoding, metres))

    assert depth.dtype == np.uint16
    assert depth.tolist() in (
        [[0, 1000, n, 0, 0, 65535, 65535, 0, 0, 0]] for n in (1234, 1235))


def test_millimetres_are_not_copied():
    given = frame('16UC1', np.arange(12, dtype=np.uint16).reshape(3, 4))

    assert np.shares_memory(px.to_depth_mm(given), given.pixels)


def test_a_colour_image_is_not_depth():
    with pytest.raises(EncodeError, match="'bgr8' is not depth"):
        px.to_depth_mm(frame('bgr8', COLOURS))


def test_limits_apply_to_eight_bits_too():
    gray = np.array([[0, 50, 100, 255]], np.uint8)

    assert px.to_8bit(frame('mono8', gray), 50, 100).tolist() == [[0, 0, 255, 255]]
