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


"""The key-value store that a user may lend to a client as a cache for bytes."""

from __future__ import annotations

import logging
from typing import Any, Optional, Protocol

from scenebox_ros.errors import InvalidAuthorization

log = logging.getLogger(__name__)


class KVStore(Protocol):
    """What a store must be able to do; one for Redis is a few lines."""

    def put_bytes(self, key: str, value: Any) -> Any:
        """Keep a value."""

    def get_bytes(self, key: str, default: Any = None) -> Any:
        """Return the value, or the default."""


def key_of(token: Optional[str], asset_type: str, asset_id: str) -> str:
    """
    Name the key of an asset's bytes: it depends on the token, so that users see only their own.

    Raises
    ------
    InvalidAuthorization
        If there is no token.

    """
    if token is None:
        raise InvalidAuthorization('a key-value store needs a token; pass auth_token')
    # The platform's tokens are dashed; the first two parts tell its users apart.
    first, second = [*token.split('-'), '', ''][:2]
    return f'{first}_{second}_{asset_type}_{asset_id}'


def put(store: Optional[KVStore], key: str, value: Any) -> None:
    """Keep a value; a store that fails only costs time."""
    if store is None:
        return
    try:
        store.put_bytes(key, value)
    except Exception as error:
        log.warning('the key-value store did not take %d bytes: %s', len(value), error)
