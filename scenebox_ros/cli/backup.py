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
from typing import Any

from scenebox_ros.cli.fsck import tell


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        'backup', help='copy a server\'s folder while it runs',
        description='Copy everything that a local server has acknowledged, and check the copy. To '
        'restore, start a server on it.',
    )
    parser.add_argument('--data', type=Path, required=True, metavar='DIR',
                        help='folder of the server\'s data')
    parser.add_argument('--to', type=Path, required=True, metavar='DIR',
                        help='where the copy goes; must not exist')
    parser.add_argument('--json', action='store_true', help='JSON instead of text')
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Copy."""
    from scenebox_ros.server.backup import backup

    return tell(backup(options.data, options.to), options.json)
