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


"""Parameters of operations: what they are called, and which values they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from scenebox_ros.errors import InvalidArgumentsError, OperationError, RuleError
from scenebox_ros.model.constants import AssetsConstants

Json = dict[str, Any]


class ParameterDataType:
    """Types of parameters."""

    INT = 'int'
    FLOAT = 'float'
    STR = 'str'
    BOOL = 'bool'
    DICT = 'dict'
    LIST_FLOAT = 'list_float'
    LIST_INT = 'list_int'
    LIST_STR = 'list_str'
    LIST_DICT = 'list_dict'

    VALID_TYPES = (INT, FLOAT, STR, BOOL, DICT, LIST_FLOAT, LIST_INT, LIST_STR, LIST_DICT)


TYPES: dict[str, type] = {'int': int, 'float': float, 'str': str, 'bool': bool, 'dict': dict}


class Parameter:
    """
    The base of all parameters.

    Parameters
    ----------
    field_name
        Its name.
    field_data_type
        One of ``ParameterDataType.VALID_TYPES``.
    default_value
        What it is where nothing is passed.
    accept_none_as_valid
        Whether None is a value.
    description
        What it is for, for people.

    """

    parameter_type: ClassVar[str] = ''

    def __init__(
        self,
        field_name: str,
        field_data_type: str,
        default_value: Any = None,
        accept_none_as_valid: bool = False,
        description: str | None = None,
    ) -> None:
        self.field_name = field_name
        self.field_data_type = field_data_type
        self.default_value = default_value
        self.accept_none_as_valid = accept_none_as_valid
        self.description = description

    def validate(self, value: Any) -> None:
        """
        Refuse a value that does not fit.

        Parameters
        ----------
        value
            The value.

        Raises
        ------
        ValueError
            If it has another type.
        RuleError
            If it is none of those that are allowed. It is an AssertionError, too.

        Examples
        --------
        >>> RangeParameter('threshold', 'float', 0.0, 1.0).validate(0.5)

        """
        self._check(value)

    def _check(self, value: Any) -> None:
        if value is None and self.accept_none_as_valid and self.field_data_type in TYPES:
            return
        kind = self.field_data_type
        is_list = kind.startswith('list_')
        expected = TYPES.get(kind.removeprefix('list_'))
        if expected is None:
            raise InvalidArgumentsError(f'parameter {self.field_name!r}: type {kind!r} is unknown')
        items = value if is_list else [value]
        if not isinstance(items, (list, tuple)) or not all(
            isinstance(item, expected) for item in items
        ):
            raise InvalidArgumentsError(f'parameter {self.field_name!r} is {value!r}; pass {kind}')

    def to_dic(self) -> Json:
        """
        Write it as the platform stores it.

        Returns
        -------
        dict
            What was given, and its kind as ``parameter_type``.

        Examples
        --------
        >>> RawParameter('options').to_dic()['parameter_type']
        'raw_parameter'

        """
        return {
            'field_name': self.field_name,
            'field_data_type': self.field_data_type,
            'description': self.description,
            'accept_none_as_valid': self.accept_none_as_valid,
            **self._allowed(),
            'default_value': self.default_value,
            'parameter_type': self.parameter_type,
        }

    def _allowed(self) -> Json:
        """Write which values are allowed."""
        return {}


class RangeParameter(Parameter):
    """A number from ``min_value`` to ``max_value``; see :class:`Parameter`."""

    parameter_type: ClassVar[str] = 'range_parameter'

    def __init__(
        self,
        field_name: str,
        field_data_type: str,
        min_value: float,
        max_value: float,
        default_value: float | None = None,
        accept_none_as_valid: bool = False,
        description: str | None = None,
    ) -> None:
        super().__init__(
            field_name, field_data_type, default_value, accept_none_as_valid, description
        )
        self.min_value = min_value
        self.max_value = max_value

    def _check(self, value: Any) -> None:
        if value is not None:
            super()._check(value)
        if value is None or not self.min_value <= value <= self.max_value:
            raise RuleError(
                f'parameter {self.field_name!r} is {value!r}; pass {self.min_value} to '
                f'{self.max_value}'
            )

    def _allowed(self) -> Json:
        return {'min_value': self.min_value, 'max_value': self.max_value}


class FieldValueParameter(Parameter):
    """One of ``values``, or several; see :class:`Parameter`."""

    parameter_type: ClassVar[str] = 'field_value_parameter'

    def __init__(
        self,
        field_name: str,
        field_data_type: str,
        values: Sequence[Any] | None = None,
        default_value: Any = None,
        accept_none_as_valid: bool = False,
        description: str | None = None,
    ) -> None:
        super().__init__(
            field_name, field_data_type, default_value, accept_none_as_valid, description
        )
        self.values = values

    def _check(self, value: Any) -> None:
        super()._check(value)
        if self.values is None:
            return
        unknown = [v for v in (value if isinstance(value, list) else [value])
                   if v not in self.values]
        if unknown:
            raise RuleError(
                f'parameter {self.field_name!r} is {unknown[0]!r}; pass of {list(self.values)}'
            )

    def _allowed(self) -> Json:
        return {'values': self.values}


class RawParameter(Parameter):
    """An object of any content; see :class:`Parameter`."""

    parameter_type: ClassVar[str] = 'raw_parameter'

    def __init__(
        self,
        field_name: str,
        default_value: Json | None = None,
        accept_none_as_valid: bool = False,
        description: str | None = None,
    ) -> None:
        super().__init__(field_name, 'dict', default_value, accept_none_as_valid, description)


class BooleanParameter(Parameter):
    """True or False; see :class:`Parameter`."""

    parameter_type: ClassVar[str] = 'boolean_parameter'

    def __init__(
        self,
        field_name: str,
        default_value: bool | None = None,
        accept_none_as_valid: bool = False,
        description: str | None = None,
    ) -> None:
        super().__init__(field_name, 'bool', default_value, accept_none_as_valid, description)


class SetsList:
    """
    Sets that an operation works on.

    Parameters
    ----------
    content_asset_types
        Types of assets that they may hold.

    Raises
    ------
    RuleError
        If a type does not exist.

    """

    field_name = 'sets'

    def __init__(self, content_asset_types: Sequence[str]) -> None:
        for asset_type in content_asset_types:
            if asset_type not in AssetsConstants.VALID_ASSETS:
                raise RuleError(f'asset type {asset_type!r} does not exist')
        self.content_asset_types: list[str] = list(content_asset_types)

    def validate(self, values: Any, sec: Any) -> None:
        """
        Refuse sets that do not exist, or hold other assets.

        Parameters
        ----------
        values
            Ids of the sets.
        sec
            The scene engine's client.

        Raises
        ------
        OperationError
            If a set does not exist.
        RuleError
            If values are no list, or a set holds other assets.

        Examples
        --------
        >>> SetsList(['images']).validate(['set_1'], client)

        """
        if not isinstance(values, (list, tuple)):
            raise RuleError(f'sets is {values!r}; pass a list of ids')
        manager = sec.get_asset_manager('sets')
        for set_id in values:
            if not manager.exists(set_id):
                raise OperationError(f'set {set_id!r} does not exist')
            held = manager.get_metadata(set_id).get('assets_type')
            if held not in self.content_asset_types:
                raise RuleError(f'set {set_id!r} holds {held}; pass {self.content_asset_types}')

    def to_dic(self) -> Json:
        """
        Write it as the platform stores it.

        Returns
        -------
        dict
            With ``payload_type``.

        Examples
        --------
        >>> SetsList(['images']).to_dic()['content_asset_types']
        ['images']

        """
        return {
            'field_name': self.field_name,
            'field_data_type': 'list_str',
            'content_asset_types': self.content_asset_types,
            'payload_type': 'sets_list',
        }


class PhaseEntity:
    """A phase of an operation, and its parameters."""

    def __init__(
        self, name: str, param_schema: Sequence[Parameter], description: str | None = None
    ) -> None:
        self.name = name
        self.param_schema: list[Parameter] = list(param_schema)
        self.description = description

    def validate(self, name: str, params: Mapping[str, Any]) -> None:
        """
        Refuse another phase, unknown parameters and values that do not fit.

        Parameters
        ----------
        name
            Of the phase.
        params
            Values by the parameters' names.

        Raises
        ------
        RuleError
            If it is another phase, or a parameter is unknown or not allowed.
        ValueError
            If a value has another type than its parameter.

        Examples
        --------
        >>> PhaseEntity('send_data', [BooleanParameter('again')]).validate('send_data', {})

        """
        if name != self.name:
            raise RuleError(f'phase is {name!r}; this one is {self.name!r}')
        validate_all(self.param_schema, params)

    def to_dic(self) -> Json:
        """
        Write it as the platform stores it.

        Returns
        -------
        dict
            ``name`` and ``param_schema``.

        Examples
        --------
        >>> PhaseEntity('send_data', []).to_dic()
        {'name': 'send_data', 'param_schema': []}

        """
        return {'name': self.name, 'param_schema': [one.to_dic() for one in self.param_schema]}


def validate_all(schema: Sequence[Parameter], params: Mapping[str, Any]) -> None:
    """Refuse parameters that the schema does not have, and values that do not fit."""
    by_name = {parameter.field_name: parameter for parameter in schema}
    for name, value in params.items():
        if name not in by_name:
            raise RuleError(f'parameter {name!r} is unknown; known are {", ".join(by_name)}')
        by_name[name].validate(value)
