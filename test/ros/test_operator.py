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

"""Stamps, transports, types that change, bounds that differ: as operators see them."""

from array import array
from collections import Counter
from contextlib import contextmanager, ExitStack
import time

from node_bench import image, jpeg, stamped
from publishing import publish
import pytest
import rclpy
from sensor_msgs.msg import CompressedImage, Image

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
RAW, JPEG = '/cam/image', '/cam/image/compressed'
MONTH_NS = 30 * 86_400 * 10**9


def raw(stamp_ns):
    return stamped(Image(height=8, width=8, encoding='mono8', step=8,
                         data=array('B', bytes(64))), stamp_ns, 'cam')


def kept(bench):
    return [record for record in bench.records() if record.kind == 'images']


def details(bench, node='camera_node'):
    return bench.heard[node]['details']


def test_nodes_with_other_bounds_are_told_both_values(bench):
    with (bench.running('session_node', 'spool_max_gb:=1.0'),
          bench.running('camera_node', 'spool_max_gb:=3.0')):
        bench.until(lambda: bench.heard['camera_node']['level'] == 'WARN', 'it is told', 60)
        said = bench.heard['camera_node']['message']

    assert 'max_bytes is 1000000000 there and 3000000000 here' in said
    assert 'is in use with other bounds' in bench.log('camera_node')


def test_a_camera_whose_clock_lies_is_kept_by_arrival_when_told_so_while_it_runs(bench):
    camera = bench.node.create_publisher(CompressedImage, JPEG, 50)
    lies, blob = [], jpeg()

    def lie():
        lies.append(time.time_ns() - MONTH_NS)
        publish(camera, image(lies[-1], blob))

    with bench.running('session_node'), bench.running('camera_node'):
        began_ns = time.time_ns()
        bench.node.create_timer(0.1, lie)
        bench.until(lambda: 'stamps are not believed' in bench.heard['camera_node']['message'],
                    'the lie is told', 60)
        assert bench.set('camera_node', stamps='sensor').startswith("stamps is 'sensor'; choose")
        assert bench.set('camera_node', stamps='receive') == ''
        before = details(bench)[f'{JPEG} kept']
        bench.until(lambda: details(bench)[f'{JPEG} kept'] > before + 10, 'it goes on', 60)
    records = kept(bench)

    assert all(began_ns < record.stamp_ns < time.time_ns() for record in records)
    # The stamp of the message is kept beside the one that counts.
    assert {int(record.document['aux']['stamp_ns']) for record in records} <= set(lies)


@pytest.mark.parametrize(('transport', 'topics'), [
    ('raw', {RAW}), ('compressed', {JPEG}), ('all', {RAW, JPEG})])
def test_of_an_image_that_comes_twice_the_hint_says_which_is_taken(bench, transport, topics):
    publishers = [(bench.node.create_publisher(Image, RAW, 10), raw),
                  (bench.node.create_publisher(CompressedImage, JPEG, 10),
                   lambda stamp_ns: image(stamp_ns, jpeg()))]

    def drive():
        for publisher, make in publishers:
            publish(publisher, make(time.time_ns()))

    bench.node.create_timer(0.1, drive)
    with bench.running('session_node'), bench.running('camera_node', f'transport:={transport}'):
        bench.until(lambda: all(details(bench).get(f'{topic} kept', 0) > 3 for topic in topics),
                    'all that is wanted is kept', 60)
        heard = {name.removesuffix(' received') for name in details(bench)
                 if name.endswith(' received')}

    assert heard == topics
    assert set(Counter(record.stream for record in kept(bench))) == topics


