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

"""Projects, operations and configs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scenebox_ros.client.endpoints.scene.reply import job_of, Json, text, truthy
from scenebox_ros.client.http import Http
from scenebox_ros.errors import OperationError
from scenebox_ros.model import plain
from scenebox_ros.wire import scene_routes as routes


def create_project(http: Http, name: str, tags: Iterable[str]) -> str:
    """Create a project; return its id."""
    doing = f'create project {name!r}'
    reply = http.call(routes.PROJECT_ADD, json={'name': name, 'tags': list(tags)}, doing=doing)
    return text(reply, 'id', doing)


def delete_project(http: Http, project_id: str) -> None:
    """Delete a project."""
    http.call(
        routes.PROJECT_DELETE, {'project_id': project_id}, doing=f'delete project {project_id!r}'
    )


def add_sets(http: Http, project_id: str, sets: Iterable[str], stage: int) -> None:
    """Add sets to a project."""
    http.call(
        routes.PROJECT_ADD_SETS, {'project_id': project_id},
        json={'sets': plain.listed(sets, 'sets'), 'stage': stage},
        doing=f'add sets to project {project_id!r}',
    )


def remove_sets(http: Http, project_id: str, sets: Iterable[Mapping[str, Any]]) -> None:
    """Remove sets from a project."""
    http.call(
        routes.PROJECT_REMOVE_SETS, {'project_id': project_id}, json={'sets': list(sets)},
        doing=f'remove sets from project {project_id!r}',
    )


def create_operation(http: Http, body: Mapping[str, Any]) -> str:
    """Create an operation; return its id."""
    doing = f'create operation {body["name"]!r}'
    return text(http.call(routes.OPERATION_ADD, json=body, doing=doing), 'id', doing)


def delete_operation(http: Http, operation_id: str) -> None:
    """Delete an operation."""
    http.call(
        routes.OPERATION_DELETE, {'operation_id': operation_id},
        doing=f'delete operation {operation_id!r}',
    )


def start_operation(http: Http, operation_id: str, step: str | None) -> str:
    """Start an operation; return its job's id."""
    reply = http.call(
        routes.OPERATION_START, {'operation_id': operation_id}, truthy(operation_step=step),
        repeat=False, doing=f'start operation {operation_id!r}',
    )
    return job_of(reply)


def cancel_operation(http: Http, operation_id: str) -> None:
    """Stop an operation."""
    http.call(
        routes.OPERATION_CANCEL, {'operation_id': operation_id},
        doing=f'cancel operation {operation_id!r}',
    )


def operation_status(http: Http, operation_id: str) -> Json:
    """Read how far an operation is."""
    reply: Json = http.call(
        routes.OPERATION_STATUS, {'operation_id': operation_id},
        gives=dict, doing=f'get the status of operation {operation_id!r}',
    )
    return reply


def list_operations(http: Http, return_fields: Sequence[str] | None) -> Any:
    """List operations."""
    return http.call(
        routes.OPERATION_LIST, json=truthy(return_fields=return_fields), error=OperationError,
        repeat=True, doing='list operations',
    )


def get_operation(http: Http, operation_id: str) -> Any:
    """Read an operation."""
    return http.call(
        routes.OPERATION_GET, {'operation_id': operation_id}, error=OperationError,
        doing=f'get operation {operation_id!r}',
    )


def get_instance(http: Http, instance_id: str) -> Json:
    """Read an instance of an operation."""
    reply: Json = http.call(
        routes.INSTANCE_GET, {'operation_instance_id': instance_id}, error=OperationError,
        gives=dict, doing=f'get operation instance {instance_id!r}',
    )
    return reply


def update_instance(http: Http, instance_id: str, changes: Mapping[str, Any]) -> Json:
    """Change an instance of an operation."""
    reply: Json = http.call(
        routes.INSTANCE_UPDATE, {'operation_instance_id': instance_id}, json=changes,
        error=OperationError, gives=dict, doing=f'update operation instance {instance_id!r}',
    )
    return reply


def add_config(http: Http, body: Mapping[str, Any]) -> str:
    """Store a config; return its id."""
    doing = f'create config {body["name"]!r}'
    return text(http.call(routes.CONFIG_ADD, json=body, doing=doing), 'id', doing)


def get_config(http: Http, config_id: str) -> Json:
    """Read a config."""
    reply: Json = http.call(
        routes.CONFIG_GET, {'config_id': config_id}, gives=dict, doing=f'get config {config_id!r}'
    )
    return reply


def delete_config(http: Http, config_id: str) -> None:
    """Delete a config."""
    http.call(routes.CONFIG_DELETE, {'config_id': config_id}, doing=f'delete config {config_id!r}')
