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

"""
Encoders are tried before they are used, and others take the place of those that fail.

No device is here: encoders of FFmpeg that run anywhere are registered in the place of one.
"""

import logging
import re

import numpy as np
import pytest

from scenebox_ros.codecs import encoder as enc, selection
from scenebox_ros.codecs.encoder import VideoOptions
from scenebox_ros.codecs.video import EncoderLostError, read_frames, VideoWriter
from scenebox_ros.errors import EncodeError

av = pytest.importorskip('av')
# FFmpeg's default for H.264 is x264 under another name where OpenH264 is not built in.
SECOND = 'libopenh264' if 'libopenh264' in av.codecs_available else 'h264'
AUTO = VideoOptions()
needs_rgb = pytest.mark.skipif(
    'libx264rgb' not in av.codecs_available, reason='needs x264 for RGB')


@pytest.fixture
def hardware(monkeypatch):
    """Let a test say which encoders count as devices; none has been tried yet."""
    monkeypatch.setattr(selection, '_given_up', set())
    selection._fault.cache_clear()

    def register(*names):
        monkeypatch.setattr(enc, 'HARDWARE', names)
        monkeypatch.setattr(enc, 'SOFTWARE', ('libx264',))

    yield register
    selection._fault.cache_clear()


def chosen(options=AUTO, width=64, height=48):
    return next(selection.candidates(options, width, height))


def picture(number):
    return np.full((48, 64, 3), (number * 8 % 256, 100, 60), np.uint8)


def levels(source):
    """Give the number of each picture, as its colour tells."""
    return [round(float(image[..., 0].mean()) / 8) for _, _, image in read_frames(source)]


def test_a_device_that_makes_the_right_pictures_is_taken(hardware):
    hardware(SECOND)

    assert chosen() == SECOND
    assert chosen(VideoOptions('software')) in enc.SOFTWARE


@pytest.mark.parametrize('name', [
    'h264_nvenc', 'h264_qsv', 'h264_amf', 'h264_vaapi', 'h264_videotoolbox', 'h264_v4l2m2m',
    'h264_magic', 'hevc_nvenc', 'aac',
])
def test_what_cannot_be_used_here_is_passed_over(hardware, name):
    hardware(name, SECOND)

    # Where a machine has the device, its pictures were looked at.
    assert chosen() == (name if not selection._fault(name, 64, 48) else SECOND)


def test_every_encoder_of_the_list_is_tried_without_harm(hardware):
    hardware(*enc.HARDWARE)

    assert chosen(width=640, height=480) in (*enc.HARDWARE, *enc.SOFTWARE)


@needs_rgb
def test_an_encoder_of_other_pixels_is_told_and_not_used(hardware, caplog):
    hardware('libx264rgb')

    with caplog.at_level(logging.WARNING, selection.log.name):
        assert [chosen(), chosen()] == ['libx264', 'libx264']
    (record,) = caplog.records
    assert 'libx264rgb is not used at 64 x 48, it makes wrong pictures' in record.getMessage()
    assert 'not yuv420p' in record.getMessage()


def green(frame, planes=(1, 2)):
    """Lose what is in some planes on the way to the encoder, as broken drivers do."""
    for number in planes:
        frame.planes[number].update(bytes(frame.planes[number].buffer_size))
    return frame


def gray_bottom(frame):
    """Lose the last row of blocks: a size that is no multiple of 16, rounded down."""
    plane = frame.planes[0]
    kept = bytes(plane)[: plane.line_size * (plane.height - 16)]
    plane.update(kept + bytes([128]) * (plane.buffer_size - len(kept)))
    return frame


@pytest.mark.parametrize('break_it', [green, lambda frame: green(frame, (0,)), gray_bottom])
@pytest.mark.parametrize('width, height', [(64, 48), (640, 480), (1920, 1080)])
def test_a_driver_that_spoils_pictures_is_found(
    hardware, monkeypatch, caplog, break_it, width, height
):
    hardware(SECOND)
    monkeypatch.setattr(enc, 'reformatted', lambda frame, name: break_it(frame))

    with caplog.at_level(logging.WARNING, selection.log.name):
        assert chosen(width=width, height=height) in enc.SOFTWARE
    (record,) = caplog.records
    assert record.getMessage().startswith(f'the video encoder {SECOND} is not used at {width}')
    assert re.search(r'picture 0 is off by \d+ of 255', record.getMessage())


