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

"""``scenebox serve``: a local SceneBox server."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from scenebox_ros.cli.console import say
from scenebox_ros.cli.outcome import Exit


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        'serve',
        description='Run a local server. Its token is made on the first start and lies in the '
        'file "token" of the data folder, which only its owner can read.',
    )
    parser.add_argument('--data', type=Path, required=True, metavar='DIR',
                        help='folder of the data; made if it is not there')
    parser.add_argument('--host', default='127.0.0.1', help='where to listen (default: this '
                        'machine only; put TLS in front of anything else)')
    parser.add_argument('--port', type=int, default=8420, help='where to listen (default: '
                        '%(default)s; 0 takes a free one)')
    parser.add_argument('--token-file', type=Path, metavar='FILE',
                        help='where the token lies (default: DIR/token)')
    parser.add_argument('--log', choices=('text', 'json'), help='log every request and job to '
                        'stderr, as text or as one JSON object a line (default: warnings only)')
    parser.add_argument('--max-requests-per-s', type=float, metavar='N', default=5000.0,
                        help='sustained rate of each token (default: %(default)g; 0: no limit)')
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until stopped."""
    from scenebox_ros.server.logs import begin
    from scenebox_ros.server.serve import serve

    if options.log:
        begin(options.log)
    os.umask(0o077)  # what the server keeps is its owner's, whatever the folder allows
    token = options.token_file or options.data / 'token'

    def tell(url: str) -> None:
        say(f'{options.data} is served at {url} until Ctrl-C; its first token is in {token}')

    serve(
        options.data, options.host, options.port, token_file=options.token_file, started=tell,
        requests_per_s=options.max_requests_per_s,
    )
    return Exit.OK
