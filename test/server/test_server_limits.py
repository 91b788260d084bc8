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

"""What the server refuses and survives: full disks, foreign eyes, hostile names."""

import io
import json
import logging
import os
from pathlib import Path
import threading
import time
import zipfile

import httpx
import pytest
from server_support import running

from scenebox_ros.server.fsck import fsck
from scenebox_ros.server.logs import JsonLines
from scenebox_ros.server.store.naming import Name

Q = {'asset_type': 'images'}
PUT = {**Q, 'replace': 'True'}


def place_of(http, name):
    reply = http.post('/v1/assets/temporary_upload_url/', params=Q, json={'ids': [name]})
    return reply.json()[name]


@pytest.mark.parametrize('size', [1000, 2_000_000])
def test_bytes_on_a_full_disk_are_answered_with_507(tmp_path, monkeypatch, size):
    def full(*_):
        raise OSError(28, 'No space left on device')

    with running(tmp_path) as server, server.client() as http:
        with monkeypatch.context() as patch:
            patch.setattr(os, 'fdatasync', full)
            reply = httpx.put(place_of(http, 'a')['put_url'], content=b'x' * size)
        told = reply.json()['error']
        place = place_of(http, 'b')
        assert httpx.put(place['put_url'], content=b'y' * size).status_code == 200

    assert (reply.status_code, told['code']) == (507, 'disk_full')
    assert fsck(tmp_path).problems == []


def test_documents_on_a_full_disk_are_answered_with_507(tmp_path):
    with running(tmp_path) as server, server.client() as http:
        write = server.core.database.write
        pages = write(lambda c: c.execute('PRAGMA page_count').fetchone()[0])
        write(lambda c: c.execute(f'PRAGMA max_page_count = {pages + 2}').fetchone())
        document = {f'k{n}': os.urandom(2000).hex() for n in range(50)}
        full = http.put('/v1/assets/meta/full', params=PUT, json=document)
        write(lambda c: c.execute('PRAGMA max_page_count = 1000000').fetchone())
        after = http.put('/v1/assets/meta/after', params=PUT, json=document)
        there = http.get('/v1/assets/exists/full', params=Q).json()

    assert (full.status_code, full.json()['error']['code']) == (507, 'disk_full')
    assert (after.status_code, there) == (200, False)


def test_the_routes_beyond_the_protocol_keep_organizations_apart(server, http):
    place = place_of(http, 'mine')
    httpx.put(place['put_url'], content=b'mine')
    access = {'object_access': {'uri': place['uri']}}
    http.put('/v1/assets/meta/mine', params=PUT, json=access)
    uid = http.post('/v1/sessions/add/', json={'session_name': 'own'}).json()['session_uid']
    with server.client(server.user('admin', 'Elsewhere')) as other:
        # A document of theirs that names an object of ours shows nothing of it.
        other.put('/v1/assets/meta/theirs', params=PUT, json=access)
        hashes = other.post('/v1/assets/hashes/', params=Q, json={'ids': ['mine', 'theirs']})
        missing = other.post(f'/v1/session_manager/missing_entities/{uid}',
                             json={'entity_ids': ['x']})  # fmt: skip
        listed = other.post(f'/v1/session_manager/list_entities/{uid}', json={})

    assert hashes.json() == {'mine': None, 'theirs': None}
    assert (missing.status_code, listed.status_code) == (404, 404)
    own = http.post('/v1/assets/hashes/', params=Q, json={'ids': ['mine']}).json()
    assert len(own['mine']) == 64


def test_names_in_an_archive_stay_in_its_folder(server, http):
    made = http.post('/v1/sets/add/', json={'name': 'slip', 'assets_type': 'images'}).json()['id']
    for n, hostile in enumerate(['../../up.png', 'a.\\..\\..\\up', '/abs.png', 'x.p/../../n']):
        place = place_of(http, f'h{n}')
        httpx.put(place['put_url'], content=b'x')
        http.put(f'/v1/assets/meta/..%5Ch{n}', params=PUT, json={
            'object_access': {'uri': place['uri'], 'filename': hostile}, 'sets': [made],
        })  # fmt: skip
    reply = http.post(f'/v1/sets/{made}/zip_all_assets/', json={}).json()
    server.core.jobs.wait(reply['job_id'], 60)
    made = http.get(f'/v1/assets/{reply["zip_id"]}', params={'asset_type': 'zipfiles'})
    url = made.json()['url']
    names = zipfile.ZipFile(io.BytesIO(httpx.get(url).content)).namelist()

    assert len(names) == 8
    for name in names:
        assert name.count('/') == 1
        assert name.startswith(('assets/', 'metadata/'))
        assert '..' not in name.replace('\\', '/').split('/')
        assert '\\' not in name


