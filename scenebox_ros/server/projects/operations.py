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

"""
Operations: what a project's stage does to its sets.

An operation runs as a job over the sets of its stage. Which types this server can run is in
``RUNNERS``; the others are kept, and starting them says what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TYPE_CHECKING

from scenebox_ros.errors import JobError, OperationError
from scenebox_ros.ids import std
from scenebox_ros.server.jobs.registry import job, KINDS
from scenebox_ros.server.projects.campaigns import INSTANCES, TASKS
from scenebox_ros.server.projects.service import read_config
from scenebox_ros.server.search import query as q
from scenebox_ros.server.sets.jobs import sets_of
from scenebox_ros.server.sets.service import name_of, type_of
from scenebox_ros.server.sets.split import named_parts
from scenebox_ros.server.store.merge import Document, objects_of

if TYPE_CHECKING:
    from scenebox_ros.server.jobs.context import Job

Payload = Callable[[Document, str, list[str], Document], dict[str, Any]]


def _split(config: Document, set_id: str, members: list[str], parent: Document) -> dict[str, Any]:
    wish = config if config.get('percentages') else {'sections': 2, **config}
    parts, names = named_parts(wish, name_of(parent))
    return {
        'set_id': set_id, 'parts': parts, 'subset_names': names,
        'subset_ids': [std(name) for name in names], 'random_seed': config.get('random_seed', 42),
    }  # fmt: skip


def _of_members(config: Document, set_id: str, members: list[str], parent: Document
                ) -> dict[str, Any]:
    return {'asset_type': type_of(parent), **config, 'ids': members, 'search': None}


# Type of operation: the kind of job that does it to one set, and that job's payload.
RUNNERS: dict[str, tuple[str, Payload]] = {
    'split_sets': ('split_sets', _split),
    'model_inference': ('model_inference', _of_members),
    'annotations_to_objects': ('annotations_to_objects', _of_members),
    'images_to_objects_from_annotations': ('annotations_to_objects', _of_members),
}


def check_runnable(operation: Document) -> None:
    """Raise :class:`OperationError` if this server cannot run an operation."""
    kind = str(operation.get('type'))
    if kind not in RUNNERS or RUNNERS[kind][0] not in KINDS:
        raise OperationError(
            f'operation {operation["id"]!r} is of type {kind!r}, which this server keeps but '
            f'cannot run; it runs {", ".join(RUNNERS)}',
            status=501,
        )


@job('high_priority_operation', heavy=True, priority=1)
def run_operation(running: Job) -> Any:
    """Run an operation over the sets of its project's stage."""
    core, reach = running.core, running.owner
    name = running.payload['operation_id']
    say = core.documents.update
    operation = core.documents.get(reach, 'operations', name)
    say(reach, 'operations', name, {'status': 'running', 'progress': 0.0})
    try:
        results = _run(running, operation)
    except Exception:
        say(reach, 'operations', name, {'status': 'aborted'})
        raise
    say(reach, 'operations', name, {'status': 'finished', 'progress': 100.0})
    return results


@job('low_priority_operation', heavy=True, priority=-1)
def run_instance(running: Job) -> Any:
    """Run an operation over the sets of a task, and hand its own sets on to the next one."""
    core, reach = running.core, running.owner
    number = running.payload['instance_id']
    instance = core.documents.get(reach, INSTANCES, number)
    operation = core.documents.get(reach, 'operations', str(instance['operation_id']))
    names = (instance.get('input_payload') or {}).get('sets') or []
    if not names:
        raise JobError(f'instance {number!r} has no sets in its input_payload')
    core.documents.update(reach, INSTANCES, number, {'status': 'running'})
    try:
        config = _config(running, instance) or operation.get('config') or {}
        results = _run_on(running, {**operation, 'config': config}, names)
    except Exception:
        core.documents.update(reach, INSTANCES, number, {'status': 'aborted'})
        raise
    made = [name for one in results for name in (one or {}).get('subset_ids', [])]
    output = {'sets': made or names}
    change = {'status': 'finished', 'output_payload': output,
              'phase': running.payload.get('phase'),
              'phase_payload': running.payload.get('phase_payload')}  # fmt: skip
    core.documents.update(reach, INSTANCES, number, change)
    _hand_on(running, instance, output)
    return output


def _config(running: Job, instance: Document) -> Any:
    """Give the configuration of a step of a pipeline: its own, or the document that it names."""
    if instance.get('config') or not instance.get('config_id'):
        return instance.get('config')
    found = running.core.documents.get(running.owner, 'configs', str(instance['config_id']))
    return read_config(found)


def _hand_on(running: Job, instance: Document, output: Document) -> None:
    documents, reach = running.core.documents, running.owner
    task = documents.get(reach, TASKS, str(instance['task_id']))
    numbers = task.get('operation_instance_ids') or []
    place = numbers.index(instance['id']) + 1
    if place < len(numbers):
        documents.update(reach, INSTANCES, numbers[place], {'input_payload': output})
    status = 'waiting' if place < len(numbers) else 'finished'
    documents.update(reach, TASKS, str(task['id']), {'status': status})


def _run(running: Job, operation: Document) -> list[Any]:
    documents, reach = running.core.documents, running.owner
    project = documents.get(reach, 'projects', str(operation['project_id']))
    number = operation.get('stage') or 0
    names = [str(one.get('set_id')) for one in objects_of(project, 'set_stages')
             if one.get('stage') == number]
    if not names:
        raise JobError(f'stage {number} of project {project["id"]!r} has no sets')

    def progress(percent: float) -> None:
        documents.update(reach, 'operations', str(operation['id']), {'progress': percent})

    return _run_on(running, operation, names, progress)


def _run_on(
    running: Job, operation: Document, names: list[str],
    progress: Callable[[float], None] = lambda percent: None,
) -> list[Any]:  # fmt: skip
    """Do an operation's job to one set after the other."""
    check_runnable(operation)
    kind, payload = RUNNERS[str(operation['type'])]
    results = []
    original = running.payload
    for done, name in enumerate(names):
        members = sets_of(running).list_ids(running.owner, name, q.Query())
        parent = running.core.documents.get(running.owner, 'sets', name)
        running.payload = payload(operation.get('config') or {}, parent['id'], members, parent)
        try:
            results.append(KINDS[kind].handler(running))
        finally:
            running.payload = original
        progress(100.0 * (done + 1) / len(names))
    return results
