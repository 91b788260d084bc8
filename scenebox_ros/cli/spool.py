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

"""``scenebox spool``: look into a spool, check it, and put it right."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
import time
from typing import Any

from scenebox_ros.cli.console import say, say_json, size
from scenebox_ros.cli.outcome import Exit
from scenebox_ros.cli.state import state_folder
from scenebox_ros.errors import SettingsError
from scenebox_ros.model.plain import plural
from scenebox_ros.spool import care, Spool
from scenebox_ros.spool.limits import remembered
from scenebox_ros.spool.salvage import repair
from scenebox_ros.spool.stat import SpoolStat
from scenebox_ros.spool.tables import FILE
from scenebox_ros.stamps import to_iso

COLUMNS = ('entries', 'bytes', 'put', 'done', 'duplicate', 'refused', 'shed', 'aside', 'corrupt')
Deed = Callable[[argparse.Namespace, Spool], int]


def default_folder() -> Path:
    """Give the folder where the nodes have their spool unless they are told otherwise."""
    return state_folder() / 'spool'


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add the flag that says which spool, and the one for machines."""
    parser.add_argument(
        '--spool', type=Path, default=default_folder(), metavar='DIR',
        help='the spool (default: that of the robot\'s nodes, %(default)s)',
    )
    parser.add_argument('--json', action='store_true', help='JSON lines instead of text')


def add_parser(verbs: Any) -> None:
    """Add the verb with its own verbs."""
    parser = verbs.add_parser(
        'spool', help='look into a spool, check it, put it right',
        description='What waits on this machine for the server. All verbs may be used while the '
        'robot records and uploads.',
    )
    deeds = parser.add_subparsers(dest='deed', metavar='VERB', required=True)
    deed: Any
    for name, deed, text in (
        ('ls', _ls, 'list what waits, next to go first'),
        ('stat', _stat, 'count what is here and what became of what was'),
        ('verify', _verify, 'read every entry and check it; damaged ones are set aside'),
        ('retry', _retry, 'put what is set aside back into the queue'),
        ('purge', _purge, 'delete what is set aside'),
        ('rebind', _rebind, 'give what waits to whichever server is next'),
        ('repair', _repair, 'put what is sound in a damaged file into a new one; nothing else may '
         'use the spool'),
    ):
        verb = deeds.add_parser(name, help=text, description=text)
        add_folder(verb)
        verb.set_defaults(run=_repair if deed is _repair else _runner(deed))
        if name in ('ls', 'retry', 'purge'):
            verb.add_argument('--topic', help='only of this topic')
        if name == 'ls':
            verb.add_argument('--aside', action='store_true', help='list what is set aside')
            verb.add_argument('--limit', type=_count_of, default=50, metavar='N',
                              help='at most so many (default: %(default)s; 0: all)')
        if name == 'purge':
            verb.add_argument('--waiting', action='store_true',
                              help='delete what waits, too: IT IS LOST')
            verb.add_argument('--older-than-h', type=float, default=0.0, metavar='N',
                              help='only what is older than N hours')


def open_existing(folder: Path) -> Spool:
    """
    Open a spool that is there.

    Raises
    ------
    SettingsError
        If there is none.

    """
    if not (folder / FILE).is_file():
        raise SettingsError(f'there is no spool in {folder}; name its folder with --spool')
    return Spool(folder)


def _count_of(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f'{text!r} is no count; write 0 or more')
    return int(text)


def _runner(deed: Deed) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        with open_existing(options.spool) as spool:
            return deed(options, spool)

    return run


def _choice(options: argparse.Namespace) -> care.Choice:
    is_old = care.older_than(getattr(options, 'older_than_h', 0.0) * 3600, time.time_ns())
    return lambda line: (not options.topic or line.stream == options.topic) and is_old(line)


def _ls(options: argparse.Namespace, spool: Spool) -> int:
    shown = 0
    for line in care.ls(spool, aside=options.aside):
        if options.topic and line.stream != options.topic:
            continue
        if options.limit and shown >= options.limit:
            break
        shown += 1
        if options.json:
            say_json(asdict(line))
            continue
        reason = f'  {line.reason}' if line.reason else ''
        say(f'{to_iso(line.put_ns)} {line.kind:8} {size(line.num_bytes):>9} {line.stream:40} '
            f'{line.id}{reason}')
    return Exit.OK


def _stat(options: argparse.Namespace, spool: Spool) -> int:
    stat = spool.stat()
    if options.json:
        say_json(stat.as_json())
    else:
        tell_stat(stat)
    return Exit.LOSS if stat.total.aside else Exit.OK


def tell_stat(stat: SpoolStat) -> None:
    """Write a spool's counts as a table."""
    say(f'{plural(stat.total.entries, "record")} waiting, the oldest for '
        f'{stat.oldest_age_s:.0f} s; {size(stat.total.bytes)} of {size(stat.limit_bytes)}; the '
        f'disk has {size(stat.free_bytes)} free')
    say(f'{"topic":40} ' + ' '.join(f'{name:>9}' for name in COLUMNS))
    for name, row in [*sorted(stat.streams.items()), ('total', stat.total)]:
        cells = [size(row.bytes) if column == 'bytes' else str(getattr(row, column))
                 for column in COLUMNS]
        say(f'{name or "sessions":40} ' + ' '.join(f'{cell:>9}' for cell in cells))
    for key, uid in sorted(stat.sessions.items()):
        say(f'session {key}: {uid or "not on the server yet"}')


def _verify(options: argparse.Namespace, spool: Spool) -> int:
    began = time.monotonic()
    found = care.verify(spool)
    if options.json:
        say_json(asdict(found))
    else:
        say(f'{found.sound} sound, {found.damaged} damaged and set aside '
            f'({time.monotonic() - began:.1f} s)')
    return Exit.LOSS if found.damaged else Exit.OK


def _retry(options: argparse.Namespace, spool: Spool) -> int:
    return _count(options, 'back in the queue', care.retry(spool, _choice(options)))


def _purge(options: argparse.Namespace, spool: Spool) -> int:
    number = care.purge(spool, _choice(options), aside_only=not options.waiting)
    return _count(options, 'deleted', number)


def _rebind(options: argparse.Namespace, spool: Spool) -> int:
    care.rebind(spool)
    return _count(options, 'go to the next server', len(spool))


def _repair(options: argparse.Namespace) -> int:
    if not (options.spool / FILE).is_file():
        raise SettingsError(f'there is no spool in {options.spool}; name its folder with --spool')
    done = repair(options.spool, remembered(options.spool))
    return _count(options, f'records are in a new file; the damaged one is {done.damaged_file}',
                  done.records)


def _count(options: argparse.Namespace, what: str, number: int) -> int:
    if options.json:
        say_json({what: number})
    else:
        say(f'{number} {what}')
    return Exit.OK
