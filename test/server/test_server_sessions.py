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

"""Sessions against a real server."""

from datetime import datetime, timedelta, timezone
import itertools

import pytest

BEGIN = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
names = (f'drive {n}' for n in itertools.count())


def iso(seconds):
    return (BEGIN + timedelta(seconds=seconds)).isoformat()


@pytest.fixture
def post(http):
    def send(path, body=None, status=200, method='POST'):
        reply = http.request(method, path, json=body)
        assert reply.status_code == status, reply.text
        return reply.json()

    return send


@pytest.fixture
def uid(post):
    return post('/v1/sessions/add/', {'session_name': next(names)})['session_uid']


@pytest.fixture
def finish(server):
    return lambda reply: server.core.jobs.wait(reply['job_id'], 30)


def fix(uid, at, lat, lon):
    return {
        'session': uid, 'timestamp': iso(at), 'enrichments': ['visibility', 'weather', 'location'],
        'entity_id': f'fix-{at}', 'geolocation': {'lat': lat, 'lon': lon},
        'entity_name': 'geolocation', 'entity_value': [lat, lon], 'entity_type': 'geo',
        'influence': 'geo_interpolation',
    }  # fmt: skip


def event(uid, name, value, start, end):
    return {
        'session': uid, 'start_time': iso(start), 'end_time': iso(end), 'timestamp': iso(start),
        'entity_id': f'{name}-{value}-{start}', 'entity_name': name, 'entity_value': [value],
        'entity_type': 'state_set', 'influence': 'interval',
    }  # fmt: skip


@pytest.fixture
def drive(post, uid, finish):
    """A resolved session of ten seconds, with rain from second 2 to 5."""
    entities = [fix(uid, 0, 47, 8), fix(uid, 10, 47.1, 8.2), event(uid, 'weather', 'rain', 2, 5)]
    post('/v1/session_manager/add_entities/?urgent=False', {'entity_dicts': entities})
    finish(post(f'/v1/session_manager/resolve_session/{uid}'))
    return uid


def test_a_session_is_added_once_and_its_uid_is_a_fixed_point(post, http):
    body = {'session_name': "Test's #Drive/1", 'session_type': 'generic',
            'session_aux_metadata': {'car': 7}, 'status': 'ready', 'resolution': 0.5}  # fmt: skip
    one, two = post('/v1/sessions/add/', body), post('/v1/sessions/add', body)
    uid = one['session_uid']

    assert two['session_uid'] == uid
    assert uid == uid.lower().replace('-', '_')
    assert '#' not in uid
    document = http.get(f'/v1/assets/meta/{uid}', params={'asset_type': 'sessions'}).json()
    assert document['resolution'] == 0.5
    assert document['session_aux'] == {'car': 7}
    assert document['start_time'] is None


def test_a_name_is_standardized(post):
    assert post('/v1/sessions/standardize_name/', {'session_name': 'A b-C'}) == {
        'session_name': 'a_b_c'
    }


def test_a_session_joins_a_set_of_sessions(post):
    sessions = post('/v1/sets/add/', {'name': 'all drives', 'assets_type': 'sessions'})['id']
    images = post('/v1/sets/add/', {'name': 'some images', 'assets_type': 'images'})['id']
    uid = post('/v1/sessions/add/', {'session_name': 'in a set', 'set_id': sessions})[
        'session_uid'
    ]

    assert post(f'/v1/sets/{sessions}/list_assets/', {}) == {'results': [uid]}
    post('/v1/sessions/add/', {'session_name': 'elsewhere', 'set_id': images}, status=400)


def test_source_data_is_replaced_or_extended(post, uid):
    first = {'session_uid': uid, 'source_data': [{'sensor': 'a', 'id': '1', 'type': 'videos'}],
             'sensors': [{'name': 'a', 'type': 'camera'}]}  # fmt: skip
    second = {'session_uid': uid, 'source_data': [{'sensor': 'b', 'id': '2', 'type': 'lidars'}],
              'sensors': [{'name': 'b', 'type': 'lidar'}]}  # fmt: skip
    post('/v1/sessions/add_source_data/', {**first, 'replace': True})
    both = post('/v1/sessions/add_source_data/', {**second, 'replace': False})
    only = post('/v1/sessions/add_source_data/', {**second, 'replace': True})

    assert [item['id'] for item in both['source_data']] == ['1', '2']
    assert [item['name'] for item in only['sensors']] == ['b']