@pytest.mark.parametrize('filename', ['../../token', '/etc/passwd', '..', 'a/../../b', 'x' * 5000])
def test_hostile_names_of_bags_are_no_paths(server, http, filename):
    owner = server.core.identities.identify(server.token).organization_id
    stored = server.core.objects.put(Name(owner, 'bag/x.db3'), b'no bag at all')
    uid = http.post('/v1/sessions/add/', json={'session_name': 'hostile'}).json()['session_uid']
    before = sorted(path.name for path in server.folder.iterdir())
    reply = http.post('/v1/indexing/index_rosbag2', json={
        'session_uid': uid, 'file_objects_dicts': [{'filename': filename, 'uri': stored.uri}],
    })  # fmt: skip
    job = reply.json()['job_id']
    deadline = time.monotonic() + 60
    while (state := server.core.jobs.outcome(job)[0]) in ('queued', 'running'):
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)

    assert state == 'aborted'
    assert list((server.folder / 'indexing').iterdir()) == []
    assert set(before) | {'indexing'} == {path.name for path in server.folder.iterdir()}
    assert httpx.get(f'{server.url}/readyz').status_code == 200


@pytest.mark.parametrize('uri', [
    'http://127.0.0.1:1/x', 'http://169.254.169.254/latest', 'file:///etc/passwd', 's3://other/x',
    'gs://b/x',
])  # fmt: skip
def test_uris_elsewhere_are_never_fetched(server, http, uri):
    uid = http.post('/v1/sessions/add/', json={'session_name': 'ssrf'}).json()['session_uid']
    bag = http.post('/v1/indexing/index_rosbag2', json={
        'session_uid': uid, 'file_objects_dicts': [{'filename': 'x', 'uri': uri}]})  # fmt: skip
    film = http.post('/v1/videos/make_video_from_image_uris', json={
        'csv_object_access': {'uri': uri}, 'sensor': 's'})  # fmt: skip
    http.put('/v1/assets/meta/far', params=PUT, json={'object_access': {'uri': uri, 'url': uri}})
    thumbs = http.post('/v1/images/compress_images/', json={'ids': ['far'],
                                                            'use_preset': 'small'})  # fmt: skip
    job = thumbs.json()['job_id']
    deadline = time.monotonic() + 60
    while (state := server.core.jobs.outcome(job)[0]) in ('queued', 'running'):
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)

    assert (bag.status_code, film.status_code, state) == (501, 501, 'aborted')
    notes = http.get(f'/v1/assets/meta/{job}', params={'asset_type': 'jobs'}).json()['notes']
    assert any('is not fetched' in note for note in notes)


def test_a_payload_too_large_is_refused(http):
    http.put(f'/v1/assets/meta/{"x" * 100}', params=PUT, json={})
    body = {'ids': ['x' * 100] * 200_000, 'use_preset': 'small'}
    reply = http.post('/v1/images/compress_images/', json=body)

    assert reply.status_code == 413
    assert reply.json()['error']['message']


@pytest.mark.parametrize('pattern', ['*a*a*', '[' * 200, '[!-]' * 60, '?' * 256])
def test_patterns_take_no_longer_than_a_query_may(http, pattern):
    body = {'ids': ['long'], 'metadata': [{'name': 'a' * 5000}]}
    http.post('/v1/assets/meta_batch', params=PUT, json=body)
    query = {'wildcard_filters': [{'field': 'name', 'pattern': pattern}]}

    assert http.post('/v1/images', json=query).status_code == 200


def test_json_lines_carry_the_request(server, http, caplog):
    caplog.set_level(logging.INFO, 'scenebox_ros.server.access')
    reply = http.get('/auth', headers={'X-Request-Id': 'abc-1'}, params={'token': server.token})
    deadline = time.monotonic() + 10
    while not caplog.records and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    line = json.loads(JsonLines().format(caplog.records[-1]))

    assert reply.headers['x-request-id'] == line['request_id'] == 'abc-1'
    assert (line['method'], line['path'], line['status']) == ('GET', '/auth', 200)
    assert (line['user'], line['level']) == ('superadmin', 'INFO')
    assert server.token not in json.dumps(line)


def test_no_module_of_the_server_can_load_a_pickle():
    package = Path(__file__).parents[2] / 'scenebox_ros'
    texts = {path: path.read_text() for path in package.rglob('*.py')}
    loads = ('pickle.load', 'import pickle', 'dill.load', 'marshal.load', 'allow_pickle=True')

    assert [str(path) for path, text in texts.items() if any(one in text for one in loads)] == []
