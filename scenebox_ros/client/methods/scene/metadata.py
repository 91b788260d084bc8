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

"""Metadata of assets, their fields and comments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scenebox_ros.client.endpoints.scene import assets
from scenebox_ros.client.methods.scene.base import Json, SceneMethods
from scenebox_ros.wire import scene_routes as routes

PAGE = 5000


class MetadataMethods(SceneMethods):
    """Read metadata and fields, comment on assets."""

    def get_metadata(
        self, id: str, asset_type: str, with_session_metadata: bool = False
    ) -> Json:
        """
        Read an asset's metadata.

        Parameters
        ----------
        id
            The asset's id.
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.
        with_session_metadata
            Read what its session says about that moment, too.

        Returns
        -------
        Json
            The document

        Raises
        ------
        MetadataNotFoundError
            If there is none with this id.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_metadata('img_1', 'images')

        """
        if with_session_metadata:
            return assets.metadata(self._http, asset_type, id)
        document: Json = self.get_asset_manager(asset_type).get_metadata(id)
        return document

    def get_searchable_field_statistics(self, asset_type: str) -> Json:
        """
        Read minima, maxima and counts of the fields that can be searched.

        Parameters
        ----------
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.

        Returns
        -------
        Json
            Statistics by field

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_searchable_field_statistics('images')

        """
        route = routes.ASSET_FIELD_STATISTICS
        read: Json = assets.read(self._http, route, asset_type, gives=dict)
        return read

    def get_searchable_fields(self, asset_type: str) -> Any:
        """
        List the fields that can be searched.

        Parameters
        ----------
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.

        Returns
        -------
        Any
            Fields and their types

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_searchable_fields('images')

        """
        return assets.read(self._http, routes.ASSET_FIELDS, asset_type)

    def _get_asset_response_model(self, asset_type: str) -> Any:
        return assets.read(self._http, routes.ASSET_RESPONSE_MODEL, asset_type)

    def add_comment_to_assets(self, asset_type: str, ids: Iterable[str], comment: str) -> Any:
        """
        Comment on assets.

        Parameters
        ----------
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.
        ids
            Ids of the assets.
        comment
            The text.

        Returns
        -------
        Any
            The server's answer

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_comment_to_assets('images', ['img_1'], 'blurred')

        """
        route = routes.ASSET_ADD_COMMENT
        return assets.comment(self._http, route, asset_type, ids, comment=comment)

    def delete_comment_from_assets(self, asset_type: str, ids: Iterable[str], comment: str) -> Any:
        """
        Delete a comment on assets.

        Parameters
        ----------
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.
        ids
            Ids of the assets.
        comment
            The text.

        Returns
        -------
        Any
            The server's answer

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.delete_comment_from_assets('images', ['img_1'], 'blurred')

        """
        route = routes.ASSET_DELETE_COMMENT
        return assets.comment(self._http, route, asset_type, ids, comment=comment)

    def get_comments(self, asset_type: str, ids: Iterable[str]) -> Any:
        """
        Read the comments on assets.

        Parameters
        ----------
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.
        ids
            Ids of the assets.

        Returns
        -------
        Any
            The server's answer

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_comments('images', ['img_1'])

        """
        return assets.comment(self._http, routes.ASSET_COMMENTS, asset_type, ids)
