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

"""Records gathered into large commits: in order, complete, and errors are not swallowed."""

import threading

import pytest

from scenebox_ros.bags import gathering
from scenebox_ros.bags.gathering import Gathering
from scenebox_ros.errors import SpoolError
from scenebox_ros.model.records import Record


class Kept:
    def __init__(self):
        self.puts = []

    def put(self, records):
        self.puts.append([record.id for record in records])


def put_into(inner, error=None):
    with Gathering(inner) as sink:
        sink.put([record('a')])
        if error:
            raise error


def record(name, size=10):
    return Record('images', 's', name, body=b'x' * size)


def test_records_arrive_in_order_and_in_few_commits(monkeypatch):
    monkeypatch.setattr(gathering, 'COMMIT_BYTES', 100)
    kept = Kept()
    names = [str(n) for n in range(95)]
    with Gathering(kept) as sink:
        for name in names:
            sink.put([record(name)])

    assert [name for put in kept.puts for name in put] == names
    assert len(kept.puts) == 10


def test_many_small_records_are_committed_too(monkeypatch):
    monkeypatch.setattr(gathering, 'COMMIT_RECORDS', 5)
    kept = Kept()
    with Gathering(kept) as sink:
        for n in range(12):
            sink.put([record(str(n), 0)])

    assert [len(put) for put in kept.puts] == [5, 5, 2]


def test_an_error_of_the_inner_sink_is_raised():
    class Broken:
        def put(self, records):
            raise SpoolError('the disk is gone')

    with pytest.raises(SpoolError, match='the disk is gone'):
        put_into(Broken())

    assert not [each for each in threading.enumerate() if 'scenebox-commit' in each.name]


def test_nothing_more_is_handed_on_after_an_error():
    kept = Kept()
    with pytest.raises(RuntimeError):
        put_into(kept, RuntimeError)

    assert kept.puts == []
