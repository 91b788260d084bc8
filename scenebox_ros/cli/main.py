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
from collections.abc import Sequence
from importlib import import_module
import logging
import os
import sys

from scenebox_ros import __version__
from scenebox_ros.cli.outcome import Exit, exit_code, explain

# The order of --help.
VERBS = ('demo', 'serve', 'backup', 'fsck', 'upload', 'verify')

EPILOG = """
exit codes:
  0 all is well            3 no connection to the server
  1 something was lost     4 the token is missing, wrong or lacks rights
  2 wrong command line     5 a path is no recording, or cannot be read
  6 another error          130 stopped by Ctrl-C (run it again to continue)
"""


def build_parser() -> argparse.ArgumentParser:
    """Build the parser with every verb."""
    parser = argparse.ArgumentParser(
        prog='scenebox',
        description='Perception data from robots and bags, as sessions on a SceneBox platform.',
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--version', action='version', version=f'scenebox_ros {__version__}')
    parser.add_argument('-v', '--verbose', action='store_true', help='log what happens to stderr')
    verbs = parser.add_subparsers(dest='verb', metavar='VERB', required=True)
    for name in VERBS:
        import_module(f'scenebox_ros.cli.{name}').add_parser(verbs)
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
    options = build_parser().parse_args(arguments)
    logging.basicConfig(format='%(levelname)s %(name)s: %(message)s', stream=sys.stderr)
    logging.getLogger('scenebox_ros').setLevel(logging.DEBUG if options.verbose else 'WARNING')
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        sys.stderr.write('scenebox: stopped; run the same command again to continue\n')
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:
        # The reader has gone (head, less): nothing is wrong, and nothing can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.OK)
    except Exception as error:
        if options.verbose:
            logging.getLogger(__name__).exception('failed')
        sys.stderr.write(f'scenebox: {explain(error)}\n')
        return int(exit_code(error))


if __name__ == '__main__':
    sys.exit(main())
