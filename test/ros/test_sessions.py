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

"""Sessions over real DDS: their first frames, what opens them, what they know of the robot."""

from importlib.util import find_spec
import json
import signal
import time

from geometry_msgs.msg import TransformStamped
from node_bench import image, jpeg, LATCHED, stamped
import pytest
from sensor_msgs.msg import CameraInfo, CompressedImage
from std_msgs.msg import Bool, String
from std_srvs.srv import Trigger

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
S = 10**9
CAMERA = '/cam/compressed'


class Feed:
    """A camera that publishes ten frames a second while the bench spins."""

    def __init__(self, bench):
        self._bench, self._blob = bench, jpeg()
        self._publisher = bench.node.create_publisher(CompressedImage, CAMERA, 200)
        self.sent = []

    def drive(self, seconds):
        self._bench.until(self._publisher.get_subscription_count, 'the camera is heard')
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.publish(time.time_ns())
            self._bench.spin(0.1)

    def publish(self, stamp_ns):
        self.sent.append(stamp_ns)
        self._publisher.publish(image(stamp_ns, self._blob))

    def has_arrived(self):
        self._bench.received('camera_node', {CAMERA: len(self.sent)})


def images(bench):
    return [record for record in bench.records() if record.kind == 'images']


def metadata(bench):
    """Merge what all records of sessions say, as the platform does."""
    merged = {}
    for record in bench.records():
        if record.kind == 'session':
            for name, value in record.document.get('metadata', {}).items():
                known = merged.get(name)
                merged[name] = {**known, **value} if isinstance(known, dict) else value
    return merged


def accounting(bench, node):
    return metadata(bench)['accounting'][f'/{node}']


def test_a_session_has_the_frames_that_came_before_its_node(bench):
    feed = Feed(bench)
    with bench.running('camera_node', 'before_session_s:=300.0'):
        feed.drive(2)
        feed.has_arrived()
        with bench.running('session_node'):
            feed.drive(1)
            bench.received('camera_node', {CAMERA: len(feed.sent)}, 'kept')

    kept = images(bench)
    assert sorted(record.stamp_ns for record in kept) == feed.sent
    assert len({record.session for record in kept}) == 1
    row = accounting(bench, 'camera_node')[CAMERA]
    assert row['received'] == row['kept'] == len(feed.sent)


@pytest.mark.parametrize('end', [signal.SIGINT, signal.SIGTERM])
def test_a_node_that_is_told_to_end_stores_what_it_has_taken(bench, end):
    feed = Feed(bench)
    with bench.running('session_node'), bench.running(
            'camera_node', 'depth:=200', end=end):
        bench.in_session('camera_node')
        feed.drive(0.3)
        burst = [time.time_ns() + number for number in range(100)]
        for stamp_ns in burst:
            feed.publish(stamp_ns)
        feed.has_arrived()

    assert sorted(record.stamp_ns for record in images(bench)) == feed.sent


def test_what_is_too_old_for_a_session_is_counted(bench):
    feed = Feed(bench)
    with bench.running('session_node', 'mode:=manual'), \
            bench.running('camera_node', 'before_session_s:=2.0'):
        feed.drive(1)
        feed.has_arrived()
        too_old = feed.sent[-1]
        bench.spin(2.0)
        feed.drive(0.5)
        before = len(feed.sent)
        assert bench.call(Trigger, '/session_node/start').success
        bench.in_session('camera_node')
        feed.drive(0.5)
        feed.has_arrived()
        assert bench.call(Trigger, '/session_node/stop').success

    kept = sorted(record.stamp_ns for record in images(bench))
    # Without a gap, and with some that came before: all but the last waited too long.
    assert kept == feed.sent[-len(kept):]
    assert len(kept) > len(feed.sent) - before
    assert kept[0] > too_old
    row = accounting(bench, 'camera_node')[CAMERA]
    assert row['received'] == row['kept'] + row['outside_sessions'] == len(feed.sent)


