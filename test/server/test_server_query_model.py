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


"""Every answer of the query language is that of a plain model over the same documents."""

from collections import Counter
import os
import random

import pytest
from query_model import changed, form, in_order, is_hit, time_of, values

from scenebox_ros.server.search import compile as compiling, order, ranking, summary

pytestmark = pytest.mark.e2e
SEEDS = int(os.environ.get('SCENEBOX_QUERY_SEEDS', '2'))
QUERIES = 60
DECLARED = ('spot',)
TIMES = [
    '2024-01-01T00:00:00Z', '2024-01-01T01:00:00+01:00', '2024-01-01', '2024-01-01 00:00',
    '2024-01-01T00:00:00.000000001Z', '2024-01-01T00:00:00.5Z', '2023-12-31T23:59:59.999999999Z',
    '2024-01-02T00:00:00-05:30', '1969-12-31T23:59:59Z', '2024-02-29T12:00:00', '2100-01-01',
]
NUMBERS = [0, -1, 1, 5, 5.0, 5.5, -0.0, 0.1, 1e300, -1e-300, 2**53, 2**53 + 1, 2**63 - 1, -2**63,
           2**63, 7, 64]
TEXTS = ['5', '5.5', 'true', 'red', 'Red', 'red truck', 'größe', 'a*b', 'a?b', 'a[b]c', '[ab]',
         '100%', "it's", 'x_y', 'back\\slash', 'say "hi"', '日本', '😀', 'e\u0301', 'é', '',
         ' ', 'null', '-1', '2024', '2024-13-01', 'a' * 256, 'line\nbreak']
WORDS = ['red', 'truck', 'grosse', 'große', 'hi', 'tru*', 'r*', 'é', 'e', '日本', 'b', 'front',
         'p1']
PATTERNS = ['*', 're?', '?ed', 'a*b', 'a?b', 'a[b]c', '[ab]', '*[*', '*%', '*\\*', '*"*', '??',
            '', 'r*d*k', '*é*', 'RED', 'tr*', 'a*', '\U0001f600', '* *', '*\n*', 't*', '']
FIELDS = ['sensor', 'session_uid', 'size', 'name', 'tags', 'aux.speed', 'aux.label', 'aux.flag',
          'aux.when', 'aux.deep.er.x', 'meta.provider', 'meta.score', 'meta.boxes.label',
          'matrix', 'timestamp', 'start_time', 'id', 'absent', 'sets', 'aux', 'meta', 'meta.boxes']
PLACES = [(90, 0), (-90, 12), (0, 180), (0, -180), (0, 179.9), (0, -179.9), (48.1, 11.5),
          (48.1, 11.6), (89.5, -100), (89.5, 80), (-17, 178), (-17, -179), (0, 0), (60, 24)]


def scalar(chance):
    kind = chance.random()
    if kind < 0.35:
        return chance.choice(NUMBERS)
    if kind < 0.7:
        return chance.choice(TEXTS)
    return chance.choice([None, True, False, *TIMES])


def some(chance, make, most=3):
    return [make(chance) for _ in range(chance.randrange(most + 1))]


def document(chance):
    def box(chance):
        return {'label': chance.choice(TEXTS)} if chance.random() < 0.8 else {}

    def meta(chance):
        one = {'provider': chance.choice(['p1', 'p2', None]), 'score': chance.choice(NUMBERS),
               'boxes': some(chance, box)}
        return {key: one[key] for key in one if chance.random() < 0.8}

    lat, lon = chance.choice(PLACES)
    all_of_it = {
        'sensor': chance.choice(['front', 'rear', 'true', '5', None]),
        'session_uid': chance.choice(['s1', 's2']),
        'timestamp': chance.choice([*TIMES, None]),
        'start_time': chance.choice(TIMES), 'end_time': chance.choice(TIMES),
        'size': chance.choice([*NUMBERS, None]),
        'name': chance.choice(TEXTS),
        'tags': some(chance, scalar),
        'sets': some(chance, lambda chance: chance.choice(['a', 'b', 'c'])),
        'matrix': [some(chance, scalar) for _ in range(2)],
        'meta': some(chance, meta),
        'spot': chance.choice([[lat, lon], f'{lat},{lon}']),
        'aux': {'speed': scalar(chance), 'label': chance.choice(TEXTS), 'flag': chance.choice([
                    True, False, None]), 'when': chance.choice(TIMES),
                'geolocation': {'lat': lat, 'lon': lon}, 'deep': {'er': {'x': scalar(chance)}}},
    }
    return {key: all_of_it[key] for key in all_of_it if chance.random() < 0.7}