def test_other_lists_of_a_session_are_kept(post, uid):
    data = [{'id': 'v', 'type': 'concatenated_video', 'tags': ['main']}]
    configs = [{'input_event': 'geo_locations', 'type': 'weather', 'configuration': {}}]
    post('/v1/sessions/add_auxiliary_data/', {'session_uid': uid, 'auxiliary_data': data})
    document = post('/v1/sessions/add_enrichments_configs/',
                    {'session_uid': uid, 'enrichments_configs': configs})  # fmt: skip

    assert document['auxiliary_data'] == data
    assert document['enrichments_configs'] == configs


def test_a_time_span_is_set(post, uid):
    document = post('/v1/sessions/update_time_span/', {
        'session_uid': uid, 'session_start_time': '2024-05-01T12:00:00Z',
        'session_end_time': '2024-05-01T14:00:10.5+02:00',
    })  # fmt: skip

    assert document['start_time'] == iso(0)
    assert document['end_time'] == iso(10.5)


def test_a_time_span_that_ends_before_it_starts_is_refused(post, uid):
    body = {'session_uid': uid, 'session_start_time': iso(5), 'session_end_time': iso(1)}

    assert post('/v1/sessions/update_time_span/', body, 400)['error']['code'] == 'session'


def test_entities_become_a_timeline(post, http, drive):
    status = http.get(f'/v1/session_manager/resolution_status/{drive}').json()['status']
    body = {'search_dic': {}, 'session_fields': ['*']}
    data = post(f'/v1/session_manager/field_data/{drive}', body)

    assert status == 'resolved'
    assert data['timestamp'] == [iso(t) for t in range(11)]
    assert data['weather'] == [None] * 2 + [['rain']] * 3 + [None] * 6
    assert data['geolocation.lon'][5] == pytest.approx(8.1)


def test_entities_called_like_the_columns_of_time_do_not_replace_them(post, uid, finish):
    entities = [{**event(uid, name, 'x', 0, 1), 'entity_type': 'state'}
                for name in ('timestamp', 'time_index')]  # fmt: skip
    post('/v1/session_manager/add_entities/', {'entity_dicts': entities})
    finish(post(f'/v1/session_manager/resolve_session/{uid}'))
    path = f'/v1/session_manager/field_data/{uid}'
    every, one = post(path, {'session_fields': ['*']}), post(path, {
        'session_fields': ['time_index', 'time_index_']})  # fmt: skip

    assert every['time_index'][0] == int(BEGIN.timestamp())
    assert every['timestamp'][0].startswith('2024-05-01T12:00:00')
    assert every['timestamp_'][0] == every['time_index_'][0] == ['x']
    assert one == {name: every[name] for name in ('timestamp', 'time_index', 'time_index_')}


@pytest.mark.parametrize('given', ['0', '-1', 'inf', 'nan', '1e-9', '1e400', 'fine'])
def test_a_resolution_that_cannot_be_is_refused_at_once(post, uid, given):
    path = f'/v1/session_manager/resolve_session/{uid}?resolution={given}'

    assert 'resolution' in post(path, status=400)['error']['message']


def test_field_data_is_cut_to_time_and_query(post, drive):
    search = {'time_range': {'start_time': iso(4), 'end_time': iso(7)},
              'filters': [{'field': 'weather', 'values': ['rain'], 'filter_out': True}]}
    body = {'search_dic': search, 'session_fields': ['geolocation.lat', 'timestamp']}
    data = post(f'/v1/session_manager/field_data/{drive}', body)

    assert data['timestamp'] == [iso(5), iso(6), iso(7)]
    assert data.keys() == {'timestamp', 'time_index', 'geolocation.lat'}


