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

"""Read the command line, run the verb, turn what happened into an exit code."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
import json
import logging
import os
import signal
import sys

from scenebox_ros import __version__
from scenebox_ros.cli.outcome import Exit, exit_code, explain
from scenebox_ros.errors import DependencyError
from scenebox_ros.memory import keep_freed_memory, search_less, search_what_follows

# In the order of --help: what the verb does, and the extra that brings what it imports.
VERBS = {
    'demo': ('see everything work, with a drive of our own or with your recording', 'all'),
    'serve': ('run a local server', 'server'),
    'upload': ('upload recordings as sessions', 'bags'),
    'verify': ('compare recordings with what the server holds', 'bags'),
    'inspect': ('look at what is in recordings, and at their quality', 'bags'),
    'export': ('write recordings as files: images, videos, clouds, tables', 'bags'),
    'status': ('look at the nodes of this robot and its spool', 'robot'),
    'spool': ('look at a spool and repair it', 'robot'),
    'fsck': ('hash everything that a server keeps, and report', 'server'),
    'backup': ('copy a server\'s data while it runs', 'server'),
}
ROS_ARGS = '--ros-args'

EPILOG = """
exit codes:
  0 all is well            3 no connection to the server
  1 something was lost     4 the token is missing, wrong or lacks rights
  2 wrong command line     5 a path is no recording, or cannot be read
  6 another error          130 stopped by Ctrl-C (run it again to continue)
"""


def build_parser(wanted: str = '') -> argparse.ArgumentParser:
    """
    Build the parser.

    Parameters
    ----------
    wanted
        The verb that gets its flags: only its module is imported, and no other verb is described.
        Without one, all are described and none has flags: so --help is quick, and works where
        just the client is installed.

    """
    parser = argparse.ArgumentParser(
        prog='scenebox',
        description='Perception data from robots and bags, as sessions on a SceneBox platform.',
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--version', action='version', version=f'scenebox_ros {__version__}')
    parser.add_argument('-v', '--verbose', action='store_true', help='log what happens to stderr')
    verbs = parser.add_subparsers(dest='verb', metavar='VERB', required=True)
    if wanted:
        import_module(f'scenebox_ros.cli.{wanted}').add_parser(verbs)
    else:
        for name, (summary, _) in VERBS.items():
            verbs.add_parser(name, help=summary)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command.

    Parameters
    ----------
    arguments
        The command line without the program; None takes the process's own.

    Returns
    -------
    int
        The exit code.

    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if ROS_ARGS in words:
        # A launch gives them to all that it starts from a package; nothing of ours follows.
        words = words[:words.index(ROS_ARGS)]
    if arguments is None:
        _open_streams()
    if arguments is None and _verb(words) != 'serve':
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and & in scripts do
                signal.signal(number, _stop_at_once)
    is_short = arguments is None and _verb(words) not in {'serve', 'demo'}
    if is_short:
        # Only the server multiplies matrices of a size that is worth starting threads for.
        os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
        keep_freed_memory()
        search_less()
    logging.basicConfig(format='%(levelname)s %(name)s: %(message)s', stream=sys.stderr)
    is_verbose = as_json = False
    try:
        with _extras_named(_verb(words)):
            options = build_parser(_verb(words)).parse_args(words)
            if is_short:
                search_what_follows()
            is_verbose, as_json = options.verbose, getattr(options, 'json', False)
            logging.getLogger('scenebox_ros').setLevel('DEBUG' if is_verbose else 'WARNING')
            return int(options.run(options))
    except KeyboardInterrupt:
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:
        # The reader has gone (head, less): nothing is wrong, and nothing can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.OK)
    except Exception as error:
        if is_verbose:
            logging.getLogger(__name__).exception('failed')
        sys.stderr.write(f'scenebox: {explain(error)}\n')
        if as_json:
            with suppress(OSError):  # that may be what failed
                os.write(1, _last_line('failed', int(exit_code(error)), explain(error)).encode())
        return int(exit_code(error))


def _open_streams() -> None:
    """Open what the caller closed: a file of ours would get its number, and what we say."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number
    sys.stdout = sys.stdout or os.fdopen(1, 'w', encoding='utf-8')
    sys.stderr = sys.stderr or os.fdopen(2, 'w', encoding='utf-8')


def _last_line(event: str, code: int, error: str) -> str:
    """Write the line that a program waits for where there is no report."""
    return json.dumps({'event': event, 'exit_code': code, 'error': error}) + '\n'


def _stop_at_once(number: int, _: object) -> None:
    """
    End the process: what must survive is on the disk at any moment.

    Waiting for requests under way could take as long as their timeouts.
    """
    with suppress(RuntimeError, OSError):  # it may have come in the middle of a write
        sys.stdout.flush()
    start = '\n' if os.isatty(2) else ''
    text = 'stopped; run the same command again to continue'
    with suppress(OSError):  # of a terminal that was closed
        os.write(2, f'{start}scenebox: {text}\n'.encode())
    if '--json' in sys.argv:
        with suppress(OSError):  # the reader may have gone
            os.write(1, _last_line('stopped', 128 + number, text).encode())
    os._exit(128 + number)


def _verb(words: Sequence[str]) -> str:
    """Find the verb on a command line: the flags before it take no values."""
    first = next((word for word in words if word not in {'-v', '--verbose'}), '')
    return first if first in VERBS else ''


@contextmanager
def _extras_named(verb: str) -> Iterator[None]:
    """Say which extra to install where a library is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if not verb or (error.name or '').startswith('scenebox_ros'):
            raise
        raise DependencyError(
            f'scenebox {verb} needs {error.name}, which is not installed; '
            f"run: pip install 'scenebox_ros[{VERBS[verb][1]}]'"
        ) from error


if __name__ == '__main__':
    sys.exit(main())
