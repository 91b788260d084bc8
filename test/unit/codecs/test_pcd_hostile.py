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

"""A PCD file from anywhere gives points or our error, in memory of the file's own size."""

import tracemalloc

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from scenebox_ros.codecs.pcd import decode_pcd, encode_pcd
from scenebox_ros.errors import DecodeError

FORMS = ['binary', 'binary_compressed', 'ascii']
POINTS = np.array(
    [(1.5, 2, [3, 4, 5]), (float('nan'), 65535, [0, 0, 0])],
    np.dtype({
        'names': ['x', 'ring', 'rest'], 'formats': ['<f4', '<u2', ('u1', (3,))],
        'offsets': [0, 6, 8], 'itemsize': 12,
    }),
)  # fmt: skip
WHOLE = {form: encode_pcd(POINTS, form) for form in FORMS}


def pcd(body=b'\0' * 8, **lines):
    """A small file with some of its lines said otherwise; None leaves one out."""
    said = {
        'FIELDS': 'x y', 'SIZE': '4 4', 'TYPE': 'F F', 'COUNT': '1 1', 'WIDTH': '1', 'HEIGHT': '1',
        'VIEWPOINT': '0 0 0 1 0 0 0', 'POINTS': '1', 'DATA': 'binary', **lines,
    }  # fmt: skip
    head = ''.join(f'{key} {value}\n' for key, value in said.items() if value is not None)
    return head.encode() + body


def test_the_small_file_is_good():
    assert decode_pcd(pcd()).tolist() == [[(0.0, 0.0)]]


@pytest.mark.parametrize(
    ('lines', 'said'),
    [
        ({'FIELDS': None}, 'no FIELDS line'),
        ({'FIELDS': ''}, '0 FIELDS'),
        ({'FIELDS': '_ _'}, 'no field but padding'),
        ({'FIELDS': 'x y z'}, '3 FIELDS, 2 SIZE'),
        ({'SIZE': '4'}, '1 SIZE'),
        ({'SIZE': '4 four'}, 'must hold numbers'),
        ({'SIZE': '4 3'}, 'type F of 3 bytes'),
        ({'SIZE': '4 -4'}, 'must not be negative'),
        ({'TYPE': 'F X'}, 'type X of 4 bytes'),
        ({'COUNT': '1 0'}, 'count 0'),
        ({'COUNT': '1 99999999'}, 'count 99999999'),
        ({'COUNT': '1 200000'}, 'PCD points have 800004 bytes|ends early'),
        ({'COUNT': '1048576 1048576'}, 'PCD points have'),
        ({'WIDTH': None, 'POINTS': None}, 'does not say how many points'),
        ({'WIDTH': ''}, 'how many points'),
        ({'WIDTH': '-1'}, 'must not be negative'),
        ({'WIDTH': '1e3'}, 'must hold numbers'),
        ({'WIDTH': '2'}, '1 points but 2 x 1'),
        ({'WIDTH': '4294967295', 'POINTS': '4294967295'}, 'ends early: 8 bytes of'),
        ({'WIDTH': '0', 'HEIGHT': '9' * 18, 'POINTS': '0'}, 'counts in 32 bits'),
        ({'WIDTH': '9' * 5000, 'POINTS': None}, 'how many points'),
        ({'DATA': 'zipped'}, "'zipped' is not ascii"),
        ({'DATA': 'ascii', 'WIDTH': '9999', 'POINTS': '9999'}, 'ends early: 8 bytes of text'),
        ({'DATA': 'binary_compressed'}, 'holds 0 bytes of points'),
    ],
)
def test_a_header_that_lies_is_told_so(lines, said):
    with pytest.raises(DecodeError, match=said):
        decode_pcd(pcd(**lines))


@pytest.mark.parametrize(
    ('body', 'said'),
    [
        (b'', 'ends early: 0 bytes of text'),
        (b'1.0000', 'ends early: 1 numbers of 2'),
        (b'1 abc\n', "field 'y' .* cannot hold"),
        (b'1 0x10\n', "field 'y'"),
        (b'\xff\xfe\x00 \xff\n', "field 'x'"),
    ],
)
def test_text_that_is_no_number_is_told_so(body, said):
    with pytest.raises(DecodeError, match=said):
        decode_pcd(pcd(body, DATA='ascii'))


@pytest.mark.parametrize('word', ['256', '-1', '1e9', 'nan', 'inf', '9' * 40])
def test_an_integer_that_does_not_fit_is_told_so(word):
    with pytest.raises(DecodeError, match="field 'x'"):
        decode_pcd(pcd(f'{word} 1\n'.encode(), DATA='ascii', SIZE='1 4', TYPE='U F'))


@pytest.mark.parametrize('form', FORMS)
def test_a_file_that_is_cut_anywhere_is_told_so(form):
    whole = WHOLE[form]
    # A last line without its end still has all its digits.
    last = len(whole) - (2 if form == 'ascii' else 0)
    for size in range(last):
        with pytest.raises(DecodeError):
            decode_pcd(whole[:size])


@given(st.sampled_from(FORMS), st.data())
@settings(deadline=None, max_examples=400)
def test_a_file_with_any_bytes_changed_gives_points_or_our_error(form, data):
    blob = bytearray(WHOLE[form])
    for _ in range(data.draw(st.integers(1, 4))):
        blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))

    try:
        points = decode_pcd(bytes(blob))
    except DecodeError:
        return

    assert points.ndim == 2


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_our_error(blob):
    with pytest.raises(DecodeError):
        decode_pcd(blob)


@pytest.mark.parametrize('form', FORMS)
def test_memory_follows_the_file_and_not_what_its_header_says(form):
    sizes = np.array([8, 4_000_000_000], '<u4').tobytes()
    blob = pcd(sizes + bytes(100), DATA=form, WIDTH='500000000', POINTS='500000000')

    tracemalloc.start()
    with pytest.raises(DecodeError):
        decode_pcd(blob)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 1_000_000


def test_a_huge_header_is_not_read_to_its_end():
    with pytest.raises(DecodeError, match='no DATA line'):
        decode_pcd(b'# comment\n' * 100_000 + pcd())


def test_a_header_with_a_million_names_is_refused():
    names = ' '.join(['x'] * 60_000)
    with pytest.raises(DecodeError, match='60000 FIELDS'):
        decode_pcd(pcd(FIELDS=names, COUNT=None))