def test_the_mission_topic_opens_and_closes_sessions(bench):
    mission = bench.node.create_publisher(Bool, '/mission', LATCHED)
    told = []
    bench.node.create_subscription(
        String, '/scenebox/session', lambda msg: told.append(json.loads(msg.data)['key']), LATCHED)
    feed = Feed(bench)

    def session():
        return bench.details('camera_node')['session']

    with bench.running('session_node', 'mode:=topic'), \
            bench.running('camera_node', 'before_session_s:=0.0'):
        feed.drive(0.5)
        assert not any(told)
        mission.publish(Bool(data=True))
        bench.in_session('camera_node')
        began_ns = time.time_ns()
        feed.drive(1)
        feed.has_arrived()
        mission.publish(Bool(data=False))
        bench.until(lambda: session() == 'none', 'the session closes')
        ended_ns = time.time_ns()
        feed.drive(0.5)

    kept = {record.stamp_ns for record in images(bench)}
    assert {stamp for stamp in feed.sent if began_ns < stamp < ended_ns} <= kept
    assert not [stamp for stamp in kept if stamp > ended_ns]
    assert feed.sent[0] not in kept
    assert len(set(told) - {''}) == 1


def test_a_session_knows_the_description_of_the_robot_and_what_was_said_once(bench):
    latch = bench.node.create_publisher
    latch(String, '/robot_description', LATCHED).publish(String(data='<robot name="truck"/>'))
    about = latch(CameraInfo, '/cam/camera_info', LATCHED)
    about.publish(stamped(CameraInfo(width=8, height=8, distortion_model='plumb_bob'), S, 'cam'))
    feed = Feed(bench)
    with bench.running('session_node'), bench.running('camera_node'):
        feed.drive(0.5)
        # Only what is known before a session ends can be said in it.
        bench.until(lambda: metadata(bench).keys() >= {'texts', 'calibrations'}, 'all is known')
        first = bench.details('camera_node')['session']
        assert bench.set('session_node', cut_every_s=1.0) == ''
        bench.until(lambda: bench.details('camera_node')['session'] != first, 'it is cut')
        feed.drive(0.5)

    told = {}
    for record in bench.records():
        if record.kind == 'session':
            told.setdefault(record.session, {}).update(record.document.get('metadata', {}))
    driven = {record.session for record in images(bench)}
    assert len(driven) >= 2
    for said in (told[session] for session in driven):
        assert said['texts']['robot_description'] == '<robot name="truck"/>'
        assert said['calibrations']['/cam/camera_info']['width'] == 8
    assert set(metadata(bench)['parameters']) == {'/camera_node'}


@pytest.mark.skipif(not find_spec('tf2_msgs'), reason='tf2_msgs has no wheel; build it: '
                    'docs/development.md')
def test_a_session_knows_the_fixed_transforms_of_every_broadcaster(bench):
    from tf2_msgs.msg import TFMessage

    nodes = []
    for number, child in enumerate(['lidar', 'camera']):
        nodes.append(bench.node.create_publisher(TFMessage, '/tf_static', LATCHED))
        transform = stamped(TransformStamped(child_frame_id=child), S)
        transform.transform.translation.x = float(number)
        nodes[-1].publish(TFMessage(transforms=[transform]))
    with bench.running('session_node'):
        bench.until(lambda: len(metadata(bench).get('transforms', {})) == 2, 'both are known')

    transforms = metadata(bench)['transforms']
    assert {name: one['translation_m'][0] for name, one in transforms.items()} == {
        'lidar': 0.0, 'camera': 1.0}


def test_triggers_keep_the_seconds_around_them_by_the_stamps_of_the_messages(bench):
    """The camera is a second behind; the second trigger overlaps the first, both come late."""
    publisher = bench.node.create_publisher(CompressedImage, CAMERA, 100)
    trigger = bench.node.create_publisher(String, '/scenebox/trigger', 10)
    blob = jpeg()
    calls = {25: 20, 33: 30}  # when, and about which moment, in tenths of a second
    with bench.running('session_node'), bench.running(
            'camera_node', 'record:=triggered', 'before_s:=0.95', 'after_s:=1.45'):
        bench.until(publisher.get_subscription_count, 'the camera is heard')
        bench.until(trigger.get_subscription_count, 'the node hears triggers')
        bench.in_session('camera_node')
        start_ns = time.time_ns() + S
        for tenth in range(80):
            if tenth in calls:
                trigger.publish(String(data=json.dumps(
                    {'reason': 'test', 'stamp_ns': start_ns + calls[tenth] * S // 10})))
            publisher.publish(image(start_ns + (tenth - 10) * S // 10, blob))
            bench.spin(0.1)
        bench.received('camera_node', {CAMERA: 80})

    kept = sorted((r.stamp_ns - start_ns) * 10 // S for r in images(bench))
    assert kept == list(range(11, 45))
    row = accounting(bench, 'camera_node')[CAMERA]
    assert row['received'] == 80
