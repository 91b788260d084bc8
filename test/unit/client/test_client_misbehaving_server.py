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


"""A real server on the loopback interface that does everything wrong."""

from __future__ import annotations

from contextlib import contextmanager
import socket
import threading

import pytest

from scenebox_ros.client import AssetManagerClient, downloads, Timeouts
from scenebox_ros.client.http import Http
from scenebox_ros.client.retry import RetryRule
from scenebox_ros.errors import (
    AssetError,
    ConnectionFailedError,
    MetadataNotFoundError,
    RequestTimeoutError,
    ResponseError,
)

TOKEN = 'secret-token-1'
IMPATIENT = Timeouts(connect_s=2.0, read_s=0.3, write_s=2.0, total_s=0.6)
ONCE = RetryRule(attempts=1)
TWICE = RetryRule(attempts=2, first_wait_s=0.0, longest_wait_s=0.0)
NO_STATUS = b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'


def whole(body, status='200 OK', kind='application/json', extra=''):
    # One answer a connection: without a word of it the next request may meet a closed one.
    lines = [f'HTTP/1.1 {status}', f'Content-Type: {kind}', f'Content-Length: {len(body)}',
             'Connection: close']
    return '\r\n'.join([*lines, extra, '']).encode() + body


def drip(connection, stop):
    """Send a header, then a byte from time to time and never the end."""
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n')
    while not stop.wait(0.05):
        connection.sendall(b' ')


def drip_headers(connection, stop):
    """Begin an answer whose headers come byte by byte and never end."""
    connection.sendall(b'HTTP/1.1 200 OK\r\nX-A: ')
    while not stop.wait(0.05):
        connection.sendall(b'a')


def silence(connection, stop):
    stop.wait(30)


@contextmanager
def server(behaviour):
    """Serve one behaviour: bytes to answer with, or a function of the connection."""
    stop = threading.Event()
    listener = socket.create_server(('127.0.0.1', 0))
    seen = []

    def read_head(connection):
        head = b''
        while b'\r\n\r\n' not in head:
            chunk = connection.recv(65536)
            if not chunk:
                break
            head += chunk
        return head

    def serve(connection):
        with connection:
            try:
                while (head := read_head(connection)):
                    if head.startswith(b'GET /status'):
                        connection.sendall(NO_STATUS)
                        continue
                    seen.append(head)
                    if callable(behaviour):
                        behaviour(connection, stop)
                    else:
                        connection.sendall(behaviour)
                    return
            except OSError:
                return

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f'http://127.0.0.1:{listener.getsockname()[1]}', seen
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def client(url, rule=ONCE):
    http = Http({'v1': f'{url}/v1', 'root': url}, TOKEN, rule=rule, timeouts=IMPATIENT)
    return AssetManagerClient('images', http=http, cache_disabled=True)


