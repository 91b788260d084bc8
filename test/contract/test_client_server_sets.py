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

"""Documented methods about sets, called against a real server."""

import io
import zipfile

import pytest
from server_samples import added_images, name

from scenebox_ros.client.exceptions import SetsError


def test_a_set_is_made_with_what_was_said_of_it(engine):
    set_id = engine.create_set('Night Rides', 'images', description='by night', tags=['dark'],
                               expected_count=3, aux_metadata={'city': 'Bern'})  # fmt: skip
    document = engine.get_metadata(set_id, 'sets')

    assert set_id == 'night_rides'
    assert engine.create_set('Night Rides', 'images') == set_id
    assert (document['assets_type'], document['tags']) == ('images', ['dark'])
    assert document['description'] == 'by night'
    with pytest.raises(SetsError, match='night_rides'):
        engine.create_set('Night Rides', 'images', raise_if_set_exists=True)


def test_assets_join_and_leave_a_set_by_list_and_by_search(engine):
    full, (first, second, third) = added_images(engine, 3)
    other = engine.create_set(name('set'), 'images')
    engine.add_assets_to_set(other, ids=[first], wait_for_completion=True)
    only = {'filters': [{'field': 'sets', 'values': [full]}]}
    by_list = engine.assets_in_set(other)
    engine.add_assets_to_set(other, search=only, wait_for_completion=True)
    by_search = engine.assets_in_set(other)
    engine.remove_assets_from_set(ids=[second], set_id=other, wait_for_completion=True)

    assert by_list == [first]
    assert sorted(by_search) == sorted([first, second, third])
    assert sorted(engine.assets_in_set(other)) == sorted([first, third])


def test_a_set_is_searched(engine):
    set_id, (first, second) = added_images(engine, 2)
    only = {'filters': [{'field': 'id', 'values': [second]}]}

    assert [one['id'] for one in engine.search_within_set(set_id, only)] == [second]
    assert sorted(engine.search_within_set(set_id, show_meta=False)) == sorted([first, second])


def test_a_locked_set_takes_nothing_until_it_is_unlocked(engine):
    set_id, ids = added_images(engine, 1)
    other = engine.create_set(name('set'), 'images')

    assert not engine.set_is_locked(other)
    assert engine.set_lock(other)
    assert engine.set_is_locked(other)
    with pytest.raises(SetsError, match='locked'):
        engine.add_assets_to_set(other, ids=ids, wait_for_availability=False)
    assert engine.set_unlock(other)
    engine.add_assets_to_set(other, ids=ids, wait_for_completion=True)
    assert engine.assets_in_set(other) == ids
    assert engine.get_set_status(set_id)['status'] == 'ready'


def test_a_set_is_split_without_rest_and_without_overlap(engine):
    set_id, ids = added_images(engine, 4)
    parts = engine.split_set(set_id, [0.75, 0.25], ['train', 'test'], wait_for_completion=True)
    members = [engine.assets_in_set(part) for part in parts]

    assert [len(part) for part in members] == [3, 1]
    assert sorted(members[0] + members[1]) == sorted(ids)


def test_a_set_is_zipped_with_bytes_and_metadata(engine, finish, tmp_path):
    set_id, (first, _) = added_images(engine, 2)
    engine.update_artifact_path(tmp_path)
    job_id, zip_id = engine.zip_set(set_id)
    finish(job_id)
    path = engine.download_zipfile(zip_id, 'mine')
    whole = engine.zip_set_and_download(set_id)

    assert path == str(tmp_path / 'mine.zip')
    names = zipfile.ZipFile(path).namelist()
    assert any(first in one for one in names)
    assert zipfile.ZipFile(io.BytesIO(whole.read())).namelist() == names


def test_a_set_is_deleted_and_its_assets_stay(engine):
    set_id, ids = added_images(engine, 1)
    engine.delete_set(set_id, wait_for_completion=True)

    assert engine.search_assets('sets', {'filters': [{'field': 'id', 'values': [set_id]}]}) == []
    assert engine.get_metadata(ids[0], 'images')['sets'] == []
