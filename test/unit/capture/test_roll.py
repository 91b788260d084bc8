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

"""Pre- and post-roll over a hand-made run of arrivals."""

from hypothesis import given, strategies as st
import pytest

from scenebox_ros.capture.roll import read_rolls, Roll, RollSettings
from scenebox_ros.errors import SettingsError

S = 10**9


def play(settings, events):
    """Play ('topic', second) and ('!', second); give what is kept, in order."""
    roll, kept = Roll(settings), []
    for topic, second in events:
        at_ns = round(second * S)
        if topic == '!':
            kept += roll.trigger(at_ns)
        elif roll.offer(topic, (topic, second), at_ns, 1):
            kept.append((topic, second))
    return roll, kept


def arrivals(topic, first, last):
    return [(topic, second) for second in range(first, last)]


def test_a_trigger_keeps_the_seconds_before_and_after():
    _, kept = play(RollSettings(3, 2), [
        *arrivals('a', 0, 11), ('!', 10), *arrivals('a', 11, 20)])

    assert [second for _, second in kept] == [7, 8, 9, 10, 11, 12]


def test_without_a_trigger_nothing_is_kept_and_little_is_held():
    roll, kept = play(RollSettings(3, 2), arrivals('a', 0, 1000))

    assert kept == []
    assert roll.held_bytes == 4
    assert roll.let_go['a'] == 996


def test_triggers_that_overlap_keep_one_stretch_once():
    _, kept = play(RollSettings(3, 4), [
        *arrivals('a', 0, 11), ('!', 10), *arrivals('a', 11, 13), ('!', 12),
        *arrivals('a', 13, 30)])

    assert [second for _, second in kept] == list(range(7, 17))


def test_triggers_apart_keep_two_stretches():
    _, kept = play(RollSettings(1, 1), [
        *arrivals('a', 0, 6), ('!', 5), *arrivals('a', 6, 21), ('!', 20), *arrivals('a', 21, 30)])

    assert [second for _, second in kept] == [4, 5, 6, 19, 20, 21]


def test_topics_have_their_own_seconds_and_keep_the_order_of_arrival():
    settings = RollSettings(2, 0, topics={'b': (1, 3)})
    both = [pair for second in range(11) for pair in [('a', second), ('b', second)]]
    _, kept = play(settings, [*both, ('!', 10), *arrivals('b', 11, 20)])

    assert kept == [('a', 8), ('a', 9), ('b', 9), ('a', 10), ('b', 10), *arrivals('b', 11, 14)]


def test_full_rings_let_the_oldest_go_and_count_it():
    roll, kept = play(RollSettings(100, 0, max_bytes=5), [*arrivals('a', 0, 20), ('!', 19)])

    assert [second for _, second in kept] == [15, 16, 17, 18, 19]
    assert roll.cut_short['a'] == 15


def test_a_clock_that_is_set_back_does_not_hold_the_gate_open():
    _, kept = play(RollSettings(2, 3), [
        *arrivals('a', 100, 105), ('!', 104), *arrivals('a', 10, 30)])

    assert [second for _, second in kept] == [102, 103, 104, 10, 11, 12, 13]


def test_a_trigger_may_come_late_and_concern_what_was_before_and_after_its_moment():
    _, kept = play(RollSettings(3, 2, late_s=5), [
        *arrivals('a', 0, 15), ('!', 10), *arrivals('a', 15, 20)])

    assert [second for _, second in kept] == [7, 8, 9, 10, 11, 12]


def test_topics_may_be_late_by_different_times():
    both = [pair for second in range(12, 30) for pair in [('a', second), ('b', second - 8)]]
    _, kept = play(RollSettings(2, 1, late_s=3), [*both[:18], ('!', 18), *both[18:]])

    assert [second for topic, second in kept if topic == 'a'] == [16, 17, 18, 19]
    assert [second for topic, second in kept if topic == 'b'] == [16, 17, 18, 19]


def test_a_topic_that_begins_after_the_trigger_is_kept_for_the_rest_of_its_seconds():
    _, kept = play(RollSettings(2, 3), [*arrivals('a', 0, 11), ('!', 10), *arrivals('b', 11, 20)])

    assert [second for topic, second in kept if topic == 'b'] == [11, 12, 13]


def test_what_is_let_go_at_the_end_is_counted():
    roll, _ = play(RollSettings(5, 0), arrivals('a', 0, 3))
    roll.clear()

    assert (roll.let_go['a'], roll.held_bytes) == (3, 0)


def test_a_roll_line_that_cannot_be_read_is_refused():
    assert read_rolls(['/a 1.5 2']) == {'/a': (1.5, 2.0)}
    with pytest.raises(SettingsError, match="'/a 1' is no roll"):
        read_rolls(['/a 1'])
    with pytest.raises(SettingsError, match='neither may be negative'):
        RollSettings(topics=read_rolls(['/a -1 2']))


@given(st.lists(st.tuples(st.sampled_from(['a', 'b', '!']), st.integers(0, 30)), max_size=60))
def test_what_is_kept_is_the_union_of_the_windows(steps):
    second, events = 0, []
    for name, step in steps:
        second += step
        events.append((name, second))
    settings = RollSettings(20, 15, topics={'b': (5, 40)})
    _, kept = play(settings, events)

    windows = {'a': (20, 15), 'b': (5, 40)}
    triggers = [at for name, at in events if name == '!']
    expected = [
        (name, at) for place, (name, at) in enumerate(events) if name != '!' and any(
            at - windows[name][1] <= trigger <= at + windows[name][0] for trigger in triggers)
    ]
    assert sorted(kept) == sorted(expected)


@given(st.lists(st.tuples(
    st.sampled_from(['a', 'b', '!']), st.integers(0, 200), st.integers(0, 9)), max_size=60))
def test_by_stamps_the_order_of_arrival_does_not_matter(said):
    """Stamps are tenths of a second, delays up to 0.9 s: no jump of a clock."""
    came = sorted(said, key=lambda one: one[1] + one[2])
    settings = RollSettings(2.0, 1.5, topics={'b': (0.5, 4.0)}, late_s=1.0)
    roll, kept = Roll(settings), []
    for number, (topic, tenth, _) in enumerate(came):
        if topic == '!':
            kept += roll.trigger(tenth * S // 10)
        elif roll.offer(topic, number, tenth * S // 10, 1):
            kept.append(number)

    windows = {'a': (20, 15), 'b': (5, 40)}
    triggers = [tenth for topic, tenth, _ in said if topic == '!']
    assert sorted(kept) == [
        number for number, (topic, tenth, _) in enumerate(came) if topic != '!' and any(
            tenth - windows[topic][1] <= trigger <= tenth + windows[topic][0]
            for trigger in triggers)]
