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

import itertools
from pathlib import Path
import sys

from hypothesis import given, HealthCheck, settings, strategies as st
import pytest

from scenebox_ros.errors import MetadataNotFoundError, SessionError
from scenebox_ros.server.search import query as q
from scenebox_ros.server.search.engine import Search
from scenebox_ros.server.sessions import resolver
from scenebox_ros.server.sessions.entity import read_entity
from scenebox_ros.server.sessions.schema import SESSIONS
from scenebox_ros.server.sessions.search import SessionSearch
from scenebox_ros.server.sessions.service import Sessions
from scenebox_ros.server.sessions.timeline import field_data, summary, Timeline
from scenebox_ros.server.store.database import Database
from scenebox_ros.server.store.documents import Documents, Owner
from scenebox_ros.server.store.schema import SCHEMA

sys.path.insert(0, str(Path(__file__).parent))
from entities import entity, EPOCH, grid, iso, rows  # noqa: E402
from test_resolve import fix, said, scalar  # noqa: E402

N = None
ME = Owner('org')


@pytest.fixture(scope='module')
def database(tmp_path_factory):
    opened = Database(tmp_path_factory.mktemp('store') / 'test.sqlite', [*SCHEMA, *SESSIONS])
    yield opened
    opened.close()


@pytest.fixture(scope='module')
def store(database):
    return Sessions(database, Documents(database))


names = (f'session {n}' for n in itertools.count())


@pytest.fixture
def uid(store):
    return store.add(ME, {'session_name': next(names)})[0]


def tell(store, uid, *entities, resolve=True):
    told = store.add_entities(ME, [{**one, 'session': uid} for one in entities])
    if resolve:
        store.resolve(ME, uid)
    return told


def data(store, uid, wanted=None, start=None, end=None):
    session = store.get(ME, uid)
    with store.database.reading() as connection:
        return field_data(Timeline(connection, session.number), wanted, start, end)


def document(store, uid):
    return store.get(ME, uid).document


def test_the_same_name_is_the_same_session(store):
    one, is_new = store.add(ME, {'session_name': 'Morning Drive #1'})
    other, again = store.add(ME, {'session_name': 'Morning Drive #1'})

    assert (is_new, again) == (True, False)
    assert one == other
    assert one.startswith('morning_drive_1_')


def test_names_that_look_alike_are_other_sessions(store):
    assert store.add(ME, {'session_name': 'a-b'})[0] != store.add(ME, {'session_name': 'a b'})[0]


@pytest.mark.parametrize('wish', [
    {}, {'session_name': ''}, {'session_name': 'x', 'session_type': 'cars'},
    {'session_name': 'x', 'resolution': -1}, {'session_name': 'x', 'status': 'done'},
])  # fmt: skip
def test_a_session_that_cannot_be_is_refused(store, wish):
    with pytest.raises(SessionError):
        store.add(ME, wish)


def test_entities_extend_the_session(store, uid):
    tell(store, uid, scalar(1, 2), scalar(2, 5), scalar(3, 9, extend_session=False))

    assert document(store, uid)['start_time'] == iso(2)
    assert document(store, uid)['end_time'] == iso(5)


def test_a_time_span_can_be_set_and_grows_with_what_comes(store, uid):
    store.set_span(ME, uid, iso(1), iso(3))
    tell(store, uid, scalar(1, 6))

    assert document(store, uid)['start_time'] == iso(1)
    assert document(store, uid)['end_time'] == iso(6)


def test_a_stamp_that_makes_the_session_endless_is_refused(store, uid):
    tell(store, uid, scalar(1, 2))

    with pytest.raises(SessionError, match='check the stamps'):
        tell(store, uid, scalar(1, -EPOCH))
    assert document(store, uid)['start_time'] == iso(2)


def test_an_unknown_session_takes_no_entities(store):
    with pytest.raises(MetadataNotFoundError):
        store.add_entities(ME, [{**scalar(1, 1), 'session': 'nobody'}])


def test_saying_it_twice_adds_nothing(store, uid):
    twice = [scalar(1, 2, entity_id='a'), scalar(2, 3, entity_id='b')]

    assert tell(store, uid, *twice) == 2
    assert tell(store, uid, *twice, resolve=False) == 0
    assert store.status(store.get(ME, uid)) == 'resolved'


def test_saying_otherwise_replaces(store, uid):
    tell(store, uid, scalar(1, 2, entity_id='a'))
    tell(store, uid, scalar(5, 3, entity_id='a'))

    assert data(store, uid)['x'] == [N, 5.0]


def test_two_videos_of_one_file_name_are_two(store, uid):
    tell(store, uid, *(entity(i, start=0, end=2, kind='media', influence='affect_forward',
                              entity_id='video.mp4') for i in ['front', 'back']))  # fmt: skip

    assert data(store, uid)['x'][0] == ['back', 'front']


