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

"""Parameters and surroundings that cannot work: each is told in words, and nothing hangs."""

from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import subprocess
from threading import Thread

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import pytest
from rclpy.qos import DurabilityPolicy, QoSProfile
from robot_support import Network
from std_msgs.msg import String
from std_srvs.srv import Trigger

from scenebox_ros.model.records import Record
from scenebox_ros.spool import Spool, SpoolLimits

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
# Those that no node can be made with: it says why and ends.
ENDS = [
    ('camera_node', 'max_rate_hz:=.nan', 'max_rate_hz cannot be used: Invalid parameter'),
    ('camera_node', 'max_rate_hz:=.inf', 'max_rate_hz cannot be used'),
    ('camera_node', 'intake_mb:=-5', 'intake_mb cannot be used'),
    ('session_node', 'cut_every_s:=-1.0', 'cut_every_s cannot be used'),
    ('lidar_node', 'voxel_m:=.nan', 'voxel_m cannot be used'),
    ('uploader_node', 'workers:=0', 'workers cannot be used'),
]
# Those with which a node stays, as one that cannot be configured, so that it can be seen.
STAYS = [
    ('camera_node', ['topics:=["^/cam/("]'], 'is not a pattern'),
    ('lidar_node', ['topics:=["/points of view"]'], 'must not contain characters other than'),
    ('gps_node', ['streams:=["/imu:every_nth=-3"]'], 'every_nth is -3'),
    ('session_node', ['trigger_when:=["speed is high"]'], 'is no condition'),
    ('uploader_node', ['schedule:=["25:00-26:00 off"]'], '25:00'),
]


def test_parameters_that_cannot_work_end_a_node_with_one_line_that_says_why(bench):
    began = [(subprocess.Popen(bench.command(node, parameter), stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True), words)
             for node, parameter, words in ENDS]
    for process, words in began:
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 1, said
        assert words in said
        assert 'Traceback' not in said


def test_what_cannot_be_configured_stays_and_says_so(bench):
    with ExitStack() as stack:
        for node, parameters, _ in STAYS:
            stack.enter_context(bench.running(node, *parameters))
        for node, _, words in STAYS:
            bench.until(lambda node=node: bench.heard[node]['level'] == 'ERROR', f'{node} tells')
            assert words in bench.heard[node]['message'], bench.heard[node]
            assert 'not configured' in bench.call(Trigger, f'/{node}/resume').message
    for node, _, _ in STAYS:
        assert 'Traceback' not in bench.log(node)


class Portal(BaseHTTPRequestHandler):
    """A login page in the way, or somebody who wants the robot's data: answers like a server."""

    asked = ()

    def answer(self):
        Portal.asked += ((self.path, self.headers.get('Authorization')),)
        self.send_response(307 if self.server.elsewhere else 200)
        self.send_header('Location', f'{self.server.elsewhere}{self.path}')
        self.end_headers()
        self.wfile.write(b'{}')

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, *_):
        """Keep quiet."""


def test_who_only_answers_like_a_server_gets_nothing_and_the_right_one_is_found_later(bench):
    fill(bench)
    (bench.folder / 'token').write_text('secret')
    with (ThreadingHTTPServer(('127.0.0.1', 0), Portal) as portal,
          ThreadingHTTPServer(('127.0.0.1', 0), Portal) as other):
        url = f'http://127.0.0.1:{portal.server_port}'
        portal.elsewhere, other.elsewhere = f'http://127.0.0.1:{other.server_port}', ''
        for each in (portal, other):
            Thread(target=each.serve_forever, daemon=True).start()
        with bench.running('uploader_node', f'server:={url}',
                           f'token_file:={bench.folder / "token"}'):
            for words in ('the server moved to', 'not as a SceneBox server'):
                bench.until(lambda words=words: words in bench.heard['uploader_node']['message'],
                            f'it says {words}')
                assert bench.heard['uploader_node']['level'] == 'WARN'
                # Not remembered: the next answer counts.
                portal.elsewhere = ''
        for each in (portal, other):
            each.shutdown()

    assert {token for _, token in Portal.asked} == {None}


@pytest.mark.parametrize('url', ['scenebox.example', 'ftp://there', 'http://', 'http://there:x'])
def test_an_uploader_refuses_a_server_that_is_no_url(bench, url):
    with bench.running('uploader_node', f'server:={url}'):
        bench.until(lambda: bench.heard['uploader_node']['level'] == 'ERROR', 'it tells')
        assert bench.heard['uploader_node']['message'].startswith(f'server {url!r} is not a URL')


def test_a_parameter_that_no_node_has_is_told_with_the_nearest_that_there_is(bench):
    # Of other nodes, as in a block for all of them: of use there.
    others = ['metered:=true', 'voxel_m:=0.1', 'use_sim_time:=false']
    with bench.running('session_node', *others), bench.running(
            'camera_node', 'max_rate:=5.0', 'qqq:=1', *others):
        bench.until(lambda: bench.heard['camera_node']['level'] == 'WARN', 'it tells')
        assert bench.heard['camera_node']['message'] == (
            'no node has these parameters, they change nothing: max_rate (is it max_rate_hz?), '
            'qqq')
        bench.fresh('session_node')
        assert bench.heard['session_node']['level'] == 'OK'
    assert 'max_rate' in bench.log('camera_node')


