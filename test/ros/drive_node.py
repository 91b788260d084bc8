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
import hashlib
import json
from pathlib import Path
import time

from publishing import publish
import rclpy
from rclpy.qos import DurabilityPolicy, QoSProfile
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage, Imu, NavSatFix, PointCloud2, PointField
from std_msgs.msg import String

from scenebox_ros.demo.drive import Drive
from scenebox_ros.demo.recording import recorder
from scenebox_ros.demo.sensors import Camera, Lidar

CLASSES = {
    'sensor_msgs/msg/CompressedImage': CompressedImage,
    'sensor_msgs/msg/Imu': Imu,
    'sensor_msgs/msg/NavSatFix': NavSatFix,
    'sensor_msgs/msg/PointCloud2': PointCloud2,
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


def begin_with_the_clock(node, clock, now_ns):
    """Let the clock begin, and wait for the session that begins with it."""
    told = []
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    node.create_subscription(String, '/scenebox/session', told.append, latched)
    deadline = time.monotonic() + 30
    while not any(json.loads(message.data)['key'] for message in told):
        assert time.monotonic() < deadline, 'no session begins'
        tick(clock, now_ns)
        rclpy.spin_once(node, timeout_sec=0.2)
    time.sleep(1.0)


def wait_for_all(node, publishers):
    """Wait until each is heard, and nobody has come for a while: several nodes want the fixes."""
    counts, began = [], time.monotonic()
    settled = began
    while not counts or not all(counts) or time.monotonic() < settled + 2.0:
        assert time.monotonic() < began + 30, f'nobody subscribed: {counts}'
        rclpy.spin_once(node, timeout_sec=0.1)
        present = [publisher.get_subscription_count() for publisher in publishers]
        if present != counts:
            counts, settled = present, time.monotonic()


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
    node = rclpy.create_node('drive')
    topics = {message.topic: CLASSES[message.msgtype] for message in messages}
    publishers = {topic: node.create_publisher(kind, topic, 10) for topic, kind in topics.items()}
    wait_for_all(node, publishers.values())
    clock = node.create_publisher(Clock, '/clock', 10) if options.clock_back else None
    if clock:
        begin_with_the_clock(node, clock, messages[0].log_ns - 2 * 10**9)
    began, first_ns = time.monotonic(), messages[0].log_ns
    last_ns = first_ns
    with options.ledger.open('w') as ledger:
        for message in messages:
            if message.log_ns < last_ns - 10**9:
                began, first_ns = time.monotonic() + 0.1, message.log_ns
            last_ns = message.log_ns
            wait_s = (message.log_ns - first_ns) / 1e9 - (time.monotonic() - began)
            time.sleep(max(0.0, wait_s))
            if clock:
                tick(clock, message.log_ns)
            publish(publishers[message.topic], to_ros(message.msg, CLASSES[message.msgtype]()))
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
    time.sleep(1.0)
    node.destroy_node()
    rclpy.try_shutdown()


if __name__ == '__main__':
    main()
