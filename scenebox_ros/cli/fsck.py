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

"""``scenebox fsck``: check a server's folder, byte by byte."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scenebox_ros.cli.console import say, say_json, size
from scenebox_ros.cli.outcome import Exit


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        'fsck', help='check a server\'s folder',
        description='Hash every byte of a local server\'s folder anew and compare every row with '
        'its counterpart. Reads only (but see --reindex); the server may run. Exit code 1 if '
        'something is damaged.',
    )
    parser.add_argument('--data', type=Path, required=True, metavar='DIR',
                        help='folder of the server\'s data')
    parser.add_argument('--reindex', action='store_true',
                        help='let the next start of the server (which must not run now) index '
                        'all documents anew; mends what "index" lines say')
    parser.add_argument('--json', action='store_true', help='JSON instead of text')
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check."""
    from scenebox_ros.server.fsck import fsck, reindex

    report = fsck(options.data)
    if options.reindex:
        reindex(options.data)
    return tell(report, options.json)


def tell(report: Any, as_json: bool) -> int:
    """Show a report; give the exit code that it means."""
    if as_json:
        say_json({'clean': report.is_clean, **asdict(report)})
    else:
        say(f'{report.documents} documents, {report.objects} objects, {report.blobs} blobs, '
            f'{size(report.num_bytes)}')
        for name in ('problems', 'index', 'dangling', 'garbage'):
            for line in getattr(report, name):
                say(f'{name}: {line}')
        say('damaged' if not report.is_clean else 'clean')
    return Exit.OK if report.is_clean else Exit.LOSS
