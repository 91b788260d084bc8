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

"""Caps by the time of day and on a metered link."""

import pytest

from scenebox_ros.errors import SettingsError
from scenebox_ros.upload.schedule import Caps, read_windows


def test_the_first_window_that_holds_applies_and_windows_go_past_midnight():
    caps = Caps(20.0, read_windows(['22:00-06:00 0', '05:00-09:00 off', '12:00-13:30 2.5']))

    at = {hour: caps.at(hour * 60) for hour in [0, 5, 6, 8, 9, 12, 13, 14, 22, 23]}
    assert at == {0: 0.0, 5: 0.0, 6: None, 8: None, 9: 20.0, 12: 2.5, 13: 2.5, 14: 20.0,
                  22: 0.0, 23: 0.0}


@pytest.mark.parametrize(('caps', 'cap'), [
    (Caps(20.0, is_metered=True), None),
    (Caps(20.0, is_metered=True, metered_mbit_per_s=1.0), 1.0),
    (Caps(0.0, is_metered=True, metered_mbit_per_s=1.0), 1.0),
    (Caps(0.5, is_metered=True, metered_mbit_per_s=1.0), 0.5),
    (Caps(20.0, read_windows(['00:00-24:00 off']), True, 1.0), None),
    (Caps(20.0, is_metered=False, metered_mbit_per_s=1.0), 20.0),
])
def test_a_metered_link_has_its_own_cap(caps, cap):
    assert caps.at(600) == cap


@pytest.mark.parametrize('line', ['22-6 5', '22:00-06:00', '25:00-06:00 1', '22:61-23:00 1',
                                  '22:00-23:00 fast'])
def test_a_line_that_is_no_part_of_a_schedule_is_refused(line):
    with pytest.raises(SettingsError, match=r'no part of a schedule|no day has'):
        read_windows([line])
