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

"""Operations: code of yours that campaigns run, phase by phase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TYPE_CHECKING

from scenebox_ros.errors import OperationError, RuleError
from scenebox_ros.model.parameters import Parameter, PhaseEntity, SetsList, validate_all

if TYPE_CHECKING:
    from scenebox_ros.client.scene_engine import SceneEngineClient

Json = dict[str, Any]
Payload = Mapping[str, Any]
USER_DATA = 'user_data'
INTERNAL_DATA = 'internal_data'


class OperationPriorities:
    """Queues that operations wait in."""

    HIGH_PRIORITY = 'high_priority_operation'
    LOW_PRIORITY = 'low_priority_operation'


class BaseOperation:
    """
    The base of all operations; subclasses set the schemas.

    Parameters
    ----------
    scene_engine_client
        What the operation works with; it is kept as ``sec``.

    """

    config_schema: ClassVar[Sequence[Parameter] | None] = None
    input_schema: ClassVar[Sequence[SetsList | Parameter] | None] = None
    output_schema: ClassVar[Sequence[SetsList | Parameter] | None] = None
    phase_params_schema: ClassVar[Sequence[PhaseEntity] | None] = None

    def __init__(self, scene_engine_client: SceneEngineClient) -> None:
        self.sec = scene_engine_client

    # -- schemas ---------------------------------------------------------------------------------
    def get_config_schema(self) -> list[Json]:
        """
        Write the schema of the config as the platform stores it.

        Returns
        -------
        list of dict
            One per parameter; none without a schema.

        Examples
        --------
        >>> operation.get_config_schema()
        []

        """
        return _written(self.config_schema)

    def get_input_schema(self) -> list[Json]:
        """
        Write the schema of the input payload as the platform stores it.

        Returns
        -------
        list of dict
            One per parameter.

        Raises
        ------
        OperationError
            If the operation has none.

        Examples
        --------
        >>> operation.get_input_schema()[0]['payload_type']
        'sets_list'

        """
        if self.input_schema is None:
            raise OperationError(f'{type(self).__name__} has no input_schema; define it')
        return _written(self.input_schema)

    def get_output_schema(self) -> list[Json]:
        """
        Write the schema of the output payload as the platform stores it.

        Returns
        -------
        list of dict
            One per parameter; none without a schema.

        Examples
        --------
        >>> operation.get_output_schema()
        []

        """
        return _written(self.output_schema)

    def get_phase_params_schema(self) -> list[Json]:
        """
        Write the schema of the phases as the platform stores it.

        Returns
        -------
        list of dict
            One per phase; none without a schema.

        Examples
        --------
        >>> [one['name'] for one in operation.get_phase_params_schema()]
        ['send_data', 'receive_annotations']

        """
        return _written(self.phase_params_schema)

    # -- work ------------------------------------------------------------------------------------
    def process(
        self,
        instance_id: str,
        job_id: str,
        input_payload: Payload,
        config: Payload | None = None,
        phase: str | None = None,
        phase_payload: Payload | None = None,
    ) -> Any:
        """
        Do the work; this one only checks what it is given.

        Parameters
        ----------
        instance_id
            The instance of the operation.
        job_id
            The job that runs it.
        input_payload
            What it works on.
        config
            How it works.
        phase, phase_payload
            The phase, and its parameters.

        Returns
        -------
        Any
            The output payload; here, empty.

        Raises
        ------
        RuleError
            If something does not fit its schema. It is an AssertionError, too.
        ValueError
            If a value has another type than its schema says.

        Examples
        --------
        >>> operation.process('instance_1', 'job_1', {'sets': ['set_1']})
        {}

        """
        self.validate(input_payload, config, phase, phase_payload)
        return {}

    def validate(
        self,
        input_payload: Payload,
        config: Payload | None,
        phase: str | None,
        phase_payload: Payload | None,
    ) -> None:
        """
        Check config, input payload and parameters of the phase against the schemas.

        Parameters
        ----------
        input_payload
            What it works on.
        config
            How it works.
        phase, phase_payload
            The phase, and its parameters.

        Raises
        ------
        RuleError
            If something does not fit its schema. It is an AssertionError, too.
        ValueError
            If a value has another type than its schema says.

        Examples
        --------
        >>> operation.validate({'sets': ['set_1']}, None, None, None)

        """
        if config:
            validate_all(self.config_schema or (), config)
        self._validate_input(input_payload)
        if phase:
            phases = {one.name: one for one in self.phase_params_schema or ()}
            if phase not in phases:
                raise RuleError(f'phase {phase!r} is unknown; known are {", ".join(phases)}')
            phases[phase].validate(phase, phase_payload or {})

    def _validate_input(self, input_payload: Payload) -> None:
        fields = {one.field_name: one for one in self.input_schema or ()}
        for name, value in input_payload.items():
            if name not in fields:
                raise RuleError(f'input {name!r} is unknown; known are {", ".join(fields)}')
            entry = fields[name]
            if isinstance(entry, SetsList):
                entry.validate(value, self.sec)
            else:
                entry.validate(value)

    # -- state -----------------------------------------------------------------------------------
    def save_state(self, instance_id: str, state_dict: Payload, overwrite: bool = False) -> None:
        """
        Keep values for the next phase.

        Parameters
        ----------
        instance_id
            The instance of the operation.
        state_dict
            The values; they are merged into those that are kept.
        overwrite
            Forget those that are kept.

        Raises
        ------
        OperationError
            If the server refuses.

        Examples
        --------
        >>> operation.save_state('instance_1', {'sent': 12})

        """
        self._save(instance_id, state_dict, USER_DATA, overwrite)

    def get_state(self, instance_id: str) -> Json:
        """
        Read the values that were kept.

        Parameters
        ----------
        instance_id
            The instance of the operation.

        Returns
        -------
        dict
            As :meth:`save_state` got them.

        Raises
        ------
        OperationError
            If the server refuses.

        Examples
        --------
        >>> operation.get_state('instance_1')
        {'sent': 12}

        """
        return self._state(instance_id, USER_DATA)

    def _save_state_internal(
        self, instance_id: str, state_dict: Payload, overwrite: bool = False
    ) -> None:
        self._save(instance_id, state_dict, INTERNAL_DATA, overwrite)

    def _get_state_internal(self, instance_id: str) -> Json:
        return self._state(instance_id, INTERNAL_DATA)

    def _state(self, instance_id: str, part: str) -> Json:
        return dict(self._stored(instance_id).get(part) or {})

    def _stored(self, instance_id: str) -> Json:
        instance = self.sec._get_operation_instance(instance_id)
        return dict(instance.get('state_dict') or {})

    def _save(self, instance_id: str, state: Payload, part: str, overwrite: bool) -> None:
        stored = self._stored(instance_id)
        # Only this part is overwritten: the other one belongs to somebody else.
        before = {} if overwrite else stored.get(part) or {}
        stored[part] = {**before, **state}
        self.sec._update_operation_instance(instance_id, state_dict=stored)


def _written(schema: Sequence[Any] | None) -> list[Json]:
    return [one.to_dic() for one in schema or ()]
