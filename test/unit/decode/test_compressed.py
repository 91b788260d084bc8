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
from types import SimpleNamespace

import cv2
from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from scenebox_ros.codecs import pixels as px
from scenebox_ros.decode.compressed import decode_compressed
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.readings import ImageBlob, ImageFrame, VideoPacket

NOISE = np.random.default_rng(1).integers(0, 256, (4, 6, 3)).astype(np.uint8)
PIXELS = cv2.resize(NOISE, (60, 40))


def encoded(suffix, pixels=PIXELS):
    return cv2.imencode(suffix, pixels)[1].tobytes()


def compressed(words, data):
    return SimpleNamespace(
        header=SimpleNamespace(stamp=SimpleNamespace(sec=1, nanosec=5), frame_id='cam'),
        format=words, data=data,
    )


@pytest.mark.parametrize('words, suffix, encoding', [
    ('jpeg', '.jpg', ''), ('jpg', '.jpg', ''), ('JPEG', '.jpg', ''), ('image/jpeg', '.jpg', ''),
    ('', '.jpg', ''), ('png', '.png', ''), ('webp', '.webp', ''), ('tiff', '.tiff', ''),
    ('rgb8; jpeg compressed bgr8', '.jpg', 'bgr8'), ('bgr8; jpeg compressed bgr8', '.jpg', 'bgr8'),
    ('rgb8;jpeg compressed bgr8', '.jpg', 'bgr8'), ('mono8; jpeg compressed ', '.jpg', 'mono8'),
    ('rgb8; png compressed bgr8', '.png', 'bgr8'), ('bgr8; tiff compressed bgr8', '.tiff', 'bgr8'),
    ('16UC1; png compressed ', '.png', '16UC1'), ('mono16; png compressed ', '.png', 'mono16'),
    ('bayer_rggb8; jpeg compressed bgr8', '.jpg', 'bgr8'), ('nonsense', '.png', ''),
    ('jpeg', '.png', ''),
    ('RGB8; JPEG COMPRESSED BGR8', '.jpg', 'bgr8'), ('Mono8; Jpeg Compressed ', '.jpg', 'mono8'),
    ('16uc1; PNG compressed', '.png', '16UC1'), ('32fc1; tiff compressed ', '.tiff', '32FC1'),
    ('12; jpeg compressed 8', '.jpg', ''),
])
def test_image_files_pass_through_untouched(words, suffix, encoding):
    data = np.frombuffer(encoded(suffix), np.uint8)

    blob = decode_compressed(compressed(words, data))

    expected = {'.jpg': 'jpeg'}.get(suffix, suffix[1:])
    assert isinstance(blob, ImageBlob)
    assert (blob.format, blob.width, blob.height) == (expected, 60, 40)
    assert (blob.encoding, blob.stamp_ns, blob.frame_id) == (encoding, 1_000_000_005, 'cam')
    assert np.shares_memory(np.frombuffer(blob.blob, np.uint8), data)


@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
def test_a_mosaic_inside_a_file_gets_its_colours(suffix):
    mosaic = np.tile(np.array([[30, 90], [90, 200]], np.uint8), (20, 30))

    frame = decode_compressed(
        compressed(f'bayer_bggr8; {suffix[1:]} compressed ', encoded(suffix, mosaic)))

    assert isinstance(frame, ImageFrame)
    assert frame.channels == 'bayer_bggr'
    np.testing.assert_allclose(px.to_bgr(frame).mean((0, 1)), [30, 90, 200], atol=3)


def test_a_mosaic_that_was_coloured_before_is_left_alone():
    blob = decode_compressed(compressed('bayer_bggr8; jpeg compressed ', encoded('.jpg')))

    assert (blob.format, blob.encoding) == ('jpeg', 'bgr8')


def depth_header(kind=0, scale=0.0, offset=0.0):
    return struct.pack('<iff', kind, scale, offset)


DEPTH = np.random.default_rng(2).integers(0, 5000, (40, 60)).astype(np.uint16)


@pytest.mark.parametrize('words', [
    '16UC1; compressedDepth', '16UC1; compressedDepth png', 'mono16; compressedDepth png',
    '16uc1; COMPRESSEDDEPTH PNG',
])
def test_the_png_of_compressed_depth_passes_through(words):
    png = encoded('.png', DEPTH)

    blob = decode_compressed(compressed(words, depth_header() + png))

    assert (blob.format, blob.width, blob.height) == ('png', 60, 40)
    assert blob.encoding == words.split(';')[0].replace('uc', 'UC')
    assert blob.blob == png


