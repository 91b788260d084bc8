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

"""Recordings become finished files where they are, or by a copy, and lose nothing when killed."""

from fractions import Fraction
import io
import os
import struct

import cv2
import numpy as np
import pytest

from scenebox_ros.codecs import mp4, recording
from scenebox_ros.codecs.encoder import VideoOptions
from scenebox_ros.codecs.packets import MjpegWriter, PacketWriter
from scenebox_ros.codecs.recording import salvage
from scenebox_ros.codecs.video import probe_video, read_frames, VideoWriter

needs_hybrids = pytest.mark.skipif(
    not recording._is_hybrid(), reason='FFmpeg before 8.1 cannot finish fragments in their file')
START_NS = 1_700_000_000_123_456_789
NOISE = np.random.default_rng(0).integers(0, 256, (240, 320, 3)).astype(np.uint8)


def jpeg(number, pixels=NOISE):
    return cv2.imencode('.jpg', np.roll(pixels, number, axis=1))[1].tobytes()


def boxes(blob):
    found, at = [], 0
    while at + 8 <= len(blob):
        size, kind = struct.unpack('>I4s', blob[at:at + 8])
        found.append((kind.decode('latin-1'), at, size))
        at += size
        if size < 8:
            break
    return found


def filmed(target, count=40, pixels=NOISE, before_closing=lambda: None):
    """Record JPEG images, 30 a second but for one gap."""
    writer = MjpegWriter(target)
    for number in range(count):
        writer.write(jpeg(number, pixels), START_NS + (number + 9 * (number > 20)) * 33_333_333)
    before_closing()
    return writer.close()


@needs_hybrids
def test_a_large_recording_gets_its_index_in_front_without_being_copied(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, 'salvage', None)

    clip = filmed(tmp_path / 'a.mp4')

    blob = clip.path.read_bytes()
    assert [kind for kind, *_ in boxes(blob)] == ['ftyp', 'moov', 'free', 'free', 'mdat']
    assert os.listdir(tmp_path) == ['a.mp4']
    assert (clip.frames, clip.codec, clip.width, clip.height) == (40, 'mjpeg', 320, 240)
    assert clip.end_ns - clip.start_ns == pytest.approx(49 * 33_333_333, abs=2000)


@pytest.mark.parametrize('has_hybrids', [pytest.param(True, marks=needs_hybrids), False])
def test_copied_or_not_a_recording_says_the_same(tmp_path, monkeypatch, has_hybrids):
    monkeypatch.setattr(recording, '_is_hybrid', lambda: has_hybrids)
    clip = filmed(None)

    frames = list(read_frames(clip.blob))
    probe = probe_video(clip.blob)
    assert [index for index, *_ in frames] == list(range(40))
    assert frames[21][1] - frames[20][1] == pytest.approx(10 / 30, abs=1e-5)
    assert np.array_equal(frames[7][2], next(read_frames(filmed(None).blob, [7]))[2])
    assert (probe.frames, probe.start_ns) == (40, START_NS)
    assert probe.duration_s == pytest.approx(clip.duration_s, abs=1e-5)


@needs_hybrids
def test_pictures_that_are_reordered_keep_their_times(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, 'salvage', None)
    with VideoWriter(tmp_path / 'a.mp4', VideoOptions('software', quality=1)) as writer:
        stamps = [START_NS + round(number ** 1.1 * 5e7) for number in range(40)]
        for number, stamp_ns in enumerate(stamps):
            random = np.random.default_rng(number)
            writer.write(random.integers(0, 256, (240, 320, 3)).astype(np.uint8), stamp_ns)

    shown = [time_s for _, time_s, _ in read_frames(tmp_path / 'a.mp4')]
    assert shown == pytest.approx([(stamp - START_NS) / 1e9 for stamp in stamps], abs=2e-6)


def test_an_index_that_does_not_fit_its_room_loses_nothing(tmp_path):
    small = NOISE[:24, :32]
    clip = filmed(tmp_path / 'a.mp4', 2700, small)

    assert clip.path.stat().st_size > recording._LARGE
    assert clip.frames == probe_video(clip.path).frames == 2700
    assert [kind for kind, *_ in boxes(clip.path.read_bytes())][:2] == ['ftyp', 'moov']
    assert os.listdir(tmp_path) == ['a.mp4']


@needs_hybrids
def test_an_end_that_was_cut_off_anywhere_loses_nothing(tmp_path):
    clip = filmed(tmp_path / 'a.mp4')
    whole = clip.path.read_bytes()
    at, size = next((at, size) for kind, at, size in boxes(whole) if kind == 'moov')
    gap = bytes(recording._GAP)
    for written in (0, 4, 8, size // 2, size, size + 8):
        part = tmp_path / 'a.mp4.part'
        part.write_bytes(whole[:at + written] + gap[written:] + whole[at + len(gap):])

        assert salvage(part, None).frames == 40, written
        assert not part.exists()


def test_a_recording_is_whole_up_to_its_last_two_pictures_while_it_grows(tmp_path):
    found = []

    def look():
        found.append(salvage(tmp_path / 'a.mp4.part', None, keeps_part=True))

    clip = filmed(tmp_path / 'a.mp4', before_closing=look)

    assert (found[0].frames, found[0].start_ns) == (38, START_NS)
    assert clip.frames == 40


def noisy_packets(count):
    """Packets of 80 kB each, with three B frames between the others."""
    av = mp4.load_av()
    context = av.CodecContext.create('libx264', 'w')
    context.width, context.height, context.pix_fmt = 320, 240, 'yuv420p'
    context.time_base, context.thread_count = Fraction(1, 30), 1
    context.options = {
        'preset': 'ultrafast', 'bf': '3', 'b_strategy': '0', 'sc_threshold': '0', 'crf': '10'}
    noise = np.random.default_rng(0).integers(0, 255, (360, 320)).astype(np.uint8)
    packets = []
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(np.roll(noise, 37 * number, 0), 'yuv420p')
        frame.pts = number
        packets += context.encode(frame)
    return [(bytes(one), one.pts * 10**9 // 30) for one in [*packets, *context.encode(None)]]


@pytest.mark.parametrize('count', [5, 32, 33, 34, 35, 60, 61, 62, 63, 64])
def test_the_last_picture_is_shown_wherever_it_is_in_the_stream(count):
    writer = PacketWriter('h264')
    for blob, stamp_ns in noisy_packets(count):
        writer.write(blob, stamp_ns)
    clip = writer.close()

    av = mp4.load_av()
    with av.open(io.BytesIO(clip.blob)) as container:
        hidden = [one.pts for one in container.demux(video=0) if one.size and one.is_discard]
        length_s = container.duration / 1e6
    assert hidden == []
    assert len(list(read_frames(clip.blob))) == clip.frames == count
    assert length_s == pytest.approx(clip.duration_s, abs=1e-5)
