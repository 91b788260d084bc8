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

import io
import os
import signal
import subprocess
import sys
import textwrap

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from scenebox_ros.codecs import mp4, video
from scenebox_ros.codecs.encoder import VideoOptions
from scenebox_ros.codecs.video import read_frames, salvage, VideoWriter
from scenebox_ros.errors import DependencyError, EncodeError
from scenebox_ros.model.readings import ImageFrame

START_NS = 1_700_000_000_123_456_789
FAST = VideoOptions(encoder='software', preset='ultrafast', threads=1)


def picture(number, width=64, height=48):
    return np.full((height, width, 3), (number * 10 % 256, 100, 250 - number * 10 % 250), np.uint8)


def write(stamps_ns, target=None, options=FAST, **size):
    with VideoWriter(target, options) as writer:
        for number, stamp_ns in enumerate(stamps_ns):
            writer.write(picture(number, **size), stamp_ns)
        return writer.close()


@given(st.lists(st.integers(1000, 3_000_000_000), min_size=1, max_size=12), st.booleans())
@settings(max_examples=25, deadline=None)
def test_frames_are_shown_at_their_own_times(gaps_ns, has_b_frames):
    stamps_ns = [START_NS + sum(gaps_ns[:n]) for n in range(len(gaps_ns) + 1)]
    options = VideoOptions(encoder='software', threads=1,
                           preset='veryfast' if has_b_frames else 'ultrafast')

    clip = write(stamps_ns, options=options)

    times = [time_s for _, time_s, _ in read_frames(clip.blob)]
    expected = [(stamp - START_NS) // 1000 / 1e6 for stamp in stamps_ns]
    np.testing.assert_allclose(times, expected, atol=1e-9)
    assert (clip.start_ns, clip.frames) == (START_NS, len(stamps_ns))
    assert abs(clip.end_ns - stamps_ns[-1] - gaps_ns[-1]) < 3000


def test_what_is_known_of_a_clip_is_what_is_in_the_file(tmp_path):
    clip = write([START_NS + n * 40_000_000 for n in range(50)], tmp_path / 'a.mp4')

    found = video.probe(clip.path)
    assert (found.codec, found.width, found.height, found.frames) == ('h264', 64, 48, 50)
    assert (found.duration_s, found.fps) == (pytest.approx(2.0), pytest.approx(25.0))
    assert (clip.duration_s, clip.fps) == (pytest.approx(2.0), pytest.approx(25.0))
    assert found.start_ns == clip.start_ns == START_NS
    assert os.listdir(tmp_path) == ['a.mp4']


def boxes(blob):
    at, found = 0, []
    while at < len(blob):
        found.append(blob[at + 4:at + 8].decode())
        at += int.from_bytes(blob[at:at + 4], 'big')
    return found


def test_the_index_stands_before_the_pictures():
    names = boxes(write([0, 10**8, 2 * 10**8]).blob)

    assert names.index('moov') < names.index('mdat')
    assert 'moof' not in names


def test_the_same_frames_make_the_same_bytes():
    stamps_ns = [START_NS + n * 33_333_333 for n in range(20)]

    assert write(stamps_ns).blob == write(stamps_ns).blob


@pytest.mark.parametrize('width, height', [
    (65, 49), (1, 1), (64, 49), (17, 16), (64, 50), (64, 46),
])
def test_odd_sizes_grow_by_one_row_or_column(width, height):
    clip = write([0, 10**8], width=width, height=height)

    assert (clip.width, clip.height) == (width + width % 2, height + height % 2)
    _, _, shown = next(read_frames(clip.blob))
    assert np.abs(shown.astype(int) - picture(0, 1, 1)[0, 0]).max() < 8


@pytest.mark.parametrize('channels, shape, kind', [
    ('bgr', (48, 64, 3), np.uint8), ('rgb', (48, 64, 3), np.uint8), ('mono', (48, 64), np.uint8),
    ('mono', (48, 64), np.uint16), ('bayer_rggb', (48, 64), np.uint8),
    ('uyvy', (48, 64, 2), np.uint8), ('depth', (48, 64), np.float32),
    ('bgra', (48, 64, 4), np.uint8),
])
def test_frames_of_any_encoding_are_encoded(channels, shape, kind):
    frame = ImageFrame(np.full(shape, 120, kind), channels, '', 0, '', memoryview(b''))
    with VideoWriter(options=FAST) as writer:
        writer.write(frame, 0)
        clip = writer.close()

    assert (clip.width, clip.height, clip.frames) == (64, 48, 1)


def test_colours_are_told_to_players_and_survive():
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (40, 120, 200)]
    with VideoWriter(options=VideoOptions(encoder='software', quality=5)) as writer:
        for number, colour in enumerate(colours):
            writer.write(np.full((32, 32, 3), colour, np.uint8), number * 10**8)
        clip = writer.close()

    for colour, (_, _, shown) in zip(colours, read_frames(clip.blob), strict=True):
        assert np.abs(shown.astype(int) - colour).max() <= 6
    assert b'colrnclx\0\x01\0\x01\0\x06\0' in clip.blob


def test_key_frames_come_by_time_not_by_count():
    stamps_ns = [0, 10**9, 2 * 10**9, 3 * 10**9, 3_100_000_000, 3_200_000_000, 5 * 10**9]

    clip = write(stamps_ns, options=VideoOptions('software', preset='ultrafast', key_every_s=2.0))

    av = mp4.load_av()
    with av.open(io.BytesIO(clip.blob)) as container:
        keys = [p.pts for p in container.demux(video=0) if p.size and p.is_keyframe]
    assert keys == [0, 2_000_000, 5_000_000]


