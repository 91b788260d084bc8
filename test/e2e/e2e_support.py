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

"""A real server in a process of its own, and what the command said."""

import json
import os
from pathlib import Path
import socket
import subprocess
import sys
import time

from free_port import free_port

from scenebox_ros.client import SceneEngineClient

COMMAND = [sys.executable, '-m', 'scenebox_ros.cli.main']
ROOT = Path(__file__).parents[2]


class Server:
    """A local server on a free port."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.url = f'http://127.0.0.1:{self.port}'
        self.start()

    def command(self):
        return [*COMMAND, 'serve', '--data', self.folder, '--port', str(self.port)]

    def start(self):
        self.process = subprocess.Popen(
            self.command(), stderr=subprocess.DEVNULL,
            env={**os.environ, 'PYTHONPATH': str(ROOT)})
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self._listens():
                return
            assert self.process.poll() is None, 'the server ended'
            time.sleep(0.05)
        raise AssertionError('the server did not start')

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(('127.0.0.1', self.port)) == 0

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


def last_json(done):
    """Read the last line that the command wrote."""
    assert done.stdout.strip(), done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])
