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

"""A turn that is late is remembered for as long as something may be said again."""

import time

import pytest

from scenebox_ros.nodes.turns import LATE_S, REPAIR_S, Turns


class Clock:
    now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(time, 'monotonic', made.monotonic)
    return made


def test_turns_in_time_are_not_late(clock):
    turns = Turns()
    for _ in range(20):
        clock.now += LATE_S / 2
        turns.take()

    assert not turns.were_late()


def test_a_late_turn_counts_until_all_was_said_again(clock):
    turns = Turns()
    clock.now += 2 * LATE_S
    said = []
    while len(said) < 20:
        said.append(turns.were_late())
        clock.now += REPAIR_S / 9.5

    assert said == [True] * 10 + [False] * 10


def test_what_is_heard_again_announces_more(clock):
    turns = Turns()
    clock.now += LATE_S
    turns.take()
    before = turns.were_late()
    turns.hear_again()

    assert (before, turns.were_late()) == (False, True)
