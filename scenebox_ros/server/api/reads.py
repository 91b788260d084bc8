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
What a handler reads of a request.

It stands in its code and nowhere else: ``call.field('role')``, a text that must be there, or
``call.flag('scan')``. The description of the API is read from that code, so it cannot say
something that the server does not do.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
import inspect
import textwrap
from typing import Any

from scenebox_ros.server.store.documents import ASSET_TYPES

Schema = dict[str, Any]
# What texts a name may stand for.
Known = dict[str, 'tuple[str, ...]']
TEXT: Schema = {'type': 'string'}
NUMBER: Schema = {'type': 'integer'}
KINDS: dict[str, Schema] = {
    'str': TEXT, 'int': NUMBER, 'float': {'type': 'number'}, 'bool': {'type': 'boolean'},
    'dict': {'type': 'object'}, 'list': {'type': 'array', 'items': {}},
}  # fmt: skip
PAGE = {'size': NUMBER, 'offset': NUMBER, 'sort_field': TEXT, 'search_after': TEXT,
        'sort_order': {'type': 'string', 'enum': ['asc', 'desc']},
        'scan': {'type': 'boolean'}}  # fmt: skip
QUERY = {'type': 'object', 'properties': {
    **{f'{kind}filters': {'type': 'array', 'items': {'type': 'object'}}
       for kind in ('', 'exists_', 'range_', 'wildcard_', 'geo_')},
    'time_range': {'type': 'object'}, 'text': TEXT, 'any_of': {'type': 'array', 'items': {
        'type': 'object'}}, 'source_selected_fields': {'type': 'array', 'items': TEXT},
}}  # fmt: skip
ASSET_TYPE: Schema = {'type': 'string', 'enum': sorted(ASSET_TYPES)}
DEPTH = 3


class Reads:
    """What a handler reads of a request: names and schemas, and which must be there."""

    def __init__(self) -> None:
        self.query: dict[str, Schema] = {}
        self.body: dict[str, Schema] = {}
        self.needed: set[str] = set()
        self.optional: set[str] = set()
        self.is_query_object = False
        self.is_free = False

    @property
    def required(self) -> set[str]:
        """Name what must be there: not what is only read where it is."""
        return self.needed - self.optional

    def note(self, method: str, arguments: list[ast.expr], known: Known) -> None:
        """Take one call of a method of the request into account."""
        if method == 'page':
            self.query |= PAGE
        elif method == 'search' and not arguments:
            self.is_query_object = True
        for name in _texts(arguments[0], known) if arguments else ():
            if method in ('query', 'flag', 'number'):
                kind = {'flag': KINDS['bool'], 'number': NUMBER}.get(method, TEXT)
                self.query[name] = kind
            elif method == 'search':
                self.body[name] = QUERY
            elif method in ('field', 'optional', 'strings'):
                if not self.body.get(name):
                    self.body[name] = _kind(method, arguments)
                (self.optional if method == 'optional' else self.needed).add(name)


def _texts(node: ast.expr, known: Known) -> tuple[str, ...]:
    """Say which texts an expression may be, or may hold."""
    if isinstance(node, ast.Constant):
        return (node.value,) if isinstance(node.value, str) else ()
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(text for each in node.elts for text in _texts(each, known))
    return known.get(node.id, ()) if isinstance(node, ast.Name) else ()


def _kind(method: str, arguments: list[ast.expr]) -> Schema:
    if method == 'strings':
        return {'type': 'array', 'items': TEXT}
    if len(arguments) < 2:
        return TEXT
    given = arguments[1]
    kinds = given.elts if isinstance(given, ast.Tuple) else [given]
    found = [KINDS[kind.id] for kind in kinds if isinstance(kind, ast.Name) and kind.id in KINDS]
    if len(found) > 1:
        return {'anyOf': found} if found != [NUMBER, KINDS['float']] else KINDS['float']
    return found[0] if found else {}


@cache
def reads(handler: Callable[..., Any]) -> Reads:
    """Find what a handler, and the functions that it hands its request to, read of it."""
    found = Reads()
    _look(handler, found, {}, 0)
    return found


def _look(function: Callable[..., Any], found: Reads, given: Known, depth: int) -> None:
    function = inspect.unwrap(function)
    if depth > DEPTH or not inspect.isfunction(function):
        return
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    known = _constants(function, tree) | given
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_call(node.value):
            if node.attr == 'asset_type':
                found.query['asset_type'] = ASSET_TYPE
            found.is_free |= node.attr in ('object', 'body')
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and _is_call(node.func.value):
            found.note(node.func.attr, node.args, known)
        elif ast.unparse(node.func) == 'call.object.get' and node.args:
            for name in _texts(node.args[0], known):
                found.body.setdefault(name, {})
                found.optional.add(name)
        elif isinstance(node.func, ast.Name) and any(_is_call(each) for each in node.args):
            called = _named(function, node.func.id)
            _look(called, found, _handed(called, node, known), depth + 1)


def _constants(function: Any, tree: ast.AST) -> Known:
    """Find names that stand for texts: of the module, by default, and those of loops."""
    known: Known = {
        name: value if isinstance(value, tuple) else (value,)
        for name, value in function.__globals__.items()
        if isinstance(value, (str, tuple)) and all(isinstance(each, str) for each in value)
    }
    for name, parameter in inspect.signature(function).parameters.items():
        known[name] = (parameter.default,) if isinstance(parameter.default, str) else ()
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.comprehension)):
            for name, given in _loops(node.target, node.iter):
                known.setdefault(name, _texts(given, known))
    return known


def _loops(target: ast.expr, given: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Say over what each name of a loop goes: ``for name, bit in (('a', 1), ('b', 2))``."""
    if isinstance(target, ast.Name):
        yield target.id, given
    elif isinstance(target, ast.Tuple) and isinstance(given, (ast.Tuple, ast.List)):
        rows = [row.elts for row in given.elts if isinstance(row, ast.Tuple)]
        for name, *column in zip(target.elts, *rows, strict=True):
            yield from _loops(name, ast.List(column))


def _handed(function: Any, node: ast.Call, known: Known) -> Known:
    """Say which texts a call hands to the parameters of a function."""
    if not inspect.isfunction(function):
        return {}
    parameters = list(inspect.signature(function).parameters.values())
    handed: Known = {}
    for number, argument in enumerate(node.args):
        parameter = parameters[min(number, len(parameters) - 1)]
        if texts := _texts(argument, known):
            handed[parameter.name] = handed.get(parameter.name, ()) + texts
    return handed


def _is_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == 'call'


def _named(function: Any, name: str) -> Any:
    return inspect.getclosurevars(function).nonlocals.get(name) or function.__globals__.get(name)
