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


"""Count and summarize assets."""

from __future__ import annotations

from typing import Any, Optional

from scenebox_ros.client import paging
from scenebox_ros.client.endpoints import asset_counts
from scenebox_ros.client.methods.base import AssetMethods
from scenebox_ros.client.scope import Json, Query
from scenebox_ros.errors import InvalidArgumentsError


class AssetCountMethods(AssetMethods):
    """Count and summarize assets."""

    def count(self, search: Query = None) -> int:
        """
        Count the number of assets satisfying a query.

        Parameters
        ----------
        search
            Query to locate the data subset of interest.

        Returns
        -------
        int
            The number of assets that fulfil the search.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.count({'filters': [{'field': 'sensor', 'values': ['camera_front']}]})
        48211

        """
        found = asset_counts.count(self._http, self._scope, paging.query_of(search, None))
        return int(found or 0)

    def sum(self, field_name: str, is_nested: bool = False, search: Query = None) -> float:
        """
        Sum a field over assets that satisfy a query.

        Parameters
        ----------
        field_name
            The field in the assets' metadata to sum.
        is_nested
            Whether the field is of nested type.
        search
            Query to locate the data subset of interest.

        Returns
        -------
        float
            The sum.

        Raises
        ------
        AssetError
            If the server refuses.
        ValueError
            If the field has no name.

        Examples
        --------
        >>> client.sum('duration')
        8640.5

        """
        return float(self._aggregate('sum', field_name, is_nested, search) or 0.0)

    def average(self, field_name: str, is_nested: bool = False, search: Query = None) -> float:
        """
        Average a field over assets that satisfy a query.

        Parameters
        ----------
        field_name
            The field in the assets' metadata to average.
        is_nested
            Whether the field is of nested type.
        search
            Query to locate the data subset of interest.

        Returns
        -------
        float
            The average.

        Raises
        ------
        AssetError
            If the server refuses.
        ValueError
            If the field has no name.

        Examples
        --------
        >>> client.average('width')
        1920.0

        """
        return float(self._aggregate('average', field_name, is_nested, search) or 0.0)

    def cardinality(
        self,
        field_name: str,
        string_field: bool = True,
        is_nested: bool = False,
        search: Query = None,
    ) -> int:
        """
        Count the distinct values of a field over assets that satisfy a query.

        Parameters
        ----------
        field_name
            The field in the assets' metadata.
        string_field
            Whether its values are text.
        is_nested
            Whether the field is of nested type.
        search
            Query to locate the data subset of interest.

        Returns
        -------
        int
            The number of distinct values.

        Raises
        ------
        AssetError
            If the server refuses.
        ValueError
            If the field has no name.

        Examples
        --------
        >>> client.cardinality('sensor')
        4

        """
        # Indexes keep text twice: as words, and under this name as it is.
        name = f'{field_name}.keyword' if string_field and field_name else field_name
        return int(self._aggregate('cardinality', name, is_nested, search) or 0)

    def summary_meta(self, summary_request: Json) -> Json:
        """
        Get a metadata summary: how often which values occur.

        Parameters
        ----------
        summary_request
            A dictionary with any of: ``search`` (query to locate the data subset of interest),
            ``dimensions`` and ``nested_dimensions`` (fields whose values are counted),
            ``custom_buckets_numeric`` and ``custom_buckets_time`` (ranges to count in),
            ``aggregate_field``, ``is_nested`` and ``aggregation_type`` (``'avg'``, ``'sum'``),
            ``max_size_for_agg`` (the maximum number of buckets, 100 by default).

        Returns
        -------
        dict
            ``total`` and ``aggregations``: one per dimension, each with ``buckets``.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.summary_meta({'dimensions': ['sensor']})['aggregations'][0]['buckets']
        [{'key': 'camera_front', 'doc_count': 2}]

        """
        return asset_counts.summary(self._http, self._scope, summary_request)

    def summary_2d(self, summary_request: Json) -> Any:
        """
        Get a summary over two fields.

        Parameters
        ----------
        summary_request
            Sent as it is.

        Returns
        -------
        dict
            The server's answer.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.summary_2d({'dimensions': ['sensor', 'format']})

        """
        return asset_counts.summary_2d(self._http, self._scope, summary_request)

    def summary_nd(self, summary_request: Json) -> Any:
        """
        Get a summary over several fields.

        Parameters
        ----------
        summary_request
            Sent as it is.

        Returns
        -------
        dict
            The server's answer.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.summary_nd({'dimensions': ['sensor', 'format', 'width']})

        """
        return asset_counts.summary_nd(self._http, self._scope, summary_request)

    def get_statistics(
        self, field_dicts: list[Json], max_size_for_agg: Optional[int] = None
    ) -> Any:
        """
        Get statistics of fields.

        Parameters
        ----------
        field_dicts
            The fields, as :meth:`get_all_search_fields` lists them.
        max_size_for_agg
            The maximum number of values to count per field.

        Returns
        -------
        dict
            The server's answer.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.get_statistics(client.get_all_search_fields())

        """
        return asset_counts.field_statistics(
            self._http, self._scope, field_dicts, max_size_for_agg
        )

    def _aggregate(self, how: str, field_name: str, is_nested: bool, search: Query) -> Any:
        if not field_name:
            raise InvalidArgumentsError(
                f'field_name is {field_name!r}; name a field, such as width'
            )
        query = paging.query_of(search, None)
        return asset_counts.aggregate(
            self._http, self._scope, how, field_name, is_nested, query
        )
