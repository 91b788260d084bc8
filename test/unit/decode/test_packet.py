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

import pytest

from scenebox_ros.decode.image import decode_packet
from scenebox_ros.errors import DecodeError

KEY = b'\0\0\0\1\x65\x88\x84'
STAMP = SimpleNamespace(sec=2, nanosec=3)


def ffmpeg_packet(**changes):
    values = {
        'header': SimpleNamespace(stamp=STAMP, frame_id='cam'), 'width': 640, 'height': 480,
        'encoding': 'libx264', 'pts': 7, 'flags': 1, 'is_bigendian': False, 'data': KEY,
    }
    return SimpleNamespace(**{**values, **changes})


def compressed_video(**changes):
    values = {'timestamp': STAMP, 'frame_id': 'cam', 'data': KEY, 'format': 'h264'}
    return SimpleNamespace(**{**values, **changes})


def test_an_ffmpeg_packet_is_read():
    packet = decode_packet(ffmpeg_packet())

    assert (packet.codec, packet.is_key) == ('h264', True)
    assert (packet.width, packet.height) == (640, 480)
    assert (packet.stamp_ns, packet.frame_id) == (2_000_000_003, 'cam')
    assert packet.blob == KEY


def test_a_compressed_video_is_read():
    packet = decode_packet(compressed_video())

    assert (packet.codec, packet.is_key, packet.stamp_ns) == ('h264', True, 2_000_000_003)
    assert (packet.width, packet.height) == (0, 0)


@pytest.mark.parametrize('data, is_key', [
    (b'\0\0\1\x41\x9a', False), (b'\0\0\1\x09\xf0\0\0\1\x65\x88', True),
])
def test_the_bytes_tell_a_key_frame_whatever_the_flags_say(data, is_key):
    assert decode_packet(ffmpeg_packet(data=data, flags=1 - is_key)).is_key == is_key


@pytest.mark.parametrize('changes, reason', [
    ({'encoding': 'vp9'}, "codec 'vp9' is not supported; publish h264 or h265"),
    ({'encoding': ''}, "codec '' is not supported"),
    ({'data': b''}, 'h264 packet has no bytes'),
])
def test_what_cannot_be_copied_into_a_video_is_refused(changes, reason):
    with pytest.raises(DecodeError, match=reason):
        decode_packet(ffmpeg_packet(**changes))
