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

"""What a stream's settings make of clouds and images before they are stored."""

from dataclasses import replace
from fractions import Fraction
import logging

from captured import ListSink, S, T0
import numpy as np
import pytest

from scenebox_ros.capture import Capture
from scenebox_ros.codecs import images, lidar_formats
from scenebox_ros.codecs.deskew import Poses, rotate
from scenebox_ros.codecs.pcd import decode_pcd
from scenebox_ros.model.readings import (
    Calibration,
    CloudFrame,
    ImageBlob,
    ImageFrame,
    Transform,
    VideoPacket,
)
from scenebox_ros.model.settings import CaptureSettings, StreamSettings

POINT = np.dtype({
    'names': ['x', 'y', 'z', 'intensity', 'time'], 'formats': ['<f4'] * 5,
    'offsets': [0, 4, 8, 16, 20], 'itemsize': 32})


def cloud(xs=(1.0, 2.0, 3.0, 40.0), stamp_ns=T0, times=0.0):
    points = np.zeros((1, len(xs)), POINT)
    points['x'], points['time'] = xs, times
    points['intensity'] = np.arange(len(xs))
    return CloudFrame(points, stamp_ns, 'lidar', False, memoryview(points.tobytes()))


def picture(width=64, height=48, channels='bgr', encoding='bgr8', dtype=np.uint8, stamp_ns=T0):
    shape = (height, width, 3) if channels == 'bgr' else (height, width)
    pixels = np.random.default_rng(0).integers(0, 255, shape).astype(dtype)
    return ImageFrame(
        pixels, channels, encoding, stamp_ns, 'cam', memoryview(pixels.tobytes()))


def camera(d=(-0.2, 0.05, 0.0, 0.0, 0.0), stamp_ns=T0):
    k = (50.0, 0, 32.0, 0, 50.0, 24.0, 0, 0, 1.0)
    p = (45.0, 0, 31.0, 0, 0, 46.0, 23.0, 0, 0, 0, 1.0, 0)
    return Calibration(64, 48, 'plumb_bob', d, k, (1.0, 0, 0, 0, 1, 0, 0, 0, 1), p, stamp_ns, 'c')


def run(topics, readings, **session):
    sink = ListSink()
    capture = Capture(CaptureSettings('Run', topics, **session), sink, 'run', workers=1)
    for topic, reading, received_ns in readings:
        capture.add(topic, reading, received_ns)
    return sink, capture.close()


def stored(frame, **settings):
    role = 'lidar' if isinstance(frame, CloudFrame) else 'image'
    sink, report = run({'/s/a': StreamSettings(role=role, **settings)}, [('/s/a', frame, T0)])
    assert report.streams['/s/a'].failed == 0, report.errors
    (record,) = sink.of('lidars') + sink.of('images')
    return record


@pytest.mark.parametrize(('settings', 'xs'), [
    ({'max_range_m': 10.0}, [1, 2, 3]),
    ({'min_range_m': 2.5}, [3, 40]),
    ({'every_nth_point': 2}, [1, 3]),
    ({'voxel_m': 4.0}, [1, 40]),
    ({'min_range_m': 1.5, 'every_nth_point': 2}, [2, 40]),
])
def test_points_are_left_out_as_the_settings_say(settings, xs):
    plain, thinned = stored(cloud()), stored(cloud(), **settings)

    points = decode_pcd(thinned.body)
    assert points['x'].ravel().tolist() == xs
    assert points.dtype.names == ('x', 'y', 'z', 'intensity', 'time')
    assert thinned.document['num_points'] == len(xs)
    assert thinned.id != plain.id


def test_padding_is_kept_where_that_is_asked_for():
    whole, tight = stored(cloud(), keep_padding=True), stored(cloud())

    assert decode_pcd(tight.body).dtype.itemsize == 20 < decode_pcd(whole.body).dtype.itemsize
    assert decode_pcd(tight.body)['intensity'].ravel().tolist() == [0, 1, 2, 3]
    assert tight.id != whole.id


def test_a_cloud_becomes_rows_of_floats():
    record = stored(cloud(), lidar_format='numpy')

    rows = lidar_formats.decode_numpy(record.body, record.document['num_fields'])
    assert (record.document['format'], record.document['num_fields']) == ('numpy', 4)
    assert rows[:, 0].tolist() == [1, 2, 3, 40]
    assert rows[:, 3].tolist() == [0, 1, 2, 3]


