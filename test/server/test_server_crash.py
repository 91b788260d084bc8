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
More rounds: ``SCENEBOX_CRASH_ROUNDS=200``; other moments: ``SCENEBOX_CRASH_SEED=1000``.
"""

import hashlib
import os
import random
import subprocess
import sys
import threading

import httpx
import pytest
from server_support import Server, START

from scenebox_ros.server.fsck import fsck
from scenebox_ros.wire.frames import line

pytestmark = pytest.mark.e2e

ROUNDS = int(os.environ.get('SCENEBOX_CRASH_ROUNDS', '3'))
SEED = int(os.environ.get('SCENEBOX_CRASH_SEED', '0'))
Q = {'asset_type': 'images', 'replace': 'True'}


class Load:
    """
    Threads that upload, write, delete and start jobs until the server dies; with a ledger.

    The ledger has the hash of every asset that was acknowledged, the hashes that one may have
    whose overwriting was not, and the batches that were not: all of one are there, or none.
    """

    def __init__(self, server, seed):
        self.server = server
        self.random = random.Random(seed)
        self.seed = seed
        self.bytes = {}
        self.either = {}
        self.unanswered = []
        self.gone = set()
        self.jobs = []
        self.acknowledged = 0
        self.enough = threading.Event()
        self.over = threading.Event()
        self.target = self.random.randrange(5, 80)

    def run(self):
        threads = [threading.Thread(target=self._work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        assert self.enough.wait(60)
        # Not just after an answer, but at any moment of what is under way then.
        threading.Event().wait(self.random.random() * 0.05)
        self.server.process.kill()
        self.over.set()
        self.server.process.wait(30)
        for thread in threads:
            thread.join(60)

    def _living(self, _):
        # The socket outlives the server: a new connection would wait there for an answer.
        if self.over.is_set():
            raise httpx.ConnectError('the server was killed')

    def _work(self, worker):
        chance = random.Random(f'{self.seed}-{worker}')
        own = []
        with self.server.client() as http, httpx.Client(timeout=20) as plain:
            http.event_hooks = plain.event_hooks = {'request': [self._living]}
            n = 0
            while True:
                n += 1
                name = f'r{self.seed}_w{worker}_{n}'
                try:
                    if chance.random() < 0.3:
                        self._batch(http, chance, name, own)
                    else:
                        self._step(http, plain, chance, name)
                except httpx.TransportError:
                    return
                self.acknowledged += 1
                if self.acknowledged >= self.target:
                    self.enough.set()

    def _batch(self, http, chance, name, own):
        """Put new assets, and an old one anew, in one request."""
        names = [f'{name}_{n}' for n in range(chance.randrange(1, 20))]
        again = [chance.choice(own)] if own else []
        contents = {one: chance.randbytes(chance.choice([100, 20_000, 200_000]))
                    for one in [*names, *again]}
        digests = {one: hashlib.sha256(content).hexdigest() for one, content in contents.items()}
        for one in again:
            self.either[one] = {self.bytes.pop(one), digests[one]}
        self.unanswered.append(names)
        document = b'{"sets": ["crash"]}'
        body = b''.join(line(one, document, content, 'x.bin') + content
                        for one, content in contents.items())
        reply = http.put('/v1/assets/batch/', params=Q, content=body)
        assert not [one for one in reply.json()['results'] if 'error' in one]
        self.unanswered.remove(names)
        for one in again:
            del self.either[one]
        self.bytes.update(digests)
        own += names

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
    """Compare all that the ledgers say with what the server gives."""
    with server.client() as http, httpx.Client(timeout=60) as plain:
        params = {**Q, 'scan': 'True', 'sort_field': 'id'}
        found = http.post('/v1/assets/meta/', params=params, json={}).json()
        uris = {one['id']: one['object_access'] for one in found}
        body = {'ids': [*uris], 'object_accesses': [*uris.values()]}
        urls = http.post('/v1/assets/url_from_object_access_in_batch/', params=Q, json=body).json()
        members = {one['id']: one['sets'] for one in found}

        def digest(name):
            return hashlib.sha256(plain.get(urls[name]).content).hexdigest()

        for load in loads:
            assert {name: digest(name) for name in load.bytes} == load.bytes
            assert all(digest(name) in digests for name, digests in load.either.items())
            assert all(len({name in uris for name in names}) == 1 for names in load.unanswered)
            assert not load.gone & uris.keys()
            assert all('crash' in members[name] for name in load.bytes)
            for task, name in load.jobs:
                pause = threading.Event()
                while not http.get(f'/v1/jobs/query_task/{task}').json()['completed']:
                    pause.wait(0.05)
                assert name in http.get(f'/v1/assets/meta/{name}', params=Q).json()['sets']


@pytest.mark.e2e
def test_what_was_acknowledged_survives_being_killed(tmp_path):
    server = Server(tmp_path / 'data')
    loads = []
    for seed in range(SEED, SEED + ROUNDS):
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
def test_the_check_itself_notices_what_is_wrong(tmp_path):
    server = Server(tmp_path / 'data')
    server.start()
    load = Load(server, 4)
    load.run()
    server.start()
    check(server, [load])
    first, second, third, *_ = [one for one in load.bytes if one.count('_') == 3]

    def noticed():
        with pytest.raises((AssertionError, KeyError)):
            check(server, [load])

    with server.client() as http:
        load.gone.add(first)
        noticed()
        load.gone.remove(first)
        load.unanswered.append([first, 'of_the_same_batch'])
        noticed()
        load.unanswered.pop()
        http.delete(f'/v1/assets/{second}', params=Q)
        noticed()
        del load.bytes[second]
        check(server, [load])
        other = line(third, b'{}', b'other', 'x.bin') + b'other'
        http.put('/v1/assets/batch/', params=Q, content=other)
        noticed()

    assert server.stop() == 0


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
