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


"""Moments: text passes, datetimes become UTC."""

from datetime import datetime, timedelta, timezone

import pytest

from scenebox_ros.errors import ArgumentTypeError, InvalidTimeError
from scenebox_ros.model import times

WEST = timezone(timedelta(hours=-8))


def test_text_passes_through_unchanged():
    assert times.to_iso('2021-01-01') == '2021-01-01'


def test_an_aware_datetime_is_written_in_utc():
    assert times.to_iso(datetime(2021, 1, 1, 10, tzinfo=WEST)) == '2021-01-01T18:00:00+00:00'


def test_a_datetime_without_a_zone_is_utc_on_any_machine(monkeypatch):
    monkeypatch.setenv('TZ', 'America/Los_Angeles')

    assert times.to_iso(datetime(2021, 1, 1, 10, 0, 0, 1500)) == '2021-01-01T10:00:00.001500+00:00'


@pytest.mark.parametrize(
    'text, expected',
    [
        ('2020-08-01T12:46:15.7Z', '2020-08-01T12:46:15.700000+00:00'),
        ('2021-01-01T10:00:00+02:00', '2021-01-01T08:00:00+00:00'),
        ('2021-01-01T10:00:00-0800', '2021-01-01T18:00:00+00:00'),
        ('2021-01-01', '2021-01-01T00:00:00+00:00'),
        ('2021-01-01 10:00', '2021-01-01T10:00:00+00:00'),
        ('2026-01-31T12:30:00.123456789Z', '2026-01-31T12:30:00.123456+00:00'),
    ],
)
def test_iso_text_is_read(text, expected):
    assert times.parse(text).isoformat() == expected


def test_other_text_is_read_where_dateutil_is_installed():
    pytest.importorskip('dateutil')

    assert times.parse('Jan 5 2021 3pm').isoformat() == '2021-01-05T15:00:00+00:00'


def test_text_that_is_no_time_says_how_to_write_one():
    with pytest.raises(InvalidTimeError, match=r"'12:60 o'.*2026-01-31T12:30:00Z"):
        times.parse('12:60 o')


def test_a_datetime_without_a_zone_cannot_be_compared():
    with pytest.raises(InvalidTimeError, match='has no zone'):
        times.parse(datetime(2021, 1, 1))  # noqa: DTZ001


def test_numbers_are_no_times():
    with pytest.raises(ArgumentTypeError, match=r'5 is no time'):
        times.to_iso(5)


def test_the_original_document_is_not_modified():
    document = {'timestamp': datetime(2021, 1, 1, tzinfo=timezone.utc), 'name': 'a'}

    assert times.with_iso_times(document) == {
        'timestamp': '2021-01-01T00:00:00+00:00', 'name': 'a'
    }
    assert isinstance(document['timestamp'], datetime)