@pytest.mark.parametrize('resolution', [1 / 3, 0.7, 0.000001])
def test_no_cell_is_lost_between_nanoseconds_and_the_microseconds_of_documents(
    post, finish, resolution
):
    wish = {'session_name': f'odd {resolution}', 'resolution': resolution}
    uid = post('/v1/sessions/add/', wish)['session_uid']
    first = round(1.7e9 / resolution)  # of cells of whole microseconds
    for n in range(7):
        cell_ns = (first + n) * round(resolution * 10**6) * 1000
        seconds, rest = divmod(cell_ns, 10**9)
        said = datetime.fromtimestamp(seconds, timezone.utc).strftime('%Y-%m-%dT%H:%M:%S')
        post('/v1/session_manager/add_entity/', {'entity_dict': {
            'session': uid, 'entity_name': 'n', 'entity_type': 'scalar', 'influence': 'point',
            'entity_value': n, 'timestamp': f'{said}.{rest:09}'}})
    finish(post(f'/v1/session_manager/resolve_session/{uid}'))
    data = post(f'/v1/session_manager/field_data/{uid}', {'session_fields': ['n']})

    assert data['n'] == list(range(7))
    for n, moment in enumerate(data['timestamp']):
        only = {'time_range': {'start_time': moment, 'end_time': moment}}
        body = {'search_dic': only, 'session_fields': ['n']}
        assert post(f'/v1/session_manager/field_data/{uid}', body)['n'] == [n]


def test_sessions_are_searched_by_what_happened(post, drive):
    found = post('/v1/session_manager/search/', {
        'filters': [{'field': 'weather', 'values': ['rain']},
                    {'field': 'id', 'values': [drive]}],
        'geo_filters': [{'field': 'geolocation', 'center': {'lat': 47.03, 'lon': 8.06},
                         'radius_m': 3000}],
    })  # fmt: skip

    assert found == {drive: {'intervals': [[iso(2), iso(4)]]}}


def test_the_old_generation_adds_entities_one_by_one(post, uid):
    body = {'entity_dict': fix(uid, 1, 1, 1)}

    assert post('/v1/session_manager/add_entity/?urgent=True', body)['added'] == 1
    assert post('/v1/session_manager/add_entity/?urgent=True', body)['added'] == 0


@pytest.mark.parametrize(('change', 'status', 'says'), [
    ({'session': 'nobody'}, 404, 'nobody'),
    ({'session': None}, 400, 'names no session'),
    ({'entity_type': 'colour'}, 400, 'known are geo'),
    ({'influence': 'linear_interpolation'}, 400, 'interval or affect_forward'),
    ({'start_time': 'noon o clock', 'entity_id': 'z'}, 400, '2026-01-31T12:30:00Z'),
    ({'start_time': iso(9)}, 400, 'before it starts'),
    ({'entity_name': ''}, 400, 'a name'),
    ({'influence_radius_in_seconds': -1}, 400, 'seconds from 0 up'),
])  # fmt: skip
def test_what_cannot_be_an_entity_is_refused_with_all_that_came_with_it(
    post, uid, change, status, says
):
    bad = {**event(uid, 'x', 'y', 1, 2), **change}
    reply = post('/v1/session_manager/add_entities/',
                 {'entity_dicts': [event(uid, 'x', 'good', 1, 2), bad]}, status)  # fmt: skip

    assert says in reply['error']['message']
    post(f'/v1/session_manager/resolve_session/{uid}')
    assert post(f'/v1/session_manager/field_data/{uid}', {})['timestamp'] == []


def test_a_summary_counts_what_happened(post, drive):
    body = {'entity_names': ['weather', 'geolocation']}
    reply = post(f'/v1/session_manager/entity_summary/{drive}', body)

    weather, *places = reply['aggregations']
    assert reply['total'] == 11
    assert weather['buckets'] == [{'key': 'rain', 'doc_count': 3, 'seconds': 3.0}]
    assert {entry['dimension'] for entry in places} == {'geolocation.lat', 'geolocation.lon'}


def test_comments_are_part_of_the_timeline(post, drive, finish):
    body = {'intervals': [{'start_time': iso(1), 'end_time': iso(3)}], 'texts': ['nice', 'wow']}
    finish(post(f'/v1/sessions/{drive}/comments', body))
    data = post(f'/v1/session_manager/field_data/{drive}', {'session_fields': ['comment*']})

    assert data['comment'][:4] == [None, ['nice', 'wow'], ['nice', 'wow'], None]
    assert data['commentator'][1] == ['superadmin']