def clause(chance):
    """Make one clause: its key and its entry."""
    out = {'filter_out': True} if chance.random() < 0.25 else {}
    field = {'field': chance.choice(FIELDS)}
    kind = chance.randrange(9)
    if kind < 3:
        wanted = [value for value in some(chance, scalar, 4) if value is not None]
        return 'filters', {**field, 'values': wanted, **out}
    if kind == 3:
        return 'exists_filters', {**field, **out}
    if kind == 4:
        limits = TIMES if chance.random() < 0.4 else NUMBERS
        names = chance.sample(['gt', 'gte', 'lt', 'lte'], chance.choice([1, 2]))
        return 'range_filters', {**field, **{n: chance.choice(limits) for n in names}, **out}
    if kind == 5:
        return 'wildcard_filters', {**field, 'pattern': chance.choice(PATTERNS), **out}
    if kind == 6:
        return 'geo_filters', {**area(chance), **chance.choice([{}, {
            'field': 'aux.geolocation'}, {'field': 'spot'}]), **out}
    if kind == 7:
        names = chance.sample(['start_time', 'end_time'], chance.choice([1, 2]))
        return 'time_range', {name: chance.choice(TIMES) for name in names}
    return 'text', ' '.join(chance.choice(WORDS) for _ in range(chance.choice([1, 2])))


def area(chance):
    if chance.random() < 0.5:
        # A little off, so that no point is on an edge by rounding alone.
        south, north = sorted(chance.choice([-90, -20, 0, 48, 89, 90]) for _ in range(2))
        west, east = chance.choice([(170, -170), (-180, 180), (179.9, 179.9), (10, 12), (12, 10),
                                    (-180, -179), (179, 180), (180, -180), (0, 0)])
        return {'box': {'south': south, 'west': west, 'north': north, 'east': east}}
    lat, lon = chance.choice(PLACES)
    radius = chance.choice([1, 11_000, 12_000, 60_000, 120_000, 1e6, 1.5e7, 3e7])
    return {'center': {'lat': lat, 'lon': lon}, 'radius_m': radius}


def query(chance, depth=0):
    made = {}
    for _ in range(chance.choice([0, 1, 1, 1, 2, 2, 3])):
        key, entry = clause(chance)
        if key in ('time_range', 'text'):
            made[key] = entry
        else:
            made.setdefault(key, []).append(entry)
    if depth < 2 and chance.random() < 0.15:
        made['any_of'] = [query(chance, depth + 1) for _ in range(chance.randrange(3))]
    return made


@pytest.fixture(params=['as it is', 'as if there were many'])
def size(request, monkeypatch):
    """Let a few documents take the ways of many: every number in the code that chooses one."""
    if request.param != 'as it is':
        monkeypatch.setattr(compiling, 'FEW', 3)
        monkeypatch.setattr(compiling, 'MANY', 5)
        monkeypatch.setattr(order, 'MOST_NEAR', 30)
        monkeypatch.setattr(ranking, 'FIRST', 2)
        monkeypatch.setattr(summary, 'FEW_HITS', 5)


class Both:
    """The server's documents of one type, and the same in a dictionary."""

    def __init__(self, server, organization, seed):
        self.http = server.client(server.user('data_provider', organization))
        self.server, self.chance = server, random.Random(seed)
        self.known = {}

    def send(self, method, path, body=None, **params):
        reply = self.http.request(method, f'/v1/assets/{path}', json=body,
                                  params={'asset_type': 'images', **params})
        assert reply.status_code == 200, (reply.text, body)
        return reply.json()

    def put(self, count):
        new = {f'd{self.chance.randrange(10**6)}': document(self.chance) for _ in range(count)}
        self.send('POST', 'meta_batch/', {'ids': list(new), 'metadata': list(new.values())},
                  replace=True, replace_sets=True, geo_field='spot')
        self.known |= {name: {**new[name], 'id': name} for name in new}

    def wait(self, job):
        self.server.core.jobs.wait(job, 60)

    def check_all(self, why):
        found = self.send('POST', 'meta', {}, scan=True)
        for each in found:
            del each['owner']
        assert {each['id']: each for each in found} == self.known, why

    def hits(self, query):
        return [each for each in self.known.values() if is_hit(query, each, DECLARED)]


@pytest.fixture
def both(server, request):
    made = Both(server, f'Model {request.node.name}', request.node.callspec.params['seed'])
    made.put(60)
    yield made
    made.http.close()


def check_hits(both, query, hits):
    names = [each['id'] for each in hits]
    assert both.send('POST', '', query, size=1000)['results'] == names, query
    assert both.send('POST', 'count/', query) == len(hits), query
    assert both.send('POST', '', query, scan=True, sort_field='id')['results'] == sorted(names)


def check_order(both, query, hits, field, is_down):
    expected = in_order(hits, field, is_down)
    page = {'sort_field': field, 'sort_order': 'desc' if is_down else 'asc'}
    size = both.chance.choice([3, 7, 50])
    start = both.chance.randrange(len(expected) + 2)
    found = both.send('POST', '', query, size=size, offset=start, **page)['results']
    assert found == expected[start:start + size], (query, page)
    walked, last = [], {}
    while found := both.send('POST', '', query, size=50, **page, **last)['results']:
        walked += found
        last = {'search_after': found[-1]}
        assert len(walked) <= len(expected), (query, page)
    assert walked == expected, (query, page)


