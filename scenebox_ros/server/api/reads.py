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
from collections.abc import Callable
from functools import cache
import inspect
import textwrap
from typing import Any

from scenebox_ros.server.store.documents import ASSET_TYPES

Schema = dict[str, Any]
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
        self.required: set[str] = set()
        self.is_query_object = False
        self.is_free = False

    def note(self, method: str, arguments: list[ast.expr]) -> None:
        """Take one call of a method of the request into account."""
        name = _constant(arguments[0]) if arguments else None
        if method == 'page':
            self.query |= PAGE
        elif method == 'search' and name is None:
            self.is_query_object = True
        elif not isinstance(name, str):
            return
        elif method in ('query', 'flag', 'number'):
            kind = {'flag': KINDS['bool'], 'number': NUMBER}.get(method, TEXT)
            self.query[name] = kind
        elif method == 'search':
            self.body[name] = QUERY
        elif method in ('field', 'optional', 'strings'):
            self.body.setdefault(name, _kind(method, arguments))
            if method != 'optional':
                self.required.add(name)


def _constant(node: ast.expr) -> Any:
    return node.value if isinstance(node, ast.Constant) else None


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
    _look(handler, found, 0, set())
    return found


def _look(function: Callable[..., Any], found: Reads, depth: int, seen: set[Any]) -> None:
    function = inspect.unwrap(function)
    if depth > DEPTH or function in seen or not inspect.isfunction(function):
        return
    seen.add(function)
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_call(node.value):
            if node.attr == 'asset_type':
                found.query['asset_type'] = ASSET_TYPE
            found.is_free |= node.attr in ('object', 'body')
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and _is_call(node.func.value):
            found.note(node.func.attr, node.args)
        elif ast.unparse(node.func) == 'call.object.get' and node.args:
            found.body.setdefault(str(_constant(node.args[0])), {})
        elif isinstance(node.func, ast.Name) and any(_is_call(each) for each in node.args):
            _look(_named(function, node.func.id), found, depth + 1, seen)


def _is_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == 'call'


def _named(function: Any, name: str) -> Any:
    return inspect.getclosurevars(function).nonlocals.get(name) or function.__globals__.get(name)
