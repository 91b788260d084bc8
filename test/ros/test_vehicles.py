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

"""Several vehicles in one domain: each has its namespace, its topics, its session."""

from contextlib import ExitStack
import json
import time

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from node_bench import image, jpeg, LATCHED, stamped
from publishing import publish
import pytest
import rclpy
from sensor_msgs.msg import CompressedImage, Imu
from std_msgs.msg import String

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
CARS = ('/car7', '/car8')


def listen(bench, topic):
    """Hear a latched topic with JSON; what is said of each vehicle lasts."""
    heard = {}

    def hear(car):
        bench.node.create_subscription(
            String, f'{car}/{topic}', lambda msg: heard.update({car: json.loads(msg.data)}),
            LATCHED)

    for car in CARS:
        hear(car)
    return heard


def test_vehicles_that_share_domain_and_spool_keep_topics_sessions_and_triggers_apart(bench):
    sessions, cameras = listen(bench, 'scenebox/session'), listen(bench, 'camera_node/status')
    nodes = listen(bench, 'session_node/status')
    calls = []
    ears = [bench.node.create_subscription(
        String, f'{car}/scenebox/trigger', lambda _, car=car: calls.append(car), 10)
            for car in CARS]
    images = {car: bench.node.create_publisher(CompressedImage, f'{car}/cam/compressed', 100)
              for car in CARS}
    with ExitStack() as stack:
        for car in CARS:
            stack.enter_context(bench.running(
                'session_node', 'trigger_when:=["imu linear_acceleration.z > 20.0"]',
                remaps=[f'__ns:={car}']))
            stack.enter_context(bench.running('camera_node', remaps=[f'__ns:={car}']))
        bench.until(lambda: all('nobody publishes' in nodes.get(car, {}).get('message', '')
                                for car in CARS), 'they tell what is not there')
        imus = {car: bench.node.create_publisher(Imu, f'{car}/imu', 10) for car in CARS}
        bench.until(lambda: all(nodes[car]['level'] == 'OK' for car in CARS), 'it is there')
        bench.until(lambda: all(one.get_subscription_count()
                                for one in (*imus.values(), *images.values())), 'they hear')
        bench.until(lambda: all(ear.get_publisher_count() for ear in ears), 'they are heard')
        for car in CARS:
            publish(images[car], image(time.time_ns(), jpeg()))
        bump = stamped(Imu(), time.time_ns())
        bump.linear_acceleration.z = 30.0
        publish(imus['/car8'], bump)
        bench.until(lambda: all(
            cameras.get(car, {'details': {}})['details'].get(f'{car}/cam/compressed kept')
            for car in CARS), 'each keeps its own')
        bench.until(lambda: calls, 'the trigger')
        keys = {car: sessions[car]['key'] for car in CARS}
        with bench.running('gps_node', remaps=['__ns:=/car9']):
            bench.until(lambda: bench.heard.get('gps_node', {}).get('level') == 'WARN',
                        'nothing is near')
            assert 'elsewhere' in bench.heard['gps_node']['message']

    assert calls == ['/car8']
    assert len(set(keys.values())) == 2
    kept = {(record.session, record.stream) for record in bench.records()
            if record.kind == 'images'}
    assert kept == {(keys[car], f'{car}/cam/compressed') for car in CARS}


@pytest.mark.parametrize(('given', 'expected'), [
    ((), {'/car7': ['brake'], '/car8': ['brake', 'motor']}),
    (('trigger_on_error_of:=all',), {car: ['brake', 'motor'] for car in CARS}),
])
def test_an_error_triggers_its_own_vehicle_and_one_without_namespace_all(bench, given, expected):
    nodes, calls = listen(bench, 'session_node/status'), {car: [] for car in CARS}
    driver = rclpy.create_node('driver', namespace='/car8')
    publishers = {'motor': driver.create_publisher(DiagnosticArray, '/diagnostics', 10),
                  'brake': bench.node.create_publisher(DiagnosticArray, '/diagnostics', 10)}
    ears = [bench.node.create_subscription(
        String, f'{car}/scenebox/trigger',
        lambda msg, car=car: calls[car].append(json.loads(msg.data)['reason']), 10)
            for car in CARS]
    with ExitStack() as stack:
        for car in CARS:
            stack.enter_context(bench.running(
                'session_node', *given, remaps=[f'__ns:={car}']))
        bench.until(lambda: all('drive' in nodes.get(car, {}).get('message', '') for car in CARS),
                    'they are in sessions')
        bench.until(lambda: all(one.get_subscription_count() >= 2 for one in publishers.values()),
                    'they hear')
        bench.until(lambda: all(ear.get_publisher_count() for ear in ears), 'they are heard')
        for name, publisher in publishers.items():
            publish(publisher, DiagnosticArray(status=[
                DiagnosticStatus(name=name, level=DiagnosticStatus.ERROR)]))
            bench.until(lambda name=name: name in calls['/car8'], 'it triggers')
        bench.until(lambda: all(len(calls[car]) >= len(expected[car]) for car in CARS), 'all came')
    driver.destroy_node()

    assert {car: sorted(reasons) for car, reasons in calls.items()} == expected
