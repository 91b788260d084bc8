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

"""Settings by topic over real DDS: the same file live and offline, and parameters over it."""

import time

from nav_msgs.msg import Odometry
from node_bench import cloud, image, jpeg, stamped, write_bag
import pytest
from sensor_msgs.msg import CompressedImage, Imu, NavSatFix, PointCloud2

from scenebox_ros.bags import ingest, load_overrides, open_bag, plan

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
S = 10**9
FRONT, REAR = '/front/image_raw/compressed', '/rear/image_raw/compressed'
TYPES = {FRONT: CompressedImage, REAR: CompressedImage, '/imu': Imu, '/odom': Odometry,
         '/fix': NavSatFix}
FILE = """
resolution_s: 0.5
metadata: {project: tunnel}
streams:
  /front/.*: {max_rate_hz: 5.0, priority: 7}
  /rear/.*: {role: skip}
  /imu: {fields: [angular_velocity.z], every_nth: 2}
  /odom: {role: fix, datum: [48.1, 11.5]}
"""


class Collector:
    """A sink that keeps records in memory."""

    def __init__(self):
        self.records = []

    def put(self, records):
        self.records += records


def messages(seconds):
    """Make ten of each a second: the vehicle drives east at 10 m/s."""
    blob, start_ns = jpeg(), time.time_ns()
    for number in range(seconds * 10):
        stamp_ns = start_ns + number * S // 10
        odometry = stamped(Odometry(), stamp_ns, 'odom')
        odometry.pose.pose.position.x = float(number)
        yield '/odom', stamp_ns, odometry
        yield '/imu', stamp_ns, stamped(Imu(), stamp_ns)
        yield FRONT, stamp_ns, image(stamp_ns, blob)
        yield REAR, stamp_ns, image(stamp_ns, blob)


def drive(bench, seconds, topics, times=1):
    """
    Publish once all topics (by the node that takes them) are heard, until all has come.

    Gives what was published; ``times`` says the how-manieth drive of the same nodes it is.
    """
    publishers = {topic: bench.node.create_publisher(TYPES[topic], topic, 100) for topic in TYPES
                  if topic != '/fix'}
    taken = [topic for some in topics.values() for topic in some]
    bench.in_session(*topics)
    bench.until(
        lambda: all(publishers[topic].get_subscription_count() >= taken.count(topic)
                    for topic in taken), 'all subscribe')
    sent = []
    for topic, stamp_ns, message in messages(seconds):
        bench.spin(max(0.0, (stamp_ns - time.time_ns()) / S))
        publishers[topic].publish(message)
        sent.append((topic, f'{type(message).__module__.split(".")[0]}/msg/'
                     f'{type(message).__name__}', time.time_ns(), message))
    for node, some in topics.items():
        bench.received(node, dict.fromkeys(some, 10 * seconds * times))
    return sent


def gist(records):
    """Give what matters of records: assets with positions, entities."""
    assets = {r.id: (r.document['sensor'], r.priority,
                     r.document['aux'].get('geolocation')) for r in records if r.kind == 'images'}
    return assets, {(e['entity_id'], e['entity_name']) for r in records for e in r.entities}


def test_one_file_says_the_same_live_and_offline(bench):
    file = bench.folder / 'streams.yaml'
    file.write_text(FILE)
    settings = f'settings:={file}'
    with bench.running('session_node', settings), bench.running('camera_node', settings), \
            bench.running('gps_node', settings):
        # Odometry is heard by both: the camera's node wants to know where an image was taken.
        sent = drive(bench, 4, {'camera_node': ['/odom', FRONT], 'gps_node': ['/odom', '/imu']})
    live = bench.records()
    offline = Collector()
    with open_bag(write_bag(bench.folder / 'bag', sent)) as bag:
        ingest(bag, plan(bag, 'again', load_overrides(file)), offline)

    assets, entities = gist(live)
    again, said_again = gist(offline.records)
    assert assets == again
    assert entities == said_again
    assert 19 <= len(assets) <= 21
    assert all(sensor == 'front' and priority == 7 and position is not None
               for sensor, priority, position in assets.values())
    names = {name for _, name in entities}
    assert names == {'image', 'geolocation', 'imu.angular_velocity.z'}
    about = [r.document for r in live if r.kind == 'session' and 'resolution' in r.document]
    assert {document['resolution'] for document in about} == {0.5}
    assert {document['metadata']['project'] for document in about} == {'tunnel'}


