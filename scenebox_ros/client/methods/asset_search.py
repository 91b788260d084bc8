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


"""Find assets and their documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Optional

from scenebox_ros.client import paging
from scenebox_ros.client.asset import Asset
from scenebox_ros.client.endpoints import asset_search
from scenebox_ros.client.endpoints.asset_search import Page
from scenebox_ros.client.methods.asset_documents import aux_key
from scenebox_ros.client.methods.base import AssetMethods
from scenebox_ros.client.scope import Json, Query

Filters = Optional[Mapping[str, Any]]


class AssetSearchMethods(AssetMethods):
    """Find assets and their documents."""

    def search_assets(
        self,
        query: Query = None,
        filters: Filters = None,
        size: int = 50,
        offset: int = 0,
        sort_field: Optional[str] = None,
        sort_order: Optional[str] = None,
        search_after: Optional[str] = None,
        scan: bool = False,
    ) -> list[str]:
        """
        Retrieve asset IDs with a search query.

        Returns the top ``size`` matching hits. For more than 10000 hits use
        :meth:`search_assets_large` or :meth:`assets_iterator`.

        Parameters
        ----------
        query
            Query to locate the data subset of interest.
        filters
            Filter names and values to append to the query: ``{'sensor': 'camera_front'}``.
        size
            The maximum number of hits to return.
        offset
            The number of hits to skip.
        sort_field
            The field to sort by.
        sort_order
            ``'asc'`` or ``'desc'``.
        search_after
            Return only hits after this value of the sort field.
        scan
            If True, returns all hits, in no order; ``size`` and ``offset`` do not count then.

        Returns
        -------
        list of str
            The IDs of the assets fulfilling the search query.

        Raises
        ------
        AssetError
            If the server refuses.
        ValueError
            If the query is not a dictionary.

        Examples
        --------
        >>> client.search_assets(filters={'sensor': 'camera_front'}, size=2)
        ['img_1', 'img_2']

        """
        search = paging.query_of(query, filters)
        page = Page(size, offset, scan, sort_field, sort_order, search_after)
        return asset_search.find_ids(self._http, self._scope, search, page)

    def search_assets_large(self, query: Query = None, filters: Filters = None) -> list[str]:
        """
        Retrieve all asset IDs matching a search query.

        Parameters
        ----------
        query
            Query to locate the data subset of interest.
        filters
            Filter names and values to append to the query.

        Returns
        -------
        list of str
            The IDs of all assets fulfilling the search query, sorted.

        Raises
        ------
        AssetError
            If the server refuses.
        ValueError
            If the query is not a dictionary.

        Examples
        --------
        >>> len(client.search_assets_large(filters={'sensor': 'camera_front'}))
        48211

        """
        search = paging.query_of(query, filters)
        pages = paging.pages_of_ids(self._http, self._scope, search)
        return [asset_id for page in pages for asset_id in page]

    def search_meta(
        self,
        query: Query = None,
        size: int = 50,
        filters: Filters = None,
        offset: int = 0,
        sort_field: Optional[str] = None,
        sort_order: Optional[str] = None,
        scan: bool = False,
        compress: bool = False,
    ) -> list[Json]:
        """
        Retrieve asset metadata with a search query.

        Returns the top ``size`` matching hits. For more than 10000 hits use
        :meth:`search_meta_large`.

        Parameters
        ----------
        query
            Query to locate the data subset of interest.
        size
            The maximum number of hits to return.
        filters
            Filter names and values to append to the query: ``{'sensor': 'camera_front'}``.
        offset
            The number of hits to skip.
        sort_field
            The field to sort by.
        sort_order
            ``'asc'`` or ``'desc'``.
        scan
            If True, returns all hits, in no order; ``size`` and ``offset`` do not count then.
        compress
            If True, the answer is compressed on its way. Typically used where it is over 20 MB.

        Returns
        -------
        list of dict
            The metadata of each asset that fulfills the search query.

        Raises
        ------
        AssetError
            If the server refuses.
        ValueError
            If the query is not a dictionary.

        Examples
        --------
        >>> [one['sensor'] for one in client.search_meta(size=2)]
        ['camera_front', 'camera_rear']

        """
        search = paging.query_of(query, filters)
        page = Page(size, offset, scan, sort_field, sort_order, compress=compress or None)
        return asset_search.find_documents(self._http, self._scope, search, page)

    def search_meta_large(
        self, query: Query = None, filters: Filters = None, compress: bool = False
    ) -> list[Json]:
        """
        Retrieve all asset metadata matching a search query.

        Parameters
        ----------
        query
            Query to locate the data subset of interest.
        filters
            Filter names and values to append to the query.
        compress
            If True, answers are compressed on their way.

        Returns
        -------
        list of dict
            The metadata of each asset that fulfills the search query, sorted by id.

        Raises
        ------
        AssetError
            If the server refuses.
        ValueError
            If the query is not a dictionary.

        Examples
        --------
        >>> len(client.search_meta_large(filters={'sensor': 'camera_front'}))
        48211

        """
        search = paging.query_of(query, filters)
        return paging.all_documents(self._http, self._scope, search, compress)

    def assets_iterator(
        self,
        query: Query = None,
        filters: Filters = None,
        sort_field: str = 'id',
        sort_order: str = 'asc',
    ) -> Iterator[Asset]:
        """
        Retrieve an iterator for assets with a search query.

        Pages are fetched as the iterator needs them.

        Parameters
        ----------
        query
            Query to locate the data subset of interest.
        filters
            Filter names and values to append to the query.
        sort_field
            The field to sort by.
        sort_order
            ``'asc'`` or ``'desc'``.

        Returns
        -------
        iterator of Asset
            Each with ``id``, ``metadata``, ``url``, ``bytes`` and ``download_as(path)``.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> for asset in client.assets_iterator(filters={'sensor': 'camera_front'}):
        ...     asset.download_as(asset.id)

        """
        http, scope = self._http, self._scope
        search = paging.query_of(query, filters)
        page = replace(paging.EVERYTHING, sort_field=sort_field, sort_order=sort_order)
        by_id = sort_field == 'id'
        # A page goes on after an id only if ids are what it is sorted by.
        turn = paging.pages_of_ids if by_id else paging.pages_of_ids_by_offset
        pages = turn(http, scope, search, page)
        return (Asset(http, scope, asset_id) for found in pages for asset_id in found)

    def get_all_search_fields(self) -> list[Json]:
        """
        List the fields that can be searched.

        Returns
        -------
        list of dict
            Each with at least ``field``, its dotted path.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.get_all_search_fields()[0]['field']
        'aux.weather'

        """
        return list(asset_search.search_fields(self._http, self._scope) or [])

    def get_auxiliary_search_fields(self) -> list[Json]:
        """
        List the fields of the auxiliary metadata that can be searched.

        Returns
        -------
        list of dict
            Each with at least ``field``, its dotted path.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> [one['field'] for one in client.get_auxiliary_search_fields()]
        ['aux.weather']

        """
        prefix = f'{aux_key(self.asset_type)}.'
        fields = self.get_all_search_fields()
        return [one for one in fields if str(one.get('field', '')).startswith(prefix)]
