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
A bare subscriber, for bench/robot.py: subscriber.py NAME "encode"|"" [TOPIC KIND]...

It counts messages, or encodes raw images as JPEG and does nothing else with them, and says so once
in a while.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
import json
import sys

import cv2
import numpy as np
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile
import sensor_msgs.msg
from std_msgs.msg import String

# As many raw images as the nodes' intake holds.
MAX_WAITING = 40


def main():
    name, encodes, *topics = sys.argv[1:]
    rclpy.init()
    node = rclpy.create_node(name)
    counts, pool, waiting = Counter(), ThreadPoolExecutor(2), []

    def encode(topic, msg):
        pixels = np.frombuffer(msg.data, np.uint8).reshape(msg.height, msg.width, 3)
        cv2.imencode('.jpg', pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])
        counts[topic] += 1

    def heard(topic, kind, msg):
        if not (encodes and kind == 'Image'):
            counts[topic] += 1
            return
        waiting[:] = [one for one in waiting if not one.done()]
        if len(waiting) < MAX_WAITING:
            waiting.append(pool.submit(encode, topic, msg))

    for topic, kind in zip(topics[::2], topics[1::2], strict=True):
        node.create_subscription(getattr(sensor_msgs.msg, kind), topic,
                                 partial(heard, topic, kind), QoSProfile(depth=10))
    told = node.create_publisher(String, '~/status', 10)
    node.create_timer(0.2, lambda: told.publish(String(data=json.dumps({'details': {
        f'{topic} kept': count for topic, count in counts.items()}}))))
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    executor.spin()


if __name__ == '__main__':
    main()