def test_an_encoder_that_is_not_there_is_told():
    with pytest.raises(EncodeError, match=r'no H\.264 encoder of h264_magic works at 64 x 48'):
        chosen(VideoOptions('h264_magic'))


@pytest.mark.parametrize('name', ['aac', 'libmp3lame', 'mpeg4', 'h264 ', '', 'srt'])
def test_an_encoder_of_something_else_is_told(name):
    with pytest.raises(EncodeError, match=rf'no H\.264 encoder of {name} works'):
        chosen(VideoOptions(name))


def test_what_an_encoder_makes_instead_is_told():
    with pytest.raises(EncodeError, match=r"encoder 'aac' makes AAC .*, not H\.264"):
        chosen(VideoOptions('aac'))


def fail_to_open(monkeypatch, name):
    """Let the encoder refuse to start from now on, as a device does that others use up."""
    configure = enc.configure

    def misconfigure(context, of, *rest):
        configure(context, of, *rest)
        if of == name:
            context.pix_fmt = 'pal8'

    monkeypatch.setattr(enc, 'configure', misconfigure)


def test_a_device_that_others_use_up_is_passed_over(hardware, monkeypatch, caplog, tmp_path):
    hardware(SECOND)
    assert chosen() == SECOND
    fail_to_open(monkeypatch, SECOND)

    with caplog.at_level(logging.WARNING), VideoWriter(tmp_path / 'a.mp4') as writer:
        for number in range(20):
            writer.write(picture(number), number * 40_000_000)
    (record,) = caplog.records
    assert f'{SECOND} cannot be started, another encoder takes its place' in record.getMessage()
    assert not writer.is_hardware
    assert levels(tmp_path / 'a.mp4') == list(range(20))
    assert [path.name for path in tmp_path.iterdir()] == ['a.mp4']


def take_away(writer):
    """End the encoder under a video: whatever it held is gone, it takes no more."""
    writer._stream.codec_context.encode(None)


def lost_video(target=None, frames=60):
    """Write frames, then lose the device; give the writer and how many it had put into it."""
    writer = VideoWriter(target, VideoOptions(quality=5))
    for number in range(frames):
        writer.write(picture(number % 32), number * 40_000_000)
    take_away(writer)
    with pytest.raises(EncoderLostError, match=f'frame {frames} with {SECOND} failed'):
        writer.write(picture(0), frames * 40_000_000)
    return writer


def test_a_device_that_fails_leaves_what_it_has_given(hardware, caplog, tmp_path):
    hardware(SECOND)

    with caplog.at_level(logging.WARNING):
        writer = lost_video(tmp_path / 'a.mp4')
        with pytest.raises(EncoderLostError, match='start another video'):
            writer.write(picture(1), 10**12)
        clip = writer.close()
    (record,) = caplog.records
    assert f'the video encoder {SECOND} failed' in record.getMessage()
    assert clip.frames + writer.held == 60
    assert clip.frames > 0
    expected = [number % 32 for number in range(clip.frames)]
    np.testing.assert_allclose(levels(clip.path), expected, atol=1)  # a step is 8 of 255
    assert chosen() in enc.SOFTWARE


def test_a_device_that_fails_before_it_gave_a_picture_leaves_nothing(hardware, tmp_path):
    hardware('h264')  # looks ahead at some

    writer = VideoWriter(tmp_path / 'a.mp4')
    writer.write(picture(0), 0)
    take_away(writer)
    assert writer.held == 1
    with pytest.raises(EncodeError, match='h264 failed before the first frame'):
        writer.close()

    assert list(tmp_path.iterdir()) == []


def test_a_device_that_fails_at_the_end_says_what_is_missing(hardware):
    hardware('h264')
    writer = VideoWriter()
    for number in range(60):
        writer.write(picture(number % 32), number * 40_000_000)
    take_away(writer)

    clip = writer.close()

    assert (writer.held > 0, clip.frames + writer.held) == (True, 60)


def test_software_holds_nothing_back():
    with VideoWriter(options=VideoOptions('software')) as writer:
        for number in range(30):
            writer.write(picture(number), number * 40_000_000)
        assert (writer.is_hardware, writer.held) == (False, 0)
