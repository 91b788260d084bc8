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
Find where the nodes begin to lose, next to bare rclpy subscribers in the same run.

Run with a Python that has rclpy and this package installed, e.g. .venv-ros/bin/python; it takes
five minutes, less with ``--kind`` or ``--seconds 1``. Each load is published at rising rates,
first to subscribers that only count, then to the nodes; the knee is the highest rate that two
attempts of three get through without a loss. Raw images must be encoded, which takes more than
anything else: there a third curve is of a subscriber that does nothing but that. Where it is the
disk that ends a curve, TMPDIR=/dev/shm shows where the processors would.
"""

import argparse
import array
from collections import defaultdict
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

# What each load publishes (a topic of a kind, messages a second, heard by a node), and how many
# times as much is tried first and last.
LOADS = {
    'raw 1080p': ([('raw', 1, 'camera_node')], 20, 400),
    'JPEG 1080p': ([('jpeg', 1, 'camera_node')], 120, 4200),
    'cloud 130k points': ([('cloud', 1, 'lidar_node')], 10, 1000),
    # One camera raw and one compressed at 30 Hz, a lidar at 10 Hz.
    'all together': ([('raw', 30, 'camera_node'), ('jpeg', 30, 'camera_node'),
                      ('cloud', 10, 'lidar_node')], 0.5, 15),
}
CLASSES = {'raw': 'Image', 'jpeg': 'CompressedImage', 'cloud': 'PointCloud2'}
COARSE = 1.5
FINE = COARSE ** (1 / 3)
TICKS = os.sysconf('SC_CLK_TCK')
BARE = Path(__file__).parent / 'bare' / 'subscriber.py'


def message_of(kind):
    """Make one message; its stamp is filled in before it is sent."""
    import cv2
    from sensor_msgs.msg import CompressedImage, Image, PointCloud2, PointField

    noise = cv2.GaussianBlur(np.random.default_rng(1).integers(
        0, 255, (1080, 1920, 3), np.uint8), (0, 0), 3)
    if kind == 'raw':
        return Image(height=1080, width=1920, encoding='bgr8', step=5760, data=data_of(noise))
    if kind == 'jpeg':
        return CompressedImage(format='jpeg', data=data_of(cv2.imencode('.jpg', noise)[1]))
    points = np.random.default_rng(1).normal(0, 20, (130_000, 4)).astype('<f4')
    fields = [PointField(name=name, offset=4 * place, datatype=PointField.FLOAT32, count=1)
              for place, name in enumerate(['x', 'y', 'z', 'intensity'])]
    return PointCloud2(height=1, width=130_000, fields=fields, point_step=16, is_dense=True,
                       row_step=16 * 130_000, data=data_of(points))


def data_of(values):
    return array.array('B', np.ascontiguousarray(values).tobytes())


class Publisher:
    """What the sensors of a load send, and what their subscribers say about themselves."""

    def __init__(self, parts, names):
        import rclpy
        from rclpy.qos import QoSProfile
        from std_msgs.msg import String

        self._rclpy, self._details = rclpy, defaultdict(dict)
        self._node = rclpy.create_node('bench')
        self._sources = []
        for kind, rate, _ in parts:
            message, topic = message_of(kind), f'/bench/{kind}'
            publisher = self._node.create_publisher(type(message), topic, QoSProfile(depth=5))
            self._sources.append((topic, rate, message, publisher))
        for name in names:
            self._node.create_subscription(
                String, f'/{name}/status', lambda msg, name=name: self._details.update(
                    {name: json.loads(msg.data)['details']}), 10)
        self._names = names

    def close(self):
        self._node.destroy_node()

    def wait(self):
        """Wait until all topics are subscribed to and a session is on."""
        until = time.monotonic() + 20
        while not (all(one[3].get_subscription_count() for one in self._sources)
                   and len(self._details) == len(self._names)
                   and all(told.get('session') != 'none' for told in self._details.values())):
            assert time.monotonic() < until, f'nobody subscribes: {dict(self._details)}'
            self._rclpy.spin_once(self._node, timeout_sec=0.1)
        self._spin(1.0)

    def send(self, times, seconds):
        """Publish so many times the load; give messages sent, those kept, the rate reached."""
        from rclpy._rclpy_pybind11 import RCLError

        unsent, before = 0, self._settled(None)
        due = sorted((number / (rate * times), index)
                     for index, (_, rate, _, _) in enumerate(self._sources)
                     for number in range(max(1, round(rate * times * seconds))))
        began = time.monotonic()
        for at, index in due:
            time.sleep(max(0.0, began + at - time.monotonic()))
            _, _, message, publisher = self._sources[index]
            stamp = message.header.stamp
            stamp.sec, stamp.nanosec = divmod(time.time_ns(), 10**9)
            try:
                publisher.publish(message)
            except RCLError:
                # Fast DDS gives up a reliable write after 0.1 s, and nothing was sent.
                unsent += 1
        took = max(time.monotonic() - began, due[-1][0])
        sent = len(due) - unsent
        reached = times * due[-1][0] / took * sent / len(due)
        return sent, self._settled(before + sent) - before, reached

    def _kept(self):
        return sum(int(told.get(f'{topic} kept', 0)) for told in self._details.values()
                   for topic, *_ in self._sources)

    def _settled(self, wanted):
        """Let the subscribers work off what waits; give what they kept."""
        for _ in range(8):
            seen = self._kept()
            until = time.monotonic() + 1.2
            while time.monotonic() < until and self._kept() != wanted:
                self._rclpy.spin_once(self._node, timeout_sec=0.05)
            waits = any(told.get('waiting_messages') for told in self._details.values())
            if self._kept() == wanted or (self._kept() == seen and not waits):
                break
        return self._kept()

    def _spin(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._rclpy.spin_once(self._node, timeout_sec=0.05)


def cpu_of(processes):
    """Give the CPU seconds of processes so far."""
    total = 0
    for process in processes:
        fields = Path(f'/proc/{process.pid}/stat').read_text().rpartition(')')[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def peak_mb(process):
    """Give the most memory a process has used, in MB."""
    for line in Path(f'/proc/{process.pid}/status').read_text().splitlines():
        if line.startswith('VmHWM'):
            return int(line.split()[1]) / 1000
    return 0.0


class Curve:
    """Raise the rate until something is lost."""

    def __init__(self, publisher, processes, who, seconds):
        self._publisher, self._processes = publisher, processes
        self._who, self._seconds = who, seconds
        self.spans = []

    def knee(self, first, last):
        """Climb in coarse steps, then in fine ones from the last that was sustained."""
        best, rate = 0.0, first
        while rate <= last and self._sustains(rate):
            best, rate = rate, rate * COARSE
        rate = (best or first / COARSE) * FINE
        for _ in range(2):
            if rate > last or not self._sustains(rate):
                break
            best, rate = rate, rate * FINE
        return best

    def _sustains(self, rate):
        """Try up to three times: two losses are the knee, one may be the machine's."""
        losses = 0
        for _ in range(3):
            is_whole = self._attempt(rate)
            if is_whole is None:
                return False
            losses += not is_whole
            if losses == 2 or (is_whole and not losses):
                break
        return losses < 2

    def _attempt(self, rate):
        cpu, began_ns = cpu_of(self._processes), time.time_ns()
        sent, kept, reached = self._publisher.send(rate, self._seconds)
        self.spans.append((began_ns, time.time_ns(), rate))
        cpu_ms = (cpu_of(self._processes) - cpu) * 1000 / max(1, kept)
        print(f'  {self._who:6} {rate:7.1f}: of {sent} {kept} kept, {cpu_ms:5.1f} ms CPU each'
              + ('' if reached > 0.95 * rate else f'; the publisher reached {reached:.1f}'),
              flush=True)
        return kept == sent if reached > 0.95 * rate else None


