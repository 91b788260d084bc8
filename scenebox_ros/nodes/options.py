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

"""Parameters of a node: each declared once, with description, range, and whether it may change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter

from scenebox_ros.bags import load_overrides, Overrides
from scenebox_ros.errors import SceneBoxError, SettingsError


@dataclass(frozen=True)
class Option:
    """
    One parameter.

    Attributes
    ----------
    default
        Its value and type. An empty list is a list of strings.
    low, high
        Bounds of a number, both included; None leaves it unbounded.
    is_live
        Whether it may be changed while the node runs.
    choices
        The words that are allowed; empty allows any.

    """

    name: str
    default: Any
    description: str
    low: float | None = None
    high: float | None = None
    is_live: bool = False
    choices: tuple[str, ...] = ()

    def descriptor(self) -> ParameterDescriptor:
        """Describe it as ``ros2 param describe`` shows it."""
        described = ParameterDescriptor(
            name=self.name, description=self.description, read_only=not self.is_live
        )
        if self.choices:
            described.additional_constraints = f'one of {", ".join(self.choices)}'
        if self.low is not None and self.high is not None:
            if isinstance(self.default, float):
                described.floating_point_range = [
                    FloatingPointRange(from_value=float(self.low), to_value=float(self.high))
                ]
            else:
                described.integer_range = [
                    IntegerRange(from_value=int(self.low), to_value=int(self.high), step=1)
                ]
        return described


SETTINGS = Option(
    'settings', '', 'YAML with settings by topic, the same as for scenebox upload; empty: by type'
)


def load_settings(values: Mapping[str, Any]) -> Overrides:
    """Read the file that the parameter names; raises SettingsError if it cannot be used."""
    named = values[SETTINGS.name]
    return load_overrides(Path(named).expanduser()) if named else Overrides()


def declare(node: Node, options: Sequence[Option]) -> tuple[dict[str, Any], set[str]]:
    """
    Declare parameters and read what was given for them.

    Returns
    -------
    dict
        Value by name; a list that was not given, or given as ``[]``, is an empty list.
    set
        The names of those that were given, be it with the value that is the default, too.

    Raises
    ------
    SettingsError
        If a value has another type, is out of its range, or is none of the choices.

    """
    values: dict[str, Any] = {}
    given: set[str] = set()
    for option in options:
        # An empty list has no type in ROS: [] would become a list of bytes.
        is_list = isinstance(option.default, list)
        kind = Parameter.Type.STRING_ARRAY if is_list else Parameter.Type.from_parameter_value(
            option.default)
        try:
            # Without a default the value is None unless it was given.
            is_given = node.declare_parameter(option.name, kind).value is not None
            node.undeclare_parameter(option.name)
            # Without a value it could not be read, nor any other that is asked for with it.
            default = option.default or [''] if is_list else option.default
            value = node.declare_parameter(
                option.name, default, option.descriptor(), ignore_override=not is_given).value
            given |= {option.name} if is_given else set()
        except (InvalidParameterTypeException, InvalidParameterValueException) as error:
            raise SettingsError(
                f'parameter {option.name} cannot be used: {error}. Write it like '
                f'{option.default!r} ({option.description})') from None
        values[option.name] = [one for one in value or [] if one] if is_list else value
        refuse_unknown_word(option, values[option.name])
    return values, given


def unknown_in_words(node: Node) -> str:
    """
    Say which parameters were given that no node of ours has; empty if all are known.

    Those of the other nodes may stand in a block for all nodes.
    """
    # There is no public way to what was given and not declared.
    odd = [name for name in node._parameter_overrides if not node.has_parameter(name)]
    if not odd:
        return ''
    from scenebox_ros.nodes.catalogue import all_options

    known = {option.name for options in all_options().values() for option in options}
    told = []
    for name in sorted(set(odd) - known):
        near = get_close_matches(name, known, 1)
        told.append(f'{name} (is it {near[0]}?)' if near else name)
    return f'no node has these parameters, they change nothing: {", ".join(told)}' if told else ''


def refuse_unknown_word(option: Option, value: Any) -> None:
    """Refuse a word that is not one of the option's choices."""
    if option.choices and value not in option.choices:
        raise SettingsError(
            f'{option.name} is {value!r}; choose one of {", ".join(option.choices)}'
        )


def judge(
    options: Mapping[str, Option], parameters: Sequence[Parameter]
) -> tuple[SetParametersResult, dict[str, Any]]:
    """Judge a change at run time; give the verdict and the new values by name."""
    changed: dict[str, Any] = {}
    for parameter in parameters:
        option = options.get(parameter.name)
        if option is None:
            continue
        try:
            refuse_unknown_word(option, parameter.value)
        except SceneBoxError as error:
            return SetParametersResult(successful=False, reason=str(error)), {}
        # ROS cannot say [] to a list of strings: [''] empties it.
        is_list = isinstance(option.default, list)
        changed[parameter.name] = [one for one in parameter.value if one] if is_list \
            else parameter.value
    return SetParametersResult(successful=True), changed
