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

import json
import logging
import os
import time

from fake_platform import AT_ONCE, FakePlatform, HOST, TOKEN
import httpx
import pytest

from scenebox_ros.client.http import Http, joined, root_of
from scenebox_ros.client.pool import Pool
from scenebox_ros.client.retry import RetryRule
from scenebox_ros.errors import (
    AssetError,
    ConnectionFailedError,
    IdentityError,
    InvalidArgumentsError,
    InvalidAuthorization,
    InvalidURLError,
    RequestTimeoutError,
    ResponseError,
)
from scenebox_ros.wire import asset_routes as routes, job_routes


@pytest.fixture
def waits(monkeypatch):
    """What was waited for, instead of waiting."""
    seconds = []
    monkeypatch.setattr(time, 'sleep', seconds.append)
    return seconds


def broken(error, *, times):
    """A transport that breaks a number of times, then answers 200."""
    left = [times]

    def handle(request):
        if request.url.path == '/status':
            return httpx.Response(404)
        if left[0] > 0:
            left[0] -= 1
            raise error('it broke', request=request)
        return httpx.Response(200, json='fine')

    return Http(
        {'v1': f'{HOST}/v1', 'root': HOST},
        TOKEN,
        pool=Pool(transport=httpx.MockTransport(handle)),
        rule=AT_ONCE,
    )


# -- the token


def test_the_token_goes_into_the_header_where_the_server_takes_it():
    platform = FakePlatform('auth_header')
    platform.http().call(routes.COUNT, json={}, repeat=True)

    (sent,) = platform.sent()
    assert sent.headers['authorization'] == f'Bearer {TOKEN}'
    assert 'token' not in sent.query


def test_the_token_goes_into_the_query_where_the_server_does_not_list_the_header():
    platform = FakePlatform()
    platform.http().call(routes.COUNT, json={}, repeat=True)

    (sent,) = platform.sent()
    assert sent.query['token'] == TOKEN
    assert 'authorization' not in sent.headers


@pytest.mark.parametrize('status', [404, 401, 500])
def test_a_server_without_a_status_has_no_features(status):
    platform = FakePlatform()
    platform.answer('GET /status', {'error': 'no'}, status=status)

    assert not platform.http().has('auth_header')


def test_a_server_whose_status_is_a_web_page_has_no_features():
    platform = FakePlatform()
    platform.answer('GET /status', content=b'<html>hello</html>')

    assert not platform.http().has('auth_header')


def test_the_status_is_asked_for_without_token_and_once_for_all_clients_of_a_pool():
    platform = FakePlatform('auth_header')
    for _ in range(3):
        platform.http().call(routes.COUNT, json={}, repeat=True)

    asked = [one for one in platform.requests if one.path == '/status']
    assert [(one.query, one.headers.get('authorization')) for one in asked] == [({}, None)]


@pytest.mark.parametrize('features', [(), ('auth_header',)])
def test_no_error_names_the_token_even_if_the_server_repeats_it(features):
    platform = FakePlatform(*features)
    platform.answer('GET /auth', {'error': f'no user has token={TOKEN}'}, status=401)

    with pytest.raises(IdentityError) as caught:
        platform.http().call(routes.AUTH, error=IdentityError)

    shown = [str(caught.value), repr(caught.value), str(vars(caught.value))]
    assert TOKEN not in ''.join(shown)
    assert '***' in str(caught.value)


@pytest.mark.parametrize('error', [httpx.ConnectError, httpx.ReadError, httpx.ReadTimeout])
def test_errors_carry_no_request_whose_url_has_the_token(error):
    with pytest.raises(ResponseError) as caught:
        broken(error, times=99).call(routes.AUTH)

    chain = caught.value
    while chain is not None:
        assert TOKEN not in str(chain)
        assert not hasattr(chain, 'request')
        chain = chain.__cause__ or chain.__context__


def test_no_log_has_the_token(caplog):
    caplog.set_level(logging.DEBUG)
    platform = FakePlatform()
    platform.answer('GET /auth', status=503, times=2)
    platform.http().call(routes.AUTH)

    assert 'HTTP Request: GET http://platform/auth?token=' in caplog.text
    assert 'trying again' in caplog.text
    assert TOKEN not in caplog.text


def test_no_repr_has_the_token():
    platform = FakePlatform()
    client = platform.client()

    assert TOKEN not in repr([client, client._http, client._http.pool])


# -- answers


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


def test_a_redirect_of_a_post_says_where_the_server_is():
    platform = FakePlatform()
    platform.answer('POST .*', status=301, content=b'', Location='https://new/v1/x?token=aa-bb-cc')

    with pytest.raises(ResponseError, match='moved to https://new/v1/x; pass that URL'):
        platform.http().call(routes.COUNT, json={})


def test_what_is_not_a_url_is_named():
    with pytest.raises(InvalidURLError, match=r"'nonsense/auth'.*write it like https://host"):
        Http({'v1': 'nonsense/v1', 'root': 'nonsense'}, rule=AT_ONCE).call(routes.AUTH)


