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

"""Tokens, roles and organizations over HTTP."""

from contextlib import contextmanager
import time

import httpx
import pytest

from scenebox_ros.server.api.metrics import Metrics
from scenebox_ros.server.api.routes import table
from scenebox_ros.server.store.identities import Permission, ROLES

Q = {'asset_type': 'images'}
PUT = {**Q, 'replace': 'True'}


def routes(open=False):
    return [e for e in table(Metrics()).endpoints if e.open == open]


def filled(endpoint):
    path = endpoint.route.template
    return path.replace('{asset_type}', 'images').replace('{', '').replace('}', '')


@pytest.mark.parametrize('endpoint', routes(), ids=lambda e: f'{e.route.method} {filled(e)}')
def test_every_route_needs_a_token_and_the_role(server, endpoint):
    method, path = endpoint.route.method, filled(endpoint)
    with httpx.Client(base_url=server.url, follow_redirects=False) as nobody:
        assert nobody.request(method, path, params=Q).status_code == 401
        assert nobody.request(method, path, params={**Q, 'token': 'x-y-z'}).status_code == 401
    weak = [role for role, may in ROLES.items() if may < endpoint.needs]
    for role in weak[-1:]:
        with server.client(server.user(role)) as client:
            assert client.request(method, path, params=Q).status_code == 403


def test_the_first_token_is_for_its_owner_alone(server):
    assert (server.folder / 'token').stat().st_mode & 0o777 == 0o600
    assert (server.folder / 'secret').stat().st_mode & 0o777 == 0o600


def test_no_token_is_on_the_disk(server, http):
    tokens = [server.user('admin', name='disk')]
    user = {'username': 'kept', 'email': '', 'role': 'admin'}
    for path, body in (('user', user), ('user/disk/token', {})):
        # Answers to requests with such a key are kept, to be given again.
        reply = http.post(f'/identity_manager/{path}', json=body,
                          headers={'Idempotency-Key': path})  # fmt: skip
        tokens.append(reply.json()['token'])
    server.core.database.query('PRAGMA wal_checkpoint(FULL)')

    for path in server.folder.glob('scenebox.sqlite*'):
        assert [token for token in tokens if token.encode() in path.read_bytes()] == []


def test_a_token_revoked_while_it_is_looked_up_is_not_remembered(server, monkeypatch):
    identities, token = server.core.identities, server.user('admin', name='quick')
    reading = server.core.database.reading

    @contextmanager
    def slow():
        with reading() as connection:
            yield connection
        monkeypatch.undo()
        identities.revoke_tokens('quick')

    monkeypatch.setattr(server.core.database, 'reading', slow)

    assert identities.identify(token).username == 'quick'
    assert identities.identify(token) is None


def test_a_token_works_as_header_and_in_the_query(server):
    for options in ({'headers': {'Authorization': f'bearer {server.token}'}},
                    {'params': {'token': server.token}}):
        told = httpx.get(f'{server.url}/auth', **options).json()
        assert (told['username'], told['role'], told['organization_id']) == (
            'superadmin', 'superadmin', 'scenebox')


def test_tokens_expire_and_are_revoked(server, http):
    server.user('data_user', name='eve')
    body = {'lifetime_s': 3600}
    short = http.post('/identity_manager/user/eve/token', json=body).json()['token']
    with server.client(short) as eve:
        assert eve.get('/auth').status_code == 200
        later = time.time() + 3601
        server.core.identities._cache.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr('scenebox_ros.server.store.identities.time.time', lambda: later)
            assert eve.get('/auth').status_code == 401
        assert eve.get('/auth').status_code == 200
        assert http.delete('/identity_manager/user/eve/token').json()['revoked'] == 2
        assert eve.get('/auth').status_code == 401


def test_no_log_line_holds_a_token(server, caplog):
    caplog.set_level('DEBUG')
    httpx.get(f'{server.url}/auth', params={'token': server.token})
    httpx.get(f'{server.url}/v1/nowhere', params={'token': server.token})

    lines = [r for r in caplog.records if r.name.startswith('scenebox_ros')]
    assert lines
    assert not [line for line in lines if server.token in line.getMessage()]


