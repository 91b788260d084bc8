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

"""
Find where the nodes begin to lose, next to a bare rclpy subscriber in the same run.

Run with a Python that has rclpy and this package installed, e.g. .venv-ros/bin/python; it takes
less than 90 seconds. Each kind of message is published at rising rates, first to a subscriber that
only counts, then to the node; the knee is the highest rate without a loss. ``--seconds`` makes the
steps longer, which finds slow leaks.
"""

import argparse
import array
from importlib.util import find_spec
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np

RATES = {
    'raw 1080p': (10, 20, 30, 45),
    'JPEG 1080p': (60, 120, 240),
    'cloud 130k points': (10, 20, 40),
}
NODES = {'raw 1080p': 'camera_node', 'JPEG 1080p': 'camera_node',
         'cloud 130k points': 'lidar_node'}
TOPIC = '/bench/data'
TICKS = os.sysconf('SC_CLK_TCK')
BARE = '''
import json, os, sys, time, rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile
from std_msgs.msg import String
import sensor_msgs.msg
rclpy.init()
node = rclpy.create_node('bare')
count = 0
def heard(msg):
    global count
    count += 1
node.create_subscription(getattr(sensor_msgs.msg, sys.argv[1]), sys.argv[2], heard,
                         QoSProfile(depth=10))
told = node.create_publisher(String, '/bare/status', 10)
node.create_timer(0.2, lambda: told.publish(String(data=json.dumps(
    {'details': {sys.argv[2] + ' kept': count, 'waiting_messages': 0}}))))
executor = SingleThreadedExecutor()
executor.add_node(node)
executor.spin()
'''


def message_of(kind):
    """Make one message; its stamp is filled in before it is sent."""
    import cv2
    from sensor_msgs.msg import CompressedImage, Image, PointCloud2, PointField

    noise = cv2.GaussianBlur(np.random.default_rng(1).integers(
        0, 255, (1080, 1920, 3), np.uint8), (0, 0), 3)
    if kind == 'raw 1080p':
        return Image(height=1080, width=1920, encoding='bgr8', step=5760, data=data_of(noise))
    if kind == 'JPEG 1080p':
        return CompressedImage(format='jpeg', data=data_of(cv2.imencode('.jpg', noise)[1]))
    points = np.random.default_rng(1).normal(0, 20, (130_000, 4)).astype('<f4')
    fields = [PointField(name=name, offset=4 * place, datatype=PointField.FLOAT32, count=1)
              for place, name in enumerate(['x', 'y', 'z', 'intensity'])]
    return PointCloud2(height=1, width=130_000, fields=fields, point_step=16, is_dense=True,
                       row_step=16 * 130_000, data=data_of(points))


def data_of(values):
    return array.array('B', np.ascontiguousarray(values).tobytes())


class Bench:
    """A publisher, and what the subscriber says about itself."""

    def __init__(self, kind, seconds):
        import rclpy
        from rclpy.qos import QoSProfile
        from std_msgs.msg import String

        self._rclpy, self._seconds = rclpy, seconds
        self._message = message_of(kind)
        self._node = rclpy.create_node('bench')
        self._publisher = self._node.create_publisher(
            type(self._message), TOPIC, QoSProfile(depth=5))
        self._details = {}
        self.heard = 0
        for name in ('bare', NODES[kind]):
            self._node.create_subscription(String, f'/{name}/status', self._heard, 10)

    def _heard(self, msg):
        self._details = json.loads(msg.data)['details']

    def close(self):
        self._node.destroy_node()

    def step(self, rate, process):
        """Publish at a rate; give sent, received, and CPU seconds of the subscriber a message."""
        self._settle(None)
        heard = int(self._details.get(f'{TOPIC} received', self._kept()))
        before, cpu = self._kept(), cpu_of(process.pid)
        sent, began = 0, time.monotonic()
        while time.monotonic() - began < self._seconds:
            stamp = self._message.header.stamp
            stamp.sec, stamp.nanosec = divmod(time.time_ns(), 10**9)
            self._publisher.publish(self._message)
            sent += 1
            time.sleep(max(0.0, began + sent / rate - time.monotonic()))
        reached = sent / (time.monotonic() - began)
        self._settle(before + sent)
        kept = self._kept() - before
        self.heard = int(self._details.get(f'{TOPIC} received', self._kept())) - heard
        return reached, sent, kept, (cpu_of(process.pid) - cpu) / max(1, kept)

    def wait(self):
        """Wait until somebody subscribes and a session is on."""
        until = time.monotonic() + 20
        while not (self._publisher.get_subscription_count() and self._details and
                   self._details.get('session') != 'none'):
            assert time.monotonic() < until, 'nobody subscribes'
            self._rclpy.spin_once(self._node, timeout_sec=0.1)

    def _kept(self):
        return int(self._details.get(f'{TOPIC} kept', 0))

    def _settle(self, wanted):
        """Let the subscriber work off what waits, and say so."""
        for _ in range(8):
            seen = self._kept()
            until = time.monotonic() + 1.1
            while time.monotonic() < until and self._kept() != wanted:
                self._rclpy.spin_once(self._node, timeout_sec=0.05)
            if self._kept() in (wanted, seen) and not self._details.get('waiting_messages'):
                return


