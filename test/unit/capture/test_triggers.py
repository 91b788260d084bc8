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

"""Triggers: conditions, edges, diagnostics."""

import pytest

from scenebox_ros.capture.triggers import Alarms, Condition, Edge
from scenebox_ros.errors import SettingsError


def test_a_condition_reads_topic_field_comparison_and_threshold():
    condition = Condition.parse('/imu/data linear_acceleration.z >= 20')

    assert condition == Condition('/imu/data', 'linear_acceleration.z', '>=', 20.0)


@pytest.mark.parametrize(('text', 'value', 'holds'), [
    ('/a x > 2', 2.5, True), ('/a x > 2', 2, False), ('/a x<1', 0, True),
    ('/a x == true', True, True), ('/a x == true', False, False), ('/a x != ERROR', 'OK', True),
    ('/a x > 2', 'many', False), ('/a x > 2', float('nan'), False),
])
def test_a_condition_holds_for_the_values_that_meet_it(text, value, holds):
    assert Condition.parse(text).holds(value) is holds


@pytest.mark.parametrize(('text', 'why'), [
    ('/a', 'is no condition'), ('/a x', 'is no condition'), ('/a x > fast', 'compares numbers'),
])
def test_a_condition_that_cannot_be_read_is_refused(text, why):
    with pytest.raises(SettingsError, match=why):
        Condition.parse(text)


def test_an_edge_rises_once_and_again_after_it_fell():
    edge = Edge()

    claims = [False, True, True, False, True]
    assert [edge.rises('a', claim) for claim in claims] == [False, True, False, False, True]


def test_a_component_that_turns_error_is_named_once():
    alarms = Alarms()

    assert alarms.turned([('motor', 0), ('gps', 2)]) == ['gps']
    assert alarms.turned([('motor', 2), ('gps', 2)]) == ['motor']
    assert alarms.turned([('motor', 3), ('gps', 1)]) == []
    assert alarms.turned([('gps', 2)]) == ['gps']
