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

"""``scenebox upload --server-side``: the server reads the recordings."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from scenebox_ros.bags.recordings import Options
from scenebox_ros.bags.server_side import index_on_server, ServerSideReport
from scenebox_ros.cli.connection import connect
from scenebox_ros.cli.console import say, say_json
from scenebox_ros.cli.outcome import verdict


def on_server(options: argparse.Namespace, paths: Sequence[Path], wanted: Options) -> int:
    """Send recordings and wait for the server's jobs."""

    def told(name: str, percent: float, stage: str) -> None:
        if options.json:
            say_json({'event': 'progress', 'recording': name, 'percent': percent,
                      'stage': stage})

    with connect(options) as client:
        report = index_on_server(paths, client, wanted, told)
    if options.json:
        say_json({'event': 'done', **report.to_dict()})
    else:
        _tell(report)
    return verdict(report, paths)


def _tell(report: ServerSideReport) -> None:
    for path, job in report.jobs.items():
        say(f'{path}: ' + (report.failed.get(path) or f'indexed by the server (job {job})'))
        for note in report.notes.get(path, ()):
            say(f'  {note}')
    for reason in report.refused.values():
        say(reason)
