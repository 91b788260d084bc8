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

import builtins
import struct
import zlib

import cv2
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
import numpy as np
import pytest

from scenebox_ros.codecs import png
from scenebox_ros.errors import EncodeError


def read(blob):
    pixels = cv2.imdecode(np.frombuffer(blob, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels.ndim == 3:
        pixels = pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]
    return pixels


IMAGES = st.tuples(
    st.integers(1, 12), st.integers(1, 12), st.sampled_from([None, 3, 4]),
).flatmap(lambda shape: st.sampled_from([np.uint8, np.uint16]).flatmap(
    lambda dtype: hnp.arrays(dtype, shape if shape[2] else shape[:2])))


@given(IMAGES)
def test_opencv_reads_exactly_the_pixels_that_were_written(pixels):
    np.testing.assert_array_equal(read(png.write_png(pixels)), pixels)


@pytest.mark.parametrize('band_bytes', [1, 200, 10**6])
@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
@pytest.mark.parametrize('channels', [1, 3, 4])
def test_bands_of_any_height_make_the_same_image(monkeypatch, band_bytes, dtype, channels):
    monkeypatch.setattr(png, '_BAND_BYTES', band_bytes)
    pixels = np.random.default_rng(0).integers(0, 256, (23, 17, channels)).astype(dtype)

    blob = png.write_png(pixels, is_bgr=True)

    found = cv2.imdecode(np.frombuffer(blob, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(found.reshape(pixels.shape), pixels)


def test_without_intels_library_the_pixels_are_the_same(monkeypatch):
    real = builtins.__import__

    def without_isal(name, *rest):
        if name.startswith('isal'):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, '__import__', without_isal)
    pixels = np.random.default_rng(0).integers(0, 65536, (40, 30, 3)).astype(np.uint16)

    np.testing.assert_array_equal(read(png.write_png(pixels)), pixels)


def test_chunks_have_lengths_and_checksums_as_the_standard_says():
    blob = png.write_png(np.zeros((3, 5), np.uint8), {'unit': 'mm'})

    at, kinds = 8, []
    while at < len(blob):
        size, kind = struct.unpack_from('>I4s', blob, at)
        checksum, = struct.unpack_from('>I', blob, at + 8 + size)
        assert zlib.crc32(blob[at + 4:at + 8 + size]) == checksum
        kinds.append(kind)
        at += 12 + size
    assert kinds == [b'IHDR', b'tEXt', b'IDAT', b'IEND']
    assert at == len(blob)


def test_text_is_read_again():
    blob = png.write_png(np.zeros((1, 1), np.uint8), {'depth_unit_m': '0.001', 'a': ''})

    assert png.read_text(blob) == {'depth_unit_m': '0.001', 'a': ''}


@given(st.binary(max_size=80))
def test_junk_has_no_text(junk):
    assert png.read_text(junk) == {}
    assert png.read_text(png.SIGNATURE + junk) is not None


def test_rows_that_are_not_contiguous_are_written_right():
    padded = np.random.default_rng(0).integers(0, 256, (6, 20, 3)).astype(np.uint8)[::2, 3:9]

    np.testing.assert_array_equal(read(png.write_png(padded)), padded)


@pytest.mark.parametrize('pixels, reason', [
    (np.zeros((2, 2), np.float32), 'not float32 of shape'),
    (np.zeros((2, 2), np.int16), 'not int16'),
    (np.zeros((2, 2, 2), np.uint8), '1, 3 or 4 channels, not 2'),
    (np.zeros((0, 2), np.uint8), r'shape \(0, 2\)'),
    (np.zeros((2, 2, 3, 1), np.uint8), 'shape'),
    (np.zeros(4, np.uint8), 'shape'),
])
def test_what_png_cannot_hold_is_refused(pixels, reason):
    with pytest.raises(EncodeError, match=reason):
        png.write_png(pixels)
