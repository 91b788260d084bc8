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
import io

import av
import cv2
import numpy as np
import pytest

from scenebox_ros.codecs import nal
from scenebox_ros.codecs.clips import probe_video, read_frames
from scenebox_ros.codecs.continued import ContinuedWriter, PacketDecoder
from scenebox_ros.codecs.packets import MjpegWriter, PacketWriter
from scenebox_ros.errors import EncodeError

START_NS = 1_700_000_000_000_000_000


def stream(codec, b_frames=0, frames=40, width=64, height=48):
    context = av.CodecContext.create({'h264': 'libx264', 'h265': 'libx265'}[codec], 'w')
    context.width, context.height, context.pix_fmt = width, height, 'yuv420p'
    context.time_base, context.framerate = Fraction(1, 1000), Fraction(30)
    context.options = {
        'preset': 'veryfast' if b_frames else 'ultrafast', 'bf': str(b_frames), 'g': '15',
        'x265-params': f'log-level=none:repeat-headers=1:bframes={b_frames}:keyint=15',
    }
    packets = []
    for number in range(frames):
        frame = av.VideoFrame.from_ndarray(
            np.full((height, width, 3), number * 6, np.uint8), 'bgr24')
        frame.pts, frame.time_base = number * 33, Fraction(1, 1000)
        packets += context.encode(frame)
    packets += context.encode(None)
    return [(bytes(packet), START_NS + packet.pts * 1_000_000) for packet in packets]


def copied(codec, packets, target=None):
    writer = PacketWriter(codec, target)
    for blob, stamp_ns in packets:
        writer.write(blob, stamp_ns)
    return writer, writer.close()


@pytest.mark.parametrize('codec', ['h264', 'h265'])
@pytest.mark.parametrize('b_frames', [0, 3])
def test_packets_are_copied_with_their_times(codec, b_frames, tmp_path):
    packets = stream(codec, b_frames)

    writer, clip = copied(codec, packets, tmp_path / 'a.mp4')

    assert (clip.codec, clip.width, clip.height) == (codec, 64, 48)
    assert (clip.frames, writer.skipped, clip.start_ns) == (40, 0, START_NS)
    assert clip.duration_s == pytest.approx(1.32)
    frames = list(read_frames(clip.path))
    np.testing.assert_allclose([time for _, time, _ in frames], np.arange(40) * 0.033, atol=1e-9)
    np.testing.assert_allclose(
        [shown.mean() for _, _, shown in frames], np.arange(40) * 6, atol=6)
    assert probe_video(clip.path).duration_s == pytest.approx(1.32)


def test_the_pictures_are_the_same_bit_by_bit():
    packets = stream('h264')
    _, clip = copied('h264', packets)

    with av.open(io.BytesIO(b''.join(blob for blob, _ in packets)), format='h264') as source:
        expected = [frame.to_ndarray() for frame in source.decode(video=0)]
    with av.open(io.BytesIO(clip.blob)) as source:
        shown = [frame.to_ndarray() for frame in source.decode(video=0)]

    assert len(shown) == 40
    assert all(np.array_equal(a, b) for a, b in zip(expected, shown, strict=True))


@pytest.mark.parametrize('codec', ['h264', 'h265'])
def test_a_copy_starts_with_the_first_key_frame(codec):
    writer, clip = copied(codec, stream(codec)[4:])

    assert (writer.skipped, clip.frames) == (11, 25)
    assert clip.start_ns == START_NS + 15 * 33_000_000


def test_irregular_times_are_kept():
    packets = [(blob, START_NS + n * n * 10_000_000)
               for n, (blob, _) in enumerate(stream('h264', frames=12))]

    _, clip = copied('h264', packets)

    times = [time for _, time, _ in read_frames(clip.blob)]
    np.testing.assert_allclose(times, [n * n * 0.01 for n in range(12)], atol=1e-9)


def test_a_stream_without_key_frame_is_refused():
    writer = PacketWriter('h264')
    assert not writer.write(b'\0\0\1\x41\x9a', 0)

    with pytest.raises(EncodeError, match='no frames: 1 packets before a key frame'):
        writer.close()


