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


"""Sending requests, reading answers, trying again."""

import gzip
import json
import os
import sys

from fake_platform import AT_ONCE, FakePlatform, TOKEN
import httpx
import pytest

from scenebox_ros.client.http import Http, joined, root_of
from scenebox_ros.client.pool import Timeouts
from scenebox_ros.errors import (
    ArgumentTypeError,
    AssetError,
    DependencyError,
    InvalidArgumentsError,
    InvalidAuthorization,
    InvalidURLError,
    ResponseError,
)
from scenebox_ros.wire import asset_routes as routes
from scenebox_ros.wire.scene_routes import SET_DELETE

# -- answers


def test_what_a_server_cannot_do_is_not_to_be_tried_again():
    platform = FakePlatform()
    platform.answer('POST .*', {'error': {'message': 'no such model'}}, status=501)

    with pytest.raises(ResponseError, match=r'no such model.*cannot do that') as caught:
        platform.http().call(routes.COUNT, json={}, doing='count')
    assert 'again' not in str(caught.value)


@pytest.mark.parametrize('status', [400, 401, 403, 404, 409, 413, 422, 500, 503])
def test_a_bad_answer_raises_the_class_that_the_call_documents(status):
    platform = FakePlatform()
    told = {'error': {'code': 'no_luck', 'message': 'it did not work'}}
    platform.answer('POST .*', told, status=status, X_Request_Id='7f3a')

    with pytest.raises(AssetError, match=r'could not count: .*did not work.*7f3a') as caught:
        platform.http().call(routes.COUNT, json={}, error=AssetError, doing='count')

    error = caught.value
    assert (error.status, error.code, error.request_id) == (status, 'no_luck', '7f3a')


@pytest.mark.parametrize('status', [401, 403])
def test_a_refused_token_is_its_own_error_where_the_call_documents_no_class(status):
    platform = FakePlatform()
    platform.answer('GET .*', 'no', status=status)

    with pytest.raises(InvalidAuthorization, match='check the token'):
        platform.http().call(routes.AUTH)


def test_a_web_page_is_quoted_without_its_tags():
    platform = FakePlatform()
    platform.answer('GET /auth', content=b'<!DOCTYPE html><h1>Welcome</h1><p>Please log in</p>')

    with pytest.raises(ResponseError, match=r"not JSON but 'Welcome Please log in'; check"):
        platform.http().call(routes.AUTH)


def test_an_empty_answer_is_nothing():
    platform = FakePlatform()
    platform.answer('GET /auth', status=204, content=b'')

    assert platform.http().call(routes.AUTH) is None


def test_numbers_that_are_not_finite_may_come_but_not_go():
    platform = FakePlatform()
    platform.answer('GET /auth', content=b'[NaN, Infinity]')
    http = platform.http()

    assert str(http.call(routes.AUTH)) == '[nan, inf]'
    with pytest.raises(InvalidArgumentsError, match=r'aux\.speed\[1\] is nan.*leave it out'):
        http.call(routes.COUNT, json={'aux': {'speed': [1.0, float('nan')]}})


def test_a_redirect_of_a_get_is_followed_without_the_token_in_a_header_of_another_host():
    platform = FakePlatform('auth_header')
    platform.answer('GET /auth', status=302, content=b'', Location='http://elsewhere/me')
    platform.http().call(routes.AUTH)

    elsewhere = platform.sent('GET /me')
    assert len(elsewhere) == 1
    assert 'authorization' not in elsewhere[0].headers


def test_where_assets_go_is_not_asked_elsewhere():
    platform = FakePlatform()
    platform.answer('GET /status', status=307, content=b'', Location='http://elsewhere/status')

    with pytest.raises(ResponseError, match='moved to http://elsewhere/status; pass that URL'):
        platform.http().status()


def test_a_redirect_of_a_post_says_where_the_server_is():
    platform = FakePlatform()
    platform.answer('POST .*', status=301, content=b'', Location='https://new/v1/x?token=aa-bb-cc')

    with pytest.raises(ResponseError, match='moved to https://new/v1/x; pass that URL'):
        platform.http().call(routes.COUNT, json={})