def test_parameters_win_over_the_file_and_lines_over_both_and_can_change(bench):
    file = bench.folder / 'streams.yaml'
    file.write_text('streams: {/front/.*: {every_nth: 2}, /rear/.*: {every_nth: 2}}')
    camera = bench.running('camera_node', f'settings:={file}', 'every_nth:=1',
                           'streams:=["/rear/.*:every_nth=5"]')

    def kept():
        return {topic: sum(r.stream == topic and r.kind == 'images' for r in bench.records())
                for topic in (FRONT, REAR)}

    with bench.running('session_node'), camera:
        drive(bench, 2, {'camera_node': [FRONT, REAR]})
        bench.until(lambda: kept() == {FRONT: 20, REAR: 4}, 'all but what is left out is stored')
        assert bench.set('camera_node', streams=['/rear/.*:jpeg_quality=0']) == \
            'jpeg_quality is 0; choose 1 to 100'
        assert bench.set('camera_node', streams=['/rear/.*:video=true']) == \
            'video cannot be changed while the node runs; restart it'
        assert bench.set('camera_node', streams=[''], every_nth=20) == ''
        drive(bench, 2, {'camera_node': [FRONT, REAR]}, times=2)

    assert kept() == {FRONT: 21, REAR: 5}


def test_a_file_that_cannot_be_used_is_refused_and_the_node_says_why(bench):
    file = bench.folder / 'streams.yaml'
    file.write_text('streams: {/front: {max_rate: 5}}')
    with bench.running('camera_node', f'settings:={file}'):
        bench.until(lambda: bench.heard['camera_node']['level'] == 'ERROR', 'the node reports')
        assert "unknown setting 'max_rate'" in bench.heard['camera_node']['message']


@pytest.mark.parametrize('parameter, words', [
    ('max_rate_hz:=10', 'parameter max_rate_hz cannot be used'),
    ('jpeg_quality:=200', 'parameter jpeg_quality cannot be used'),
    ('transport:=smoke', "transport is 'smoke'; choose one of compressed, raw, all"),
])
def test_a_value_that_does_not_fit_ends_the_node_with_one_line(bench, parameter, words):
    done = bench.run('camera_node', parameter)

    assert done.returncode == 1
    assert words in done.stdout + done.stderr
    assert 'Traceback' not in done.stderr


def test_snapshots_agree_between_nodes(bench):
    file = bench.folder / 'streams.yaml'
    file.write_text('streams: {.*: {snapshot_every_s: 1.0, snapshot_tolerance_s: 0.2}}')
    settings = f'settings:={file}'
    publishers = {topic: bench.node.create_publisher(kind, topic, 200) for topic, kind in [
        (FRONT, CompressedImage), ('/points', PointCloud2)]}
    with bench.running('session_node'), bench.running('camera_node', settings), \
            bench.running('lidar_node', settings, 'depth:=200'):
        bench.in_session('camera_node', 'lidar_node')
        bench.until(lambda: all(p.get_subscription_count() for p in publishers.values()), 'heard')
        blob, start_ns = jpeg(), time.time_ns()
        for number in range(99):
            stamp_ns = start_ns + number * S // 20
            publishers[FRONT].publish(image(stamp_ns, blob))
            if number % 3 == 0:
                publishers['/points'].publish(cloud(stamp_ns))
            bench.spin(0.02)
        bench.received('camera_node', {FRONT: 99})
        bench.received('lidar_node', {'/points': 33})

    moments = {kind: {r.document['aux']['snapshot']: r.document['aux']['snapshot_offset_s']
                      for r in bench.records() if r.kind == kind} for kind in ('images', 'lidars')}
    assert len(moments['images'].keys() & moments['lidars'].keys()) >= 3
    assert len(moments['images'].keys() ^ moments['lidars'].keys()) <= 2
    assert all(abs(offset) <= 0.2 for of in moments.values() for offset in of.values())
