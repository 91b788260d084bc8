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

"""Documented methods of the asset manager about documents, called against a real server."""

import pytest
from server_samples import name, png

from scenebox_ros.client.exceptions import MetadataNotFoundError, ResponseError


@pytest.fixture
def rear(assets):
    """Add five documents with bytes; give their sensor and their ids."""
    sensor = name('rear')
    ids = [name('asset') for _ in range(5)]
    documents = [{'sensor': sensor, 'n': n, 'sets': []} for n in range(5)]
    assets.put_assets_batch(documents, ids, file_objects=[png(n) for n in range(5)])
    return sensor, ids


def only(sensor):
    return {'filters': [{'field': 'sensor', 'values': [sensor]}]}


def test_documents_are_found_page_by_page_and_all_at_once(assets, rear):
    sensor, ids = rear
    query, filters = only(sensor), {'sensor': sensor}
    first = assets.search_assets(query, size=2, sort_field='n', sort_order='desc')
    after = assets.search_assets(query, size=2, sort_field='id', search_after=ids[1])

    assert first == ids[:2:-1]
    assert after == ids[2:4]
    assert assets.search_assets(filters=filters, size=9, offset=3, sort_field='n') == ids[3:]
    assert assets.search_assets_large(filters=filters) == sorted(ids)
    assert [one['n'] for one in assets.search_meta(query, sort_field='n')] == [0, 1, 2, 3, 4]
    assert assets.search_meta(query, size=1, sort_field='n', compress=True)[0]['id'] == ids[0]
    assert {one['id'] for one in assets.search_meta_large(query, compress=True)} == set(ids)
    found = [one.id for one in assets.assets_iterator(query, sort_field='n', sort_order='desc')]
    assert found == ids[::-1]


def test_documents_are_counted_and_summed(assets, rear):
    sensor, _ = rear
    query = only(sensor)
    summary = assets.summary_meta({'search': query, 'dimensions': ['n']})

    assert assets.count(query) == 5
    assert assets.sum('n', search=query) == 10
    assert assets.average('n', search=query) == 2.0
    assert assets.cardinality('sensor', search=query) == 1
    assert sum(one['doc_count'] for one in summary['aggregations'][0]['buckets']) == 5


def test_documents_are_there_or_not(assets, rear):
    _, ids = rear

    assert assets.exists(ids[0]) is True
    assert assets.exists('nobody') is False
    assert assets.exists_multiple([ids[1], 'nobody', ids[0]]) == [True, False, True]
    with pytest.raises(MetadataNotFoundError) as caught:
        assets.get_metadata('nobody')
    assert caught.value.status == 404


def test_documents_are_changed(assets, rear):
    _, ids = rear
    assets.update_metadata(ids[0], {'aux': {'colour': 'red'}, 'n': 7})
    assets.update_metadata_batch(ids[1:3], [{'x': 1}, {'x': 2}])
    assets.update_aux_metadata(ids[0], {'place': {'lat': 47, 'lon': 8}}, geo_field='place')
    assets.add_auxiliary_metadata(ids=ids[3:], night=True)
    upserted = name('asset')
    assets.with_asset_state('images', metadata_only=True).upsert_metadata(upserted, {'a': 1})
    first = assets.get_metadata(ids[0])
    several = assets.get_metadata_in_batch([*ids[1:3], 'nobody'], ['x'])

    assert first['n'] == 7
    assert first['aux'] == {'colour': 'red', 'place': {'lat': 47, 'lon': 8}}
    assert [several[one]['x'] for one in ids[1:3]] == [1, 2]
    assert several['nobody'] is None
    assert str(assets.get_metadata(ids[4])['aux']['night']).lower() == 'true'
    assert assets.get_metadata(upserted)['a'] == 1


def test_documents_are_changed_by_a_query(assets, rear):
    sensor, ids = rear
    (task,) = assets.update_by_query('sets', 'new', 'add', query=only(sensor))
    done = assets.wait_for_batch_update_task(task)

    assert done['updated'] == 5
    assert assets.get_metadata(ids[0])['sets'] == ['new']


def test_documents_are_copied_and_deleted(assets, rear):
    sensor, ids = rear
    copied = name('copy')
    assets.copy(ids[0], copied)
    same = assets.get_bytes(copied) == assets.get_bytes(ids[0])
    assets.delete(copied)
    assets.delete_with_list(ids[:2], wait_for_completion=True)
    assets.delete_with_query(filters={'id': [ids[2]]}, wait_for_completion=True)

    assert same
    assert not assets.exists(copied)
    assert assets.search_assets_large(filters={'sensor': sensor}) == ids[3:]


def test_a_key_is_removed_from_every_document(assets, rear):
    _, ids = rear
    assets.add_auxiliary_metadata(ids=ids[:1], colour='red')
    assets.remove_key_from_index('aux.colour', wait_for_completion=True)

    assert 'colour' not in assets.get_metadata(ids[0])['aux']


def test_a_client_goes_on_with_other_assets_and_as_another_user(assets, platform):
    reader = platform.user('read_only_user')
    assets.with_asset_state('videos', metadata_only=True).upsert_metadata('film', {'a': 1})

    assert assets.exists('film')
    assert not assets.with_asset_state('images').exists('film')
    assets.with_auth(reader)
    with pytest.raises(ResponseError) as caught:
        assets.with_asset_state('videos', metadata_only=True).upsert_metadata('no', {'a': 1})
    assert caught.value.status == 403
