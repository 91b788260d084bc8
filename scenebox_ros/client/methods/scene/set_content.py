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

"""What is in a set: add, remove, list, zip."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scenebox_ros.client import cancel
from scenebox_ros.client.endpoints.scene import sets
from scenebox_ros.client.methods.scene.base import Query, SceneMethods
from scenebox_ros.errors import (
    InvalidArgumentsError,
    RequestTimeoutError,
    SetsError,
)
from scenebox_ros.model import plain

LOCK_PAUSE_S = 1.0


class SetContentMethods(SceneMethods):
    """Fill sets, list and zip what is in them."""

    def add_assets_to_set(
        self,
        set_id: str,
        search: Query | None = None,
        ids: Iterable[str] | None = None,
        limit: int | None = None,
        wait_for_availability: bool = True,
        timeout: float = 30,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Add assets to a set, by a search or by their ids.

        Parameters
        ----------
        set_id
            The set's id.
        search
            Query; what it finds is added. It wins over ``ids``.
        ids
            Ids of the assets.
        limit
            With ``search``: add only so many of them, chosen at random.
        wait_for_availability
            Wait until a locked set is unlocked; False raises at once.
        timeout
            Longest time to wait for that, in seconds.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        SetsError
            If the set is locked and is not waited for, or neither search nor ids are given.
        TimeoutError
            If the set is still locked after ``timeout``.
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_assets_to_set('set_1', ids=['img_1', 'img_2'])

        """
        listed = plain.listed(ids)
        if search is None and not listed:
            raise SetsError(f'nothing to add to set {set_id!r}; pass search or ids')
        self._await_unlocked(set_id, wait_for_availability, timeout)
        if search is not None:
            job_id = sets.add_by_search(self._http, set_id, search, limit or None)
        else:
            job_id = sets.add_assets(self._http, set_id, listed)
        return self._started(job_id, wait_for_completion)

    def remove_assets_from_set(
        self,
        search: Query | None = None,
        ids: Iterable[str] | None = None,
        set_id: str | None = None,
        wait_for_availability: bool = True,
        timeout: float = 30,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Remove assets from a set, by a search or by their ids; they are not deleted.

        Parameters
        ----------
        search
            Query; what it finds is removed. It wins over ``ids``.
        ids
            Ids of the assets.
        set_id
            The set's id.
        wait_for_availability
            Wait until a locked set is unlocked; False raises at once.
        timeout
            Longest time to wait for that, in seconds.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        ValueError
            If neither search nor ids, or no set, are given.
        SetsError
            If the set is locked and is not waited for.
        TimeoutError
            If the set is still locked after ``timeout``.
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.remove_assets_from_set(ids=['img_1'], set_id='set_1')

        """
        listed = plain.listed(ids)
        if not search and not listed:
            raise InvalidArgumentsError(
                f'nothing to remove from set {set_id!r}; pass search or ids'
            )
        checked = given_set(set_id)
        self._await_unlocked(checked, wait_for_availability, timeout)
        if search:
            job_id = sets.remove_by_search(self._http, checked, search)
        else:
            job_id = sets.remove_assets(self._http, checked, listed)
        return self._started(job_id, wait_for_completion)

    def _await_unlocked(self, set_id: str, wait: bool, timeout: float) -> None:
        waited_s = 0.0
        while sets.is_locked(self._http, set_id):
            if not wait:
                raise SetsError(f'set {set_id!r} is locked; unlock it, or let the call wait')
            if waited_s >= timeout:
                raise RequestTimeoutError(
                    f'set {set_id!r} is still locked after {timeout:g} s; unlock it, or raise '
                    'timeout'
                )
            cancel.sleep(LOCK_PAUSE_S)
            waited_s += LOCK_PAUSE_S

    # -- list ------------------------------------------------------------------------------------
    def assets_in_set(self, set_id: str | None = None) -> list[str]:
        """
        List the assets of a set.

        Parameters
        ----------
        set_id
            The set's id.

        Returns
        -------
        list[str]
            Their ids

        Raises
        ------
        ValueError
            If no set is given.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.assets_in_set('set_1')

        """
        return self.search_within_set(given_set(set_id), show_meta=False)

    def search_within_set(
        self, set_id: str, search: Query | None = None, show_meta: bool = True
    ) -> list[Any]:
        """
        Search in a set.

        Parameters
        ----------
        set_id
            The set's id.
        search
            Query; only assets that match it. ``{'filters': [{'field': ..., 'values': [...]}]}``.
        show_meta
            True gives documents, False ids.

        Returns
        -------
        list[Any]
            What matches

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.search_within_set('set_1', show_meta=False)

        """
        return sets.list_assets(self._http, set_id, search or {}, show_meta)

    def get_assets_in_set(self, id: str | None = None, name: str | None = None) -> list[str]:
        """
        List the assets of a set, which is given by its id or its name.

        Parameters
        ----------
        id
            The set's id.
        name
            The set's name.

        Returns
        -------
        list[str]
            Ids of the assets

        Raises
        ------
        SetsError
            If both or neither are given, or the set does not exist.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_assets_in_set(name='Night rides')

        """
        if bool(id) == bool(name):
            raise SetsError('pass exactly one of id and name')
        found = [id] if id else self._ids_by('sets', 'name', str(name))
        manager = self.get_asset_manager('sets')
        if len(found) != 1 or not manager.exists(str(found[0])):
            raise SetsError(f'set {id or name!r} does not exist; list sets to see them')
        asset_type = manager.get_metadata(str(found[0]))['assets_type']
        listed: list[str] = self.get_asset_manager(asset_type).search_assets_large(
            {'filters': [{'field': 'sets', 'values': [found[0]]}]}
        )
        return listed

    # -- versions --------------------------------------------------------------------------------


def given_set(set_id: str | None) -> str:
    """Refuse an absent set."""
    if not set_id:
        raise InvalidArgumentsError('set_id is missing; pass the id of the set')
    return set_id
