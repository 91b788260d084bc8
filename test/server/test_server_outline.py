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

"""Outlines of timelines, against numpy on the full series as the client reads it."""

from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from scenebox_ros.client import SceneEngineClient
from scenebox_ros.server.sessions.outline import MAX_COLUMNS, MAX_FIELDS

BEGIN = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
CELLS = 9000
RESOLUTION_S = 0.1


def iso(cell):
    return (BEGIN + timedelta(seconds=cell * RESOLUTION_S)).isoformat()


def entity(uid, name, cell, value, kind='scalar', **more):
    return {'session': uid, 'entity_name': name, 'entity_value': value, 'entity_type': kind,
            'timestamp': iso(cell), 'influence': 'point', **more}  # fmt: skip


def stretch(uid, name, first, last, value, kind='state_set'):
    times = {'start_time': iso(first), 'end_time': iso(last + 1), 'influence': 'interval'}
    return entity(uid, name, first, value, kind, **times)


@pytest.fixture(scope='module')
def client(server):
    with SceneEngineClient(auth_token=server.token, scene_engine_url=server.url) as made:
        yield made


@pytest.fixture(scope='module')
def uid(client):
    """Make fifteen minutes of noise with gaps and spikes, a place, and states that overlap."""
    uid = client.add_session('outlined', resolution=RESOLUTION_S)
    noise = np.random.default_rng(3)
    speed = noise.normal(10, 3, CELLS)
    speed[2000:4100] = speed[5000:5003] = np.nan
    speed[[4500, 7321]] = 900.0, -900.0
    said = [entity(uid, 'speed', c, v) for c, v in enumerate(speed.tolist()) if v == v]
    said += [entity(uid, 'geolocation', c, [47 + c / 1e5, 8 + noise.random()], 'geo')
             for c in range(0, CELLS, 7)]  # fmt: skip
    said += [stretch(uid, 'weather', first, first + 700, [f'w{first % 3}', 'dry'])
             for first in range(0, CELLS, 1000)]  # fmt: skip
    said += [stretch(uid, 'weather', 500, 2500, ['fog'])]
    said += [entity(uid, 'blink', c, bool(c % 2), 'state') for c in range(CELLS)]
    for at in range(0, len(said), 5000):
        client.add_entities(said[at:at + 5000])
    client.resolve_session(uid, wait_for_completion=True)
    return uid


@pytest.fixture(scope='module')
def full(client, uid):
    return client.get_field_data(uid)


@pytest.fixture
def ask(http, uid):
    def send(status=200, **body):
        reply = http.post(f'/v1/session_manager/outline/{uid}', json=body)
        assert reply.status_code == status, reply.text
        return reply.json()

    return send


def groups(found, full):
    """Give the cells of each column as it says itself when it begins."""
    begins = [full['timestamp'].index(time) for time in found['timestamp']]
    ends = [*begins[1:], begins[0] + found['cells']]
    return [slice(*part) for part in zip(begins, ends, strict=True)]


def number(value):
    return None if np.isnan(value) else value


@pytest.mark.parametrize('columns', [2, 7, 100, 1000, 4096])
def test_columns_have_exactly_the_extremes_and_gaps_of_the_series(ask, full, columns):
    found = ask(fields=['speed', 'geolocation'], columns=columns)

    parts = groups(found, full)
    assert len(found['timestamp']) <= columns
    assert (parts[0].start, parts[-1].stop, found['cells']) == (0, CELLS, CELLS)
    assert found['resolution_s'] == RESOLUTION_S
    assert set(found['numbers']) == {'speed', 'geolocation.lat', 'geolocation.lon'}
    for name, reduced in found['numbers'].items():
        series = np.array(full[name], float)
        for reduce, kept in ((np.fmin, 'min'), (np.fmax, 'max')):
            assert reduced[kept] == [number(reduce.reduce(series[part])) for part in parts]
        assert reduced['first'] == [next((v for v in full[name][part] if v is not None), None)
                                    for part in parts]  # fmt: skip
    assert (None in found['numbers']['speed']['min']) == (columns > 7)


def test_a_closer_look_is_finer_until_each_cell_is_a_column(ask, full):
    steps = []
    for first, last in ((0, CELLS - 1), (4000, 6000), (4400, 4600)):
        span = {'start_time': full['timestamp'][first], 'end_time': full['timestamp'][last]}
        found = ask(fields=['speed'], columns=300, time_range=span)
        steps.append(found['step'])
        (part, *_), size = groups(found, full), found['cells']

        assert (part.start, size) == (first, last - first + 1)
        assert max(x for x in found['numbers']['speed']['max'] if x is not None) == 900.0

    assert steps == [31, 7, 1]
    assert found['numbers']['speed']['min'] == full['speed'][4400:4601]


def test_columns_stay_where_they_are_when_the_span_moves(ask, full):
    times = full['timestamp']
    here, moved = (
        ask(fields=[], columns=100, time_range={'start_time': a, 'end_time': b})['timestamp'][1:]
        for a, b in ((times[1000], times[7000]), (times[1013], times[7013]))
    )

    assert {time for time in moved if time <= here[-1]} <= set(here)
    assert len(here) > 90


def test_states_are_stretches_exact_where_there_are_few(ask, full):
    found = ask(fields=['weather', 'blink'], columns=100)['states']

    assert (found['weather']['exact'], found['blink']['exact']) == (True, False)
    laid = [None] * CELLS
    for first, last, value in found['weather']['runs']:
        laid[first:last + 1] = [value] * (last - first + 1)
    assert laid == full['weather']
    assert len(found['blink']['runs']) <= 100
    assert all(value == full['blink'][first] for first, _, value in found['blink']['runs'])


def test_all_fields_are_named_with_their_kinds_and_what_is_wrong_is_told(ask, http):
    assert ask(fields=[])['kinds'] == {
        'blink': 'coded', 'geolocation.lat': 'number', 'geolocation.lon': 'number',
        'speed': 'number', 'weather': 'list',
    }  # fmt: skip
    assert set(ask()['numbers']) == {'speed', 'geolocation.lat', 'geolocation.lon'}
    assert ask(fields=['no_such'])['numbers'] == {}
    for columns in (1, MAX_COLUMNS + 1):
        assert '2 to 4096' in ask(status=400, columns=columns)['error']['message']
    too_many = [f'f{i}' for i in range(MAX_FIELDS + 1)]
    assert '201 fields' in ask(status=400, fields=too_many)['error']['message']
    early = {'start_time': '2020-01-01T00:00:00Z', 'end_time': '2020-01-02T00:00:00Z'}
    assert ask(time_range=early)['timestamp'] == []
    absent = http.post('/v1/session_manager/outline/nowhere', json={})
    assert absent.status_code == 404
