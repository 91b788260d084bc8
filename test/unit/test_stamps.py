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

from datetime import datetime, timezone
from types import SimpleNamespace

from hypothesis import given, strategies as st

from scenebox_ros import stamps


def test_ros_1_and_ros_2_stamps_are_read():
    assert stamps.from_ros(SimpleNamespace(sec=3, nanosec=7)) == 3_000_000_007
    assert stamps.from_ros(SimpleNamespace(secs=3, nsecs=7)) == 3_000_000_007


def test_iso_has_six_digits_or_none():
    assert stamps.to_iso(0) == '1970-01-01T00:00:00+00:00'
    assert stamps.to_iso(1_596_285_975_700_000_999) == '2020-08-01T12:46:15.700000+00:00'


def test_a_naive_datetime_is_utc():
    naive = datetime(2026, 1, 31, 12, 30)

    assert stamps.from_datetime(naive) == stamps.from_datetime(naive.replace(tzinfo=timezone.utc))


@given(st.integers(0, 4_000_000_000 * 10**6))
def test_microseconds_survive_the_way_there_and_back(microseconds):
    stamp_ns = microseconds * 1000

    assert stamps.from_datetime(stamps.to_datetime(stamp_ns)) == stamp_ns
