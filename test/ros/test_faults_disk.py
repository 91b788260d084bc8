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

"""Disks that are full for real: the spool's, the server's."""

from contextlib import contextmanager
import subprocess

import pytest
from robot_support import (
    CLOUD,
    compare,
    is_delivered,
    JPEG,
    of_topic,
    Robot,
    Server,
    wait_for_delivery,
)

from scenebox_ros.spool import Spool

pytestmark = pytest.mark.ros
MB = 1_000_000


@contextmanager
def small_disk(folder, megabytes):
    """Mount a file system of its own, which can fill up."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={megabytes}m', 'tmpfs', folder],
                   check=True)
    try:
        yield folder
    finally:
        subprocess.run(['umount', '-l', folder], check=True)


def given_up(spool, topic):
    counts = spool.stat().streams[topic]
    return counts.shed + counts.refused


def test_a_disk_that_is_full_costs_what_is_counted_and_nothing_else(tmp_path, server):
    with small_disk(tmp_path / 'disk', 24) as disk:
        lines = [(str(tmp_path / 'spool'), str(disk / 'spool'))]
        with Robot(tmp_path, server, lines=lines) as robot:
            drive = robot.drive('--seconds', 6, '--points', 8 * 4096)
            assert drive.wait(120) == 0, drive.stderr.read()
            robot.park()
            with Spool(disk / 'spool') as spool:
                lost = {topic: given_up(spool, topic) for topic in (JPEG, CLOUD)}
                robot.start_uploader()
                wait_for_delivery(spool, robot.logs)
            ledger = robot.ledger()
    with server.client() as client:
        held = {topic: len(client.get_asset_manager(kind).search_meta_large())
                for kind, topic in [('images', JPEG), ('lidars', CLOUD)]}

    assert sum(lost.values()) > 0
    assert {topic: held[topic] + lost[topic] for topic in held} == {
        topic: len(of_topic(ledger, topic)) for topic in held}


def test_a_server_whose_disk_is_full_takes_the_rest_once_there_is_room(tmp_path):
    with small_disk(tmp_path / 'server', 64) as disk:
        server = Server(disk)
        ballast = disk / 'ballast'
        try:
            with Robot(tmp_path, server) as robot:
                fill(ballast)
                robot.start_uploader()
                drive = robot.drive('--seconds', 6, '--points', 8 * 1024)
                assert drive.wait(120) == 0, drive.stderr.read()
                robot.park()
                with Spool(robot.folder / 'spool') as spool:
                    assert not is_delivered(spool)
                    ballast.unlink()
                    wait_for_delivery(spool, robot.logs)
                log = (robot.folder / 'uploader_node.log').read_text()

                assert '507' in log
                assert compare(server, robot.ledger()) == []
        finally:
            server.stop()


def fill(path):
    """Take all that is left but for what a document or two need."""
    with path.open('wb', buffering=0) as file:
        try:
            while True:
                file.write(bytes(64 * 1024))
        except OSError:
            file.truncate(file.tell() - 256 * 1024)
