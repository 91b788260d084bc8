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

"""Recordings of real sensors: every point and every field equals the bag's."""

import os
from pathlib import Path

import numpy as np
import pytest

from scenebox_ros.codecs.pcd import decode_pcd, encode_pcd
from scenebox_ros.decode import can_decode, decode, full_name, numeric_fields
from scenebox_ros.decode.fix import fault_of
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.readings import CloudFrame
from scenebox_ros.model.track import Track

ROOT = Path(os.environ.get('SCENEBOX_SHARED', Path(__file__).parents[3] / 'shared')) / 'data'
pytestmark = pytest.mark.shared
CODES = {1: 'i1', 2: 'u1', 3: 'i2', 4: 'u2', 5: 'i4', 6: 'u4', 7: 'f4', 8: 'f8'}
FORMS = ['binary', 'binary_compressed', 'ascii']


def messages(name, *topics):
    """Give topic, msgtype and message of a recording, decoded by rosbags."""
    if not (ROOT / name).exists():
        pytest.skip(f'the recording {name} is not here')
    highlevel = pytest.importorskip('rosbags.highlevel')
    typesys = pytest.importorskip('rosbags.typesys')
    store = typesys.get_typestore(typesys.Stores.ROS2_HUMBLE)
    folder = ROOT / name
    files = [*folder.glob('*.bag'), *folder.glob('*.db3')]
    path = folder if (folder / 'metadata.yaml').exists() else files[0]
    with highlevel.AnyReader([path], default_typestore=store) as reader:
        wanted = [one for one in reader.connections if not topics or one.topic in topics]
        for connection, _, raw in reader.messages(wanted):
            try:
                message = reader.deserialize(raw, full_name(connection.msgtype))
            except KeyError:
                continue  # a type without its definition
            yield connection.topic, connection.msgtype, message


def column(message, field):
    """Read one field point by point from the raw bytes: slow, and nothing like our way."""
    order = '>' if message.is_bigendian else '<'
    dtype = np.dtype(order + CODES[field.datatype])
    raw = bytes(message.data)
    return [
        np.frombuffer(raw, dtype, field.count, row * message.row_step
                      + place * message.point_step + field.offset)
        for row in range(message.height)
        for place in range(message.width)
    ]  # fmt: skip


def assert_equals_the_message(points, message, every=1):
    assert points.shape == (message.height, message.width)
    assert list(points.dtype.names) == [field.name for field in message.fields]
    for field in message.fields:
        expected = np.array(column(message, field)[::every]).reshape(-1)
        found = points[field.name].reshape(-1)[::every]
        if expected.dtype.kind == 'f' and not field.name.startswith('rgb'):
            np.testing.assert_array_equal(found, expected)
        else:
            assert found.astype(found.dtype.newbyteorder('<')).tobytes() == expected.astype(
                expected.dtype.newbyteorder('<')
            ).tobytes()


def clouds(name):
    return [(topic, message) for topic, msgtype, message in messages(name)
            if msgtype == 'sensor_msgs/msg/PointCloud2']  # fmt: skip


@pytest.mark.parametrize(
    ('recording', 'count'),
    [('lidar_layouts_a', 16), ('luminar_ros2', 5), ('drive_small', 8), ('all_types_mcap', 2)],
)
def test_every_point_of_a_recording_survives_each_form_of_file(recording, count):
    found = clouds(recording)

    assert len(found) == count
    for _, message in found[::2] if count > 4 else found:
        (frame,) = decode('sensor_msgs/msg/PointCloud2', message)
        assert_equals_the_message(frame.points, message, every=7)
        for form in FORMS:
            back = decode_pcd(encode_pcd(frame.points, form))
            assert back.shape == frame.points.shape
            for name in frame.points.dtype.names:
                one, other = frame.points[name], back[name]
                if form == 'ascii' and not name.startswith('rgb'):
                    np.testing.assert_array_equal(other, one)
                else:
                    little = one.astype(one.dtype.newbyteorder('<'))
                    assert other.tobytes() == little.tobytes()


def test_layouts_of_all_drivers_are_known():
    shapes = {
        topic: (frame.points.shape, frame.points.dtype.itemsize)
        for topic, message in clouds('lidar_layouts_a')
        for frame in decode('sensor_msgs/msg/PointCloud2', message)
    }

    assert shapes == {
        '/lidar/velodyne_padded': ((1, 34688), 32),
        '/lidar/autoware_xyzirc': ((1, 14831), 16),
        '/lidar/big_endian': ((1, 23030), 16),
        '/lidar/xyz_only': ((1, 23030), 12),
        '/ouster/points': ((32, 1024), 48),
        '/camera/depth_registered/points': ((240, 320), 32),
        '/odd/row_padded': ((16, 256), 16),
        '/odd/no_points': ((1, 0), 16),
    }


