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


"""Tell where assets' bytes are."""

from __future__ import annotations

from collections.abc import Iterable

from scenebox_ros import ids as names
from scenebox_ros.client import paging
from scenebox_ros.client.asset import EXPIRATION_S
from scenebox_ros.client.endpoints import asset_urls
from scenebox_ros.client.methods.base import AssetMethods
from scenebox_ros.client.scope import Json
from scenebox_ros.client.threads import run_threaded
from scenebox_ros.model import plain
from scenebox_ros.model.object_access import ObjectAccess

URLS_A_REQUEST = 100
URL_THREADS = 5


class AssetUrlMethods(AssetMethods):
    """Tell where assets' bytes are."""

    def get_url(self, id: str, expiration: int = EXPIRATION_S) -> str:
        """
        Get the public URL of an asset.

        Parameters
        ----------
        id
            The ID of the asset to get the URL of.
        expiration
            URL expiration time in seconds (default 12 hours).

        Returns
        -------
        str
            The URL of the specified asset.

        Raises
        ------
        AssetError
            If there is no such asset, or it has no bytes.

        Examples
        --------
        >>> client.get_url('img_1')
        'https://storage.example/img_1?signature=...'

        """
        return asset_urls.asset_url(self._http, self._scope, names.std(id), expiration)

    def get_url_in_batch(self, ids: Iterable[str]) -> dict[str, str]:
        """
        Get the public URLs of a list of assets.

        Parameters
        ----------
        ids
            The IDs of the assets to get the URLs of.

        Returns
        -------
        dict
            The URLs by standardized id; assets that do not exist or have no bytes are left out.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.get_url_in_batch(['img_1', 'img_2'])
        {'img_1': 'https://storage.example/img_1', 'img_2': 'https://storage.example/img_2'}

        """
        http, scope = self._http, self._scope

        def urls(chunk: list[str]) -> dict[str, str]:
            found = paging.documents_by_id(http, scope, chunk, ['object_access'])
            accesses = {
                asset_id: document['object_access']
                for asset_id, document in found.items()
                if document and document.get('object_access')
            }
            return asset_urls.access_urls(http, scope, accesses) if accesses else {}

        chunks = paging.chunks(plain.listed(ids), URLS_A_REQUEST)
        parts = run_threaded(urls, chunks, min(self.num_threads, URL_THREADS))
        return {asset_id: url for part in parts for asset_id, url in part.items()}

    def get_url_from_object_access(self, object_access: ObjectAccess) -> str:
        """
        Get the public URL of what an object access names.

        Parameters
        ----------
        object_access
            Where the bytes are.

        Returns
        -------
        str
            Its URL.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.get_url_from_object_access(ObjectAccess(uri='s3://bucket/key.png'))
        'https://storage.example/key.png?signature=...'

        """
        if object_access.url:
            return object_access.url
        return asset_urls.access_url(self._http, self._scope, object_access.to_dic())

    def get_urls_from_object_accesses(
        self, object_accesses: dict[str, Json], *, of_assets: bool = False
    ) -> dict[str, str]:
        """
        Get the public URLs of what many object accesses name, in one request.

        Parameters
        ----------
        object_accesses
            Dictionaries of object accesses, by id.
        of_assets
            Ask the asset service, as the original does for assets that are being added.

        Returns
        -------
        dict
            The URLs, by id.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.get_urls_from_object_accesses({'img_1': {'uri': 's3://bucket/key.png'}})
        {'img_1': 'https://storage.example/key.png?signature=...'}

        """
        return asset_urls.access_urls(self._http, self._scope, object_accesses, of_assets)
