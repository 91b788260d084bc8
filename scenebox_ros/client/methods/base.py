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


"""What every group of methods has: the HTTP session; those of assets also the asset type."""

from __future__ import annotations

from types import FunctionType, TracebackType
from typing import Optional, TypeVar

from scenebox_ros.client.http import Http
from scenebox_ros.client.pacing import Pace
from scenebox_ros.client.pool import plain_url
from scenebox_ros.client.scope import Scope
from scenebox_ros.errors import InvalidAuthorization
from scenebox_ros.model.arguments import checked

Self = TypeVar('Self', bound='Methods')


class Methods:
    """Methods that talk to a platform."""

    _http: Http
    num_threads: int

    def __init_subclass__(cls) -> None:
        """Let all public methods check their arguments."""
        for name, method in list(vars(cls).items()):
            if name[0] == '_' and name != '__init__':
                continue
            if isinstance(method, FunctionType):
                setattr(cls, name, checked(method))
            elif isinstance(method, staticmethod):
                setattr(cls, name, staticmethod(checked(method.__func__)))

    def __enter__(self: Self) -> Self:
        """Use the client in a ``with`` block, which closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f'{type(self).__name__}({plain_url(self._http.bases["v1"])!r})'

    def close(self) -> None:
        """
        Close the connections to the server.

        Closing twice is fine, and so is using the client afterwards: it connects anew.

        Examples
        --------
        >>> client.close()

        """
        self._http.close()

    def pace_uploads(self, pace: Optional[Pace]) -> None:
        """
        Let somebody decide how fast this client, and those that share its connections, send.

        Parameters
        ----------
        pace
            Who decides, such as a token bucket; None sends as fast as the network takes it.

        Examples
        --------
        >>> client.pace_uploads(TokenBucket(1_000_000))

        """
        self._http.pool.pace = pace


class AssetMethods(Methods):
    """Methods about the assets of one type."""

    asset_type: str
    metadata_only: bool

    @property
    def _scope(self) -> Scope:
        if self._http.token is None:
            raise InvalidAuthorization(
                'the client has no token; pass auth_token to AssetManagerClient'
            )
        return Scope(self.asset_type, self.metadata_only)
