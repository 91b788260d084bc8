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

"""Campaigns and their tasks against a real server."""

import pytest

from scenebox_ros.errors import JobError


@pytest.fixture
def ask(http):
    def send(method, path, body=None, status=200):
        reply = http.request(method, path, json=body)
        assert reply.status_code == status, reply.text
        return reply.json()

    return send


@pytest.fixture
def operations(ask):
    """Two operations that split sets."""
    project = ask('POST', '/v1/projects/add/', {'name': 'P'})['id']
    return [
        ask('POST', '/v1/operations/add/', {
            'name': f'split {names}', 'type': 'split_sets', 'stage': 0, 'project_id': project,
            'config': {'subset_names': names, 'sections': len(names)}, 'description': None,
        })['id']
        for names in (['a', 'b'], ['c'])
    ]  # fmt: skip


@pytest.fixture
def campaign(ask, operations):
    pipeline = [{'operation_id': one, 'task_step': place, 'config_id': None}
                for place, one in enumerate(operations)]  # fmt: skip
    body = {'name': 'Camp', 'operations_pipeline': pipeline, 'tags': ['x']}
    return ask('POST', '/v1/campaigns/create', body)['campaign_id']


def test_a_task_passes_through_the_pipeline(server, ask, campaign):
    parent = ask('POST', '/v1/sets/add/', {'name': 'Camp set', 'assets_type': 'images'})['id']
    payload = {'input_payload': {'sets': [parent]}}
    added = ask('POST', f'/v1/campaigns/tasks/add/{campaign}', payload)
    task, (first, second) = added['task_id'], added['operation_instance_ids']
    reply = ask('POST', f'/v1/campaigns/tasks/run_operation/{first}', {'phase': 'go',
                                                                       'phase_payload': None})
    server.core.jobs.wait(reply['job_id'], 30)
    after = ask('GET', f'/v1/campaigns/tasks/rundown/{task}')
    handed = ask('GET', f'/v2/operations/instances/{second}/')

    assert [one['status'] for one in after['operation_instances']] == ['finished', 'initialized']
    assert after['status'] == 'waiting'
    assert handed['input_payload'] == {'sets': ['camp_set_a', 'camp_set_b']}


def test_an_instance_keeps_its_state(ask, campaign):
    added = ask('POST', f'/v1/campaigns/tasks/add/{campaign}', {'input_payload': None})
    number = added['operation_instance_ids'][0]
    ask('POST', f'/v2/operations/instances/{number}/', {'state_dict': {'user_data': {'a': 1}}})
    state = {'state_dict': {'user_data': {'b': 2}}}

    assert ask('POST', f'/v2/operations/instances/{number}/', state)['state_dict'] == {
        'user_data': {'b': 2}
    }
    ask('POST', f'/v2/operations/instances/{number}/', {'operation_id': 'x'}, 400)


def test_campaigns_are_searched_changed_and_deleted(ask, campaign, operations):
    task = ask('POST', f'/v1/campaigns/tasks/add/{campaign}', {})['task_id']
    found = ask('POST', '/v1/campaigns/search', {
        'filters': [{'field': 'id', 'values': [campaign]}], 'return_fields': ['name', 'active'],
    })  # fmt: skip
    ask('POST', f'/v1/campaigns/{campaign}',
        {'new_operations_pipeline': [{'operation_id': operations[1]}]})  # fmt: skip
    ask('PUT', f'/v1/campaigns/{campaign}?active=False')
    ask('PUT', f'/v1/campaigns/tasks/{task}?status=waiting')

    assert found == [{'id': campaign, 'name': 'Camp', 'active': True}]
    assert len(ask('GET', f'/v1/campaigns/{campaign}')['operations_pipeline']) == 1
    assert ask('GET', f'/v1/campaigns/tasks/{task}')['status'] == 'waiting'
    ask('POST', f'/v1/campaigns/tasks/add/{campaign}', {}, 409)
    ask('PUT', f'/v1/campaigns/tasks/{task}?status=dancing', status=400)
    ask('DELETE', f'/v1/campaigns/{campaign}')
    ask('GET', f'/v1/campaigns/tasks/{task}', status=404)


