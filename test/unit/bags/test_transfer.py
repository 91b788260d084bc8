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

"""A transfer whose uploader breaks: whoever reads is told, and does not wait."""

import threading

import pytest

from scenebox_ros.bags import transfer
from scenebox_ros.bags.recordings import Options
from scenebox_ros.bags.transfer import uploading
from scenebox_ros.errors import ConnectionFailedError
from scenebox_ros.model.records import Record


class BrokenPlatform:
    """Nothing works."""

    server = 'http://platform'

    def __init__(self, error):
        self._error = error

    def pace(self, bucket):
        raise self._error


@pytest.mark.parametrize('error', [ConnectionFailedError('nobody answers'), ValueError('a bug')])
def test_whoever_puts_gets_the_uploaders_failure(error):
    def put_for_ever():
        with uploading(BrokenPlatform(error), Options()) as (passage, _):
            for number in range(1_000_000):
                passage.put([Record('images', 'drive', str(number), body=bytes(1 << 20))])

    with pytest.raises(type(error), match=str(error)):
        put_for_ever()


def test_a_failure_after_all_was_put_is_raised_and_not_waited_for_again():
    tries = []

    class Counting(BrokenPlatform):
        def pace(self, bucket):
            tries.append(bucket)
            super().pace(bucket)

    with pytest.raises(ConnectionFailedError), uploading(
        Counting(ConnectionFailedError('nobody answers')), Options()
    ) as (passage, _):
        passage.put([Record('images', 'drive', '1', body=b'1')])

    assert len(tries) == 1


class SlowPlatform(BrokenPlatform):
    """Answers only when it may."""

    def __init__(self):
        super().__init__(ConnectionFailedError('it is over'))
        self.may = threading.Event()

    def pace(self, bucket):
        assert self.may.wait(30)
        raise self._error


def test_what_waits_for_the_network_is_told_while_nothing_is_read(monkeypatch):
    monkeypatch.setattr(transfer, 'TELL_PERIOD_S', 0.01)
    platform, told = SlowPlatform(), []

    def sending(num_bytes, report, silent_s):
        told.append((num_bytes, report.body_bytes))
        if num_bytes:
            platform.may.set()

    with (
        pytest.raises(ConnectionFailedError),
        uploading(platform, Options(), sending) as (passage, _),
    ):
        passage.put([Record('images', 'drive', '1', body=bytes(1000))])

    assert told[-1][0] >= 1000
    assert told[-1][1] == 0
