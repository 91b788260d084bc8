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

"""The dispatcher knows what becomes of each type, and says so of the ones it refuses."""

from types import SimpleNamespace

import pytest

from scenebox_ros.decode import can_decode, decode, full_name, refusal
from scenebox_ros.decode.types import HOMES
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.readings import Fix, Sample

FIX = SimpleNamespace(
    header=SimpleNamespace(stamp=SimpleNamespace(secs=5, nsecs=7), frame_id='gps'),
    status=SimpleNamespace(status=0, service=1), latitude=1.0, longitude=2.0, altitude=3.0,
    position_covariance=[0.0] * 9, position_covariance_type=0,
)  # fmt: skip


@pytest.mark.parametrize(
    ('msgtype', 'role'),
    [
        ('sensor_msgs/msg/Image', 'image'),
        ('sensor_msgs/CompressedImage', 'image'),
        ('ffmpeg_image_transport_msgs/msg/FFMPEGPacket', 'image'),
        ('sensor_msgs/msg/CameraInfo', 'calibration'),
        ('sensor_msgs/PointCloud2', 'lidar'),
        ('livox_ros_driver2/msg/CustomMsg', 'lidar'),
        ('livox_ros_driver/CustomMsg', 'lidar'),
        ('gps_common/GPSFix', 'fix'),
        ('foxglove_msgs/msg/LocationFix', 'fix'),
        ('tf/tfMessage', 'transform'),
        ('sensor_msgs/msg/Imu', 'scalar'),
        ('std_msgs/String', 'scalar'),
        ('nav_msgs/msg/Path', None),
        ('velodyne_msgs/msg/VelodyneScan', None),
        ('my_msgs/msg/Mine', None),
        ('', None),
        ('nonsense', None),
    ],
)
def test_a_type_has_a_role_in_either_spelling(msgtype, role):
    assert can_decode(msgtype) == role


def test_ros_1_names_become_ros_2_names():
    assert full_name('sensor_msgs/Image') == 'sensor_msgs/msg/Image'
    assert full_name('sensor_msgs/msg/Image') == 'sensor_msgs/msg/Image'


@pytest.mark.parametrize('msgtype', sorted(HOMES))
def test_every_type_has_its_reader(msgtype):
    # An empty message is none of the type's: the reader is there and says so.
    with pytest.raises(DecodeError):
        decode(msgtype, SimpleNamespace())


def test_a_frame_comes_in_a_sequence():
    (fix,) = decode('sensor_msgs/NavSatFix', FIX)

    assert isinstance(fix, Fix)
    assert fix.stamp_ns == 5_000_000_007


def test_the_numbers_of_a_fix_are_read_where_scalars_are_asked_for():
    samples = decode('sensor_msgs/msg/NavSatFix', FIX, role='scalar')

    assert samples[2] == Sample('latitude', 1.0, 5_000_000_007, 'gps')


def test_an_unknown_type_is_read_as_scalars():
    assert decode('my_msgs/msg/Mine', SimpleNamespace(level=3)) == [Sample('level', 3, 0)]


@pytest.mark.parametrize(
    'msgtype',
    ['velodyne_msgs/msg/VelodyneScan', 'velodyne_msgs/VelodynePacket', 'ouster_ros/PacketMsg'],
)
def test_raw_packets_are_refused_with_what_to_do(msgtype):
    with pytest.raises(DecodeError, match=r"raw \w+ packets.*record the driver's PointCloud2"):
        decode(msgtype, SimpleNamespace())
    assert refusal(msgtype)


def test_compressed_clouds_are_refused_with_what_to_do():
    with pytest.raises(DecodeError, match='republish'):
        decode('point_cloud_interfaces/msg/CompressedPointCloud2', SimpleNamespace())


def test_other_types_are_not_refused():
    assert refusal('sensor_msgs/msg/PointCloud2') is None
