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

"""The whole robot under faults: what was published is on the server, each thing once."""

import os
import random
import time

import pytest
from robot_support import compare, kill_server, Robot, scenebox, wait_for_delivery

from scenebox_ros.spool import Spool

pytestmark = pytest.mark.ros
# More of both finds more: SCENEBOX_FAULT_SECONDS=600 SCENEBOX_FAULT_SEEDS=20
SECONDS = float(os.environ.get('SCENEBOX_FAULT_SECONDS', '8'))
SEEDS = range(int(os.environ.get('SCENEBOX_FAULT_SEEDS', '1')))


class Trouble:
    """What happens to a robot while it drives."""

    def __init__(self, robot, server, seed):
        self._robot, self._server, self._chance = robot, server, random.Random(seed)
        self.counts = {'uploader killed': 0, 'server killed': 0, 'network cut': 0, 'stalled': 0}

    def go_on(self, drive):
        """Make trouble from the first message until the drive is over."""
        while drive.poll() is None and not self._robot.is_driving(drive):
            time.sleep(0.1)
        while drive.poll() is None:
            time.sleep(self._chance.uniform(0.3, 1.5))
            what = self._chance.choice(list(self.counts))
            self.counts[what] += 1
            getattr(self, '_' + what.replace(' ', '_'))()

    def _uploader_killed(self):
        self._robot.kill_uploader()
        self._robot.start_uploader()

    def _server_killed(self):
        kill_server(self._server)
        time.sleep(self._chance.uniform(0, 0.5))
        self._server.start()

    def _network_cut(self):
        self._robot.network.cut()
        time.sleep(self._chance.uniform(0.1, 1.5))
        self._robot.network.restore()

    def _stalled(self):
        self._robot.network.stall()
        time.sleep(self._chance.uniform(0.1, 1.5))
        self._robot.network.restore()


@pytest.mark.parametrize('seed', SEEDS)
def test_whatever_is_killed_or_cut_all_arrives_once_and_the_bag_adds_nothing(
    tmp_path, server, seed
):
    with Robot(tmp_path, server) as robot:
        robot.start_uploader()
        drive = robot.drive('--seconds', SECONDS, '--bag', tmp_path / 'bag')
        trouble = Trouble(robot, server, seed)
        trouble.go_on(drive)
        robot.finish(drive)
        assert robot.stop_uploader() == 0
        print(f'seed {seed}: {len(robot.ledger())} messages, {trouble.counts}')

        assert compare(server, robot.ledger()) == []
    before = server.content()
    again = scenebox(server, tmp_path, 'upload', tmp_path / 'bag')
    assert again.returncode == 0, again.stderr
    assert server.content() == before
    checked = scenebox(server, tmp_path, 'verify', tmp_path / 'bag')
    assert checked.returncode == 0, checked.stdout


def test_a_full_spool_sheds_by_policy_counts_it_and_the_rest_arrives(tmp_path, server):
    small = [('spool_max_gb: 20.0', 'spool_max_gb: 0.01')]
    with Robot(tmp_path, server, lines=small) as robot:
        drive = robot.drive('--seconds', 6, '--points', 8 * 4096)
        assert drive.wait(120) == 0, drive.stderr.read()
        robot.park()
        with Spool(tmp_path / 'spool') as spool:
            streams = spool.stat().streams
            robot.start_uploader()
            wait_for_delivery(spool, robot.logs)
        ledger = robot.ledger()

    given_up = sum(stat.shed + stat.refused for stat in streams.values())
    assert given_up > 0
    with server.client() as client:
        for kind, topic in [('images', '/camera/front/image_raw/compressed'),
                            ('lidars', '/lidar/points')]:
            held = len(client.get_asset_manager(kind).search_meta_large())
            sent = sum(line['topic'] == topic for line in ledger)
            assert held + streams[topic].shed + streams[topic].refused == sent
        (session,) = client.get_asset_manager('sessions').search_meta_large()
    told = session['session_aux']['spool']
    assert sum(counts.get('shed', 0) for counts in told.values()) > 0


def test_a_clock_that_is_set_back_loses_nothing(tmp_path, server):
    with Robot(tmp_path, server, sim_time=True) as robot:
        robot.start_uploader()
        drive = robot.drive('--seconds', 6, '--clock-back', 30)
        robot.finish(drive)

        assert compare(server, robot.ledger()) == []