def latencies(folder, spans):
    """Print how long after its stamp an asset was durable, by the rate at which it came."""
    from scenebox_ros.spool import Spool

    found = defaultdict(list)
    with Spool(folder) as spool:
        count = len(spool)
        while entries := spool.take(50):
            for entry in entries:
                at = entry.record.stamp_ns
                rates = [rate for began, ended, rate in spans if began <= at <= ended]
                if rates and entry.record.body:
                    found[rates[0]].append((entry.put_ns - at) / 1e6)
    for rate, waits in sorted(found.items()):
        waits.sort()
        print(f'  durable at {rate:7.1f}: {waits[len(waits) // 2]:6.1f} ms (median), '
              f'{waits[len(waits) * 99 // 100]:6.1f} ms (99 of 100)')
    return count


def disk_limit(folder, kind):
    """Print how many bodies of a message's size the disk takes a second, synced ten at a time."""
    body = bytes(message_of(kind).data) * 10
    handle = os.open(folder / 'limit', os.O_WRONLY | os.O_CREAT)
    count, began = 0, time.monotonic()
    while time.monotonic() - began < 3:
        os.write(handle, body)
        os.fdatasync(handle)
        count += 10
    os.close(handle)
    (folder / 'limit').unlink()
    print(f'  the disk takes {count / (time.monotonic() - began):.0f} bodies of '
          f'{len(body) // 10000} kB a second')


