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

"""A real server on a loopback port, once per module, with the token of its first start."""

import itertools

import pytest
from server_support import running

from scenebox_ros.server.store.naming import Name

numbers = itertools.count()


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp('scenebox')) as started:
        yield started


@pytest.fixture
def http(server):
    with server.client() as client:
        yield client


@pytest.fixture
def ask(http):
    """Ask a route of the API; give the answer, which must have a status."""

    def send(method, path, body=None, status=200):
        reply = http.request(method, f'/v1/{path}', json=body)
        assert reply.status_code == status, reply.text
        return reply.json()

    return send


@pytest.fixture
def finish(server):
    """Wait for the job that an answer names; give its result."""
    return lambda reply: server.core.jobs.wait(reply['job_id'], 120)


@pytest.fixture
def upload(server, http):
    """Store bytes and a document, as an upload does; give the id."""

    def send(kind, body, **document):
        name = f'{kind}_{next(numbers):06}'
        owner = server.core.identities.identify(server.token).organization_id
        stored = server.core.objects.put(Name(owner, f'{name}/file'), body)
        content = {'object_access': {'uri': stored.uri}, 'timestamp': '2024-01-01T00:00:00+00:00',
                   **document}  # fmt: skip
        reply = http.put(f'/v1/assets/meta/{name}', json=content,
                         params={'asset_type': kind, 'replace': True})  # fmt: skip
        assert reply.status_code == 200, reply.text
        return name

    return send


@pytest.fixture
def document(http):
    """Fetch a document by type and id."""
    return lambda kind, name: http.get(
        f'/v1/assets/meta/{name}', params={'asset_type': kind}
    ).json()


@pytest.fixture
def content(server):
    """Read what a document or a thumbnail names: the object and its bytes."""

    def read(entry):
        stored = server.core.objects.find_uri(entry['object_access']['uri'])
        return stored, server.core.objects.read(stored)

    return read


@pytest.fixture
def run(server, http):
    """Ask for a job and wait for it; give its result, or why it was refused."""

    def send(path, body, status=200):
        reply = http.post(f'/v1/{path}', json=body)
        assert reply.status_code == status, reply.text
        if status == 200:
            return server.core.jobs.wait(reply.json()['job_id'], 60)
        return reply.json()['error']['message']

    return send
