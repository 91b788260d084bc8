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

"""What the nodes may take and how they end: the network's cap, memory, a stop at any moment."""

from contextlib import contextmanager
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

import cv2
from link import bytes_in_windows
from node_bench import LONG_S
import numpy as np
from publishing import publish
import pytest
from rcl_interfaces.srv import SetParameters
import rclpy
from rclpy.parameter import Parameter
from robot_support import is_delivered, Network, Server, wait_until
from sensor_msgs.msg import Image
from std_msgs.msg import String

from scenebox_ros import ids
from scenebox_ros.model.records import Record
from scenebox_ros.spool import Spool, SpoolLimits
from scenebox_ros.stamps import to_iso

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
LIBEXEC = Path(sys.prefix) / 'lib' / 'scenebox_ros'
ROOT = Path(__file__).parents[2]
LIMITS = SpoolLimits(min_free_bytes=0)
MB = 1_000_000


@pytest.fixture
def node(monkeypatch):
    for name in ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE'):
        monkeypatch.setenv(name, str(ROOT / 'config' / 'fastdds_shm.xml'))
    rclpy.init()
    made = rclpy.create_node('limits')
    yield made
    made.destroy_node()
    rclpy.try_shutdown()


@contextmanager
def running(folder, name, *parameters, stop=signal.SIGINT):
    """Run a node; leaving the block ends it, and it must end cleanly."""
    words = [word for text in [f'spool:={folder / "spool"}', 'spool_min_free_gb:=0.0', *parameters]
             for word in ['-p', text]]
    with (folder / f'{name}.log').open('a') as log:
        process = subprocess.Popen([LIBEXEC / name, '--ros-args', *words], stdout=log,
                                   stderr=subprocess.STDOUT, env=os.environ)
    try:
        yield process
    finally:
        process.send_signal(stop)
        try:
            # Twice what the documented unit file gives it.
            ended = process.wait(LONG_S)
        finally:
            process.kill()
        assert ended == 0, (folder / f'{name}.log').read_text()


def set_live(node, name, **values):
    client = node.create_client(SetParameters, f'/{name}/set_parameters')
    assert client.wait_for_service(LONG_S)
    future = client.call_async(SetParameters.Request(parameters=[
        Parameter(key, value=value).to_parameter_msg() for key, value in values.items()]))
    rclpy.spin_until_future_complete(node, future, timeout_sec=LONG_S)
    assert all(result.successful for result in future.result().results)


