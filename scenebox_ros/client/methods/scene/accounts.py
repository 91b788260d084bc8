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

"""Who the client is, users, organizations and caches."""

from __future__ import annotations

from collections.abc import Iterable
import os
from typing import TypeVar

from scenebox_ros.client.endpoints.scene import accounts
from scenebox_ros.client.methods.scene.base import Json, SceneMethods
from scenebox_ros.errors import ResponseError

Self = TypeVar('Self', bound='AccountMethods')


class PlatformVersionError(ResponseError, ValueError):
    """The server does not tell its version."""


class AccountMethods(SceneMethods):
    """Identity, users, organizations, ownerships, caches."""

    def whoami(self) -> Json:
        """
        Read who the token belongs to.

        Returns
        -------
        Json
            Version, build_host, token, username, role, organization and organization_id

        Raises
        ------
        InvalidAuthorization
            If the token is wrong.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.whoami()['username']

        """
        return accounts.whoami(self._http)

    def with_auth(self: Self, auth_token: str | None = None) -> Self:
        """
        Continue as another user.

        Parameters
        ----------
        auth_token
            Their token; None keeps the one that is there.

        Returns
        -------
        Self
            This client, so that calls can be chained

        Examples
        --------
        >>> client.with_auth('another-token').whoami()

        """
        if auth_token:
            self._http = self._http.as_user(auth_token)
            self._asset_managers = {}
        return self

    def get_platform_version(self) -> str:
        """
        Read the platform's version.

        Returns
        -------
        str
            Like ``0.2.81``

        Raises
        ------
        ValueError
            If the platform does not tell it.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_platform_version()

        """
        version = self._http.status().get('version')
        if not version:
            raise PlatformVersionError('the server tells no version; check its URL')
        return str(version)

    def update_artifact_path(self, artifacts_path: str | os.PathLike[str]) -> None:
        """
        Change the folder that downloads go to.

        Parameters
        ----------
        artifacts_path
            The folder.

        Examples
        --------
        >>> client.update_artifact_path('downloads')

        """
        self.artifacts_path: str = os.fspath(artifacts_path)

    # -- caches ----------------------------------------------------------------------------------
    def clear_cache(
        self, all_organizations: bool = False, partitions: Iterable[str] | None = None
    ) -> Json:
        """
        Clear the server's caches.

        Parameters
        ----------
        all_organizations
            Of every organization; admins only.
        partitions
            Only these asset types, like ``['images', 'sets']``; None clears all.

        Returns
        -------
        Json
            ``{'acknowledged': True}``

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.clear_cache()

        """
        return accounts.clear_cache(self._http, all_organizations, partitions)

    def delete_all_data(self) -> None:
        """
        Delete everything on the server, of everyone.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.delete_all_data()  # doctest: +SKIP

        """
        accounts.delete_all_data(self._http)
