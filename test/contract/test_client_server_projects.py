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

"""Documented methods about projects, operations and configs, called against a real server."""

import pytest
from server_samples import added_images, name

from scenebox_ros.client.exceptions import ResponseError


def test_a_project_takes_sets_and_gives_them_back(engine):
    set_id, _ = added_images(engine, 1)
    project = engine.create_project(name('Project'), ['t'])
    engine.add_sets_to_project(project, [set_id], stage=2)
    joined = engine.get_metadata(project, 'projects')
    engine.remove_sets_from_project(project, [{'set_id': set_id, 'stage': 2}])
    left = engine.get_metadata(project, 'projects')
    engine.delete_project(project)

    assert joined['tags'] == ['t']
    assert [one['set_id'] for one in joined['set_stages']] == [set_id]
    assert left['set_stages'] == []
    with pytest.raises(ResponseError):
        engine.get_metadata(project, 'projects')


def test_an_operation_is_run(engine):
    set_id, ids = added_images(engine, 2)
    project = engine.create_project(name('Project'))
    engine.add_sets_to_project(project, [set_id])
    subsets = [name('half'), name('half')]
    operation = engine.create_operation('Split', 'split_sets', project,
                                        {'subset_names': subsets, 'sections': 2})  # fmt: skip
    engine.start_operation(operation, wait_for_completion=True)
    status = engine.get_operation_status(operation)
    parts = [engine.search_assets('images', {'filters': [{'field': 'sets', 'values': [part]}]})
             for part in (f'{set_id}_{one}' for one in subsets)]  # fmt: skip
    engine.delete_operation(operation)

    assert status['status'] == 'finished'
    assert sorted(one for part in parts for one in part) == sorted(ids)
    with pytest.raises(ResponseError):
        engine.get_operation_status(operation)


def test_a_config_is_kept_until_it_is_deleted(engine):
    config = engine.create_config('By night', 'search', {'filters': []}, 'dark', id='by_night')
    whole = engine.get_config(config, complete_info=True)
    content = engine.get_config(config)
    engine.delete_config(config)

    assert config == 'by_night'
    assert content == {'filters': []}
    assert (whole['name'], whole['type'], whole['description']) == ('By night', 'search', 'dark')
    with pytest.raises(ResponseError):
        engine.get_config(config)


def test_an_annotation_instruction_is_kept_until_it_is_deleted(engine):
    number = engine.create_annotation_instruction(
        'Cars', 'the-annotator-s-key', 'scale', 'polygon', {'objects': ['car']}
    )
    kept = engine.get_config(number, complete_info=True)
    engine.delete_annotation_instruction(number)

    assert kept['name'] == 'Cars'
    with pytest.raises(ResponseError):
        engine.get_config(number)