def test_a_cloud_becomes_packets_with_the_times_of_its_points():
    record = stored(cloud(times=[0, 0.25, 0.5, 0.75]), lidar_format='packets')

    points = lidar_formats.decode_binary(record.body, record.document['binary_format'])
    assert (record.document['format'], record.document['binary_format']) == ('binary', '<ffffd')
    # A double of seconds since 1970 is good to a quarter of a microsecond.
    np.testing.assert_allclose(points['epoch'] - T0 / S, [0, 0.25, 0.5, 0.75], atol=1e-6)


def test_only_the_fields_that_are_named_are_kept():
    record = stored(cloud(), fields=('x', 'intensity'))

    assert decode_pcd(record.body).dtype.names == ('x', 'intensity')


def test_a_field_that_a_cloud_lacks_is_counted_and_said():
    streams = {'/l': StreamSettings(role='lidar', fields=('ring',))}
    _, report = run(streams, [('/l', cloud(), T0)])

    assert report.streams['/l'].failed == 1
    assert "no field 'ring'" in report.errors['/l']


# -- deskewing ------------------------------------------------------------------------------------
def moved(stamp_ns, x, angle=0.0):
    turn = (0.0, 0.0, float(np.sin(angle / 2)), float(np.cos(angle / 2)))
    return Transform('odom', 'base', (x, 0.0, 0.0), turn, stamp_ns)


MOUNT = Transform('base', 'lidar', (0.0, 2.0, 1.0), (0.0, 0.0, 1.0, 0.0), T0, is_static=True)
DESKEWED = {
    '/lidar': StreamSettings(role='lidar', deskew_to='odom'),
    '/tf': StreamSettings(role='transform'), '/tf_static': StreamSettings(role='transform'),
}