def test_who_has_access_reads_campaigns_and_changes_nothing(server, ask, campaign, operations):
    added = ask('POST', f'/v1/campaigns/tasks/add/{campaign}', {'input_payload': {'a': 1}})
    task, number = added['task_id'], added['operation_instance_ids'][0]
    friend = server.user(organization='Friends', name='friend')
    organization = server.core.identities.identify(friend).organization_id
    server.core.identities.grant('scenebox', organization)
    pipeline = {'new_operations_pipeline': [{'operation_id': operations[0]}]}
    with server.client(friend) as http:
        read = http.get(f'/v1/campaigns/tasks/rundown/{task}').status_code
        refused = [http.request(method, path, json=body).status_code for method, path, body in [
            ('POST', f'/v1/campaigns/{campaign}', pipeline),
            ('PUT', f'/v1/campaigns/{campaign}?active=False', None),
            ('DELETE', f'/v1/campaigns/{campaign}', None),
            ('POST', f'/v1/campaigns/tasks/add/{campaign}', {'input_payload': None}),
            ('PUT', f'/v1/campaigns/tasks/{task}?status=aborted', None),
            ('DELETE', f'/v1/campaigns/tasks/{task}', None),
            ('POST', f'/v2/operations/instances/{number}/', {'state_dict': {'x': 1}}),
            ('POST', f'/v1/campaigns/tasks/run_operation/{number}', {}),
        ]]  # fmt: skip

    assert (read, refused) == (200, [403] * 8)
    assert ask('GET', f'/v1/campaigns/{campaign}')['active'] is True


def test_an_instance_that_ends_unexpectedly_is_aborted(server, ask, campaign):
    added = ask('POST', f'/v1/campaigns/tasks/add/{campaign}', {'input_payload': {'sets': 5}})
    number = added['operation_instance_ids'][0]
    reply = ask('POST', f'/v1/campaigns/tasks/run_operation/{number}', {})
    with pytest.raises(JobError):
        server.core.jobs.wait(reply['job_id'], 30)

    assert ask('GET', f'/v2/operations/instances/{number}/')['status'] == 'aborted'


def test_operations_are_listed(ask, operations):
    listed = ask('POST', '/v2/operations/list/', {'return_fields': ['type']})

    assert set(operations) <= {one['id'] for one in listed}
    assert ask('GET', f'/v2/operations/{operations[0]}/')['type'] == 'split_sets'


def test_a_pipeline_of_nothing_is_refused(ask):
    for pipeline in (None, [], [{}], 'x'):
        ask('POST', '/v1/campaigns/create', {'name': 'C', 'operations_pipeline': pipeline}, 400)
    body = {'name': 'C', 'operations_pipeline': [{'operation_id': 'none'}]}
    ask('POST', '/v1/campaigns/create', body, 404)


def test_services_that_are_not_there_say_so(ask):
    assert 'no issue tracker' in ask('GET', '/jira/is_connected/', status=501)['error']['message']
    assert 'no issue tracker' in ask('POST', '/jira/create_issue/', {}, 501)['error']['message']
    assert 'uploaded code' in ask('PUT', '/v1/udfs/run_script/x', {}, 501)['error']['message']


def test_a_step_is_configured_by_the_document_that_it_names(server, ask, operations):
    config = ask('POST', '/v1/configs/add/', {
        'name': 'three', 'type': 'campaign_operation_config', 'description': None,
        'config': {'subset_names': ['x', 'y', 'z'], 'sections': 3},
    })['id']  # fmt: skip
    pipeline = [{'operation_id': operations[0], 'task_step': 0, 'config_id': config}]
    body = {'name': 'Named', 'operations_pipeline': pipeline}
    campaign = ask('POST', '/v1/campaigns/create', body)['campaign_id']
    parent = ask('POST', '/v1/sets/add/', {'name': 'Step set', 'assets_type': 'images'})['id']
    payload = {'input_payload': {'sets': [parent]}}
    number = ask('POST', f'/v1/campaigns/tasks/add/{campaign}', payload)[
        'operation_instance_ids'][0]  # fmt: skip
    reply = ask('POST', f'/v1/campaigns/tasks/run_operation/{number}', {
        'phase': 'go', 'phase_payload': {'a': 1}})  # fmt: skip
    server.core.jobs.wait(reply['job_id'], 30)
    after = ask('GET', f'/v2/operations/instances/{number}/')

    assert after['output_payload'] == {'sets': ['step_set_x', 'step_set_y', 'step_set_z']}
    assert (after['phase'], after['phase_payload']) == ('go', {'a': 1})
    pipeline[0]['config_id'] = 'none'
    ask('POST', '/v1/campaigns/create', body, 404)
