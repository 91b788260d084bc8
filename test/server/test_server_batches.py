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
"""Many small assets in one request: as strict as those that come alone."""

import hashlib
import json
import os

import httpx
import pytest
from server_support import running

from scenebox_ros.server.fsck import fsck
from scenebox_ros.server.store.segments import Segments
from scenebox_ros.server.store.sweep import sweep

Q = {'asset_type': 'images'}


def frame(asset_id, content=b'bytes', document=None, **head):
    told = {'id': asset_id, 'size': len(content), 'sha256': hashlib.sha256(content).hexdigest(),
            'name': f'{asset_id}.png', 'content_type': 'image/png', 'document': document or {},
            **head}
    return json.dumps(told).encode() + b'\n' + content


def send(http, *frames, **query):
    return http.put('/v1/assets/batch/', params={**Q, **query}, content=b''.join(frames))


def bytes_of(http, name):
    params = {**Q, 'return_url': 'True'}
    url = http.get(f'/v1/assets/{name}', params=params).json()['url']
    return httpx.get(url)


def codes(reply):
    return [one.get('error', {}).get('code') for one in reply.json()['results']]


def exists(http, name):
    return http.get(f'/v1/assets/exists/{name}', params=Q).json()


def test_bytes_and_documents_are_there_at_once(http):
    contents = {f'there_{n}': os.urandom(n * 1000) for n in range(5)}
    reply = send(http, *(frame(name, body, {'n': 1, 'sets': ['s']})
                         for name, body in contents.items()))
    got = {name: bytes_of(http, name) for name in contents}
    document = http.get('/v1/assets/meta/there_3', params=Q).json()

    assert reply.json()['sets'] == ['s']
    assert {name: one.content for name, one in got.items()} == contents
    assert got['there_3'].headers['content-type'] == 'image/png'
    access = document['object_access']
    assert (document['n'], access['filename']) == (1, 'there_3.png')
    assert access['uri'] == reply.json()['results'][3]['uri']
    query = {'filters': [{'field': 'n', 'values': [1]}]}
    assert http.post('/v1/assets/', params=Q, json=query).json()['results'] == list(contents)


def test_a_key_with_a_zero_fails_its_asset_alone(http):
    reply = send(http, frame('zero', document={'a': {'b\0': 1}}), frame('no_zero'))

    assert codes(reply) == ['bad_request', None]


def test_one_that_fails_does_not_fail_the_others(http):
    reply = send(
        http, frame('mixed_1'), frame('mixed_2', sha256='0' * 64), frame(''),
        frame('mixed_4', document=[1]), frame('mixed_5', document={'text': '\ud800'}),
        frame('mixed_6', b'x' * (1024 * 1024 + 1)), frame('mixed_7', name='..'),
        frame('mixed_8', b'last'),
    )

    assert codes(reply) == [
        None, 'wrong_hash', 'bad_request', 'bad_request', 'bad_text', 'too_large', 'bad_request',
        None]
    assert reply.json()['results'][1]['error']['status'] == 422
    assert [exists(http, f'mixed_{n}') for n in (1, 2, 4, 5, 6, 7, 8)] == [
        True, *[False] * 5, True]
    assert bytes_of(http, 'mixed_8').content == b'last'


def test_what_is_sent_again_stays_as_it_is(server, http):
    first = send(http, frame('again', b'same')).json()['results']
    blobs = server.core.database.query('SELECT count(*) FROM blobs')
    second = send(http, frame('again', b'same')).json()['results']
    other = send(http, frame('again', b'other')).json()['results']

    assert first == second
    assert server.core.database.query('SELECT count(*) FROM blobs')[0][0] == blobs[0][0] + 1
    assert other[0]['uri'] != first[0]['uri']
    assert bytes_of(http, 'again').content == b'other'


