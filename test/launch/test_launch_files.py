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

"""Every launch file, read by the stand-in against the installed package."""

from itertools import pairwise
from pathlib import Path

import pytest
import standin
import yaml

pytestmark = pytest.mark.ros
ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / 'launch').glob('*.launch.py'))
REQUIRED = {'server': {'data': '/somewhere'}, 'replay': {'bag': '/some/bag'}}


@pytest.fixture(autouse=True)
def launch():
    standin.install()


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_a_launch_file_starts_executables_that_exist(path):
    context = standin.describe(path, **REQUIRED.get(path.name.split('.')[0], {}))

    assert context.processes
    assert all(context.declared.values()), 'an argument has no description'


def test_the_bridge_starts_all_nodes_with_the_shared_memory_profile():
    context = standin.describe(ROOT / 'launch' / 'bridge.launch.py')

    assert [name for name, _ in context.processes] == [
        'session_node', 'camera_node', 'lidar_node', 'gps_node', 'uploader_node']
    for name in ['FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE']:
        assert Path(context.environment[name]).is_file()


def test_the_uploader_can_be_left_out():
    context = standin.describe(ROOT / 'launch' / 'bridge.launch.py', upload='false')

    assert 'uploader_node' not in dict(context.processes)


def test_a_namespace_reaches_every_node():
    context = standin.describe(ROOT / 'launch' / 'bridge.launch.py', namespace='truck7')

    assert all('__ns:=/truck7' in command for _, command in context.processes)


def parameters_of(context, executable):
    """Read a node's parameters as it would: later files win."""
    command = dict(context.processes)[executable]
    files = [after for word, after in pairwise(command) if word == '--params-file']
    values = {}
    for file in files:
        for node, said in yaml.safe_load(Path(file).read_text()).items():
            if node in {'/**', f'/**/{executable}'}:
                values.update(said['ros__parameters'])
    return values


@pytest.mark.parametrize('node', ['session_node', 'camera_node', 'lidar_node', 'gps_node'])
def test_the_bridge_gives_its_nodes_the_settings_by_topic(node):
    context = standin.describe(ROOT / 'launch' / 'bridge.launch.py')
    assert Path(parameters_of(context, node)['settings']).name == 'streams.yaml'
    assert Path(parameters_of(context, node)['settings']).is_file()
    context = standin.describe(ROOT / 'launch' / 'bridge.launch.py', settings='/my.yaml')
    assert parameters_of(context, node)['settings'] == '/my.yaml'


def test_the_parameters_file_may_name_other_settings(tmp_path):
    params = tmp_path / 'params.yaml'
    params.write_text('/**/camera_node: {ros__parameters: {settings: /other.yaml}}')
    context = standin.describe(ROOT / 'launch' / 'bridge.launch.py', params_file=str(params))

    assert parameters_of(context, 'camera_node')['settings'] == '/other.yaml'
    assert Path(parameters_of(context, 'gps_node')['settings']).name == 'streams.yaml'


def test_every_node_has_a_launch_file():
    started = set()
    for path in FILES:
        context = standin.describe(path, **REQUIRED.get(path.name.split('.')[0], {}))
        if path.name != 'bridge.launch.py':
            started |= {name for name, _ in context.processes}

    assert {path.name for path in (ROOT / 'scripts').iterdir()} == started


def test_the_server_needs_a_folder_for_its_data():
    with pytest.raises(RuntimeError, match="'data' was not provided"):
        standin.describe(ROOT / 'launch' / 'server.launch.py')
