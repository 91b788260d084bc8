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

"""A real server in a process of its own, and the command as its users run it."""

import json
import os
from pathlib import Path
import socket
import subprocess
import sys
import time

import pytest

from scenebox_ros.client import SceneEngineClient
from scenebox_ros.demo.drive import Drive
from scenebox_ros.demo.recording import record
from scenebox_ros.demo.sensors import Camera, Lidar

COMMAND = [sys.executable, '-m', 'scenebox_ros.cli.main']
ROOT = Path(__file__).parents[2]


class Server:
    """A local server on a free port."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            self.port = probe.getsockname()[1]
        self.url = f'http://127.0.0.1:{self.port}'
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [*COMMAND, 'serve', '--data', self.folder, '--port', str(self.port)],
            stderr=subprocess.DEVNULL, env={**os.environ, 'PYTHONPATH': str(ROOT)})
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(('127.0.0.1', self.port)) == 0:
                    return
            assert self.process.poll() is None, 'the server ended'
            time.sleep(0.05)
        raise AssertionError('the server did not start')

    def stop(self):
        self.process.terminate()
        self.process.wait(60)

    @property
    def token(self):
        return (self.folder / 'token').read_text().strip()

    def client(self):
        return SceneEngineClient(auth_token=self.token, scene_engine_url=self.url)

    def content(self):
        """Everything that uploads change: ids of all assets and entities, hashes of all bytes."""
        with self.client() as client:
            held = {'entities': {}}
            for kind in ['images', 'lidars', 'videos', 'sets']:
                documents = client.get_asset_manager(kind).search_meta_large()
                held[kind] = {d['id']: d.get('sha256') for d in documents}
            for session in client.get_asset_manager('sessions').search_meta_large():
                ids = sorted(e['entity_id'] for e in client.iterate_entities(session['id']))
                held['entities'][session['session_name']] = ids
            return held


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


def last_json(done):
    """Read the last line that the command wrote."""
    assert done.stdout.strip(), done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])
