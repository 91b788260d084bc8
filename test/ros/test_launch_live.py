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

"""Launch files as they run: a server that comes back, a node by namespace, clock and log level."""

import json
from pathlib import Path

from node_bench import image, jpeg, LATCHED
from publishing import publish
import pytest
from robot_support import is_delivered
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage
import standin
from std_msgs.msg import String
from test_bag_upload_faults import pictures

from scenebox_ros.client import SceneEngineClient
from scenebox_ros.errors import SceneBoxError
from scenebox_ros.spool import Spool

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
LAUNCH = Path(__file__).parents[2] / 'launch'
NODES = ['session', 'camera', 'lidar', 'gps', 'uploader']


@pytest.fixture(autouse=True)
def launch():
    standin.install()


def own_params(folder, **uploader):
    """Write a parameters file whose spool is the test's own."""
    params = folder / 'params.yaml'
    params.write_text(json.dumps({
        '/**': {'ros__parameters': {'spool': str(folder / 'spool'), 'spool_min_free_gb': 0.0}},
        '/**/uploader_node': {'ros__parameters': {'longest_wait_s': 2.0, **uploader}},
    }))
    return str(params)


def free_port():
    import socket

    with socket.create_server(('127.0.0.1', 0)) as found:
        return found.getsockname()[1]


def sessions(url, folder):
    """Count the sessions on a server; None while it does not answer."""
    try:
        with SceneEngineClient((folder / 'token').read_text().strip(), url) as client:
            return len(client.get_asset_manager('sessions').search_meta_large())
    except (SceneBoxError, OSError):
        return None


def test_a_launched_server_comes_back_with_its_data_after_a_kill(bench):
    folder, port = bench.folder / 'data', free_port()
    url = f'http://127.0.0.1:{port}'
    context = standin.describe(LAUNCH / 'server.launch.py', data=str(folder), port=str(port))
    with standin.Running(context, bench.folder) as running:
        bench.until(lambda: sessions(url, folder) == 0, running.log('scenebox'), 90)
        stamps = pictures(bench.folder / 'run', 3)
        replay = standin.describe(
            LAUNCH / 'replay.launch.py', bag=str(bench.folder / 'run'), params_file=own_params(
                bench.folder, server=url, token_file=str(folder / 'token')))
        with standin.Running(replay, bench.folder) as replaying:
            bench.until(lambda: replaying.poll()['bag_upload_node'] == 0, 'it is read', 90)
            with Spool(bench.folder / 'spool') as spool:
                bench.until(lambda: is_delivered(spool), 'all is on the server', 90)
        running.kill('scenebox')
        bench.until(lambda: sessions(url, folder), 'it is back', 90)

        assert running.respawned == {'scenebox': 1}
        assert sessions(url, folder) == 1
    assert len(stamps) == 3
    assert replaying.exit_codes == {'bag_upload_node': 0, 'uploader_node': 0}
    assert running.exit_codes == {'scenebox': 0}


@pytest.mark.parametrize('name', NODES)
def test_each_node_has_the_namespace_the_clock_and_the_log_level_of_its_launch(bench, name):
    heard, node = [], f'{name}_node'
    bench.node.create_subscription(
        String, f'/truck7/{node}/status', lambda msg: heard.append(json.loads(msg.data)), LATCHED)
    context = standin.describe(
        LAUNCH / f'{name}.launch.py', namespace='truck7', use_sim_time='true', log_level='debug',
        params_file=own_params(bench.folder, token_file=str(bench.folder / 'none')))
    with standin.Running(context, bench.folder) as running:
        bench.until(lambda: heard, 'it says how it stands', 90)
        log = running.log(node)

    assert heard[0]['node'] == f'/truck7/{node}'
    assert '[DEBUG]' in log
    assert running.exit_codes == {node: 0}


def test_a_launched_camera_takes_names_in_its_namespace_and_the_time_of_the_clock(bench):
    heard = []
    bench.node.create_subscription(
        String, '/truck7/camera_node/status', lambda msg: heard.append(json.loads(msg.data)),
        LATCHED)
    clock = bench.node.create_publisher(Clock, '/clock', 10)
    camera = bench.node.create_publisher(CompressedImage, '/truck7/front/compressed', 50)
    session = bench.node.create_publisher(String, '/truck7/scenebox/session', LATCHED)
    session.publish(String(data=json.dumps({'key': 'k', 'name': 'k', 'resolution_s': 1.0})))
    params = own_params(bench.folder)
    said = json.loads(Path(params).read_text())
    said['/**/camera_node'] = {'ros__parameters': {
        'topics': ['front/compressed'], 'stamps': 'receive'}}
    Path(params).write_text(json.dumps(said))
    context = standin.describe(LAUNCH / 'camera.launch.py', namespace='truck7',
                               use_sim_time='true', params_file=params)
    ticks = iter(range(10**9))

    def drive():
        tick = 1000 + next(ticks)
        message = Clock()
        message.clock.sec = tick
        publish(clock, message)
        publish(camera, image(5 * 10**9 + tick, jpeg()))

    bench.node.create_timer(0.1, drive)
    with standin.Running(context, bench.folder):
        bench.until(lambda: heard and heard[-1]['details'].get(
            '/truck7/front/compressed kept', 0) > 5, 'it records', 90)
    kept = [record for record in bench.records() if record.kind == 'images']

    # The time of arrival, by /clock, counts; the sensor's own stays beside it.
    assert all(record.stamp_ns % 10**9 == 0 and record.stamp_ns >= 1000 * 10**9
               for record in kept)
    assert len({record.stamp_ns for record in kept}) > 3
