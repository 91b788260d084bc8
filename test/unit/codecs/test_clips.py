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

import av
from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from scenebox_ros.codecs.clips import is_turned, probe_video, read_frames
from scenebox_ros.codecs.cuts import concatenate, subclip
from scenebox_ros.codecs.encoder import VideoOptions
from scenebox_ros.codecs.video import VideoWriter
from scenebox_ros.errors import DecodeError, EncodeError

START_NS = 1_600_000_000_000_000_000
OPTIONS = VideoOptions('software', threads=1, key_every_s=1.0)


def video(frames=50, start_ns=START_NS, gap_ns=100_000_000, width=64, options=OPTIONS):
    with VideoWriter(options=options) as writer:
        for number in range(frames):
            writer.write(np.full((48, width, 3), number * 5, np.uint8), start_ns + number * gap_ns)
        return writer.close().blob


BLOB = video()


def numbers(frames):
    """Read which frames these are from their brightness."""
    return [round(float(shown.mean()) / 5) for _, _, shown in frames]


@pytest.mark.parametrize('indices', [
    [0], [49], [3, 1, 2], [0, 25, 49], [10, 11, 12, 40], range(50),
])
def test_frames_are_found_by_number(indices):
    frames = list(read_frames(BLOB, indices=list(indices)))

    assert [index for index, _, _ in frames] == sorted(indices)
    assert numbers(frames) == sorted(indices)
    np.testing.assert_allclose([t for _, t, _ in frames], np.array(sorted(indices)) / 10)


@pytest.mark.parametrize('time_s, number', [(0, 0), (0.1, 1), (0.199, 1), (2.05, 20), (99.0, 49),
                                            (-1.0, 0)])
def test_the_frame_shown_at_a_time_is_found(time_s, number):
    frames = list(read_frames(BLOB, times_s=[time_s]))

    assert [index for index, _, _ in frames] == numbers(frames) == [number]


def test_all_frames_are_read_in_order(tmp_path):
    path = tmp_path / 'a.mp4'
    path.write_bytes(BLOB)

    assert numbers(read_frames(path)) == list(range(50))


def test_frames_are_found_in_a_format_without_an_index(tmp_path):
    stream_file, part = tmp_path / 'v.ts', tmp_path / 'part.mp4'
    with av.open(str(stream_file), 'w') as container:
        # One key frame, and frames that are decoded before they are shown.
        options = {'bf': '3', 'g': '250', 'x264-params': 'scenecut=0'}
        stream = container.add_stream('libx264', rate=10, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 48, 'yuv420p'
        for n in range(50):
            image = np.full((48, 64, 3), 5 * n, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format='bgr24')))
        container.mux(stream.encode())
    subclip(stream_file, 2, 3, part, is_exact=True)
    shown = [image.mean() for _, _, image in read_frames(stream_file)]
    found = {index: image.mean() for index, _, image in read_frames(stream_file, [0, 7, 49])}
    cut = [image.mean() for _, _, image in read_frames(part)]

    assert found == {index: shown[index] for index in (0, 7, 49)}
    assert cut == pytest.approx(shown[20:30], abs=2)


