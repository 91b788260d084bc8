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

"""Configs and annotation instructions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scenebox_ros.client.endpoints.scene import projects
from scenebox_ros.client.methods.scene.base import Json, SceneMethods
from scenebox_ros.errors import AssetError
from scenebox_ros.model import plain
from scenebox_ros.model.constants import ConfigTypes


class ConfigMethods(SceneMethods):
    """Store what configures annotators, views and operations."""

    def create_annotation_instruction(
        self,
        name: str,
        key: str,
        annotator: str,
        annotation_type: str,
        payload: Mapping[str, Any],
        media_type: str = 'images',
        description: str | None = None,
    ) -> str:
        """
        Store how an external annotator annotates.

        Parameters
        ----------
        name
            Its name.
        key
            The annotator's key, if it needs one.
        annotator
            One of ``AnnotationProviders.VALID_PROVIDERS``.
        annotation_type
            One of ``AnnotationTypes.VALID_TYPES``.
        payload
            The annotator's own configuration.
        media_type
            What is annotated.
        description
            What it is for, for people.

        Returns
        -------
        str
            The instruction's id

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.create_annotation_instruction('Cars', 'key', 'cvat', 'polygon', {})

        """
        return projects.add_config(
            self._http,
            {
                'name': name,
                'key': key,
                'annotator': annotator,
                'type': ConfigTypes.ANNOTATION_INSTRUCTION,
                'annotation_type': annotation_type,
                'config': payload,
                'media_type': media_type,
                'description': description,
            },
        )

    def delete_annotation_instruction(self, annotation_instruction_id: str) -> None:
        """
        Delete an annotation instruction.

        Parameters
        ----------
        annotation_instruction_id
            Its id.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.delete_annotation_instruction('config_1')

        """
        projects.delete_config(self._http, annotation_instruction_id)

    def create_config(
        self,
        /,
        name: str,
        type: str,
        config: Mapping[str, Any],
        description: str | None = None,
        **kwarg: Any,
    ) -> str:
        """
        Store a config.

        Parameters
        ----------
        name
            Its name.
        type
            One of ``ConfigTypes.VALID_TYPES``.
        config
            Its content.
        description
            What it is for, for people.
        **kwarg
            More keys of its document; ``id`` gives it an id of your own.

        Returns
        -------
        str
            The config's id

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.create_config('By night', 'search', {'filters': []}, id='by_night')

        """
        given_id = kwarg.pop('id', None)
        document = {
            **kwarg, 'name': name, 'type': type, 'config': config, 'description': description
        }
        return projects.add_config(
            self._http, document | ({'id': given_id} if given_id else {})
        )

    def delete_config(self, config_id: str) -> None:
        """
        Delete a config.

        Parameters
        ----------
        config_id
            The config's id.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.delete_config('by_night')

        """
        projects.delete_config(self._http, config_id)

    def get_config(self, config_id: str, complete_info: bool = False) -> Json:
        """
        Read a config.

        Parameters
        ----------
        config_id
            The config's id.
        complete_info
            True gives the whole document, False the content alone.

        Returns
        -------
        Json
            The content or the document

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_config('by_night')

        """
        document = projects.get_config(self._http, config_id)
        content: Json = document.get('config') or {}
        return document if complete_info else content

    def save_campaign_operation_config(
        self,
        name: str,
        config: Mapping[str, Any],
        operation_id: str,
        description: str | None = None,
        id: str | None = None,
    ) -> str:
        """
        Store how an operation of a campaign works.

        Parameters
        ----------
        name
            Its name.
        config
            Its content.
        operation_id
            The operation's id.
        description
            What it is for, for people.
        id
            An id of your own.

        Returns
        -------
        str
            The config's id

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.save_campaign_operation_config('Quick', {'rounds': 1}, 'operation_1')

        """
        document = {
            'name': name,
            'type': ConfigTypes.CAMPAIGN_OPERATION_CONFIG,
            'config': config,
            'description': description,
            'operation_id': operation_id,
        }
        return projects.add_config(self._http, document | ({'id': id} if id else {}))

    def delete_campaign_operation_config(self, config_id: str) -> None:
        """
        Delete the config of a campaign's operation.

        Parameters
        ----------
        config_id
            The config's id.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.delete_campaign_operation_config('config_1')

        """
        self.delete_config(config_id)

    def get_campaign_operation_config(self, config_id: str, complete_info: bool = False) -> Json:
        """
        Read the config of a campaign's operation.

        Parameters
        ----------
        config_id
            The config's id.
        complete_info
            True gives the whole document, False the content alone.

        Returns
        -------
        Json
            The content or the document

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_campaign_operation_config('config_1')

        """
        return self.get_config(config_id, complete_info)

    # -- features of the web app -----------------------------------------------------------------
    def enable_webapp_features(self, features: Iterable[str]) -> None:
        """
        Show features in the organization's web app.

        Parameters
        ----------
        features
            Their names.

        Raises
        ------
        AssetError
            If the organization has several configs, or one with another's name.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.enable_webapp_features(['embeddings'])

        """
        enabled = plain.listed(features, 'features')
        name, found = self._organization_config()
        if found:
            before = self.get_config(found).get('available_feature') or []
            enabled = plain.distinct([*before, *enabled])
            self.delete_config(found)
        self.create_config(name, ConfigTypes.ORG_CONFIG, {'available_feature': enabled})

    def disable_webapp_features(self, features: Iterable[str]) -> None:
        """
        Hide features of the organization's web app.

        Parameters
        ----------
        features
            Their names.

        Raises
        ------
        AssetError
            If the organization has several configs, or one with another's name.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.disable_webapp_features(['embeddings'])

        """
        import json

        hidden = plain.listed(features, 'features')
        _, found = self._organization_config()
        if found:
            config = self.get_config(found)
            before = config.get('available_feature') or []
            config = {**config, 'available_feature': [f for f in before if f not in hidden]}
            self.get_asset_manager('configs').update_metadata(
                found, {'config': json.dumps(config)}, replace_sets=True
            )

    def _organization_config(self) -> tuple[str, str | None]:
        """Give the name that the organization's config must have, and its id if it exists."""
        from scenebox_ros.client.endpoints.scene import accounts

        name = f'org_config__{accounts.whoami(self._http).get("organization_id")}'
        found = self._ids_by('configs', 'type', ConfigTypes.ORG_CONFIG)
        if len(found) > 1:
            raise AssetError(f'{len(found)} configs of the organization exist; delete all but one')
        if found:
            stored = self.get_config(found[0], complete_info=True).get('name')
            if stored != name:
                raise AssetError(f'the config {found[0]!r} is named {stored!r}, not {name!r}')
        return name, found[0] if found else None
