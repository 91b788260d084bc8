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

"""Frames and packets become videos, cut on multiples of the segment's length."""

from fractions import Fraction

from captured import ListSink, S
import numpy as np
import pytest

from scenebox_ros.capture import Capture
from scenebox_ros.codecs.images import encode_jpeg
from scenebox_ros.codecs.video import probe
from scenebox_ros.model.readings import Fix, ImageBlob, ImageFrame, VideoPacket
from scenebox_ros.model.settings import CaptureSettings, StreamSettings

pytest.importorskip('av')
# On a multiple of ten seconds.
T0 = 1_700_000_000 * S


def frame(stamp_ns, width=64, shade=100):
    pixels = np.full((48, width, 3), shade, np.uint8)
    return ImageFrame(pixels, 'bgr', 'bgr8', stamp_ns, 'cam', memoryview(pixels.tobytes()))


def capture(sink=None, images=False, **changes):
    streams = {
        '/cam': StreamSettings(role='image', video=True, images=images),
        '/gps': StreamSettings(role='fix'),
    }
    sink = sink or ListSink()
    settings = CaptureSettings('Run', streams, video_segment_s=2.0, **changes)
    return Capture(settings, sink, 'run', workers=1), sink


def packets(count, stamp_ns=T0):
    """H.264 packets at 10 Hz, a key frame a second, as a camera sends them."""
    import av

    codec = av.CodecContext.create('libx264', 'w')
    codec.width, codec.height, codec.pix_fmt = 64, 48, 'yuv420p'
    codec.time_base = Fraction(1, 10)
    codec.gop_size = 10
    codec.options = {'tune': 'zerolatency', 'bf': '0', 'sc_threshold': '0'}
    for i in range(count):
        image = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 5 * i % 255, np.uint8), 'bgr24')
        image.pts = i
        for packet in codec.encode(image.reformat(format='yuv420p')):
            stamp = stamp_ns + i * S // 10
            yield VideoPacket(
                memoryview(bytes(packet)), 'h264', packet.is_keyframe, 64, 48, stamp, 'cam')


def videos(sink):
    return [(record, probe(bytes(record.body))) for record in sink.of('videos')]


def test_frames_are_cut_into_segments_on_multiples_of_their_length():
    cap, sink = capture()
    for i in range(5, 45):
        cap.add('/cam', frame(T0 + i * S // 10), T0 + i * S // 10)
    report = cap.close()

    assert [found.frames for _, found in videos(sink)] == [15, 20, 5]
    assert [record.stamp_ns for record, _ in videos(sink)] == [
        T0 + S // 2, T0 + 2 * S, T0 + 4 * S]
    assert report.streams['/cam'].kept == 40
    assert sink.of('images') == []


def test_a_video_has_its_document_and_its_entity():
    cap, sink = capture()
    for i in range(10):
        cap.add('/cam', frame(T0 + i * S // 10), T0 + i * S // 10)
    cap.close()

    (record,) = sink.of('videos')
    document, (entity,) = record.document, record.entities
    assert record.content_type == 'video/mp4'
    assert (document['width'], document['height'], document['num_frames']) == (64, 48, 10)
    assert document['duration'] == pytest.approx(1.0, abs=0.01)
    assert document['fps'] == pytest.approx(10, abs=0.1)
    assert document['start_time'] == document['timestamp'] == '2023-11-14T22:13:20+00:00'
    assert document['end_time'] == '2023-11-14T22:13:21+00:00'
    assert document['tags'] == []
    assert entity['entity_name'] == 'video'
    assert entity['start_time'] == document['start_time']
    assert entity['end_time'] == document['end_time']
    assert entity['influence'] == 'affect_forward'


def test_a_topic_can_give_both_images_and_video():
    cap, sink = capture(images=True)
    for i in range(10):
        cap.add('/cam', frame(T0 + i * S // 10), T0 + i * S // 10)
    report = cap.close()

    assert len(sink.of('images')) == 10
    assert len(sink.of('videos')) == 1
    assert report.streams['/cam'].kept == 10


def test_the_same_frames_give_the_same_ids():
    ids = []
    for _ in range(2):
        cap, sink = capture()
        for i in range(45):
            cap.add('/cam', frame(T0 + i * S // 10), T0 + i * S // 10)
        cap.close()
        ids.append([record.id for record in sink.of('videos')])

    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


def test_jpeg_frames_become_a_video_too():
    cap, sink = capture()
    for i in range(5):
        body = encode_jpeg(frame(0))
        blob = ImageBlob(memoryview(body), 'jpeg', 64, 48, T0 + i * S // 10, 'cam')
        cap.add('/cam', blob, blob.stamp_ns)
    cap.close()

    assert [found.codec for _, found in videos(sink)] == ['h264']


def test_packets_are_copied_and_cut_at_key_frames():
    cap, sink = capture()
    stream = list(packets(45, T0 + S // 2))
    for packet in stream[3:]:
        cap.add('/cam', packet, packet.stamp_ns)
    report = cap.close()

    # The first key frame comes 10 packets in, at 1.5 s; the next after 2 s at 2.5 s.
    assert [found.frames for _, found in videos(sink)] == [10, 20, 5]
    assert report.streams['/cam'].failed == 7
    assert report.streams['/cam'].kept == 35
    assert sum(len(record.body) for record, _ in videos(sink)) > sum(
        len(packet.blob) for packet in stream[10:])


def test_a_change_of_size_begins_another_video():
    cap, sink = capture()
    for i in range(10):
        cap.add('/cam', frame(T0 + i * S // 10, 64 if i < 5 else 32), T0 + i * S // 10)
    cap.close()

    assert [(found.width, found.frames) for _, found in videos(sink)] == [(64, 5), (32, 5)]


def test_a_clock_that_is_set_back_begins_another_video():
    cap, sink = capture()
    for stamp in [T0, T0 + S // 10, T0 - 100 * S, T0 - 99 * S]:
        cap.add('/cam', frame(stamp), stamp)
    cap.close()

    assert [found.frames for _, found in videos(sink)] == [2, 2]


def test_a_frame_with_a_stamp_that_was_there_is_counted_and_left_out():
    cap, sink = capture()
    for stamp in [T0, T0 + S // 10, T0 + S // 10, T0 + S // 5]:
        cap.add('/cam', frame(stamp), stamp)
    report = cap.close()

    assert [found.frames for _, found in videos(sink)] == [3]
    assert report.streams['/cam'].failed == 1
    assert 'not after the one before' in report.errors['/cam']


def test_a_silent_cameras_video_ends_after_a_segment():
    cap, sink = capture()
    cap.add('/cam', frame(T0), T0)
    cap.add('/cam', frame(T0 + S // 10), T0 + S // 10)
    cap.tick(T0 + S)
    assert not sink.of('videos')
    cap.tick(T0 + 3 * S)
    cap.flush()

    assert len(sink.of('videos')) == 1
    cap.close()


def test_a_video_has_the_position_of_its_beginning():
    cap, sink = capture()
    cap.add('/gps', Fix(49.0, 8.0, None, 0, None, T0, 'gps'), T0)
    for i in range(30):
        cap.add('/cam', frame(T0 + i * S // 10), T0 + i * S // 10)
    cap.close()

    assert sink.of('videos')[0].document['aux']['geolocation'] == {'lat': 49.0, 'lon': 8.0}
