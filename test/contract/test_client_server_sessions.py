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

"""Documented methods about sessions and their timelines, called against a real server."""

import pandas as pd
import pytest
from server_samples import name

from scenebox_ros.client.exceptions import ResponseError


def moment(seconds):
    return f'2024-05-01T12:00:{seconds:02d}+00:00'


def searched(uid, **values):
    filters = [{'field': 'id', 'values': [uid]}]
    return {'filters': [*filters, *({'field': k, 'values': [v]} for k, v in values.items())]}


@pytest.fixture
def uid(engine):
    uid = engine.add_session(name('ride'), resolution=1.0)
    engine.update_time_span(uid, moment(0), moment(20))
    return uid


def timeline(engine, uid, *fields):
    """Resolve a session, and give the columns of its only stretch."""
    engine.resolve_session(uid, wait_for_completion=True)
    (stretch,) = engine.download_timeseries(searched(uid), list(fields))[uid]
    return stretch


def test_a_session_is_what_was_said_of_it(engine):
    title = name('Night ride')
    uid = engine.add_session(title, 'generic', 2.0, {'driver': 'jo'}, status='in progress')
    document = engine.get_metadata(uid, 'sessions')

    assert engine.add_session(title) == uid
    assert document['session_name'] == title
    assert uid.startswith(engine.get_standardized_session_name(title))
    assert (document['resolution'], document['status']) == (2.0, 'in progress')
    assert document['session_aux']['driver'] == 'jo'


def test_a_span_is_set(engine, uid):
    document = engine.get_metadata(uid, 'sessions')

    assert (document['start_time'], document['end_time']) == (moment(0), moment(20))


def test_what_is_said_of_a_session_is_kept(engine, uid):
    source = [{'sensor': 'main', 'id': 'v', 'type': 'videos'}]
    config = [{'input_event': 'geo_locations', 'type': 'location', 'configuration': {}}]
    extra = [{'id': 'v', 'type': 'concatenated_video', 'tags': ['main']}]
    engine.add_source_data(uid, source, [{'name': 'main', 'type': 'camera'}])
    engine.add_enrichments_configs(uid, config)
    engine.add_auxiliary_session_data(uid, extra)
    document = engine.get_metadata(uid, 'sessions')

    assert document['source_data'] == source
    assert document['enrichments_configs'] == config
    assert document['auxiliary_data'] == extra
    assert document['sensors'] == [{'name': 'main', 'type': 'camera'}]


def test_events_are_on_the_timeline(engine, uid):
    one = engine.add_event_interval('weather', 'rain', moment(2), moment(4), uid)
    more = engine.add_event_intervals('road', ['a', 'b'], [moment(1), moment(8)],
                                      [moment(3), moment(9)], uid)  # fmt: skip
    found = timeline(engine, uid, 'weather', 'road')
    rain = engine.download_timeseries(searched(uid, weather='rain'), ['weather'])[uid]

    assert len({one, *more}) == 3
    assert found['weather'][1:6] == [None, ['rain'], ['rain'], None, None]
    assert (found['road'][2], found['road'][8]) == (['a'], ['b'])
    assert [(part['start_time'], part['end_time']) for part in rain] == [(moment(2), moment(3))]
    assert engine.get_session_resolution_status(uid) == 'resolved'


def test_places_and_comments_are_on_the_timeline(engine, uid):
    engine.add_geolocation_entity(47.0, 8.0, moment(0), uid)
    engine.add_geolocation_entity(47.1, 8.2, moment(10), uid)
    engine.resolve_session(uid, wait_for_completion=True)
    engine.add_comments('look', moment(1), moment(2), uid, wait_for_completion=True)
    found = timeline(engine, uid, 'geolocation.lat', 'comment')

    assert found['geolocation.lat'][5] == pytest.approx(47.05)
    assert found['comment'][0:3] == [None, ['look'], None]


def test_tables_are_on_the_timeline(engine, uid, tmp_path):
    stamps = [moment(second) for second in range(5)]
    table = pd.DataFrame({'timestamp': stamps, 'Speed': [0.0, 1.0, 2.0, 3.0, 4.0]})
    path = tmp_path / 'rows.csv'
    pd.DataFrame({'timestamp': stamps, 'Height': [5.0] * 5}).to_csv(path, index=False)
    engine.add_df(table, uid)
    engine.add_timeseries_csv(uid, path)
    found = timeline(engine, uid, 'speed', 'height')

    assert found['speed'][:5] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert found['height'][:5] == [5.0] * 5


def test_entities_are_on_the_timeline(engine, uid):
    entity = {
        'session': uid, 'timestamp': moment(5), 'start_time': moment(5), 'end_time': moment(7),
        'entity_name': 'mode', 'entity_value': 'auto', 'entity_type': 'state_set',
        'influence': 'interval', 'extend_session': True,
    }  # fmt: skip
    engine.add_entity({**entity, 'entity_id': name('entity')})
    engine.add_entities([{**entity, 'entity_id': name('entity'), 'entity_name': 'gear',
                          'entity_value': 'third'}], urgent=True)  # fmt: skip
    found = timeline(engine, uid, 'mode', 'gear')

    assert found['mode'][6] == ['auto']
    assert found['gear'][6] == ['third']


def test_a_session_is_deleted(engine, uid):
    engine.add_event_interval('weather', 'rain', moment(2), moment(4), uid)
    engine.delete_session(uid, wait_for_completion=True)

    assert not engine.get_asset_manager('sessions').exists(uid)
    with pytest.raises(ResponseError):
        engine.get_session_resolution_status(uid)