def test_organizations_do_not_see_each_other(server, http):
    other = server.user('admin', 'Other')
    http.put('/v1/assets/meta/secret', params=PUT, json={'sensor': 'mine', 'sets': ['top']})
    places = http.post('/v1/assets/temporary_upload_url/', params=Q, json={'ids': ['b']})
    place = places.json()['b']
    httpx.put(place['put_url'], content=b'bytes')
    with server.client(other) as client:
        assert client.get('/v1/assets/meta/secret', params=Q).status_code == 404
        assert client.get('/v1/assets/exists/secret', params=Q).json() is False
        for path in ('/v1/assets/', '/v1/assets/meta', '/v1/images', '/v1/images/meta'):
            assert client.post(path, params=Q, json={}).json() in ([], {'results': []})
        summary = client.post('/v1/assets/meta/summary/', params=Q, json={'dimensions': ['sets']})
        assert summary.json() == {'total': 0, 'aggregations': [
            {'dimension': 'sets', 'buckets': []}]}
        assert client.get('/v1/assets/meta/search_fields/', params=Q).json() == []
        access = {'uri': place['uri']}
        assert client.post('/v1/storage/url_from_object_access/', json=access).status_code == 403
        body = {'bucket': 'scenebox', 'folder': 'scenebox'}
        assert client.post('/v1/storage/list_objects/', json=body).status_code == 403
        body = {'ids': ['x'], 'owner_organization_id': 'scenebox'}
        reply = client.post('/v1/assets/temporary_upload_url/', params=Q, json=body)
        assert reply.status_code == 403
        assert client.delete('/v1/assets/secret', params=Q).json()['deleted'] == []
        assert client.put('/v1/assets/meta/secret', params=Q, json={'a': 1}).status_code == 404
        users = client.get('/identity_manager/user').json()
        assert [user['organization'] for user in users] == ['Other']
        assert client.put('/identity_manager/user/superadmin', json={}).status_code == 404
        body = {'email': '', 'username': 'x', 'role': 'superadmin'}
        assert client.post('/identity_manager/user', json=body).status_code == 403
    assert http.get('/v1/assets/meta/secret', params=Q).json()['sensor'] == 'mine'


def test_a_grant_lets_another_organization_read_and_annotate(server, http):
    friend = server.user('data_provider', 'Friend')
    number = next(o['id'] for o in http.get('/identity_manager/organization').json()
                  if o['name'] == 'Friend')
    http.put('/v1/assets/meta/shared', params=PUT, json={'sensor': 'x'})
    grant = {'owner': 'scenebox', 'access': number}
    assert http.post('/identity_manager/ownership', json=grant).status_code == 200
    assert http.post('/identity_manager/ownership', json=grant).status_code == 409
    with server.client(friend) as client:
        assert client.get('/v1/assets/meta/shared', params=Q).json()['owner'] == 'scenebox'
        change = {'annotations': ['a1']}
        assert client.put('/v1/assets/meta/shared', params=Q, json=change).status_code == 200
        body = {'ids': ['mask'], 'owner_organization_id': 'scenebox'}
        place = client.post('/v1/assets/temporary_upload_url/', params=Q, json=body).json()['mask']
        assert place['uri'].startswith('s3://scenebox/scenebox/')
        assert client.delete('/v1/assets/shared', params=Q).json()['deleted'] == []
        http.request('DELETE', '/identity_manager/ownership', json=grant)
        assert client.get('/v1/assets/meta/shared', params=Q).status_code == 404
    assert http.get('/v1/assets/meta/shared', params=Q).json()['annotations'] == ['a1']


def test_users_and_organizations_have_their_lives(http):
    made = http.post('/identity_manager/organization', json={'organization_name': 'Lab'}).json()
    body = {'username': 'kim', 'email': 'k@x', 'role': 'admin', 'organization_id': made['id']}
    user = http.post('/identity_manager/user', json=body).json()
    assert user['token'].count('-') == 2
    assert http.post('/identity_manager/user', json=body).status_code == 409
    assert http.put('/identity_manager/user/kim', json={'role': 'wizard'}).status_code == 400
    assert http.put('/identity_manager/user/kim', json={'email': 'new@x'}).status_code == 200
    listed = {u['username']: u for u in http.get('/identity_manager/user').json()}
    assert (listed['kim']['email'], listed['kim']['organization']) == ('new@x', 'Lab')
    path = f'/identity_manager/organization/{made["id"]}'
    assert http.delete(path).status_code == 400
    assert http.put(path, json={'organization_name': 'Lab 2'}).status_code == 200
    assert http.delete('/identity_manager/user/kim').status_code == 200
    assert http.delete('/identity_manager/user/kim').status_code == 404
    assert http.delete(path).status_code == 200


def test_the_permissions_are_ordered():
    assert sorted(Permission) == list(Permission)
