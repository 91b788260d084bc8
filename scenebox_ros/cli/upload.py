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

"""``scenebox upload``: recordings become sessions on the server."""

from __future__ import annotations

import argparse
from typing import Any

from scenebox_ros.bags.transfer import transfer, TransferReport
from scenebox_ros.cli.connection import connect
from scenebox_ros.cli.console import ReadingBar, say, say_json, size
from scenebox_ros.cli.outcome import verdict
from scenebox_ros.cli.plans import show_plans
from scenebox_ros.cli.settings import add_flags
from scenebox_ros.cli.telling import tell_captures
from scenebox_ros.cli.transfer_flags import add_paths, add_plan, recordings, transfer_options
from scenebox_ros.errors import BagError
from scenebox_ros.model.plain import plural
from scenebox_ros.upload import ClientPlatform


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        'upload',
        description='Upload recordings as sessions. Broken recordings give what is intact, and '
        'the exit code 1. A second run continues, or adds nothing.',
    )
    add_paths(parser)
    add_flags(parser)
    add_plan(parser)
    parser.add_argument('--dry-run', action='store_true',
                        help='show what would become of each topic, and stop')
    parser.add_argument('--max-mbit', type=float, default=0.0, metavar='N',
                        help='use at most N Mbit/s (default: no limit)')
    parser.add_argument('--server-side', action='store_true', help='send the recordings as they '
                        'are and let the server read them')
    parser.add_argument('--dask', metavar='ADDRESS', help='spread the work over a Dask cluster, '
                        'like tcp://scheduler:8786')
    parser.add_argument('--json', action='store_true', help='JSON lines instead of text')
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Upload."""
    paths = recordings(options)
    wanted = transfer_options(options)
    if options.dry_run:
        return show_plans(paths, wanted, options.json)
    if options.server_side:
        from scenebox_ros.cli.server_side import on_server

        return on_server(options, paths, wanted)
    if options.dask:
        from scenebox_ros.cli.cluster import on_cluster

        report = on_cluster(options, paths, wanted)
        _tell(report, options.json)
        return verdict(report, paths)
    with connect(options) as client, ReadingBar(options.json) as bar:
        report = transfer(paths, ClientPlatform(client), wanted, bar, bar.sending)
    if len(report.refused) == len(paths) and not options.json:
        raise BagError('; '.join(report.refused.values()))
    _tell(report, options.json)
    return verdict(report, paths)


def _tell(report: TransferReport, as_json: bool) -> None:
    if as_json:
        say_json({'event': 'done', **report.to_dict()})
        return
    tell_captures(report.ingests, report.refused)
    upload = report.upload
    stored = ', '.join(f'{count} {kind}' for kind, count in sorted(upload.stored.items()))
    known = sum(upload.existing.values())
    say(f'uploaded {stored or "no assets"} ({size(upload.body_bytes)}), {upload.entities} entities'
        + (f'; {known} assets were there already' if known else ''))
    for uid, count in upload.elsewhere.items():
        say(f'{plural(count, "asset")} of them belong to session {uid}, too')
    for uid in sorted(set(upload.sessions.values())):
        say(f'session {uid}')
    if upload.set_aside:
        say(f'{plural(upload.set_aside, "record")} refused by the server: {upload.last_error}')
