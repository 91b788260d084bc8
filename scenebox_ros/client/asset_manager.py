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


"""The client of the asset manager: documents, bytes and searches of one type of assets."""

from __future__ import annotations

from collections.abc import Sequence
import json
import os
from typing import Optional, TypeVar

from scenebox_ros.client.disk_cache import cache_of, DiskCache
from scenebox_ros.client.endpoints import server
from scenebox_ros.client.http import Http, joined, root_of
from scenebox_ros.client.kv_store import KVStore
from scenebox_ros.client.methods.asset_batches import AssetBatchMethods
from scenebox_ros.client.methods.asset_bulk import AssetBulkMethods
from scenebox_ros.client.methods.asset_checks import AssetCheckMethods
from scenebox_ros.client.methods.asset_counts import AssetCountMethods
from scenebox_ros.client.methods.asset_documents import AssetDocumentMethods
from scenebox_ros.client.methods.asset_downloads import AssetDownloadMethods
from scenebox_ros.client.methods.asset_lookups import AssetLookupMethods
from scenebox_ros.client.methods.asset_search import AssetSearchMethods
from scenebox_ros.client.payload import as_bool
from scenebox_ros.client.pool import Timeouts
from scenebox_ros.client.scope import Json, scope_of
from scenebox_ros.client.threads import thread_count
from scenebox_ros.errors import AssetError, InvalidArgumentsError, InvalidAuthorization
from scenebox_ros.wire.route import Base

Self = TypeVar('Self', bound='AssetManagerClient')


