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

"""Projects and their operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scenebox_ros.client.endpoints.scene import projects
from scenebox_ros.client.methods.scene.base import SceneMethods
from scenebox_ros.errors import ProjectError
from scenebox_ros.model import plain


class ProjectMethods(SceneMethods):
    """Create projects, put sets into them, run operations on those."""

    def create_project(self, name: str, tags: Iterable[str] | None = None) -> str:
        """
        Create a project: sets and the operations that work on them.

        Parameters
        ----------
        name
            Its name.
        tags
            For searching.

        Returns
        -------
        str
            The project's id

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> project_id = client.create_project('Night rides', tags=['2026'])

        """
        return projects.create_project(self._http, name, plain.listed(tags, 'tags'))

    def delete_project(self, project_id: str) -> None:
        """
        Delete a project; its sets and annotation instructions stay.

        Parameters
        ----------
        project_id
            The project's id.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.delete_project('project_1')

        """
        projects.delete_project(self._http, project_id)

    def add_sets_to_project(self, project_id: str, sets: Iterable[str], stage: int = 0) -> None:
        """
        Add sets to a project, so that its operations can work on them.

        Parameters
        ----------
        project_id
            The project's id.
        sets
            Ids of the sets.
        stage
            Stage of the operations that work on them.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_sets_to_project('project_1', ['set_1'])

        """
        projects.add_sets(self._http, project_id, sets, stage)

    def remove_sets_from_project(
        self, project_id: str, sets: Iterable[Mapping[str, Any]]
    ) -> None:
        """
        Remove sets from a project.

        Parameters
        ----------
        project_id
            The project's id.
        sets
            Which of them, from which stage: ``[{'set_id': 'set_1', 'stage': 0}]``.

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.remove_sets_from_project('project_1', [{'set_id': 'set_1', 'stage': 0}])

        """
        projects.remove_sets(self._http, project_id, sets)

    def get_project_sets(self, name: str, stage: int) -> list[str]:
        """
        List the sets of a project's stage.

        Parameters
        ----------
        name
            The project's name.
        stage
            Their stage.

        Returns
        -------
        list[str]
            The sets' ids

        Raises
        ------
        ProjectError
            If no project, or more than one, has this name.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_project_sets('Night rides', stage=0)

        """
        found = self.get_asset_manager('projects').search_meta(
            {'filters': [{'field': 'name', 'values': [name]}]}
        )
        if len(found) != 1:
            raise ProjectError(f'{len(found)} projects are named {name!r}; one is needed')
        stages = found[0].get('set_stages') or []
        return [entry['set_id'] for entry in stages if entry.get('stage') == stage]
