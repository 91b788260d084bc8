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


"""Counts, numbers and orders out of the index are those of the documents, whatever is written."""

from collections import Counter
from fractions import Fraction
import json
from pathlib import Path
import tempfile

from hypothesis import given, HealthCheck, settings, strategies as st
import pytest

from scenebox_ros.server.core import open_core
from scenebox_ros.server.fsck import fsck
from scenebox_ros.server.search.compile import Compiler
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.search.query import parse
from scenebox_ros.server.search.summary import Hits, metric, read_request, summarize
from scenebox_ros.server.search.values import values_at
from scenebox_ros.server.settings import ServerSettings
from scenebox_ros.server.store import index
from scenebox_ros.server.store.documents import Owner, UPDATE, UPSERT

ME, YOU = Owner('me'), Owner('you')
FIELDS = ['sensor', 'session_uid', 'size', 'aux.tags', 'aux.flag', 'taken', 'mixed']
NUMBERS = st.one_of(
    st.integers(-3, 3), st.sampled_from([0.5, -0.0, 2.0, 1e300, 2**53 + 1, -(2**63)]))
CONTENT = st.fixed_dictionaries({}, optional={
    'sensor': st.sampled_from(['front', 'rear', ['front', 'top'], 3]),
    'session_uid': st.sampled_from(['s1', 's2']),
    'size': NUMBERS,
    'taken': st.sampled_from(['2020-01-01T00:00:00Z', '2020-01-02', 'never']),
    'mixed': st.one_of(NUMBERS, st.lists(NUMBERS, max_size=3), st.sampled_from(['a', '1'])),
    'aux': st.fixed_dictionaries({}, optional={
        'tags': st.lists(st.sampled_from(['x', 'y', 'z']), max_size=3),
        'flag': st.booleans(),
    }),
})
NAMES = st.sampled_from('abcdefgh')
STEPS = st.lists(st.one_of(
    st.tuples(st.just('put'), st.sampled_from([ME, YOU]), st.dictionaries(NAMES, CONTENT)),
    st.tuples(st.just('upsert'), st.just(ME), st.dictionaries(NAMES, CONTENT)),
    st.tuples(st.just('update'), st.just(ME), st.dictionaries(NAMES, CONTENT, max_size=1)),
    st.tuples(st.just('delete'), st.sampled_from([ME, YOU]), st.dictionaries(NAMES, CONTENT)),
), max_size=8)


def run(documents, steps):
    for verb, owner, content in steps:
        if verb == 'delete':
            documents.delete(owner, 'images', list(content))
        elif verb == 'update':
            known = {n: c for n, c in content.items() if documents.exists(owner, 'images', n)}
            documents.write(owner, 'images', list(known.items()), UPDATE)
        elif content:
            writing = {'writing': UPSERT} if verb == 'upsert' else {}
            documents.write(owner, 'images', list(content.items()), **writing)


def every(core, owners):
    sql = (
        'SELECT d.body FROM documents d JOIN scopes s USING (scope)'
        " WHERE s.asset_type = 'images' AND s.owner IN (SELECT value FROM json_each(?))"
    )
    return [json.loads(body) for (body,) in core.database.query(sql, (json.dumps(owners),))]


def values(document, path):
    if path in ('sensor', 'session_uid'):
        return {document[path]} if isinstance(document.get(path), str) else set()
    return values_at(document, path)


def frequent(documents, path):
    return Counter(value for document in documents for value in values(document, path))


def check(core, owners):
    documents = every(core, owners)
    with core.database.reading() as connection:
        compiler = Compiler(connection, owners, 'images')
        for query, kept in (({}, documents),
                            ({'exists_filters': [{'field': 'aux.flag'}]},
                             [d for d in documents if values_at(d, 'aux.flag')])):
            answer = summarize(compiler, read_request({'search': query, 'dimensions': FIELDS}))
            assert answer['total'] == len(kept)
            hits = Hits(compiler, parse(query))
            for path, found in zip(FIELDS, answer['aggregations'], strict=True):
                expected = frequent(kept, path)
                assert sorted(b['doc_count'] for b in found['buckets']) == sorted(
                    expected.values()), path
                for bucket in found['buckets']:
                    if path not in ('taken', 'aux.flag'):
                        assert expected[bucket['key']] == bucket['doc_count'], path
                if compiler.scopes:
                    assert metric(hits, path, 'cardinality') == len(expected), path
            numbers = [v for d in kept for v in values_at(d, 'mixed') if not isinstance(v, str)]
            assert metric(hits, 'mixed', 'max') == max(numbers, default=None)
            assert metric(hits, 'mixed', 'min') == min(numbers, default=None)


