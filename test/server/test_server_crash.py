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

"""
Killing the server under load: what it acknowledged must be there afterwards, byte for byte.

The ledger is the load's own: an entry is made when an answer arrives, never read from the server.
More rounds: ``SCENEBOX_CRASH_ROUNDS=200``.
"""

import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading

import httpx
import pytest

from scenebox_ros.server.fsck import fsck

ROUNDS = int(os.environ.get('SCENEBOX_CRASH_ROUNDS', '3'))
Q = {'asset_type': 'images', 'replace': 'True'}
START = (
    'import socket, sys; from scenebox_ros.server.serve import serve;'
    'serve(sys.argv[1], sock=socket.socket(fileno=int(sys.argv[2])))'
)


class Server:
    """A server in a process of its own; its socket outlives it, so the address stays."""

    def __init__(self, folder):
        self.folder = folder
        self.sock = socket.socket()
        self.sock.bind(('127.0.0.1', 0))
        self.sock.listen(128)
        self.url = f'http://127.0.0.1:{self.sock.getsockname()[1]}'

    def start(self):
        number = self.sock.fileno()
        command = [sys.executable, '-c', START, str(self.folder), str(number)]
        self.process = subprocess.Popen(command, pass_fds=[number])
        # The socket is there already, so this waits in line until the server takes it.
        httpx.get(f'{self.url}/readyz', timeout=60).raise_for_status()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.sock.close()
        return self.process.wait(60)

    def client(self):
        token = (self.folder / 'token').read_text()
        return httpx.Client(
            base_url=self.url, headers={'Authorization': f'Bearer {token}'}, timeout=20
        )


class Load:
    """Threads that upload, write, delete and start jobs until the server dies; with a ledger."""

    def __init__(self, server, seed):
        self.server = server
        self.random = random.Random(seed)
        self.seed = seed
        self.bytes = {}
        self.gone = set()
        self.jobs = []
        self.acknowledged = 0
        self.enough = threading.Event()
        self.target = self.random.randrange(5, 200)

    def run(self):
        threads = [threading.Thread(target=self._work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        assert self.enough.wait(60)
        self.server.kill()
        for thread in threads:
            thread.join(60)

    def _work(self, worker):
        chance = random.Random(f'{self.seed}-{worker}')
        with self.server.client() as http, httpx.Client(timeout=20) as plain:
            n = 0
            while True:
                n += 1
                try:
                    self._step(http, plain, chance, f'r{self.seed}_w{worker}_{n}')
                except httpx.TransportError:
                    return
                self.acknowledged += 1
                if self.acknowledged >= self.target:
                    self.enough.set()

    def _step(self, http, plain, chance, name):
        size = chance.choice([100, 20_000, 200_000, 1_500_000])
        content = chance.randbytes(size)
        places = http.post('/v1/assets/temporary_upload_url/', params=Q, json={'ids': [name]})
        place = places.json()[name]
        if chance.random() < 0.5:
            assert plain.put(place['put_url'], content=content).status_code == 200
        else:
            assert plain.post(place['url'], files={'file': content}).status_code == 204
        access = {'object_access': {'uri': place['uri']}, 'sets': ['crash'], 'n': size}
        body = {'ids': [name], 'metadata': [access]}
        assert http.post('/v1/assets/meta_batch/', params=Q, json=body).status_code == 200
        self.bytes[name] = hashlib.sha256(content).hexdigest()
        if chance.random() < 0.2:
            # From here on it may be there or not, until the answer says that it is gone.
            digest = self.bytes.pop(name)
            assert digest
            assert http.delete(f'/v1/assets/{name}', params=Q).status_code == 200
            self.gone.add(name)
        elif chance.random() < 0.3:
            body = {'update_field': 'sets', 'update_value': name, 'operation': 'add',
                    'search': {'filters': [{'field': 'id', 'values': [name]}]}}
            (task,) = http.post('/v1/assets/update_by_query', params=Q, json=body).json()
            self.jobs.append((task, name))


def check(server, loads):
    with server.client() as http, httpx.Client() as plain:
        for load in loads:
            for name, digest in load.bytes.items():
                url = http.get(f'/v1/assets/{name}', params={**Q, 'return_url': 'True'}).json()
                assert hashlib.sha256(plain.get(url['url']).content).hexdigest() == digest
            for name in load.gone:
                assert http.get(f'/v1/assets/exists/{name}', params=Q).json() is False
            for task, name in load.jobs:
                pause = threading.Event()
                while not http.get(f'/v1/jobs/query_task/{task}').json()['completed']:
                    pause.wait(0.05)
                assert name in http.get(f'/v1/assets/meta/{name}', params=Q).json()['sets']
        expected = {name for load in loads for name in load.bytes}
        query = {'filters': [{'field': 'sets', 'values': ['crash']}]}
        params = {**Q, 'scan': 'True'}
        found = set(http.post('/v1/assets/', params=params, json=query).json()['results'])
        assert expected <= found


@pytest.mark.e2e
def test_what_was_acknowledged_survives_being_killed(tmp_path):
    server = Server(tmp_path / 'data')
    loads = []
    for seed in range(ROUNDS):
        server.start()
        load = Load(server, seed)
        load.run()
        loads.append(load)
        assert load.acknowledged
        assert fsck(server.folder).problems == []
    server.start()
    check(server, loads)

    assert server.stop() == 0
    report = fsck(server.folder)
    assert (report.problems, report.dangling) == ([], [])
    assert report.objects >= sum(len(load.bytes) for load in loads)


@pytest.mark.e2e
def test_one_folder_has_one_server(tmp_path):
    first = Server(tmp_path / 'data')
    first.start()
    second = Server(tmp_path / 'data')
    number = second.sock.fileno()
    command = [sys.executable, '-c', START, str(first.folder), str(number)]
    refused = subprocess.run(
        command, pass_fds=[number], capture_output=True, text=True, timeout=60, check=False
    )

    second.sock.close()

    assert refused.returncode != 0
    assert 'another server has' in refused.stderr
    assert first.stop() == 0
