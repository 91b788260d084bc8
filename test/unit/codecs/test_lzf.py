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

"""LZF streams are liblzf's, whichever library writes or reads them."""

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from scenebox_ros.codecs import lzf
from scenebox_ros.errors import DecodeError

# Written by hand from lzf_d.c: 'abc' as a literal run, then 9 bytes from 3 back.
STREAM = b'\x02abc' + bytes([(7 << 5) | 0, 9 - 2 - 7, 2])


def bytes_of(raw):
    return np.frombuffer(raw, np.uint8)


@pytest.fixture(params=['liblzf', 'imagecodecs', 'none'])
def library(request, monkeypatch):
    """Make only one library be there."""
    if request.param == 'none':
        monkeypatch.setattr(lzf, '_liblzf', lambda: None)
        monkeypatch.setattr(lzf, '_imagecodecs', lambda: None)
    elif request.param == 'imagecodecs':
        if lzf._imagecodecs() is None:
            pytest.skip('imagecodecs is not installed')
        monkeypatch.setattr(lzf, '_liblzf', lambda: None)
    elif lzf._liblzf() is None:
        pytest.skip('python-neo-lzf is not installed')
    return request.param


SAMPLES = [
    b'',
    b'a',
    b'abc' * 1000,
    bytes(100_000),
    bytes(range(256)) * 3,
    np.random.default_rng(1).bytes(5000),
    np.arange(3000, dtype='<f4').tobytes(),
]


@pytest.mark.parametrize('raw', SAMPLES, ids=range(len(SAMPLES)))
def test_what_is_compressed_comes_back(library, raw):
    stream = lzf.compress(bytes_of(raw))

    assert len(stream) <= len(raw) + len(raw) // 32 + 1
    assert lzf.decompress(stream, len(raw)).tobytes() == raw


def test_a_stream_written_by_hand_is_read(library):
    assert lzf.decompress(memoryview(STREAM), 12).tobytes() == b'abcabcabcabc'


@pytest.mark.parametrize('size', [0, 1, 31, 32, 33, 64, 1000])
def test_literal_runs_are_a_stream_that_any_reader_reads(size):
    raw = np.random.default_rng(size).bytes(size)

    assert lzf.decompress(lzf._literals(bytes_of(raw)), size).tobytes() == raw


@pytest.mark.parametrize(
    'stream',
    [
        STREAM[:-1],
        STREAM[:-2],
        STREAM[:2],
        b'\x20\x05',
        b'\xff\xff\xff' * 10,
        b'',
        STREAM + STREAM,
    ],
)
def test_a_damaged_stream_is_refused(library, stream):
    with pytest.raises(DecodeError):
        lzf.decompress(memoryview(stream), 12)


def test_a_literal_run_that_is_cut_is_damaged_though_its_size_fits(library):
    with pytest.raises(DecodeError):
        lzf.decompress(memoryview(b'\x0fabc'), 3)


def test_a_size_that_no_stream_of_this_length_gives_is_refused_at_once(library):
    with pytest.raises(DecodeError, match='10 bytes of LZF cannot hold 4000000000'):
        lzf.decompress(memoryview(bytes(10)), 4_000_000_000)


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, 2000))
def test_any_bytes_give_our_error_or_the_size_that_was_asked_for(stream, size):
    try:
        assert lzf.decompress(memoryview(stream), size).size == size
    except DecodeError:
        pass


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, 2000))
def test_our_own_reader_agrees_with_liblzf(stream, size):
    def by_ours():
        try:
            out = lzf._expand(stream, size)
        except DecodeError:
            return None
        return bytes(out) if len(out) == size else None

    try:
        expected = lzf.decompress(memoryview(stream), size).tobytes()
    except DecodeError:
        expected = None

    assert by_ours() == expected or size == 0 or size > lzf.MAX_RATIO * len(stream)
