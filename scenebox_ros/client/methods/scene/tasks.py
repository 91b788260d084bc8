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

"""Tasks that run through campaigns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenebox_ros.client.endpoints.scene import jobs
from scenebox_ros.client.endpoints.scene.reply import text, truthy
from scenebox_ros.client.methods.scene.base import Json
from scenebox_ros.client.methods.scene.campaigns import CampaignMethods
from scenebox_ros.wire import scene_routes as routes


class TaskMethods(CampaignMethods):
    """Add tasks to campaigns and run their operations."""

    def add_task_to_campaign(
        self, campaign_id: str, input_payload: Mapping[str, Any] | None = None
    ) -> tuple[str, list[str]]:
        """
        Add a task to a campaign.

        Parameters
        ----------
        campaign_id
            The campaign's id.
        input_payload
            What the first operation works on, like ``{'sets': ['set_1']}``.

        Returns
        -------
        tuple[str, list[str]]
            The task's id, and the ids of its instances of the operations

        Raises
        ------
        CampaignError
            If the server refuses.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> task_id, instances = client.add_task_to_campaign('campaign_1', {'sets': ['set_1']})

        """
        reply = self._campaign(
            routes.TASK_ADD, json={'input_payload': input_payload}, campaign_id=campaign_id
        )
        task_id = text(reply, 'task_id', f'add a task to campaign {campaign_id!r}')
        return task_id, list(reply.get('operation_instance_ids') or ())

    def _get_task(self, task_id: str) -> Json:
        read: Json = self._campaign(routes.TASK_GET, gives=dict, task_id=task_id)
        return read

    def delete_task(self, task_id: str) -> Any:
        """
        Delete a task.

        Parameters
        ----------
        task_id
            Its id.

        Returns
        -------
        Any
            The server's answer

        Raises
        ------
        CampaignError
            If the server refuses.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.delete_task('task_1')

        """
        return self._campaign(routes.TASK_DELETE, task_id=task_id)

    def _update_task_status(self, task_id: str, status: str | None = None) -> Any:
        return self._campaign(routes.TASK_STATUS, query={'status': status}, task_id=task_id)

    def get_task_rundown(self, task_id: str) -> Json:
        """
        Read how far a task is, operation by operation.

        Parameters
        ----------
        task_id
            Its id.

        Returns
        -------
        Json
            The server's answer

        Raises
        ------
        CampaignError
            If the server refuses.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_task_rundown('task_1')

        """
        read: Json = self._campaign(routes.TASK_RUNDOWN, gives=dict, task_id=task_id)
        return read

    def search_tasks(
        self,
        filters: Sequence[Mapping[str, Any]] | None = None,
        return_fields: Sequence[str] | None = None,
        sort_field: str | None = None,
        sort_order: str | None = None,
        include_template_tasks: bool = False,
    ) -> list[Json]:
        """
        Search tasks.

        Parameters
        ----------
        filters
            ``[{'field': ..., 'values': [...]}]``.
        return_fields
            Only these fields.
        sort_field
            Field to sort by.
        sort_order
            ``'asc'`` or ``'desc'``.
        include_template_tasks
            Find the templates of campaigns, too.

        Returns
        -------
        list[Json]
            Their documents

        Raises
        ------
        CampaignError
            If the server refuses.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.search_tasks()

        """
        found: list[Json] = self._campaign(
            routes.TASK_SEARCH,
            json={
                'include_template_tasks': include_template_tasks,
                **truthy(filters=filters, return_fields=return_fields),
            },
            query={'sort_field': sort_field, 'sort_order': sort_order}, repeat=True, gives=list,
        )
        return found

    def run_operation_instance(
        self,
        operation_instance_id: str,
        phase: str | None = None,
        phase_payload: Mapping[str, Any] | None = None,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Run one operation of a task.

        Parameters
        ----------
        operation_instance_id
            Id of the instance.
        phase
            Phase of the operation, if it has any.
        phase_payload
            Parameters of the phase.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.run_operation_instance('instance_1', phase='send_data')

        """
        body = {'phase': phase, 'phase_payload': phase_payload} if phase else {}
        path = {'operation_instance_id': operation_instance_id}
        reply = jobs.start(self._http, routes.INSTANCE_RUN, body, path)
        return self._started(reply, wait_for_completion)
