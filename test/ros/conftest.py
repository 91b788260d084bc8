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

"""What the tests with nodes share."""

import os

import pytest


def pytest_configure():
    """Give each of two workers a domain of its own, so that they do not hear each other."""
    if os.environ.get('PYTEST_XDIST_WORKER') == 'gw1':
        os.environ['ROS_DOMAIN_ID'] = str(int(os.environ['ROS_DOMAIN_ID']) + 100)


@pytest.fixture
def bench(tmp_path):
    """Give a node of the test's own, with a folder for the spool of the tested ones."""
    from node_bench import Bench
    import rclpy

    rclpy.init()
    made = Bench(tmp_path)
    yield made
    made.node.destroy_node()
    rclpy.try_shutdown()


@pytest.fixture
def server(tmp_path):
    """Give a server of the test's own."""
    from robot_support import Server

    running = Server(tmp_path / 'server')
    yield running
    running.stop()
