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

"""Projects, operations and configurations over HTTP."""

from __future__ import annotations

from typing import Any

from scenebox_ros.errors import AccessError, InvalidConfigError, MetadataNotFoundError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.submit import submit
from scenebox_ros.server.api.table import DELETE, Endpoint, WRITE
from scenebox_ros.server.projects.operations import check_runnable
from scenebox_ros.server.projects.service import Projects, read_config
from scenebox_ros.server.search.query import Filter, Query
from scenebox_ros.server.sets.service import EVERYTHING
from scenebox_ros.server.store.merge import Document
from scenebox_ros.wire import scene_routes as routes

OPERATION_STEPS = (None, 'send_data', 'receive_annotations')


def add_project(call: Call) -> Any:
    """Make a project."""
    tags = call.strings('tags') if call.object.get('tags') is not None else []
    return {'id': _projects(call).add(call.identity, call.field('name'), tags)}


def delete_project(call: Call) -> Any:
    """Delete a project; its sets stay, its operations go."""
    document = own(call, 'projects', call.path['project_id'])
    query = Query((Filter('project_id', (document['id'],)),))
    operations = call.core.search.ids(call.identity, 'operations', query, EVERYTHING)
    call.documents.delete(call.identity, 'operations', operations)
    return _delete(call, 'projects', document)


def add_sets(call: Call) -> Any:
    """Put sets into a stage of a project."""
    document = own(call, 'projects', call.path['project_id'])
    stage = call.optional('stage', int, 0)
    return _projects(call).add_sets(call.identity, document['id'], call.strings('sets'), stage)


def remove_sets(call: Call) -> Any:
    """Take sets out of stages of a project."""
    document = own(call, 'projects', call.path['project_id'])
    return _projects(call).remove_sets(call.identity, document['id'], call.field('sets', list))


def add_operation(call: Call) -> Any:
    """Make an operation."""
    return {'id': _projects(call).add_operation(call.identity, call.object)}


def delete_operation(call: Call) -> Any:
    """Delete an operation, stopping it first."""
    document = own(call, 'operations', call.path['operation_id'])
    if document.get('job_id'):
        call.core.jobs.cancel(str(document['job_id']))
    return _delete(call, 'operations', document)


def start_operation(call: Call) -> Any:
    """Begin to run an operation; one that runs already is not begun again."""
    document = own(call, 'operations', call.path['operation_id'])
    step = call.query('operation_step')
    if step not in OPERATION_STEPS:
        raise InvalidConfigError(
            f'operation_step is {step!r}; known are send_data, receive_annotations'
        )
    check_runnable(document)
    job_id = document.get('job_id')
    if job_id and call.core.jobs.status(job_id) in ('queued', 'running'):
        return {'job_id': job_id}
    reply = submit(call, 'high_priority_operation', {'operation_id': document['id'], 'step': step})
    call.documents.update(call.identity, 'operations', document['id'],
                          {'job_id': reply['job_id']})  # fmt: skip
    return reply


def cancel_operation(call: Call) -> Any:
    """Stop an operation that runs."""
    document = own(call, 'operations', call.path['operation_id'])
    stopped = bool(document.get('job_id')) and call.core.jobs.cancel(str(document['job_id']))
    if stopped:
        call.documents.update(call.identity, 'operations', document['id'], {'status': 'aborted'})
    return {'acknowledged': True, 'stopped': stopped}


def operation_status(call: Call) -> Any:
    """Say how far an operation is."""
    document = call.documents.get(call.identity, 'operations', call.path['operation_id'])
    status = document.get('status', 'initialized')
    state = call.core.jobs.status(str(document['job_id'])) if document.get('job_id') else None
    if state in ('queued', 'aborted'):
        status = state
    return {'status': status, 'progress': document.get('progress', 0.0),
            'job_id': document.get('job_id'), 'id': document['id']}  # fmt: skip


def add_config(call: Call) -> Any:
    """Keep a configuration."""
    if call.object.get('id'):
        known = call.documents.find(call.identity, 'configs', str(call.object['id']))
        if known is not None:
            _check(call, known)
    return {'id': _projects(call).add_config(call.identity, call.object)}


def get_config(call: Call) -> Any:
    """Fetch a configuration, its content as an object even where a client wrote it as text."""
    document = call.documents.get(call.identity, 'configs', call.path['config_id'])
    return {**document, 'config': read_config(document)}


def delete_config(call: Call) -> Any:
    """Delete a configuration."""
    return _delete(call, 'configs', own(call, 'configs', call.path['config_id']))


def _projects(call: Call) -> Projects:
    return Projects(call.documents)


def own(call: Call, kind: str, name: str) -> Document:
    """Fetch a document that the caller may change; AccessError if it is another organization's."""
    document = call.documents.get(call.identity, kind, name)
    _check(call, document)
    return document


def _check(call: Call, document: Document) -> None:
    if document['owner'] != call.organization:
        raise AccessError(f'{document["id"]!r} belongs to another organization')


def _delete(call: Call, kind: str, document: Document) -> Any:
    gone = call.documents.delete(call.identity, kind, [document['id']])
    if not gone:
        raise MetadataNotFoundError(f'{document["id"]!r} was deleted already', status=404)
    return {'acknowledged': True, 'id': document['id']}


ENDPOINTS = [
    Endpoint(routes.PROJECT_ADD, add_project, WRITE),
    Endpoint(routes.PROJECT_DELETE, delete_project, DELETE),
    Endpoint(routes.PROJECT_ADD_SETS, add_sets, WRITE),
    Endpoint(routes.PROJECT_REMOVE_SETS, remove_sets, WRITE),
    Endpoint(routes.OPERATION_ADD, add_operation, WRITE),
    Endpoint(routes.OPERATION_DELETE, delete_operation, DELETE),
    Endpoint(routes.OPERATION_START, start_operation, WRITE),
    Endpoint(routes.OPERATION_CANCEL, cancel_operation, WRITE),
    Endpoint(routes.OPERATION_STATUS, operation_status),
    Endpoint(routes.CONFIG_ADD, add_config, WRITE),
    Endpoint(routes.CONFIG_GET, get_config),
    Endpoint(routes.CONFIG_DELETE, delete_config, DELETE),
]
