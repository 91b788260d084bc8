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

"""The demo as a newcomer runs it, twice; and the README's commands."""

from pathlib import Path
import re
import shlex
import subprocess

from e2e_support import COMMAND
import pytest

from scenebox_ros.demo.drive import Drive
from scenebox_ros.demo.recording import recorder

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]


def test_the_demo_shows_everything_and_a_second_one_adds_nothing(scenebox, tmp_path):
    first = scenebox('demo', '--data', tmp_path / 'demo')
    second = scenebox('demo', '--data', tmp_path / 'demo')

    assert first.returncode == 0, first.stdout + first.stderr
    assert '60 images, 1 videos, 30 lidars, 28 fixes' in first.stdout
    assert 'resolved' in first.stdout
    assert 'all there' in first.stdout
    picture = tmp_path / 'demo' / 'session.png'
    assert picture.read_bytes().startswith(b'\x89PNG')
    assert str(picture) in first.stdout
    assert second.returncode == 0, second.stdout + second.stderr
    assert 'uploaded nothing new' in second.stdout
    assert 'concern no topic' not in first.stdout + second.stdout


def test_the_demo_takes_your_own_recording(scenebox, tmp_path, small_drive):
    done = scenebox('demo', '--data', tmp_path / 'demo', '--bag', small_drive)

    assert done.returncode == 0, done.stdout + done.stderr
    assert 'session small_drive: 20 images' in done.stdout


def test_the_demo_takes_a_recording_without_pictures(scenebox, tmp_path):
    with recorder(tmp_path / 'track') as write:
        for message in Drive(duration_s=2.0).messages():
            if message.topic in {'/gnss/fix', '/imu/data'}:
                write(message)

    done = scenebox('demo', '--data', tmp_path / 'demo', '--bag', tmp_path / 'track')

    assert done.returncode == 0, done.stdout + done.stderr
    assert 'session track: 9 fixes' in done.stdout
    assert 'all there' in done.stdout


def test_a_demo_that_was_killed_leaves_no_server_behind(
    environment, scenebox, tmp_path, small_drive
):
    flags = ['demo', '--data', tmp_path / 'demo', '--bag', small_drive]
    process = subprocess.Popen([*COMMAND, *flags], env=environment, stdout=subprocess.PIPE)
    process.stdout.readline()  # its server runs
    process.kill()
    process.communicate()

    again = scenebox(*flags)

    assert again.returncode == 0, again.stdout + again.stderr
    assert 'all there' in again.stdout


def test_every_verb_has_help(scenebox):
    told = scenebox('--help').stdout
    verbs = re.findall(r'^    (\w+)  ', told, re.MULTILINE)

    assert {'demo', 'serve', 'upload', 'verify'} <= set(verbs)
    for verb in verbs:
        done = scenebox(verb, '--help')
        assert done.returncode == 0
        assert 'usage: scenebox' in done.stdout


def test_the_version_is_told(scenebox):
    assert re.match(r'scenebox_ros \d+\.\d+\.\d+$', scenebox('--version').stdout.strip())


def commands(section):
    """Read the blocks of shell lines of one section of the README."""
    text = (ROOT / 'README.md').read_text().split(f'## {section}\n')[1].split('\n## ')[0]
    return re.findall(r'```sh\n(.*?)```', text, re.DOTALL)


def test_the_readmes_workstation_commands_work(environment, command, tmp_path, small_drive):
    first, second = commands('On a workstation, without ROS')
    serve = shlex.split(first.splitlines()[-1])
    assert serve[:2] == ['scenebox', 'serve']
    assert 'scenebox upload' in second
    server = subprocess.Popen(
        [command / 'scenebox', *serve[1:], '--port', '0'], cwd=tmp_path, env=environment,
        stdout=subprocess.PIPE, text=True)
    url = re.search(r'http://[\w.:]+', server.stdout.readline()).group()

    done = subprocess.run(
        ['bash', '-ec', second.replace('recordings/', str(small_drive))], cwd=tmp_path,
        timeout=120, check=False, capture_output=True, text=True,
        env={**environment, 'SCENE_ENGINE_URL': url, 'PATH': f'{command}:{environment["PATH"]}'})
    server.terminate()
    server.communicate()

    assert done.returncode == 0, done.stdout + done.stderr
    assert 'all there' in done.stdout


def test_the_readmes_picture_is_there():
    names = re.findall(r'!\[.*?\]\((.*?)\)', (ROOT / 'README.md').read_text())

    assert names
    assert all((ROOT / name).read_bytes().startswith(b'\x89PNG') for name in names)


def test_the_readmes_python_example_works(server, scenebox, small_drive):
    scenebox('upload', small_drive, '--session', 'demo_drive', server=server)
    text = (ROOT / 'README.md').read_text().split('## In Python\n')[1]
    code = re.search(r'```python\n(.*?)```', text, re.DOTALL).group(1)
    code = code.replace('http://127.0.0.1:8420', server.url)
    printed = []

    exec(code, {'token': server.token, 'print': lambda *words: printed.append(words)})

    assert len(printed) == 20
    assert all(words[1] == 'camera_front' for words in printed)


def test_make_knows_the_readmes_targets():
    makefile = (ROOT / 'Makefile').read_text()
    for target in re.findall(r'make (\w+)', (ROOT / 'README.md').read_text()):
        assert re.search(rf'^{target}:', makefile, re.MULTILINE), target
