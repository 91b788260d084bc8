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

"""Publish on a busy machine, where the middleware gives up on a message after 0.1 s."""

import time

from rclpy._rclpy_pybind11 import RCLError


def publish(publisher, message, seconds=20.0):
    """
    Publish a message, again where the middleware could not take it in time.

    Fast DDS waits for its locks for ``max_blocking_time`` (0.1 s) and then says that it cannot
    publish: nothing was sent.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            publisher.publish(message)
            return
        except RCLError:
            if time.monotonic() > deadline:
                raise