# -- the network's cap ----------------------------------------------------------------------------
def backlog(folder, count, size):
    """Fill the spool with images of so many bytes."""
    picture = cv2.imencode('.jpg', np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    start_ns = time.time_ns()
    records = [Record('session', 'run', 'run_1', document={
        'name': 'run', 'type': 'generic', 'resolution': 1.0, 'sets_prefix': 'run'})]
    for number in range(count):
        body, stamp_ns = picture + os.urandom(size), start_ns + number * 10**7
        records.append(Record(
            'images', 'run', f'image{number:06}', '/cam', stamp_ns, body=body,
            content_type='image/jpeg', sha256=ids.sha256(body),
            document={'width': 8, 'height': 8, 'format': 'JPEG', 'sensor': 'cam',
                      'timestamp': to_iso(stamp_ns), 'aux': {'topic': '/cam'}}))
    with Spool(folder / 'spool', LIMITS) as spool:
        spool.put(records)


@pytest.fixture
def network(tmp_path):
    server = Server(tmp_path / 'server')
    made = Network(server.port)
    made.words = [f'server:={made.url}', f'token_file:={server.folder / "token"}']
    yield made
    made.close()
    server.stop()


@pytest.mark.parametrize(('size', 'mbit_per_s'), [(200_000, 16.0), (4_000, 2.0)])
def test_the_cap_holds_on_the_wire_over_any_ten_seconds(tmp_path, network, size, mbit_per_s):
    allowed = mbit_per_s * MB / 8 * 10
    backlog(tmp_path, round(2 * allowed / size), size)
    with running(tmp_path, 'uploader_node', *network.words, f'max_mbit_per_s:={mbit_per_s}'):
        wait_until(lambda: network.sent_bytes, LONG_S, 'something is sent')
        most = bytes_in_windows(lambda: network.sent_bytes, 12, 10)
        print(f'{size} bytes each: {most / allowed:.3f} of the cap')

    assert most <= 1.05 * allowed
    assert most > allowed / 2


def test_the_cap_follows_the_time_of_day_and_the_state_of_the_robot(tmp_path, network, node):
    backlog(tmp_path, 200, 100_000)
    off = 'schedule:=["00:00-12:00 off", "12:00-00:00 off"]'

    def flows(seconds=2.0):
        before = network.sent_bytes
        time.sleep(seconds)
        return network.sent_bytes - before

    with running(tmp_path, 'uploader_node', *network.words, off):
        set_live(node, 'uploader_node', max_mbit_per_s=8.0)
        # It may ask who the server is, and no more.
        assert flows() < 1000
        set_live(node, 'uploader_node', schedule=['00:00-12:00 4.0', '12:00-00:00 4.0'])
        wait_until(lambda: flows(0.5), LONG_S, 'it flows at the hour\'s cap')
        set_live(node, 'uploader_node', metered=True)
        wait_until(lambda: not flows(1.0), LONG_S, 'nothing goes over a metered link')
        set_live(node, 'uploader_node', metered_mbit_per_s=1.0)
        wait_until(lambda: flows(0.5), LONG_S, 'it flows at the metered cap')


@pytest.mark.parametrize('trouble', ['a low cap', 'a silent network'])
def test_an_uploader_ends_in_time_and_loses_nothing_whatever_it_was_sending(
    tmp_path, network, trouble
):
    backlog(tmp_path, 100, 200_000)
    cap = 'max_mbit_per_s:=' + ('0.5' if trouble == 'a low cap' else '0.0')
    with running(tmp_path, 'uploader_node', *network.words, cap):
        wait_until(lambda: network.sent_bytes > 50_000, LONG_S, 'something is sent')
        if trouble == 'a silent network':
            network.stall()
    network.restore()
    with Spool(tmp_path / 'spool', LIMITS) as spool:
        with running(tmp_path, 'uploader_node', *network.words):
            wait_until(lambda: is_delivered(spool), 2 * LONG_S, 'all arrives')
        assert spool.stat().total.done == 101


# -- memory, and the end --------------------------------------------------------------------------
def peak_mb(process):
    text = Path(f'/proc/{process.pid}/status').read_text()
    return int(text.partition('VmHWM:')[2].split()[0]) / 1000


class Camera:
    """Publishes raw images faster than they can be encoded."""

    def __init__(self, node, width=1280, height=720):
        noise = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
        self._node, self.details, self.sent = node, {}, 0
        self._message = Image(height=height, width=width, encoding='bgr8', step=3 * width,
                              data=noise.tobytes())
        self._publisher = node.create_publisher(Image, '/cam', 10)
        node.create_subscription(String, '/camera_node/status', self._hear, 10)

    def _hear(self, msg):
        self.details = json.loads(msg.data)['details']

    def wait(self):
        def is_on():
            rclpy.spin_once(self._node, timeout_sec=0.1)
            return (self._publisher.get_subscription_count()
                    and self.details.get('session', 'none') != 'none')
        wait_until(is_on, LONG_S, 'the camera is heard and a session is on')

    def flood(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            stamp = self._message.header.stamp
            stamp.sec, stamp.nanosec = divmod(time.time_ns(), 10**9)
            publish(self._publisher, self._message)
            self.sent += 1
            rclpy.spin_once(self._node, timeout_sec=0.0)


def test_memory_stays_bounded_when_more_comes_than_can_be_stored(tmp_path, node):
    png = ['image_format:=png', 'intake_mb:=40']
    with running(tmp_path, 'session_node'), running(tmp_path, 'camera_node', *png) as process:
        camera = Camera(node)
        camera.wait()
        before = peak_mb(process)
        camera.flood(8)
        while not camera.details.get('/cam dropped_at_intake'):
            camera.flood(1)
        grown = peak_mb(process) - before
        dropped = camera.details['/cam dropped_at_intake']
        print(f'{camera.sent} images of 2.8 MB sent, {dropped} dropped; {grown:.0f} MB grown')

    # As docs/robot.md says: the intake's, the middleware's ten messages, 256 MiB of frames that
    # wait for a fix, and what is kept for the next ones.
    assert grown < 40 + 10 * 3 + 269 + 128


@pytest.mark.parametrize('stop', [signal.SIGINT, signal.SIGTERM])
def test_a_stop_at_full_load_stores_all_that_was_taken(tmp_path, node, stop):
    with (running(tmp_path, 'session_node', stop=stop),
          running(tmp_path, 'camera_node', stop=stop)):
        camera = Camera(node)
        camera.wait()
        camera.flood(3)
    with Spool(tmp_path / 'spool', LIMITS) as spool:
        records = [entry.record for entry in spool.take(10_000, 10**10)]
    (counts,) = [told for record in records if record.kind == 'session'
                 for told in accounts_of(record.document)]
    stored = sum(record.kind == 'images' for record in records)

    assert stored > 0
    assert counts['received'] == stored + counts.get('dropped_at_intake', 0)


def accounts_of(document):
    """Find what a session's record says of the camera's messages."""
    accounting = document.get('metadata', {}).get('accounting', {})
    return [topics['/cam'] for topics in accounting.values() if '/cam' in topics]
