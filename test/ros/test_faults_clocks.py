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

"""Clocks that lie, tokens that end."""

import time

import httpx
import pytest
from robot_support import compare, is_delivered, Robot, wait_until

from scenebox_ros.spool import Spool

pytestmark = pytest.mark.ros


def test_a_camera_whose_clock_jumps_loses_nothing_and_is_told_of(tmp_path, server):
    month_s = 30 * 86400
    late_ns = month_s * 10**9 // 2
    with Robot(tmp_path, server) as robot:
        robot.start_uploader()
        robot.finish(robot.drive('--seconds', 4, '--lie', -month_s))

        assert compare(server, robot.ledger()) == []
    with server.client() as client:
        (session,) = client.get_asset_manager('sessions').search_meta_large()
        documents = client.get_asset_manager('images').search_meta_large()
    unbelieved = [d for d in documents
                  if int(d['aux']['received_ns']) - int(d['aux']['stamp_ns']) > late_ns]
    assert unbelieved
    # What is not believed is kept under the time of its arrival: the session is not a month long.
    assert all(session['start_time'] <= d['timestamp'] <= session['end_time'] for d in unbelieved)


class Robots:
    """The server's user for robots, whose tokens come and go."""

    def __init__(self, server):
        self._http = httpx.Client(
            base_url=f'{server.url}/identity_manager/',
            headers={'Authorization': f'Bearer {server.token}'})

    def begin(self):
        made = self._http.post('user/', json={'username': 'robot', 'role': 'data_provider'})
        return made.raise_for_status().json()['token']

    def revoke(self):
        self._http.delete('user/robot/token').raise_for_status()

    def new_token(self, **what):
        return self._http.post('user/robot/token', json=what).raise_for_status().json()['token']


def test_an_upload_waits_for_a_new_token_when_the_old_one_ends(tmp_path, server):
    robots, file = Robots(server), tmp_path / 'robot.token'
    file.write_text(robots.begin())
    with Robot(tmp_path, server, token_file=file) as robot:
        robot.start_uploader()
        drive = robot.drive('--seconds', 8)
        with Spool(robot.folder / 'spool') as spool:
            wait_until(lambda: spool.stat().total.done, 60, 'something is on the server')
            robots.revoke()
            log = robot.folder / 'uploader_node.log'
            wait_until(lambda: 'no new token' in log.read_text() or '401' in log.read_text(), 60,
                       'the uploader hears of it')
            # This one ends by itself at once.
            file.write_text(robots.new_token(lifetime_s=0.1))
            time.sleep(1)
            assert not is_delivered(spool)
        file.write_text(robots.new_token())
        robot.finish(drive)

        assert compare(server, robot.ledger()) == []