@pytest.mark.parametrize('name, value', [
    ('http_proxy', 'moon://h'), ('http_proxy', '::::'), ('no_proxy', '[::1]'),
    ('SSL_CERT_FILE', '/no/such/file'),
])  # fmt: skip
def test_an_environment_that_cannot_be_used_is_named(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(InvalidURLError, match='the environment names cannot be used'):
        Http({'v1': 'http://h/v1', 'root': 'http://h'}, rule=AT_ONCE).call(routes.AUTH)


def test_what_a_socks_proxy_needs_is_said(monkeypatch):
    monkeypatch.setenv('all_proxy', 'socks5://h')
    monkeypatch.setitem(sys.modules, 'socksio', None)

    with pytest.raises(DependencyError, match='pip install'):
        Http({'v1': 'http://h/v1', 'root': 'http://h'}, rule=AT_ONCE).call(routes.AUTH)


@pytest.mark.parametrize('limit', [0, -1, float('nan'), float('inf'), '5', None])
def test_a_limit_that_limits_nothing_is_named(limit):
    with pytest.raises(InvalidArgumentsError, match=r'read_s is .*; pass seconds above 0'):
        Timeouts(read_s=limit)


def test_what_is_not_a_url_is_named():
    with pytest.raises(InvalidURLError, match=r"'nonsense/auth'.*write it like https://host"):
        Http({'v1': 'nonsense/v1', 'root': 'nonsense'}, rule=AT_ONCE).call(routes.AUTH)


def test_an_error_whose_headers_are_not_ascii_is_an_error_of_ours():
    platform = FakePlatform()
    platform.answer('GET /auth', status=400, content=b'{}', **{'X-Why': 'größer'.encode()})

    with pytest.raises(ResponseError, match='400'):
        platform.http().call(routes.AUTH)


@pytest.mark.parametrize('end', [30, 10])
def test_an_answer_whose_compressed_bytes_end_early_is_damaged(end):
    platform = FakePlatform()
    packed = gzip.compress(b'{"a": 1}' * 1000)[:end]
    headers = {'Content-Encoding': 'gzip'}
    platform.does(
        'GET /auth', lambda sent: httpx.Response(200, headers=headers, content=iter([packed]))
    )

    with pytest.raises(ResponseError, match='damaged'):
        platform.http().call(routes.AUTH)


def test_cookies_are_not_kept_for_users_may_share_connections():
    platform = FakePlatform()
    platform.answer('GET /auth', {}, **{'Set-Cookie': 'session=of-one; Path=/'})
    http = platform.http()
    http.call(routes.AUTH)
    http.as_user('another').call(routes.AUTH)

    assert all('cookie' not in one.headers for one in platform.sent('GET /auth'))


# -- URLs, closing, forking


def test_ids_are_escaped_in_paths_and_queries_have_words_for_booleans():
    platform = FakePlatform()
    query = {'new_id': 'New Id', 'metadata_only': False, 'left_out': None}
    platform.http().call(routes.ASSET_COPY, {'id': 'a#b/c'}, query)

    (sent,) = platform.sent()
    assert sent.path == '/v1/assets/copy/a%23b%2Fc'
    assert sent.query == {'new_id': 'New Id', 'metadata_only': 'False', 'token': TOKEN}


@pytest.mark.parametrize('set_id', ['', '.', '..', None, 5])
def test_what_would_lead_to_another_route_is_no_id(set_id):
    platform = FakePlatform()

    with pytest.raises(InvalidArgumentsError, match=r'set_id is .*; pass the id of what is meant'):
        platform.http().call(SET_DELETE, {'set_id': set_id})
    assert platform.sent() == []


@pytest.mark.parametrize('body', [{(1, 2): 3}, {'when': object()}])
def test_what_json_cannot_say_is_an_error_of_ours(body):
    with pytest.raises(ArgumentTypeError, match='cannot be written as JSON'):
        FakePlatform().http().call(routes.COUNT, json=body)


@pytest.mark.parametrize(
    'url, root',
    [
        ('https://h/v1', 'https://h'),
        ('http://h:5000', 'http://h:5000'),
        ('http://h/v12/extra', 'http://h'),
    ],
)
def test_the_root_is_what_stands_before_the_version(url, root):
    assert root_of(url) == root


def test_urls_are_joined_with_one_slash():
    assert joined('http://h/v1/', 'assets') == joined('http://h/v1', 'assets')


def test_closing_twice_is_fine_and_a_closed_client_connects_anew():
    platform = FakePlatform()
    with platform.http() as http:
        http.call(routes.AUTH)
    http.close()
    platform.pool.close()
    platform.pool.close()

    assert http.call(routes.AUTH) == {'acknowledged': True}


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='this system cannot fork')
@pytest.mark.filterwarnings('ignore::DeprecationWarning')
def test_a_child_process_does_not_use_the_parents_connections():
    platform = FakePlatform()
    platform.http().call(routes.AUTH)
    parents = platform.pool._client
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        answer = platform.http().call(routes.AUTH)
        same = platform.pool._client is parents
        os.write(writer, json.dumps([answer, same]).encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert json.loads(os.read(reader, 1000)) == [{'acknowledged': True}, False]
    assert platform.pool._client is parents
