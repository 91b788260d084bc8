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

import cv2
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
import numpy as np
import pytest

from scenebox_ros.codecs.tiff import read_tiff, write_tiff
from scenebox_ros.errors import DecodeError, EncodeError

KINDS = ['u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'f4', 'f8']
ARRAYS = st.sampled_from(KINDS).flatmap(lambda kind: hnp.arrays(
    kind, hnp.array_shapes(min_dims=2, max_dims=3, max_side=7)))


@given(ARRAYS)
def test_numbers_come_back_bit_by_bit(pixels):
    read = read_tiff(write_tiff(pixels))

    assert read.dtype == pixels.dtype
    assert read.tobytes() == pixels.tobytes()


@pytest.mark.parametrize('kind', ['u1', 'u2', 'f4'])  # what every OpenCV since 4.5 reads
@pytest.mark.parametrize('samples', [1, 3])
def test_opencv_reads_the_same_numbers(kind, samples):
    pixels = (np.arange(5 * 7 * samples) % 100).reshape(5, 7, samples).astype(kind)

    read = cv2.imdecode(np.frombuffer(write_tiff(pixels), np.uint8), cv2.IMREAD_UNCHANGED)

    assert read.dtype == pixels.dtype
    np.testing.assert_array_equal(read.reshape(5, 7, samples)[..., ::-1], pixels)


def test_files_of_another_form_are_left_to_others():
    for options in ([], [cv2.IMWRITE_TIFF_COMPRESSION, 1]):
        blob = cv2.imencode('.tiff', np.zeros((500, 70, 3), np.uint8), options)[1].tobytes()

        assert read_tiff(blob) is None


@pytest.mark.parametrize('pixels', [
    np.zeros((2, 2), bool), np.zeros((2, 2), complex), np.zeros((0, 2)), np.zeros(3),
    np.zeros((2, 2, 2, 2)),
])
def test_what_tiff_cannot_hold_is_refused(pixels):
    with pytest.raises(EncodeError, match='TIFF cannot hold'):
        write_tiff(pixels)


@given(st.data())
def test_damaged_files_give_numbers_none_or_our_error(data):
    blob = bytearray(write_tiff(np.arange(60, dtype='f4').reshape(6, 10)))
    for place in data.draw(st.lists(st.integers(0, len(blob) - 1), max_size=4)):
        blob[place] = data.draw(st.integers(0, 255))
    blob = bytes(blob[: data.draw(st.integers(0, len(blob)))])
    try:
        read = read_tiff(blob, max_pixels=10**6)
    except DecodeError:
        return
    assert read is None or read.size <= 10**6 * 65536
