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
Publish the demo drive as a vehicle's drivers would, and keep a ledger of what was published.

drive_node.py LEDGER [--seconds S] [--bag FOLDER] [--points N] [--clock-back S] [--lie S]: one JSON
line a message; --bag records the same messages as a recorder beside the bridge would; --points
makes the clouds larger; --clock-back publishes /clock and sets it back by S seconds half-way;
--lie lets the camera's own clock jump by S seconds half-way.
"""

import argparse
import array
from collections import Counter
import hashlib
import json
from pathlib import Path
import time

from node_bench import Bench
from publishing import publish
import rclpy
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage, Imu, NavSatFix, PointCloud2, PointField

from scenebox_ros.demo.drive import Drive
from scenebox_ros.demo.recording import recorder
from scenebox_ros.demo.sensors import Camera, Lidar

CLASSES = {
    'sensor_msgs/msg/CompressedImage': CompressedImage,
    'sensor_msgs/msg/Imu': Imu,
    'sensor_msgs/msg/NavSatFix': NavSatFix,
    'sensor_msgs/msg/PointCloud2': PointCloud2,
}
HEARERS = {
    'camera_node': (CompressedImage, NavSatFix),
    'lidar_node': (PointCloud2, NavSatFix),
    'gps_node': (Imu, NavSatFix),
}


def to_ros(value, target):
    """Fill an rclpy message with the values of rosbags' class."""
    for name in target.get_fields_and_field_types():
        source, present = getattr(value, name), getattr(target, name)
        if hasattr(present, 'get_fields_and_field_types'):
            to_ros(source, present)
        elif name == 'fields':
            target.fields = [to_ros(field, PointField()) for field in source]
        elif name == 'data':
            target.data = array.array('B', source.tobytes())
        elif hasattr(source, 'tolist') and getattr(source, 'ndim', 0):
            setattr(target, name, source)
        else:
            setattr(target, name, source.item() if hasattr(source, 'item') else source)
    return target


def tick(clock, now_ns):
    message = Clock()
    message.clock.sec, message.clock.nanosec = divmod(now_ns, 10**9)
    clock.publish(message)


class Hearers:
    """The nodes of the bridge, and which topics each of them hears."""

    def __init__(self, bench, topics, publishers):
        self._bench, self._publishers = bench, publishers
        self._pairs = [(name, topic) for name, kinds in HEARERS.items()
                       for topic, kind in topics.items() if kind in kinds]
        for name in HEARERS:
            bench.listen(name)

    def wait_for_subscriptions(self):
        wanted = Counter(topic for _, topic in self._pairs)
        self._bench.until(lambda: all(self._says(*pair) is not None for pair in self._pairs)
                          and all(self._publishers[topic].get_subscription_count() >= count
                                  for topic, count in wanted.items()), 'all subscribe')

    def wait_for_session(self, clock=None, now_ns=0):
        """Wait for the session; with a clock, it begins with that."""
        def is_on():
            if clock:
                tick(clock, now_ns)
            return all(self._bench.details(name).get('session', 'none') != 'none'
                       for name in HEARERS)
        self._bench.until(is_on, 'all know of a session')

    def wait_for_receipt(self, sent):
        """Wait until all has come, or is known to be lost."""
        self._bench.until(lambda: all(
            self._says(*pair) + self._says(*pair, 'lost_in_middleware') == sent[pair[1]]
            for pair in self._pairs), f'{sent} are received')

    def _says(self, name, topic, what='received'):
        return self._bench.details(name).get(f'{topic} {what}')


def made(options):
    """Make the messages; with a clock that is set back, the second half has earlier stamps."""
    start_ns = time.time_ns()
    parts = 2 if options.clock_back else 1
    messages = []
    for part in range(parts):
        drive = Drive(
            options.seconds / parts, seed=7 + part, camera=Camera(160, 90, 100.0),
            lidar=Lidar(8, options.points // 8), imu_hz=50.0,
            start_ns=start_ns - part * round((options.clock_back or 0) * 1e9),
        )
        messages += [message for message in drive.messages() if message.msgtype in CLASSES]
    if options.lie:
        for message in messages[len(messages) // 2:]:
            if message.msgtype == 'sensor_msgs/msg/CompressedImage':
                message.msg.header.stamp.sec += options.lie
    return messages


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('ledger', type=Path)
    parser.add_argument('--seconds', type=float, default=3.0)
    parser.add_argument('--bag', type=Path)
    parser.add_argument('--points', type=int, default=8 * 180)
    parser.add_argument('--clock-back', type=float)
    parser.add_argument('--lie', type=int)
    options = parser.parse_args()
    messages = made(options)
    rclpy.init()
    bench = Bench(None)
    node = bench.node
    topics = {message.topic: CLASSES[message.msgtype] for message in messages}
    # What is published while a node's process waits for its turn is kept for it.
    publishers = {topic: node.create_publisher(kind, topic, 1000)
                  for topic, kind in topics.items()}
    hearers, sent = Hearers(bench, topics, publishers), Counter()
    hearers.wait_for_subscriptions()
    clock = node.create_publisher(Clock, '/clock', 10) if options.clock_back else None
    hearers.wait_for_session(clock, messages[0].log_ns - 2 * 10**9)
    began, first_ns = time.monotonic(), messages[0].log_ns
    last_ns = first_ns
    # Line by line: the first one tells others that the drive has begun.
    with options.ledger.open('w', buffering=1) as ledger:
        for message in messages:
            if message.log_ns < last_ns - 10**9:
                began, first_ns = time.monotonic() + 0.1, message.log_ns
            last_ns = message.log_ns
            wait_s = (message.log_ns - first_ns) / 1e9 - (time.monotonic() - began)
            time.sleep(max(0.0, wait_s))
            if clock:
                tick(clock, message.log_ns)
            publish(publishers[message.topic], to_ros(message.msg, CLASSES[message.msgtype]()))
            sent[message.topic] += 1
            stamp = message.msg.header.stamp
            data = getattr(message.msg, 'data', None)
            ledger.write(json.dumps({
                'topic': message.topic,
                'stamp_ns': stamp.sec * 10**9 + stamp.nanosec,
                'sha256': None if data is None else hashlib.sha256(data.tobytes()).hexdigest(),
                'has_fix': getattr(getattr(message.msg, 'status', None), 'status', None) == 0,
            }) + '\n')
    if options.bag:
        with recorder(options.bag) as write:
            for message in messages:
                write(message)
    hearers.wait_for_receipt(sent)
    node.destroy_node()
    rclpy.try_shutdown()


if __name__ == '__main__':
    main()
