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

from dataclasses import replace
import math

import numpy as np
import pytest

from scenebox_ros.demo.drive import Drive
from scenebox_ros.demo.recording import record
from scenebox_ros.demo.sensors import Camera, Lidar, photograph, sweep
from scenebox_ros.demo.trajectory import LIDAR_AT_M, rotations
from scenebox_ros.demo.world import Box, by_stretch, cast, SKY, STRETCH_M

SMALL = Drive(
    duration_s=0.4, camera=Camera(width=64, height=36, focal_px=40), lidar=Lidar(4, 60)
)


def by_topic(drive):
    found = {}
    for message in drive.messages():
        found.setdefault(message.topic, []).append(message)
    return found


def test_the_same_drive_says_the_same_every_time():
    one, two = by_topic(SMALL), by_topic(replace(SMALL))

    assert one.keys() == two.keys()
    images = '/camera/front/image_raw/compressed'
    assert [bytes(m.msg.data) for m in one[images]] == [bytes(m.msg.data) for m in two[images]]
    assert [m.msg.latitude for m in one['/gnss/fix'][1:]] == [
        m.msg.latitude for m in two['/gnss/fix'][1:]
    ]


def test_another_seed_is_another_street():
    assert Drive(seed=1).world != Drive(seed=2).world


def test_of_a_long_street_only_what_is_in_sight_is_tried_and_the_pictures_are_the_same():
    long, camera, lidar = Drive(duration_s=300.0), SMALL.camera, SMALL.lidar
    seen = by_stretch(long.world)

    assert max(map(len, seen.values())) < len(long.world) / 5
    for time_s in (0.0, 5.55, 150.0, 299.9):
        near = seen[int(long.trajectory.at([time_s])[0][0, 0] // STRETCH_M)]
        for look, sensor in [(photograph, camera), (sweep, lidar)]:
            whole = look(long.world, long.trajectory, time_s, sensor)
            assert look(near, long.trajectory, time_s, sensor).tobytes() == whole.tobytes()


def test_the_first_fix_has_no_fix():
    first = by_topic(SMALL)['/gnss/fix'][0].msg

    assert first.status.status == -1
    assert math.isnan(first.latitude)


def test_messages_come_in_the_order_of_recording():
    logged = [message.log_ns for message in SMALL.messages()]

    assert logged == sorted(logged)


def test_a_ray_stops_at_the_nearest_box_and_at_the_ground():
    box = Box('wall', (10.0, -5.0, 0.0), (11.0, 5.0, 4.0), (0, 0, 0), 0.5)
    origins = np.array([[0, 0, 1]] * 3, np.float32)
    directions = np.array([[1, 0, 0], [0, 0, -1], [0, 0, 1]], np.float32)

    hits = cast([box], origins, directions)

    assert hits.distance_m.tolist() == [10.0, 1.0, np.inf]
    assert hits.thing.tolist() == [1, 0, SKY]
    assert hits.axis[0] == 0


def test_lidar_points_lie_on_the_ground_and_on_the_boxes_faces():
    drive = Drive(duration_s=0.4, lidar=Lidar(8, 90))
    points = by_topic(drive)['/lidar/points'][0].msg
    cloud = np.frombuffer(bytes(points.data), [('xyz', '<f4', 3), ('rest', 'V10')])
    rest = np.frombuffer(cloud['rest'].tobytes(), [('i', '<f4'), ('ring', '<u2'), ('t', '<f4')])
    seen = ~np.isnan(cloud['xyz'][:, 0])
    positions, yaw = drive.trajectory.at(rest['t'][seen])
    world = positions + np.einsum(
        'nij,nj->ni', rotations(yaw), cloud['xyz'][seen].astype(float)
    ) + np.array(LIDAR_AT_M)

    low = np.array([box.low for box in drive.world]) - 0.02
    high = np.array([box.high for box in drive.world]) + 0.02
    inside = ((world[:, None] >= low) & (world[:, None] <= high)).all(axis=2).any(axis=1)
    on_ground = np.abs(world[:, 2]) < 0.02
    assert (inside | on_ground).all()
    assert inside.any()
    assert on_ground.any()


def test_the_truth_has_a_pose_for_each_image():
    truth = SMALL.truth()

    assert len(truth['images']) == 4
    east = [pose['position_m'][0] for pose in truth['images']]
    assert east == pytest.approx([0.0, 0.9, 1.8, 2.7], abs=0.05)
    assert truth['images'][0]['latitude'] == pytest.approx(47.392, abs=1e-9)


def test_a_recording_appears_only_when_it_is_complete(tmp_path):
    folder = record(SMALL, tmp_path / 'drive')

    assert sorted(path.name for path in tmp_path.iterdir()) == ['drive']
    assert sorted(path.name for path in folder.iterdir()) == [
        'drive.mcap', 'ground_truth.json', 'metadata.yaml'
    ]
