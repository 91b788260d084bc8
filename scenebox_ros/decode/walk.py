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

"""Walk any message for its numbers and words, whichever library made the message's class."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
import dataclasses
from functools import cache
from typing import Any, cast, Union

import numpy as np

Leaf = Union[float, int, bool, str]

# A longer array is a measurement of its own (an image, a grid), not some quantities.
MAX_ARRAY = 64
MAX_LEAVES = 2048
_MAX_DEPTH = 16
# What the generators put into messages that have no field.
_FILLERS = ('structure_needs_at_least_one_member', '__msgtype__')


def numeric_fields(msg: Any, max_array: int = MAX_ARRAY) -> dict[str, float | int | bool]:
    """
    Find every number and boolean in a message.

    Parameters
    ----------
    msg
        A message of any type, of rclpy's, rosbags', genpy's or any dataclass-like class.
    max_array
        Arrays that are longer are left out as a whole.

    Returns
    -------
    dict
        Values by path: ``twist.linear.x``, ``axes[0]``, ``poses[1].position.x``. Headers are left
        out; at most 2048 entries.

    """
    return {
        path: value for path, value in leaves(msg, max_array) if not isinstance(value, str)
    }


def leaves(
    msg: Any, max_array: int = MAX_ARRAY, *, in_words: bool = False
) -> Iterator[tuple[str, Leaf]]:
    """
    Give path and value of every number, boolean and string, headers left out.

    ``in_words`` gives what is one of a type's constants (see :func:`words_of`) by its name.
    """
    for count, leaf in enumerate(_walk(msg, '', max_array, 0, in_words)):
        if count == MAX_LEAVES:
            return
        yield leaf


def _walk(
    value: Any, path: str, max_array: int, depth: int, in_words: bool
) -> Iterator[tuple[str, Leaf]]:
    plain = plain_of(value)
    if plain is not None:
        if path:
            yield path, plain
    elif depth == _MAX_DEPTH:
        return
    elif is_array(value):
        if len(value) <= max_array:
            for index, entry in enumerate(value):
                yield from _walk(entry, f'{path}[{index}]', max_array, depth + 1, in_words)
    else:
        words = words_of(cast(Hashable, type(value))) if in_words else {}
        for name, entry in members(value):
            if name != 'header':
                below = f'{path}.{name}' if path else name
                number = plain_of(entry) if name in words else None
                if number is not None:
                    entry = words[name].get(number, str(number))
                yield from _walk(entry, below, max_array, depth + 1, in_words)


def plain_of(value: Any) -> Leaf | None:
    """Give a Python number, boolean or string; None if the value is something else."""
    # NumPy first: its float64 is a float too, but not one that prints like one.
    if isinstance(value, (np.bool_, np.integer, np.floating)):
        return value.item()
    if isinstance(value, (bool, int, float, str)):
        return value
    # rclpy gives a ``byte`` field as bytes of length one.
    return value[0] if isinstance(value, bytes) and len(value) == 1 else None


def is_array(value: Any) -> bool:
    """Tell arrays and sequences from messages."""
    return hasattr(value, '__len__') and hasattr(value, '__getitem__') and not isinstance(
        value, Mapping
    )


def members(msg: Any) -> list[tuple[str, Any]]:
    """List a message's fields by name; none for what is no message."""
    return [(name, getattr(msg, name, None)) for name in _names(msg)]


@cache
def words_of(kind: Any) -> dict[str, dict[Leaf, str]]:
    """
    Find the fields of a message's class whose values its constants name: by field, the words.

    Constants do not say which field they are for. They are taken for the one whose name they
    begin with (``STATE_IDLE``: ``state``; the longest counts), if there are two or more, each of
    another value, and neither bits nor limits.
    """
    constants = {
        name: value
        for name, value in vars(kind).items()
        # rclpy's classes have a field's default beside the constants.
        if name.isupper() and type(value) is int and not name.endswith('__DEFAULT')
    }
    fields = sorted(_field_names(kind), key=len, reverse=True)
    found: dict[str, list[tuple[int, str]]] = {}
    for name, value in constants.items():
        field = next((one for one in fields if name.startswith(f'{one.upper()}_')), None)
        if field is not None:
            found.setdefault(field, []).append((value, name[len(field) + 1:]))
    return {field: dict(pairs) for field, pairs in found.items() if _are_states(pairs)}


_LIMITS = {'MIN', 'MAX', 'SIZE', 'COUNT', 'MASK', 'DEFAULT'}


def _are_states(pairs: list[tuple[int, str]]) -> bool:
    values = {value for value, _ in pairs}
    if not 1 < len(pairs) == len(values) or not _LIMITS.isdisjoint(word for _, word in pairs):
        return False
    are_bits = max(values) > 2 and all(value >= 0 and not value & (value - 1) for value in values)
    return not are_bits


def _field_names(kind: Any) -> list[str]:
    if hasattr(kind, 'get_fields_and_field_types'):
        types = kind.get_fields_and_field_types()
        return [name for name, of in types.items() if of.startswith(('int', 'uint', 'octet'))]
    if dataclasses.is_dataclass(kind):
        return [one.name for one in dataclasses.fields(kind) if one.type in ('int', int)]
    return []


def _names(msg: Any) -> list[str]:
    if hasattr(msg, 'get_fields_and_field_types'):
        return [name for name in msg.get_fields_and_field_types() if name not in _FILLERS]
    if dataclasses.is_dataclass(msg):
        return list(_dataclass_names(cast(Hashable, type(msg))))
    slots = getattr(type(msg), '__slots__', None) or getattr(msg, '__dict__', {})
    return [name.lstrip('_') for name in slots if not name.startswith('__')]


@cache
def _dataclass_names(kind: Any) -> tuple[str, ...]:
    """List the fields; rosbags' constants look like fields and say ClassVar."""
    return tuple(
        field.name
        for field in dataclasses.fields(kind)
        if 'ClassVar' not in str(field.type) and field.name not in _FILLERS
    )
