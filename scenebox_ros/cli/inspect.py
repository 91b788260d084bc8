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

"""``scenebox inspect``: what is in recordings, and how good they are."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenebox_ros import stamps
from scenebox_ros.bags.attach import attach, events_of
from scenebox_ros.bags.inspect import BagInspection, inspect_bag, TopicInspection
from scenebox_ros.bags.quality import Finding
from scenebox_ros.bags.recordings import made_of, open_recording, Options, session_names
from scenebox_ros.cli.connection import connect
from scenebox_ros.cli.console import say, say_json, size
from scenebox_ros.cli.outcome import verdict
from scenebox_ros.cli.settings import add_flags
from scenebox_ros.cli.telling import loss_lines
from scenebox_ros.cli.transfer_flags import add_paths, add_types, recordings
from scenebox_ros.client import SceneEngineClient
from scenebox_ros.errors import BagError, SessionError
from scenebox_ros.model.plain import plural
from scenebox_ros.upload import ClientPlatform
from scenebox_ros.upload.platform import moment_of
from scenebox_ros.upload.sessions import name_apart

COLUMNS = ('topic', 'type', 'messages', 'rate', 'pause', 'size', 'becomes')


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        'inspect', help='show what is in recordings, and what is odd about them',
        description='Read recordings once and show their topics, what is lost, and what is odd: '
        'gaps, stamps that go back or repeat, clocks apart, spans without a fix. Exit code 1 if '
        'something is lost or cannot be decoded.',
    )
    add_paths(parser)
    add_types(parser)
    parser.add_argument('--pictures', action='store_true',
                        help='also decode every picture: which are black, blurred, undecodable?')
    parser.add_argument('--attach', action='store_true', help='store the findings as events of '
                        'the session that the recording was uploaded as')
    parser.add_argument('--session', default='', metavar='NAME',
                        help='name of that session (default: the recording\'s)')
    add_flags(parser)
    parser.add_argument('--json', action='store_true', help='JSON lines instead of text')
    parser.set_defaults(run=run)


@dataclass
class Inspections:
    """What was found, by recording."""

    perfect: dict[str, bool] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def is_perfect(self) -> bool:
        """Tell whether nothing is lost."""
        return not self.refused and all(self.perfect.values())


def run(options: argparse.Namespace) -> int:
    """Inspect."""
    paths = recordings(options)
    if not options.attach:
        return verdict(_inspect_all(paths, options, None), paths)
    with connect(options) as client:
        return verdict(_inspect_all(paths, options, client), paths)


def _inspect_all(
    paths: Sequence[Path], options: argparse.Namespace, client: SceneEngineClient | None
) -> Inspections:
    done = Inspections()
    wanted = Options(session=options.session, types=options.types)
    names = session_names(paths)
    for path in paths:
        name = wanted.session or names[path]
        try:
            with open_recording(path, wanted) as bag:
                apart = name_apart(name, made_of([bag]))
                found = inspect_bag(bag, options.pictures)
        except BagError as error:
            done.refused[str(path)] = str(error)
            if options.json:
                say_json({'recording': str(path), 'refused': str(error)})
            else:
                say(str(error))
            continue
        done.perfect[str(path)] = found.is_perfect
        told: dict[str, Any] = {}
        if client is not None and found.findings:
            try:
                told = {'attached': _attach(client, found, [apart, name])}
            except SessionError as error:  # the others may have theirs
                told = {'not_attached': str(error)}
                done.perfect[str(path)] = False
        if options.json:
            say_json({**found.to_dict(), **told})
            continue
        _show(found)
        if 'attached' in told:
            say(f'{plural(told["attached"], "event")} attached to session {name}')
        elif told:
            say(f'not attached: {told["not_attached"]}')
    return done


def _attach(
    client: SceneEngineClient, found: BagInspection, names: Sequence[str]
) -> int:
    platform = ClientPlatform(client)
    uid = next((uid for uid in map(platform.find_session, names) if uid), None)
    if uid is None:
        raise SessionError(
            f'session {names[-1]!r} is not on the server; upload the recording first, or name its '
            'session with --session'
        )
    document = client.get_asset_manager('sessions').get_metadata(uid)
    bounds = [document.get(edge) for edge in ('start_time', 'end_time')]
    span = None
    if all(bounds):
        first, last = (stamps.from_datetime(moment_of(str(bound))) for bound in bounds)
        span = (first, last)
    count = attach(platform, uid, events_of(found, span))
    if count:
        client.resolve_session(uid)
    return count


def _show(found: BagInspection) -> None:
    say(f'{found.path}: {size(found.num_bytes)}, {plural(found.num_messages, "message")}'
        + (f', {found.duration_s:.1f} s from {stamps.to_iso(found.start_ns)}'
           if found.num_messages else ''))
    rows = [COLUMNS, *(_row(topic) for topic in found.topics)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    for row in rows if found.topics else ():
        say('  ' + '  '.join(
            cell.rjust(width) if 2 <= column <= 5 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip())
    for note in found.notes:
        say(f'  note: {note}')
    for line in loss_lines(found.losses):
        say(f'  {line}')
    for finding in found.findings:
        if finding.kind != 'loss':
            say(f'  {_line(finding, found.start_ns)}')
    if not found.findings:
        say('  nothing odd was found')


def _row(topic: TopicInspection) -> tuple[str, ...]:
    return (
        topic.topic,
        topic.msgtype,
        str(topic.count),
        '' if topic.rate_hz is None else f'{topic.rate_hz:.3g} Hz',
        '' if topic.longest_pause_s is None else f'{topic.longest_pause_s:.3g} s',
        size(topic.num_bytes),
        topic.role if not topic.problem else f'skip: {topic.problem}',
    )


def _line(finding: Finding, begin_ns: int) -> str:
    """Write a finding, with its place in seconds since the recording's start."""
    where = ''
    if finding.start_ns is not None:
        start_s = (finding.start_ns - begin_ns) / stamps.NS_PER_S
        where = f' at {start_s:.2f} s'
        if finding.end_ns is not None and finding.end_ns > finding.start_ns:
            end_s = (finding.end_ns - begin_ns) / stamps.NS_PER_S
            where = f' from {start_s:.2f} to {end_s:.2f} s'
    kind = finding.kind.replace('_', ' ')
    return f'{kind}: {finding.topic or "the recording"}{where}: {finding.message}'
