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

"""The launched bridge: nodes that are killed come back, after their delay, and go on."""

import json
import time

from node_bench import image, jpeg, LATCHED
from publishing import publish
import pytest
from robot_support import Robot
from sensor_msgs.msg import CompressedImage
from std_msgs.msg import String

from scenebox_ros.spool import Spool

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
TOPIC = '/camera/front/image_raw/compressed'
KILLED = ['camera_node', 'session_node']


def test_nodes_that_are_killed_come_back_into_the_same_session(bench, server):
    sent, told, status, blob = [], [], {}, jpeg()
    camera = bench.node.create_publisher(CompressedImage, TOPIC, 50)

    def drive():
        sent.append(time.time_ns())
        publish(camera, image(sent[-1], blob))

    def hear(name, topic):
        bench.node.create_subscription(
            String, topic, lambda msg: status.setdefault(name, []).append(json.loads(msg.data)),
            LATCHED)

    bench.node.create_subscription(
        String, '/scenebox/session', lambda msg: told.append(json.loads(msg.data)), LATCHED)
    for name in KILLED:
        hear(name, f'/{name}/status')
    with Robot(bench.folder, server) as robot:
        bench.until(lambda: any(one['key'] for one in told), 'a session is on', 90)
        bench.node.create_timer(0.1, drive)

        def received():
            said = status.get('camera_node')
            return said[-1]['details'].get(f'{TOPIC} received', 0) if said else 0

        bench.until(lambda: received() > 10, 'it records', 90)
        keys = {one['key'] for one in told}
        killed_ns = time.time_ns()
        for name in KILLED:
            robot.running.kill(name)
            status[name].clear()
        assert robot.running.respawned == {}
        bench.until(lambda: received() > 10, 'it records again', 90)
        bench.until(lambda: status['session_node'], 'sessions are told again', 90)
        assert robot.running.respawned == dict.fromkeys(KILLED, 1)
        robot.park()
        with Spool(bench.folder / 'spool') as spool:
            records = [entry.record for entry in spool.take(10_000)]
    kept = [record for record in records if record.kind == 'images']

    assert {record.session for record in kept} == keys
    assert {one['key'] for one in told if one['key']} == keys
    assert any(record.stamp_ns < killed_ns for record in kept)
    # Two seconds are the delay of the launch files.
    assert any(killed_ns + 2 * 10**9 < record.stamp_ns for record in kept)
    assert {record.stamp_ns for record in kept} <= set(sent)
    assert len({record.id for record in kept}) == len(kept)
