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


"""Sessions, entities, events and time series: what the original got wrong is right here."""

from datetime import datetime, timedelta, timezone

import pytest
from scene_platform import client_of, entities_in, platform

from scenebox_ros.errors import InvalidTimeError, SessionError

START = datetime(2026, 1, 31, 10, tzinfo=timezone.utc)


def test_a_session_may_not_span_days_beyond_its_resolution():
    fake = platform()

    with pytest.raises(SessionError, match=r'would span .* it can span 10800 s'):
        client_of(fake).add_scalar_measurements(
            'speed', [1.0], [START + timedelta(days=2, seconds=10)], 'session_1'
        )
    assert entities_in(fake) == []


def test_entities_are_sent_in_batches_of_100():
    fake = platform()
    moments = [START + timedelta(seconds=i) for i in range(250)]
    ids = client_of(fake).add_scalar_measurements('speed', range(250), moments, 'session_1')
    sizes = [
        len(sent.json['entity_dicts'])
        for sent in fake.sent('POST /v1/session_manager/add_entities/')
    ]

    assert sizes == [100, 100, 50]
    assert [entity['entity_id'] for entity in entities_in(fake)] == ids


def test_nothing_is_sent_if_one_event_is_wrong():
    fake = platform()

    with pytest.raises(InvalidTimeError, match='ends before it starts'):
        client_of(fake).add_event_intervals(
            'weather', ['rain', 'sun'], [START, START], [START, START - timedelta(1)], 'session_1'
        )
    assert entities_in(fake) == []


def test_lists_that_differ_in_length_are_refused():
    with pytest.raises(IndexError, match='measurement_values has 2, timestamps has 1'):
        client_of(platform()).add_point_events('gear', ['R', 'D'], [START], 'session_1')


def test_an_event_may_be_given_without_a_zone():
    fake = platform()
    naive = START.replace(tzinfo=None)
    client_of(fake).add_event_interval('weather', 'rain', naive, START, 'session_1')

    assert entities_in(fake)[0]['start_time'] == '2026-01-31T10:00:00+00:00'


def test_an_event_s_value_is_a_text_or_a_list():
    with pytest.raises(TypeError, match='event_value is 5; pass a text or a list'):
        client_of(platform()).add_event_interval('e', 5, START, START, 'session_1')


def test_buffered_entities_are_sent_once_there_are_many():
    fake = platform()
    client = client_of(fake)
    for number in range(1001):
        client.add_entities([{'session': 'session_1', 'entity_id': str(number)}], buffered=True)

    assert len(entities_in(fake)) == 1001


def test_buffered_entities_that_cannot_be_sent_stay():
    fake = platform()
    fake.answer('POST /v1/session_manager/add_entities/', 'full', status=400, times=1)
    client = client_of(fake)
    client.add_entities([{'session': 'session_1', 'entity_id': 'a'}], buffered=True)

    with pytest.raises(Exception, match='400'):
        client.flush_entities_buffer()
    client.flush_entities_buffer()
    assert entities_in(fake)[-1]['entity_id'] == 'a'


def test_an_entity_names_its_session():
    with pytest.raises(ValueError, match="no 'session'"):
        client_of(platform()).add_entity({'entity_id': 'a'})


def test_the_caller_s_data_frame_is_not_modified():
    pandas = pytest.importorskip('pandas')
    fake = platform()
    frame = pandas.DataFrame({
        'timestamp': ['2026-01-31T10:00:00Z', '2026-01-31T10:00:01Z'], 'lat': [48.1, 48.2],
        'lon': [11.6, 11.7], 'Speed': [1, 2], 'Mode': ['a', 'b'],
    })
    before = frame.copy()
    client_of(fake).add_df(frame, 'session_1')

    assert frame.equals(before)
    assert [(e['entity_name'], e['entity_value']) for e in entities_in(fake)] == [
        ('geolocation', [48.1, 11.6]), ('geolocation', [48.2, 11.7]),
        ('speed', 1.0), ('speed', 2.0), ('Mode', 'a'), ('Mode', 'b'),
    ]


def test_a_table_needs_moments():
    pandas = pytest.importorskip('pandas')

    with pytest.raises(KeyError, match="no column 'timestamp'"):
        client_of(platform()).add_df(pandas.DataFrame({'speed': [1]}), 'session_1')


def test_every_interval_of_a_session_has_its_own_data():
    fake = platform()
    intervals = [['2026-01-31T10:00:00Z', '2026-01-31T10:00:01Z'],
                 ['2026-01-31T10:02:00Z', '2026-01-31T10:02:01Z']]
    fake.answer('POST /v1/session_manager/search/', {'session_1': {'intervals': intervals}})
    for speed in (1, 2):
        fake.answer('POST /v1/session_manager/field_data/session_1',
                    {'speed': [speed], 'time_index': [0]}, times=1)
    fields = ['speed']
    found = client_of(fake).download_timeseries(fields=fields)

    assert [part['speed'] for part in found['session_1']] == [[1], [2]]
    assert [part['start_time'] for part in found['session_1']] == [
        '2026-01-31T10:00:00Z', '2026-01-31T10:02:00Z'
    ]
    assert 'time_index' not in found['session_1'][0]
    assert fields == ['speed']


def test_a_session_of_the_same_name_is_reused():
    fake = platform()
    fake.answer('POST /v1/assets/', {'results': ['session_old']})
    client = client_of(fake)

    assert client.add_session('Ride 1') == 'session_old'
    with pytest.raises(SessionError, match="'session_old'; choose another name"):
        client.add_session('Ride 1', raise_if_session_exists=True)


def test_auxiliary_data_is_appended_without_losing_what_is_there():
    fake = platform()
    fake.rules.insert(0, fake.rules.pop(3))
    fake.answer('GET /v1/assets/meta/s', {'auxiliary_data': [{'id': 'old'}], 'name': 'n'})
    fake.answer('PUT /v1/assets/meta/s', {'id': 's'})
    client_of(fake).add_auxiliary_session_data('s', [{'id': 'new'}], replace=False)

    assert fake.sent('PUT /v1/assets/meta/s')[0].json == {
        'auxiliary_data': [{'id': 'new'}, {'id': 'old'}], 'name': 'n'
    }
