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

"""Quantities by path, poses as fixes and transforms, words as states."""

from types import SimpleNamespace as Msg

import numpy as np
import pytest

from scenebox_ros.decode import can_decode, decode, decode_as, refusal
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.geodesy import distance_m, Position
from scenebox_ros.model.readings import Fix, ImageFrame, Text, Transform
from scenebox_ros.model.settings import StreamSettings

STAMP = Msg(sec=7, nanosec=5)
HEADER = Msg(stamp=STAMP, frame_id='imu')


def xyz(x=0.0, y=0.0, z=0.0, **more):
    return Msg(x=x, y=y, z=z, **more)


def imu(angular=0.0):
    return Msg(
        header=HEADER, orientation=xyz(w=1.0), angular_velocity=xyz(1.0, 2.0, 3.0),
        linear_acceleration=xyz(4.0, 5.0, 6.0), orientation_covariance=[-1.0] + [0.0] * 8,
        angular_velocity_covariance=[angular] + [0.0] * 8,
        linear_acceleration_covariance=[0.5] * 9)


def odometry(x=100.0):
    return Msg(
        header=Msg(stamp=STAMP, frame_id='odom'), child_frame_id='base_link',
        pose=Msg(pose=Msg(position=xyz(x), orientation=xyz(w=1.0)), covariance=[0.25] * 36),
        twist=Msg(twist=Msg(linear=xyz(9.0), angular=xyz()), covariance=[0.0] * 36))


def picked(msg, msgtype, *fields):
    settings = StreamSettings(role='scalar', fields=fields)
    return [(one.name, one.value) for one in decode_as(msgtype, msg, settings)]


def test_one_quantity_is_picked_by_its_path():
    assert picked(imu(), 'sensor_msgs/msg/Imu', 'angular_velocity.z') == [
        ('angular_velocity.z', 3.0)]


def test_a_group_takes_all_below_it():
    assert picked(imu(), 'sensor_msgs/Imu', 'angular_velocity') == [
        ('angular_velocity.x', 1.0), ('angular_velocity.y', 2.0), ('angular_velocity.z', 3.0)]


def test_an_estimate_that_the_imu_does_not_have_stays_away():
    assert picked(imu(), 'sensor_msgs/msg/Imu', 'orientation') == []
    assert picked(imu(angular=-1.0), 'sensor_msgs/msg/Imu', 'angular_velocity.z') == []


def test_covariances_and_long_arrays_are_read_where_they_are_named():
    assert picked(odometry(), 'nav_msgs/msg/Odometry', 'pose.covariance[7]') == [
        ('pose.covariance[7]', 0.25)]
    scan = Msg(header=HEADER, ranges=np.arange(720, dtype=np.float32), angle_min=-1.5)
    assert picked(scan, 'sensor_msgs/msg/LaserScan', 'ranges[180]', 'angle_min') == [
        ('ranges[180]', 180.0), ('angle_min', -1.5)]
    assert picked(scan, 'sensor_msgs/msg/LaserScan', 'ranges[9999]') == []


def test_a_path_that_leads_nowhere_names_those_that_are_there():
    with pytest.raises(DecodeError, match=r"nothing at 'twist.x'; it has pose.pose.position.x"):
        picked(odometry(), 'nav_msgs/msg/Odometry', 'twist.x')


def test_a_path_that_an_imu_does_not_have_is_told_so():
    with pytest.raises(DecodeError, match=r"nothing at 'angular_velocity.q'; it has angular"):
        picked(imu(), 'sensor_msgs/msg/Imu', 'angular_velocity.q')


def test_an_array_that_is_too_long_to_be_quantities_is_told_so():
    scan = Msg(header=HEADER, ranges=np.arange(720, dtype=np.float32))

    with pytest.raises(DecodeError, match=r'720 elements, more than 64.*ranges\[0\]'):
        picked(scan, 'sensor_msgs/msg/LaserScan', 'ranges')


@pytest.mark.parametrize('path', ['__class__', 'pose..pose', '[0]', 'a[', 'pose.__init__', '..'])
def test_paths_reach_fields_only(path):
    with pytest.raises(DecodeError, match='nothing at'):
        picked(odometry(), 'nav_msgs/msg/Odometry', path)


def test_odometry_becomes_fixes_around_its_datum():
    settings = StreamSettings(role='fix', datum=(49.0, 8.4, 110.0, 90.0))
    (fix,) = decode_as('nav_msgs/msg/Odometry', odometry(100.0), settings)

    assert isinstance(fix, Fix)
    assert distance_m(Position(49.0, 8.4), Position(fix.latitude, fix.longitude)) == (
        pytest.approx(100.0, abs=0.01))
    # Its x axis is turned to the north.
    assert fix.latitude > 49.0
    assert fix.longitude == pytest.approx(8.4)
    assert fix.altitude_m == pytest.approx(110.0, abs=0.01)
    assert fix.stamp_ns == 7_000_000_005


def test_a_pose_as_a_fix_needs_a_datum():
    with pytest.raises(DecodeError, match='set datum'):
        decode('nav_msgs/msg/Odometry', odometry(), 'fix')


def test_odometry_says_where_its_frame_is():
    (moved,) = decode('nav_msgs/Odometry', odometry(2.0), 'transform')

    assert isinstance(moved, Transform)
    assert (moved.frame_id, moved.child_frame_id) == ('odom', 'base_link')
    assert moved.translation_m == (2.0, 0.0, 0.0)
    assert not moved.is_static


@pytest.mark.parametrize(('msgtype', 'line'), [
    ('rcl_interfaces/msg/Log', Msg(stamp=STAMP, level=30, name='driver.lidar', msg='no packets')),
    ('rosgraph_msgs/msg/Log', Msg(header=HEADER, level=4, name='/driver.lidar', msg='no packets')),
])
def test_a_line_of_the_log_is_a_state_of_its_node(msgtype, line):
    (sample,) = decode(msgtype, line, 'scalar')

    assert (sample.name, sample.value) == ('driver.lidar', 'WARN: no packets')
    assert sample.stamp_ns == 7_000_000_005


def test_a_word_is_a_state_and_a_long_text_describes():
    (word,) = decode('std_msgs/msg/String', Msg(data='docked'))
    (model,) = decode('std_msgs/msg/String', Msg(data='<robot>' * 1000))

    assert (word.name, word.value) == ('data', 'docked')
    assert isinstance(model, Text)
    assert list(decode('std_msgs/msg/String', Msg(data=''))) == []


def test_foxgloves_raw_image_is_an_image():
    pixels = np.arange(24, dtype=np.uint8)
    message = Msg(timestamp=STAMP, frame_id='cam', width=4, height=2, encoding='rgb8', step=12,
                  data=pixels.tobytes())
    (frame,) = decode('foxglove_msgs/msg/RawImage', message)

    assert can_decode('foxglove_msgs/msg/RawImage') == 'image'
    assert isinstance(frame, ImageFrame)
    assert (frame.channels, frame.stamp_ns, frame.frame_id) == ('rgb', 7_000_000_005, 'cam')
    assert frame.pixels.ravel().tolist() == pixels.tolist()


def test_theora_is_refused_with_a_way_out():
    assert 'record the raw or compressed topic' in refusal('theora_image_transport/msg/Packet')
    assert can_decode('theora_image_transport/msg/Packet') is None
