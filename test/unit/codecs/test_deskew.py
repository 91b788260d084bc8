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

"""Points move to where the sensor would have seen them at one moment."""

import numpy as np
import pytest

from scenebox_ros.codecs.deskew import deskew, point_times_ns, Poses, rotate
from scenebox_ros.errors import EncodeError

SECOND = 1_000_000_000
NO_TURN = (0, 0, 0, 1)


def turned(angle):
    return (0, 0, np.sin(angle / 2), np.cos(angle / 2))


def cloud(*places):
    points = np.zeros(len(places), [('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('ring', 'u1')])
    for axis, column in zip('xyz', zip(*places, strict=True), strict=True):
        points[axis] = column
    points['ring'] = np.arange(len(places))
    return points


def places_of(points):
    return np.stack([points[axis] for axis in 'xyz'], axis=-1)


def test_a_wall_seen_from_a_moving_car_becomes_flat():
    # The car drives at 10 m/s towards a wall 50 m from where it starts.
    times = np.linspace(0, SECOND, 11).astype(np.int64)
    points = cloud(*[(50 - 10 * t / SECOND, 1, 2) for t in times])
    poses = Poses.of([(0, (0, 0, 0), NO_TURN), (SECOND, (10, 0, 0), NO_TURN)])

    at_start = deskew(points, times, poses, 0)
    at_end = deskew(points, times, poses, SECOND)

    np.testing.assert_allclose(places_of(at_start), [(50, 1, 2)] * 11, atol=1e-5)
    np.testing.assert_allclose(places_of(at_end), [(40, 1, 2)] * 11, atol=1e-5)
    assert at_end['ring'].tolist() == list(range(11))


def test_a_post_seen_from_a_turning_car_becomes_one_place():
    times = np.array([0, SECOND // 4, SECOND // 2, SECOND])
    angles = times / SECOND * np.pi / 2
    points = cloud(*[(5 * np.cos(a), -5 * np.sin(a), 0) for a in angles])
    poses = Poses.of([(0, (0, 0, 0), turned(0)), (SECOND, (0, 0, 0), turned(np.pi / 2))])

    np.testing.assert_allclose(
        places_of(deskew(points, times, poses, 0)), [(5, 0, 0)] * 4, atol=1e-5
    )


def test_the_short_way_around_is_taken_between_quaternions_of_either_sign():
    far = tuple(-part for part in turned(0.2))
    poses = Poses.of([(0, (0, 0, 0), turned(0)), (SECOND, (0, 0, 0), far)])

    _, middle = poses.at(np.array([SECOND // 2]))

    np.testing.assert_allclose(rotate(np.array([[1.0, 0, 0]]), middle), [
        [np.cos(0.1), np.sin(0.1), 0],
    ], atol=1e-9)


def test_points_that_are_no_points_stay_and_need_no_pose():
    points = cloud((np.nan, 0, 0), (1, 0, 0))
    poses = Poses.of([(0, (0, 0, 0), NO_TURN), (SECOND, (1, 0, 0), NO_TURN)])

    moved = deskew(points, np.array([10 * SECOND, SECOND]), poses, 0)

    assert np.isnan(moved['x'][0])
    assert moved['x'][1] == 2
    assert points['x'][1] == 1


def test_poses_that_do_not_cover_the_scan_are_refused():
    poses = Poses.of([(0, (0, 0, 0), NO_TURN), (SECOND, (1, 0, 0), NO_TURN)])

    with pytest.raises(EncodeError, match='wait for poses'):
        deskew(cloud((1, 0, 0)), np.array([SECOND + 1]), poses, 0)


def test_a_time_is_needed_for_every_point():
    poses = Poses.of([(0, (0, 0, 0), NO_TURN), (SECOND, (1, 0, 0), NO_TURN)])

    with pytest.raises(EncodeError, match='1 times for 2 points'):
        deskew(cloud((1, 0, 0), (2, 0, 0)), np.array([0]), poses, 0)


@pytest.mark.parametrize(
    'entries',
    [[], [(0, (0, 0, 0), NO_TURN)] * 2, [(0, (0, 0, 0), (0, 0, 0, 0)), (1, (0, 0, 0), NO_TURN)]],
)
def test_poses_that_do_not_say_a_motion_are_refused(entries):
    with pytest.raises(EncodeError):
        Poses.of(entries)


@pytest.mark.parametrize(
    ('fields', 'values', 'expected'),
    [
        ([('time', '<f4')], (-0.25,), 4_750_000_000),
        ([('t', '<u4')], (250,), 5_000_000_250),
        ([('offset_time', '>u4')], (7,), 5_000_000_007),
        ([('time_stamp', '<u4')], (2384,), 5_000_002_384),
        ([('timestamp', '<f8')], (1600000000.25,), 1_600_000_000_250_000_000),
        ([('timestamp', '<f8')], (0.125,), 5_125_000_000),
        ([('timestamp', '<u8')], (1_600_000_000_000_000_123,), 1_600_000_000_000_000_123),
        ([('time_sec', '<u4'), ('time_nsec', '<u4')], (3, 9), 3_000_000_009),
        ([('timestamp', '<f8')], (1600000000250.0,), 1_600_000_000_250_000_000),
        ([('timestamp', '<f8')], (1600000000250001.0,), 1_600_000_000_250_001_000),
        ([('timestamp', '<f8')], (np.inf,), 5_000_000_000),
        ([('timestamp', '<f8')], (1e300,), 0),
        ([('time', '<f4')], (np.nan,), 5_000_000_000),
        ([('time', '<f4')], (3e38,), 5_000_000_000),
    ],
)
def test_times_of_points_follow_the_drivers_habits(fields, values, expected):
    points = np.array([values], fields)

    assert point_times_ns(points, 5 * SECOND).tolist() == [expected]


def test_a_cloud_without_times_says_so():
    assert point_times_ns(np.zeros(1, [('x', 'f4')]), 0) is None
