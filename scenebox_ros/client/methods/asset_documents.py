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


"""Write the documents of single assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from scenebox_ros import ids as names
from scenebox_ros.client import set_versions
from scenebox_ros.client.endpoints import asset_documents
from scenebox_ros.client.endpoints.asset_documents import WriteOptions
from scenebox_ros.client.methods.base import AssetMethods
from scenebox_ros.client.payload import jsonified
from scenebox_ros.client.scope import Json


class AssetDocumentMethods(AssetMethods):
    """Write the documents of single assets."""

    def update_metadata(
        self,
        id: str,
        metadata: Mapping[str, Any],
        buffered_write: bool = False,
        replace_sets: bool = False,
        geo_field: Optional[str] = None,
        shape_group_field: Optional[str] = None,
        nested_fields: Optional[Sequence[str]] = None,
        retry: bool = False,
    ) -> Json:
        """
        Update an asset's metadata.

        Parameters
        ----------
        id
            The ID of the asset to update the metadata of.
        metadata
            The metadata to merge into the existing metadata.
        buffered_write
            If True, ingests the metadata in a buffered fashion.
        replace_sets
            If True, lists in ``metadata`` replace the existing ones. Otherwise, they extend them.
        geo_field
            Geolocation field.
        shape_group_field
            Shape group field (example: UMAP).
        nested_fields
            Nested fields (example: ``['annotations_meta']``).
        retry
            If True, tries again for some seconds if the asset is not there yet.

        Returns
        -------
        dict
            The server's answer.

        Raises
        ------
        AssetError
            If the server refuses.
        InvalidArgumentsError
            If a number in the metadata is not finite.

        Examples
        --------
        >>> client.update_metadata('img_1', {'tags': ['checked']})
        {'acknowledged': True}

        """
        asset_id = names.std(id)
        options = WriteOptions(
            False, replace_sets, buffered_write, geo_field, shape_group_field, nested_fields
        )
        answer = asset_documents.put_document(
            self._http, self._scope, asset_id, jsonified(metadata), options, retry
        )
        set_versions.member_changed(self._http, self._scope, asset_id)
        return answer

    def update_aux_metadata(
        self,
        id: str,
        metadata: Mapping[str, Any],
        geo_field: Optional[str] = None,
        shape_group_field: Optional[str] = None,
        nested_fields: Optional[Sequence[str]] = None,
    ) -> Json:
        """
        Update an asset's auxiliary metadata.

        Parameters
        ----------
        id
            The ID of the asset to update the metadata of.
        metadata
            The metadata to merge into the existing auxiliary metadata.
        geo_field
            Geolocation field, within the auxiliary metadata.
        shape_group_field
            Shape group field (example: UMAP), within the auxiliary metadata.
        nested_fields
            Nested fields (example: ``['annotations_meta']``), within the auxiliary metadata.

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
        >>> client.update_aux_metadata('img_1', {'weather': 'rain'})
        {'acknowledged': True}

        """
        aux = aux_key(self.asset_type)
        return self.update_metadata(
            id,
            {aux: dict(metadata)},
            geo_field=f'{aux}.{geo_field}' if geo_field else None,
            shape_group_field=f'{aux}.{shape_group_field}' if shape_group_field else None,
            nested_fields=[f'{aux}.{field}' for field in nested_fields or []],
        )

    def upsert_metadata(
        self,
        id: str,
        metadata: Mapping[str, Any],
        geo_field: Optional[str] = None,
        shape_group_field: Optional[str] = None,
        nested_fields: Optional[Sequence[str]] = None,
        buffered_write: bool = False,
    ) -> Json:
        """
        Write an asset's metadata, whether or not there is some already.

        Parameters
        ----------
        id
            The ID of the asset to write the metadata of.
        metadata
            The metadata to store instead of what is there.
        geo_field
            Geolocation field.
        shape_group_field
            Shape group field (example: UMAP).
        nested_fields
            Nested fields (example: ``['annotations_meta']``).
        buffered_write
            If True, ingests metadata in a buffered fashion.

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
        >>> client.upsert_metadata('img_1', {'sensor': 'camera_front'})
        {'acknowledged': True}

        """
        options = WriteOptions(
            True, True, buffered_write, geo_field, shape_group_field, nested_fields
        )
        return asset_documents.put_document(
            self._http, self._scope, names.std(id), jsonified(metadata), options
        )

    def register_field(self, field_dict: Json) -> Any:
        """
        Tell the index of a field before documents have it.

        Parameters
        ----------
        field_dict
            The field, as the server wants it described.

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
        >>> client.register_field({'field': 'aux.speed', 'type': 'float'})

        """
        return asset_documents.register_field(self._http, self._scope, field_dict)


def aux_key(asset_type: str) -> str:
    """Name the field of auxiliary metadata: sessions have their own."""
    return 'session_aux' if asset_type == 'sessions' else 'aux'
