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

"""``scenebox backup``: copy a server's folder while the server runs."""

from __future__ import annotations

import argparse
from pathlib import Path
import sys
from typing import Any

from scenebox_ros.cli.outcome import Exit


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        'backup', help='copy the folder of a local server, while it runs or not',
        description='Copy the folder as it is at one moment, and hash the copy. To restore, run '
        '`scenebox serve` on the copy; every user and token is in it.',
    )
    parser.add_argument('--data', type=Path, required=True, metavar='DIR',
                        help="the server's folder")
    parser.add_argument('target', type=Path, metavar='TARGET', help='a folder that is not there')
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Copy, check and tell."""
    from scenebox_ros.server.backup import backup

    report = backup(options.data, options.target)
    sys.stdout.write(f'{report.documents} documents and {report.objects} objects are in '
                     f'{options.target}\n')  # fmt: skip
    for line in report.problems:
        sys.stdout.write(f'problems: {line}\n')
    return Exit.LOSS if report.problems else Exit.OK