def test_an_event_is_said_wherever_a_search_finds_something(post, drive, finish):
    search = {'filters': [{'field': 'weather', 'values': ['rain']},
                          {'field': 'id', 'values': [drive]}]}  # fmt: skip
    for _ in range(2):
        finish(post('/v1/session_manager/add_event_with_search',
                    {'search': search, 'event_title': 'wet'}))  # fmt: skip
    data = post(f'/v1/session_manager/field_data/{drive}', {'session_fields': ['constructed']})

    assert data['constructed'] == [None] * 2 + [['wet']] * 3 + [None] * 6


def test_events_are_deleted_by_name_and_time(post, drive, finish):
    late = event(drive, 'weather', 'rain', 7, 9)
    post('/v1/session_manager/add_entities/', {'entity_dicts': [late]})
    body = {'session_uids': [drive, 'nobody'], 'event_names': ['weather'],
            'start_time': iso(6), 'end_time': iso(10)}  # fmt: skip
    result = finish(post('/v1/session_manager/delete_event', body, method='DELETE'))
    data = post(f'/v1/session_manager/field_data/{drive}', {'session_fields': ['weather']})

    assert result == {'deleted': 1}
    assert data['weather'] == [None] * 2 + [['rain']] * 3 + [None] * 6


def test_a_slice_shows_what_the_session_shows(post, drive, finish):
    body = {'start_time': iso(3), 'end_time': iso(6)}
    reply = post(f'/v1/sessions/{drive}/slice/', {**body, 'session_name': f'slice of {drive}'})
    finish(reply)
    whole = post(f'/v1/session_manager/field_data/{drive}', {'search_dic': {'time_range': body}})
    part = post(f'/v1/session_manager/field_data/{reply["session_uid"]}', {})

    assert part == whole
    assert part['weather'] == [['rain'], ['rain'], None, None]


def test_another_resolution_gives_more_points(post, drive, finish):
    result = finish(post(f'/v1/session_manager/resolve_session/{drive}?resolution=0.5'))

    assert result['points'] == 21


@pytest.mark.parametrize('with_assets', [True, False])
def test_a_session_is_deleted_with_or_without_its_assets(post, http, drive, finish, with_assets):
    image = {'id': f'image_{with_assets}', 'session_uid': drive, 'timestamp': iso(1)}
    post(f'/v1/assets/meta/{image["id"]}?asset_type=images&replace=True', image, method='PUT')
    path = f'/v1/session_manager/delete_session/{drive}?delete_assets_contents={with_assets}'
    finish(post(path, method='DELETE'))
    exists = f'/v1/assets/exists/{image["id"]}'

    assert post(f'/v1/session_manager/resolution_status/{drive}', status=404, method='GET')
    assert http.get(exists, params={'asset_type': 'images'}).json() is not with_assets
    assert post('/v1/session_manager/search/', {'filters': [{'field': 'id', 'values': [drive]}]
                                                }) == {}  # fmt: skip


def test_sessions_of_another_organization_are_not_seen(server, drive):
    with server.client(server.user(organization='Others')) as other:
        paths = ['session_manager/field_data', 'session_manager/entity_summary',
                 'session_manager/resolve_session']  # fmt: skip
        for path in paths:
            assert other.post(f'/v1/{path}/{drive}', json={}).status_code == 404
        body = {'entity_dicts': [fix(drive, 1, 1, 1)]}
        assert other.post('/v1/session_manager/add_entities/', json=body).status_code == 404
        assert other.post('/v1/session_manager/search/', json={}).json() == {}
        deleted = other.delete(f'/v1/session_manager/delete_session/{drive}')
        assert deleted.status_code == 404


def test_a_reader_may_not_write(server, uid):
    with server.client(server.user('read_only_user')) as reader:
        body = {'entity_dicts': [fix(uid, 1, 1, 1)]}

        assert reader.post('/v1/session_manager/add_entities/', json=body).status_code == 403
        assert reader.post('/v1/session_manager/search/', json={}).status_code == 200
