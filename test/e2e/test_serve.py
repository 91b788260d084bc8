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

"""The served folder, as whoever starts it sees it."""

import os
import signal
import socket
import subprocess

from e2e_support import COMMAND, ROOT
import pytest

pytestmark = pytest.mark.e2e


def start(folder, *flags):
    """Start a server; give the process and the line with its URL."""
    process = subprocess.Popen(
        [*COMMAND, 'serve', '--data', folder, '--port', '0', *flags], stdout=subprocess.PIPE,
        text=True, env={**os.environ, 'PYTHONPATH': str(ROOT)})
    return process, process.stdout.readline()


def stop(process, number=signal.SIGTERM):
    process.send_signal(number)
    process.communicate(timeout=60)
    return process.returncode


def refusal(scenebox, *words):
    done = scenebox('serve', *words)
    assert done.returncode not in {0, 130}
    (line,) = done.stderr.splitlines()
    assert line.startswith('scenebox: ')
    return line


def test_a_server_tells_its_url_and_where_its_token_is(tmp_path):
    process, line = start(tmp_path / 'data')
    token = tmp_path / 'data' / 'token'

    assert 'http://127.0.0.1:' in line
    assert str(token) in line
    assert token.stat().st_mode & 0o777 == 0o600
    assert stop(process) == 0


def test_others_can_read_nothing_of_the_data_even_in_a_folder_that_they_can_enter(tmp_path):
    (tmp_path / 'data').mkdir(mode=0o755)
    process, _ = start(tmp_path / 'data')
    stop(process)

    kept = [path for path in (tmp_path / 'data').rglob('*') if path.is_file()]
    assert tmp_path / 'data' / 'scenebox.sqlite' in kept
    assert not any(path.stat().st_mode & 0o077 for path in kept)


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_a_second_start_keeps_the_token(tmp_path, number):
    process, _ = start(tmp_path / 'data')
    first = (tmp_path / 'data' / 'token').read_text()
    assert stop(process, number) == 0

    process, _ = start(tmp_path / 'data')

    assert stop(process, number) == 0
    assert (tmp_path / 'data' / 'token').read_text() == first


def test_a_folder_that_is_served_is_refused(scenebox, tmp_path):
    process, _ = start(tmp_path / 'data')

    assert 'another server has' in refusal(scenebox, '--data', tmp_path / 'data', '--port', '0')
    stop(process)


def test_a_port_that_is_taken_is_refused(scenebox, tmp_path):
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert str(port) in refusal(scenebox, '--data', tmp_path / 'data', '--port', port)


def test_a_port_that_cannot_be_is_refused(scenebox, tmp_path):
    assert '99999' in refusal(scenebox, '--data', tmp_path / 'data', '--port', '99999')


def test_a_file_is_no_folder_for_data(scenebox, tmp_path):
    (tmp_path / 'file').write_text('')

    assert str(tmp_path / 'file') in refusal(scenebox, '--data', tmp_path / 'file', '--port', '0')


def test_a_database_that_is_none_is_refused(scenebox, tmp_path):
    (tmp_path / 'scenebox.sqlite').write_text('this is no database' * 100)

    assert 'scenebox.sqlite' in refusal(scenebox, '--data', tmp_path, '--port', '0')
