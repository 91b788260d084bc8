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
Campaigns: pipelines of operations, and the tasks that pass through them.

A task has one *instance* of each operation of its campaign's pipeline. Documents of these kinds
are in the store as others are, but not among the platform's asset types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import time
from typing import Any

from scenebox_ros import ids, stamps
from scenebox_ros.errors import CampaignError, MetadataNotFoundError, OperationError
from scenebox_ros.server.search import query as q
from scenebox_ros.server.search.engine import Search
from scenebox_ros.server.sets.service import EVERYTHING
from scenebox_ros.server.store.documents import Documents, Reach
from scenebox_ros.server.store.merge import Document

CAMPAIGNS, TASKS, INSTANCES = 'campaigns', 'tasks', 'operation_instances'
TASK_STATUSES = ('initialized', 'running', 'finished', 'waiting', 'aborted')
MAX_STEPS = 100
CHANGEABLE = ('input_payload', 'output_payload', 'phase', 'phase_payload', 'state_dict')


class Campaigns:
    """All campaigns of a server."""

    def __init__(self, documents: Documents, search: Search) -> None:
        self.documents = documents
        self.search = search

    def add(self, reach: Reach, name: str, pipeline: Any, tags: Sequence[str]) -> str:
        """Make a campaign."""
        if not name:
            raise CampaignError('name is empty; give the campaign a name', status=400)
        document = {
            'name': name, 'tags': list(tags), 'active': True, 'timestamp': _now(),
            'operations_pipeline': self._pipeline(reach, pipeline),
        }  # fmt: skip
        return str(self.documents.put(reach, CAMPAIGNS, ids.guid(), document)['id'])

    def set_pipeline(self, reach: Reach, campaign_id: str, pipeline: Any) -> Document:
        """Give a campaign another pipeline; tasks that there are keep theirs."""
        change = {'operations_pipeline': self._pipeline(reach, pipeline)}
        return self.documents.update(reach, CAMPAIGNS, campaign_id, change, replace_lists=True)

    def delete(self, reach: Reach, campaign_id: str) -> None:
        """Delete a campaign with its tasks."""
        self.documents.get(reach, CAMPAIGNS, campaign_id)
        tasks = self.search.ids(
            reach, TASKS, q.Query((q.Filter('campaign_id', (ids.std(campaign_id),)),)), EVERYTHING
        )
        for task in tasks:
            self.delete_task(reach, task)
        self.documents.delete(reach, CAMPAIGNS, [campaign_id])

    def add_task(self, reach: Reach, campaign_id: str, payload: Any) -> tuple[str, list[str]]:
        """Make a task, with an instance of each operation; the first gets the payload."""
        campaign = self.documents.get(reach, CAMPAIGNS, campaign_id)
        if campaign.get('active') is not True:
            raise CampaignError(
                f'campaign {campaign["name"]!r} is not active; activate it', status=409
            )
        task_id = ids.guid()
        numbers = []
        for place, step in enumerate(campaign['operations_pipeline']):
            number = ids.guid()
            numbers.append(number)
            self.documents.put(reach, INSTANCES, number, {
                **step, 'campaign_id': campaign['id'], 'task_id': task_id,
                'status': 'initialized', 'phase': None, 'phase_payload': None, 'state_dict': {},
                'input_payload': payload if place == 0 else None, 'output_payload': None,
                'job_id': None, 'timestamp': _now(),
            })  # fmt: skip
        self.documents.put(reach, TASKS, task_id, {
            'campaign_id': campaign['id'], 'status': 'initialized', 'input_payload': payload,
            'operation_instance_ids': numbers, 'timestamp': _now(),
        })  # fmt: skip
        return task_id, numbers

    def delete_task(self, reach: Reach, task_id: str) -> None:
        """Delete a task with its instances."""
        task = self.documents.get(reach, TASKS, task_id)
        self.documents.delete(reach, INSTANCES, task.get('operation_instance_ids') or [])
        self.documents.delete(reach, TASKS, [task_id])

    def set_task_status(self, reach: Reach, task_id: str, status: str) -> Document:
        """Say how a task is."""
        if status not in TASK_STATUSES:
            raise CampaignError(
                f'task status {status!r} is not known; known are {", ".join(TASK_STATUSES)}',
                status=400,
            )
        return self.documents.update(reach, TASKS, task_id, {'status': status})

    def rundown(self, reach: Reach, task_id: str) -> Document:
        """Give a task with its instances, in the order of the pipeline."""
        task = self.documents.get(reach, TASKS, task_id)
        instances = [
            self.documents.get(reach, INSTANCES, number)
            for number in task.get('operation_instance_ids') or []
        ]
        return {**task, 'operation_instances': instances}

    def update_instance(self, reach: Reach, number: str, change: Mapping[str, Any]) -> Document:
        """Change what an instance holds; objects are replaced, not merged."""
        if unknown := set(change) - set(CHANGEABLE):
            raise OperationError(
                f'{sorted(unknown)[0]!r} of an instance cannot be changed; '
                f'{", ".join(CHANGEABLE)} can',
                status=400,
            )
        known = self.documents.get(reach, INSTANCES, number)
        return self.documents.put(reach, INSTANCES, number, {**known, **change})

    def _pipeline(self, reach: Reach, pipeline: Any) -> list[Document]:
        if not isinstance(pipeline, list) or not 0 < len(pipeline) <= MAX_STEPS:
            raise CampaignError(
                f'operations_pipeline must be a list of 1 to {MAX_STEPS} operations', status=400
            )
        steps = []
        for place, step in enumerate(pipeline):
            number = step.get('operation_id') if isinstance(step, Mapping) else None
            if not isinstance(number, str) or not number:
                raise CampaignError(f'step {place} names no operation_id', status=400)
            if not self.documents.exists(reach, 'operations', number):
                raise MetadataNotFoundError(f'operation {number!r} does not exist', status=404)
            if step.get('config_id'):
                self.documents.get(reach, 'configs', str(step['config_id']))
            steps.append({
                'operation_id': ids.std(number), 'task_step': step.get('task_step', place),
                'config_id': step.get('config_id'), 'config': step.get('config'),
            })  # fmt: skip
        return steps


def _now() -> str:
    return stamps.to_iso(time.time_ns())