def test_gray_arrays_are_encoded():
    with VideoWriter(options=FAST) as writer:
        writer.write(np.full((48, 64), 77, np.uint8), 0)
        clip = writer.close()

    assert abs(int(next(read_frames(clip.blob))[2].mean()) - 77) < 3


def test_a_frame_that_is_not_later_is_refused_and_the_video_goes_on():
    writer = VideoWriter(options=FAST)
    writer.write(picture(0), 5000)
    for stamp_ns in (5000, 5999, 4000):
        with pytest.raises(EncodeError, match=f'frame 1 is at {stamp_ns} ns, not after'):
            writer.write(picture(1), stamp_ns)

    writer.write(picture(1), 6000)

    assert writer.close().frames == 2


def test_a_frame_of_another_size_is_refused():
    writer = VideoWriter(options=FAST)
    writer.write(picture(0), 0)
    with pytest.raises(EncodeError, match='64 x 40 does not fit a video of 64 x 48'):
        writer.write(picture(1, height=40), 10**8)
    writer.discard()


def test_a_video_without_frames_is_refused():
    with pytest.raises(EncodeError, match='no frames'):
        VideoWriter(options=FAST).close()


def test_a_closed_video_takes_no_more_and_may_be_closed_again():
    writer = VideoWriter(options=FAST)
    writer.write(picture(0), 0)
    clip = writer.close()

    assert writer.close() is clip
    with pytest.raises(EncodeError, match='is closed'):
        writer.write(picture(1), 10**8)


def test_a_video_that_was_given_up_cannot_be_closed_or_written(tmp_path):
    writer = VideoWriter(tmp_path / 'a.mp4', FAST)
    writer.write(picture(0), 0)
    writer.discard()
    writer.discard()

    with pytest.raises(EncodeError, match='was given up'):
        writer.close()
    with pytest.raises(EncodeError, match='is closed'):
        writer.write(picture(1), 10**8)


def test_an_error_in_the_block_leaves_no_file(tmp_path):
    def fail():
        with VideoWriter(tmp_path / 'a.mp4', FAST) as writer:
            writer.write(picture(0), 0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(EncodeError, match=r'a\.mp4\.part failed: .*No such file'):
        write([0], tmp_path / 'nowhere' / 'a.mp4')


@pytest.mark.parametrize('changes, reason', [
    ({'quality': 52}, 'quality is 52'), ({'quality': -1}, 'quality is -1'),
    ({'key_every_s': 0}, 'must be more than 0'), ({'nominal_fps': 0}, 'must be more than 0'),
    ({'threads': -1}, 'threads is -1'), ({'threads': 1.5}, r'threads is 1\.5'),
    ({'quality': 'good'}, "quality is 'good'"), ({'quality': 23.5}, r'quality is 23\.5'),
    ({'quality': None}, 'quality is None'), ({'nominal_fps': float('nan')}, 'nominal_fps is nan'),
    ({'nominal_fps': float('inf')}, 'and finite'), ({'key_every_s': '2'}, "key_every_s is '2'"),
    ({'encoder': None}, 'encoder and preset are None'), ({'preset': 3}, "'auto' and 3; pass"),
])
def test_options_that_cannot_work_are_refused(changes, reason):
    with pytest.raises(EncodeError, match=reason):
        VideoOptions(**changes)


def test_without_pyav_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'av', None)
    with pytest.raises(DependencyError, match='pip install "av>=12"'):
        mp4.load_av()


def recorded_part(tmp_path, frames=90):
    """Write a recording as a crash would leave it: everything flushed, nothing closed."""
    script = textwrap.dedent(f"""
        import os, signal, numpy as np, pathlib
        from scenebox_ros.codecs.video import VideoOptions, VideoWriter
        writer = VideoWriter(pathlib.Path({str(tmp_path / 'a.mp4')!r}),
                             VideoOptions('software', preset='ultrafast', threads=1))
        noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3)).astype(np.uint8)
        for n in range({frames}):
            writer.write(np.roll(noise, n, axis=1), {START_NS} + n * 100_000_000)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    done = subprocess.run([sys.executable, '-c', script], check=False)
    assert done.returncode == -signal.SIGKILL
    return tmp_path / 'a.mp4.part'


def test_a_killed_recorder_loses_at_most_its_last_fragment(tmp_path):
    part = recorded_part(tmp_path)

    clip = salvage(part, tmp_path / 'a.mp4')

    assert 90 - 21 <= clip.frames < 90
    assert clip.start_ns == START_NS
    assert len(list(read_frames(clip.path))) == clip.frames
    assert os.listdir(tmp_path) == ['a.mp4']


def test_a_recording_cut_anywhere_gives_a_video_or_our_error(tmp_path):
    blob = recorded_part(tmp_path).read_bytes()
    frames = []
    for end in range(0, len(blob), max(1, len(blob) // 60)):
        part = tmp_path / 'cut.mp4.part'
        part.write_bytes(blob[:end])
        try:
            clip = salvage(part, None)
        except EncodeError:
            frames.append(0)
            continue
        frames.append(sum(1 for _ in read_frames(clip.blob)))

    assert frames == sorted(frames)
    assert frames[-1] >= 60
