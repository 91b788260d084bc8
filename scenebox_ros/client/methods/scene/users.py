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

"""Users, organizations and who may access what."""

from __future__ import annotations

from scenebox_ros.client.endpoints.scene import accounts
from scenebox_ros.client.methods.scene.base import Json, SceneMethods


class UserMethods(SceneMethods):
    """Manage users, organizations and ownerships."""

    def add_user(self, email: str, username: str, role: str, organization_id: str) -> Json:
        """
        Add a user.

        Parameters
        ----------
        email
            Their e-mail address.
        username
            The user's name.
        role
            One of ``UserRoles.VALID_ROLES``.
        organization_id
            The organization's id.

        Returns
        -------
        Json
            Username, organization_id, token, role and email

        Raises
        ------
        InvalidAuthorization
            If the token's role may not do this.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_user('a@example.org', 'alice', 'data_user', 'org_1')

        """
        reply = accounts.add_user(self._http, username, email, role, organization_id)
        kept = {key: reply.get(key) for key in ('organization_id', 'token', 'role', 'email')}
        return {'username': username, **kept}

    def modify_user(
        self,
        username: str,
        email: str | None = None,
        role: str | None = None,
        organization_id: str | None = None,
    ) -> None:
        """
        Change a user; their name stays.

        Parameters
        ----------
        username
            The user's name.
        email
            Their new address.
        role
            Their new role.
        organization_id
            Their new organization.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.modify_user('alice', role='admin')

        """
        accounts.modify_user(
            self._http, username, email=email, role=role, organization_id=organization_id
        )

    def delete_user(self, username: str) -> None:
        """
        Delete a user.

        Parameters
        ----------
        username
            The user's name.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.delete_user('alice')

        """
        accounts.delete_user(self._http, username)

    def list_users(self) -> list[Json]:
        """
        List all users.

        Returns
        -------
        list[Json]
            Username, organization name, role, email and token of each

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> [user['username'] for user in client.list_users()]

        """
        return accounts.list_users(self._http)

    def add_organization(self, organization_name: str) -> Json:
        """
        Add an organization; only super admins may.

        Parameters
        ----------
        organization_name
            Its name.

        Returns
        -------
        Json
            Its name and id

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_organization('Survey')

        """
        reply = accounts.add_organization(self._http, organization_name)
        return {'name': reply.get('name'), 'id': reply.get('id')}

    def list_organizations(self) -> list[Json]:
        """
        List all organizations.

        Returns
        -------
        list[Json]
            Name and id of each

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.list_organizations()

        """
        return accounts.list_organizations(self._http)

    def modify_organization(self, organization_id: str, organization_name: str) -> None:
        """
        Rename an organization.

        Parameters
        ----------
        organization_id
            The organization's id.
        organization_name
            Its new name.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.modify_organization('org_1', 'Survey North')

        """
        accounts.modify_organization(self._http, organization_id, organization_name)

    def delete_organization(self, organization_id: str) -> None:
        """
        Delete an organization.

        Parameters
        ----------
        organization_id
            The organization's id.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.delete_organization('org_1')

        """
        accounts.delete_organization(self._http, organization_id)

    def list_ownerships(self) -> list[Json]:
        """
        List the ownerships that the user has a part in.

        Returns
        -------
        list[Json]
            Who owns, and who has access

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.list_ownerships()

        """
        return accounts.list_ownerships(self._http)

    def add_ownership(self, owner: str, access: str) -> None:
        """
        Let an organization access what another one owns.

        Parameters
        ----------
        owner
            Id of the organization that owns.
        access
            Id of the organization that may access it.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_ownership(owner='org_1', access='org_2')

        """
        accounts.add_ownership(self._http, owner, access)

    def revoke_ownership(self, owner: str, access: str) -> None:
        """
        Take such an access back.

        Parameters
        ----------
        owner
            Id of the organization that owns.
        access
            Id of the organization that no longer may access it.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.revoke_ownership(owner='org_1', access='org_2')

        """
        accounts.revoke_ownership(self._http, owner, access)
