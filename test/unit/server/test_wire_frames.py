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
"""Frames of assets in one body: read as they come, in whatever pieces."""

import hashlib
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from scenebox_ros.wire import frames
from scenebox_ros.wire.frames import FrameReader, line

BODIES = st.lists(st.binary(max_size=300), max_size=6)


def body_of(contents):
    return b''.join(
        line(f'a{n}', b'{"n": 1}', content, 'a.png', 'image/png') + content
        for n, content in enumerate(contents)
    )


def read(body, cuts=()):
    reader, found = FrameReader(), []
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    for start, end in pairwise(edges):
        found += reader.feed(body[start:end])
    assert reader.is_between
    return found


@given(BODIES, st.lists(st.integers(0, 5000), max_size=8))
def test_what_was_framed_is_read_wherever_the_body_was_cut(contents, cuts):
    found = read(body_of(contents), cuts)

    assert [b''.join(frame.pieces) for frame in found] == contents
    assert [frame.head['id'] for frame in found] == [f'a{n}' for n in range(len(contents))]
    assert all(frame.sha256 == frame.head['sha256'] for frame in found)


def test_a_frame_says_what_its_bytes_hash_to_and_not_what_its_line_claims():
    (frame,) = read(b'{"size": 3, "sha256": "00"}\nabc')

    assert frame.sha256 == hashlib.sha256(b'abc').hexdigest()


def test_bytes_that_are_too_many_are_not_kept_and_the_next_frame_is_read(monkeypatch):
    monkeypatch.setattr(frames, 'MAX_ITEM_BYTES', 200)
    large, small = read(body_of([b'x' * 201, b'y']))

    assert (large.is_too_large, large.pieces) == (True, [])
    assert b''.join(small.pieces) == b'y'


@pytest.mark.parametrize('body', [
    b'no json\n', b'[]\n', b'{}\n', b'{"size": -1}\n', b'{"size": true}\n', b'{"size": 1e9}\n',
    b'{"size": "3"}\nabc', b'{"size": 99999999999}\n', b'\xff\n', b'\n',
])
def test_a_line_that_says_no_size_is_refused(body):
    with pytest.raises(ValueError, match=r'size|JSON|Expecting|decode'):
        list(FrameReader().feed(body))


def test_a_line_without_an_end_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(frames, 'MAX_ITEM_BYTES', 100)
    reader = FrameReader()
    list(reader.feed(b'x' * 90))
    with pytest.raises(ValueError, match='longer than 100 bytes'):
        list(reader.feed(b'x' * 90))


def test_a_body_that_ends_early_is_noticed():
    reader = FrameReader()
    list(reader.feed(body_of([b'abc'])[:-1]))

    assert not reader.is_between
