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

"""Parts of large uploads: what is under way is little, whatever the network."""

import pytest

from scenebox_ros.client import journal, parts
from scenebox_ros.client.parts import Flow, LEAST, MIB, MOST, next_size, Part, SPAN_S


def steady(bytes_per_s, most_at_once=4):
    """Let a network take parts until nothing changes any more."""
    flow = Flow(most_at_once)
    for _ in range(10):
        flow.took(flow.size, flow.size * flow.count / bytes_per_s)
    return flow


def test_the_first_part_is_alone_and_of_the_least_size():
    assert (Flow(4).count, Flow(4).size) == (1, 5 * MIB)


@pytest.mark.parametrize('bytes_per_s', [1, 50_000, 1_000_000])
def test_a_slow_network_has_one_small_part_under_way(bytes_per_s):
    flow = steady(bytes_per_s)

    assert (flow.count, flow.size) == (1, LEAST)


@pytest.mark.parametrize('mib_per_s', [1.5, 3, 10, 40])
def test_what_is_under_way_is_what_the_network_takes_in_some_seconds(mib_per_s):
    flow = steady(mib_per_s * MIB)

    assert flow.count * flow.size <= SPAN_S * mib_per_s * MIB + LEAST


def test_a_fast_network_has_four_large_parts_under_way():
    flow = steady(200 * MIB)

    assert (flow.count, flow.size) == (4, MOST)


def test_a_network_that_became_slow_has_one_small_part_under_way():
    flow = steady(200 * MIB)
    flow.took(MOST, 600)

    assert (flow.count, flow.size) == (1, LEAST)


def test_no_more_are_at_once_than_asked_for():
    assert steady(200 * MIB, most_at_once=1).count == 1


def test_a_file_never_has_more_parts_than_can_be_numbered():
    size = left = 400_000 * MIB
    number = 0
    while left:
        number += 1
        left -= next_size(LEAST, left, number)

    assert number <= parts.MAX_PARTS
    assert next_size(LEAST, size, 1) == 40 * MIB


def test_a_journal_tells_which_bytes_a_part_had():
    with journal.journal_of('key') as first:
        first.begin('a', 'upload_1')
        first.plan(Part(1, 0, 5))
        first.plan(Part(2, 5, 20))
        first.add(2, '"two"')

    with journal.journal_of('key') as second:
        assert second.planned == [Part(1, 0, 5), Part(2, 5, 20)]
        assert second.parts == {2: '"two"'}


def test_a_journal_that_does_not_tell_sizes_is_as_none():
    with journal.journal_of('key') as first:
        first.begin('a', 'upload_1')
        first.add(1, '"one"')

    with journal.journal_of('key') as second:
        assert not second.is_begun
        assert second.parts == {}