def test_inverse_depth_becomes_metres():
    metres = np.array([[0.5, 1.0, 2.0], [4.0, 9.9, np.nan]], np.float32)
    # As the publisher quantizes: code = scale / depth + offset, 0 where there is no reading.
    scale, offset = 100 * 101, 1 - 100 * 101 / 10.0
    codes = np.nan_to_num(scale / metres + offset).astype(np.uint16)
    data = depth_header(1, scale, offset) + encoded('.png', codes)

    frame = decode_compressed(compressed('32FC1; compressedDepth png', data))

    assert (frame.channels, frame.encoding, frame.pixels.dtype) == ('depth', '32FC1', np.float32)
    np.testing.assert_allclose(frame.pixels, metres, rtol=0.01)
    assert np.isnan(frame.pixels[1, 2])


def rvl(pixels):
    """Encode as RVL: no zeros, every difference in one number."""
    groups, before = [0, pixels.size], 0
    for value in pixels.ravel():
        delta = int(value) - before
        groups.append(2 * delta if delta >= 0 else -2 * delta - 1)
        before = int(value)
    nibbles = []
    for number in groups:
        while True:
            nibbles.append(number & 7 | (8 if number > 7 else 0))
            number >>= 3
            if not number:
                break
    nibbles += [0] * (-len(nibbles) % 8)
    code = b''.join(
        struct.pack('<I', int(''.join(f'{n:x}' for n in nibbles[i:i + 8]), 16))
        for i in range(0, len(nibbles), 8))
    return struct.pack('<II', pixels.shape[1], pixels.shape[0]) + code


def test_rvl_becomes_a_frame():
    frame = decode_compressed(
        compressed('16UC1; compressedDepth rvl', depth_header() + rvl(DEPTH + 1)))

    np.testing.assert_array_equal(frame.pixels, DEPTH + 1)
    assert (frame.channels, frame.encoding) == ('depth', '16UC1')


def test_inverse_depth_in_rvl_becomes_metres():
    codes = np.full((2, 2), 101, np.uint16)

    frame = decode_compressed(
        compressed('32FC1; compressedDepth rvl', depth_header(1, 400.0, 1.0) + rvl(codes)))

    assert frame.pixels.tolist() == [[4.0, 4.0], [4.0, 4.0]]


def test_video_in_a_compressed_image_is_a_packet():
    packet = decode_compressed(compressed('h264', b'\0\0\0\1\x65\x88\x84'))

    assert isinstance(packet, VideoPacket)
    assert (packet.codec, packet.is_key, packet.width) == ('h264', True, 0)


@pytest.mark.parametrize('words, data, reason', [
    ('jpeg', b'', 'has no bytes'),
    ('jpeg', b'hello', 'start with 68 65 6c 6c 6f are not JPEG, PNG, WebP or TIFF'),
    ('jpeg', encoded('.jpg')[:-9], 'jpeg image ends early: no end after'),
    ('png', encoded('.png')[:-9], 'png image ends early'),
    ('webp', encoded('.webp')[:-9], 'webp image ends early'),
    ('16UC1; compressedDepth', b'short', 'ends early: 5 bytes'),
    ('16UC1; compressedDepth', depth_header() + b'junk', 'are not JPEG'),
    ('16UC1; compressedDepth rvl', depth_header() + b'junk', 'RVL code ends early: 4 bytes'),
    ('16UC1; compressedDepth rvl', depth_header() + b'\xff' * 8, 'claims 4294967295 x'),
    ('16UC1; compressedDepth rvl', depth_header() + bytes(8), 'claims 0 x 0'),
    ('16UC1; compressedDepth rvl', depth_header() + struct.pack('<3I', 9, 9, 0), 'empty run'),
    ('32FC1; compressedDepth', depth_header(1) + encoded('.png'), r'holds uint8 \(40, 60, 3\)'),
    ('32FC1; compressedDepth', depth_header(7) + encoded('.png', DEPTH), 'has format 7'),
    ('bayer_rggb16; png compressed ', encoded('.png', DEPTH.astype(np.uint8)), 'holds uint8'),
    ('bayer_x8; png compressed ', encoded('.png', DEPTH), None),
])
def test_what_cannot_be_shown_is_refused_with_the_reason(words, data, reason):
    if reason is None:
        assert decode_compressed(compressed(words, data)).encoding == ''
        return
    with pytest.raises(DecodeError, match=reason):
        decode_compressed(compressed(words, data))


FORMATS = ['jpeg', 'png', '16UC1; compressedDepth', '16UC1; compressedDepth rvl', 'h264', 'hevc',
           '32FC1; compressedDepth', 'bayer_rggb8; png compressed ', 'webp', 'tiff']
STARTS = [b'', depth_header(1, 5, 1), encoded('.jpg')[:300], depth_header() + encoded('.png'),
          encoded('.tiff')[:200], depth_header() + struct.pack('<II', 40, 60)]


@given(
    words=st.sampled_from(FORMATS), start=st.sampled_from(STARTS), junk=st.binary(max_size=90),
    cut=st.integers(0, 90),
)
@settings(max_examples=200, deadline=None)
def test_junk_gives_a_reading_or_our_error(words, start, junk, cut):
    try:
        decode_compressed(compressed(words, start[: len(start) - cut] + junk))
    except DecodeError:
        pass
