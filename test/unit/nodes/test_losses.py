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

"""Lost messages are counted by their publishers' numbers, or as the middleware tells."""

import pytest

from scenebox_ros.nodes.losses import Losses, MOST_PUBLISHERS


def numbered(number, publisher=b'a'):
    return {'publication_sequence_number': number, 'publisher_gid': {'data': publisher}}


@pytest.fixture
def losses():
    return Losses()


def test_gaps_count_from_the_first_message_on(losses):
    for number in [7, 8, 11, 12]:
        losses.heard('/t', numbered(number))
    losses.told('/t', 2)

    assert losses.counts['/t'] == 2


def test_publishers_of_a_topic_count_apart(losses):
    for number, publisher in [(1, b'a'), (90, b'b'), (2, b'a'), (91, b'b'), (4, b'a')]:
        losses.heard('/t', numbered(number, publisher))

    assert losses.counts['/t'] == 1


@pytest.mark.parametrize('info', [
    {}, {'publication_sequence_number': None},
    {'publication_sequence_number': None, 'publisher_gid': {'data': b'a'}},
])
def test_without_numbers_the_event_counts(losses, info):
    losses.heard('/t', info)
    losses.told('/t', 3)

    assert losses.counts == {'/t': 3}


def test_a_topic_that_was_let_go_begins_anew(losses):
    losses.heard('/t', numbered(1))
    losses.forget('/t')
    losses.heard('/t', numbered(50))

    assert losses.counts['/t'] == 0


def test_publishers_that_came_and_went_are_forgotten(losses):
    for number in range(MOST_PUBLISHERS + 10):
        losses.heard('/t', numbered(1, number.to_bytes(16, 'big')))
    losses.heard('/t', numbered(9, bytes(16)))

    assert losses.counts['/t'] == 0
