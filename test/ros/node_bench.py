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

"""A node of the test's own beside the nodes that are tested, and messages to publish."""

from array import array
from collections import Counter
from contextlib import contextmanager
from functools import partial
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.srv import SetParameters
import rclpy
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.serialization import serialize_message
from rosbags.rosbag2 import StoragePlugin, Writer
from sensor_msgs.msg import CompressedImage, PointCloud2, PointField
from std_msgs.msg import String

from scenebox_ros.demo.messages import typestore
from scenebox_ros.spool import Spool

LIBEXEC = Path(sys.prefix) / 'lib' / 'scenebox_ros'
# No wait of a test takes so long where nothing hangs, however busy the machine is.
LONG_S = 100
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Bench:
    """
    A node of the test's own beside the nodes that are tested.

    Tests wait for what a node says of itself (:meth:`until`), never for a time. What is waited for
    may take long where the machine is busy: the limits only end what hangs.
    """

    def __init__(self, folder):
        self.folder = folder
        self.node = rclpy.create_node('bench')
        self.heard = {}
        self._told = Counter()

    def command(self, name, *parameters, remaps=()):
        given = [f'spool:={self.folder / "spool"}', 'spool_min_free_gb:=0.0', *parameters]
        words = [word for text in remaps for word in ['-r', text]]
        words += [word for text in given for word in ['-p', text]]
        return [LIBEXEC / name, '--ros-args', *words]

    def run(self, name, *parameters):
        """Run one node that is expected to end by itself."""
        return subprocess.run(self.command(name, *parameters), capture_output=True, text=True,
                              timeout=LONG_S, check=False)

    @contextmanager
    def running(self, name, *parameters, code=0, remaps=(), end=signal.SIGINT):
        """Run one node; leaving the block ends it as launch does."""
        self.heard.pop(name, None)
        with (self.folder / f'{name}.log').open('a') as log:
            process = subprocess.Popen(
                self.command(name, *parameters, remaps=remaps), stdout=log,
                stderr=subprocess.STDOUT, env={**os.environ, 'PYTHONUNBUFFERED': '1'})
        status = self.listen(name, _namespace(remaps))
        try:
            self.until(lambda: name in self.heard or process.poll() is not None, f'{name} is up')
            assert process.poll() is None, self.log(name)
            yield process
        finally:
            # What one life of a node has said must not be taken for what the next one says.
            self.node.destroy_subscription(status)
            process.send_signal(end)
            try:
                ended = process.wait(LONG_S)
            finally:
                process.kill()
            assert ended == code, self.log(name)

    def listen(self, name, namespace=''):
        """Hear what a node says of itself."""
        return self.node.create_subscription(
            String, f'{namespace}/{name}/status', partial(self._hear, name), LATCHED)

    def _hear(self, name, msg):
        self._told[name] += 1
        self.heard[name] = json.loads(msg.data)

    def log(self, name):
        return (self.folder / f'{name}.log').read_text()

    # -- waiting for a state ----------------------------------------------------------------------
    def until(self, claim, what, seconds=LONG_S):
        deadline = time.monotonic() + seconds
        while not claim():
            assert time.monotonic() < deadline, f'{what} within {seconds} s; {self.heard}'
            rclpy.spin_once(self.node, timeout_sec=0.05)

    def details(self, name):
        return self.heard.get(name, {}).get('details', {})

    def in_session(self, *names):
        """Wait until the nodes know of a session: what comes before may be outside of it."""
        self.until(lambda: all(self.details(name).get('session', 'none') != 'none'
                               for name in names), f'{names} know of a session')

    def received(self, name, counts, what='received'):
        """Wait until a node has received so many messages of each topic."""
        self.until(lambda: all(self.details(name).get(f'{topic} {what}', 0) == count
                               for topic, count in counts.items()), f'{name} has {what} {counts}')

    def fresh(self, *names):
        """Wait until the nodes have said how they stand now: one status may be on its way."""
        before = {name: self._told[name] for name in names}
        self.until(lambda: all(self._told[name] >= count + 2 for name, count in before.items()),
                   f'{names} say how they stand')

    def spin(self, seconds):
        """Let time go by while publishing, or to make things old; no assertion may rest on it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            rclpy.spin_once(self.node, timeout_sec=0.05)

    # -- services ---------------------------------------------------------------------------------
    def call(self, kind, name, request=None):
        client = self.node.create_client(kind, name)
        self.until(client.service_is_ready, f'{name} is there')
        future = client.call_async(request or kind.Request())
        self.until(future.done, f'{name} answers')
        self.node.destroy_client(client)
        return future.result()

    def change(self, node, transition):
        """Let a node go through a transition of its life cycle."""
        request = ChangeState.Request(transition=Transition(id=transition))
        assert self.call(ChangeState, f'/{node}/change_state', request).success

    def set(self, node, **values):
        """Set parameters; gives why it was refused, or nothing."""
        request = SetParameters.Request(parameters=[
            Parameter(name, value=value).to_parameter_msg() for name, value in values.items()])
        results = self.call(SetParameters, f'/{node}/set_parameters', request).results
        return ''.join(result.reason for result in results if not result.successful)

    def records(self):
        with Spool(self.folder / 'spool') as spool:
            return [entry.record for entry in spool.take(10_000)]


def _namespace(remaps):
    return ''.join(text.removeprefix('__ns:=') for text in remaps if text.startswith('__ns:='))


def image(stamp_ns, blob):
    message = CompressedImage(format='jpeg', data=blob)
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, 10**9)
    return message


def jpeg():
    import cv2
    import numpy as np

    return cv2.imencode('.jpg', np.zeros((8, 8, 3), np.uint8))[1].tobytes()


def cloud(stamp_ns):
    """Make one point."""
    fields = [PointField(name=name, offset=4 * place, datatype=7, count=1)
              for place, name in enumerate('xyz')]
    return stamped(PointCloud2(
        height=1, width=1, fields=fields, point_step=12, row_step=12, is_dense=True,
        data=array('B', bytes(12))), stamp_ns, 'lidar')


def stamped(message, stamp_ns, frame_id='base_link'):
    """Fill in the header."""
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, 10**9)
    message.header.frame_id = frame_id
    return message


def write_bag(folder, messages):
    """Record (topic, type, log time, message) as a recorder beside the nodes would."""
    with Writer(folder, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connections = {}
        for topic, msgtype, log_ns, message in messages:
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, msgtype, typestore=typestore())
            writer.write(connections[topic], log_ns, serialize_message(message))
    return folder
