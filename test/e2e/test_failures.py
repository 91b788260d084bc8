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

"""What goes wrong is told in one line, with an exit code and no traceback."""

import json
import signal
import socket
import subprocess

from e2e_support import COMMAND
import pytest

pytestmark = pytest.mark.e2e


def one_line(done):
    lines = [line for line in done.stderr.splitlines() if line.startswith('scenebox: ')]
    assert len(lines) == 1, done.stderr
    assert 'Traceback' not in done.stderr + done.stdout
    return lines[0]


def test_a_wrong_path(server, scenebox, tmp_path):
    done = scenebox('upload', tmp_path / 'nowhere', server=server)

    assert done.returncode == 5
    assert 'nowhere' in one_line(done)


def test_a_file_that_is_no_recording(server, scenebox, tmp_path):
    path = tmp_path / 'holiday.mcap'
    path.write_bytes(b'this is no recording' * 100)

    done = scenebox('upload', path, server=server)

    assert done.returncode == 5
    assert 'holiday.mcap' in one_line(done)
    assert done.stdout == ''


def test_one_that_is_none_does_not_stop_the_others(server, scenebox, small_drive, tmp_path):
    path = tmp_path / 'holiday.mcap'
    path.write_bytes(b'this is no recording' * 100)
    scenebox('upload', path, small_drive, server=server)

    done = scenebox('verify', path, small_drive, server=server)

    assert done.returncode == 1
    assert 'holiday.mcap' in done.stdout
    assert '20 images, 10 lidars' in done.stdout


def test_a_wrong_token(server, scenebox, small_drive):
    done = scenebox('upload', small_drive, server=server, SCENEBOX_TOKEN='wrong-secret-token')

    assert done.returncode == 4
    assert 'token' in one_line(done)
    assert 'wrong-secret-token' not in done.stderr + done.stdout


def test_no_token(server, scenebox, small_drive):
    done = scenebox('upload', small_drive, '--server', server.url)

    assert done.returncode == 4
    assert '--token-file' in one_line(done)


def test_a_server_that_is_not_there(server, scenebox, small_drive):
    done = scenebox('upload', small_drive, server=server, SCENE_ENGINE_URL='http://127.0.0.1:9')

    assert done.returncode == 3
    assert '127.0.0.1:9' in one_line(done)
    assert len(done.stderr.splitlines()) == 1


def test_a_server_that_is_something_else(scenebox, small_drive, tmp_path):
    done = scenebox('upload', small_drive, '--server', 'ftp://nowhere', SCENEBOX_TOKEN='x')

    assert done.returncode == 2
    assert 'ftp://nowhere' in one_line(done)


def test_a_token_file_that_others_can_read_is_told(server, scenebox, small_drive, tmp_path):
    path = tmp_path / 'token'
    path.write_text(server.token)
    path.chmod(0o644)

    done = scenebox('upload', small_drive, '--server', server.url, '--token-file', path)

    assert done.returncode == 0
    assert 'chmod 600' in done.stderr


def test_flags_win_over_the_environment_and_that_over_the_file(server, scenebox, tmp_path):
    config = tmp_path / 'config.yaml'
    config.write_text('server: http://127.0.0.1:9\ntoken_file: /nowhere\n')
    token = tmp_path / 'token'
    token.write_text(server.token)
    token.chmod(0o600)

    from_file = scenebox('verify', tmp_path, SCENEBOX_CONFIG=str(config))
    from_environment = scenebox(
        'upload', tmp_path, SCENEBOX_CONFIG=str(config), SCENEBOX_TOKEN_FILE=str(token))
    from_flags = scenebox(
        'verify', tmp_path, '--server', server.url, '--token-file', token,
        SCENEBOX_CONFIG=str(config))

    assert from_file.returncode == 5  # an empty folder has no recordings: that comes first
    assert from_environment.returncode == 5
    assert from_flags.returncode == 5


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_program_is_told_that_an_upload_was_stopped(server, environment, small_drive, number):
    more = {'SCENE_ENGINE_URL': server.url, 'SCENEBOX_TOKEN': server.token}
    running = subprocess.Popen(
        [*COMMAND, 'upload', str(small_drive), '--json', '--session', f'stopped {number}',
         '--max-mbit', '0.01', '--stream', f'/camera/.*:jpeg_quality={10 + number}'],
        env={**environment, **more}, stdout=subprocess.PIPE, text=True,
        # A script that runs the tests in its background, or nohup, has them ignore it.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
    first = json.loads(running.stdout.readline())
    running.send_signal(number)
    told, _ = running.communicate(timeout=30)
    last = [json.loads(line) for line in told.splitlines()][-1]

    assert first['event'] == 'sending'
    assert running.returncode == 128 + number
    assert (last['event'], last['exit_code']) == ('stopped', 128 + number)


@pytest.mark.parametrize('closed', ['>&-', '2>&-', '>&- 2>&- <&-'])
def test_a_closed_output_is_no_error_and_no_file_gets_what_is_said(
        closed, environment, small_drive, tmp_path):
    words = [*COMMAND, 'export', str(small_drive), '-o', str(tmp_path / 'out'), '--json']
    done = subprocess.run(['/bin/sh', '-c', f'"$@" {closed}', 'sh', *words],
                          env=environment, capture_output=True, text=True)

    assert done.returncode == 0
    assert done.stderr == ''
    files = [each for each in (tmp_path / 'out').rglob('*') if each.is_file()]
    assert files
    assert not [each for each in files if b'"event"' in each.read_bytes()]


def test_a_server_that_says_nothing_is_told_meanwhile(environment, small_drive):
    with socket.socket() as silent:
        silent.bind(('127.0.0.1', 0))
        silent.listen()
        url = f'http://127.0.0.1:{silent.getsockname()[1]}'
        command = [*COMMAND, 'upload', str(small_drive), '--server', url]
        with subprocess.Popen(command, env={**environment, 'SCENEBOX_TOKEN': 'x'},
                              stderr=subprocess.PIPE, text=True) as upload:
            told = upload.stderr.readline()
            upload.terminate()

    assert told == f'waiting for an answer of {url}\n'
