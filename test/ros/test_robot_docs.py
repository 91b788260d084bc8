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

from pathlib import Path
import re

import pytest

pytestmark = pytest.mark.ros
PAGE = Path(__file__).parents[2] / 'docs' / 'robot.md'
NODES = ['session', 'camera', 'lidar', 'gps', 'uploader', 'bag_upload']


def all_options():
    """Give the options of every node, by its name."""
    from importlib import import_module

    from scenebox_ros.nodes.sensor import options_of

    found = {}
    for node in NODES:
        module = import_module(f'scenebox_ros.nodes.{node}')
        is_sensor = node in {'camera', 'lidar', 'gps'}
        found[f'{node}_node'] = options_of(module.OPTIONS) if is_sensor else module.OPTIONS
    return found


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


if __name__ == '__main__':
    PAGE.write_text(with_tables(PAGE.read_text()))
