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

"""
The tables of parameters in docs/robot.md say what the nodes declare.

Run as a script, this file writes them anew.
"""

from configparser import ConfigParser
from fnmatch import fnmatch
from pathlib import Path
import re
from shutil import which
import subprocess

import pytest
import yaml

from scenebox_ros.nodes.catalogue import all_options

pytestmark = pytest.mark.ros
ROOT = Path(__file__).parents[2]
PAGE = ROOT / 'docs' / 'robot.md'


def row_of(option):
    bounds = ''
    if option.choices:
        bounds = ' '.join(f'`{word}`' for word in option.choices)
    elif option.low is not None and option.high is not None:
        bounds = f'{option.low:g} to {option.high:g}'
    default = f'`{option.default!r}`' if option.default != '' else '(empty)'
    live = 'yes' if option.is_live else ''
    return f'| `{option.name}` | {default} | {bounds} | {live} | {option.description} |'


def tables():
    """Write what all nodes share once, then each node's own."""
    nodes = all_options()
    shared = [option for option in nodes['camera_node'] if all(
        option in nodes[name] for name in ['lidar_node', 'gps_node'])]
    from scenebox_ros.nodes.managed import AUTOSTART

    everywhere = [option for option in shared if all(option in own for own in nodes.values())]
    groups = {
        'every node': [*everywhere, AUTOSTART],
        'camera_node, lidar_node and gps_node': [o for o in shared if o not in everywhere],
        **{name: [o for o in options if o not in shared] for name, options in nodes.items()},
    }
    lines = []
    for title, options in groups.items():
        if options:
            lines += [f'### {title}', '', '| parameter | default | values | live | what |',
                      '|---|---|---|---|---|', *map(row_of, options), '']
    return '\n'.join(lines)


def with_tables(text):
    marked = r'(<!-- parameters -->\n).*(<!-- end of parameters -->)'
    return re.sub(marked, lambda m: f'{m[1]}\n{tables()}\n{m[2]}', text, flags=re.DOTALL)


def test_the_page_says_what_the_nodes_declare():
    text = PAGE.read_text()

    assert text == with_tables(text), f'run {Path(__file__).name} as a script'


def test_every_parameter_is_described():
    assert all(option.description for options in all_options().values() for option in options)


def examples():
    """Give the configurations that we ship and print, by where they stand."""
    blocks = re.findall(r'```yaml\n(.*?)```', PAGE.read_text(), re.DOTALL)
    found = {'docs/robot.md': next(block for block in blocks if 'ros__parameters' in block)}
    return {**found, 'bridge.yaml': (ROOT / 'config' / 'bridge.yaml').read_text()}


@pytest.mark.parametrize(('place', 'text'), examples().items())
def test_examples_of_configurations_name_parameters_and_give_values_of_their_types(place, text):
    known = {name: {option.name: option for option in options}
             for name, options in all_options().items()}
    for pattern, block in yaml.safe_load(text).items():
        nodes = [name for name in known if fnmatch(f'/{name}', pattern.replace('/**', '*'))]
        assert nodes, f'{place}: {pattern} is no node'
        for name, value in block['ros__parameters'].items():
            for node in nodes:
                option = known[node][name]
                assert isinstance(value, type(option.default)), f'{place}: {node} {name}'
                assert option.low is None or option.low <= value <= option.high
                assert not option.choices or value in option.choices


def test_the_unit_file_is_one_that_systemd_takes(tmp_path):
    unit = tmp_path / 'scenebox.service'
    unit.write_text(re.search(r'```ini\n(.*?)```', PAGE.read_text(), re.DOTALL)[1])
    said = ConfigParser(interpolation=None)
    said.optionxform = str
    said.read(unit)
    assert said['Service']['KillSignal'] == 'SIGINT'
    # A sensor node at full load, and an uploader on a silent network, end well within it.
    assert int(said['Service']['TimeoutStopSec']) >= 30
    if which('systemd-analyze'):
        done = subprocess.run(['systemd-analyze', 'verify', unit], capture_output=True, text=True,
                              timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, '')


if __name__ == '__main__':
    PAGE.write_text(with_tables(PAGE.read_text()))