def drain(folder):
    """Print how long a server on this machine and an uploader take for all that waits."""
    from scenebox_ros.client import SceneEngineClient
    from scenebox_ros.spool import Spool
    from scenebox_ros.upload import ClientPlatform, Uploader

    command = [sys.executable, '-m', 'scenebox_ros.cli.main', 'serve', '--port', '18437',
               '--data', folder / 'server']
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not (folder / 'server' / 'token').exists():
            time.sleep(0.1)
        token = (folder / 'server' / 'token').read_text().strip()
        with SceneEngineClient(auth_token=token, scene_engine_url='http://127.0.0.1:18437'
                               ) as client, Spool(folder / 'spool') as spool:
            count, began = len(spool), time.monotonic()
            report = Uploader(spool, ClientPlatform(client, lambda: token)).drain()
            took = time.monotonic() - began
        print(f'  backlog of {count} records, {report.body_bytes / 1e6:.0f} MB, delivered in '
              f'{took:.1f} s: {count / took:.0f} records/s, {report.body_bytes / 1e6 / took:.0f} '
              'MB/s, server and uploader on the same cores')
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def run_bare(parts, seconds, first, last, encodes=''):
    by_name = defaultdict(list)
    for kind, _, node in parts:
        by_name[f'bare_{node}'] += [f'/bench/{kind}', CLASSES[kind]]
    publisher = Publisher(parts, list(by_name))
    processes = [subprocess.Popen([sys.executable, BARE, name, encodes, *words])
                 for name, words in by_name.items()]
    try:
        publisher.wait()
        who = encodes or 'bare'
        return Curve(publisher, processes, who, seconds).knee(first, last)
    finally:
        for process in processes:
            process.kill()
            process.wait()
        publisher.close()


def run_nodes(parts, seconds, first, last, folder):
    names = sorted({node for _, _, node in parts})
    libexec = Path(sys.prefix) / 'lib' / 'scenebox_ros'
    words = ['--ros-args', '--log-level', 'error', '-p', f'spool:={folder / "spool"}', '-p',
             'spool_min_free_gb:=0.0']
    publisher = Publisher(parts, names)
    started = [subprocess.Popen([sys.executable, libexec / name, *words])
               for name in ('session_node', *names)]
    try:
        publisher.wait()
        curve = Curve(publisher, started[1:], 'nodes', seconds)
        best = curve.knee(first, last)
        for name, process in zip(names, started[1:], strict=True):
            print(f'  {name} used {peak_mb(process):.0f} MB at most')
        return best, curve.spans
    finally:
        for process in started:
            process.send_signal(signal.SIGINT)
        for process in started:
            process.wait(30)
        publisher.close()


def measure(load, seconds, drains):
    """Find both knees of one load."""
    parts, first, last = LOADS[load]
    print(f'{load} (times ' + ', '.join(f'{kind} {rate} Hz' for kind, rate, _ in parts) + ')')
    bare = run_bare(parts, seconds, first, last)
    encodes = any(kind == 'raw' for kind, *_ in parts)
    encoding = run_bare(parts, seconds, first, last, 'encode') if encodes else 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in [kind for kind, *_ in parts if kind != 'raw']:
            disk_limit(folder, kind)
        ours, spans = run_nodes(parts, seconds, first, last, folder)
        latencies(folder / 'spool', spans)
        if drains:
            drain(folder)
    print(f'  KNEE: nodes {ours:.1f}, bare {bare:.1f}: {ours / max(bare, 1e-9):.2f}'
          + (f'; encoding alone {encoding:.1f}: {ours / max(encoding, 1e-9):.2f}'
             if encodes else ''))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seconds', type=float, default=2.0, help='length of a step')
    parser.add_argument('--kind', choices=sorted(LOADS), action='append')
    parser.add_argument('--drain', action='store_true', help='upload what was spooled, too')
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
    for load in options.kind or LOADS:
        measure(load, options.seconds, options.drain)
    print(f'{time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.1f}')
    rclpy.try_shutdown()


if __name__ == '__main__':
    main()