def test_a_spool_that_cannot_be_written_is_told_by_every_node(bench):
    folder = bench.folder / 'spool'
    folder.mkdir()
    says = dict.fromkeys(['session_node', 'camera_node', 'uploader_node'], 'Read-only file system')
    says['gps_node'] = 'spool is empty'
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', folder], check=True)
    try:
        with ExitStack() as stack:
            for node in says:
                spool = 'spool:=""' if node == 'gps_node' else f'spool:={folder}'
                stack.enter_context(bench.running(node, spool))
            for node, words in says.items():
                bench.until(lambda node=node: bench.heard[node]['level'] == 'ERROR', 'it tells')
                assert words in bench.heard[node]['message']
    finally:
        subprocess.run(['umount', '-l', folder], check=True)


def test_live_changes_that_cannot_work_are_refused_with_the_reason(bench):
    with bench.running('camera_node'), bench.running('uploader_node'):
        assert 'max_rate_hz out of range' in bench.set('camera_node', max_rate_hz=float('nan'))
        assert 'priority' in bench.set('camera_node', priority=1000)
        assert 'regular expression' in bench.set('camera_node', streams=['/cam(:every_nth=2'])
        assert 'must not contain' in bench.set('camera_node', rolls=['/cam(era) 1.0 1.0'])
        assert 'neither may be negative' in bench.set('camera_node', rolls=['/cam -1 -1'])
        assert bench.set('uploader_node', schedule=['always off'])
        assert 'out of range' in bench.set('uploader_node', max_mbit_per_s=float('nan'))
        # What other nodes say wrongly is no reason to end.
        kept = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        session = bench.node.create_publisher(String, '/scenebox/session', kept)
        trigger = bench.node.create_publisher(String, '/scenebox/trigger', 10)
        bench.until(trigger.get_subscription_count, 'triggers are heard')
        bench.until(session.get_subscription_count, 'sessions are heard')
        for text in ['', '[]', '{"key": 1}', '{"reason": null, "stamp_ns": "x"}', 'NaN', '\u0000']:
            session.publish(String(data=text))
            trigger.publish(String(data=text))
        bench.fresh('camera_node')


def fill(bench):
    with Spool(bench.folder / 'spool', SpoolLimits(min_free_bytes=0)) as spool:
        spool.put([Record('session', 'run', 'run_1', document={
            'name': 'run', 'type': 'generic', 'resolution': 1.0, 'sets_prefix': 'run'}),
            Record('entities', 'run', 'one', '/imu', 10**18, entities=[{
                'start_time': '2026-01-01T00:00:00Z', 'timestamp': '2026-01-01T00:00:00Z',
                'entity_id': 'one', 'entity_name': 'speed', 'entity_value': 1.0,
                'entity_type': 'scalar', 'influence': 'point'}])])


def test_an_uploader_says_what_keeps_it_from_uploading(bench, server):
    fill(bench)
    network, token = Network(server.port), bench.folder / 'token'
    network.cut()
    seen = {}
    bench.node.create_subscription(DiagnosticArray, '/diagnostics', lambda array: seen.update(
        {status.name: status for status in array.status}), 50)

    def says(level, words):
        bench.until(lambda: (status := seen.get('/uploader_node')) and status.level == level
                    and words in status.message, f'it says {words!r}')

    words = [f'server:={network.url}', f'token_file:={token}', 'longest_wait_s:=1.0']
    with bench.running('uploader_node', *words):
        says(DiagnosticStatus.ERROR, 'cannot be read (No such file')
        token.write_bytes(b'\xff\xfe\x00')
        says(DiagnosticStatus.ERROR, 'cannot be read (it is no text)')
        token.write_text(' \n')
        says(DiagnosticStatus.ERROR, 'is empty')
        token.write_text('not-the-token')
        says(DiagnosticStatus.WARN, '')
        network.restore()
        says(DiagnosticStatus.ERROR, 'the server refuses the token')
        assert bench.set('uploader_node', metered=True) == ''
        flushed = bench.call(Trigger, '/uploader_node/flush')
        assert not flushed.success
        assert 'metered' in flushed.message
        token.write_text(server.token)
        bench.fresh('uploader_node')
        with Spool(bench.folder / 'spool') as spool:
            assert spool.stat().streams['/imu'].entries == 1
            assert bench.set('uploader_node', metered=False) == ''
            bench.until(lambda: not spool.stat().total.entries, 'all is on the server')
            says(DiagnosticStatus.OK, '')
            spool.put([Record('entities', 'run', 'bad', '/imu', 10**18, entities=[{'odd': 1}])])
            says(DiagnosticStatus.WARN, 'set aside, not sent: 1 record; scenebox spool ls --aside')
    assert 'not-the-token' not in bench.log('uploader_node')
    network.close()
