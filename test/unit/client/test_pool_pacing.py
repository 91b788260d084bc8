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

import httpx
import pytest

from scenebox_ros.client.pacing import paced
from scenebox_ros.client.pool import Pool


class Recorder:
    def __init__(self, piece_bytes):
        self.size = piece_bytes
        self.taken = []

    def piece_bytes(self):
        return self.size

    def take(self, num_bytes):
        self.taken.append(num_bytes)


def sent(content, pace, headers=None):
    seen = []

    def answer(request):
        seen.append((request.headers, request.read()))
        return httpx.Response(200)

    pool = Pool(transport=httpx.MockTransport(answer))
    pool.pace = pace
    pool.send('PUT', 'http://host/x', headers=headers, content=content).close()
    return seen[0]


@pytest.mark.parametrize('content', [b'x' * 100, memoryview(b'x' * 100)])
def test_bodies_go_in_pieces_that_wait_and_arrive_whole(content):
    pace = Recorder(30)
    headers, body = sent(content, pace)

    assert body == b'x' * 100
    assert pace.taken[1:] == [30, 30, 30, 10]
    assert headers['content-length'] == '100'
    assert 'transfer-encoding' not in headers


def test_what_goes_before_a_body_counts_too():
    pace = Recorder(30)
    headers, _ = sent(b'', pace)

    written = ''.join(f'{name}: {value}\r\n' for name, value in headers.items())
    assert pace.taken == [len(f'PUT /x HTTP/1.1\r\n{written}\r\n')]


def test_streams_keep_the_length_they_came_with():
    pace = Recorder(30)
    headers, body = sent(iter([b'a' * 50, b'b' * 10]), pace, {'Content-Length': '60'})

    assert body == b'a' * 50 + b'b' * 10
    assert pace.taken[1:] == [30, 20, 10]
    assert headers['content-length'] == '60'
    assert 'transfer-encoding' not in headers


def test_without_a_pace_nothing_is_cut():
    content = b'x' * 100

    assert paced(None, content, None) == (None, content)
    assert paced(None, content, Recorder(0)) == (None, content)
    assert paced(None, b'', Recorder(5)) == (None, b'')
