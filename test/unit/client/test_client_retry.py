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


"""Requests are sent again where that is safe and may help."""

import time

from fake_platform import broken, FakePlatform
import httpx
import pytest

from scenebox_ros.client.retry import Failure, RetryRule
from scenebox_ros.errors import (
    ConnectionFailedError,
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


def test_a_server_that_says_nothing_is_asked_twice(monkeypatch):
    seconds = [0.0]
    monkeypatch.setattr(time, 'monotonic', lambda: seconds[-1])

    def attempt():
        seconds.append(seconds[-1] + 60)
        return Failure(RequestTimeoutError('no answer'), is_repeatable=True)

    with pytest.raises(RequestTimeoutError):
        RetryRule(first_wait_s=0.0).run(attempt)

    assert seconds == [0, 60, 120]
