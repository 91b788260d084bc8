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

from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
import numpy as np
import pytest

from scenebox_ros.codecs.rvl import decode_rvl
from scenebox_ros.errors import DecodeError


def encode(pixels):
    """Encode pixel by pixel as the paper does, to check the sweep against."""
    nibbles = []

    def put(number):
        while True:
            group, number = number & 7, number >> 3
            nibbles.append(group | (8 if number else 0))
            if not number:
                return

    at, before = 0, 0
    while at < len(pixels):
        start = at
        while at < len(pixels) and pixels[at] == 0:
            at += 1
        put(at - start)
        start = at
        while at < len(pixels) and pixels[at] != 0:
            at += 1
        put(at - start)
        for value in pixels[start:at]:
            delta = int(value) - before
            put(2 * delta if delta >= 0 else -2 * delta - 1)
            before = int(value)
    nibbles += [0] * (-len(nibbles) % 8)
    words = np.array(nibbles, np.uint32).reshape(-1, 8)
    return (words << np.arange(28, -1, -4, dtype=np.uint32)).sum(axis=1).astype('<u4').tobytes()


SPARSE = st.one_of(st.just(0), st.integers(0, 65535), st.integers(1000, 1010))


@given(hnp.arrays(np.uint16, st.integers(1, 60), elements=SPARSE))
def test_what_is_encoded_comes_out_again(pixels):
    np.testing.assert_array_equal(decode_rvl(encode(pixels), len(pixels)), pixels)


def test_an_image_without_readings_is_zeros():
    assert not decode_rvl(encode(np.zeros(307200, np.uint16)), 307200).any()


def test_code_that_ends_early_is_refused():
    code = encode(np.arange(1, 2000, dtype=np.uint16))

    for end in range(0, len(code) - 4, 4):
        with pytest.raises(DecodeError, match=r'ends early|does not fit'):
            decode_rvl(code[:end], 1999)


def test_code_of_more_pixels_is_refused():
    with pytest.raises(DecodeError, match='does not fit 5 pixels'):
        decode_rvl(encode(np.arange(1, 11, dtype=np.uint16)), 5)


def test_empty_runs_do_not_hold_the_decoder_up():
    with pytest.raises(DecodeError, match='empty run at pixel 0'):
        decode_rvl(bytes(4000), 10)


@given(st.binary(max_size=200), st.integers(1, 5000))
def test_junk_gives_pixels_or_our_error(junk, count):
    try:
        assert len(decode_rvl(junk, count)) == count
    except DecodeError:
        pass
