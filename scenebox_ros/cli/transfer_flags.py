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

"""The flags that upload, verify and inspect share: which recordings, and what becomes of them."""

from __future__ import annotations

import argparse
from functools import reduce
import os
from pathlib import Path
import sys
from typing import Any

from scenebox_ros import stamps
from scenebox_ros.bags import find_bags, load_overrides, Overrides, parse_stream_flag
from scenebox_ros.bags.recordings import name_given, Options
from scenebox_ros.errors import BagError, SettingsError
from scenebox_ros.upload import UploadSettings

BITS_PER_MBIT = 1_000_000
MAX_PATH = 4096  # as Linux has it
MAX_NAME = 500  # of a session: servers take 512, and sets have a few more characters
MAX_SHOWN = 80
MAX_SECONDS = 10**12  # of a time: more are nanoseconds by mistake


def add_paths(parser: argparse.ArgumentParser) -> None:
    """Add the recordings."""
    parser.add_argument(
        'paths', metavar='PATH', nargs='+', type=as_path,
        help='recordings (.mcap, .db3, .bag, rosbag2 folders), or folders with recordings; - '
        'reads a list of paths from standard input, a line each or ended by NUL',
    )


def add_plan(parser: argparse.ArgumentParser) -> None:
    """Add what decides which topic becomes what."""
    parser.add_argument('--session', default='', metavar='NAME', type=_text,
                        help='name of the session; several recordings then share it (default: '
                        'one each, named by the file)')
    parser.add_argument('--metadata', action='append', default=[], metavar='NAME=VALUE',
                        type=_text, help='something about the session; may be repeated')
    parser.add_argument('--tag', action='append', default=[], metavar='WORD', type=_text,
                        help='a word that the session is found by; may be repeated')
    parser.add_argument('--topic', action='append', default=[], metavar='TOPIC',
                        help='use only these topics (a name or a pattern); may be repeated')
    parser.add_argument('--settings', type=Path, metavar='YAML', help='settings by topic; the '
                        'shape is in docs/bags.md')
    parser.add_argument('--stream', action='append', default=[], metavar='TOPIC:NAME=VALUE',
                        help='one setting of some topics (a name or a pattern); may be repeated')
    parser.add_argument('--video', action='store_true', help='also make a video of every camera')
    add_types(parser)
    parser.add_argument('--start', metavar='TIME', help='leave out what was recorded before '
                        '(ISO 8601, or seconds since the epoch)')
    parser.add_argument('--end', metavar='TIME', help='leave out what was recorded after')


def add_types(parser: argparse.ArgumentParser) -> None:
    """Add the definitions of messages."""
    parser.add_argument('--types', action='append', default=[], type=Path, metavar='PATH',
                        help='.msg files, or folders of them, for types that a recording lacks')


def recordings(options: argparse.Namespace) -> list[Path]:
    """Find the recordings that the command line names."""
    named: list[Path] = []
    for path in options.paths:
        named += _listed() if str(path) == '-' else [path]
    return find_bags(named)


def _listed() -> list[Path]:
    """Read the paths of standard input: a line each, or ended by NUL (``find -print0``)."""
    if sys.stdin is None:
        raise BagError('- reads a list of paths from standard input, which is closed')
    # Names are bytes: neither the locale nor the kind of newline may change them.
    content = sys.stdin.buffer.read()
    entries = content.split(b'\0') if b'\0' in content else content.splitlines()
    longest = max(map(len, entries), default=0)
    if longest > MAX_PATH:
        raise BagError(f'standard input is no list of paths: an entry has {longest} bytes; give '
                       'a path in each line')
    paths = [Path(os.fsdecode(entry)) for entry in entries if entry.strip()]
    return [path if os.path.lexists(path) else Path(str(path).strip()) for path in paths]


def transfer_options(options: argparse.Namespace) -> Options:
    """Make the options of a transfer out of the flags."""
    said = [Overrides(streams={'.*': {'video': True}})] if options.video else []
    said += [load_overrides(options.settings)] if options.settings else []
    said += [parse_stream_flag(text) for text in options.stream]
    said += [Overrides(_session_flags(options), only=tuple(options.topic))]
    cap = getattr(options, 'max_mbit', 0.0) * BITS_PER_MBIT / 8
    start_ns, end_ns = _moment(options.start), _moment(options.end)
    if start_ns is not None and end_ns is not None and end_ns < start_ns:
        raise SettingsError(f'--end {options.end} is before --start {options.start}')
    wanted = Options(
        session=options.session,
        overrides=reduce(Overrides.with_later, said, Overrides()),
        types=options.types,
        start_ns=start_ns,
        end_ns=end_ns,
        upload=UploadSettings(max_bytes_per_s=cap),
    )
    name = name_given(wanted)
    if name and not (name.strip() and name.isprintable() and len(name) <= MAX_NAME):
        raise SettingsError(f'session {name[:MAX_SHOWN]!r} is no name; give 1 to {MAX_NAME} '
                            'characters that can be printed')
    return wanted


def _session_flags(options: argparse.Namespace) -> dict[str, Any]:
    flags: dict[str, Any] = {'tags': options.tag} if options.tag else {}
    if options.metadata:
        flags['metadata'] = dict(map(_metadata, options.metadata))
    return flags


def _metadata(text: str) -> tuple[str, Any]:
    import yaml

    name, is_pair, value = text.partition('=')
    if not (name and is_pair):
        raise SettingsError(f'{text!r} is no metadata; write NAME=VALUE, like weather=rain')
    try:
        return name, yaml.safe_load(value)
    except yaml.YAMLError:
        return name, value


def as_path(text: str) -> Path:
    """Read a path; an empty one, of a variable that is not set, must not mean this folder."""
    if not text:
        raise argparse.ArgumentTypeError('a path is empty; write . for this folder')
    return Path(text)


def _text(text: str) -> str:
    """Read a text for the server, which takes only UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError(f'{text!r} is not UTF-8') from None
    return text


def _moment(text: str | None) -> int | None:
    if text is None:
        return None
    from datetime import datetime
    from decimal import Decimal

    try:
        seconds = Decimal(text)  # a float does not hold nanoseconds
        if abs(seconds) < MAX_SECONDS:
            return round(seconds * stamps.NS_PER_S)
    except ArithmeticError:
        pass
    try:
        return stamps.from_datetime(datetime.fromisoformat(text.replace('Z', '+00:00')))
    except ValueError:
        raise SettingsError(
            f'time {text!r} is neither ISO 8601, like 2026-01-31T12:30:00Z, nor seconds since the '
            'epoch'
        ) from None
