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

"""Sets: create, lock, delete, split, compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scenebox_ros.client.endpoints.scene import sets
from scenebox_ros.client.endpoints.scene.reply import truthy
from scenebox_ros.client.methods.scene.base import Json, SceneMethods
from scenebox_ros.errors import RuleError, SetsError
from scenebox_ros.model import plain
from scenebox_ros.model.constants import SetTags

MANY_SPLITS = 5


class SetMethods(SceneMethods):
    """Create, lock and delete sets."""

    def create_set(
        self,
        name: str,
        asset_type: str,
        origin: str | None = None,
        description: str | None = None,
        expected_count: int | None = None,
        tags: Iterable[str] | None = None,
        id: str | None = None,
        aux_metadata: Mapping[str, Any] | None = None,
        is_primary: bool = False,
        raise_if_set_exists: bool = False,
        *,
        origin_set_id: str | None = None,
    ) -> str:
        """
        Create a set, which holds assets of one type.

        A set of this name that exists already is left as it is, and its id is returned.

        Parameters
        ----------
        name
            Its name; names are unique.
        asset_type
            One of ``SetsAssets.VALID_ASSET_TYPES``.
        origin
            Where the set comes from, in words of your own.
        description
            What it is for, for people.
        expected_count
            How many assets it will hold.
        tags
            For searching.
        id
            An id of your own; default: the standardized name.
        aux_metadata
            Anything else that is known about the set.
        is_primary
            Tag it as ``primary``.
        raise_if_set_exists
            Raise instead of returning the set that exists.
        origin_set_id
            The set that this one is derived from.

        Returns
        -------
        str
            The set's id

        Raises
        ------
        SetsError
            If a set of this name exists and ``raise_if_set_exists`` is True.
        RuleError
            If the set of origin does not exist.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> set_id = client.create_set('Night rides', 'images', tags=['2026'])

        """
        existing = self._ids_by('sets', 'name', name)
        if existing and raise_if_set_exists:
            raise SetsError(f'a set named {name!r} exists: {existing[0]!r}; choose another name')
        if existing:
            return existing[0]
        if origin_set_id and not self.get_asset_manager('sets').exists(origin_set_id):
            raise RuleError(f'the set of origin {origin_set_id!r} does not exist')
        primary = [SetTags.PRIMARY_SET_TAG] if is_primary else []
        return sets.create(
            self._http,
            {
                'assets_type': asset_type,
                'name': name,
                'expected_count': expected_count,
                'tags': [*plain.listed(tags, 'tags'), *primary],
                **truthy(
                    description=description, origin=origin, origin_set_id=origin_set_id, id=id,
                    auxiliary=aux_metadata,
                ),
            },
        )

    def get_set_id_by_name(self, name: str) -> str:
        """
        Find a set by its name.

        Parameters
        ----------
        name
            Its name.

        Returns
        -------
        str
            The set's id

        Raises
        ------
        SetsError
            If no set, or more than one, has this name.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_set_id_by_name('Night rides')

        """
        found = self._ids_by('sets', 'name', name)
        if len(found) != 1:
            raise SetsError(f'{len(found)} sets are named {name!r}; one is needed')
        return found[0]

    def set_lock(self, set_id: str) -> bool:
        """
        Lock a set, so that nothing is added to it or removed from it.

        Parameters
        ----------
        set_id
            The set's id.

        Returns
        -------
        bool
            Always True

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.set_lock('set_1')

        """
        sets.lock(self._http, set_id)
        return True

    def set_unlock(self, set_id: str) -> bool:
        """
        Unlock a set.

        Parameters
        ----------
        set_id
            The set's id.

        Returns
        -------
        bool
            Always True

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.set_unlock('set_1')

        """
        sets.unlock(self._http, set_id)
        return True

    def set_is_locked(self, set_id: str) -> bool:
        """
        Tell whether a set is locked.

        Parameters
        ----------
        set_id
            The set's id.

        Returns
        -------
        bool
            True if it is

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.set_is_locked('set_1')

        """
        return sets.is_locked(self._http, set_id)

    def get_set_status(self, set_id: str) -> Json:
        """
        Read what is happening to a set.

        Parameters
        ----------
        set_id
            The set's id.

        Returns
        -------
        Json
            Its state, one of ``SetsStates.VALID_STATES``, and more

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_set_status('set_1')

        """
        return sets.status(self._http, set_id)

    def delete_set(
        self, set_id: str, wait_for_completion: bool = False, *, delete_content: bool = False
    ) -> str:
        """
        Delete a set.

        Parameters
        ----------
        set_id
            The set's id.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.
        delete_content
            Delete its assets, too.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.delete_set('set_1', wait_for_completion=True)

        """
        return self._started(
            sets.delete(self._http, set_id, delete_content), wait_for_completion
        )
