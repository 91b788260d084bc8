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

"""Snapshots across sensors: the frames nearest to common moments, and only those."""

from captured import capture, jpeg, ListSink, S, T0
from hypothesis import given, strategies as st
import pytest

from scenebox_ros.capture import Capture
from scenebox_ros.capture.snapshots import Candidate, Snapshots
from scenebox_ros.model.settings import CaptureSettings, StreamSettings

MS = S // 1000


def choose(stamps_ms, every_s=1.0, tolerance_s=0.5):
    """Give what is kept, as (moment, stamp) in milliseconds, and what is dropped."""
    snapshots, kept, dropped = Snapshots(), [], []
    settings = StreamSettings(snapshot_every_s=every_s, snapshot_tolerance_s=tolerance_s)
    for stamp in stamps_ms:
        snapshots.offer(Candidate(
            stamp * MS, stamp * MS, lambda moment, stamp=stamp: kept.append((moment // MS, stamp)),
            lambda stamp=stamp: dropped.append(stamp)), settings)
    snapshots.settle()
    return kept, dropped


def test_of_each_moment_the_nearest_frame_is_kept():
    kept, dropped = choose([700, 960, 1030, 1300, 1960, 2050, 2990])

    assert kept == [(1000, 1030), (2000, 1960), (3000, 2990)]
    assert sorted(dropped) == [700, 960, 1300, 2050]


def test_a_frame_too_far_from_the_moment_is_in_no_snapshot():
    assert choose([940, 1040, 1990], tolerance_s=0.02) == ([(2000, 1990)], [940, 1040])


def test_a_late_frame_gives_a_moment_no_second_frame():
    kept, dropped = choose([1001, 2001, 999])

    assert kept == [(1000, 1001), (2000, 2001)]
    assert dropped == [999]


@given(st.lists(st.integers(0, 10_000), max_size=80).map(sorted))
def test_every_frame_is_kept_or_dropped_and_each_moment_has_its_nearest(stamps_ms):
    kept, dropped = choose(stamps_ms, tolerance_s=0.2)

    assert sorted([stamp for _, stamp in kept] + dropped) == stamps_ms
    near = {}
    for stamp in stamps_ms:
        moment = (stamp + 500) // 1000 * 1000
        if abs(stamp - moment) <= 200:
            near[moment] = min(near.get(moment, 10**6), abs(stamp - moment))
    assert {moment: abs(stamp - moment) for moment, stamp in kept} == near


def shot(hz, offset_ms, seconds=4):
    return [T0 + offset_ms * MS + number * S // hz for number in range(seconds * hz)]


def test_sensors_captured_apart_have_snapshots_of_the_same_moments():
    documents = []
    for topic, stamps in [('/left', shot(30, 5)), ('/right', shot(10, 20))]:
        sink = ListSink()
        settings = StreamSettings(role='image', sensor=topic, snapshot_every_s=1.0)
        made = Capture(CaptureSettings('run', {topic: settings}), sink, 'run')
        for stamp_ns in stamps:
            made.add(topic, jpeg(stamp_ns, str(stamp_ns).encode()), stamp_ns)
        report = made.close()
        counts = report.streams[topic]
        documents.append({r.document['aux']['snapshot']: r.document['aux']['snapshot_offset_s']
                          for r in sink.of('images')})
        assert counts.kept == len(documents[-1])
        assert counts.kept + counts.sampled_out == counts.received == len(stamps)

    left, right = documents
    assert set(right) <= set(left)
    assert len(right) == 4
    assert all(abs(left[moment]) <= 1 / 60 for moment in right)
    assert set(right.values()) == {0.02}


def test_a_video_keeps_the_frames_between_snapshots():
    made, sink = capture(cam={'video': True, 'snapshot_every_s': 1.0})
    import cv2
    import numpy as np

    blob = cv2.imencode('.jpg', np.zeros((16, 16, 3), np.uint8))[1].tobytes()
    for stamp_ns in shot(10, 0, 3):
        made.add('/cam', jpeg(stamp_ns, blob), stamp_ns)
    report = made.close()

    assert len(sink.of('images')) == 3
    assert sum(round(r.document['duration'] * r.document['fps']) for r in sink.of('videos')) >= 29
    assert report.streams['/cam'].kept == 30


def test_the_last_snapshot_does_not_wait_for_ever():
    made, sink = capture(cam={'snapshot_every_s': 1.0}, without=['/gps'])
    made.add('/cam', jpeg(T0 - 10 * MS), T0)
    made.tick(T0 + S)
    assert not sink.of('images')
    made.tick(T0 + 5 * S)
    made.tick(T0 + 10 * S)
    made.flush()

    assert len(sink.of('images')) == 1


def test_a_negative_period_is_refused():
    with pytest.raises(ValueError, match='snapshot_every_s is -1'):
        StreamSettings(snapshot_every_s=-1)