def test_what_is_computed_of_a_deleted_session_is_nowhere(store, uid, monkeypatch):
    other = next(names)
    compute = resolver._changes

    def delete_meanwhile(*args):
        store.delete(ME, uid)
        store.add(ME, {'session_name': other})
        tell(store, store.add(ME, {'session_name': other})[0], scalar(9, 1), resolve=False)
        monkeypatch.setattr(resolver, '_changes', compute)
        return compute(*args)

    tell(store, uid, scalar(1, 0), scalar(2, 1), resolve=False)
    gone = store.get(ME, uid)
    monkeypatch.setattr(resolver, '_changes', delete_meanwhile)
    with pytest.raises(MetadataNotFoundError, match='deleted'):
        store.resolve(ME, uid)

    with pytest.raises(MetadataNotFoundError, match='deleted'):
        store.database.write(lambda c: store.keep(c, gone, [read_entity(scalar(1, 0))]))
    new = store.add(ME, {'session_name': other})[0]
    assert data(store, new) == {'timestamp': [], 'time_index': []}
    store.resolve(ME, new)
    assert data(store, new)['x'] == [9]


def test_the_status_follows(store, uid):
    status = [store.status(store.get(ME, uid))]
    tell(store, uid, scalar(1, 2), resolve=False)
    status.append(store.status(store.get(ME, uid)))
    store.resolve(ME, uid)
    status.append(store.status(store.get(ME, uid)))
    tell(store, uid, scalar(1, 3), resolve=False)

    assert status == ['not resolved', 'not resolved', 'resolved']
    assert store.status(store.get(ME, uid)) == 'out of date'
    assert document(store, uid)['resolution_status'] == 'out of date'


def test_only_stale_cells_are_computed_again(store, uid):
    tell(store, uid, *(scalar(i, i) for i in range(1000)))
    tell(store, uid, scalar(7, 500.5), resolve=False)

    assert store.resolve(ME, uid).cells == {'x': 2}
    assert store.resolve(ME, uid).cells == {'x': 0}


def test_field_data_gives_what_is_asked_for(store, uid):
    tell(store, uid, fix(1, 2, 0), fix(3, 4, 2), entity('a', at=1, influence='point'))
    store.resolve(ME, uid)

    everything = data(store, uid)
    assert everything['timestamp'] == [iso(0), iso(1), iso(2)]
    assert everything['time_index'] == [int(EPOCH) + i for i in range(3)]
    assert everything['x.lat'] == [1, 2, 3]
    assert everything['x'] == [N, 'a', N]
    assert data(store, uid, ['nothing'])['nothing'] == [N, N, N]
    part = data(store, uid, ['x.lon'], int((EPOCH + 1) * 1e9), int((EPOCH + 9) * 1e9))
    assert part == {'timestamp': [iso(1), iso(2)], 'x.lon': [3, 4],
                    'time_index': [int(EPOCH) + 1, int(EPOCH) + 2]}  # fmt: skip


def test_a_session_in_which_nothing_happened_has_no_data(store, uid):
    assert store.resolve(ME, uid) is None
    assert data(store, uid) == {'timestamp': [], 'time_index': []}


def test_another_resolution_computes_all_again(store, uid):
    tell(store, uid, scalar(0, 0), scalar(1, 1))
    store.resolve(ME, uid, 0.25)

    assert data(store, uid)['x'] == [0, 0.25, 0.5, 0.75, 1]


def test_forgotten_entities_leave_the_timeline(store, uid):
    tell(store, uid, *(entity('a', start=t, end=t + 1) for t in range(4)))
    gone = store.forget(store.get(ME, uid), ['x'], iso(1), iso(1.5))
    store.resolve(ME, uid)

    assert gone == 2
    assert data(store, uid)['x'] == [N, N, 'a', 'a', N]


def test_a_summary_counts_cells(store, uid):
    tell(store, uid, entity(['a'], start=0, end=3, kind='state_set'),
         entity(['b'], start=2, end=4, kind='state_set'))  # fmt: skip
    with store.database.reading() as connection:
        timeline = Timeline(connection, store.get(ME, uid).number)
        found = summary(timeline, ['x', 'y'], timeline.grid)

    assert found['aggregations'][0]['buckets'] == [
        {'key': 'a', 'doc_count': 3, 'seconds': 3.0}, {'key': 'b', 'doc_count': 2, 'seconds': 2.0},
    ]  # fmt: skip
    assert found['aggregations'][1] == {'dimension': 'y', 'buckets': []}


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.lists(st.lists(said(), min_size=1, max_size=4), min_size=1, max_size=5), st.data())
def test_step_by_step_equals_all_at_once(store, steps, chance):
    uid = store.add(ME, {'session_name': next(names)})[0]
    said_so_far = {}
    for number, step in enumerate(steps):
        for i, one in enumerate(step):
            key = chance.draw(st.sampled_from(['', f'{number}/{i}']), label='key') or 'shared'
            told = {**one, 'entity_id': key}
            slot = (key, told['entity_value'] if told['entity_type'] == 'media' else '')
            said_so_far[slot] = told
            tell(store, uid, told, resolve=False)
        store.resolve(ME, uid)
    session = store.get(ME, uid)
    cells = session.grid()

    shown = data(store, uid)
    for field in set(shown) - {'timestamp', 'time_index'}:
        name = field.split('.')[0]
        mine = [one for one in said_so_far.values() if one['entity_name'] == name]
        assert shown[field] == rows(mine, cells, field)


