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

"""``scenebox verify``: whether everything has arrived."""

from __future__ import annotations

import argparse
from typing import Any

from scenebox_ros import stamps
from scenebox_ros.bags.verify import Gap, verify, VerifyReport
from scenebox_ros.cli.connection import connect
from scenebox_ros.cli.console import ReadingBar, say, say_json
from scenebox_ros.cli.outcome import verdict
from scenebox_ros.cli.settings import add_flags
from scenebox_ros.cli.transfer_flags import add_paths, add_plan, recordings, transfer_options
from scenebox_ros.errors import BagError
from scenebox_ros.model.plain import plural
from scenebox_ros.upload import ClientPlatform

SHOWN = 20


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        'verify',
        description='Read recordings again and compare, item by item and hash by hash, with what '
        'the server holds. Give the same flags as for the upload.',
    )
    add_paths(parser)
    add_flags(parser)
    add_plan(parser)
    parser.add_argument('--json', action='store_true', help='JSON lines instead of text')
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Verify."""
    paths = recordings(options)
    with connect(options) as client, ReadingBar(options.json) as bar:
        report = verify(paths, ClientPlatform(client), transfer_options(options), bar)
    if len(report.refused) == len(paths) and not options.json:
        raise BagError('; '.join(report.refused.values()))
    if options.json:
        say_json({'event': 'done', **report.to_dict()})
    else:
        _tell(report)
    return verdict(report, paths)


def _tell(report: VerifyReport) -> None:
    expected = ', '.join(f'{count} {kind}' for kind, count in report.expected.items())
    for gap in report.gaps[:SHOWN]:
        say(_line(gap))
    if len(report.gaps) > SHOWN:
        say(f'... and {len(report.gaps) - SHOWN} more (--json lists all)')
    for path, reason in report.refused.items():
        say(reason if path in reason else f'{path}: {reason}')
    found = plural(len(report.gaps), 'gap') if report.gaps else 'all there'
    say(f'{plural(report.recordings, "recording")}: {expected or "nothing"} expected; {found}')
    if report.encoded_anew:
        say(f'{plural(report.encoded_anew, "asset")} came from another version of the encoder; '
            'the server holds the bytes that were sent')
    if report.unchecked:
        say(f'the server cannot list entities: {report.unchecked} of them were not looked for')


def _line(gap: Gap) -> str:
    moment = stamps.to_iso(gap.item.stamp_ns)
    return f'{gap.item.kind} {gap.item.id} ({gap.item.topic}, {moment}): {gap.fault}'
