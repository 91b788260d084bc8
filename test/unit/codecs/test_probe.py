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

import struct

import cv2
from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from scenebox_ros.codecs.probe import is_whole, probe
from scenebox_ros.errors import DecodeError

PIXELS = np.random.default_rng(3).integers(0, 256, (31, 57, 3)).astype(np.uint8)


def encoded(suffix, *options):
    return cv2.imencode(suffix, PIXELS, list(options))[1].tobytes()


FILES = {
    'jpeg': encoded('.jpg'),
    'jpeg progressive': encoded('.jpg', cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    'jpeg with restarts': encoded('.jpg', cv2.IMWRITE_JPEG_RST_INTERVAL, 2),
    'png': encoded('.png'),
    'webp': encoded('.webp', cv2.IMWRITE_WEBP_QUALITY, 80),
    'webp lossless': encoded('.webp', cv2.IMWRITE_WEBP_QUALITY, 101),
    'tiff': encoded('.tiff'),
}
EXIF = b'\xff\xe1' + struct.pack('>H', 2 + 40) + b'Exif\0\0' + b'\xff\xd8\xff\xd9'.ljust(34)


@pytest.mark.parametrize('name', FILES)
def test_format_and_size_are_read_from_the_header(name):
    assert probe(FILES[name]) == (name.split()[0], 57, 31)
    assert probe(memoryview(FILES[name])) == (name.split()[0], 57, 31)


def test_an_extended_webp_tells_the_size_of_its_canvas():
    head = b'RIFF\x30\0\0\0WEBPVP8X' + struct.pack('<IB3x', 10, 0)
    canvas = (56).to_bytes(3, 'little') + (30).to_bytes(3, 'little')

    assert probe(head + canvas) == ('webp', 57, 31)


def test_a_big_endian_tiff_is_read():
    entries = struct.pack('>HHIHHHHII', 256, 3, 1, 57, 0, 257, 4, 1, 31)

    assert probe(b'MM\0*' + struct.pack('>IH', 8, 2) + entries) == ('tiff', 57, 31)


def test_a_jpeg_with_a_thumbnail_in_its_header_tells_its_own_size():
    blob = FILES['jpeg']

    assert probe(blob[:2] + EXIF + b'\xff\xff' + blob[2:]) == ('jpeg', 57, 31)


@pytest.mark.parametrize('junk, reason', [
    (b'', '0 bytes that start with nothing are not JPEG, PNG, WebP or TIFF'),
    (b'hello world, no image', 'start with 68 65 6c 6c'),
    (b'\xff\xd8', 'ends before its size, after 2 bytes'),
    (b'\xff\xd8\xff\xd9', 'no frame header'),
    (b'\xff\xd8\x00\x00', 'no marker at byte 2'),
    (b'\x89PNG\r\n\x1a\n', 'ends before its size'),
    (b'\x89PNG\r\n\x1a\n' + bytes(24), 'does not start with its header'),
    (b'\x89PNG\r\n\x1a\n\0\0\0\rIHDR' + bytes(8), 'empty, 0 x 0'),
    (b'RIFF\0\0\0\0WEBPjunk' + bytes(20), 'no image'),
    (b'RIFF\0\0\0\0WEBPVP8L' + bytes(20), 'no lossless signature'),
    (b'II*\0\x08\0\0\0\0\0', 'does not tell its width'),
    (b'II*\0\xff\xff\xff\xff', 'ends before its size'),
])
def test_junk_is_refused_with_the_reason(junk, reason):
    with pytest.raises(DecodeError, match=reason):
        probe(junk)


def probe_or_none(blob):
    try:
        return probe(blob)
    except DecodeError:
        return None


@pytest.mark.parametrize('name', FILES)
def test_every_cut_gives_the_size_or_our_error(name):
    found = {probe_or_none(FILES[name][:end]) for end in range(0, len(FILES[name]), 3)}

    assert found == {None, (name.split()[0], 57, 31)}


@given(st.sampled_from(sorted(FILES)), st.data())
@settings(max_examples=300)
def test_no_flipped_byte_breaks_the_probe(name, data):
    blob = bytearray(FILES[name][:300])
    for place in data.draw(st.lists(st.integers(0, len(blob) - 1), min_size=1, max_size=5)):
        blob[place] = data.draw(st.integers(0, 255))
    probe_or_none(bytes(blob))


@pytest.mark.parametrize('name', FILES)
def test_a_file_is_whole_until_its_end_is_cut(name):
    image_format = name.split()[0]

    assert is_whole(FILES[name], image_format)
    assert is_whole(FILES[name] + bytes(9000), image_format)
    if image_format != 'tiff':
        assert not is_whole(FILES[name][:-30], image_format)


def test_the_end_of_a_thumbnail_is_not_the_end_of_the_image():
    blob = FILES['jpeg'][:2] + EXIF + FILES['jpeg'][2:]

    assert is_whole(blob, 'jpeg')
    assert not is_whole(blob[:-40], 'jpeg')
