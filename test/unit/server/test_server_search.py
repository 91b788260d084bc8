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

"""The search language, clause by clause, over a few documents that differ in everything."""

import pytest

from scenebox_ros.errors import SearchError
from scenebox_ros.server.search.compile import Compiler
from scenebox_ros.server.search.query import parse
from scenebox_ros.server.store.documents import Owner, Writing
from scenebox_ros.server.store.flatten import GEO, SHAPE
from scenebox_ros.server.store.merge import Mode

DOCUMENTS = [
    {'id': 'a', 'timestamp': '2020-01-01T00:00:00Z', 'sensor': 'front', 'session_uid': 's1',
     'width': 640, 'sets': ['day', 'all'], 'format': 'JPEG', 'ok': True,
     'aux': {'speed': 1.5, 'note': 'a red car', 'geolocation': {'lat': 48.1, 'lon': 11.5}},
     'annotations_meta': [{'provider': 'p1', 'id': 'x'}, {'provider': 'p2', 'id': 'y'}]},
    {'id': 'b', 'timestamp': '2020-01-01T00:00:10+00:00', 'sensor': 'rear', 'session_uid': 's1',
     'width': 1280, 'sets': ['all'], 'format': 'PNG', 'ok': False,
     'aux': {'speed': 22, 'note': 'Blue truck, red light',
             'geolocation': {'lat': 48.2, 'lon': 11.6}}},
    {'id': 'c', 'timestamp': '2020-01-02T00:00:00Z', 'sensor': 'front', 'session_uid': 's2',
     'width': '640', 'sets': [], 'format': None,
     'aux': {'speed': -3, 'geolocation': {'lat': -17.7, 'lon': 179.9}}},
    {'id': 'd', 'timestamp': '2020-01-03T00:00:00Z', 'embeddings': {'space': 'e1'},
     'start_time': '2020-01-03T00:00:00Z', 'end_time': '2020-01-03T01:00:00Z'},
]


@pytest.fixture
def filled(store):
    store.put(*DOCUMENTS)
    return store


def one(field, *values, **more):
    return {'filters': [{'field': field, 'values': list(values), **more}]}


