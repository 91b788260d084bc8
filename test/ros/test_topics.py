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
from node_bench import image, jpeg, LATCHED, LONG_S, stamped
import publishing
import pytest
import rclpy
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CompressedImage, Imu, NavSatFix, NavSatStatus

from scenebox_ros.nodes.planning import TopicPlan
from scenebox_ros.nodes.subscriptions import Subscriptions
from scenebox_ros.nodes.topics import Choice

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
CAMERA = '/cam/compressed'


def recorded(bench, node):
    """Give the topics that a node says it listens to."""
    return {key.partition(' ')[0] for key in bench.details(node)
            if key.endswith(' received')}


def publish(bench, publisher, sent, number=5):
    """Publish frames to a node that listens, until it has all; their stamps go to ``sent``."""
    bench.until(lambda: publisher.get_subscription_count()
                and bench.heard['camera_node']['message'] == 'recording 1 topics', 'it is heard')
    for _ in range(number):
        sent.append(time.time_ns())
        publisher.publish(image(sent[-1], jpeg()))
        bench.spin(0.05)
    bench.received('camera_node', {CAMERA: len(sent)})


def publish_until_kept(bench, publisher):
    """Publish until one is kept: the first best-effort ones may find no one who knows of them."""
    sent = set()

    def comes():
        sent.add(time.time_ns())
        publisher.publish(image(max(sent), jpeg()))
        bench.spin(0.1)
        return sent & set(kept(bench))

    bench.until(comes, 'one is kept')


def kept(bench):
    return sorted(record.stamp_ns for record in bench.records() if record.kind == 'images')


def test_a_publisher_may_come_late_go_and_come_back(bench):
    with bench.running('session_node'), bench.running('camera_node'):
        bench.until(lambda: bench.heard['camera_node']['message'] == 'recording 0 topics', 'waits')
        bench.in_session('camera_node')
        sent, first = [], bench.node.create_publisher(CompressedImage, CAMERA, 10)
        publish(bench, first, sent)
        bench.node.destroy_publisher(first)
        bench.until(lambda: bench.heard['camera_node']['message'] == 'recording 0 topics', 'gone')
        publish(bench, bench.node.create_publisher(CompressedImage, CAMERA, 10), sent)

    assert kept(bench) == sent


@pytest.mark.parametrize('first, second', [
    (10, qos_profile_sensor_data), (LATCHED, 10), (LATCHED, qos_profile_sensor_data),
], ids=['reliable then best-effort', 'latched then volatile', 'latched then best-effort'])
def test_a_publisher_that_offers_less_is_heard_beside_those_that_offer_more(bench, first, second):
    with bench.running('session_node'), bench.running('camera_node'):
        bench.in_session('camera_node')
        one = bench.node.create_publisher(CompressedImage, CAMERA, first)
        publish_until_kept(bench, one)
        other = bench.node.create_publisher(CompressedImage, CAMERA, second)
        publish_until_kept(bench, other)
        publish_until_kept(bench, one)
        bench.fresh('camera_node')

        assert bench.heard['camera_node']['level'] == 'OK'


def test_what_was_latched_before_the_node_began_is_recorded(bench):
    publisher = bench.node.create_publisher(CompressedImage, CAMERA, LATCHED)
    stamp_ns = time.time_ns()
    publisher.publish(image(stamp_ns, jpeg()))
    with bench.running('session_node'), bench.running('camera_node'):
        bench.received('camera_node', {CAMERA: 1}, 'kept')

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
        bench.until(lambda: len(recorded(bench, 'gps_node')) >= 3, 'three are found')
        bench.fresh('gps_node')

        assert recorded(bench, 'gps_node') == {'/imu/front', '/odom', '/gnss/a'}


def test_names_follow_namespace_and_remapping(bench):
    left = bench.node.create_publisher(CompressedImage, '/truck/left/compressed', 10)
    other = bench.node.create_publisher(CompressedImage, '/elsewhere/compressed', 10)
    bench.node.create_publisher(CompressedImage, '/truck/right/compressed', 10)
    with bench.running('camera_node', 'topics:=["left/compressed", "mid/compressed"]',
                       remaps=['__ns:=/truck', 'mid/compressed:=/elsewhere/compressed']):
        bench.until(left.get_subscription_count, 'the namespace counts')
        bench.until(other.get_subscription_count, 'the remapping counts')
        bench.fresh('camera_node')

        assert recorded(bench, 'camera_node') == {
            '/truck/left/compressed', '/elsewhere/compressed'}


def test_the_numbers_of_a_topic_that_is_no_sensor_are_taken_if_it_is_named(bench):
    from diagnostic_msgs.msg import KeyValue

    publisher = bench.node.create_publisher(KeyValue, '/fuel', 10)
    with bench.running('session_node'), bench.running('gps_node', 'topics:=["/fuel"]'):
        bench.in_session('gps_node')
        bench.until(publisher.get_subscription_count, 'the topic is heard')
        publisher.publish(KeyValue(key='litres', value='7'))
        bench.received('gps_node', {'/fuel': 1})

    names = {entity['entity_name'] for r in bench.records() for entity in r.entities}
    assert names == {'fuel.key', 'fuel.value'}


def test_positions_of_the_fix_that_is_named_are_used_for_geotags(bench):
    good = bench.node.create_publisher(NavSatFix, '/good', 100)
    bad = bench.node.create_publisher(NavSatFix, '/bad', 100)
    with bench.running('session_node'), bench.running('camera_node', 'fix_topics:=["/good"]'):
        bench.in_session('camera_node')
        publisher = bench.node.create_publisher(CompressedImage, CAMERA, 100)
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
        bench.received('camera_node', {'/good': 20, CAMERA: 5})

    places = [r.document['aux']['geolocation']['lat'] for r in bench.records()
              if r.kind == 'images']
    assert len(places) == 5
    assert all(abs(latitude - 48.0) < 1e-6 for latitude in places)


def test_what_the_middleware_gave_up_for_newer_messages_is_counted(bench):
    publisher = bench.node.create_publisher(CompressedImage, CAMERA, 10)

    def told(count):
        return bench.details('camera_node').get(f'{CAMERA} {count}', 0)

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


def test_what_waits_of_a_topic_whose_publisher_has_ended_is_taken():
    context = rclpy.Context()
    rclpy.init(context=context)
    # Nobody spins it: what comes waits.
    node = rclpy.create_node('hearer', context=context)
    heard = []
    taken = Subscriptions(node, TopicPlan(['image'], Choice()), 'auto', 10,
                          lambda *message: heard.append(message[0]))
    try:
        publisher = node.create_publisher(CompressedImage, CAMERA, 10)
        wait_for(lambda: taken.look() or taken.topics)
        wait_for(publisher.get_subscription_count)
        for number in range(5):
            publishing.publish(publisher, image(time.time_ns() + number, jpeg()))
        node.destroy_publisher(publisher)
        wait_for(lambda: not taken.look() and not taken.topics)
    finally:
        node.destroy_node()
        context.try_shutdown()

    assert heard == [CAMERA] * 5


def wait_for(claim):
    deadline = time.monotonic() + LONG_S
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.02)
