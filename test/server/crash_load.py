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
What a server is asked for until it is killed, and what it acknowledged.

The ledger is the load's own: an entry is made when an answer arrives, never read from the server.
"""

from collections import Counter
from contextlib import contextmanager
import hashlib
import random
import threading

import cv2
import httpx
import numpy as np

from scenebox_ros.wire.frames import line

Q = {'asset_type': 'images', 'replace': 'True'}
UPDATE = {'asset_type': 'images'}
SETS = ('joined', 'left')


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def claims(parts):
    return [{'PartNumber': number, 'ETag': sha256(content)} for number, content in parts.items()]


def picture(chance):
    pixels = np.frombuffer(chance.randbytes(64 * 48 * 3), np.uint8).reshape(48, 64, 3)
    return cv2.imencode('.jpg', pixels)[1].tobytes()


class Ledger:
    """
    What was acknowledged.

    ``bytes`` and ``numbers`` have, of each asset, the hashes and the values of its field ``n``
    that it may have: one, or two while an overwriting has no answer. ``unanswered`` has the
    batches without an answer: all of one are there, or none. ``parts`` has what arrived of uploads
    that are not completed. ``jobs`` has what must be so when a job is done, and of which assets.
    """

    def __init__(self):
        self.bytes, self.numbers, self.sets = {}, {}, {}
        self.unanswered, self.gone, self.jobs = [], set(), []
        self.parts = {}
        self.done = Counter()

    @contextmanager
    def may_change(self, table, name, value):
        """While this lasts, the old value and the new are right; afterwards, only the new one."""
        table[name] = {*table.get(name, ()), value}
        yield
        table[name] = {value}

    @contextmanager
    def may_go(self, names):
        """While this lasts, nothing is known of some assets; afterwards, they are gone."""
        for name in names:
            for table in (self.bytes, self.numbers, self.sets):
                table.pop(name, None)
        yield
        self.gone.update(names)


class Load:
    """Threads that ask for everything until the server dies; with a ledger."""

    def __init__(self, server, seed, workers=4):
        self.server = server
        self.random = random.Random(seed)
        self.seed = seed
        self.workers = workers
        self.ledger = Ledger()
        self.acknowledged = 0
        self.enough = threading.Event()
        self.over = threading.Event()
        self.failures = []
        self.target = self.random.randrange(5, 80)

    def run(self):
        threads = [threading.Thread(target=self._work, args=(n,)) for n in range(self.workers)]
        for thread in threads:
            thread.start()
        assert self.enough.wait(60), self.failures
        # Not just after an answer, but at any moment of what is under way then.
        threading.Event().wait(self.random.random() * 0.05)
        self.server.process.kill()
        self.over.set()
        self.server.process.wait(30)
        for thread in threads:
            thread.join(60)
        assert not self.failures

    def _living(self, _):
        # The socket outlives the server: a new connection would wait there for an answer.
        if self.over.is_set():
            raise httpx.ConnectError('the server was killed')

    def _work(self, number):
        with self.server.client() as http, httpx.Client(timeout=20) as plain:
            http.event_hooks = plain.event_hooks = {'request': [self._living]}
            worker = Worker(self.ledger, f'r{self.seed}_w{number}', http, plain)
            while True:
                try:
                    worker.step()
                except httpx.TransportError:
                    return
                except Exception as error:
                    self.failures.append(repr(error))
                    self.enough.set()
                    return
                self.acknowledged += 1
                if self.acknowledged >= self.target:
                    self.enough.set()


class Worker:
    """One who uploads, changes, reads and deletes assets of its own."""

    def __init__(self, ledger, name, http, plain):
        self.ledger = ledger
        self.name = name
        self.http = http
        self.plain = plain
        self.chance = random.Random(name)
        self.own = []
        self.count = 0

    def step(self):
        kinds = {
            self.single: 6, self.batch: 4, self.multipart: 2, self.update: 3, self.members: 3,
            self.delete: 2, self.tag: 2, self.media: 1, self.download: 3,
        }  # fmt: skip
        # The first assets are made before any is changed.
        step = self.chance.choices([*kinds], [*kinds.values()])[0] if self.own[3:] else self.batch
        self.count += 1
        step(f'{self.name}_{self.count}')
        self.ledger.done[step.__name__] += 1

    def ask(self, method, path, body=None, params=Q, **more):
        reply = self.http.request(method, f'/v1/{path}', params=params, json=body, **more)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def content(self, *sizes):
        return self.chance.randbytes(self.chance.choice(sizes or [100, 20_000, 200_000]))

    def put(self, name, uri, digest):
        number = self.chance.randrange(1_000_000)
        body = {'object_access': {'uri': uri}, 'sets': ['crash', 'left'], 'n': number}
        self.ask('POST', 'assets/meta_batch/', {'ids': [name], 'metadata': [body]})
        self.ledger.bytes[name] = {digest}
        self.ledger.numbers[name] = {number}
        self.ledger.sets[name] = {'crash', 'left'}
        self.own.append(name)

    def single(self, name, content=None):
        """Put an asset with its bytes, by a link or by a form."""
        content = content or self.content(100, 20_000, 200_000, 1_500_000)
        place = self.ask('POST', 'assets/temporary_upload_url/', {'ids': [name]})[name]
        if self.chance.random() < 0.5:
            assert self.plain.put(place['put_url'], content=content).status_code == 200
        else:
            reply = self.plain.post(place['url'], files={'file': content})
            assert reply.status_code == 204
        self.put(name, place['uri'], sha256(content))

    def batch(self, name):
        """Put new assets, and an old one anew, in one request."""
        names = [f'{name}_{n}' for n in range(self.chance.randrange(1, 20))]
        again = [self.chance.choice(self.own)] if self.own else []
        contents = {one: self.content() for one in [*names, *again]}
        body = b''.join(
            line(one, b'{"sets": ["crash"]}', content, 'x.bin') + content
            for one, content in contents.items()
        )
        for one in again:
            # Put anew, it keeps its sets and nothing else.
            self.ledger.bytes[one].add(sha256(contents[one]))
            self.ledger.numbers[one].add(None)
        self.ledger.unanswered.append(names)
        reply = self.ask('PUT', 'assets/batch/', content=body)
        assert not [one for one in reply['results'] if 'error' in one]
        self.ledger.unanswered.remove(names)
        for one, content in contents.items():
            self.ledger.bytes[one], self.ledger.numbers[one] = {sha256(content)}, {None}
            self.ledger.sets.setdefault(one, {'crash'})
        self.own += names

    def multipart(self, name):
        """Put an asset in parts; the last may never be sent."""
        contents = [self.content(100, 1_200_000) for _ in range(self.chance.randrange(1, 4))]
        upload = self.ask('POST', 'assets/multipart_upload_id/', {'id': name})['upload_id']
        known = self.ledger.parts[upload] = {}
        for number, content in enumerate(contents, 1):
            body = {'id': name, 'part_no': number, 'upload_id': upload}
            url = self.ask('POST', 'assets/multipart_temporary_upload_url/', body)['url']
            reply = self.plain.put(url, content=content)
            assert reply.headers['ETag'] == f'"{sha256(content)}"'
            known[number] = content
        if self.chance.random() < 0.3:
            return
        body = {'id': name, 'upload_id': upload, 'parts': claims(known)}
        reply = self.ask('POST', 'assets/multipart_complete/', body)
        del self.ledger.parts[upload]
        self.put(name, reply['uri'], sha256(b''.join(contents)))

    def update(self, _):
        """Change a field of a document."""
        name, number = self.chance.choice(self.own), self.chance.randrange(1_000_000)
        with self.ledger.may_change(self.ledger.numbers, name, number):
            self.ask('PUT', f'assets/meta/{name}', {'n': number}, UPDATE)

    def members(self, _):
        """Let assets join one set, and leave another."""
        names = sorted({self.chance.choice(self.own) for _ in range(3)})
        change, path = self.chance.choice([
            ('joined', 'sets/joined/add_assets_list/'),
            ('left', 'sets/left/remove_assets_list/'),
        ])  # fmt: skip
        job = self.ask('POST', path, {'asset_list': names})['job_id']
        self.ledger.jobs.append((job, change, names))

    def delete(self, _):
        """Delete an asset at once, or some by a job."""
        self.chance.shuffle(self.own)
        if self.chance.random() < 0.5:
            names = [self.own.pop()]
            with self.ledger.may_go(names):
                self.ask('DELETE', f'assets/{names[0]}')
            return
        names, self.own[-2:] = self.own[-2:], []
        for name in names:
            for table in (self.ledger.bytes, self.ledger.numbers, self.ledger.sets):
                table.pop(name, None)
        body = {'assets_list': names}
        job = self.ask('POST', 'assets/remove_with_list/', body)['job_id']
        self.ledger.jobs.append((job, 'gone', names))

    def tag(self, name):
        """Add a set to an asset by a query."""
        one = self.chance.choice(self.own)
        body = {
            'update_field': 'sets',
            'update_value': name,
            'operation': 'add',
            'search': {'filters': [{'field': 'id', 'values': [one]}]},
        }
        (job,) = self.ask('POST', 'assets/update_by_query', body)
        self.ledger.jobs.append((job, name, [one]))

    def media(self, name):
        """Let a thumbnail be made, in another process."""
        self.single(name, picture(self.chance))
        self.own.remove(name)
        body = {'ids': [name], 'use_preset': 'small'}
        job = self.ask('POST', 'images/compress_images/', body)['job_id']
        self.ledger.jobs.append((job, 'thumbnail', [name]))

    def download(self, _):
        """Read an asset, whole or a range."""
        name = self.chance.choice(self.own)
        known = self.ledger.bytes[name]
        content = self.plain.get(self.ask('GET', f'assets/{name}')['url']).content
        assert {sha256(content)} == known