@pytest.mark.parametrize('most', [2, 10_000])
@settings(max_examples=30, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_summaries_are_those_of_the_documents_after_any_writes(most, monkeypatch, steps):
    monkeypatch.setattr(index, 'MAX_COUNTED', most)
    with tempfile.TemporaryDirectory() as folder:
        core = open_core(ServerSettings(Path(folder)))
        run(core.documents, steps)

        check(core, ['me'])
        check(core, ['me', 'you'])
        core.close()
        assert fsck(Path(folder)).is_clean


LIMITS = st.one_of(NUMBERS, st.sampled_from([0.4999, -1.5, 1.0]))


SIZES = st.lists(st.one_of(st.none(), NUMBERS, st.sampled_from(['text', 2**63])), max_size=12)


@settings(max_examples=30, deadline=None)
@given(sizes=SIZES,
       limits=st.dictionaries(st.sampled_from(['gt', 'gte', 'lt', 'lte']), LIMITS, min_size=1),
       is_down=st.booleans(), size=st.integers(1, 4))
def test_ranges_and_orders_of_numbers_are_exact(sizes, limits, is_down, size):
    compare = {'gt': '__gt__', 'gte': '__ge__', 'lt': '__lt__', 'lte': '__le__'}
    documents = {f'd{n:02}': {} if value is None else {'size': value}
                 for n, value in enumerate(sizes)}
    with tempfile.TemporaryDirectory() as folder:
        core = open_core(ServerSettings(Path(folder)))
        core.documents.write(ME, 'images', list(documents.items()))
        query = parse({'range_filters': [{'field': 'size', **limits}]})
        # Beyond 64 bits a whole number is its digits.
        having = {name: d['size'] for name, d in documents.items() if 'size' in d}
        having = {name: str(v) if v == 2**63 else v
                  for name, v in having.items()}

        inside = [
            name for name, value in having.items() if not isinstance(value, str) and all(
                getattr(_exact(value), compare[op])(_exact(limit)) for op, limit in limits.items())
        ]
        assert core.search.ids(ME, 'images', query) == inside
        assert core.search.count(ME, 'images', query) == len(inside)
        order = 'desc' if is_down else 'asc'
        expected = sorted(
            having, key=lambda name: (isinstance(having[name], str), having[name], name),
            reverse=is_down)
        expected += sorted(set(documents) - set(having), reverse=is_down)
        for page in range(0, len(documents) + 1, size):
            window = Page(size=size, offset=page, sort_field='size', sort_order=order)
            assert core.search.ids(ME, 'images', parse({}), window) == expected[page:page + size]
        after = None
        for name in expected:
            window = Page(size=1, sort_field='size', sort_order=order, search_after=after)
            assert core.search.ids(ME, 'images', parse({}), window) == [name]
            after = name
        core.close()


def _exact(value):
    return Fraction(value)


def test_a_folder_of_an_older_version_is_indexed_anew(store, tmp_path, monkeypatch):
    store.put(*({'id': f'd{n}', 'size': n, 'note': 'red' if n % 2 else 'blue'} for n in range(9)))
    store.core.database.write(lambda connection: connection.execute(
        'UPDATE indexed SET version = 1'))
    store.core.close()
    monkeypatch.setattr('scenebox_ros.server.store.documents.AT_ONCE', 4)

    core = open_core(ServerSettings(tmp_path))
    query = parse({'text': 'red', 'range_filters': [{'field': 'size', 'gt': 4}]})
    assert core.search.ids(ME, 'images', query) == ['d5', 'd7']
    core.close()
    assert fsck(tmp_path).is_clean


@pytest.mark.parametrize('near', [0, 1, 7, 1000])
@pytest.mark.parametrize('order', ['asc', 'desc'])
@pytest.mark.parametrize('field', ['id', None])
def test_a_page_is_the_same_wherever_it_is_looked_for(store, monkeypatch, near, order, field):
    monkeypatch.setattr('scenebox_ros.server.search.order.NEAR', near)
    names = [f'd{n * 37 % 100:02}' for n in range(100)]
    store.put(*({'id': name, 'size': n % 7, 'note': 'red car' if n % 3 else 'blue', 'sets': ['s']}
                for n, name in enumerate(names)))
    query = {'text': 'red', 'range_filters': [{'field': 'size', 'gt': 1, 'lte': 5}],
             'filters': [{'field': 'sets', 'values': ['s']}]}

    hits = [name for n, name in enumerate(names) if n % 3 and 1 < n % 7 <= 5]
    expected = sorted(hits) if field else hits
    expected = expected[::-1] if order == 'desc' else expected
    page = {'sort_field': field, 'sort_order': order, 'size': 6}
    for offset in range(0, len(expected) + 6, 6):
        assert store.ids(query, offset=offset, **page) == expected[offset:offset + 6]
    walked, last = [], None
    while found := store.ids(query, search_after=last, **page):
        walked += found
        last = found[-1]
    assert walked == expected


def test_fsck_finds_counts_that_are_not_those_of_the_documents(store, tmp_path):
    store.put({'id': 'a', 'sensor': 'front'}, {'id': 'b', 'sensor': 'front'})
    store.core.database.write(lambda connection: connection.execute(
        "UPDATE counts SET documents = 3 WHERE value = 'front'"))
    store.core.close()

    assert any("field 'sensor'" in problem for problem in fsck(tmp_path).index)


def test_few_values_are_counted_and_many_are_not(store, monkeypatch):
    monkeypatch.setattr(index, 'MAX_COUNTED', 5)
    for start in range(0, 40, 2):
        store.put(*({'id': f'd{n}', 'few': n % 4, 'many': f'v{n}'} for n in (start, start + 1)))

    sql = 'SELECT path, counted FROM fields WHERE path IN (?, ?) ORDER BY path'
    assert store.core.database.query(sql, ('few', 'many')) == [('few', 1), ('many', 0)]
    sql = 'SELECT value, documents FROM counts JOIN fields USING (field) WHERE path = ?'
    assert store.core.database.query(sql, ('few',)) == [(n, 10) for n in range(4)]
    assert store.core.database.query(sql, ('many',)) == []
