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


"""Documents are read, written and searched."""

from datetime import datetime, timedelta, timezone
import gzip
import hashlib
import json
import time

from fake_platform import FakePlatform
import httpx
import pytest

from scenebox_ros.client import payload
from scenebox_ros.errors import AssetError, InvalidArgumentsError, InvalidAuthorization


class Scalar:
    """A number as numpy has them."""

    def tolist(self):
        return 7


def pages_of_ids(platform, *pages):
    for page in pages:
        platform.answer('POST /v1/assets/', {'results': page}, times=1)


# -- searching


def test_all_ids_are_listed_page_by_page():
    platform = FakePlatform()
    pages_of_ids(platform, ['a', 'b'], ['c'], [])

    assert platform.client().search_assets_large() == ['a', 'b', 'c']
    assert [one.query.get('search_after') for one in platform.sent()] == [None, 'b', 'c']


def test_an_iterator_asks_for_a_page_when_it_needs_it():
    platform = FakePlatform()
    pages_of_ids(platform, ['a', 'b'], ['c'], [])
    iterator = platform.client().assets_iterator()

    assert platform.sent() == []
    assert [next(iterator).id, next(iterator).id] == ['a', 'b']
    assert len(platform.sent()) == 1


def test_an_iterator_in_another_order_goes_on_by_offset():
    platform = FakePlatform()
    pages_of_ids(platform, ['b', 'a'], ['c'], [])
    found = platform.client().assets_iterator(sort_field='timestamp')

    assert [one.id for one in found] == ['b', 'a', 'c']
    assert [one.query['offset'] for one in platform.sent()] == ['0', '2', '3']
    assert all('search_after' not in one.query for one in platform.sent())


def test_the_callers_query_is_not_changed():
    query = {'filters': [{'field': 'a', 'values': [1]}]}
    platform = FakePlatform()
    platform.client().search_meta(query=query, filters={'b': 2, 'c': [3, 4]})

    assert query == {'filters': [{'field': 'a', 'values': [1]}]}
    assert platform.sent()[0].json['filters'] == [
        {'field': 'a', 'values': [1]},
        {'field': 'b', 'values': [2]},
        {'field': 'c', 'values': [3, 4]},
    ]


@pytest.mark.parametrize('method', ['search_assets', 'search_meta', 'search_assets_large'])
def test_a_query_that_is_none_is_named(method):
    with pytest.raises(ValueError, match=r"query is \['x'\]; pass a dictionary"):
        getattr(FakePlatform().client(), method)(query=['x'])


def test_compressed_answers_are_unpacked():
    platform = FakePlatform()
    content = gzip.compress(json.dumps([{'id': 'a'}]).encode())
    platform.answer('POST /v1/assets/meta', content=content, Content_Encoding='gzip')

    assert platform.client().search_meta(compress=True) == [{'id': 'a'}]


def test_documents_are_looked_up_a_thousand_at_a_time_and_no_further_than_needed():
    platform = FakePlatform()
    found = platform.client().get_metadata_in_batch([f'Img-{one}' for one in range(1001)])

    assert len(found) == 1001
    assert [len(one.json['filters'][0]['values']) for one in platform.sent()] == [1000, 1]


def test_ids_always_come_back_whatever_fields_are_selected():
    platform = FakePlatform()
    platform.client().get_metadata_in_batch(['a'], ['sensor'])

    assert platform.sent()[0].json['source_selected_fields'] == ['sensor', 'id']


# -- reading and writing


def test_only_some_of_several_exist():
    platform = FakePlatform()
    platform.answer('POST /v1/assets/meta', [{'id': 'b_1'}], times=1)
    platform.answer('POST /v1/assets/meta', [])

    assert platform.client().exists_multiple(['a', 'B-1', 'c']) == [False, True, False]


def test_a_client_without_a_token_says_so_before_it_asks():
    platform = FakePlatform()
    with pytest.raises(InvalidAuthorization, match='pass auth_token'):
        platform.client(auth_token=None).exists('a')

    assert platform.requests == []


@pytest.mark.parametrize('empty, why', [('', 'must not be empty'), (None, 'pass a text')])
def test_an_empty_id_is_an_error(empty, why):
    with pytest.raises(ValueError, match=why):
        FakePlatform().client().get_metadata(empty)


def test_as_many_ids_as_metadata_are_needed():
    with pytest.raises(AssetError, match='there are 2 ids and 1 metadata'):
        FakePlatform().client().update_metadata_batch(['a', 'b'], [{}])


