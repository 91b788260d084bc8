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

"""``scenebox fsck``: check a server's folder."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import sys
from typing import Any

from scenebox_ros.cli.outcome import Exit


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        'fsck', help='check the folder of a local server',
        description='Hash every byte again, and compare rows with bytes, documents with their '
        'index and documents with the objects they name. Only reads, and may run beside the '
        'server. Exit code 1: something is damaged.',
    )
    parser.add_argument('--data', type=Path, required=True, metavar='DIR',
                        help="the server's folder")
    parser.add_argument('--json', action='store_true', help='print the report as JSON')
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check and tell."""
    from dataclasses import asdict

    from scenebox_ros.server.fsck import fsck

    report = fsck(options.data)
    if options.json:
        sys.stdout.write(json.dumps(asdict(report), indent=1) + '\n')
    else:
        sys.stdout.write(
            f'{report.documents} documents, {report.objects} objects, {report.blobs} blobs, '
            f'{report.num_bytes} bytes\n'
        )
        for name in ('problems', 'dangling', 'garbage'):
            for line in getattr(report, name):
                sys.stdout.write(f'{name}: {line}\n')
    return Exit.LOSS if report.problems else Exit.OK