def test_the_cloud_of_the_same_packets_equals_the_drivers_pcd():
    folder = ROOT / 'nebula_vlp16_packets'
    if not folder.exists():
        pytest.skip('the recording nebula_vlp16_packets is not here')
    (path,) = folder.rglob('*.pcd')
    points = decode_pcd(path.read_bytes())
    (_, message), *_ = [one for one in clouds('lidar_layouts_a') if 'xyzirc' in one[0]]

    (frame,) = decode('sensor_msgs/msg/PointCloud2', message)

    for name in ('x', 'y', 'z', 'intensity', 'return_type', 'channel'):
        np.testing.assert_array_equal(points[name], frame.points[name])


def test_scans_of_a_tilting_laser_lie_where_its_angles_say():
    scans = [message for _, _, message in messages('tilt_laser_gps/ros2', '/scan')]

    assert len(scans) == 178
    for message in scans[::20]:
        (frame,) = decode('sensor_msgs/msg/LaserScan', message)
        points = frame.points[0]
        good = (message.ranges >= message.range_min) & (message.ranges <= message.range_max)
        angles = np.arctan2(points['y'][good], points['x'][good])
        beams = np.flatnonzero(good)
        expected = message.angle_min + beams * np.float64(message.angle_increment)
        np.testing.assert_allclose(angles, expected, atol=1e-5)
        np.testing.assert_allclose(
            np.hypot(points['x'][good], points['y'][good]), message.ranges[good], rtol=1e-6
        )
        np.testing.assert_array_equal(points['range'], message.ranges)
        assert np.isnan(points['x'][~good]).all()


@pytest.mark.parametrize('recording', ['all_types_mcap', 'gps_nav_bag', 'klintan_crystal_db3'])
def test_every_message_is_decoded_or_has_no_role(recording):
    count = 0
    for _, msgtype, message in messages(recording):
        count += 1
        numeric_fields(message)
        role = can_decode(msgtype)
        if role is not None:
            try:
                assert decode(msgtype, message) is not None
            except DecodeError:
                # Generated images: ten bytes are no picture, nor do they fill 640 x 480.
                assert msgtype in ('sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage')
        assert decode(msgtype, message, role='scalar') is not None

    assert count > 0


def test_packets_without_a_driver_are_refused_before_they_are_read():
    assert can_decode('velodyne_msgs/msg/VelodyneScan') is None
    with pytest.raises(DecodeError, match='Velodyne packets'):
        decode('velodyne_msgs/msg/VelodyneScan', None)


@pytest.mark.parametrize(
    ('recording', 'topic', 'count', 'rejected', 'metres'),
    [
        ('drive_small', '/gps/fix', 12, {'no fix': 1}, (4, 5.5)),
        ('comma_gnss_imu_a', '/gnss/ublox/fix', 288, {}, (100, 20_000)),
        ('tilt_laser_gps/ros2', '/position_gps', 356, {}, (0, 200)),
        ('gps_nav_bag', None, 107, {}, (0, 5_000)),
    ],
)
def test_real_fixes_make_one_track(recording, topic, count, rejected, metres):
    fixes = [
        decode(msgtype, message)[0]
        for name, msgtype, message in messages(recording)
        if msgtype == 'sensor_msgs/msg/NavSatFix' and topic in (None, name)
    ]

    track = Track.of(fixes)

    assert len(fixes) == count
    assert dict(track.rejected) == rejected
    assert len(track.pieces()) == 1
    assert metres[0] <= track.distance_m() <= metres[1]
    assert sum(fault_of(fix) is not None for fix in fixes) == sum(rejected.values())


def test_ros_1_messages_are_decoded_like_ros_2_ones():
    readings = {}
    for _, msgtype, message in messages('tilt_laser_gps/ros1'):
        if can_decode(msgtype) and msgtype not in readings:
            readings[msgtype] = decode(msgtype, message)

    (scan,) = readings['sensor_msgs/msg/LaserScan']
    (fix,) = readings['sensor_msgs/msg/NavSatFix']
    assert isinstance(scan, CloudFrame)
    assert 47 < fix.latitude < 48
    assert len(readings['sensor_msgs/msg/Imu']) in (3, 6, 7, 10)
