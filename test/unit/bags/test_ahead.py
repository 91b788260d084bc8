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

"""Reading ahead: the same messages in the same order, and only a few of them in memory."""

from scenebox_ros.bags.ahead import _Line, ahead
from scenebox_ros.bags.bag import BagMessage

CHUNK = 3 << 20


def messages(count, given):
    """Small messages, each in a large chunk of its own."""
    for number in range(count):
        given.append(number)
        chunk = bytes(CHUNK)
        yield BagMessage('/cam', 'type', number, memoryview(chunk)[:100], bytes)


def test_messages_come_in_order_and_few_chunks_are_kept():
    given = []

    for number, message in enumerate(ahead(messages(40, given))):
        assert message.log_ns == number
        assert len(given) <= number + 4


def test_the_messages_of_one_large_chunk_travel_together(monkeypatch):
    given = []
    give = _Line._give
    monkeypatch.setattr(
        _Line, '_give', lambda line, batch: given.append(len(batch)) or give(line, batch))
    chunks = [memoryview(bytes(CHUNK)) for _ in range(3)]
    many = (BagMessage('/imu', 'type', number, chunks[number // 100][:100], bytes)
            for number in range(300))

    assert [message.log_ns for message in ahead(many)] == list(range(300))
    assert given == [1, 100, 100, 99]
