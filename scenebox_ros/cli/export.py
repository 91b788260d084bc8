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

"""``scenebox export``: the files that a server would get, on this machine."""

from __future__ import annotations

import argparse
from typing import Any

from scenebox_ros.bags.export import export, ExportReport
from scenebox_ros.cli.console import ReadingBar, say, say_json, size
from scenebox_ros.cli.outcome import verdict
from scenebox_ros.cli.telling import tell_captures
from scenebox_ros.cli.transfer_flags import (
    add_paths,
    add_plan,
    as_path,
    recordings,
    transfer_options,
)


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        'export', help='write images, videos, clouds and tables as files',
        description='Write what an upload would send as files: pictures, MP4 (--video), PCD, '
        'tables as CSV, the track as GeoJSON. A second run keeps the files that are there.',
    )
    add_paths(parser)
    parser.add_argument('-o', '--output', type=as_path, required=True, metavar='DIR',
                        help='where the files go; each session has a folder in it')
    parser.add_argument('--layout', choices=['plain', 'kitti'], default='plain',
                        help='plain: by sensor and stamp; kitti: numbered, clouds as .bin '
                        '(default: %(default)s)')
    add_plan(parser)
    parser.add_argument('--json', action='store_true', help='JSON lines instead of text')
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Export."""
    paths = recordings(options)
    with ReadingBar(options.json) as bar:
        report = export(paths, options.output, transfer_options(options), options.layout, bar)
    if options.json:
        say_json({'event': 'done', **report.to_dict()})
    else:
        _tell(report)
    return verdict(report, paths)


def _tell(report: ExportReport) -> None:
    tell_captures(report.ingests, report.refused)
    written = ', '.join(f'{count} {kind}' for kind, count in sorted(report.written.items()))
    kept = sum(report.kept.values())
    say(f'wrote {written or "nothing new"} ({size(report.num_bytes)})'
        + (f'; {kept} files were there already' if kept else ''))
    for folder in report.folders:
        say(str(folder))
