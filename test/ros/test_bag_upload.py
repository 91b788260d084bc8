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

"""``bag_upload_node``: recordings into the spool, each as a session of its own."""

import pytest

from scenebox_ros.demo.drive import Drive
from scenebox_ros.demo.recording import record
from scenebox_ros.demo.sensors import Camera, Lidar

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
DAY_NS = 86_400_000_000_000


def test_recordings_of_one_name_in_different_runs_are_two_sessions(bench):
    for days, folder in enumerate(('monday', 'tuesday')):
        drive = Drive(duration_s=0.4, camera=Camera(80, 45, 50.0), lidar=Lidar(4, 60),
                      start_ns=1_767_225_600_000_000_000 + days * DAY_NS)
        (bench.folder / folder).mkdir()
        record(drive, bench.folder / folder / 'run')
    for folder in ('monday', 'tuesday', 'monday'):
        done = bench.run('bag_upload_node', f'path:={bench.folder / folder}')
        assert done.returncode == 0, done.stderr

    openings = [record for record in bench.records() if record.kind == 'session']
    assert {record.document['name'] for record in openings} == {'run'}
    assert len({record.session for record in openings}) == 2
    assert {record.document['metadata']['recording'] for record in openings} == {
        '2026-01-01T00:00:00', '2026-01-02T00:00:00'}
