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

from dataclasses import replace
from fractions import Fraction

from captured import ListSink, S
import numpy as np
import pytest

from scenebox_ros.capture import Capture
from scenebox_ros.codecs import nal
from scenebox_ros.codecs.images import encode_jpeg
from scenebox_ros.codecs.video import probe, read_frames
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


def h265_packets(count, params):
    """H.265 packets in the order of decoding, 10 a second, each picture of another shade."""
    import av

    codec = av.CodecContext.create('libx265', 'w')
    codec.width, codec.height, codec.pix_fmt = 64, 48, 'yuv420p'
    codec.time_base, codec.framerate = Fraction(1, 10), Fraction(10)
    codec.options = {'x265-params': f'log-level=none:repeat-headers=1:scenecut=0:{params}'}
    encoded = []
    for i in range(count):
        image = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 4 * i % 255, np.uint8), 'bgr24')
        image.pts = i
        encoded += codec.encode(image.reformat(format='yuv420p'))
    for packet in [*encoded, *codec.encode(None)]:
        blob = memoryview(bytes(packet))
        stamp_ns = T0 + packet.pts * S // 10
        yield VideoPacket(blob, 'h265', nal.is_key(blob, 'h265'), 64, 48, stamp_ns, 'cam')


@pytest.mark.parametrize(('params', 'twice'), [
    ('open-gop=1:bframes=3:b-adapt=0:keyint=10:min-keyint=10', 2),
    ('open-gop=0:bframes=3:b-adapt=0:keyint=10:min-keyint=10', 0),
    ('open-gop=0:radl=2:bframes=3:b-adapt=0:keyint=10:min-keyint=10', 2),
    ('open-gop=1:bframes=0:keyint=10:min-keyint=10', 0),
])
def test_no_picture_is_lost_where_an_h265_stream_is_cut(params, twice):
    cap, sink = capture()
    for arrived, packet in enumerate(h265_packets(60, params)):
        cap.add('/cam', packet, T0 + arrived * S // 10)
    report = cap.close()

    shown = [
        (round(record.stamp_ns / (S // 10) + 10 * time_s) - 10 * T0 // S, image.mean())
        for record in sink.of('videos') for _, time_s, image in read_frames(bytes(record.body))
    ]
    assert report.streams['/cam'].failed == 0
    assert len(sink.of('videos')) == 3
    assert sorted({number for number, _ in shown}) == list(range(60))
    # The key frame that pictures before it need is in both videos.
    assert len(shown) == 60 + twice
    for number, shade in shown:
        assert shade == pytest.approx(4 * number % 255, abs=4), number


def shade_of(number):
    return 20 + 47 * number % 211


def endless(count, codec='libx264', keys=(), **options):
    """Give a stream with one key frame (and others where asked for), each picture of a shade."""
    import av

    context = av.CodecContext.create(codec, 'w')
    context.width, context.height, context.pix_fmt = 64, 48, 'yuv420p'
    context.time_base, context.framerate = Fraction(1, 10), Fraction(10)
    context.options = options
    encoded = []
    for i in range(count):
        planes = np.full((72, 64), 128, np.uint8)
        planes[:48] = round(16 + shade_of(i) * 219 / 255)
        image = av.VideoFrame.from_ndarray(planes, 'yuv420p')
        image.pts, image.pict_type = i, 1 if i in keys else 0
        encoded += context.encode(image)
    kind = 'h264' if codec == 'libx264' else 'h265'
    for packet in [*encoded, *context.encode(None)]:
        blob = memoryview(bytes(packet))
        stamp_ns = T0 + packet.pts * S // 10
        yield VideoPacket(blob, kind, nal.is_key(blob, kind), 64, 48, stamp_ns, 'cam')


X264 = {'x264-params': 'keyint=infinite:scenecut=0', 'tune': 'zerolatency'}
REFRESH = {'x264-params': 'keyint=infinite:scenecut=0:intra-refresh=1:bframes=0'}
B_FRAMES = {'x264-params': 'keyint=infinite:scenecut=0:bframes=3:b-adapt=0'}
OPEN = {'x264-params': 'keyint=10:min-keyint=10:open-gop=1:scenecut=0:bframes=2'}
X265 = {'x265-params': 'log-level=none:repeat-headers=1:keyint=-1:scenecut=0:bframes=3'}


@pytest.mark.parametrize(('codec', 'options'), [
    ('libx264', X264), ('libx264', REFRESH), ('libx264', B_FRAMES), ('libx264', OPEN),
    ('libx265', X265),
], ids=['x264', 'intra refresh', 'B frames', 'open GOP', 'x265'])
def test_videos_of_a_stream_with_one_key_frame_have_a_bounded_length(codec, options):
    stream = list(endless(100, codec, **options))
    assert sum(packet.is_key for packet in stream) == 1
    ids = []
    for _ in range(2):
        cap, sink = capture()
        for arrived, packet in enumerate(stream):
            cap.add('/cam', packet, T0 + arrived * S // 10)
        report = cap.close()
        ids.append([record.id for record in sink.of('videos')])

    shown = [
        (round((found.start_ns - T0) / (S // 10) + 10 * time_s), image.mean())
        for record, found in videos(sink)
        for _, time_s, image in read_frames(bytes(record.body))
    ]
    assert report.streams['/cam'].failed == 0
    assert len(sink.of('videos')) == 4
    assert max(found.duration_s for _, found in videos(sink)) <= 4.5
    assert [number for number, _ in shown] == list(range(100))
    for number, shade in shown:
        assert shade == pytest.approx(shade_of(number), abs=4), number
    assert ids[0] == ids[1]


def test_packets_are_copied_again_from_the_next_key_frame_on():
    stream = list(endless(80, keys=(55,), **{'forced-idr': '1'}, **X264))
    cap, sink = capture()
    for packet in stream:
        cap.add('/cam', packet, packet.stamp_ns)
    report = cap.close()

    assert [found.frames for _, found in videos(sink)] == [40, 15, 25]
    assert report.streams['/cam'].failed == 0
    copied = bytes(sink.of('videos')[2].body)
    for packet in stream[56:]:
        *_, (_, unit) = nal.units(packet.blob, 'h264')
        assert bytes(unit) in copied


def test_a_stream_with_one_key_frame_outlives_a_clock_that_is_set_back():
    cap, sink = capture()
    for i, packet in enumerate(endless(20, **X264)):
        stamp_ns = packet.stamp_ns - (50 * S if i >= 10 else 0)
        cap.add('/cam', replace(packet, stamp_ns=stamp_ns), stamp_ns)
    report = cap.close()

    assert [found.frames for _, found in videos(sink)] == [10, 10]
    assert report.streams['/cam'].failed == 0


def test_a_stream_without_any_key_frame_is_counted_as_failed():
    cap, sink = capture()
    for packet in list(endless(80, **X264))[1:]:
        cap.add('/cam', packet, packet.stamp_ns)
    report = cap.close()

    assert sink.of('videos') == []
    assert report.streams['/cam'].failed == 79


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
