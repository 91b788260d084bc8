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
import subprocess

import pytest

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


def test_the_demo_takes_your_own_recording(scenebox, tmp_path, small_drive):
    done = scenebox('demo', '--data', tmp_path / 'demo', '--bag', small_drive)

    assert done.returncode == 0, done.stdout + done.stderr
    assert 'session small_drive: 20 images' in done.stdout


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
    """Read the shell lines of one section of the README."""
    text = (ROOT / 'README.md').read_text().split(f'## {section}\n')[1]
    return re.search(r'```sh\n(.*?)```', text, re.DOTALL).group(1)


def test_the_readmes_workstation_commands_work(environment, command, tmp_path, small_drive):
    script = commands('On a workstation, without ROS').replace(
        "pip install 'scenebox_ros[all]'", ':').replace('recordings/', str(small_drive))
    assert 'scenebox upload' in script
    lines = [line for line in script.splitlines() if line]
    serve = next(i for i, line in enumerate(lines) if 'scenebox serve' in line)
    lines[serve] = lines[serve].replace('serve', 'serve --port 8421')
    lines.insert(serve + 1, 'for _ in $(seq 100); do [ -s scenebox-data/token ] && break; '
                 'sleep 0.1; done; sleep 1; trap "kill %1" EXIT')

    done = subprocess.run(
        ['bash', '-c', 'set -e\n' + '\n'.join(lines)], cwd=tmp_path, timeout=120, check=False,
        env={**environment, 'SCENE_ENGINE_URL': 'http://127.0.0.1:8421',
             'PATH': f'{command}:{environment["PATH"]}'},
        capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert 'all there' in done.stdout


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