def cpu_of(pid):
    """Give the CPU seconds of a process so far."""
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def knee(bench, rates, process, who):
    """Raise the rate until something is lost; give the highest rate without a loss."""
    best = 0.0
    for rate in rates:
        reached, sent, kept, cpu_s = bench.step(rate, process)
        print(f'  {who:12} {rate:4} Hz asked, {reached:6.1f} reached: of {sent} '
              f'{bench.heard} heard, {kept} kept, {cpu_s * 1000:5.1f} ms CPU each', flush=True)
        if kept < sent:
            break
        best = reached
        if reached < 0.9 * rate:
            break
    return best


def latencies(folder):
    """Say how long after its stamp each asset was durable, sorted, in seconds."""
    from scenebox_ros.spool import Spool

    found = []
    with Spool(folder) as spool:
        while entries := spool.take(50):
            found += [(e.put_ns - e.record.stamp_ns) / 1e9 for e in entries if e.record.body]
            spool.done(entries)
    return sorted(found)


def run_bare(kind, bench, rates):
    name = type(bench._message).__name__
    process = subprocess.Popen([sys.executable, '-c', BARE, name, TOPIC])
    try:
        bench.wait()
        return knee(bench, rates, process, 'bare')
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def run_node(kind, bench, rates, folder):
    libexec = Path(sys.prefix) / 'lib' / 'scenebox_ros'
    words = ['--ros-args', '--log-level', 'error', '-p', f'spool:={folder}', '-p',
             'spool_min_free_gb:=0.0']
    started = [subprocess.Popen([sys.executable, libexec / name, *words])
               for name in ('session_node', NODES[kind])]
    try:
        bench.wait()
        return knee(bench, rates, started[1], NODES[kind])
    finally:
        for process in started:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def measure(kind, seconds):
    """Find both knees of one kind of message."""
    print(kind)
    bench = Bench(kind, seconds)
    bare = run_bare(kind, bench, RATES[kind][-2:])
    bench.close()
    bench = Bench(kind, seconds)
    with tempfile.TemporaryDirectory() as folder:
        ours = run_node(kind, bench, RATES[kind], Path(folder) / 'spool')
        waits = latencies(Path(folder) / 'spool')
    bench.close()
    if waits:
        print(f'  durable after {waits[len(waits) // 2] * 1000:.0f} ms (median), '
              f'{waits[len(waits) * 99 // 100] * 1000:.0f} ms (99 of 100)')
    print(f'  knee: {ours:.0f} Hz, bare subscriber {bare:.0f} Hz: {ours / max(bare, 1e-9):.2f}')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seconds', type=float, default=2.0, help='length of a step')
    parser.add_argument('--kind', choices=sorted(RATES), action='append')
    options = parser.parse_args()
    if find_spec('rclpy') is None:
        print('bench/robot.py needs rclpy: run it with .venv-ros/bin/python')
        return
    import rclpy

    profile = Path(__file__).parents[1] / 'config' / 'fastdds_shm.xml'
    for name in ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE'):
        os.environ.setdefault(name, str(profile))
    os.environ.setdefault('AMENT_PREFIX_PATH', sys.prefix)
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    rclpy.init()
    began = time.monotonic()
    for kind in options.kind or RATES:
        measure(kind, options.seconds)
    print(f'{time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.1f}')
    rclpy.try_shutdown()


if __name__ == '__main__':
    main()
