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

"""Campaigns, tasks and operations of the newer generation over HTTP."""

from __future__ import annotations

from typing import Any

from scenebox_ros.errors import InvalidArgumentsError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.projects import own
from scenebox_ros.server.api.submit import submit
from scenebox_ros.server.api.table import DELETE, Endpoint, WRITE
from scenebox_ros.server.projects.campaigns import CAMPAIGNS, Campaigns, INSTANCES, TASKS
from scenebox_ros.server.projects.operations import check_runnable
from scenebox_ros.server.search import query as q
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.store.merge import Document
from scenebox_ros.wire import scene_routes as routes


def add(call: Call) -> Any:
    """Make a campaign."""
    tags = call.strings('tags') if call.object.get('tags') else []
    pipeline = call.object.get('operations_pipeline')
    return {'campaign_id': _campaigns(call).add(call.identity, call.field('name'), pipeline, tags)}


def get(call: Call) -> Any:
    """Fetch a campaign."""
    return call.documents.get(call.identity, CAMPAIGNS, call.path['campaign_id'])


def delete(call: Call) -> Any:
    """Delete a campaign with its tasks."""
    campaign = _campaign(call)
    _campaigns(call).delete(call.identity, campaign['id'])
    return {'acknowledged': True}


def set_pipeline(call: Call) -> Any:
    """Give a campaign another pipeline."""
    campaign, pipeline = _campaign(call), call.object.get('new_operations_pipeline')
    return _campaigns(call).set_pipeline(call.identity, campaign['id'], pipeline)


def set_active(call: Call) -> Any:
    """Let a campaign take tasks, or not."""
    change = {'active': call.flag('active', True)}
    return call.documents.update(call.identity, CAMPAIGNS, _campaign(call)['id'], change)


def search(call: Call) -> Any:
    """List campaigns."""
    return _listed(call, CAMPAIGNS)


def add_task(call: Call) -> Any:
    """Make a task."""
    task, instances = _campaigns(call).add_task(
        call.identity, _campaign(call)['id'], call.object.get('input_payload')
    )
    return {'task_id': task, 'operation_instance_ids': instances}


def get_task(call: Call) -> Any:
    """Fetch a task."""
    return call.documents.get(call.identity, TASKS, call.path['task_id'])


def delete_task(call: Call) -> Any:
    """Delete a task."""
    task = own(call, TASKS, call.path['task_id'])
    _campaigns(call).delete_task(call.identity, task['id'])
    return {'acknowledged': True}


def set_status(call: Call) -> Any:
    """Say how a task is."""
    status = call.query('status')
    if status is None:
        return get_task(call)
    task = own(call, TASKS, call.path['task_id'])
    return _campaigns(call).set_task_status(call.identity, task['id'], status)


def rundown(call: Call) -> Any:
    """Fetch a task with its operations' instances."""
    return _campaigns(call).rundown(call.identity, call.path['task_id'])


def search_tasks(call: Call) -> Any:
    """List tasks."""
    return _listed(call, TASKS)


def list_operations(call: Call) -> Any:
    """List operations."""
    return _listed(call, 'operations')


def get_operation(call: Call) -> Any:
    """Fetch an operation."""
    return call.documents.get(call.identity, 'operations', call.path['operation_id'])


def get_instance(call: Call) -> Any:
    """Fetch an operation's instance."""
    return call.documents.get(call.identity, INSTANCES, call.path['operation_instance_id'])


def update_instance(call: Call) -> Any:
    """Change what an operation's instance holds."""
    instance = own(call, INSTANCES, call.path['operation_instance_id'])
    return _campaigns(call).update_instance(call.identity, instance['id'], call.object)


def run_instance(call: Call) -> Any:
    """Begin to run an operation for a task."""
    instance = own(call, INSTANCES, call.path['operation_instance_id'])
    check_runnable(call.documents.get(call.identity, 'operations', instance['operation_id']))
    payload = {'instance_id': instance['id'], 'phase': call.optional('phase'),
               'phase_payload': call.object.get('phase_payload')}  # fmt: skip
    reply = submit(call, 'low_priority_operation', payload)
    change = {'job_id': reply['job_id'], 'status': 'queued'}
    call.documents.update(call.identity, INSTANCES, instance['id'], change)
    return reply


def _listed(call: Call, kind: str) -> Any:
    """List documents by the filters of the body, whole or the fields that it names."""
    fields = call.optional('return_fields', list) or []
    if not all(isinstance(field, str) for field in fields):
        raise InvalidArgumentsError('return_fields must be a list of field paths')
    query = q.parse({'filters': call.object.get('filters')})
    wanted = q.Query(query.clauses, tuple(map(q.check_path, fields)))
    page = Page(scan=True, sort_field=call.query('sort_field'),
                sort_order=(call.query('sort_order') or 'asc').lower())  # fmt: skip
    return call.core.search.documents(call.identity, kind, wanted, page)


def _campaign(call: Call) -> Document:
    return own(call, CAMPAIGNS, call.path['campaign_id'])


def _campaigns(call: Call) -> Campaigns:
    return Campaigns(call.documents, call.core.search)


ENDPOINTS = [
    Endpoint(routes.CAMPAIGN_ADD, add, WRITE),
    Endpoint(routes.CAMPAIGN_GET, get),
    Endpoint(routes.CAMPAIGN_DELETE, delete, DELETE),
    Endpoint(routes.CAMPAIGN_PIPELINE, set_pipeline, WRITE),
    Endpoint(routes.CAMPAIGN_ACTIVE, set_active, WRITE),
    Endpoint(routes.CAMPAIGN_SEARCH, search),
    Endpoint(routes.TASK_ADD, add_task, WRITE),
    Endpoint(routes.TASK_GET, get_task),
    Endpoint(routes.TASK_DELETE, delete_task, DELETE),
    Endpoint(routes.TASK_STATUS, set_status, WRITE),
    Endpoint(routes.TASK_RUNDOWN, rundown),
    Endpoint(routes.TASK_SEARCH, search_tasks),
    Endpoint(routes.OPERATION_LIST, list_operations),
    Endpoint(routes.OPERATION_GET, get_operation),
    Endpoint(routes.INSTANCE_GET, get_instance),
    Endpoint(routes.INSTANCE_UPDATE, update_instance, WRITE),
    Endpoint(routes.INSTANCE_RUN, run_instance, WRITE),
]