CASES = {
    'html instead of an answer': (whole(b'<html>hi</html>', kind='text/html'), AssetError),
    'garbage instead of JSON': (whole(b'\xff\x00garbage'), AssetError),
    'JSON without end': (whole(b'[' * 50_000), AssetError),
    'JSON that is cut off': (whole(b'{"results": ["a"'), AssetError),
    'another JSON than promised': (whole(b'[1, 2]'), AssetError),
    'no content': (b'HTTP/1.1 204 No Content\r\n\r\n', AssetError),
    'an error that is JSON without end': (whole(b'[' * 50_000, '400 No'), AssetError),
    'a circle of redirects': (whole(b'', '302 Found', extra='Location: /v1\r\n'), ResponseError),
    'an error without a body': (whole(b'', '500 Oops'), AssetError),
    'an error page': (whole(b'<h1>Bad Gateway</h1>', '502 Bad Gateway', 'text/html'), AssetError),
    'a wrong token': (whole(b'"no"', '401 Unauthorized'), AssetError),
    'a body that is cut off': (
        b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"results": [',
        ConnectionFailedError,
    ),
    'chunks that are cut off': (
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"re',
        ConnectionFailedError,
    ),
    'chunks that are none': (
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
        ConnectionFailedError,
    ),
    'gzip that is none': (
        whole(b'not gzip', extra='Content-Encoding: gzip\r\n'),
        ResponseError,
    ),
    'another protocol': (b'SSH-2.0-OpenSSH_9.6\r\n', ConnectionFailedError),
    'headers without end': (b'HTTP/1.1 200 OK\r\n' + b'X-A: b\r\n' * 50_000, ResponseError),
    'a closed door': (b'', ConnectionFailedError),
    'silence': (silence, RequestTimeoutError),
    'a body that drips': (drip, RequestTimeoutError),
    'headers that drip': (drip_headers, RequestTimeoutError),
}


@pytest.mark.parametrize('name', CASES)
def test_a_server_that_answers_badly_raises_the_right_error(name):
    behaviour, error = CASES[name]
    with server(behaviour) as (url, _), client(url) as images:
        with pytest.raises(error) as caught:
            images.search_assets()

        assert TOKEN not in f'{caught.value} {caught.value!r}'
        assert caught.value.__context__ is None


@pytest.mark.parametrize('name', ['a closed door', 'silence', 'an error without a body'])
def test_what_may_pass_is_tried_again(name):
    with server(CASES[name][0]) as (url, seen), client(url, TWICE) as images:
        with pytest.raises(ResponseError):
            images.search_assets()

        assert len(seen) == 2


@pytest.mark.parametrize('method', ['exists', 'get_metadata', 'get_url', 'get_bytes', 'copy'])
def test_every_kind_of_call_survives_garbage(method):
    arguments = {'copy': ('a', 'b')}.get(method, ('a',))
    with (
        server(whole(b'\xff\x00garbage')) as (url, _),
        client(url) as images,
        pytest.raises(AssetError, match='is not JSON'),
    ):
        getattr(images, method)(*arguments)


def test_no_metadata_is_its_own_error():
    answer = whole(b'{"error": "no such document"}', '404 Not Found')
    with (
        server(answer) as (url, _),
        client(url) as images,
        pytest.raises(MetadataNotFoundError, match=r"'img_1' of images: 404 no such document"),
    ):
        images.get_metadata('Img-1')


def test_a_server_that_is_not_there_is_a_connection_error():
    with socket.create_server(('127.0.0.1', 0)) as gone:
        url = f'http://127.0.0.1:{gone.getsockname()[1]}'

    with client(url) as images, pytest.raises(ConnectionError, match=r'cannot be reached'):
        images.search_assets()


def test_headers_that_drip_by_way_of_a_proxy_are_limited_too(monkeypatch):
    with server(drip_headers) as (proxy, seen):
        monkeypatch.setenv('http_proxy', proxy)
        with client('http://platform.example') as images, pytest.raises(RequestTimeoutError):
            images.search_assets()

        assert seen[0].startswith(b'GET http://platform.example/status HTTP/1.1')


@pytest.mark.parametrize('name', ['http_proxy', 'all_proxy'])
def test_a_proxy_that_is_not_there_is_named_without_its_password(monkeypatch, name):
    with socket.create_server(('127.0.0.1', 0)) as gone:
        place = f'127.0.0.1:{gone.getsockname()[1]}'
    monkeypatch.setenv(name, f'http://user:secret@{place}')

    told = rf'by way of the proxy http://{place} .*check the proxy and NO_PROXY'
    with client('http://platform.example') as images, pytest.raises(ConnectionError, match=told):
        images.search_assets()


@pytest.mark.parametrize('host', ['127.0.0.1', 'localhost'])
def test_the_server_on_this_machine_is_reached_without_a_proxy(monkeypatch, host):
    for name in ['http_proxy', 'https_proxy', 'all_proxy']:
        monkeypatch.setenv(name, 'http://127.0.0.1:9')

    with server(drip_headers) as (url, seen):
        with client(url.replace('127.0.0.1', host)) as images, pytest.raises(RequestTimeoutError):
            images.search_assets()

        assert seen[0].startswith(b'POST /v1/assets/')


def file_that_drips(connection, stop):
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n')
    for _ in range(20):
        stop.wait(0.05)
        connection.sendall(b'x')


def to_memory(images, url, _):
    return images.get_bytes('a', url=url)


def to_disk(images, url, path):
    downloads.fetch_to(images._http, url, path, AssetError, 'download a')
    return path.read_bytes()


@pytest.mark.parametrize('fetch', [to_memory, to_disk])
def test_a_file_may_take_as_long_as_it_makes_progress(fetch, tmp_path):
    with server(file_that_drips) as (url, _), client(url) as images:
        assert fetch(images, f'{url}/a', tmp_path / 'a') == b'x' * 20


@pytest.mark.parametrize('fetch', [to_memory, to_disk])
def test_the_headers_of_a_file_are_limited(fetch, tmp_path):
    with (
        server(drip_headers) as (url, _),
        client(url) as images,
        pytest.raises(RequestTimeoutError),
    ):
        fetch(images, f'{url}/a', tmp_path / 'a')