QUERIES = [
    (None, 'abcd'),
    ({}, 'abcd'),
    (one('id', 'A', 'd', 'zzz'), 'ad'),
    (one('sensor', 'front'), 'ac'),
    (one('sensor', 'front', filter_out=True), 'bd'),
    (one('sensor', 'front', filter_out='False'), 'ac'),
    (one('session_uid', 's1'), 'ab'),
    (one('sets', 'day', 'nothing'), 'a'),
    (one('sets', 'all'), 'ab'),
    (one('sets', 'all', filter_out=True), 'cd'),
    (one('sensor'), ''),
    (one('sensor', filter_out=True), 'abcd'),
    (one('width', 640), 'ac'),
    (one('width', '640'), 'ac'),
    (one('width', 640.0), 'ac'),
    (one('ok', True), 'a'),
    (one('ok', 'false'), 'b'),
    (one('aux.speed', 22), 'b'),
    (one('aux.speed.keyword', 22), 'b'),
    (one('annotations_meta.provider', 'p2'), 'a'),
    (one('timestamp', '2020-01-01T00:00:00+00:00'), 'a'),
    (one('nothing.like.this', 'x'), ''),
    (one('nothing.like.this', 'x', filter_out=True), 'abcd'),
    (one('owner', 'me'), 'abcd'),
    (one('owner', 'you'), ''),
    ({'filters': [{'id': ['a', 'b']}]}, 'ab'),
    ({'filters': [{'field': 'sensor', 'values': 'rear'}]}, 'b'),
    ({'filters': [*one('sensor', 'front')['filters'], *one('sets', 'all')['filters']]}, 'a'),
    ({'exists_filters': [{'field': 'embeddings.space'}]}, 'd'),
    ({'exists_filters': [{'field': 'aux'}]}, 'abc'),
    ({'exists_filters': [{'field': 'format'}]}, 'ab'),
    ({'exists_filters': [{'field': 'sets'}]}, 'abc'),
    ({'exists_filters': [{'field': 'sensor'}]}, 'abc'),
    ({'exists_filters': [{'field': 'timestamp'}]}, 'abcd'),
    ({'exists_filters': [{'field': 'end_time'}]}, 'd'),
    ({'exists_filters': [{'field': 'annotations_meta.provider'}]}, 'a'),
    ({'exists_filters': [{'field': 'annotations_meta.nothing'}]}, ''),
    ({'exists_filters': [{'field': 'aux', 'filter_out': True}]}, 'd'),
    ({'range_filters': [{'field': 'aux.speed', 'gte': 1.5}]}, 'ab'),
    ({'range_filters': [{'field': 'aux.speed', 'gt': 1.5, 'lt': 23}]}, 'b'),
    ({'range_filters': [{'field': 'aux.speed', 'lt': 0}]}, 'c'),
    ({'range_filters': [{'field': 'width', 'gte': 0}]}, 'ab'),
    ({'range_filters': [{'field': 'timestamp', 'gte': '2020-01-01T00:00:10Z',
                         'lt': '2020-01-03'}]}, 'bc'),
    ({'range_filters': [{'field': 'timestamp', 'lte': '2020-01-01T00:00:10Z',
                         'filter_out': True}]}, 'cd'),
    ({'wildcard_filters': [{'field': 'sensor', 'pattern': 'f*t'}]}, 'ac'),
    ({'wildcard_filters': [{'field': 'sets', 'values': ['d?y', 'x*']}]}, 'a'),
    ({'wildcard_filters': [{'field': 'aux.note', 'pattern': '*red*'}]}, 'ab'),
    ({'wildcard_filters': [{'field': 'format', 'pattern': '[J]PEG'}]}, ''),
    ({'wildcard_filters': [{'field': 'id', 'pattern': '?'}]}, 'abcd'),
    ({'time_range': {'start_time': '2020-01-01T00:00:01Z', 'end_time': '2020-01-02T00:00:00Z'}},
     'bc'),
    ({'time_range': {'start_time': '2020-01-03T00:30:00Z'}}, 'd'),
    ({'time_range': {'end_time': '2020-01-01T00:00:05Z'}}, 'a'),
    ({'time_range': {'start_time': '2020-01-03T01:00:01Z'}}, ''),
    ({'text': 'red'}, 'ab'),
    ({'text': 'red car'}, 'a'),
    ({'text': 'TRUCK'}, 'b'),
    ({'text': 'tru*'}, 'b'),
    ({'text': 'red" OR 1=1'}, ''),
    ({'text': '"'}, ''),
    ({'geo_filters': [{'box': {'south': 48, 'west': 11, 'north': 48.15, 'east': 12}}]}, 'a'),
    ({'geo_filters': [{'field': 'aux.geolocation',
                       'center': {'lat': 48.1, 'lon': 11.5}, 'radius_m': 20_000}]}, 'ab'),
    ({'geo_filters': [{'center': {'lat': 48.1, 'lon': 11.5}, 'radius_m': 10}]}, 'a'),
    ({'geo_filters': [{'box': {'south': -20, 'west': 170, 'north': 0, 'east': -170}}]}, 'c'),
    ({'geo_filters': [{'center': {'lat': -17.7, 'lon': -179.9}, 'radius_m': 30_000}]}, 'c'),
    ({'geo_filters': [{'center': {'lat': 90, 'lon': 0}, 'radius_m': 5e6}]}, 'ab'),
    ({'geo_filters': [{'center': {'lat': 48.1, 'lon': 11.5}, 'radius_m': 10,
                       'filter_out': True}]}, 'bcd'),
    ({'any_of': [one('sensor', 'rear'), {'text': 'car'}, {}]}, 'abcd'),
    ({'any_of': [one('sensor', 'rear'), {'text': 'car'}]}, 'ab'),
    ({'any_of': []}, ''),
]


@pytest.mark.parametrize('query, expected', QUERIES, ids=[str(q)[:60] for q, _ in QUERIES])
def test_the_query_table(filled, query, expected):
    assert ''.join(filled.found(query)) == expected
    assert filled.count(query) == len(expected)


def test_broad_clauses_find_the_same_as_narrow_ones(filled, monkeypatch):
    monkeypatch.setattr('scenebox_ros.server.search.compile.FEW', 0)
    for many in (0, 1, 1000):
        monkeypatch.setattr('scenebox_ros.server.search.compile.MANY', many)

        for query, expected in QUERIES:
            assert ''.join(filled.found(query)) == expected, query
            assert ''.join(filled.ids(query, sort_field='id')) == expected, query


