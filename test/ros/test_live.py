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

"""A whole vehicle over real DDS, steered by services, watched by its diagnostics."""

import json
from pathlib import Path
import signal
import subprocess
import sys
import time

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from node_bench import cloud, image, jpeg, stamped
from publishing import publish
import pytest
from robot_support import is_delivered
from sensor_msgs.msg import CompressedImage, NavSatFix, PointCloud2
from std_msgs.msg import String
from std_srvs.srv import Trigger

from scenebox_ros.decode.sample import OWN_HARDWARE
from scenebox_ros.spool import Spool

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
CAMERA, LIDAR, FIX = '/cam/compressed', '/points', '/fix'
SENSORS = {'camera_node': CAMERA, 'lidar_node': LIDAR, 'gps_node': FIX}
NODES = ['session_node', *SENSORS, 'uploader_node']
MARKS = {'mark', 'a deer', 'trigger service', 'trigger motor', 'trigger by hand'}


class Vehicle:
    """Publishes ten of each a second while the bench spins; hears the diagnostics."""

    def __init__(self, bench):
        make = bench.node.create_publisher
        self._blob, self._number = jpeg(), 0
        self.publishers = {topic: make(kind, topic, 50) for topic, kind in [
            (CAMERA, CompressedImage), (LIDAR, PointCloud2), (FIX, NavSatFix)]}
        self.motor = make(DiagnosticArray, '/diagnostics', 10)
        self.diagnostics = {}
        bench.node.create_subscription(DiagnosticArray, '/diagnostics', self._hear, 50)
        bench.node.create_timer(0.1, self._drive)

    def _drive(self):
        stamp_ns, self._number = time.time_ns(), self._number + 1
        fix = stamped(NavSatFix(latitude=48.0 + self._number * 1e-5, longitude=11.0), stamp_ns)
        for topic, message in [(FIX, fix), (LIDAR, cloud(stamp_ns)),
                               (CAMERA, image(stamp_ns, self._blob))]:
            publish(self.publishers[topic], message)

    def _hear(self, array):
        for status in array.status:
            self.diagnostics[status.name] = status

    def says(self, node):
        status = self.diagnostics.get(f'/{node}')
        return status and status.message

    def fail(self):
        """Say that the motor has an error."""
        publish(self.motor, DiagnosticArray(status=[
            DiagnosticStatus(name='motor', level=DiagnosticStatus.ERROR, message='too hot')]))


def watch(bench):
    """Read ``scenebox status --watch --json`` until it has heard all, then end it as Ctrl-C."""
    command = [Path(sys.prefix) / 'lib' / 'scenebox_ros' / 'scenebox', 'status', '--watch',
               '--json', '--wait', '3', '--spool', bench.folder / 'spool']
    wanted, said = {f'/{node}' for node in NODES}, []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            while len(said) < 2 or set(said[-1]['nodes']) != wanted:
                assert len(said) < 30, said[-1]
                said.append(json.loads(process.stdout.readline()))
            process.send_signal(signal.SIGINT)
            assert process.wait(60) in {0, 130}
        finally:
            process.kill()
    return said[-1]