def test_overwriting_keeps_what_a_document_collected(http):
    send(http, frame('kept', document={'sets': ['a'], 'n': 1}))
    reply = send(http, frame('kept', document={'sets': ['b']}))
    document = http.get('/v1/assets/meta/kept', params=Q).json()

    assert reply.json()['sets'] == ['a', 'b']
    assert (document['sets'], 'n' in document) == (['a', 'b'], False)


@pytest.mark.parametrize('body', [
    b'{"id": "cut", "size": 5}\nbyt', b'nonsense', frame('cut') + b'{', frame('cut') + b'[]\n'
])
def test_a_body_that_is_cut_off_or_garbled_stores_nothing(http, body):
    reply = send(http, body)

    assert (reply.status_code, reply.json()['error']['code']) == (400, 'bad_frame')
    assert exists(http, 'cut') is False


def test_more_than_a_request_may_have_is_refused(http):
    many = send(http, *(frame(f'many_{n}', b'') for n in range(1001)))
    large = send(http, *(frame(f'large_{n}', b'x' * 1_000_000) for n in range(17)))

    assert (many.status_code, large.status_code) == (413, 413)
    assert exists(http, 'many_0') is False
    assert exists(http, 'large_0') is False


@pytest.mark.parametrize(('role', 'status'), [
    ('read_only_user', 403), ('public_user', 403), ('health_checker', 403), ('data_user', 200)
])
def test_who_may_not_write_may_not_send_batches(server, role, status):
    with server.client(server.user(role)) as http:
        assert send(http, frame(f'by_{role}')).status_code == status


def test_organizations_do_not_see_each_others_batches(server, http):
    send(http, frame('own', b'ours'))
    with server.client(server.user(organization='Others')) as others:
        before = exists(others, 'own')
        send(others, frame('own', b'theirs'))
        theirs = bytes_of(others, 'own').content
    refused = httpx.put(f'{server.url}/v1/assets/batch/', params=Q, content=frame('x'))

    assert (before, theirs, bytes_of(http, 'own').content) == (False, b'theirs', b'ours')
    assert refused.status_code == 401


def test_a_full_disk_is_answered_with_507_and_nothing_is_half_stored(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, 'No space left on device')

    with running(tmp_path) as server, server.client() as http:
        with monkeypatch.context() as patch:
            patch.setattr(os, 'fdatasync', full)
            without_bytes = send(http, frame('a'), frame('b'))
        write = server.core.database.write
        pages = write(lambda c: c.execute('PRAGMA page_count').fetchone()[0])
        write(lambda c: c.execute(f'PRAGMA max_page_count = {pages + 2}').fetchone())
        without_rows = send(http, *(
            frame(f'r{n}', document={'text': os.urandom(2000).hex()}) for n in range(50)))
        write(lambda c: c.execute('PRAGMA max_page_count = 1000000').fetchone())
        there = [exists(http, name) for name in ('a', 'b', 'r0', 'r49')]
        after = send(http, frame('a'), frame('b'))

    assert [without_bytes.status_code, without_rows.status_code] == [507, 507]
    assert (there, codes(after)) == ([False] * 4, [None, None])
    assert fsck(tmp_path).problems == []


def test_a_batch_has_one_sync_of_its_bytes(server, http, monkeypatch):
    groups, write = [], Segments._write
    monkeypatch.setattr(Segments, '_write', lambda self, group: (
        groups.append(len(group[0].bodies)), write(self, group))[1])
    send(http, *(frame(f'sync_{n}', os.urandom(100)) for n in range(30)))

    assert groups == [30]


def test_bytes_that_are_swept_meanwhile_are_stored_anew(server, http, monkeypatch):
    send(http, frame('swept', b'swept bytes'))
    http.delete('/v1/assets/swept', params=Q)
    core, known = server.core, server.core.objects.known

    def then_swept(hashes):
        found = known(hashes)
        sweep(core.database, core.objects, -1)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(core.objects, 'known', then_swept)
        reply = send(http, frame('swept', b'swept bytes'), frame('swept_2', b'more'))

    assert codes(reply) == [None, None]
    assert bytes_of(http, 'swept').content == b'swept bytes'
