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

"""The whole robot over a real network that is slow, lossy, silent or cut."""

import random
import time

from link import FarServer, Link
import pytest
from robot_support import (
    CLOUD,
    compare,
    JPEG,
    of_topic,
    Robot,
    scenebox,
)

pytestmark = pytest.mark.ros
FAULTS = ['worsen', 'slow', 'go_silent', 'cut']


@pytest.fixture
def link():
    made = Link()
    yield made
    made.close()


@pytest.fixture
def server(tmp_path, link):
    running = FarServer(tmp_path / 'server', link)
    yield running
    running.stop()


def trouble(link, drive, chance):
    """Let one thing after the other happen to the cable while the drive lasts, each once."""
    done = []
    while drive.poll() is None or len(done) < len(FAULTS):
        name = FAULTS[len(done) % len(FAULTS)]
        getattr(link, name)(*([300] if name == 'slow' else []))
        done.append(name)
        time.sleep(chance.uniform(0.3, 1.5))
        link.restore()
        time.sleep(chance.uniform(0.1, 0.8))
    return done


def test_a_network_that_is_slow_lossy_silent_or_cut_loses_nothing_and_the_checker_would_notice(
    tmp_path, link, server
):
    with Robot(tmp_path, server, url=server.url) as robot:
        robot.start_uploader()
        drive = robot.drive('--seconds', 8, '--bag', tmp_path / 'bag')
        done = trouble(link, drive, random.Random(1))
        robot.finish(drive)
        assert robot.stop_uploader() == 0
        print(f'{len(robot.ledger())} messages, netem: {link.has_netem}, {done}')
    ledger = robot.ledger()
    before = server.content()
    again = scenebox(server, tmp_path, 'upload', tmp_path / 'bag')

    assert compare(server, ledger) == []
    assert again.returncode == 0, again.stderr
    assert server.content() == before
    check_the_checker(server, ledger)


def check_the_checker(server, ledger):
    """Take things away, from the server and from the ledger: the comparison must tell of each."""
    unsent = [line for line in ledger if line is not of_topic(ledger, CLOUD)[0]]
    assert any('1 twice or made up' in fault for fault in compare(server, unsent))
    other = [{**line, 'sha256': 'other'} if line['topic'] == JPEG else line for line in ledger]
    assert any('is another' in fault for fault in compare(server, other))
    with server.client() as client:
        manager = client.get_asset_manager('images')
        manager.delete_with_list([manager.search_meta_large()[0]['id']], wait_for_completion=True)
    assert any('images: 1 lost' in fault for fault in compare(server, ledger))