def check_summary(both, query, hits, fields):
    answer = both.send('POST', 'meta/summary/', {
        'search': query, 'dimensions': fields, 'max_size_for_agg': 1000})
    assert answer['total'] == len(hits)
    for field, found in zip(fields, answer['aggregations'], strict=True):
        expected = Counter(value for each in hits for value in values(each, field))
        assert Counter({form(b['key']): b['doc_count'] for b in found['buckets']}) == expected, (
            field, query)
        counts = [bucket['doc_count'] for bucket in found['buckets']]
        assert counts == sorted(counts, reverse=True)


def check_numbers(both, query, hits, field):
    numbers = [value for each in hits for kind, value in values(each, field) if kind == 'number']
    body = {'search': query, 'field_name': field}
    total = float(sum(numbers))
    assert both.send('POST', 'sum/', body) == pytest.approx(total, rel=1e-9, abs=1e-9), query
    mean = total / len(numbers) if numbers else 0
    assert both.send('POST', 'average/', body) == pytest.approx(mean, rel=1e-9, abs=1e-9), query
    distinct = {value for each in hits for value in values(each, field)}
    assert both.send('POST', 'cardinality/', body) == len(distinct), (query, field)
    edges = sorted({float(n) for n in both.chance.sample(NUMBERS, 3)})
    answer = both.send('POST', 'meta/summary/', {'search': query, 'custom_buckets_numeric': [
        {'field': field, 'ranges': [[None, edges[0]], [edges[0], edges[-1]], [edges[-1], None]]}]})
    counts = [
        sum(any(kind == 'number' and low <= n < high for kind, n in values(each, field))
            for each in hits)
        for low, high in ((float('-inf'), edges[0]), (edges[0], edges[-1]),
                          (edges[-1], float('inf')))
    ]
    found = [bucket['doc_count'] for bucket in answer['aggregations'][0]['buckets']]
    assert found == counts, (query, field, edges)


def check_times(both, query, hits, field):
    seconds = both.chance.choice([1, 3600, 86_400])
    answer = both.send('POST', 'meta/summary/', {'search': query, 'custom_buckets_time': [
        {'field': field, 'interval': seconds}]})
    expected = Counter()
    for each in hits:
        times = [ns for kind, ns in values(each, field) if kind == 'time']
        expected.update({ns // (seconds * 10**9) * seconds * 10**9 for ns in times})
    found = {time_of(b['key']): b['doc_count'] for b in answer['aggregations'][0]['buckets']}
    assert found == expected, (query, field, seconds)


@pytest.mark.parametrize('seed', range(SEEDS))
def test_answers_are_those_of_the_model(both, size, seed):
    chance = both.chance
    for _ in range(QUERIES):
        asked = query(chance)
        hits = both.hits(asked)

        check_hits(both, asked, hits)
        check_order(both, asked, hits, chance.choice(FIELDS), chance.random() < 0.5)
        check_summary(both, asked, hits, chance.sample(FIELDS, 3))
        check_numbers(both, asked, hits, chance.choice(['size', 'tags', 'aux.speed', 'meta.score',
                                                       'matrix']))
        check_times(both, asked, hits, chance.choice(['timestamp', 'aux.when', 'tags']))


def update(both, asked, field, value, adding, limit=None):
    (task,) = both.send('POST', 'update_by_query', {
        'update_field': field, 'update_value': value, 'operation': 'add' if adding else 'remove',
        'search': asked, 'limit': limit})
    both.wait(task)


@pytest.mark.parametrize('seed', range(SEEDS))
def test_bulk_changes_touch_what_the_model_touches(both, seed):
    chance = both.chance
    for _ in range(12):
        asked, value = query(chance), chance.choice([5, '5', 'red', True, 'p1', 'new', TIMES[1]])
        field, adding = chance.choice(['tags', 'sets', 'aux.tags', 'meta.provider', 'name', 'size',
                                       'aux.speed.x']), chance.random() < 0.5
        has = {'filters': [{'field': field, 'values': [value]}]}
        for one in both.hits(asked):
            if is_hit(has, one) != adding:
                both.known[one['id']] = changed(one, field, value, adding)
        update(both, asked, field, value, adding)
        both.check_all((asked, field, value, adding))

        gone = {'any_of': [{'filters': [{'field': 'id', 'values': [chance.choice(
            sorted(both.known))]}]}], **query(chance)}
        for one in both.hits(gone):
            del both.known[one['id']]
        both.wait(both.send('POST', 'remove_with_query/', gone)['job_id'])
        both.check_all(gone)
        both.put(5)
