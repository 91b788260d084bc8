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

"""``scenebox status``: how the robot stands, from its spool and, where ROS is, from its nodes."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from importlib.util import find_spec
import json
from pathlib import Path
import subprocess
import sys
import time
from typing import Any

from scenebox_ros.cli.console import say, say_json
from scenebox_ros.cli.outcome import Exit
from scenebox_ros.cli.spool import default_folder, open_existing, tell_stat
from scenebox_ros.errors import SettingsError
from scenebox_ros.spool.stat import SpoolStat

NODES_NEED = 'rclpy'
START_S = 30.0
LONGEST = 6  # times --wait, where nodes go on to be heard
MARKS = {'OK': ' ', 'WARN': '!', 'ERROR': 'X'}


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        'status', help='how the robot stands',
        description='What the nodes say about themselves, and what waits in the spool. Exit code '
        '1 if a node reports an error, or something was set aside.',
    )
    parser.add_argument(
        '--spool', type=Path, metavar='DIR',
        help=f'the spool (default: the one that the nodes name, else {default_folder()})',
    )
    parser.add_argument('--json', action='store_true', help='JSON lines instead of text')
    parser.add_argument('--wait', type=float, default=2.5, metavar='S',
                        help='stop when no other node is heard for so long (default: '
                        '%(default)s s)')
    parser.add_argument('--watch', action='store_true', help='go on until Ctrl-C')
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Show the state once, or again and again."""
    while True:
        nodes = _listen(options.wait)
        folder = options.spool or _folder_of(nodes)
        stat = _stat(folder)
        if options.watch and not options.json:
            say('\033[2J\033[H')
        _tell(options, nodes, folder, stat)
        if not options.watch:
            is_bad = any(node['level'] == 'ERROR' for node in nodes.values())
            return Exit.LOSS if is_bad or (stat and stat.total.aside) else Exit.OK


def _folder_of(nodes: Mapping[str, Mapping[str, Any]]) -> Path:
    """Find the spool of the nodes: they were given it, whoever asks need not know it."""
    named = [node['details']['spool'] for node in nodes.values() if 'spool' in node['details']]
    return Path(named[0]) if named else default_folder()


def _stat(folder: Path) -> SpoolStat | None:
    try:
        with open_existing(folder) as spool:
            return spool.stat()
    except SettingsError:
        return None


def _listen(seconds: float) -> dict[str, dict[str, Any]]:
    """Hear what the nodes say; nothing where ROS is not installed."""
    if find_spec(NODES_NEED) is None:
        return {}
    # A process of its own: the command stays usable whatever state the robot's ROS is in.
    limit_s = LONGEST * seconds
    done = subprocess.run(
        [sys.executable, '-m', 'scenebox_ros.nodes.listening', str(seconds), str(limit_s)],
        capture_output=True, text=True, timeout=limit_s + START_S, check=False,
    )
    nodes = map(json.loads, done.stdout.splitlines())
    return {str(node['node']): node for node in nodes}


def _tell(
    options: argparse.Namespace, nodes: dict[str, dict[str, Any]], folder: Path,
    stat: SpoolStat | None,
) -> None:
    if options.json:
        say_json({'nodes': nodes, 'spool': stat.as_json() if stat else None})
        return
    say(time.strftime('%H:%M:%S'))
    for name, node in sorted(nodes.items()):
        say(f'{MARKS.get(node["level"], "?")} {name:24} {node["message"]}')
        topics, others = _by_topic(node['details'])
        for key, value in others.items():
            say(f'      {key}: {value}')
        _tell_topics(topics)
    if not nodes:
        say('no node says anything (no ROS here, another ROS_DOMAIN_ID, or the bridge is off)')
    if stat is None:
        say(f'there is no spool in {folder}; name its folder with --spool')
    else:
        tell_stat(stat)


def _by_topic(
    details: Mapping[str, Any]
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Part what a node says of its topics, like ``/imu received``, from the rest."""
    topics: dict[str, dict[str, Any]] = {}
    others: dict[str, Any] = {}
    for key, value in details.items():
        topic, _, what = key.partition(' ')
        if topic.startswith('/') and what:
            topics.setdefault(topic, {})[what] = value
        else:
            others[key] = value
    return topics, others


def _tell_topics(topics: Mapping[str, Mapping[str, Any]]) -> None:
    """Write a table: what became of each topic's messages, from the middleware to the spool."""
    counted = {topic: row for topic, row in topics.items() if 'not_recorded' not in row}
    columns = list(dict.fromkeys(name for row in counted.values() for name in row))
    if columns:
        heads = [name.replace('_', ' ') for name in columns]
        width = max(map(len, counted))
        say(f'      {"topic":{width}} ' + '  '.join(heads))
        for topic, row in counted.items():
            cells = [f'{row.get(name, "-"):>{len(name)}}' for name in columns]
            say(f'      {topic:{width}} ' + '  '.join(cells))
    for topic, row in topics.items():
        if topic not in counted:
            say(f'      {topic} is not recorded: {row["not_recorded"]}')
