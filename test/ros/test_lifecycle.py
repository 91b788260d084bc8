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

"""Lifecycle transitions by service, and nodes that are killed: what was taken is kept."""

from contextlib import ExitStack
import signal
import time

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import GetState
from node_bench import cloud, image, jpeg, stamped
from publishing import publish
import pytest
from robot_support import is_delivered
from sensor_msgs.msg import CompressedImage, NavSatFix, NavSatStatus, PointCloud2
from std_msgs.msg import Bool
from std_srvs.srv import Trigger

from scenebox_ros.spool import Spool

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
CAMERA, LIDAR, FIX = '/cam/compressed', '/points', '/fix'


class Feed:
    """Publishes twenty images, clouds and positions a second while the bench spins."""

    def __init__(self, bench):
        self._bench, self._blob, self.sent = bench, jpeg(), []
        self._camera = bench.node.create_publisher(CompressedImage, CAMERA, 200)
        self._lidar = bench.node.create_publisher(PointCloud2, LIDAR, 200)
        self._gps = bench.node.create_publisher(NavSatFix, FIX, 200)
        bench.node.create_timer(0.05, self._drive)

    def _drive(self):
        self.sent.append(time.time_ns())
        publish(self._camera, image(self.sent[-1], self._blob))
        publish(self._lidar, cloud(self.sent[-1]))
        fix = NavSatFix(latitude=48.0, longitude=11.0, status=NavSatStatus(status=0))
        publish(self._gps, stamped(fix, self.sent[-1]))

    def received(self, node='camera_node', topic=CAMERA):
        return self._bench.details(node).get(f'{topic} received', 0)


def state(bench, node):
    return bench.call(GetState, f'/{node}/get_state').current_state.label


def images(bench):
    return [record for record in bench.records() if record.kind == 'images']


def test_a_lifecycle_manager_leads_the_nodes_and_nothing_taken_is_lost(bench, server):
    feed = Feed(bench)
    sent_to = [f'server:={server.url}', f'token_file:={server.folder / "token"}']
    nodes = ['session_node', 'camera_node', 'uploader_node']
    with (bench.running('session_node', 'autostart:=false'),
          bench.running('camera_node', 'autostart:=false'),
          bench.running('uploader_node', 'autostart:=false', *sent_to)):
        refused = bench.call(Trigger, '/camera_node/resume')
        assert not refused.success
        assert 'autostart is off' in refused.message
        for node in nodes:
            assert state(bench, node) == 'unconfigured'
            bench.change(node, Transition.TRANSITION_CONFIGURE)
        # ~/resume and then activate: what works is not started a second time.
        assert bench.call(Trigger, '/uploader_node/resume').success
        for node in nodes:
            bench.change(node, Transition.TRANSITION_ACTIVATE)
            assert state(bench, node) == 'active'
        bench.in_session('camera_node')
        bench.until(lambda: feed.received() > 20, 'it records')
        bench.change('camera_node', Transition.TRANSITION_DEACTIVATE)
        bench.fresh('camera_node')
        taken = feed.received()
        bench.fresh('camera_node')
        assert feed.received() == taken
        bench.received('camera_node', {CAMERA: taken}, 'kept')
        bench.change('camera_node', Transition.TRANSITION_ACTIVATE)
        bench.until(lambda: feed.received() > taken + 10, 'it records again')
        # To the beginning and back to work: one alone, in the same session, and then all.
        for some in (['camera_node'], nodes):
            for transition in (Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_CLEANUP,
                               Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE):
                for node in some:
                    bench.change(node, transition)
            bench.fresh('camera_node')
            bench.in_session('camera_node')
            bench.until(lambda: feed.received() > 10, 'it records once more')
        for node in ['camera_node', 'session_node']:
            bench.change(node, Transition.TRANSITION_ACTIVE_SHUTDOWN)
            assert state(bench, node) == 'finalized'
        with Spool(bench.folder / 'spool') as spool:
            bench.until(lambda: is_delivered(spool), 'all is on the server')
        bench.change('uploader_node', Transition.TRANSITION_ACTIVE_SHUTDOWN)

    with server.client() as client:
        sessions = {one['id']: one for one in
                    client.get_asset_manager('sessions').search_meta_large()}
        stored = client.get_asset_manager('images').search_meta_large()
    told = [one['session_aux']['accounting']['/camera_node'][CAMERA] for one in sessions.values()
            if '/camera_node' in one.get('session_aux', {}).get('accounting', {})]
    assert len(sessions) == 2
    assert sum(row['received'] for row in told) == len(stored)
    assert {int(document['aux']['stamp_ns']) for document in stored} <= set(feed.sent)


def test_a_mission_that_is_told_while_the_node_is_paused_counts_when_it_goes_on(bench):
    mission = bench.node.create_publisher(Bool, '/mission', 10)
    with bench.running('session_node', 'mode:=topic'):
        bench.until(mission.get_subscription_count, 'the mission is heard')
        assert bench.call(Trigger, '/session_node/pause').success
        publish(mission, Bool(data=True))
        bench.fresh('session_node')
        assert bench.heard['session_node']['message'] == 'no session'
        assert bench.call(Trigger, '/session_node/resume').success
        bench.until(lambda: 'drive_' in bench.heard['session_node']['message'], 'a session is on')


def counts_put(bench):
    with Spool(bench.folder / 'spool') as spool:
        return {topic: stat.put for topic, stat in spool.stat().streams.items()}


def test_nodes_that_are_killed_go_on_in_the_session_with_what_they_had_stored(bench):
    """Without a network: nobody uploads."""
    feed, put = Feed(bench), {}
    sensors = {'camera_node': CAMERA, 'lidar_node': LIDAR, 'gps_node': FIX}
    with bench.running('session_node'):
        for life in range(2):
            with ExitStack() as stack:
                code = 0 if life else -signal.SIGKILL
                processes = [stack.enter_context(bench.running(node, code=code))
                             for node in sensors]
                bench.in_session(*sensors)
                bench.until(lambda: all(bench.details(node).get(f'{topic} kept', 0) > 20
                                        for node, topic in sensors.items()), 'all is kept')
                if not life:
                    bench.until(lambda: put.update(counts_put(bench)) or all(
                        put.get(topic, 0) > 10 for topic in (CAMERA, LIDAR)), 'some stored')
                    for process in processes:
                        process.kill()

    records = bench.records()
    # Fixes travel ten seconds together.
    for topic in sensors.values():
        stored = [record for record in records if record.stream == topic]
        assert len(stored) > put.get(topic, 0)
        assert len({record.id for record in stored}) == len(stored)
        assert {record.stamp_ns for record in stored} <= set(feed.sent)
    assert len({record.session for record in records}) == 1
    told = [record.document['metadata'] for record in records if record.kind == 'session']
    assert {node: 1 for one in told for node in one.get('killed', {})} == {
        f'/{node}': 1 for node in sensors}
