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

"""One route of the protocol, as client and server both see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from scenebox_ros.errors import InvalidArgumentsError

Base = Literal['root', 'v1', 'v2']
PREFIX: dict[str, str] = {'root': '/', 'v1': '/v1/', 'v2': '/v2/'}


@dataclass(frozen=True)
class Route:
    """
    A method and a path.

    Attributes
    ----------
    base
        ``root`` for the routes without a version, else the version.
    path
        Below the base, as the original client sends it; a trailing slash is part of it. Parameters
        stand in braces: ``assets/meta/{id}``.

    """

    method: Literal['GET', 'POST', 'PUT', 'DELETE']
    base: Base
    path: str

    def url(self, **parameters: str) -> str:
        """
        Fill the parameters in, escaped, and put the base's prefix before: ``/v1/assets/x``.

        Raises
        ------
        InvalidArgumentsError
            If one is no text, or is one that would lead to another route.

        """
        for name, value in parameters.items():
            if not isinstance(value, str) or value in ('', '.', '..'):
                raise InvalidArgumentsError(f'{name} is {value!r}; pass the id of what is meant')
        filled = {name: quote(value, safe='') for name, value in parameters.items()}
        return PREFIX[self.base] + self.path.format(**filled)

    @property
    def template(self) -> str:
        """Give the whole path with its parameters in braces, without a trailing slash."""
        return (PREFIX[self.base] + self.path).rstrip('/') or '/'
