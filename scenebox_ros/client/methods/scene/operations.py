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

"""Operations of projects, and those that campaigns use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenebox_ros.client.endpoints.scene import projects
from scenebox_ros.client.methods.scene.base import Json, SceneMethods
from scenebox_ros.errors import OperationError
from scenebox_ros.model.constants import OperationTypes


class OperationMethods(SceneMethods):
    """Create, start and watch operations."""

    def create_operation(
        self,
        name: str,
        operation_type: str,
        project_id: str,
        config: Mapping[str, Any],
        stage: int = 0,
        description: str | None = None,
    ) -> str:
        """
        Create an operation in a project.

        Parameters
        ----------
        name
            Its name.
        operation_type
            One of ``OperationTypes.VALID_TYPES``.
        project_id
            The project's id.
        config
            How it works; an ``annotation`` needs ``annotation_instruction_id`` in it.
        stage
            Operations run in the order of their stages.
        description
            What it is for, for people.

        Returns
        -------
        str
            The operation's id

        Raises
        ------
        OperationError
            If there is no such type.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.create_operation('Label', 'annotation', 'project_1',
        ...                         {'annotation_instruction_id': 'config_1'})

        """
        if operation_type not in OperationTypes.VALID_TYPES:
            raise OperationError(
                f'operation type {operation_type!r} does not exist; pass one of '
                f'{", ".join(OperationTypes.VALID_TYPES)}'
            )
        return projects.create_operation(
            self._http,
            {
                'name': name,
                'type': operation_type,
                'stage': stage,
                'project_id': project_id,
                'config': config,
                'description': description,
            },
        )

    def delete_operation(self, operation_id: str) -> None:
        """
        Delete an operation; sets and instructions that it used stay.

        Parameters
        ----------
        operation_id
            The operation's id.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.delete_operation('operation_1')

        """
        projects.delete_operation(self._http, operation_id)

    def start_operation(
        self,
        operation_id: str,
        operation_step: str | None = None,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Start an operation.

        Parameters
        ----------
        operation_id
            The operation's id.
        operation_step
            ``send_data`` or ``receive_annotations``, where an annotator works in between.
        wait_for_completion
            Wait until the operation is finished.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        JobError
            If the operation is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.start_operation('operation_1', wait_for_completion=True)

        """
        job_id = projects.start_operation(self._http, operation_id, operation_step)
        if wait_for_completion:
            self._wait_for_operation(operation_id)
        return job_id

    def get_operation_status(self, operation_id: str) -> Json:
        """
        Read how far an operation is.

        Parameters
        ----------
        operation_id
            The operation's id.

        Returns
        -------
        Json
            Its status, progress and more

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_operation_status('operation_1')['status']

        """
        return projects.operation_status(self._http, operation_id)

    def list_operations(self, return_fields: Sequence[str] | None = None) -> Any:
        """
        List the operations that campaigns can use.

        Parameters
        ----------
        return_fields
            Only these fields.

        Returns
        -------
        Any
            As the server lists them

        Raises
        ------
        OperationError
            If the server refuses.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.list_operations()

        """
        return projects.list_operations(self._http, return_fields)

    def get_operation(self, operation_id: str) -> Any:
        """
        Read an operation that campaigns can use.

        Parameters
        ----------
        operation_id
            The operation's id.

        Returns
        -------
        Any
            Its document

        Raises
        ------
        OperationError
            If there is none with this id.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_operation('operation_1')

        """
        return projects.get_operation(self._http, operation_id)

    def _get_operation_instance(self, operation_instance_id: str) -> Json:
        return projects.get_instance(self._http, operation_instance_id)

    def _update_operation_instance(
        self,
        operation_instance_id: str,
        input_payload: Json | None = None,
        output_payload: Json | None = None,
        phase: str | None = None,
        phase_payload: Json | None = None,
        state_dict: Json | None = None,
    ) -> Json:
        changes: Json = {
            'input_payload': input_payload,
            'output_payload': output_payload,
            'phase': phase,
            'phase_payload': phase_payload if phase else None,
            'state_dict': state_dict,
        }
        given = {key: value for key, value in changes.items() if value}
        return projects.update_instance(self._http, operation_instance_id, given)
