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

"""Searches over assets of any type, and comments on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scenebox_ros.client.answers import number_in
from scenebox_ros.client.endpoints.scene import assets
from scenebox_ros.client.methods.scene.base import Json, Query, SceneMethods
from scenebox_ros.errors import ResponseError

PAGE = 5000


class SearchMethods(SceneMethods):
    """Search assets, read and summarize their metadata."""

    def search_assets(
        self,
        asset_type: str,
        search: Query | None = None,
        size: int | None = 50,
        offset: int | None = 0,
        sort_field: str | None = None,
        sort_order: str | None = None,
        scan: bool = False,
    ) -> list[str]:
        """
        Search assets, and get their ids.

        Parameters
        ----------
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.
        search
            Query; None matches all.
        size
            Most ids to return; None returns all.
        offset
            How many to skip.
        sort_field
            Field to sort by.
        sort_order
            ``'asc'`` or ``'desc'``.
        scan
            Return all that match, in no order.

        Returns
        -------
        list[str]
            Ids of the assets

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.search_assets('images', {'filters': [{'field': 'sensor', 'values': ['front']}]})

        """
        if size is None and not scan:
            return [str(id) for id in self.iterate_assets(asset_type, search)]
        page = _page(size, offset, scan, sort_field, sort_order)
        return assets.search(self._http, asset_type, search or {}, page)

    def iterate_assets(self, asset_type: str, search: Query | None = None) -> Iterator[str]:
        """
        Iterate over the ids of all assets that match, however many there are.

        Parameters
        ----------
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.
        search
            Query; None matches all.

        Returns
        -------
        Iterator[str]
            Ids, in their order; pages are fetched as they are needed

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> for image_id in client.iterate_assets('images'):
        ...     print(image_id)

        """
        page: Json = _page(PAGE, 0, False, 'id', 'asc')
        while True:
            found = assets.search(self._http, asset_type, search or {}, page)
            yield from found
            if len(found) < PAGE:
                return
            page['search_after'] = found[-1]

    def search_meta(
        self,
        asset_type: str,
        query: Query | None = None,
        size: int = 50,
        offset: int = 0,
        sort_field: str | None = None,
        sort_order: str | None = None,
        scan: bool = False,
        compress: bool = False,
    ) -> list[Json]:
        """
        Search assets, and get their metadata.

        Parameters
        ----------
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.
        query
            Query; None matches all.
        size
            Most documents to return.
        offset
            How many to skip.
        sort_field
            Field to sort by.
        sort_order
            ``'asc'`` or ``'desc'``.
        scan
            Return all that match, in no order.
        compress
            Let the server compress its answer.

        Returns
        -------
        list[Json]
            Documents of the assets

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.search_meta('images', {'filters': [{'field': 'sensor', 'values': ['front']}]})

        """
        page = _page(size, offset, scan, sort_field, sort_order)
        page['compress'] = True if compress else None
        return assets.search_meta(self._http, asset_type, query or {}, page)

    def summary_meta(self, asset_type: str, summary_request: Mapping[str, Any]) -> Json:
        """
        Count the values of fields.

        Parameters
        ----------
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.
        summary_request
            ``search`` and ``dimensions`` or ``nested_dimensions``, lists of fields.

        Returns
        -------
        Json
            ``total``, and ``aggregations`` with the buckets of each field

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.summary_meta('images', {'search': {}, 'dimensions': ['sensor']})

        """
        return assets.summary(self._http, asset_type, summary_request)

    def count(self, asset_type: str, search: Query | None = None) -> int:
        """
        Count assets.

        Parameters
        ----------
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.
        search
            Query; None matches all.

        Returns
        -------
        int
            How many match

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.count('images')

        """
        request: Json = {'search': search or None, 'dimensions': []}
        summary = self.summary_meta(asset_type, request)
        return int(number_in(summary, 'total', ResponseError))

    # -- comments --------------------------------------------------------------------------------


def _page(
    size: int | None,
    offset: int | None,
    scan: bool,
    sort_field: str | None,
    sort_order: str | None,
) -> Json:
    return {
        'size': size,
        'offset': offset,
        'scan': scan,
        'sort_field': sort_field,
        'sort_order': sort_order,
    }
