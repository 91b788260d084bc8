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

CLAIMS = []


def pytest_configure():
    """Take a domain of its own for each worker: nodes of others would be taken for the tested."""
    if 'ROS_DOMAIN_ID' not in os.environ or 'PYTEST_XDIST_WORKER' in os.environ:
        # Ports of higher domains are among those that the system gives to any connection.
        domains = random.sample(range(1, 101), 100)
        os.environ['ROS_DOMAIN_ID'] = str(next(filter(take, domains)))


def pytest_unconfigure():
    while CLAIMS:
        CLAIMS.pop().close()


def take(domain):
    """Take a domain in which nobody is, by its ports; say whether that could be."""
    first = 7400 + 250 * domain
    # The last one is no participant's: to have it is to have the domain, also between two tests.
    claim = bind(first + 249)
    taken = [bind(first + 10 + 2 * number) for number in range(12)]
    for each in taken:
        if each:
            each.close()
    if claim and all(taken):
        CLAIMS.append(claim)
        return True
    if claim:
        claim.close()
    return False


def bind(port):
    made = socket.socket(type=socket.SOCK_DGRAM)
    try:
        made.bind(('', port))
    except OSError:
        made.close()
        return None
    return made


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
