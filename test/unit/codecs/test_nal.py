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

from fractions import Fraction

import av
from hypothesis import given, strategies as st
import numpy as np
import pytest

from scenebox_ros.codecs import nal
from scenebox_ros.errors import DecodeError


def stream(codec, width=64, height=48, frames=6, pixel_format='yuv420p', **options):
    context = av.CodecContext.create({'h264': 'libx264', 'h265': 'libx265'}[codec], 'w')
    context.width, context.height, context.pix_fmt = width, height, pixel_format
    context.time_base, context.framerate = Fraction(1, 30), Fraction(30)
    context.options = {
        'g': '3', 'preset': 'ultrafast', 'x265-params': 'log-level=none:repeat-headers=1',
        **options,
    }
    packets = []
    for number in range(frames):
        frame = av.VideoFrame.from_ndarray(np.full((height, width, 3), number, np.uint8), 'bgr24')
        frame.pts = number
        packets += context.encode(frame.reformat(format=pixel_format))
    return [(bytes(packet), packet.is_keyframe) for packet in [*packets, *context.encode(None)]]


@pytest.mark.parametrize('codec', ['h264', 'h265'])
def test_key_frames_are_those_that_ffmpeg_marks(codec):
    packets = stream(codec)

    assert [nal.is_key(blob, codec) for blob, _ in packets] == [is_key for _, is_key in packets]
    assert sum(is_key for _, is_key in packets) == 2


@pytest.mark.parametrize('codec, width, height, pixel_format, options', [
    ('h264', 64, 48, 'yuv420p', {}),
    ('h264', 1920, 1080, 'yuv420p', {}),
    ('h264', 66, 50, 'yuv420p', {'profile': 'baseline'}),
    ('h264', 66, 50, 'yuv422p', {}),
    ('h264', 67, 51, 'yuv444p', {}),
    ('h264', 64, 64, 'yuv420p', {'x264-params': 'interlaced=1'}),
    ('h264', 70, 50, 'gray', {}),
    ('h265', 64, 48, 'yuv420p', {}),
    ('h265', 322, 246, 'yuv420p', {}),
    ('h265', 66, 50, 'yuv422p', {}),
    ('h265', 67, 51, 'yuv444p', {}),
])
def test_the_size_is_read_from_the_stream(codec, width, height, pixel_format, options):
    first, _ = stream(codec, width, height, 1, pixel_format, **options)[0]

    assert nal.size_of(first, codec) == (width, height)


def test_a_packet_without_parameters_tells_no_size():
    assert nal.size_of(b'\0\0\1\x65\x88', 'h264') == (0, 0)


@pytest.mark.parametrize('codec, unit', [('h264', b'\x67'), ('h265', b'\x42\x01')])
def test_parameters_that_end_early_are_refused(codec, unit):
    with pytest.raises(DecodeError, match='end early'):
        nal.size_of(b'\0\0\1' + unit + b'\xff', codec)


@pytest.mark.parametrize('codec', ['h264', 'h265'])
def test_parameter_sets_are_cut_out(codec):
    first, _ = stream(codec)[0]

    sets = nal.parameter_sets(first, codec)

    kinds = [kind for kind, _ in nal.units(sets, codec)]
    assert kinds == ([7, 8] if codec == 'h264' else [32, 33, 34])
    assert nal.size_of(sets, codec) == (64, 48)


@pytest.mark.parametrize('words, codec', [
    ('h264', 'h264'), ('libx264', 'h264'), ('h264_nvenc', 'h264'), ('h264;yuv420p;bgr8', 'h264'),
    ('avc1', 'h264'), ('H265', 'h265'), ('hevc', 'h265'), ('hevc_vaapi', 'h265'),
    ('libx265', 'h265'), ('vp9', None), ('av1', None), ('jpeg', None), ('', None),
])
def test_the_codec_is_read_from_the_name_of_codec_or_encoder(words, codec):
    assert nal.codec_of(words) == codec


@given(st.sampled_from(['h264', 'h265']), st.binary(max_size=120), st.booleans())
def test_junk_gives_answers_or_our_error(codec, junk, has_start):
    sequence = {'h264': b'\0\0\1\x67\x64', 'h265': b'\0\0\1\x42\x01'}[codec]
    blob = sequence * has_start + junk
    nal.is_key(blob, codec)
    nal.parameter_sets(blob, codec)
    try:
        width, height = nal.size_of(blob, codec)
    except DecodeError:
        return
    assert 0 <= width <= 65536
    assert 0 <= height <= 65536
