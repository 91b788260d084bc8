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

"""``scenebox status`` beside running nodes, for people and for machines."""

import json
import os
from pathlib import Path
import subprocess
import sys

from node_bench import image, jpeg
import pytest
from sensor_msgs.msg import CompressedImage

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
CAMERA = '/cam/compressed'


def status(bench, *ways):
    """Ask in several ways (their flags)."""
    command = [Path(sys.prefix) / 'lib' / 'scenebox_ros' / 'scenebox', 'status']
    asked = [subprocess.Popen([*command, *flags], text=True, stdout=subprocess.PIPE,
                              env={**os.environ, 'COLUMNS': '200'}) for flags in ways]
    said = [process.communicate(timeout=120)[0] for process in asked]
    return [(process.returncode, text) for process, text in zip(asked, said, strict=True)]


def publish(bench, number):
    publisher = bench.node.create_publisher(CompressedImage, CAMERA, 10)
    bench.in_session('camera_node')
    bench.until(publisher.get_subscription_count, 'the camera is heard')
    for stamp_ns in range(number):
        publisher.publish(image(1_700_000_000 * 10**9 + stamp_ns, jpeg()))
    bench.received('camera_node', {CAMERA: number}, 'kept')


def test_the_status_shows_sessions_topics_and_the_spool(bench):
    bounds = 'spool_max_gb:=0.5'
    with bench.running('session_node', bounds), \
            bench.running('camera_node', bounds, 'max_clock_offset_s:=0.0'):
        publish(bench, 7)
        (code, told), (code_of_json, as_json) = status(bench, [], ['--json'])

    assert code == code_of_json == 0, told
    assert 'session drive_' in told
    lines = told.splitlines()
    place = next(n for n, line in enumerate(lines) if line.split()[:1] == [CAMERA])
    assert lines[place - 1].split('  ')[-3:] == ['sampled out', 'undecodable', 'refused by spool']
    assert lines[place].split()[1:] == ['7', '0', '0', '7', '0', '0', '0']
    assert 'waiting, the oldest' in told
    said = json.loads(as_json)
    assert set(said['nodes']) == {'/session_node', '/camera_node'}
    assert said['nodes']['/camera_node']['details'][f'{CAMERA} received'] == 7
    assert said['spool']['streams'][CAMERA]['put'] >= 1
    assert said['spool']['limit_bytes'] == 500_000_000


def test_a_node_in_error_gives_an_exit_code(bench):
    (bench.folder / 'spool').write_text('no folder')
    with bench.running('gps_node'):
        bench.until(lambda: bench.heard.get('gps_node', {}).get('level') == 'ERROR', 'it says so')
        ((code, told),) = status(bench, ['--spool', bench.folder / 'spool'])

    assert code == 1
    assert 'X /gps_node' in told
    assert 'there is no spool' in told
