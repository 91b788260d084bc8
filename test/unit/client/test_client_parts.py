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

"""Parts of large uploads: what is under way is little in a slow network."""

import pytest

from scenebox_ros.client.multipart import Flow, MIB, PART, SPAN_S


def steady(bytes_per_s, most_at_once=4):
    """Let a network take parts until nothing changes any more."""
    flow = Flow(most_at_once)
    for _ in range(10):
        flow.took(PART, PART * flow.count / bytes_per_s)
    return flow


def test_the_first_part_is_alone():
    assert Flow(4).count == 1


@pytest.mark.parametrize('bytes_per_s', [1, 50_000, 12 * MIB])
def test_a_slow_network_has_one_part_under_way(bytes_per_s):
    assert steady(bytes_per_s).count == 1


@pytest.mark.parametrize('mib_per_s', [13, 20, 30, 40])
def test_what_is_under_way_is_what_the_network_takes_in_some_seconds(mib_per_s):
    assert (steady(mib_per_s * MIB).count - 1) * PART <= SPAN_S * mib_per_s * MIB


def test_a_fast_network_has_four_parts_under_way():
    assert steady(200 * MIB).count == 4


def test_a_network_that_became_slow_has_one_part_under_way():
    flow = steady(200 * MIB)
    flow.took(PART, 600)

    assert flow.count == 1


def test_no_more_are_at_once_than_asked_for():
    assert steady(200 * MIB, most_at_once=1).count == 1
