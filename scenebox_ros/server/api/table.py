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

"""The route table: data, looked up without redirects and without caring for slashes at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
import inspect
from typing import Any

from scenebox_ros.server.api.call import Call
from scenebox_ros.server.store.identities import Permission
from scenebox_ros.wire.route import Route

Handler = Callable[[Call], Any]
READ, WRITE, DELETE = Permission.READ, Permission.WRITE, Permission.DELETE
ADMIN, SUPERADMIN, ANYBODY = Permission.ADMIN, Permission.SUPERADMIN, Permission.NONE


@dataclass(frozen=True)
class Endpoint:
    """
    A route, who may call it, and what does it.

    Attributes
    ----------
    route
        Method and path. A last parameter takes the rest of the path, slashes included.
    handler
        Called with a :class:`Call`, in a thread; a coroutine function runs in the event loop. It
        returns JSON, or a response of the web framework.
    needs
        The least permission of the caller's role.
    open
        Needs no token (but may be signed in its own way).
    raw
        The body is the handler's to read; otherwise it is JSON and read already.
    is_secret
        The answer holds a token, so it is never kept to be given again.

    """

    route: Route
    handler: Handler
    needs: Permission = READ
    open: bool = False
    raw: bool = False
    is_secret: bool = False

    @cached_property
    def is_async(self) -> bool:
        """Whether the handler runs in the event loop."""
        return inspect.iscoroutinefunction(self.handler)


class Node:
    """A step in the tree of paths."""

    def __init__(self) -> None:
        self.literal: dict[str, Node] = {}
        self.parameter: tuple[str, Node] | None = None
        self.endpoints: dict[str, tuple[Endpoint, tuple[str, ...]]] = {}


class Table:
    """
    Finds the endpoint of a request.

    A literal step wins over a parameter, whatever the order of the table. A parameter that ends a
    path takes everything that is left, if nothing else fits.
    """

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.endpoints = list(endpoints)
        self._root = Node()
        for endpoint in self.endpoints:
            self._add(endpoint)

    def find(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]] | set[str]:
        """
        Look a path up.

        Returns
        -------
        tuple or set
            The endpoint and the path's parameters; or the methods that the path has, empty if
            there is no such path.

        """
        steps = normal(path).split('/')
        methods: set[str] = set()
        for node, values in self._match(self._root, steps, 0, ()):
            wanted = 'GET' if method == 'HEAD' else method
            if wanted in node.endpoints:
                endpoint, names = node.endpoints[wanted]
                return endpoint, dict(zip(names, values, strict=True))
            methods |= set(node.endpoints)
        return methods

    def endpoint(self, method: str, template: str) -> Endpoint:
        """Give the endpoint of a template."""
        found = self.find(method, template)
        if isinstance(found, set):
            raise RuntimeError(f'there is no endpoint for {method} {template}')
        return found[0]

    def _match(self, node: Node, steps: list[str], at: int,
               values: tuple[str, ...]) -> Iterable[tuple[Node, tuple[str, ...]]]:
        if at == len(steps):
            if node.endpoints:
                yield node, values
            return
        if (child := node.literal.get(steps[at])) is not None:
            yield from self._match(child, steps, at + 1, values)
        if node.parameter is not None:
            _, child = node.parameter
            if steps[at]:
                yield from self._match(child, steps, at + 1, (*values, steps[at]))
            if child.endpoints and at + 1 < len(steps):
                yield child, (*values, '/'.join(steps[at:]))

    def _add(self, endpoint: Endpoint) -> None:
        node = self._root
        names: list[str] = []
        for step in endpoint.route.template.strip('/').split('/'):
            if step.startswith('{'):
                names.append(step[1:-1])
                node.parameter = node.parameter or ('', Node())
                node = node.parameter[1]
            else:
                node = node.literal.setdefault(step, Node())
        method = endpoint.route.method
        if method in node.endpoints:
            raise RuntimeError(f'two endpoints for {method} {endpoint.route.template}')
        node.endpoints[method] = (endpoint, tuple(names))


def normal(path: str) -> str:
    """
    Bring a path into the form that is looked up.

    The original job client makes ``//v1/jobs`` and ``/v1//v1/jobs`` out of base URLs that end in
    a slash; ``v1`` is never doubled otherwise.
    """
    path = path.strip('/') if path.startswith('//') else path[1:].rstrip('/')
    while path.startswith(('v1/v1/', 'v1//v1/')):
        path = path[path.index('v1', 2):]
    return path
