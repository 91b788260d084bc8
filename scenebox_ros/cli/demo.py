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

"""``scenebox demo``: a drive of our own, or your recording, to a local server and back."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
import ctypes
from dataclasses import replace
import os
from pathlib import Path
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from scenebox_ros.bags import find_bags, Overrides
from scenebox_ros.bags.recordings import Options
from scenebox_ros.bags.transfer import transfer, TransferReport
from scenebox_ros.bags.verify import verify
from scenebox_ros.cli.console import ReadingBar, say, size
from scenebox_ros.cli.outcome import Exit
from scenebox_ros.cli.telling import tell_captures
from scenebox_ros.cli.tour import draw, summarize, Summary
from scenebox_ros.client import SceneEngineClient
from scenebox_ros.errors import ConnectionFailedError
from scenebox_ros.upload import ClientPlatform

RECORDINGS = Path(__file__).parents[1] / 'demo' / 'recordings'
START_S = 30.0
PR_SET_PDEATHSIG = 1
# The demo shows videos, too; by default cameras give single frames.
WITH_VIDEO = Overrides(streams={'/camera/front/.*': {'video': True}})


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        'demo',
        description='Start a local server, upload a rendered drive and two real recordings, wait '
        'until their sessions are resolved, compare what arrived with what was recorded, and draw '
        'it. A second run adds nothing.',
    )
    parser.add_argument('--data', type=Path, default=Path('demo-data'), metavar='DIR',
                        help='where everything is kept (default: %(default)s)')
    parser.add_argument('--bag', type=Path, metavar='PATH', help='your own recording instead')
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the demo."""
    began = time.monotonic()
    options.data.mkdir(parents=True, exist_ok=True)
    paths = find_bags([options.bag]) if options.bag else _own_recordings(options.data)
    with _server(options.data / 'server') as (url, token):
        say(f'a local server runs at {url}')
        with SceneEngineClient(auth_token=token, scene_engine_url=url) as client:
            platform = ClientPlatform(client)
            wanted = Options(overrides=WITH_VIDEO)
            with ReadingBar(False) as bar:
                report = transfer(paths, platform, wanted, bar)
            _say_uploaded(report)
            # The notes are about the demo's own settings, which nobody asked for.
            told = {path: replace(ingest, notes=()) for path, ingest in report.ingests.items()}
            tell_captures(told, report.refused)
            readable = [path for path in paths if str(path) not in report.refused]
            uids = sorted(set(report.upload.sessions.values()))
            summaries = [summarize(client, uid) for uid in uids]
            for summary in summaries:
                _say_session(summary)
            checked = verify(readable, platform, wanted)
            picture = _picture(client, summaries, options.data / 'session.png')
    if not readable:
        return Exit.NO_RECORDING
    count = sum(checked.expected.values())
    say(f'compared {count} items with the recordings: '
        + ('all there' if checked.is_perfect else f'{len(checked.gaps)} gaps'))
    say(f'{time.monotonic() - began:.1f} s in all')
    _say_what_next(options, paths, picture)
    return Exit.OK if checked.is_perfect and report.is_perfect else Exit.LOSS


def _own_recordings(data: Path) -> list[Path]:
    from scenebox_ros.demo.drive import Drive
    from scenebox_ros.demo.recording import record

    drive = data / 'demo_drive'
    if not drive.exists():
        say('rendering a drive through a small town (once)')
        record(Drive(), drive)
    return [drive, *find_bags([RECORDINGS])]


@contextmanager
def _server(folder: Path) -> Iterator[tuple[str, str]]:
    """Run a server on a free port of this machine for as long as the block lasts."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / 'serve.log').open('w') as log:
        process = subprocess.Popen(
            [sys.executable, '-m', 'scenebox_ros.cli.main', 'serve', '--data', str(folder),
             '--port', str(port)],
            stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            preexec_fn=_end_with_parent,
        )
    try:
        _wait_for(port, process, folder / 'serve.log')
        yield f'http://127.0.0.1:{port}', (folder / 'token').read_text().strip()
    finally:
        process.terminate()
        process.wait()


def _end_with_parent() -> None:
    """Have the system stop the server when a demo is killed, or the next would find it running."""
    library = ctypes.CDLL(None)
    if hasattr(library, 'prctl'):
        library.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(('127.0.0.1', port)) == 0:
                return
        time.sleep(0.05)
    told = log.read_text().strip().splitlines()
    why = told[-1] if told else f'no answer in {START_S:.0f} s'
    raise ConnectionFailedError(f'the local server did not start ({why}); its log is {log}')


def _picture(
    client: SceneEngineClient, summaries: Sequence[Summary], path: Path
) -> Path | None:
    richest = max(summaries, key=lambda summary: summary.richness, default=None)
    return draw(client, richest, path) if richest and richest.is_visible else None


def _say_uploaded(report: TransferReport) -> None:
    stored, known = report.upload.stored, sum(report.upload.existing.values())
    new = ', '.join(f'{count} {kind}' for kind, count in sorted(stored.items()) if count)
    if not new and not known and report.upload.entities:
        new = f'{report.upload.entities} entities'
    say(f'uploaded {new or "nothing new"} ({size(report.upload.body_bytes)})'
        + (f'; {known} assets were there already' if known else ''))


def _say_session(summary: Summary) -> None:
    say(f'  session {summary.name}: {summary.content}, {size(summary.num_bytes)}, '
        f'{summary.seconds:.1f} s, {summary.status}')


def _say_what_next(
    options: argparse.Namespace, paths: Sequence[Path], picture: Path | None
) -> None:
    if picture is not None:
        say(f'a picture of it: {picture}')
    server = options.data / 'server'
    say('to look further, leave a server running:')
    say(f'  {_command()} serve --data {shlex.quote(str(server))}')
    say('and, beside it:')
    say(f'  export SCENEBOX_TOKEN_FILE={shlex.quote(str(server / "token"))}')
    say(f'  {_command()} verify {shlex.quote(str(paths[0]))}')


def _command() -> str:
    """Say what to type: without an activated environment, the command is not on the path."""
    beside = Path(sys.executable).with_name('scenebox')
    if shutil.which('scenebox') or not beside.exists():
        return 'scenebox'
    return shlex.quote(os.path.relpath(beside))
