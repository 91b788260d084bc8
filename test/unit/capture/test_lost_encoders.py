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
A hardware encoder that fails while a topic is filmed: no picture is lost, software goes on.

No device is here: another of FFmpeg's encoders is registered in the place of one, and is ended
under the video.
"""

import logging

from captured import ListSink, S
import numpy as np
import pytest

from scenebox_ros.capture import Capture
from scenebox_ros.codecs import encoder as enc, selection
from scenebox_ros.codecs.video import read_frames
from scenebox_ros.model.readings import ImageFrame
from scenebox_ros.model.settings import CaptureSettings, StreamSettings

pytest.importorskip('av')
T0 = 1_700_000_000 * S


@pytest.fixture(autouse=True)
def device(monkeypatch):
    """Let FFmpeg's default encoder (x264, under another name) be the machine's device."""
    monkeypatch.setattr(enc, 'HARDWARE', ('h264',))
    monkeypatch.setattr(selection, '_given_up', set())
    selection._fault.cache_clear()
    yield
    selection._fault.cache_clear()


def frame(number):
    stamp_ns = T0 + number * S // 10
    pixels = np.full((48, 64, 3), number * 4 % 240, np.uint8)
    return ImageFrame(pixels, 'bgr', 'bgr8', stamp_ns, 'cam', memoryview(pixels.tobytes()))


def capture(folder=None, segment_s=2.0, **changes):
    settings = CaptureSettings(
        'Run', {'/cam': StreamSettings(role='image', video=True, images=False, **changes)},
        video_segment_s=segment_s)
    sink = ListSink()
    return Capture(settings, sink, 'run', workers=1, video_folder=folder), sink


def cutter(cap):
    return cap._streams['/cam'].cutter


def take_away(cap):
    """End the encoder once it has all frames: whatever it holds is gone."""
    cutter(cap)._writing().submit(int).result()  # what is queued comes first
    cutter(cap)._segment.writer._stream.codec_context.encode(None)


def film(cap, numbers, lost_after=()):
    for number in numbers:
        cap.add('/cam', frame(number), frame(number).stamp_ns)
        if number in lost_after:
            take_away(cap)


def shown(sink):
    """List each video's pictures: stamp in tenths of a second, and the number that it shows."""
    return [
        [(round((record.stamp_ns - T0) / S * 10 + time_s * 10, 4), round(image.mean() / 4))
         for _, time_s, image in read_frames(bytes(record.body))]
        for record in sink.of('videos')
    ]


@pytest.mark.parametrize('lost_after', [0, 1, 13, 18, 19, 20, 39, 43])
def test_no_picture_is_lost_when_the_device_fails(lost_after, caplog, tmp_path):
    cap, sink = capture(tmp_path)
    with caplog.at_level(logging.WARNING):
        film(cap, range(50), [lost_after])
        report = cap.close()

    (record,) = caplog.records
    assert 'the video encoder h264 failed, the next videos' in record.getMessage()
    videos = shown(sink)
    numbers = [one for video in videos for one in video]
    assert numbers == [(pytest.approx(number), number) for number in range(50)]
    counts = report.streams['/cam']
    assert (counts.kept, counts.failed, counts.records) == (50, 0, len(videos))
    assert len({record.id for record in sink.of('videos')}) == len(videos)
    assert list(tmp_path.iterdir()) == []


def test_videos_that_end_before_the_device_fails_have_their_usual_ids():
    ids = []
    for lost_after in ([], [33]):
        cap, sink = capture()
        film(cap, range(50), lost_after)
        cap.close()
        ids.append([record.id for record in sink.of('videos')])

    usual, cut_short = ids
    assert usual[0] == cut_short[0]
    assert usual[-1] == cut_short[-1]


def test_what_a_device_holds_when_its_video_ends_is_kept_too():
    cap, sink = capture()
    film(cap, range(15), [14])
    report = cap.close()

    assert [one for video in shown(sink) for one in video] == [
        (pytest.approx(number), number) for number in range(15)]
    assert (report.streams['/cam'].kept, report.streams['/cam'].failed) == (15, 0)