def test_chunks_are_numbered():
    platform = FakePlatform()
    ids = [f's{one}' for one in range(2001)]
    told = platform.client('sessions', num_threads=4).update_metadata_batch(ids, [{}] * 2001)

    assert sorted(told) == [0, 1, 2]
    sizes = [len(one.json['ids']) for one in platform.sent('POST .*meta_batch')]
    assert sorted(sizes) == [1, 1000, 1000]


def test_sessions_have_auxiliary_metadata_of_their_own():
    platform = FakePlatform()
    platform.client('sessions').update_aux_metadata('s', {'a': 1}, geo_field='g')

    (sent,) = platform.sent('PUT .*')
    assert sent.json == {'session_aux': {'a': 1}}
    assert sent.query['geo_field'] == 'session_aux.g'


def test_a_deletion_that_does_not_end_is_an_error(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(time, 'monotonic', lambda: clock[0])
    monkeypatch.setattr(time, 'sleep', lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    platform = FakePlatform()
    platform.answer('GET .*exists.*', True)

    with pytest.raises(AssetError, match="'a' of images is still there after 120 s"):
        platform.client().delete('a')


def test_a_task_that_takes_too_long_is_stopped(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(time, 'monotonic', lambda: clock[0])
    monkeypatch.setattr(time, 'sleep', lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    platform = FakePlatform()
    platform.answer('GET .*query_task.*', {'completed': False})

    with pytest.raises(TimeoutError, match="'task_1' took more than 60 s and was stopped"):
        platform.client().wait_for_batch_update_task('task_1', timeout=60)

    assert len(platform.sent('DELETE .*query_task/task_1')) == 1


def test_an_aborted_job_does_not_change_the_clients_asset_type():
    platform = FakePlatform()
    platform.answer('POST .*', {'job_id': 'j'})
    platform.answer('GET .*jobs/status.*', {'status': 'aborted'})
    platform.answer('GET .*meta/j', {'notes': ['no']})
    client = platform.client()

    with pytest.raises(Exception, match='aborted: no'):
        client.delete_with_list(['a'], wait_for_completion=True)

    assert client.asset_type == 'images'


@pytest.mark.parametrize(
    'asset_type, flag, error', [('nonsense', False, AssetError), ('images', 1, ValueError)]
)
def test_an_asset_state_that_cannot_be_is_named(asset_type, flag, error):
    with pytest.raises(error, match=r'nonsense|metadata_only is 1'):
        FakePlatform().client().with_asset_state(asset_type, flag)


def test_any_asset_type_may_be_used_if_it_is_said_to_be_non_standard():
    client = FakePlatform().client('my_assets', is_non_standard_asset=True)

    assert (client.asset_type, client.metadata_only) == ('my_assets', False)


def test_types_without_bytes_are_metadata_only_whatever_is_said():
    assert FakePlatform().client('sessions', metadata_only=False).metadata_only


# -- payloads


def test_times_and_numbers_of_other_libraries_become_json():
    zone = timezone(timedelta(hours=-8))
    value = {'at': datetime(2021, 1, 1, 10, tzinfo=zone), 'n': Scalar(), 'set': {'b', 'a'}}

    assert payload.encode(value) == (
        b'{"at": "2021-01-01T18:00:00+00:00", "n": 7, "set": ["a", "b"]}'
    )


def test_what_is_no_json_is_named():
    with pytest.raises(TypeError, match='object cannot be written as JSON'):
        payload.encode({'x': object()})


@pytest.mark.parametrize('number', [float('nan'), float('inf'), float('-inf')])
def test_a_number_that_is_not_finite_is_named(number):
    with pytest.raises(InvalidArgumentsError, match=rf'a\[0\]\.b is {number}: it cannot'):
        payload.encode({'a': [{'b': number}]})


@pytest.mark.parametrize(
    'value, result',
    [(None, False), (True, True), ('T', True), ('true', True), ('F', False), ('False', False)],
)
def test_words_are_booleans(value, result):
    assert payload.as_bool(value) is result


@pytest.mark.parametrize('value', [0, 1, '', 'yes'])
def test_other_words_are_not(value):
    with pytest.raises(ValueError, match='is not a boolean'):
        payload.as_bool(value)


def test_a_url_that_the_server_gave_relative_to_itself_is_completed():
    platform = FakePlatform()

    def relative(sent):
        ticket = {**platform.ticket('a'), 'put_url': '/v1/storage/a'}
        return httpx.Response(200, json={'a': ticket})

    platform.does('POST .*temporary_upload_url/', relative)
    told = {'sha256': hashlib.sha256(b'ab').hexdigest(), 'size': 2}
    platform.answer('PUT /v1/storage/a', told)
    platform.client().put_file(b'ab', id='a')

    assert platform.sent('PUT .*')[0].host == 'http://platform'
