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

"""Sets with something in them."""

import itertools

import pytest

from scenebox_ros.server.store.naming import Name

numbers = itertools.count()


@pytest.fixture
def ask(http):
    def send(method, path, body=None, status=200):
        reply = http.request(method, f'/v1/{path}', json=body)
        assert reply.status_code == status, reply.text
        return reply.json()

    return send


@pytest.fixture
def finish(server):
    return lambda reply: server.core.jobs.wait(reply['job_id'], 30)


@pytest.fixture
def images(server, ask):
    """Make images with bytes; give their ids."""

    def make(count=3, **document):
        owner = server.core.identities.identify(server.token).organization_id
        ids = [f'img_{next(numbers)}' for _ in range(count)]
        for name in ids:
            stored = server.core.objects.put(Name(owner, f'{name}/a.JPG'), name.encode())
            content = {'object_access': {'filename': 'a.JPG', 'uri': stored.uri},
                       'timestamp': '2024-01-01T00:00:00Z', **document}  # fmt: skip
            ask('PUT', f'assets/meta/{name}?asset_type=images&replace=True', content)
        return ids

    return make


@pytest.fixture
def new_set(ask):
    def make(**wish):
        name = wish.pop('name', f'Set {next(numbers)}')
        return ask('POST', 'sets/add/', {'name': name, 'assets_type': 'images', **wish})['id']

    return make


@pytest.fixture
def filled(ask, finish, images, new_set):
    """A set of three images."""
    ids, name = images(), new_set()
    finish(ask('POST', f'sets/{name}/add_assets_list/', {'asset_list': ids}))
    return name, ids