@pytest.fixture
def searched(store, database):
    """Two drives: one past Bern in the rain, one dry and elsewhere."""
    organization = Owner(f'org of {next(names)}')
    uids = []
    for lat, weather in [(46.95, 'rain'), (10.0, 'dry')]:
        uid, _ = store.add(organization, {'session_name': f'{weather} drive',
                                          'session_aux_metadata': {'car': weather}})  # fmt: skip
        told = [fix(lat, 7.4, 0), fix(lat, 7.5, 10),
                entity([weather], start=2, end=5, kind='state_set', entity_name='weather'),
                *(scalar(t * 10, t, entity_name='speed') for t in range(11))]  # fmt: skip
        store.add_entities(organization, [{**one, 'session': uid} for one in told])
        store.resolve(organization, uid)
        uids.append(uid)
    search = SessionSearch(database, Search(database))

    def find(**query):
        found = search.find(organization, q.parse(query))
        return {hit.uid: hit.intervals() for hit in found}

    return find, *uids


def test_an_empty_query_finds_whole_sessions(searched):
    find, rain, dry = searched

    assert find() == {rain: [[iso(0), iso(10)]], dry: [[iso(0), iso(10)]]}


def test_sessions_are_found_by_what_happened(searched):
    find, rain, _ = searched

    assert find(filters=[{'field': 'weather', 'values': ['rain']}]) == {rain: [[iso(2), iso(4)]]}


def test_all_conditions_hold_at_the_same_time(searched):
    find, rain, _ = searched
    fast = [{'field': 'speed', 'gt': 25, 'lte': 70}]
    rainy = [{'field': 'weather', 'values': ['rain']}]

    assert find(filters=rainy, range_filters=fast) == {rain: [[iso(3), iso(4)]]}


def test_what_is_filtered_out_splits_the_interval(searched):
    find, rain, dry = searched
    found = find(filters=[{'field': 'weather', 'values': ['rain'], 'filter_out': True}])

    assert found == {rain: [[iso(0), iso(1)], [iso(5), iso(10)]], dry: [[iso(0), iso(10)]]}


def test_sessions_are_found_by_place(searched):
    find, rain, _ = searched
    bern = {'center': {'lat': 46.95, 'lon': 7.45}, 'radius_m': 2000}
    box = {'box': {'south': 46, 'north': 47, 'west': 7.475, 'east': 8}}

    assert find(geo_filters=[{'field': 'x', **bern}]) == {rain: [[iso(3), iso(7)]]}
    assert find(geo_filters=[box]) == {rain: [[iso(8), iso(10)]]}


def test_sessions_are_found_by_time(searched):
    find, rain, dry = searched

    assert find(time_range={'start_time': iso(8), 'end_time': iso(20)}) == {
        rain: [[iso(8), iso(10)]], dry: [[iso(8), iso(10)]],
    }  # fmt: skip
    assert find(time_range={'start_time': iso(11), 'end_time': iso(20)}) == {}


def test_fields_of_the_document_choose_sessions(searched):
    find, _, dry = searched

    assert list(find(filters=[{'field': 'session_aux.car', 'values': ['dry']}])) == [dry]
    assert list(find(filters=[{'field': 'session_name', 'values': ['dry drive']}])) == [dry]


def test_words_and_alternatives_work_on_cells_too(searched):
    find, rain, dry = searched

    assert find(wildcard_filters=[{'field': 'weather', 'value': 'd*'}]) == {
        dry: [[iso(2), iso(4)]]
    }
    assert find(any_of=[{'filters': [{'field': 'session_name', 'values': ['dry drive']}]},
                        {'filters': [{'field': 'weather', 'values': ['rain']}]}]) == {
        rain: [[iso(2), iso(4)]], dry: [[iso(0), iso(10)]],
    }  # fmt: skip
    assert find(exists_filters=[{'field': 'weather'}]).keys() == {rain, dry}
    assert find(filters=[{'field': 'weather', 'values': []}]) == {}
    assert find(filters=[{'field': 'speed', 'values': [30]}])[rain] == [[iso(3), iso(3)]]


def test_grid_of_the_builders_is_that_of_the_store():
    assert grid().first == int(EPOCH)
