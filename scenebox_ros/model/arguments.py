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
What arguments must be, by what functions declare of them; checked before anything is done.

Refused is what cannot be meant: a missing value of a table as an id, a row as a dictionary, one
text as a list. What can be meant in one way only is taken so: a number, a UUID or a path as text,
digits as a number, a moment of numpy as one in UTC, a column of a table as a list, None as the
default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
import functools
import inspect
from numbers import Number
import os
import reprlib
import sys
import types
from typing import Any, BinaryIO, cast, get_args, get_origin, get_type_hints, TypeVar, Union
from uuid import UUID

from scenebox_ros.errors import ArgumentTypeError
from scenebox_ros.model import plain

F = TypeVar('F', bound=Callable[..., Any])
REFUSED: Any = object()
Nothing = type(None)
# Where something else may be given, too, text is text only.
PLAIN_TEXT = 'text'
BYTES = (bytes, bytearray, memoryview)
LISTS = (Iterable, Sequence, list)
# Of these only the type is told.
SECRET = ('auth_token', 'token')

_short = reprlib.Repr()
_short.maxstring = _short.maxother = 80


@dataclass(frozen=True)
class Declared:
    """
    What a parameter may be.

    Attributes
    ----------
    kinds
        Keys of :data:`TAKES`, and classes of ours; none: anything.
    items
        The same for the items of a list.
    default
        What None stands for.

    """

    kinds: tuple[Any, ...] = ()
    items: Declared | None = None
    default: Any = None


def checked(function: F) -> F:
    """
    Let a function check its arguments.

    Parameters
    ----------
    function
        With annotations. What is ``Any``, a protocol, or imported for type checkers only, is not
        checked.

    Returns
    -------
    function
        The same. It raises :class:`ArgumentTypeError`, which names the argument and what to pass.

    """
    declared: dict[str, Declared] = {}

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not declared:
            declared.update(_parameters(function))
        # What is too many, or has another name, is for Python to complain of.
        given = [
            _checked(name, value, declared[name])
            for name, value in zip(declared, args, strict=False)
        ]
        named = {
            name: _checked(name, value, declared.get(name, Declared()))
            for name, value in kwargs.items()
        }
        return function(*given, *args[len(given):], **named)

    return cast('F', call)


def is_missing(value: Any) -> bool:
    """Tell whether a value is what tables hold where there is none: NaN, NaT or NA."""
    if type(value).__name__ == 'NAType':
        return True
    return isinstance(value, (Number, datetime)) and bool(value != value)


# -- what is declared -----------------------------------------------------------------------------
def _parameters(function: Callable[..., Any]) -> dict[str, Declared]:
    found = {}
    for name, one in inspect.signature(function).parameters.items():
        if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
            hint = _resolved(one.annotation, vars(sys.modules[function.__module__]))
            found[name] = _declared(hint, None if one.default is one.empty else one.default)
    return found


def _resolved(annotation: Any, scope: dict[str, Any]) -> Any:
    # One by one: what is imported for type checkers only takes no other parameter with it.
    with suppress(NameError, TypeError):
        one = types.SimpleNamespace(__annotations__={'one': annotation})
        return get_type_hints(one, scope)['one']
    return Any


def _declared(hint: Any, default: Any = None) -> Declared:
    items, kinds = None, []
    is_union = get_origin(hint) in (Union, types.UnionType)
    for one in get_args(hint) if is_union else (hint,):
        kind = get_origin(one) or one
        if kind not in TAKES and not _is_class_of_ours(kind):
            return Declared()
        kinds.append(kind)
        if kind in LISTS and get_args(one):
            items = _declared(get_args(one)[0])
    if os.PathLike in kinds:
        kinds = [kind for kind in kinds if kind is not str]
    elif set(kinds) - {str, Nothing}:
        kinds = [PLAIN_TEXT if kind is str else kind for kind in kinds]
    return Declared(tuple(kinds), items, default)


def _is_class_of_ours(kind: Any) -> bool:
    is_ours = isinstance(kind, type) and kind.__module__.startswith('scenebox_ros')
    return is_ours and not getattr(kind, '_is_protocol', False)


# -- what is given --------------------------------------------------------------------------------
def _checked(name: str, value: Any, declared: Declared) -> Any:
    if value is None and declared.default is not None:
        # None is false.
        value = False if declared.kinds == (bool,) else declared.default
    taken = _taken(value, declared.kinds)
    if taken is REFUSED:
        raise ArgumentTypeError(_complaint(name, value, declared.kinds))
    if declared.items is None or not declared.items.kinds or not _is_list(taken):
        return taken
    items = _items(name, taken, declared.items)
    return list(items) if hasattr(taken, '__len__') or Iterable not in declared.kinds else items