def test_a_vehicle_is_steered_by_services_and_says_how_it_stands(bench, server):
    vehicle = Vehicle(bench)
    sent_to = [f'server:={server.url}', f'token_file:={server.folder / "token"}']
    with (bench.running('session_node', 'mode:=manual', 'mark_before_s:=2.0', 'mark_after_s:=1.0'),
          bench.running('camera_node'), bench.running('lidar_node'), bench.running('gps_node'),
          bench.running('uploader_node', *sent_to)):

        def call(name):
            return bench.call(Trigger, f'/{name}')

        def counts():
            return [bench.details(node).get(f'{topic} received', 0)
                    for node, topic in SENSORS.items()]

        bench.until(lambda: all(counts()), 'all is heard')
        for node in NODES:
            assert call(f'{node}/pause').message == 'paused'
        bench.until(lambda: all(vehicle.says(node) == 'paused' for node in NODES[1:]), 'paused')
        refused = call('session_node/start')
        assert not refused.success
        assert refused.message == 'the node is paused; call ~/resume first'
        bench.fresh(*SENSORS)
        still = counts()
        bench.fresh(*SENSORS)
        assert counts() == still
        for node in NODES:
            assert call(f'{node}/resume').message == 'running'
        assert not call('session_node/mark').success

        assert call('session_node/start').success
        bench.in_session(*SENSORS)
        bench.until(lambda: all(now > before + 10 for now, before in zip(
            counts(), still, strict=True)), 'all is heard again')
        assert call('session_node/mark').message == "marked 'mark'"
        words = bench.node.create_publisher(String, '/session_node/mark', 10)
        bench.until(words.get_subscription_count, 'labels are heard')
        publish(words, String(data='a deer'))
        hand = bench.node.create_publisher(String, '/scenebox/trigger', 10)
        bench.until(lambda: hand.get_subscription_count() == 4, 'triggers are heard')
        publish(hand, String(data='by hand'))
        assert call('session_node/trigger').success
        assert 'everything is recorded' in call('camera_node/trigger').message
        # One of those who hear the motor is the bench.
        bench.until(lambda: vehicle.motor.get_subscription_count() > 1, 'the motor is heard')
        vehicle.fail()
        bench.until(lambda: marked(bench) == len(MARKS), 'all is marked')
        for node in NODES:
            assert call(f'{node}/flush').message == 'flushed'
        bench.until(lambda: all(vehicle.diagnostics[f'/{node}'].level == DiagnosticStatus.OK
                                for node in NODES), 'all is well')
        told = {node: vehicle.diagnostics[f'/{node}'] for node in NODES}
        seen = watch(bench)
        assert call('session_node/stop').success
        with Spool(bench.folder / 'spool') as spool:
            bench.until(lambda: is_delivered(spool), 'all is on the server, and resolved')

    assert all(status.hardware_id == OWN_HARDWARE for status in told.values())
    values = {node: {pair.key: pair.value for pair in status.values}
              for node, status in told.items()}
    assert {'name', 'key', 'seconds'} <= values['session_node'].keys()
    for node, topic in SENSORS.items():
        assert int(values[node][f'{topic} received']) > 10
        assert values[node][f'{topic} lost_in_middleware'] == '0'
    assert {'waiting_entries', 'shed', 'refused', 'set_aside', 'delivered', 'free_bytes'} <= \
        values['uploader_node'].keys()
    assert seen['spool']['total']['shed'] == 0
    check_marks(server)


def marked(bench):
    """Count the marks that were made, also those that are on the server already."""
    with Spool(bench.folder / 'spool') as spool:
        return spool.stat().streams['session_node'].put


def check_marks(server):
    """On the server, resolved, each mark is an interval of three seconds, on whole ones."""
    with server.client() as client:
        (session,) = client.get_asset_manager('sessions').search_meta_large()
        (marks,) = client.entity_summary(session['id'], ['mark'])['aggregations']
    seconds = {bucket['key']: bucket['seconds'] for bucket in marks['buckets']}
    assert set(seconds) == MARKS
    assert all(3 <= covered <= 5 for covered in seconds.values())
    assert session['resolution_status'] == 'resolved'


def test_previews_are_on_the_server_before_the_pictures_they_show(bench, server):
    import cv2
    import numpy as np

    noise = np.random.default_rng(1).integers(0, 255, (400, 400, 3), np.uint8)
    blob = cv2.imencode('.jpg', noise)[1].tobytes()
    camera = bench.node.create_publisher(CompressedImage, CAMERA, 100)
    options = ['preview_every_s:=1.0', 'preview_max_side:=64']
    with bench.running('session_node'), bench.running('camera_node', *options):
        bench.in_session('camera_node')
        bench.until(camera.get_subscription_count, 'the camera is heard')
        start_ns = time.time_ns()
        for number in range(40):
            publish(camera, image(start_ns + number * 10**8, blob))
            bench.spin(0.02)
        bench.received('camera_node', {CAMERA: 40}, 'kept')
    with Spool(bench.folder / 'spool') as spool:
        waiting = [entry.record for entry in spool.take(1000, 10**9)]
        previews = {r.id for r in waiting if r.document.get('aux', {}).get('is_preview')}
    # Slow enough to look in between: 40 pictures are some 5 MB.
    words = [f'server:={server.url}', f'token_file:={server.folder / "token"}', 'workers:=1',
             'max_mbit_per_s:=4.0']
    with bench.running('uploader_node', *words), server.client() as client:
        images = client.get_asset_manager('images')
        held = set()

        def some():
            held.update(document['id'] for document in images.search_meta_large())
            return held

        bench.until(some, 'something is on the server')

    # They go by the clock's whole seconds.
    assert len(previews) in {4, 5}
    assert held & previews
    assert previews <= held or not held - previews
