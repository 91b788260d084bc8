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

"""Connections that send a head for ever, or one that never ends, are closed."""

import socket
import time

import httpx
import pytest

from scenebox_ros.server import heads

pytestmark = pytest.mark.e2e


def connect(server):
    address = httpx.URL(server.url)
    sock = socket.create_connection((address.host, address.port))
    sock.settimeout(20)
    return sock


def rest(sock):
    """Read until the server closes."""
    with sock:
        said = b''
        try:
            while piece := sock.recv(65536):
                said += piece
        except ConnectionError:
            pass
        return said


@pytest.mark.parametrize('piece', [b'X: ' + b'a' * 50_000, b'X: a\r\n' * 10_000])
def test_a_head_without_end_is_refused(server, piece):
    sock = connect(server)
    sock.sendall(b'GET /healthz HTTP/1.1\r\nHost: h\r\n')
    try:
        for _ in range(1000):
            sock.sendall(piece)
    except ConnectionError:
        pass
    else:
        raise AssertionError(f'{1000 * len(piece)} bytes of a head were taken')
    finally:
        rest(sock)
    assert httpx.get(f'{server.url}/healthz').status_code == 200


@pytest.mark.parametrize('begin', [b'', b'GET /healthz HTTP/1.1\r\nHost: h\r\nX: '])
def test_a_head_that_does_not_come_is_not_waited_for(server, monkeypatch, begin):
    monkeypatch.setattr(heads, 'HEAD_TIMEOUT_S', 0.3)
    sock = connect(server)
    sock.sendall(begin)
    began = time.monotonic()

    said = rest(sock)
    assert 0.2 < time.monotonic() - began < 15
    assert (b' 400 ' in said) == bool(begin)


def test_the_next_request_of_a_connection_is_not_waited_for_either(server, monkeypatch):
    monkeypatch.setattr(heads, 'HEAD_TIMEOUT_S', 0.5)
    whole = b'GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n'
    sock = connect(server)
    sock.sendall(whole)
    first = sock.recv(65536)
    sock.sendall(whole + whole[:20])

    assert first.startswith(b'HTTP/1.1 200')
    said = rest(sock)
    assert said.startswith(b'HTTP/1.1 200')
    assert b' 400 ' in said


def test_a_slow_body_and_an_answered_connection_are_left_alone(server, http, monkeypatch):
    monkeypatch.setattr(heads, 'HEAD_TIMEOUT_S', 0.3)

    def slowly():
        for piece in (b'{', b'"note": ', b'1', b'}'):
            time.sleep(0.2)
            yield piece

    reply = http.put('/v1/assets/meta/slow', content=slowly(),
                     params={'asset_type': 'images', 'replace': True})
    time.sleep(0.6)
    assert reply.status_code == 200
    assert http.get('/v1/assets/meta/slow', params={'asset_type': 'images'}).json()['note'] == 1
