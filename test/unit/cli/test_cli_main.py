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

"""The command line itself: what it imports, and what it says where something is not installed."""

import json
import os
from pathlib import Path
import platform
import subprocess
import sys

import pytest

from scenebox_ros.cli import main
from scenebox_ros.cli.outcome import Exit

ROOT = Path(__file__).parents[3]
# As where only the client is installed.
WITHOUT = 'import sys; sys.modules.update(dict.fromkeys(["numpy", "starlette"])); '
RUN = 'from scenebox_ros.cli.main import main; sys.exit(main(sys.argv[1:]))'

# As frames come and go; prints how many pages the system had to give for the last rounds.
FRAMES_GO = """
import resource, sys
from scenebox_ros.cli.main import main
sys.argv = ['scenebox', *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for round in range(12):
    if round == 2:
        before = faults()
    frames = [b'.' * (3_000_000 + n) for n in range(4)]
    del frames
print(faults() - before, file=sys.stderr)
"""


def run_without_extras(*words):
    return subprocess.run(
        [sys.executable, '-c', WITHOUT + RUN, *words], capture_output=True, text=True,
        check=False, env={**os.environ, 'PYTHONPATH': str(ROOT)})


@pytest.mark.parametrize('words', [['--help'], ['--version'], ['-v', '--help']])
def test_help_works_where_only_the_client_is_installed(words):
    done = run_without_extras(*words)

    assert done.returncode == 0, done.stderr
    assert 'scenebox' in done.stdout


@pytest.mark.parametrize('verb', main.VERBS)
def test_a_verb_has_help_or_says_which_extra_it_lacks(verb):
    done = run_without_extras(verb, '--help')

    if done.returncode == 0:
        assert f'usage: scenebox {verb}' in done.stdout
    else:
        assert done.returncode == Exit.OTHER
        assert done.stderr.count('\n') == 1
        assert f"scenebox_ros[{main.VERBS[verb][1]}]'" in done.stderr


def test_a_library_that_is_missing_only_later_is_named_too():
    done = run_without_extras('serve', '--data', 'nowhere')

    assert done.returncode == Exit.OTHER
    assert "scenebox_ros[server]'" in done.stderr


def test_help_tells_what_every_verb_does(capsys):
    with pytest.raises(SystemExit):
        main.main(['--help'])

    told = ' '.join(capsys.readouterr().out.split())
    assert all(summary in told for summary, _ in main.VERBS.values())


def test_beside_a_verb_no_other_is_described():
    told = ' '.join(main.build_parser('export').format_help().split())

    assert [verb for verb, (summary, _) in main.VERBS.items() if summary in told] == []
    assert 'write images, videos, clouds and tables' in told


def test_an_unknown_verb_is_a_wrong_command_line(capsys):
    with pytest.raises(SystemExit) as stopped:
        main.main(['uplaod'])

    assert stopped.value.code == Exit.USAGE
    assert 'upload' in capsys.readouterr().err


def test_a_program_gets_a_last_line_also_where_there_is_no_report(capfd, tmp_path):
    code = main.main(['upload', str(tmp_path / 'nowhere'), '--json'])
    told = json.loads(capfd.readouterr().out.splitlines()[-1])

    assert (told['event'], told['exit_code']) == ('failed', code)
    assert 'nowhere' in told['error']


@pytest.mark.skipif(not os.path.exists('/dev/full'), reason='this system has no full device')
def test_output_that_finds_no_room_is_told_in_one_line(tmp_path):
    (tmp_path / 'empty.mcap').write_bytes(b'')
    with open('/dev/full', 'w') as full:
        done = subprocess.run(
            [sys.executable, '-c', f'import sys; {RUN}', 'inspect', str(tmp_path), '--json'],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            env={**os.environ, 'PYTHONPATH': str(ROOT)})

    assert done.returncode == Exit.OTHER
    assert done.stderr.splitlines()[0] == 'scenebox: No space left on device'
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize('words', [['upload', ''], ['export', 'run.mcap', '-o', '']])
def test_an_empty_path_does_not_mean_this_folder(words, capsys):
    with pytest.raises(SystemExit) as stopped:
        main.main(words)

    assert stopped.value.code == Exit.USAGE
    assert 'a path is empty' in capsys.readouterr().err


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='other C libraries have own ways')
@pytest.mark.parametrize('verb', ['export', 'inspect', 'upload', 'verify'])
def test_the_memory_of_a_frame_is_used_for_the_next_one(verb):
    done = subprocess.run(
        [sys.executable, '-c', FRAMES_GO, verb, '--help'], capture_output=True, text=True,
        check=True, env={**os.environ, 'PYTHONPATH': str(ROOT)})

    pages_of_a_round = 4 * 3_000_000 // 4096
    assert int(done.stderr) < pages_of_a_round