REFUSED = [
    [], 'x', {'filter': []}, {'filters': 'x'}, {'filters': [1]}, {'filters': [{'field': 'a'}]},
    {'filters': [{'field': '', 'values': []}]}, {'filters': [{'field': 1, 'values': []}]},
    {'filters': [{'field': 'a', 'values': [{}]}]}, {'range_filters': [{'field': 'a'}]},
    {'range_filters': [{'field': 'a', 'gt': 'x'}]}, {'time_range': {'start_time': 'yesterday'}},
    {'time_range': 5}, {'wildcard_filters': [{'field': 'a', 'pattern': '*a*a*a*a*'}]},
    {'geo_filters': [{}]}, {'geo_filters': [{'center': {'lat': 91, 'lon': 0}, 'radius_m': 1}]},
    {'geo_filters': [{'box': {'south': 'x', 'west': 0, 'north': 1, 'east': 1}}]},
    {'filters': [{'field': 'a', 'values': [1]}] * 201}, {'source_selected_fields': 'id'},
    {'text': ['x']}, {'any_of': [{'any_of': [{'any_of': [{'any_of': [{'any_of': []}]}]}]}]},
]


@pytest.mark.parametrize('query', REFUSED, ids=[str(q)[:60] for q in REFUSED])
def test_what_is_no_query_is_refused(query):
    with pytest.raises(SearchError):
        parse(query)


@pytest.mark.parametrize('hostile', [
    "x' OR '1'='1", 'x"); DROP TABLE documents; --', 'a\\', '%', '*', 'NEAR(', 'ÿ',
    'col:val', '-x', '$.a', 'a' * 5000,
])
def test_hostile_values_and_fields_find_nothing_and_break_nothing(filled, hostile):
    field = hostile[:500]
    for query in (one('sensor', hostile), one(field, 'x'), {'text': hostile[:1000]},
                  {'exists_filters': [{'field': field}]}):
        assert filled.found(query) in ([], ['a'], ['b'])
    assert filled.ids(sort_field=field) != []
    assert filled.count() == 4


def test_selected_fields_keep_their_nesting_and_the_id(filled):
    query = {'source_selected_fields': ['aux.geolocation.lat', 'annotations_meta.provider']}
    search, me = filled.core.search, filled.me

    assert search.documents(me, 'images', parse({**one('id', 'a'), **query})) == [{
        'id': 'a', 'aux': {'geolocation': {'lat': 48.1}},
        'annotations_meta': [{'provider': 'p1'}, {'provider': 'p2'}],
    }]


@pytest.mark.parametrize('field, order, expected', [
    (None, 'asc', 'abcd'), ('id', 'desc', 'dcba'), ('timestamp', 'desc', 'dcba'),
    ('sensor', 'asc', 'acbd'), ('sensor', 'desc', 'bcad'), ('aux.speed', 'asc', 'cabd'),
    ('aux.speed', 'desc', 'bacd'), ('width', 'asc', 'abcd'), ('nothing', 'asc', 'abcd'),
    ('end_time', 'desc', 'dcba'),
])
def test_sorting_puts_what_lacks_the_field_last(filled, field, order, expected):
    page = {'sort_field': field, 'sort_order': order}
    assert ''.join(filled.ids(**page)) == expected
    walked, last = '', None
    while found := filled.ids(**page, size=1, search_after=last):
        walked += found[0]
        last = found[0]
        assert len(walked) <= 4
    assert walked == expected


def test_paging_goes_on_after_a_value_and_after_a_document_that_is_no_hit(store):
    store.put({'id': 'a', 'w': 1}, {'id': 'b', 'w': 2.5}, {'id': 'c', 'w': 'x'}, {'id': 'd'},
              {'id': 'e', 'w': [3, 9]}, {'id': 'f'})
    page = {'sort_field': 'w', 'sort_order': 'asc'}

    assert store.ids(**page) == list('abecdf')
    assert store.ids(**page, search_after='2') == list('becdf')
    assert store.ids({'filters': [{'field': 'id', 'values': list('acdf')}]}, **page,
                     search_after='b') == list('cdf')
    assert store.ids(sort_field='w', sort_order='desc', search_after='x') == list('ebafd')
    with pytest.raises(SearchError, match='no document'):
        store.ids(search_after='gone')


def test_a_column_is_sorted_with_what_is_no_text_in_it(store):
    store.put({'id': 'a', 'sensor': 'rear'}, {'id': 'b', 'sensor': 5}, {'id': 'c'},
              {'id': 'd', 'sensor': ['front', 'top']})

    assert store.ids(sort_field='sensor', sort_order='asc') == list('bdac')
    assert store.found(one('sensor', 5)) == ['b']


def test_a_circle_without_a_radius_finds_its_centre(store):
    store.put({'id': 'a', 'p': {'lat': 48.123456789, 'lon': 11.987654321}},
              {'id': 'b', 'p': {'lat': 0, 'lon': 180}})

    def at(lat, lon):
        return store.found({'geo_filters': [{'center': {'lat': lat, 'lon': lon}, 'radius_m': 0}]})

    assert at(48.123456789, 11.987654321) == ['a']
    assert at(0, -180) == ['b']


