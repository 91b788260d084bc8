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


"""The token goes to the server, as the server wants it, and nowhere else."""

from contextlib import closing
import logging
import socket
from threading import Thread

from fake_platform import broken, FakePlatform, TOKEN
import httpx
import pytest

from scenebox_ros.client.http import Http
from scenebox_ros.errors import IdentityError, InvalidAuthorization, ResponseError
from scenebox_ros.wire import asset_routes as routes


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


def test_the_token_goes_into_the_query_where_a_password_takes_the_header():
    platform = FakePlatform('auth_header')
    url = 'http://user:pass@platform'
    http = Http({'v1': f'{url}/v1', 'root': url}, TOKEN, pool=platform.pool)
    http.call(routes.COUNT, json={}, repeat=True)

    (sent,) = platform.sent()
    assert sent.query['token'] == TOKEN
    assert sent.headers['authorization'].startswith('Basic ')


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


@pytest.mark.parametrize(
    'status, content',
    [
        (200, f'<p>GET /auth?token={TOKEN}</p>'.encode()),
        (200, f'"{TOKEN}"'.encode()),
        (400, b'x' * 295 + TOKEN.encode()),
    ],
)
def test_no_answer_that_repeats_the_token_is_quoted_with_it(status, content):
    platform = FakePlatform()
    platform.answer('GET /auth', content=content, status=status)

    with pytest.raises(IdentityError) as caught:
        platform.http().call(routes.AUTH, error=IdentityError, gives=dict)
    assert TOKEN[:5] not in f'{caught.value} {vars(caught.value)}'


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


def test_no_log_has_the_token_that_a_redirect_repeats(caplog):
    caplog.set_level(logging.DEBUG)
    moved = f'HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /auth/?token={TOKEN}\r\n\r\n'
    answers = [moved.encode(), b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}']
    with closing(socket.create_server(('127.0.0.1', 0))) as listener:
        Thread(target=answer, args=(listener, answers), daemon=True).start()
        url = f'http://127.0.0.1:{listener.getsockname()[1]}'
        with Http({'v1': f'{url}/v1', 'root': url}, TOKEN) as http:
            http.pool.known['features', url] = (), float('inf')
            http.call(routes.AUTH)

    assert '/auth/?token=***' in caplog.text
    assert TOKEN not in caplog.text


def test_no_log_has_the_token_that_a_server_repeats_in_its_headers(caplog):
    caplog.set_level(logging.DEBUG)
    said = f'HTTP/1.1 200 {TOKEN}\r\nContent-Length: 2\r\nX-Echo: {TOKEN}\r\n\r\n{{}}'
    with closing(socket.create_server(('127.0.0.1', 0))) as listener:
        Thread(target=answer, args=(listener, [said.encode()]), daemon=True).start()
        url = f'http://127.0.0.1:{listener.getsockname()[1]}'
        with Http({'v1': f'{url}/v1', 'root': url}, TOKEN) as http:
            http.pool.known['features', url] = ('auth_header',), float('inf')
            http.call(routes.AUTH)

    assert 'X-Echo' in caplog.text
    assert TOKEN not in caplog.text


def answer(listener, answers):
    """Answer the requests of one connection."""
    connection, _ = listener.accept()
    with connection:
        for one in answers:
            connection.recv(65536)
            connection.sendall(one)


def test_no_repr_has_the_token():
    platform = FakePlatform()
    client = platform.client()

    assert TOKEN not in repr([client, client._http, client._http.pool])


def test_white_space_around_a_token_is_dropped_as_files_end_with_it():
    platform = FakePlatform('auth_header')
    platform.http(f' {TOKEN}\n').call(routes.AUTH)

    assert platform.sent()[0].headers['authorization'] == f'Bearer {TOKEN}'


@pytest.mark.parametrize('token', ['two words', 'two\nlines', 'grün', 'a\x00b'])
def test_what_cannot_be_a_token_is_refused_without_being_shown(token):
    with pytest.raises(InvalidAuthorization, match='check how it was read') as caught:
        FakePlatform().http(token)

    assert token not in str(caught.value)


def test_a_token_that_is_repeated_escaped_is_masked_too():
    platform = FakePlatform()
    platform.answer('GET /auth', {'error': 'at /auth?token=a%2Bb%2Fc'}, status=400)

    with pytest.raises(ResponseError) as caught:
        platform.http('a+b/c').call(routes.AUTH)

    assert 'a%2Bb%2Fc' not in str(caught.value)


def test_a_password_in_a_url_is_in_no_error_log_or_repr(caplog):
    caplog.set_level(logging.DEBUG)
    platform = FakePlatform()
    platform.answer('GET /auth', status=400)
    url = 'http://me:pass-word@host'
    http = Http({'v1': f'{url}/v1', 'root': url}, TOKEN, pool=platform.pool)
    with pytest.raises(ResponseError) as caught:
        http.call(routes.AUTH)

    assert 'pass-word' not in f'{caught.value} {http!r} {caplog.text}'