def test_a_scan_waits_for_the_poses_that_cover_it_and_is_deskewed():
    scan = cloud([5.0, 5.0, 5.0], times=[0.0, 0.05, 0.1])
    readings = [('/tf_static', MOUNT, T0), ('/tf', moved(T0 - S // 50, -0.2), T0)]
    readings += [('/lidar', scan, T0)]
    readings += [('/tf', moved(T0 + i * S // 50, i * 0.2), T0 + i * S // 50) for i in range(8)]
    sink, report = run(DESKEWED, readings)

    (record,) = sink.of('lidars')
    points = decode_pcd(record.body)
    # The sensor looks back: as it drives on at 10 m/s, what it saw later was farther behind.
    np.testing.assert_allclose(points['x'].ravel(), [5.0, 4.5, 4.0], atol=1e-5)
    assert record.document['aux']['deskewed'] is True
    assert report.streams['/lidar'].kept == 1


def test_deskewing_agrees_with_turning_each_point_by_hand():
    scan = cloud([5.0, 6.0, 7.0], times=[0.0, 0.05, 0.1])
    trip = [moved(T0 + (i - 1) * S // 50, i * 0.3, i * 0.02) for i in range(9)]
    readings = [('/tf_static', MOUNT, T0), *(('/tf', one, T0) for one in trip)]
    sink, _ = run(DESKEWED, [*readings, ('/lidar', scan, T0)])

    poses = Poses.of([(one.stamp_ns, one.translation_m, one.rotation) for one in trip])
    expected = []
    for x, at in zip([5.0, 6.0, 7.0], [T0, T0 + S // 20, T0 + S // 10], strict=True):
        in_base = rotate(np.array([[x, 0, 0]]), np.array([MOUNT.rotation])) + MOUNT.translation_m
        shift, turn = poses.at(np.array([at]))
        here, now = poses.at(np.array([T0]))
        seen = rotate(rotate(in_base, turn) + shift - here, now * (-1, -1, -1, 1))
        expected.append(
            rotate(seen - MOUNT.translation_m, np.array([MOUNT.rotation]) * (-1, -1, -1, 1))[0])
    points = decode_pcd(sink.of('lidars')[0].body)
    found = np.stack([points[axis].ravel() for axis in 'xyz'], axis=1)
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_a_scan_whose_poses_never_come_is_stored_as_it_came():
    scan = cloud([5.0, 5.0], times=[0.0, 0.1])
    sink, report = run(DESKEWED, [('/lidar', scan, T0), ('/tf', moved(T0, 0), T0 + 9 * S)])

    (record,) = sink.of('lidars')
    assert decode_pcd(record.body)['x'].ravel().tolist() == [5.0, 5.0]
    assert record.document['aux']['deskewed'] is False
    assert 'not deskewed' in report.errors['/lidar']
    plain = stored(scan)
    assert record.id.rpartition('_')[2] != plain.id.rpartition('_')[2]


def test_scans_leave_in_their_order():
    readings = [('/lidar', cloud(stamp_ns=T0 + i * S // 10), T0 + i * S // 10) for i in range(5)]
    readings += [('/tf', moved(T0 + i * S, i), T0 + S) for i in (-1, 0, 1)]
    sink, _ = run(DESKEWED, readings)

    stamps = [record.stamp_ns for record in sink.of('lidars')]
    assert stamps == sorted(stamps)
    assert len(stamps) == 5


# -- images ---------------------------------------------------------------------------------------
def test_an_image_is_shrunk_and_its_calibration_with_it():
    streams = {'/c/image': StreamSettings(role='image', max_side=32),
               '/c/camera_info': StreamSettings(role='calibration')}
    sink, _ = run(streams, [('/c/camera_info', camera(), T0), ('/c/image', picture(), T0)])

    (record,) = sink.of('images')
    assert images.image_size(record.body)[1:] == (32, 24)
    assert (record.document['width'], record.document['height']) == (32, 24)
    calibration = record.document['aux']['calibration']
    assert (calibration['width'], calibration['height']) == (32, 24)
    assert calibration['k'] == [25.0, 0, 16.0, 0, 25.0, 12.0, 0, 0, 1.0]


def test_an_image_that_is_small_enough_passes_through():
    body = images.encode_jpeg(picture())
    blob = ImageBlob(memoryview(body), 'jpeg', 64, 48, T0, 'cam')

    assert stored(blob, max_side=64).body == body
    assert images.image_size(stored(blob, max_side=63).body)[1:] == (63, 47)


def test_an_image_waits_for_its_calibration_and_is_rectified():
    streams = {'/c/image': StreamSettings(role='image', rectify=True, image_format='png'),
               '/c/camera_info': StreamSettings(role='calibration')}
    frame = picture()
    sink, report = run(streams, [('/c/image', frame, T0), ('/c/camera_info', camera(), T0)])

    import cv2

    (record,) = sink.of('images')
    of = camera()
    maps = cv2.initUndistortRectifyMap(
        np.reshape(of.k, (3, 3)), np.array(of.d), np.eye(3), np.reshape(of.p, (3, 4))[:, :3],
        (64, 48), cv2.CV_32FC1)
    expected = cv2.remap(frame.pixels, *maps, cv2.INTER_LINEAR)
    np.testing.assert_array_equal(images.decode_image(record.body), expected)
    aux = record.document['aux']
    assert aux['rectified'] is True
    assert aux['calibration']['d'] == [0.0] * 5
    assert aux['calibration']['k'] == [45.0, 0, 31.0, 0, 46.0, 23.0, 0, 0, 1.0]
    assert report.streams['/c/image'].kept == 1


def test_an_image_whose_camera_is_not_known_is_stored_as_it_came():
    record = stored(picture(), rectify=True, image_format='png')

    np.testing.assert_array_equal(images.decode_image(record.body), picture().pixels)
    assert record.document['aux']['rectified'] is False


@pytest.mark.parametrize(('changes', 'reason'), [
    ({'r': (1.0,) * 9}, 'leaves no pixel of the picture'),
    ({'height': 32}, 'a frame of 64 x 48 does not fit the calibration of 64 x 32'),
])
@pytest.mark.parametrize('video', [False, True])
def test_what_cannot_be_rectified_is_told_once_and_stored_as_it_came(
    changes, reason, video, caplog
):
    streams = {'/c/image': StreamSettings(role='image', rectify=True, video=video,
                                          images=not video, image_format='png'),
               '/c/camera_info': StreamSettings(role='calibration')}
    spoiled = [('/c/camera_info', replace(camera(), **changes), T0)]
    frames = [('/c/image', replace(picture(), stamp_ns=T0 + i), T0 + i)
              for i in range(0, 5 * 10**8, 10**8)]

    with caplog.at_level(logging.WARNING):
        sink, report = run(streams, spoiled + frames)
        plain, _ = run({'/c/image': replace(streams['/c/image'], rectify=False)}, frames)

    assert (report.streams['/c/image'].kept, report.streams['/c/image'].failed) == (5, 0)
    assert report.errors['/c/image'].startswith('not rectified: ')
    assert reason in report.errors['/c/image']
    assert [reason in record.getMessage() for record in caplog.records] == [True]
    kind = 'videos' if video else 'images'
    assert [record.body for record in sink.of(kind)] == [record.body for record in plain.of(kind)]
    assert [record.id for record in sink.of(kind)] == [record.id for record in plain.of(kind)]
    assert {record.document['aux'].get('rectified', False) for record in sink.of(kind)} == {False}


@pytest.mark.parametrize(('encoding', 'dtype'), [('16UC1', np.uint16), ('32FC1', np.float32)])
def test_depth_says_its_unit(encoding, dtype):
    record = stored(picture(channels='depth', encoding=encoding, dtype=dtype))

    assert record.document['format'] == 'PNG'
    assert record.document['aux']['depth_unit_m'] == 0.001
    assert record.document['aux']['encoding'] == encoding
    assert images.read_text(record.body) == {'depth_unit_m': '0.001'}


def test_depth_that_came_compressed_says_its_unit_too():
    body = images.encode_png(np.full((4, 6), 1500, np.uint16))
    blob = ImageBlob(memoryview(body), 'png', 6, 4, T0, 'cam', '16UC1')

    assert stored(blob).document['aux']['depth_unit_m'] == 0.001
    assert stored(blob).body == body


# -- videos ---------------------------------------------------------------------------------------
def test_jpeg_images_are_copied_into_a_video_where_that_is_asked_for():
    pytest.importorskip('av')
    from scenebox_ros.codecs.video import probe

    body = images.encode_jpeg(picture())
    streams = {'/c': StreamSettings(role='image', images=False, video=True, video_format='mjpeg')}
    readings = [
        ('/c', ImageBlob(memoryview(body), 'jpeg', 64, 48, T0 + i * S // 10, 'cam'), T0)
        for i in range(5)]
    sink, report = run(streams, readings)

    (record,) = sink.of('videos')
    assert probe(bytes(record.body)).codec == 'mjpeg'
    assert bytes(record.body).count(body) == 5
    assert report.streams['/c'].failed == 0


def test_a_video_is_shrunk_too():
    pytest.importorskip('av')
    streams = {'/c': StreamSettings(role='image', images=False, video=True, max_side=32)}
    sink, _ = run(streams, [('/c', picture(stamp_ns=T0 + i * S), T0) for i in range(3)])

    (record,) = sink.of('videos')
    assert (record.document['width'], record.document['height']) == (32, 24)


def packets(sets_once=True, sizes=((64, 48),), count=30):
    """H.264 whose parameter sets come once, alone, before the first picture."""
    av = pytest.importorskip('av')
    from scenebox_ros.codecs import nal

    index = 0
    for width, height in sizes:
        codec = av.CodecContext.create('libx264', 'w')
        codec.width, codec.height, codec.pix_fmt = width, height, 'yuv420p'
        codec.time_base, codec.gop_size = Fraction(1, 10), 10
        codec.options = {'tune': 'zerolatency', 'bf': '0', 'sc_threshold': '0'}
        for _ in range(count):
            shade = np.full((height, width, 3), index * 3 % 255, np.uint8)
            frame = av.VideoFrame.from_ndarray(shade, 'bgr24')
            frame.pts = index
            for packet in codec.encode(frame.reformat(format='yuv420p')):
                body = bytes(packet)
                sets = nal.parameter_sets(body, 'h264')
                stamp = T0 + index * S // 10
                if sets and sets_once:
                    if index == 0:
                        yield VideoPacket(memoryview(sets), 'h264', False, 0, 0, stamp, 'cam')
                    body = b''.join(
                        b'\0\0\0\1' + bytes(unit) for kind, unit in nal.units(body, 'h264')
                        if kind not in (7, 8))
                yield VideoPacket(
                    memoryview(body), 'h264', packet.is_keyframe, width, height, stamp, 'cam')
            index += 1


def test_every_segment_plays_though_the_parameter_sets_came_once():
    streams = {'/c': StreamSettings(role='image')}
    sent = [('/c', one, one.stamp_ns) for one in packets()]
    sink, report = run(streams, sent, video_segment_s=1.0)

    from scenebox_ros.codecs.video import read_frames

    counts = [len(list(read_frames(bytes(record.body)))) for record in sink.of('videos')]
    assert counts == [10, 10, 10]
    assert report.streams['/c'].failed == 0


def test_a_stream_that_changes_its_size_begins_another_video():
    streams = {'/c': StreamSettings(role='image')}
    sent = [('/c', one, one.stamp_ns)
            for one in packets(sets_once=False, sizes=[(64, 48), (32, 32)], count=15)]
    sink, report = run(streams, sent)

    shapes = [(record.document['width'], record.document['num_frames'])
              for record in sink.of('videos')]
    assert shapes == [(64, 15), (32, 15)]
    assert report.streams['/c'].failed == 0