def test_a_preferred_transport_that_appears_late_takes_over(bench):
    raw_camera = bench.node.create_publisher(Image, RAW, 10)
    bench.node.create_timer(0.1, lambda: publish(raw_camera, raw(time.time_ns())))

    def received(topic):
        return details(bench).get(f'{topic} received', 0)

    with bench.running('session_node'), bench.running('camera_node'):
        bench.until(lambda: received(RAW) > 3, 'the raw one is taken while it is alone', 60)
        camera = bench.node.create_publisher(CompressedImage, JPEG, 10)
        timer = bench.node.create_timer(
            0.1, lambda: publish(camera, image(time.time_ns(), jpeg())))
        bench.until(lambda: received(JPEG) > 20, 'the compressed one is taken', 60)
        last = received(RAW)
        now = received(JPEG)
        bench.until(lambda: received(JPEG) > now + 20, 'and goes on', 60)
        assert received(RAW) == last
        bench.node.destroy_timer(timer)
        bench.node.destroy_publisher(camera)
        bench.until(lambda: received(RAW) > last + 3, 'the raw one is taken again', 60)


@contextmanager
def driver(kind, topic):
    """Give a publisher in a participant of its own, as a driver's process has one."""
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node('driver', context=context)
    try:
        yield node.create_publisher(kind, topic, 10)
    finally:
        node.destroy_node()
        context.try_shutdown()


def test_a_topic_that_changes_its_type_is_taken_as_what_it_is_now(bench):
    def compressed(stamp_ns):
        return image(stamp_ns, jpeg())

    def received():
        return details(bench).get('/late/a received', 0)

    with bench.running('session_node'), bench.running('camera_node', "topics:=['^/late/.*']"), \
            ExitStack() as old:
        for kind, make in [(CompressedImage, compressed), (Image, raw),
                           (CompressedImage, compressed)]:
            with ExitStack() as new:
                publisher = new.enter_context(driver(kind, '/late/a'))
                # No moment without a publisher: the driver was started again at once.
                bench.spin(1.0)
                old.close()
                old.push(new.pop_all())
            began = received()
            timer = bench.node.create_timer(
                0.1, lambda one=publisher, make=make: publish(one, make(time.time_ns())))
            bench.until(lambda began=began: received() > began + 3, f'{kind} is taken', 60)
            bench.node.destroy_timer(timer)
        bench.until(lambda: details(bench).get('/late/a kept', 0) > 9, 'all is kept', 60)


def test_what_may_be_changed_is_changed_and_what_cannot_work_is_refused_in_words(bench):
    with (bench.running('session_node'), bench.running('camera_node'),
          bench.running('lidar_node'), bench.running('uploader_node')):
        taken = [
            ('camera_node', {'max_rate_hz': 2.5}), ('camera_node', {'jpeg_quality': 70}),
            ('camera_node', {'priority': 5}), ('camera_node', {'every_nth': 3}),
            ('camera_node', {'streams': ['/cam/.*:max_rate_hz=1.0']}),
            ('lidar_node', {'voxel_m': 0.2}), ('lidar_node', {'lidar_format': 'numpy'}),
            ('uploader_node', {'max_mbit_per_s': 3.0}), ('uploader_node', {'metered': True}),
            ('uploader_node', {'schedule': ['22:00-06:00 50.0']}),
            ('session_node', {'cut_every_s': 60.0}),
        ]
        refused = [
            ('camera_node', {'jpeg_quality': 101}, 'jpeg_quality'),
            ('camera_node', {'max_rate_hz': 5}, 'type'),
            ('camera_node', {'image_format': 'gif'}, 'source, jpeg, png'),
            ('camera_node', {'video': True}, 'read-only'),
            ('camera_node', {'streams': ['/cam/.*']}, '/cam/.*'),
            ('camera_node', {'streams': ['/cam/.*:max_rate=1.0']}, 'max_rate'),
            ('lidar_node', {'rolls': ['/points']}, '/points'),
            ('uploader_node', {'schedule': ['25:00-06:00 50.0']}, '25:00-06:00'),
            ('uploader_node', {'max_mbit_per_s': -1.0}, 'max_mbit_per_s'),
            ('uploader_node', {'workers': 2}, 'read-only'),
            ('session_node', {'mode': 'manual'}, 'read-only'),
        ]
        answers = [bench.set(node, **values) for node, values in taken]
        words = [bench.set(node, **values) for node, values, _ in refused]

    assert answers == [''] * len(taken)
    for (node, values, wanted), said in zip(refused, words, strict=True):
        assert wanted in said, (node, values, said)