@pytest.mark.parametrize('raw', [
    {'any_of': [{'any_of': [{'filters': [{'field': 'a', 'values': [1]}] * 10}] * 50}] * 4},
    {'wildcard_filters': [{'field': 'a', 'pattern': ['x*'] * 1001, 'filter_out': True}]},
])
def test_clauses_inside_others_count(raw):
    with pytest.raises(SearchError, match='clauses in all'):
        parse(raw)


def test_a_range_of_numbers_and_times_at_once_is_refused():
    with pytest.raises(SearchError, match='not both'):
        parse({'range_filters': [{'field': 'w', 'gte': 5, 'lt': '2030-01-01'}]})


def test_paging_by_id_ends_with_an_empty_page(filled):
    page = {'sort_field': 'id', 'sort_order': 'asc', 'size': 3}

    assert filled.ids(**page) == ['a', 'b', 'c']
    assert filled.ids(**page, search_after='c') == ['d']
    assert filled.ids(**page, search_after='d') == []
    assert filled.ids(**page, search_after='bb') == ['c', 'd']
    assert filled.ids(size=2, offset=3) == ['d']
    assert filled.ids(size=0) == []


def test_a_scan_ignores_the_window(filled):
    assert filled.found(scan=True, size=1, offset=2) == ['a', 'b', 'c', 'd']


def test_a_page_too_large_is_refused(filled):
    with pytest.raises(SearchError, match='scan'):
        filled.ids(size=10_001)


def test_changes_are_searched_at_once(filled):
    filled.put({'id': 'a', 'sensor': 'top', 'aux': {'note': 'green', 'geolocation': {
        'lat': 10, 'lon': 10}}})

    assert filled.found(one('sensor', 'front')) == ['c']
    assert filled.found({'text': 'car'}) == []
    assert filled.found({'text': 'green'}) == ['a']
    everywhere = {'geo_filters': [{'box': {'south': 0, 'west': 0, 'north': 60, 'east': 60}}]}
    assert filled.found(everywhere) == ['a', 'b']
    filled.core.documents.delete(filled.me, 'images', ['a', 'zzz'])
    assert filled.found(everywhere) == ['b']
    assert filled.found() == ['b', 'c', 'd']


def test_organizations_and_types_do_not_see_each_other(filled):
    you = Owner('you')
    filled.put({'id': 'a', 'sensor': 'yours'}, owner=you)
    filled.put({'id': 'z', 'sensor': 'front'}, kind='lidars')

    assert filled.ids(owner=you) == ['a']
    assert filled.found() == ['a', 'b', 'c', 'd']
    assert filled.ids({'text': 'yours'}) == []
    assert filled.core.documents.get(filled.me, 'images', 'a')['sensor'] == 'front'
    filled.core.documents.delete(you, 'images', ['b'])
    assert filled.found() == ['a', 'b', 'c', 'd']


def test_places_may_be_declared(store):
    declared = {'spot': GEO, 'umap.s.coordinates': SHAPE}
    store.put({'id': 'p', 'spot': [48.0, 11.0], 'umap': {'s': {'coordinates': [500, -7]}}},
              writing=Writing(Mode.PUT, declared=declared))

    box = {'south': 47, 'west': 10, 'north': 49, 'east': 12}
    assert store.found({'geo_filters': [{'box': box}]}) == ['p']
    box = {'south': -8, 'west': 499, 'north': -6, 'east': 501}
    assert store.found({'geo_filters': [{'field': 'umap.s.coordinates', 'box': box}]}) == ['p']


def test_long_texts_are_found_by_the_whole_of_them(store):
    store.put({'id': 'l', 'note': 'x' * 1000}, {'id': 'm', 'note': 'x' * 1001})

    assert store.found(one('note', 'x' * 1000)) == ['l']


def test_a_count_by_sensor_and_time_reads_the_index_of_both_alone(filled):
    hour = {'start_time': '2020-01-01T00:00:00Z', 'end_time': '2020-01-01T01:00:00Z'}
    with filled.core.database.reading() as connection:
        where = Compiler(connection, ('me',), 'images').where(
            parse({**one('sensor', 'front'), 'time_range': hour}))
        sql = f'EXPLAIN QUERY PLAN SELECT count(*) FROM documents d WHERE {where.text}'
        plan = ' '.join(row[3] for row in connection.execute(sql, where.values))

    assert 'sensor=? AND start_ns' in plan
