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

"""What nodes say when there is no room, when messages are lost, and what sampling keeps."""

from contextlib import contextmanager
from itertools import pairwise
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

from node_bench import image, jpeg, stamped
from publishing import publish
import pytest
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CompressedImage, Image, NavSatFix

from scenebox_ros.spool import Spool, SpoolLimits

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
S = 10**9
POLICIES = {'/refuse/compressed': 'refuse', '/thin/compressed': 'thin',
            '/drop/compressed': 'drop_oldest'}


def scenebox(bench, *words):
    command = [Path(sys.prefix) / 'lib' / 'scenebox_ros' / 'scenebox', 'spool', *words,
               '--spool', bench.folder / 'spool', '--json']
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def cameras(bench, topics):
    return {topic: bench.node.create_publisher(CompressedImage, topic, 200) for topic in topics}


def drive(bench, publishers, count, size):
    """Publish so many images of each; give when the first was made."""
    bench.until(lambda: all(one.get_subscription_count() for one in publishers.values()), 'heard')
    bench.in_session('camera_node')
    start_ns, blob = time.time_ns(), jpeg()
    for number in range(count):
        for publisher in publishers.values():
            publish(publisher, image(start_ns + number * S // 100, blob + os.urandom(size)))
        bench.spin(0.02)
    bench.received('camera_node', dict.fromkeys(publishers, count))
    return start_ns


def test_what_a_full_spool_gives_up_is_counted_by_topic_told_and_mended_by_command(bench):
    publishers = cameras(bench, POLICIES)
    lines = ', '.join(f'"{topic} {policy}"' for topic, policy in POLICIES.items())
    small = ['spool_max_gb:=0.01', f'spool_policies:=[{lines}]']
    with bench.running('session_node', *small), bench.running('camera_node', *small), \
            bench.running('uploader_node', *small, 'server:=http://127.0.0.1:9'):
        drive(bench, publishers, 50, 150_000)
        bench.until(lambda: 'gives records up' in bench.heard['session_node']['message'], 'why')
        bench.until(lambda: bench.details('uploader_node').get('shed')
                    and bench.details('uploader_node')['refused'], 'what is given up is counted')
        bench.until(lambda: all(sum(one) == 50 for one in accounts(bench).values()), 'all is done')
        code, (stat,) = scenebox(bench, 'stat')
        assert code == 0
        assert scenebox(bench, 'verify')[1][0]['damaged'] == 0
        assert scenebox(bench, 'retry')[1] == [{'back in the queue': 0}]
        listed = scenebox(bench, 'ls', '--topic', '/drop/compressed', '--limit', '0')[1]
        assert len(listed) == stat['streams']['/drop/compressed']['entries']
        (purged,) = scenebox(bench, 'purge', '--waiting', '--topic', '/drop/compressed')[1]
        assert purged == {'deleted': len(listed)}
    for topic, policy in POLICIES.items():
        row = stat['streams'][topic]
        assert row['entries'] + row['shed'] + row['refused'] == 50, (policy, row)
    assert stat['streams']['/refuse/compressed']['refused'] > 0


def accounts(bench):
    """Tell what waits, was shed and was refused of each topic."""
    with Spool(bench.folder / 'spool') as spool:
        streams = spool.stat().streams
    return {topic: (streams[topic].entries, streams[topic].shed, streams[topic].refused)
            for topic in POLICIES}


def test_what_is_too_old_or_finds_too_little_of_the_disk_free_is_told(bench):
    publishers = cameras(bench, ['/cam/compressed'])
    with bench.running('session_node'):
        with bench.running('camera_node'):
            drive(bench, publishers, 5, 1000)
        bench.spin(2.0)
        # 1.8 s; looked at with the first record of a process.
        with bench.running('camera_node', 'spool_max_age_h:=0.0005'):
            drive(bench, publishers, 5, 1000)
            bench.until(lambda: 'gives records up' in bench.heard['session_node']['message'],
                        'the session tells')
        with Spool(bench.folder / 'spool', SpoolLimits(min_free_bytes=0)) as spool:
            row = spool.stat().streams['/cam/compressed']
        assert (row.shed, row.entries) == (5, 5)
        with bench.running('camera_node', 'spool_min_free_gb:=100000.0', 'spool_policy:=refuse'):
            drive(bench, publishers, 5, 100_000)
            bench.received('camera_node', {'/cam/compressed': 5}, 'refused_by_spool')


def test_loss_in_the_middleware_and_silence_are_told(bench):
    quality = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
    publisher = bench.node.create_publisher(Image, '/cam', quality)
    # As Fast DDS comes, a publisher's shared memory holds one of these.
    message = Image(height=100, width=1000, encoding='bgr8', step=3000, data=bytes(100 * 3000))
    waited_for = ['silent_after_s:=2.0', 'topics:=["/nowhere"]']
    with bench.running('session_node'), bench.running('gps_node', *waited_for), \
            bench.running('camera_node', 'max_rate_hz:=1.0', 'silent_after_s:=2.0') as camera:
        bench.until(publisher.get_subscription_count, 'the camera is heard')
        bench.until(lambda: '/nowhere: nobody publishes it' in bench.heard['gps_node']['message'],
                    'the absent topic is told')
        bench.until(lambda: bench.heard['camera_node']['level'] == 'WARN'
                    and '/cam: says nothing for' in bench.heard['camera_node']['message'],
                    'silence is told')
        # Nothing came at all: it may be lost on the way, each and every message.
        assert 'fastdds_shm.xml' in bench.heard['camera_node']['message']
        bench.until(lambda: send(bench, publisher, message)
                    or bench.details('camera_node').get('/cam received'), 'one came')
        # More than the shared memory takes while nobody reads it.
        camera.send_signal(signal.SIGSTOP)
        send(bench, publisher, message, 30)
        camera.send_signal(signal.SIGCONT)
        # The next that comes shows by its number what is missing.
        bench.until(lambda: send(bench, publisher, message) or 'the middleware loses messages'
                    in bench.heard['camera_node']['message'], 'loss is told')
        assert 'fastdds_shm.xml' in bench.heard['camera_node']['message']
        assert bench.details('camera_node')['/cam lost_in_middleware'] > 0


def send(bench, publisher, message, count=1):
    for _ in range(count):
        publish(publisher, stamped(message, time.time_ns()))
        bench.spin(0.02)


def gaps(numbers):
    return {after - before for before, after in pairwise(numbers)}


def test_every_way_of_sampling_keeps_what_it_says(bench):
    ways = {'/nth/compressed': 'every_nth=3', '/rate/compressed': 'max_rate_hz=2.0',
            '/far/compressed': 'min_distance_m=5.0', '/new/compressed': 'on_change=true'}
    lines = ', '.join(f'"{topic}:{way}"' for topic, way in ways.items())
    publishers = cameras(bench, ways)
    gps = bench.node.create_publisher(NavSatFix, '/fix', 200)
    blob, count = jpeg(), 60
    with bench.running('session_node'), bench.running('camera_node', f'streams:=[{lines}]'):
        bench.in_session('camera_node')
        bench.until(lambda: all(one.get_subscription_count()
                                for one in [gps, *publishers.values()]), 'heard')
        start_ns = time.time_ns()
        for number in range(count):
            stamp_ns = start_ns + number * S // 10
            # A degree of latitude has 111 km: a metre every tenth of a second.
            fix = NavSatFix(latitude=48 + number / 111_200, longitude=11.0)
            fix.status.status = 0
            publish(gps, stamped(fix, stamp_ns))
            for publisher in publishers.values():
                publish(publisher, image(stamp_ns, blob + bytes([number // 10])))
            bench.spin(0.03)
        bench.received('camera_node', dict.fromkeys(ways, count))
    kept = {topic: sorted((r.stamp_ns - start_ns) * 10 // S for r in bench.records()
                          if r.kind == 'images' and r.stream == topic) for topic in ways}

    assert kept['/nth/compressed'] == list(range(0, 60, 3))
    assert len(kept['/rate/compressed']) in {12, 13}
    assert gaps(kept['/rate/compressed'][1:]) == {5}
    assert kept['/new/compressed'] == list(range(0, 60, 10))
    # The first come before any position is known here.
    far = [number for number in kept['/far/compressed'] if number >= 15]
    assert len(far) >= 5
    # Fixes and images come over different topics: a fix may come after the image of its moment.
    assert gaps(far) <= {4, 5, 6}


@contextmanager
def frozen_and_stopped(process):
    """Freeze a process, and let it run again when it has been told to stop."""
    process.send_signal(signal.SIGSTOP)
    yield
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGCONT)


def publish_all(publisher, blob, count):
    began_ns = time.time_ns()
    for number in range(count):
        publish(publisher, image(began_ns + number, blob))


def test_what_has_come_before_a_stop_is_taken_though_the_node_had_no_time_for_it(bench):
    publishers, blob, count = cameras(bench, ['/cam/compressed']), jpeg(), 40
    with bench.running('session_node'), bench.running('camera_node') as camera:
        drive(bench, publishers, 1, 100)
        with frozen_and_stopped(camera):
            publish_all(publishers['/cam/compressed'], blob, count)
    kept = [record for record in bench.records() if record.kind == 'images']

    assert len(kept) == 1 + count
    assert 'messages that had come before the stop and' in bench.log('camera_node')


def test_what_a_network_lost_while_a_node_was_frozen_comes_again_before_it_stops(
    bench, monkeypatch
):
    publishers, blob, count = cameras(bench, ['/cam/compressed']), jpeg(), 40
    # More than the socket of a frozen process takes: the rest is lost until it is said again.
    large = blob + os.urandom(300_000)
    monkeypatch.setenv('FASTDDS_BUILTIN_TRANSPORTS', 'UDPv4')
    with bench.running('session_node'), bench.running('camera_node') as camera:
        drive(bench, publishers, 1, 100)
        with frozen_and_stopped(camera):
            publish_all(publishers['/cam/compressed'], large, count)
            # Longer than any turn of a node that runs.
            bench.spin(1.0)
    kept = [record for record in bench.records() if record.kind == 'images']

    assert len(kept) == 1 + count
