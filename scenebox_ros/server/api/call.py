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

"""One request, as handlers see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

from starlette.requests import Request

from scenebox_ros.errors import InvalidArgumentsError
from scenebox_ros.server.core import Core
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.search.query import parse, Query
from scenebox_ros.server.store.documents import Documents, valid_type
from scenebox_ros.server.store.identities import Identity
from scenebox_ros.server.store.objects import Objects

_TRUE, _FALSE = {'true', 't', '1'}, {'false', 'f', '0', ''}


class Call:
    """
    A request with everything that was found out about it.

    Attributes
    ----------
    request
        The web framework's request; ``request.state.identity`` is :attr:`identity`.
    core
        The server's parts.
    identity
        Who calls; also the reach to hand to documents and searches.
    path
        The path's parameters, decoded.
    body
        The JSON body, or None. NaN and Infinity became null.

    """

    def __init__(self, request: Request, core: Core, identity: Identity | None,
                 path: Mapping[str, str], body: Any = None) -> None:
        self.request = request
        self.core = core
        self.path = path
        self.body = body
        self._identity = identity

    @property
    def identity(self) -> Identity:
        """Who calls; only open routes have nobody, and must not ask."""
        if self._identity is None:
            raise RuntimeError('an open route has no caller')
        return self._identity

    @property
    def documents(self) -> Documents:
        """Give the documents of the server."""
        return self.core.documents

    @property
    def objects(self) -> Objects:
        """Give the objects of the server."""
        return self.core.objects

    @property
    def organization(self) -> str:
        """Give the caller's organization."""
        return self.identity.organization_id

    @property
    def asset_type(self) -> str:
        """Give the asset type, from the path or the query."""
        given = self.path.get('asset_type') or self.query('asset_type')
        if given is None:
            raise InvalidArgumentsError('asset_type is missing; add ?asset_type=images')
        return valid_type(given)

    @property
    def base_url(self) -> str:
        """How the client reaches this server, without a slash at the end."""
        public = self.core.settings.public_url
        return (public or str(self.request.base_url)).rstrip('/')

    @overload
    def query(self, name: str) -> str | None: ...

    @overload
    def query(self, name: str, default: str) -> str: ...

    def query(self, name: str, default: str | None = None) -> str | None:
        """Read a query parameter; an empty one counts as missing."""
        return self.request.query_params.get(name) or default

    def flag(self, name: str, default: bool = False) -> bool:
        """Read a boolean query parameter; the original client writes ``True`` and ``False``."""
        text = self.request.query_params.get(name)
        if text is None:
            return default
        if text.lower() in _TRUE:
            return True
        if text.lower() in _FALSE:
            return False
        raise InvalidArgumentsError(f'{name}={text[:40]!r} is neither true nor false')

    def number(self, name: str, default: int) -> int:
        """Read an integer query parameter."""
        text = self.query(name)
        if text is None or text == 'None':
            return default
        try:
            return int(text)
        except ValueError:
            raise InvalidArgumentsError(f'{name}={text[:40]!r} is not an integer') from None

    def page(self, default_size: int = 50) -> Page:
        """Read paging and sorting from the query."""
        return Page(
            size=self.number('size', default_size),
            offset=self.number('offset', 0),
            sort_field=self.query('sort_field'),
            sort_order=(self.query('sort_order') or 'asc').lower(),
            search_after=self.query('search_after'),
            scan=self.flag('scan'),
        )

    def search(self, key: str | None = None) -> Query:
        """Read the query object that is the body, or stands in it under a key."""
        return parse(self.body if key is None else self.object.get(key))

    @property
    def object(self) -> dict[str, Any]:
        """Give the body, which must be an object; an absent one counts as ``{}``."""
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            raise InvalidArgumentsError(
                f'the body is a JSON object, not {type(self.body).__name__}; send {{...}}'
            )
        return self.body

    def field(self, name: str, kind: type | tuple[type, ...] = str) -> Any:
        """Read a field of the body that must be there."""
        value = self.object.get(name)
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value, kind) or (isinstance(value, bool) and bool not in kinds):
            wanted = ' or '.join(each.__name__ for each in kinds)
            raise InvalidArgumentsError(
                f'body field {name!r} is {str(value)[:60]!r}; it must be {wanted}'
            )
        return value

    def optional(self, name: str, kind: type | tuple[type, ...] = str, default: Any = None) -> Any:
        """Read a field of the body that may be missing or null."""
        return default if self.object.get(name) is None else self.field(name, kind)

    def strings(self, name: str) -> list[str]:
        """Read a field of the body that is a list of texts."""
        values = self.field(name, list)
        if not all(isinstance(value, str) for value in values):
            raise InvalidArgumentsError(f'body field {name!r} must be a list of texts')
        return list(values)
