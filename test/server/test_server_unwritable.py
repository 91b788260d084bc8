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

"""A disk that takes no writes, and a folder that is gone: told at once, and nothing is stored."""

import resource

import httpx
import pytest
from server_support import running, Server

from scenebox_ros.server.fsck import fsck

pytestmark = pytest.mark.e2e
Q = {'asset_type': 'images'}
PUT = {**Q, 'replace': 'True'}


def link(http, name):
    reply = http.post('/v1/assets/temporary_upload_url/', params=Q, json={'ids': [name]})
    return reply.json()[name]['put_url']


def told(reply):
    return reply.status_code, reply.json().get('error', {}).get('code')


def test_a_disk_that_takes_no_writes_is_told_and_reads_go_on(tmp_path):
    server = Server(tmp_path / 'data')
    server.start()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with server.client() as http:
        links = [link(http, name) for name in ('small', 'large')]
        http.put('/v1/assets/meta/before', params=PUT, json={}).raise_for_status()
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (0, limits[1]))
        refused = [
            http.get('/readyz'),
            http.put('/v1/assets/meta/meanwhile', params=PUT, json={}),
            http.post('/v1/assets/remove_with_list/', params=Q, json={'assets_list': ['before']}),
            httpx.put(links[0], content=b'x' * 1000),
            httpx.put(links[1], content=b'x' * 2_000_000),
        ]
        read = http.get('/v1/assets/meta/before', params=Q)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)
        ready = http.get('/readyz')
        stored = [httpx.put(place, content=b'y' * 1000) for place in links]
        there = http.get('/v1/assets/exists/meanwhile', params=Q).json()
    server.stop()

    assert [told(reply) for reply in refused] == [(503, 'unwritable')] * 5
    assert (read.status_code, ready.status_code, there) == (200, 200, False)
    assert [reply.status_code for reply in stored] == [200, 200]
    assert fsck(tmp_path / 'data').problems == []


@pytest.mark.parametrize('is_replaced', [False, True])
def test_nothing_is_acknowledged_while_the_folder_is_somewhere_else(tmp_path, is_replaced):
    folder, elsewhere = tmp_path / 'data', tmp_path / 'elsewhere'
    with running(folder) as server, server.client() as http:
        links = [link(http, name) for name in ('small', 'large')]
        folder.rename(elsewhere)
        if is_replaced:
            folder.mkdir()
            (folder / 'scenebox.sqlite').touch()
        refused = [
            http.get('/readyz'),
            http.put('/v1/assets/meta/meanwhile', params=PUT, json={}),
            httpx.put(links[0], content=b'x' * 1000),
            httpx.put(links[1], content=b'x' * 2_000_000),
        ]
        if is_replaced:
            (folder / 'scenebox.sqlite').unlink()
            folder.rmdir()
        elsewhere.rename(folder)
        after = http.put('/v1/assets/meta/meanwhile', params=PUT, json={})

    assert [told(reply) for reply in refused] == [(503, 'unwritable')] * 4
    assert after.status_code == 200
    assert fsck(folder).problems == []