@pytest.mark.parametrize('codec', ['h264', 'h265'])
@pytest.mark.parametrize('b_frames', [0, 3])
@pytest.mark.parametrize('wrong', [
    lambda number: 0,  # a clock that stands still from the first picture on
    lambda number: min(number, 8) if number < 14 else number,  # and for a while
    lambda number: number - 10 * (number >= 20),  # that goes back
    lambda number: number - (number == 5) * 8,  # before the first picture, once
    lambda number: number - (number > 5) * 18,  # before it, for a while
    lambda number: number - (number > 13) * 27,
])
def test_pictures_whose_stamps_are_wrong_are_kept(codec, b_frames, wrong, caplog):
    packets = stream(codec, b_frames)
    shifted = [
        (blob, START_NS + wrong((stamp - START_NS) // 33_000_000) * 33_000_000)
        for blob, stamp in packets]

    writer, clip = copied(codec, shifted)

    assert (clip.frames, writer.skipped, writer.frames) == (40, 0, 40)
    assert writer.moved
    assert 'pictures of a' in caplog.text
    # None is missing, and none is spoiled by one that is.
    shown = sorted(picture.mean() for _, _, picture in read_frames(clip.blob))
    np.testing.assert_allclose(shown, np.arange(40) * 6, atol=6)


@pytest.mark.parametrize('codec', ['h264', 'h265'])
def test_parameter_sets_may_come_alone_and_before(codec):
    packets = stream(codec, frames=10)
    sets = nal.parameter_sets(packets[0][0], codec)
    key = packets[0][0][packets[0][0].index(nal.parameter_sets(packets[0][0], codec)[-4:]) + 4:]
    apart = [(sets, START_NS), (key, START_NS), *packets[1:]]

    writer, clip = copied(codec, apart)

    assert (clip.frames, writer.skipped) == (10, 0)
    assert len(list(read_frames(clip.blob))) == 10


def test_pictures_that_are_encoded_again_are_kept_whatever_their_stamps():
    packets = stream('h264', frames=14)  # one key frame
    _, clip = copied('h264', packets[:7])
    decoder = PacketDecoder('h264')
    decoder.read(clip)
    writer = ContinuedWriter(decoder)

    for blob, _ in packets[7:]:
        assert writer.write(blob, packets[7][1])
    clip = writer.close()

    assert (clip.frames, clip.start_ns) == (7, packets[7][1])
    shown = [picture.mean() for _, _, picture in read_frames(clip.blob)]
    np.testing.assert_allclose(shown, np.arange(7, 14) * 6, atol=6)


def test_pictures_of_a_clock_that_jumps_back_come_one_after_the_other():
    packets = stream('h264', frames=30)
    packets[15:] = [(blob, stamp - 300_000_000) for blob, stamp in packets[15:]]

    writer, clip = copied('h264', [
        (blob, stamp + 1000 * n) for n, (blob, stamp) in enumerate(packets)])

    times = [time for _, time, _ in read_frames(clip.blob)]
    assert times == sorted(set(times))
    assert (len(times), writer.skipped, writer.moved) == (30, 0, 9)


def test_a_stream_that_changes_its_size_is_refused():
    writer = PacketWriter('h264')
    writer.write(*stream('h264', frames=1)[0])

    with pytest.raises(EncodeError, match='96 x 48 does not fit a video of 64 x 48'):
        writer.write(stream('h264', frames=1, width=96)[0][0], START_NS + 10**9)
    writer.discard()


def test_an_unknown_codec_is_refused():
    with pytest.raises(EncodeError, match="codec 'vp9' cannot be copied; known are h264 and h265"):
        PacketWriter('vp9')


def test_junk_that_looks_like_a_key_frame_is_refused():
    writer = PacketWriter('h264')

    with pytest.raises(EncodeError):
        writer.write(b'\0\0\1\x67\xff\0\0\1\x68\xff\0\0\1\x65\xff', 0)


def test_a_copy_that_is_given_up_leaves_no_file(tmp_path):
    writer = PacketWriter('h264', tmp_path / 'a.mp4')
    writer.write(*stream('h264', frames=1)[0])

    writer.discard()

    assert list(tmp_path.iterdir()) == []


def test_jpegs_are_copied_byte_by_byte():
    jpegs = [cv2.imencode('.jpg', np.full((51, 71, 3), n * 20, np.uint8))[1].tobytes()
             for n in range(10)]
    writer = MjpegWriter()
    for number, jpeg in enumerate(jpegs):
        writer.write(memoryview(jpeg), START_NS + number * 100_000_000)

    clip = writer.close()

    assert (clip.codec, clip.width, clip.height, clip.frames) == ('mjpeg', 71, 51, 10)
    with av.open(io.BytesIO(clip.blob)) as container:
        assert [bytes(packet) for packet in container.demux(video=0) if packet.size] == jpegs


@pytest.mark.parametrize('width, stamp_ns, reason', [
    (71, START_NS, 'image 1 is at .* not after'), (72, START_NS + 10**9, '72 x 51 does not fit'),
])
def test_a_jpeg_of_another_size_or_no_later_is_refused(width, stamp_ns, reason):
    writer = MjpegWriter()
    for columns, stamp in ((71, START_NS), (width, stamp_ns)):
        jpeg = cv2.imencode('.jpg', np.zeros((51, columns, 3), np.uint8))[1].tobytes()
        if stamp == START_NS and not writer.frames:
            writer.write(jpeg, stamp)
    with pytest.raises(EncodeError, match=reason):
        writer.write(jpeg, stamp_ns)

    assert writer.close().frames == 1


def test_other_images_are_not_copied_into_a_video():
    png = cv2.imencode('.png', np.zeros((4, 4), np.uint8))[1].tobytes()

    with pytest.raises(EncodeError, match='only JPEG'):
        MjpegWriter().write(png, 0)