# -- trying again


@pytest.mark.parametrize('status', [408, 429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again_where_that_is_safe(status):
    platform = FakePlatform()
    platform.answer('GET /auth', status=status, times=3)

    assert platform.http().call(routes.AUTH) == {'acknowledged': True}


@pytest.mark.parametrize('status', [400, 401, 404, 409, 422, 501])
def test_an_answer_that_stays_the_same_is_not_asked_for_again(status):
    platform = FakePlatform()
    platform.answer('GET /auth', status=status)

    with pytest.raises(ResponseError):
        platform.http().call(routes.AUTH)

    assert len(platform.sent()) == 1


def test_a_post_is_not_repeated_because_it_could_do_twice_what_was_asked_once():
    platform = FakePlatform()
    platform.answer('POST .*', status=503)

    with pytest.raises(ResponseError):
        platform.http().call(job_routes.JOB_ADD, json={})

    assert len(platform.sent()) == 1


def test_a_post_that_reads_is_repeated():
    platform = FakePlatform()
    platform.answer('POST .*', status=503, times=2)
    platform.http().call(routes.COUNT, json={}, repeat=True)

    assert len(platform.sent()) == 3


def test_a_post_is_repeated_with_one_key_where_the_server_knows_keys():
    platform = FakePlatform('idempotency_key')
    platform.answer('POST .*', status=503, times=2)
    platform.http().call(job_routes.JOB_ADD, json={})

    keys = {one.headers['idempotency-key'] for one in platform.sent()}
    assert len(platform.sent()) == 3
    assert len(keys) == 1


def test_a_post_that_was_refused_for_being_too_many_is_repeated():
    platform = FakePlatform()
    platform.answer('POST .*', status=429, times=1)

    assert platform.http().call(job_routes.JOB_ADD, json={}) == {'acknowledged': True}


def test_a_post_whose_connection_never_stood_is_repeated():
    assert broken(httpx.ConnectError, times=3).call(job_routes.JOB_ADD, json={}) == 'fine'


def test_a_post_whose_connection_broke_is_not_repeated():
    with pytest.raises(ConnectionFailedError, match=r'connection to .* broke'):
        broken(httpx.ReadError, times=1).call(job_routes.JOB_ADD, json={})


@pytest.mark.parametrize('error', [httpx.ReadError, httpx.RemoteProtocolError, httpx.ReadTimeout])
def test_a_get_whose_connection_broke_is_repeated(error):
    assert broken(error, times=3).call(routes.AUTH) == 'fine'


def test_a_server_that_never_answers_raises_a_timeout():
    with pytest.raises(TimeoutError) as caught:
        broken(httpx.ReadTimeout, times=99).call(routes.AUTH)

    assert isinstance(caught.value, RequestTimeoutError)


def test_a_patient_call_waits_for_what_is_not_there_yet():
    platform = FakePlatform()
    platform.answer('GET .*meta.*', status=404, times=2)
    platform.http().call(routes.DOCUMENT_GET, {'id': 'x'}, patient=True)

    assert len(platform.sent()) == 3


def test_a_lenient_call_returns_what_a_bad_answer_says():
    platform = FakePlatform()
    platform.answer('GET /auth', {'error': 'no'}, status=500)

    assert platform.http().call(routes.AUTH, lenient=True) == {'error': 'no'}


def test_waits_double_with_jitter(waits):
    platform = FakePlatform()
    platform.answer('GET /auth', status=503)

    with pytest.raises(ResponseError):
        platform.http(rule=RetryRule()).call(routes.AUTH)

    first, second, third = waits
    assert 0.375 <= first <= 0.5
    assert 0.75 <= second <= 1.0
    assert 1.5 <= third <= 2.0


def test_the_server_says_how_long_to_wait(waits):
    platform = FakePlatform()
    platform.answer('GET /auth', status=503, times=1, Retry_After='7')
    platform.http(rule=RetryRule()).call(routes.AUTH)

    assert waits == [7.0]


def test_a_wait_that_is_too_long_is_left_to_the_caller(waits):
    platform = FakePlatform()
    platform.answer('GET /auth', status=503, Retry_After='3600')

    with pytest.raises(ResponseError):
        platform.http(rule=RetryRule()).call(routes.AUTH)

    assert waits == []


# -- URLs, closing, forking


def test_ids_are_escaped_in_paths_and_queries_have_words_for_booleans():
    platform = FakePlatform()
    query = {'new_id': 'New Id', 'metadata_only': False, 'left_out': None}
    platform.http().call(routes.ASSET_COPY, {'id': 'a#b/c'}, query)

    (sent,) = platform.sent()
    assert sent.path == '/v1/assets/copy/a%23b%2Fc'
    assert sent.query == {'new_id': 'New Id', 'metadata_only': 'False', 'token': TOKEN}


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
