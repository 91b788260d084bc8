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

"""Topics over real DDS: chosen, late, vanishing, with every quality of service."""

import signal
import time

from nav_msgs.msg import Odometry
from node_bench import image, jpeg, LATCHED, stamped
import publishing
import pytest
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CompressedImage, Imu, NavSatFix, NavSatStatus

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
CAMERA = '/cam/compressed'


def recorded(bench, node):
    """Give the topics that a node says it listens to."""
    return {key.partition(' ')[0] for key in bench.heard[node]['details']
            if key.endswith(' received')}


def publish(bench, publisher, number=5):
    """Publish frames once the publisher is heard; give their stamps."""
    bench.until(publisher.get_subscription_count, 'the publisher is heard')
    stamps = []
    for _ in range(number):
        stamps.append(time.time_ns())
        publisher.publish(image(stamps[-1], jpeg()))
        bench.spin(0.05)
    bench.spin(0.5)
    return stamps


def kept(bench):
    return sorted(record.stamp_ns for record in bench.records() if record.kind == 'images')


def test_a_publisher_may_come_late_go_and_come_back(bench):
    with bench.running('session_node'), bench.running('camera_node'):
        bench.until(lambda: bench.heard['camera_node']['message'] == 'recording 0 topics', 'waits')
        first = bench.node.create_publisher(CompressedImage, CAMERA, 10)
        sent = publish(bench, first)
        bench.node.destroy_publisher(first)
        bench.until(lambda: bench.heard['camera_node']['message'] == 'recording 0 topics', 'gone')
        sent += publish(bench, bench.node.create_publisher(CompressedImage, CAMERA, 10))

    assert kept(bench) == sent


@pytest.mark.parametrize('first, second', [
    (10, qos_profile_sensor_data), (LATCHED, 10), (LATCHED, qos_profile_sensor_data),
], ids=['reliable then best-effort', 'latched then volatile', 'latched then best-effort'])
def test_a_publisher_that_offers_less_is_heard_beside_those_that_offer_more(bench, first, second):
    with bench.running('session_node'), bench.running('camera_node'):
        one = bench.node.create_publisher(CompressedImage, CAMERA, first)
        sent = publish(bench, one)
        other = bench.node.create_publisher(CompressedImage, CAMERA, second)
        bench.spin(2.5)
        sent += publish(bench, other)
        sent += publish(bench, one)

    assert bench.heard['camera_node']['level'] == 'OK'
    assert kept(bench) == sent


def test_what_was_latched_before_the_node_began_is_recorded(bench):
    publisher = bench.node.create_publisher(CompressedImage, CAMERA, LATCHED)
    stamp_ns = time.time_ns()
    publisher.publish(image(stamp_ns, jpeg()))
    with bench.running('session_node'), bench.running('camera_node'):
        bench.spin(2)

    assert kept(bench) == [stamp_ns]


def test_a_reliability_that_no_publisher_offers_is_told(bench):
    publisher = bench.node.create_publisher(CompressedImage, CAMERA, qos_profile_sensor_data)
    with bench.running('camera_node', 'reliability:=reliable'):
        bench.until(lambda: bench.heard['camera_node']['level'] == 'WARN', 'the node warns')
        assert publisher.get_subscription_count() == 0
        assert 'offers another QoS' in bench.heard['camera_node']['message']


def test_topics_are_chosen_by_name_pattern_and_type(bench):
    for topic, kind in [('/imu/front', Imu), ('/imu/rear', Imu), ('/odom', Odometry),
                        ('/odom_raw', Odometry), ('/gnss/a', NavSatFix), ('/gnss/b', NavSatFix)]:
        bench.node.create_publisher(kind, topic, 10)
    chosen = ['topics:=["/imu/front", "^/odom", "sensor_msgs/msg/NavSatFix"]',
              'exclude:=["^raw$", "_raw", "/gnss/b", "^/odom_"]']
    with bench.running('gps_node', *chosen):
        bench.until(lambda: bench.heard['gps_node']['message'].startswith('recording 3'), 'three')

        assert recorded(bench, 'gps_node') == {'/imu/front', '/odom', '/gnss/a'}


def test_names_follow_namespace_and_remapping(bench):
    left = bench.node.create_publisher(CompressedImage, '/truck/left/compressed', 10)
    other = bench.node.create_publisher(CompressedImage, '/elsewhere/compressed', 10)
    bench.node.create_publisher(CompressedImage, '/truck/right/compressed', 10)
    with bench.running('camera_node', 'topics:=["left/compressed", "mid/compressed"]',
                       remaps=['__ns:=/truck', 'mid/compressed:=/elsewhere/compressed']):
        bench.until(left.get_subscription_count, 'the namespace counts')
        bench.until(other.get_subscription_count, 'the remapping counts')
        bench.until(lambda: bench.heard['camera_node']['message'] == 'recording 2 topics', 'two')


def test_the_numbers_of_a_topic_that_is_no_sensor_are_taken_if_it_is_named(bench):
    from diagnostic_msgs.msg import KeyValue

    publisher = bench.node.create_publisher(KeyValue, '/fuel', 10)
    with bench.running('session_node'), bench.running('gps_node', 'topics:=["/fuel"]'):
        bench.until(publisher.get_subscription_count, 'the topic is heard')
        publisher.publish(KeyValue(key='litres', value='7'))
        bench.spin(1)

    names = {entity['entity_name'] for r in bench.records() for entity in r.entities}
    assert names == {'fuel.key', 'fuel.value'}


def test_positions_of_the_fix_that_is_named_are_used_for_geotags(bench):
    good = bench.node.create_publisher(NavSatFix, '/good', 10)
    bad = bench.node.create_publisher(NavSatFix, '/bad', 10)
    with bench.running('session_node'), bench.running('camera_node', 'fix_topics:=["/good"]'):
        publisher = bench.node.create_publisher(CompressedImage, CAMERA, 10)
        bench.until(good.get_subscription_count, 'the fixes are heard')
        bench.until(publisher.get_subscription_count, 'the camera is heard')
        for number in range(20):
            for fixes, latitude in [(good, 48.0), (bad, 10.0)]:
                fixes.publish(stamped(NavSatFix(
                    latitude=latitude, longitude=11.0, status=NavSatStatus(status=0),
                ), time.time_ns()))
            if number % 4 == 2:
                publisher.publish(image(time.time_ns(), jpeg()))
            bench.spin(0.1)

    places = [r.document['aux']['geolocation']['lat'] for r in bench.records()
              if r.kind == 'images']
    assert len(places) == 5
    assert all(abs(latitude - 48.0) < 1e-6 for latitude in places)


def test_what_the_middleware_gave_up_for_newer_messages_is_counted(bench):
    publisher = bench.node.create_publisher(CompressedImage, CAMERA, 10)

    def told(count):
        return bench.heard['camera_node']['details'].get(f'{CAMERA} {count}', 0)

    with bench.running('session_node'), bench.running('camera_node') as process:
        bench.until(publisher.get_subscription_count, 'the camera is heard')
        publishing.publish(publisher, image(time.time_ns(), jpeg()))
        bench.until(lambda: told('received') == 1, 'the first comes')
        process.send_signal(signal.SIGSTOP)
        for _ in range(100):
            publishing.publish(publisher, image(time.time_ns(), jpeg()))
            bench.spin(0.01)
        process.send_signal(signal.SIGCONT)
        bench.until(lambda: told('received') + told('lost_in_middleware') == 101, 'all are known')
        assert told('lost_in_middleware') > 0
