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

"""Projects, operations and configurations against a real server."""

from contextlib import suppress
import itertools

import pytest

from scenebox_ros.errors import JobError

numbers = itertools.count()


@pytest.fixture
def new_set(ask):
    def make():
        wish = {'name': f'Set {next(numbers)}', 'assets_type': 'images'}
        return ask('POST', 'sets/add/', wish)['id']

    return make


@pytest.fixture
def filled(ask, finish, new_set):
    """A set of three images."""
    ids, name = [f'img_{next(numbers)}' for _ in range(3)], new_set()
    for one in ids:
        ask('PUT', f'assets/meta/{one}?asset_type=images&replace=True', {'sets': [name]})
    return name, ids


def members(ask, name):
    return ask('POST', f'sets/{name}/list_assets/', {})['results']


@pytest.fixture
def project(ask):
    return ask('POST', 'projects/add/', {'name': 'Project', 'tags': ['t']})['id']


def test_a_project_holds_sets_in_stages(ask, project, new_set):
    one, two = new_set(), new_set()
    ask('POST', f'projects/{project}/add_sets/', {'sets': [one, two], 'stage': 0})
    ask('POST', f'projects/{project}/add_sets/', {'sets': [one], 'stage': 1})
    document = ask('GET', f'assets/meta/{project}?asset_type=projects')
    stages = [(stage['set_id'], stage['stage']) for stage in document['set_stages']]
    left = ask('POST', f'projects/{project}/remove_sets/',
               {'sets': [{'set_id': one, 'stage': 0}, {'set_id': two}]})  # fmt: skip

    assert stages == [(one, 0), (two, 0), (one, 1)]
    assert left['set_stages'] == [{'set_id': one, 'stage': 1}]
    ask('POST', f'projects/{project}/add_sets/', {'sets': ['no set'], 'stage': 0}, 404)


def test_a_deleted_set_leaves_its_projects(ask, finish, project, new_set):
    name = new_set()
    ask('POST', f'projects/{project}/add_sets/', {'sets': [name], 'stage': 0})
    finish(ask('DELETE', f'sets/{name}'))

    assert ask('GET', f'assets/meta/{project}?asset_type=projects')['set_stages'] == []


def operation(project, **wish):
    return {'name': 'op', 'type': 'split_sets', 'stage': 0, 'project_id': project,
            'config': {'subset_names': ['x', 'y'], 'sections': 2}, 'description': None, **wish}


def test_an_operation_works_on_the_sets_of_its_stage(ask, finish, project, filled):
    name, ids = filled
    ask('POST', f'projects/{project}/add_sets/', {'sets': [name], 'stage': 0})
    number = ask('POST', 'operations/add/', operation(project))['id']
    before = ask('GET', f'operations/{number}/status')
    finish(ask('PUT', f'operations/control/{number}'))
    after = ask('GET', f'operations/{number}/status')
    title = ask('GET', f'assets/meta/{name}?asset_type=sets')['name'].lower().replace(' ', '_')

    assert (before['status'], before['progress']) == ('initialized', 0.0)
    assert (after['status'], after['progress']) == ('finished', 100.0)
    assert sorted(members(ask, f'{title}_x') + members(ask, f'{title}_y')) == sorted(ids)
    ask('DELETE', f'operations/{number}')
    ask('GET', f'operations/{number}/status', status=404)


@pytest.mark.parametrize(('wish', 'says'), [
    ({'type': 'dancing'}, 'known are annotation'),
    ({'type': 'annotation'}, 'annotation_instruction_id'),
    ({'config': None}, 'give an object'),
])  # fmt: skip
def test_an_operation_that_cannot_work_is_refused(ask, project, wish, says):
    reply = ask('POST', 'operations/add/', operation(project, **wish), 400)

    assert says in reply['error']['message']


def test_what_this_server_cannot_run_says_so_when_started(ask, project):
    number = ask('POST', 'operations/add/', operation(project, type='consensus'))['id']
    reply = ask('PUT', f'operations/control/{number}', status=501)

    assert 'it runs split_sets' in reply['error']['message']


def test_an_operation_without_sets_is_aborted(server, ask, finish, project):
    number = ask('POST', 'operations/add/', operation(project))['id']
    with pytest.raises(Exception, match='has no sets'):
        finish(ask('PUT', f'operations/control/{number}'))

    assert ask('GET', f'operations/{number}/status')['status'] == 'aborted'
    assert ask('DELETE', f'operations/control/{number}') == {
        'acknowledged': True, 'stopped': False,
    }  # fmt: skip


@pytest.mark.parametrize(('config', 'status', 'says'), [
    ({}, 'finished', ''),
    ({'percentages': 'half'}, 'aborted', 'give percentages, a list'),
    ({'subset_names': 5}, 'aborted', 'must be a list of names'),
    ({'sections': 10**9}, 'aborted', 'at most 1000 parts'),
    ({'random_seed': [1]}, 'aborted', 'must be a number'),
])  # fmt: skip
def test_splitting_says_what_is_wrong_with_its_configuration(
        server, ask, project, new_set, config, status, says):
    ask('POST', f'projects/{project}/add_sets/', {'sets': [new_set()], 'stage': 0})
    number = ask('POST', 'operations/add/', operation(project, config=config))['id']
    job = ask('PUT', f'operations/control/{number}')['job_id']
    with suppress(JobError):
        server.core.jobs.wait(job, 30)

    assert ask('GET', f'assets/meta/{number}?asset_type=operations')['status'] == status
    assert says in (server.core.jobs.outcome(job)[2] or '')


def test_a_deleted_project_takes_its_operations_along(ask, project):
    number = ask('POST', 'operations/add/', operation(project))['id']
    ask('DELETE', f'projects/meta/{project}')

    ask('GET', f'operations/{number}/status', status=404)


def test_a_configuration_keeps_what_it_came_with(ask):
    body = {'key': 'k', 'annotator': 'scale', 'annotation_type': 'polygon', 'name': 'n',
            'type': 'annotation_instruction', 'config': {'a': {'b': 1}}, 'description': None}
    number = ask('POST', 'configs/add/', body)['id']
    document = ask('GET', f'configs/meta/{number}')

    assert {key: document[key] for key in body} == body
    ask('DELETE', f'configs/meta/{number}')
    ask('GET', f'configs/meta/{number}', status=404)


def test_a_configuration_written_as_text_is_read_as_an_object(ask):
    number = ask('POST', 'configs/add/', {'name': 'n', 'type': 'org_config', 'config': {},
                                          'id': 'Org-Config'})['id']  # fmt: skip
    ask('PUT', f'assets/meta/{number}?asset_type=configs', {'config': '{"available_feature": []}'})

    assert number == 'org_config'
    assert ask('GET', f'configs/meta/{number}')['config'] == {'available_feature': []}
    ask('POST', 'configs/add/', {'name': 'n', 'type': 'colours', 'config': {}}, 400)
