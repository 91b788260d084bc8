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

from hypothesis import given, strategies as st
import pytest

from scenebox_ros.errors import (
    AssetError,
    ConnectionFailedError,
    InvalidAuthorization,
    ResponseError,
    SetsError,
)
from scenebox_ros.upload.failures import meaning
from scenebox_ros.upload.pacing import Backoff, StoppedError, TokenBucket


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self):
        self.now = 100.0

    def sleep(self, seconds):
        self.now += seconds


@given(
    st.floats(50_000, 1e9),
    st.lists(st.tuples(st.integers(1, 200), st.floats(0, 3)), min_size=20, max_size=60),
)
def test_the_cap_holds_over_any_ten_seconds(rate, sends):
    clock = Clock()
    bucket = TokenBucket(rate, lambda: clock.now, clock.sleep)
    sent = []
    for pieces, pause_s in sends:
        clock.now += pause_s
        for _ in range(pieces):
            bucket.take(bucket.piece_bytes())
            sent.append((clock.now, bucket.piece_bytes()))
    first = last = total = worst = 0
    while last < len(sent):
        total += sent[last][1]
        while sent[last][0] - sent[first][0] > 10:
            total -= sent[first][1]
            first += 1
        worst = max(worst, total)
        last += 1

    assert worst <= 10 * rate * 1.05 + bucket.piece_bytes() + 16384


def test_a_busy_sender_gets_its_whole_rate():
    clock = Clock()
    bucket = TokenBucket(1_000_000, lambda: clock.now, clock.sleep)
    for _ in range(1000):
        bucket.take(20_000)

    assert clock.now - 100 == pytest.approx(20, rel=0.05)


def test_no_rate_means_no_waiting():
    clock = Clock()
    TokenBucket(0, lambda: clock.now, clock.sleep).take(10**12)

    assert clock.now == 100


def test_the_rate_can_be_changed():
    clock = Clock()
    bucket = TokenBucket(1000, lambda: clock.now, clock.sleep)
    bucket.set_rate(1_000_000)
    bucket.take(2_000_000)

    assert clock.now - 100 == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize('rate', [0, 1000])
def test_what_is_held_goes_on_when_it_may(rate):
    clock = Clock()
    held = []

    def sleep(seconds):
        held.append(seconds)
        clock.sleep(seconds)
        bucket.hold(len(held) < 3)

    bucket = TokenBucket(rate, lambda: clock.now, sleep)
    bucket.hold(True)
    bucket.take(1)

    assert len(held) >= 3


def test_a_stop_ends_what_is_held_and_what_waits():
    bucket = TokenBucket(1)
    bucket.hold(True)
    bucket.stop()

    with pytest.raises(StoppedError):
        bucket.take(10**9)
    assert meaning(StoppedError('stop')) == 'later'


def test_waits_double_with_jitter_up_to_a_limit():
    longest = Backoff(1, 10, lambda: 1.0)
    shortest = Backoff(1, 10, lambda: 0.0)

    assert [longest.failed() for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    assert [shortest.failed() for _ in range(6)] == [0.5, 1, 2, 4, 5, 5]
    longest.succeeded()
    assert longest.failed() == 1


def test_waits_stay_finite_after_weeks_of_failures():
    backoff = Backoff(1, 300)

    assert max(backoff.failed() for _ in range(5000)) <= 300


@pytest.mark.parametrize('error, expected', [
    (ConnectionFailedError('x'), 'later'),
    (AssetError('x', status=503), 'later'),
    (AssetError('x', status=507), 'later'),
    (AssetError('x', status=429), 'later'),
    (ResponseError('not JSON'), 'later'),
    (OSError('disk'), 'later'),
    (AssetError('x', status=401), 'token'),
    (InvalidAuthorization('x'), 'token'),
    (AssetError('x', status=422), 'poison'),
    (AssetError('x', status=404), 'doubt'),
    (AssetError('x', status=405), 'doubt'),
    (AssetError('x', status=500), 'doubt'),
    (SetsError('locked'), 'poison'),
    (KeyError('sensor'), 'poison'),
])
def test_failures_are_judged(error, expected):
    assert meaning(error) == expected
