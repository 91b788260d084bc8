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

"""Single nodes over real DDS: parameters, status, refused topics, triggers, sessions."""

import json
import signal
import time

from node_bench import image, jpeg, LATCHED, stamped
import pytest
from rcl_interfaces.srv import DescribeParameters
from sensor_msgs.msg import CompressedImage, Imu
from std_msgs.msg import String
from std_srvs.srv import Trigger

# rclpy's own imports warn.
pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
S = 10**9
CAMERA = '/cam/compressed'


def test_parameters_are_described_and_changes_are_taken_or_refused_with_the_reason(bench):
    with bench.running('camera_node'):
        assert bench.set('camera_node', max_rate_hz=5.0, jpeg_quality=80) == ''
        assert 'range' in bench.set('camera_node', jpeg_quality=101)
        assert "'gif'; choose one of source, jpeg, png" in bench.set(
            'camera_node', image_format='gif')
        assert "'/a 1' is no roll" in bench.set('camera_node', rolls=['/a 1'])
        assert 'read-only' in bench.set('camera_node', depth=5)
        names = ['max_rate_hz', 'topics', 'spool', 'record']
        described = bench.call(
            DescribeParameters, '/camera_node/describe_parameters',
            DescribeParameters.Request(names=names)).descriptors

    assert all(one.description for one in described)
    assert [one.read_only for one in described] == [False, True, True, True]
    assert described[0].floating_point_range[0].to_value == 1000.0


def test_a_node_says_how_it_stands_as_soon_as_it_has_begun(bench):
    from scenebox_ros.nodes.managed import ManagedNode

    node = ManagedNode('early')
    bench.listen('early')
    node.autostart()

    # Nobody spins it: this is not the word of a timer.
    bench.until(lambda: bench.heard.get('early', {}).get('message') == 'running', 'it speaks')
    node.destroy_node()


def test_a_named_topic_that_cannot_be_recorded_is_refused_in_words(bench):
    publisher = bench.node.create_publisher(Imu, '/imu', 10)
    with bench.running('lidar_node', 'topics:=[/imu]'):
        bench.until(lambda: bench.heard['lidar_node']['level'] == 'WARN', 'the node warns')
        told = bench.heard['lidar_node']['message']
        assert 'its type sensor_msgs/msg/Imu is for another node (scalar)' in told
        bench.node.destroy_publisher(publisher)
        bench.until(lambda: bench.heard['lidar_node']['level'] == 'OK', 'the topic has vanished')


def test_a_node_whose_spool_cannot_be_opened_says_so(bench):
    (bench.folder / 'spool').write_text('no folder')
    with bench.running('gps_node'):
        bench.until(lambda: bench.heard['gps_node']['level'] == 'ERROR', 'the node reports')
        refused = bench.call(Trigger, '/gps_node/resume')

    assert not refused.success
    assert 'not configured' in refused.message


def test_a_condition_keeps_the_images_around_the_moment_and_marks_it(bench):
    camera = bench.node.create_publisher(CompressedImage, CAMERA, 100)
    imu = bench.node.create_publisher(Imu, '/imu', 100)
    blob, sent, start_ns = jpeg(), [], time.time_ns()

    def drive(count, shock=0.0):
        for _ in range(count):
            sent.append(start_ns + len(sent) * S // 10)
            camera.publish(image(sent[-1], blob))
            message = stamped(Imu(), sent[-1])
            message.linear_acceleration.z = shock
            imu.publish(message)
            bench.spin(0.1)

    def marks():
        return [e['entity_value'] for r in bench.records() for e in r.entities
                if e['entity_name'] == 'mark']

    when = 'trigger_when:=["/imu linear_acceleration.z > 20.0"]'
    roll = ['record:=triggered', 'before_s:=1.0', 'after_s:=1.0']
    with bench.running('session_node', when), bench.running('camera_node', *roll):
        bench.in_session('camera_node')
        bench.until(lambda: camera.get_subscription_count(), 'the camera is heard')
        bench.until(lambda: imu.get_subscription_count(), 'the imu is watched')
        drive(25)
        # The watch is best-effort: it may not hear them all.
        drive(3, shock=30.0)
        shocks = sent[-3:]
        bench.until(marks, 'it triggers')
        drive(20)
        bench.received('camera_node', {CAMERA: len(sent)})

    kept = {r.stamp_ns for r in bench.records() if r.kind == 'images'}
    surely = {s for s in sent if shocks[-1] - S <= s <= shocks[0] + S}
    assert surely
    assert surely <= kept
    assert all(shocks[0] - S <= s <= shocks[-1] + S for s in kept)
    assert marks() == [['trigger /imu linear_acceleration.z > 20.0']]


def test_a_cut_loses_no_message(bench):
    camera = bench.node.create_publisher(CompressedImage, CAMERA, 1000)
    blob, sent = jpeg(), []

    def images():
        return [record for record in bench.records() if record.kind == 'images']

    def drive():
        sent.append(time.time_ns())
        camera.publish(image(sent[-1], blob))
        bench.spin(0.02)
        return len({record.session for record in images()}) > 2

    # A depth with which the middleware has room for all: it is not what is tested.
    with bench.running('session_node', 'cut_every_s:=2.0'), \
            bench.running('camera_node', 'depth:=1000'):
        bench.until(lambda: camera.get_subscription_count(), 'the camera is heard')
        bench.in_session('camera_node')
        bench.until(drive, 'three sessions have images')
        bench.received('camera_node', {CAMERA: len(sent)})

    assert sorted(record.stamp_ns for record in images()) == sent


def test_a_session_opens_with_activity_and_closes_when_idle(bench):
    imu = bench.node.create_publisher(Imu, '/imu', 10)
    told = []
    bench.node.create_subscription(
        String, '/scenebox/session', lambda msg: told.append(json.loads(msg.data)['key']), LATCHED)
    parameters = ['mode:=active', 'active_when:="/imu linear_acceleration.x > 1.0"',
                  'idle_after_s:=2.0']
    with bench.running('session_node', *parameters):
        bench.until(lambda: imu.get_subscription_count(), 'the imu is watched')
        message = Imu()
        imu.publish(message)
        bench.fresh('session_node')
        assert not any(told)
        message.linear_acceleration.x = 2.0
        # The watch is best-effort: it may not know of the publisher yet.
        bench.until(lambda: imu.publish(message) or any(told), 'a session opens')
        bench.until(lambda: not told[-1], 'the session closes')


def test_a_session_that_a_crash_left_open_goes_on(bench):
    keys = []
    bench.node.create_subscription(
        String, '/scenebox/session', lambda msg: keys.append(json.loads(msg.data)['key']), LATCHED)
    with bench.running('session_node', code=-signal.SIGKILL) as process:
        bench.until(lambda: any(keys), 'a session opens')
        process.kill()
    with bench.running('session_node'):
        bench.until(lambda: len(keys) > 1, 'a session is told')

    assert keys[0]
    assert keys[1] == keys[0]
