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
from contextlib import contextmanager
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

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
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Bench:
    """A node of the test's own beside the nodes that are tested."""

    def __init__(self, folder):
        self.folder = folder
        self.node = rclpy.create_node('bench')
        self.heard = {}

    def command(self, name, *parameters, remaps=()):
        given = [f'spool:={self.folder / "spool"}', 'spool_min_free_gb:=0.0', *parameters]
        words = [word for text in remaps for word in ['-r', text]]
        words += [word for text in given for word in ['-p', text]]
        return [LIBEXEC / name, '--ros-args', *words]

    def run(self, name, *parameters):
        """Run one node that is expected to end by itself."""
        return subprocess.run(self.command(name, *parameters), capture_output=True, text=True,
                              timeout=30, check=False)

    @contextmanager
    def running(self, name, *parameters, code=0, remaps=(), end=signal.SIGINT):
        """Run one node; leaving the block ends it as launch does."""
        with (self.folder / f'{name}.log').open('a') as log:
            process = subprocess.Popen(
                self.command(name, *parameters, remaps=remaps), stdout=log,
                stderr=subprocess.STDOUT, env={**os.environ, 'PYTHONUNBUFFERED': '1'})
        self.node.create_subscription(
            String, f'{_namespace(remaps)}/{name}/status',
            lambda msg: self.heard.update({name: json.loads(msg.data)}), LATCHED)
        try:
            self.until(lambda: name in self.heard, f'{name} says how it stands')
            yield process
        finally:
            process.send_signal(end)
            assert process.wait(20) == code, self.log(name)

    def log(self, name):
        return (self.folder / f'{name}.log').read_text()

    def spin(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            rclpy.spin_once(self.node, timeout_sec=0.05)

    def until(self, claim, what, seconds=20):
        deadline = time.monotonic() + seconds
        while not claim():
            assert time.monotonic() < deadline, f'{what} within {seconds} s; {self.heard}'
            rclpy.spin_once(self.node, timeout_sec=0.05)

    def call(self, kind, name, request=None):
        client = self.node.create_client(kind, name)
        assert client.wait_for_service(10)
        future = client.call_async(request or kind.Request())
        self.until(future.done, f'{name} answers')
        return future.result()

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
