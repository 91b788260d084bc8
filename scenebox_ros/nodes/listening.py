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

"""Hear what the nodes of a robot say about themselves on their latched ``~/status`` topics."""

from __future__ import annotations

import sys
import time
from typing import Any

import rclpy
from rclpy.executors import SingleThreadedExecutor
from std_msgs.msg import String

from scenebox_ros.bags.plan import is_own
from scenebox_ros.nodes.qos import LATCHED

STRING = 'std_msgs/msg/String'
SPIN_S = 0.1


def statuses(seconds: float, limit_s: float) -> list[str]:
    """
    Give the newest status of every node, as JSON.

    Where the machine is busy nodes find one another late: listen until none was found or heard
    for so long, at most until the limit.
    """
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node('scenebox_status', context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    heard: dict[str, str] = {}
    listening: set[str] = set()
    try:
        began = news = time.monotonic()
        known = 0
        while time.monotonic() < min(news + seconds, began + limit_s):
            for topic, kinds in node.get_topic_names_and_types():
                is_status = topic.endswith('/status') and is_own(topic, STRING)
                if is_status and topic not in listening and STRING in kinds:
                    listening.add(topic)
                    _listen(node, topic, heard)
            executor.spin_once(timeout_sec=SPIN_S)
            if len(listening) + len(heard) > known:
                known, news = len(listening) + len(heard), time.monotonic()
    finally:
        node.destroy_node()
        context.try_shutdown()
    return [heard[topic] for topic in sorted(heard)]


def _listen(node: Any, topic: str, heard: dict[str, str]) -> None:
    node.create_subscription(String, topic, lambda msg: heard.update({topic: msg.data}), LATCHED)


if __name__ == '__main__':
    sys.stdout.writelines(f'{status}\n' for status in statuses(*map(float, sys.argv[1:])))