def _items(name: str, values: Iterable[Any], declared: Declared) -> Iterator[Any]:
    for index, value in enumerate(values):
        taken = _taken(value, declared.kinds)
        if taken is REFUSED:
            raise ArgumentTypeError(_complaint(f'{name}[{index}]', value, declared.kinds))
        yield taken


def _taken(value: Any, kinds: Sequence[Any]) -> Any:
    for kind in kinds:
        taken = TAKES[kind][0](value) if kind in TAKES else _if(isinstance(value, kind), value)
        if taken is not REFUSED:
            return taken
    return REFUSED if kinds else value


def _complaint(name: str, value: Any, kinds: Sequence[Any]) -> str:
    kind = type(value)
    shown = f'a {kind.__name__}' if name in SECRET else ' '.join(_short.repr(value).split())
    if isinstance(value, (str, bytes)) and any(one in LISTS for one in kinds):
        return f'{name} is the text {shown}; pass a list, like [{shown}]'
    words = dict.fromkeys(
        TAKES[one][1] if one in TAKES else f'an object of class {one.__name__}' for one in kinds
    )
    what = '' if kind.__module__ == 'builtins' else f' ({kind.__name__})'
    if kinds and isinstance(value, str) and value != plain.writable(value):
        what = ', which no UTF-8 can write'
    hint = ', as row.to_dict() gives it' if hasattr(value, 'to_dict') else ''
    return f'{name} is {shown}{what}; pass {" or ".join(words)}{hint}'


# -- how each kind is taken -----------------------------------------------------------------------
def _if(is_right: bool, value: Any) -> Any:
    return value if is_right else REFUSED


def _text(value: Any) -> Any:
    if isinstance(value, str):
        # Names of files may be no UTF-8; what goes over the wire must be.
        return _if(value == plain.writable(value), value)
    if isinstance(value, os.PathLike):
        return _text(os.fspath(value))
    is_number = not isinstance(value, bool) and _number(value) is not REFUSED
    return str(value) if is_number or isinstance(value, UUID) else REFUSED


def _number(value: Any) -> Any:
    if isinstance(value, str):
        with suppress(ValueError):
            value = int(value) if value.strip().isdigit() else float(value)
    return _if(isinstance(value, Number) and not is_missing(value), value)


def _truth(value: Any) -> Any:
    with suppress(TypeError, ValueError):
        return _if(not is_missing(value) and bool(value) in (True, False), value)
    return REFUSED


def _moment(value: Any) -> Any:
    if type(value).__name__ == 'datetime64':
        value = value.astype('datetime64[us]').item()
    return _if(isinstance(value, datetime) and value == value, value)


def _is_list(value: Any) -> bool:
    is_table = isinstance(value, Mapping) or hasattr(value, 'columns')
    return hasattr(value, '__iter__') and not is_table and not isinstance(value, (str, *BYTES))


def _list(value: Any) -> Any:
    if not _is_list(value):
        return REFUSED
    return value.tolist() if hasattr(value, 'tolist') else value


def _sequence(value: Any) -> Any:
    taken = _list(value)
    return taken if taken is REFUSED or isinstance(taken, Sequence) else list(taken)


# By what is declared: how a value is taken, and what to ask for.
TAKES: dict[Any, tuple[Callable[[Any], Any], str]] = {
    str: (_text, 'a text'),
    PLAIN_TEXT: (lambda value: _text(value) if isinstance(value, str) else REFUSED, 'a text'),
    int: (_number, 'a number'),
    float: (_number, 'a number'),
    bool: (_truth, 'True or False'),
    datetime: (_moment, 'a datetime'),
    type: (lambda value: _if(isinstance(value, type), value), 'a class'),
    os.PathLike: (lambda value: _if(isinstance(value, (str, os.PathLike)), value), 'a path'),
    BinaryIO: (lambda value: _if(hasattr(value, 'read'), value), 'an open file'),
    Callable: (lambda value: _if(callable(value), value), 'a function'),
    Nothing: (lambda value: _if(value is None, value), 'None'),
    Iterable: (_list, 'a list'),
    **dict.fromkeys((Sequence, list), (_sequence, 'a list')),
    **dict.fromkeys(BYTES, (lambda value: _if(isinstance(value, BYTES), value), 'bytes')),
    **dict.fromkeys(
        (Mapping, dict), (lambda value: _if(isinstance(value, Mapping), value), 'a dictionary')
    ),
}
