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

"""A real server, a recording, and the command as its users run it."""

import os
import shlex
import subprocess

from e2e_support import COMMAND, ROOT, Server
import pytest

from scenebox_ros.demo.drive import Drive
from scenebox_ros.demo.recording import record
from scenebox_ros.demo.sensors import Camera, Lidar


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp('server') / 'data')
    yield running
    running.stop()


@pytest.fixture
def fresh_server(tmp_path):
    running = Server(tmp_path / 'server')
    yield running
    running.stop()


@pytest.fixture
def environment(tmp_path):
    """The command's environment: nothing of the user's, state in a folder of the test."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(('SCENE', 'XDG'))}
    return {**kept, 'XDG_STATE_HOME': str(tmp_path / 'state'),
            'XDG_CONFIG_HOME': str(tmp_path / 'config'), 'PYTHONPATH': str(ROOT)}


@pytest.fixture
def scenebox(environment):
    """Run the command; gives what came back."""

    def run(*arguments, server=None, **extra):
        more = {'SCENE_ENGINE_URL': server.url, 'SCENEBOX_TOKEN': server.token} if server else {}
        return subprocess.run(
            [*COMMAND, *map(str, arguments)], env={**environment, **more, **extra},
            capture_output=True, text=True, timeout=300, check=False)

    return run


@pytest.fixture(scope='session')
def small_drive(tmp_path_factory):
    """A short drive, recorded."""
    drive = Drive(duration_s=2.0, camera=Camera(160, 90, 100.0), lidar=Lidar(8, 180))
    return record(drive, tmp_path_factory.mktemp('drive') / 'small_drive')


@pytest.fixture
def command(tmp_path):
    """A folder with the command in it, as an installation has."""
    folder = tmp_path / 'bin'
    folder.mkdir()
    (folder / 'scenebox').write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    (folder / 'scenebox').chmod(0o755)
    return folder