# What the header of a track says of a picture that is shown turned to the left: a 3 x 3 matrix.
UPRIGHT = struct.pack('>9i', 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
TURNED = {
    1: struct.pack('>9i', 0, -1 << 16, 0, 1 << 16, 0, 0, 0, 0, 1 << 30),
    2: struct.pack('>9i', -1 << 16, 0, 0, 0, -1 << 16, 0, 0, 0, 1 << 30),
    3: struct.pack('>9i', 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30),
}


@pytest.mark.skipif(not hasattr(av.VideoFrame, 'rotation'), reason='PyAV does not tell')
@pytest.mark.parametrize('turns', [1, 2, 3])
def test_frames_are_as_they_are_shown(turns):
    slope = np.linspace(0, 200, 48 * 64).reshape(48, 64, 1).repeat(3, axis=2).astype(np.uint8)
    with VideoWriter(options=OPTIONS) as writer:
        for number in range(2):
            writer.write(slope, START_NS + number * 100_000_000)
        plain = writer.close().blob
    head, matrix, rest = plain.rpartition(UPRIGHT)
    turned = head + TURNED[turns] + rest
    ((_, _, before),) = read_frames(plain, indices=[1])
    ((_, _, after),) = read_frames(turned, indices=[1])

    assert matrix
    assert np.array_equal(after, np.rot90(before, turns))
    assert (is_turned(plain), is_turned(turned)) == (False, True)


@pytest.mark.parametrize('index', [50, -1])
def test_a_number_past_the_end_is_refused(index):
    with pytest.raises(DecodeError, match=f'frame {index} is not in the video; it has 50 frames'):
        list(read_frames(BLOB, indices=[index]))


@pytest.mark.parametrize('text', [
    'ffconcat version 1.0\nfile other.mp4\n',
    '#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nother.mp4\n#EXT-X-ENDLIST\n',
])
def test_a_list_of_other_files_is_no_video(tmp_path, text):
    (tmp_path / 'other.mp4').write_bytes(video())
    for name in ('list', 'list.m3u8'):
        (tmp_path / name).write_text(text)

        with pytest.raises(DecodeError):
            list(read_frames(str(tmp_path / name)))


def test_what_is_no_video_is_refused(tmp_path):
    for source in (b'', b'hello' * 50, tmp_path / 'nothing.mp4', tmp_path):
        with pytest.raises(DecodeError, match='cannot be read'):
            probe_video(source)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_videos_give_frames_or_our_error(data):
    blob = bytearray(BLOB)
    for place in data.draw(st.lists(st.integers(0, len(blob) - 1), max_size=4)):
        blob[place] = data.draw(st.integers(0, 255))
    broken = bytes(blob[: data.draw(st.integers(0, len(blob)))])
    try:
        probe_video(broken)
        for _ in read_frames(broken, indices=[0, 3]):
            pass
    except DecodeError:
        pass


def test_a_part_is_copied_from_the_key_frame_before_it():
    clip = subclip(BLOB, 2.35, 3.0)

    assert numbers(read_frames(clip.blob))[:10] == list(range(20, 30))
    assert clip.start_ns == START_NS + 2_000_000_000
    assert clip.frames <= 14  # and the few frames that the encoder ordered before the end


def test_an_exact_part_starts_and_ends_where_asked(tmp_path):
    clip = subclip(BLOB, 2.35, 3.0, tmp_path / 'part.mp4', is_exact=True, options=OPTIONS)

    frames = list(read_frames(clip.path))
    assert numbers(frames) == [24, 25, 26, 27, 28, 29]
    np.testing.assert_allclose([time for _, time, _ in frames], np.arange(6) / 10, atol=1e-6)
    assert clip.start_ns == START_NS + 2_400_000_000


@pytest.mark.parametrize('start_s, end_s', [(1, 1), (2, 1), (-1, 1)])
@pytest.mark.parametrize('is_exact', [False, True])
def test_an_empty_part_is_refused(start_s, end_s, is_exact):
    with pytest.raises(EncodeError, match='is empty; end after the start'):
        subclip(BLOB, start_s, end_s, is_exact=is_exact)


def test_an_exact_part_past_the_end_is_refused():
    with pytest.raises(EncodeError, match='has no frame from 60 s to 61 s'):
        subclip(BLOB, 60, 61, is_exact=True)


def test_videos_are_joined_with_the_time_between_them():
    second = video(30, START_NS + 10 * 10**9)

    clip = concatenate([BLOB, second])

    frames = list(read_frames(clip.blob))
    assert numbers(frames) == [*range(50), *range(30)]
    assert frames[50][1] == pytest.approx(10.0)
    assert (clip.start_ns, clip.frames) == (START_NS, 80)
    assert clip.duration_s == pytest.approx(13.0)


@pytest.mark.parametrize('start_ns, has_gaps', [(START_NS + 10**10, False), (START_NS - 1, True)])
def test_videos_are_joined_end_to_start(start_ns, has_gaps, tmp_path):
    clip = concatenate([BLOB, video(30, start_ns)], tmp_path / 'a.mp4', has_gaps=has_gaps)

    frames = list(read_frames(clip.path))
    assert numbers(frames) == [*range(50), *range(30)]
    np.testing.assert_allclose([time for _, time, _ in frames], np.arange(80) / 10, atol=1e-6)


def test_videos_of_another_size_are_not_joined():
    with pytest.raises(EncodeError, match=r"video 1 is \('h264', 80, 48\) and does not fit"):
        concatenate([BLOB, video(5, width=80)])


def test_nothing_cannot_be_joined():
    with pytest.raises(EncodeError, match='nothing to join'):
        concatenate([])
