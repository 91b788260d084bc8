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
import random
import socket

import pytest


def pytest_configure():
    """Take a domain of its own for each worker: nodes of others would be taken for the tested."""
    if 'ROS_DOMAIN_ID' not in os.environ or 'PYTEST_XDIST_WORKER' in os.environ:
        # Of two workers, so that they cannot choose the same at the same time.
        first = 51 if os.environ.get('PYTEST_XDIST_WORKER') == 'gw1' else 1
        os.environ['ROS_DOMAIN_ID'] = str(next(
            domain for domain in random.sample(range(first, first + 50), 50) if is_free(domain)))


def is_free(domain):
    """
    Say whether nobody is in a domain, by the ports that its first participants have.

    Only up to 100: those of higher ones are among the ports that the system gives to connections.
    """
    for participant in range(12):
        with socket.socket(type=socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(('', 7400 + 250 * domain + 10 + 2 * participant))
            except OSError:
                return False
    return True


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
