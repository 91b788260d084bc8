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


"""Look for single assets, copy and delete them."""

from __future__ import annotations

from collections.abc import Iterable
import time
from typing import Any, Optional

from scenebox_ros import ids as names
from scenebox_ros.client import cancel, paging
from scenebox_ros.client.endpoints import asset_documents
from scenebox_ros.client.methods.base import AssetMethods
from scenebox_ros.client.scope import Json
from scenebox_ros.errors import AssetError

POLL_S = 0.05
LONGEST_POLL_S = 1.0
LONGEST_DELETION_S = 120.0


class AssetLookupMethods(AssetMethods):
    """Look for single assets, copy and delete them."""

    def exists(self, id: str) -> bool:
        """
        Check if an asset exists.

        Parameters
        ----------
        id
            The ID of the asset to check the existence of.

        Returns
        -------
        bool
            True if the named asset exists. Otherwise, False.

        Raises
        ------
        AssetError
            If the server refuses.
        ValueError
            If the id is empty.

        Examples
        --------
        >>> client.exists('img_1')
        True

        """
        return asset_documents.exists(self._http, self._scope, names.std(id))

    def exists_multiple(self, ids: Iterable[str]) -> list[bool]:
        """
        Check which of several assets exist.

        Parameters
        ----------
        ids
            List of the IDs of assets to check the existence of.

        Returns
        -------
        list of bool
            In the order of the ids: True if the named asset exists. Otherwise, False.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.exists_multiple(['img_1', 'no such image'])
        [True, False]

        """
        return paging.exist(self._http, self._scope, ids)

    def copy(self, id: str, new_id: str) -> Any:
        """
        Copy an asset.

        Parameters
        ----------
        id
            The ID of the asset to copy.
        new_id
            The ID to give to the created asset copy.

        Returns
        -------
        dict
            The server's answer.

        Raises
        ------
        AssetError
            If the server refuses, for example because there is no such asset.

        Examples
        --------
        >>> client.copy('img_1', 'img_1_copy')
        {'id': 'img_1_copy'}

        """
        return asset_documents.copy(self._http, self._scope, names.std(id), new_id)

    def delete(
        self, id: str, wait_for_deletion: bool = True, raise_for_failure: bool = False
    ) -> Json:
        """
        Delete an asset.

        Parameters
        ----------
        id
            The ID of the asset to delete.
        wait_for_deletion
            If True, polls until the specified asset no longer exists. Otherwise, returns
            immediately (even if the asset is still in the process of being deleted).
        raise_for_failure
            If True, raises if the server refuses. Otherwise, returns what it said.

        Returns
        -------
        dict
            The server's answer.

        Raises
        ------
        AssetError
            If the server refuses and ``raise_for_failure`` is set, or if the asset is still there
            after two minutes.

        Examples
        --------
        >>> client.delete('img_1')
        {'acknowledged': True}

        """
        asset_id = names.std(id)
        answer = asset_documents.delete(
            self._http, self._scope, asset_id, lenient=not raise_for_failure
        )
        if wait_for_deletion:
            self._await_deletion(asset_id)
        return answer

    def _await_deletion(self, asset_id: str) -> None:
        ends = time.monotonic() + LONGEST_DELETION_S
        pause = POLL_S
        while self.exists(asset_id):
            if time.monotonic() > ends:
                raise AssetError(
                    f'{asset_id!r} of {self.asset_type} is still there after '
                    f'{LONGEST_DELETION_S:g} s; look again later, or pass wait_for_deletion=False'
                )
            cancel.sleep(pause)
            pause = min(2 * pause, LONGEST_POLL_S)

    def get_metadata(self, id: str, retry: bool = False) -> Json:
        """
        Fetch an asset's metadata.

        Parameters
        ----------
        id
            The ID of the asset to receive the metadata of.
        retry
            If True, tries again for some seconds if the asset is not there yet. Whether or not,
            broken connections and busy servers are tried again.

        Returns
        -------
        dict
            The metadata of the specified asset.

        Raises
        ------
        MetadataNotFoundError
            If the server has none, or refuses.

        Examples
        --------
        >>> client.get_metadata('img_1')['sensor']
        'camera_front'

        """
        asset_id = names.std(id)
        return asset_documents.get_document(self._http, self._scope, asset_id, retry)

    def get_metadata_in_batch(
        self, ids: Iterable[str], source_selected_fields: Optional[Iterable[str]] = None
    ) -> dict[str, Optional[Json]]:
        """
        Fetch the metadata of many assets.

        Parameters
        ----------
        ids
            The IDs of the assets to receive the metadata of.
        source_selected_fields
            List of desired metadata fields. By default, retrieves everything.

        Returns
        -------
        dict
            The metadata of each asset by its standardized id; None where there is none.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.get_metadata_in_batch(['img_1', 'img_2'], ['id', 'sensor'])
        {'img_1': {'id': 'img_1', 'sensor': 'camera_front'}, 'img_2': None}

        """
        return paging.documents_by_id(self._http, self._scope, ids, source_selected_fields)