class AssetManagerClient(
    AssetLookupMethods,
    AssetDocumentMethods,
    AssetBulkMethods,
    AssetSearchMethods,
    AssetCountMethods,
    AssetDownloadMethods,
    AssetBatchMethods,
    AssetCheckMethods,
):
    """
    Asset manager client for fetching and putting assets and metadata.

    One client may be used from many threads. It keeps connections open: use it in a ``with``
    block, or close it.

    Parameters
    ----------
    asset_type
        The type of asset: ``'images'``, ``'lidars'``, ``'sessions'``, …
    asset_manager_url
        The URL of the asset manager, with its version: ``'https://host/v1'``.
    metadata_only
        Whether to only return metadata.
    auth_token
        Authentication token of the user.
    cache_disabled
        Disable the cache on disk. So does the environment's ``DISABLE_CACHING=true``.
    is_non_standard_asset
        If True, any asset type is allowed.
    kv_store
        Key-value store to cache bytes in: anything with ``put_bytes(key, value)`` and
        ``get_bytes(key, default=None)``.
    num_threads
        How many files are sent or read at the same time, at most.
    timeouts
        Limits of each request.
    http
        Share another client's connections, URLs and token; the identity is then not asked for.

    Raises
    ------
    ValueError
        If there is no such asset type.
    AssetError
        If there is no URL.
    IdentityError
        If the token is not valid.

    Examples
    --------
    >>> with AssetManagerClient('images', 'https://host/v1', auth_token='my-token') as client:
    ...     client.search_assets(filters={'sensor': 'camera_front'})
    ['img_1', 'img_2']

    """

    def __init__(
        self,
        asset_type: str = 'sessions',
        asset_manager_url: Optional[str] = None,
        metadata_only: bool = False,
        auth_token: Optional[str] = None,
        cache_disabled: bool = False,
        is_non_standard_asset: bool = False,
        kv_store: Optional[KVStore] = None,
        num_threads: int = 20,
        *,
        timeouts: Optional[Timeouts] = None,
        http: Optional[Http] = None,
    ) -> None:
        self._is_non_standard = is_non_standard_asset
        try:
            self._set_state(asset_type, metadata_only)
        except AssetError as error:
            raise InvalidArgumentsError(str(error)) from None
        self.cache_disabled: bool = cache_disabled or as_bool(os.environ.get('DISABLE_CACHING'))
        if http is None and asset_manager_url is None:
            raise AssetError(
                "asset_manager_url is None; pass the asset manager's URL, like https://host/v1"
            )
        self.kv_store = kv_store
        self.num_threads: int = thread_count(num_threads)
        url = str(asset_manager_url)
        bases: dict[Base, str] = {'v1': url, 'root': root_of(url)}
        self._http = http or Http(bases, auth_token, timeouts=timeouts)
        if http is None and auth_token:
            self._first_identity()

    # -- who, where and what ---------------------------------------------------------------------
    @property
    def auth_token(self) -> Optional[str]:
        """Give the token that requests are made with."""
        return self._http.token

    @property
    def asset_manager_url(self) -> str:
        """Give the URL of the asset manager."""
        return self._http.bases['v1']

    @property
    def assets_namespace_url(self) -> str:
        """Give the URL below which assets are."""
        return joined(self.asset_manager_url, 'assets')

    @property
    def jobs_namespace_url(self) -> str:
        """Give the URL below which jobs are."""
        return joined(self.asset_manager_url, 'jobs')

    def get_assets_url(self, route: str = '') -> str:
        """
        Write the URL of a route about assets.

        Parameters
        ----------
        route
            Below the assets: ``'count/'``.

        Returns
        -------
        str
            The URL.

        Examples
        --------
        >>> client.get_assets_url('count/')
        'https://host/v1/assets/count/'

        """
        return joined(self.assets_namespace_url, route)

    def add_asset_manager_params(self, params: Json) -> Json:
        """
        Add the query parameters that every request about assets has.

        Parameters
        ----------
        params
            Those of the request itself.

        Returns
        -------
        dict
            Both, without the token, which is added as the server wants it.

        Raises
        ------
        InvalidAuthorization
            If the client has no token.

        Examples
        --------
        >>> client.add_asset_manager_params({'size': 50})
        {'size': 50, 'asset_type': 'images', 'metadata_only': False}

        """
        return self._scope.query(**params)

    def with_asset_state(self: Self, asset_type: str, metadata_only: bool = False) -> Self:
        """
        Set the asset state, for use in chaining.

        Parameters
        ----------
        asset_type
            The type of asset that the client is about from now on.
        metadata_only
            Whether to only return metadata.

        Returns
        -------
        AssetManagerClient
            The same client.

        Raises
        ------
        AssetError
            If there is no such asset type.
        ValueError
            If ``metadata_only`` is not a boolean.

        Examples
        --------
        >>> client.with_asset_state('images', True).search_assets({})
        ['img_1', 'img_2']

        """
        self._set_state(asset_type, metadata_only)
        return self

    def update_asset_state(self, asset_type: str, metadata_only: bool = False) -> None:
        """
        Set the asset state.

        Parameters
        ----------
        asset_type
            The type of asset that the client is about from now on.
        metadata_only
            Whether to only return metadata.

        Raises
        ------
        AssetError
            If there is no such asset type.
        ValueError
            If ``metadata_only`` is not a boolean.

        Examples
        --------
        >>> client.update_asset_state('images')

        """
        self._set_state(asset_type, metadata_only)

    def with_auth(self: Self, auth_token: Optional[str] = None) -> Self:
        """
        Use another token from now on.

        Parameters
        ----------
        auth_token
            The token. None keeps the one there is.

        Returns
        -------
        AssetManagerClient
            The same client.

        Raises
        ------
        IdentityError
            If the token is not valid.

        Examples
        --------
        >>> client.with_auth('another-token').count()
        12

        """
        if auth_token:
            self._http = self._http.as_user(auth_token)
        self._identity()
        return self

    # -- the server ------------------------------------------------------------------------------
    def clear_cache(
        self, all_organizations: bool = False, partitions: Optional[Sequence[str]] = None
    ) -> Json:
        """
        Clear the asset manager's cache.

        Parameters
        ----------
        all_organizations
            If True, the cache of all organizations is cleared (super admin only).
        partitions
            Asset types whose cache is to be cleared. All by default.

        Returns
        -------
        dict
            ``{'acknowledged': True}``.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.clear_cache(partitions=['images'])
        {'acknowledged': True}

        """
        self._need_token()
        return server.clear_cache(self._http, all_organizations, partitions)

    def api_status(self) -> None:
        """
        Check that the server answers for this asset type.

        Raises
        ------
        AssetError
            If it refuses.

        Examples
        --------
        >>> client.api_status()

        """
        server.assets_status(self._http, self._scope)

    def _set_state(self, asset_type: str, metadata_only: bool) -> None:
        scope = scope_of(asset_type, metadata_only, is_known=self._is_non_standard)
        self.asset_type: str = scope.asset_type
        self.metadata_only: bool = scope.metadata_only

    def _need_token(self) -> None:
        if self._http.token is None:
            raise InvalidAuthorization('the client has no token; pass auth_token')

    def _first_identity(self) -> None:
        try:
            self._identity()
        except BaseException:
            self.close()
            raise

    def _identity(self) -> Json:
        """Tell whose token it is; asked once for all clients of a pool."""
        told = os.environ.get('SCENEBOX_USER_IDENTITY')
        if told:
            identity: Json = json.loads(told)
            return identity
        http = self._http
        key = ('identity', http.bases['root'], http.token or '')
        with http.pool.lock:
            if key not in http.pool.known:
                http.pool.known[key] = server.identity(http)
            return dict(http.pool.known[key])

    def _disk_cache(self) -> DiskCache:
        organization = self._identity().get('organization_id') if self._http.token else None
        return cache_of(self.asset_type, str(organization) if organization else None)
