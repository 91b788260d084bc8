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

"""Merging by time: in order, and with no more of the recording in memory than that needs."""

from weakref import ref

from scenebox_ros.bags.storage import in_time_order, Source


class Body:
    """Stands for the bytes of a message; unlike them it can be watched."""


def source(start_ns, times, opened=None):
    def read():
        if opened is not None:
            opened.append(start_ns)
        for time_ns in times:
            yield time_ns, Body()

    return Source(start_ns, 0, read)


def test_a_message_that_was_given_is_not_kept():
    given = in_time_order([source(0, range(3))])
    first = ref(next(given)[1])

    next(given)

    assert first() is None


def test_what_begins_where_another_ends_is_opened_after_it():
    opened = []
    given = in_time_order([source(0, [0, 1], opened), source(1, [1, 2], opened)])

    assert [next(given)[0], next(given)[0]] == [0, 1]
    assert opened == [0]
    assert [time_ns for time_ns, _ in given] == [1, 2]
    assert opened == [0, 1]
