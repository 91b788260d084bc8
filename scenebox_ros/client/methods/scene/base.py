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

"""What every group of the scene engine's methods has: asset managers and waiting for jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TYPE_CHECKING, Union

from scenebox_ros import ids
from scenebox_ros.client.answers import number_in, text_in
from scenebox_ros.client.endpoints.scene import accounts, projects
from scenebox_ros.client.endpoints.scene.reply import job_of
from scenebox_ros.client.methods.base import Methods
from scenebox_ros.client.methods.job_status import Job
from scenebox_ros.client.methods.scene import waiting
from scenebox_ros.errors import JobError

if TYPE_CHECKING:
    from scenebox_ros.client.asset_manager import AssetManagerClient

Json = dict[str, Any]
Query = Mapping[str, Any]
Moment = Union[datetime, str]
Callback = Callable[[float, str], Any]
SetIds = Union[str, list[str], None]


class SceneMethods(Methods):
    """Methods that talk to the scene engine and, for assets, to the asset manager."""

    artifacts_path: str
    _asset_managers: dict[str, AssetManagerClient]

    def _new_asset_manager(self, asset_type: str) -> AssetManagerClient:
        """Make an asset manager client over the same connections."""
        raise TypeError(f'{type(self).__name__} is a part of SceneEngineClient; make that')

    def get_asset_manager(self, asset_type: str) -> AssetManagerClient:
        """
        Get the client of one asset type's documents and bytes.

        It shares connections and token with this client, and is made once per type.

        Parameters
        ----------
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.

        Returns
        -------
        AssetManagerClient
            The client of this type

        Raises
        ------
        ValueError
            If there is no such asset type.
        AssetError
            If the server does not say where its asset manager is.

        Examples
        --------
        >>> client.get_asset_manager('images').exists('img_1')

        """
        manager = self._asset_managers.get(asset_type)
        if manager is None:
            manager = self._asset_managers[asset_type] = self._new_asset_manager(asset_type)
        return manager

    def get_job(self, job_id: str) -> Job:
        """
        Read how far a job is.

        Parameters
        ----------
        job_id
            Id of the job.

        Returns
        -------
        Job
            Its ``id``, ``status``, ``progress`` (0 to 100), ``description`` and ``stage``.

        Raises
        ------
        MetadataNotFoundError
            If there is none with this id.
        ResponseError
            If the server cannot be reached or refuses.

        Examples
        --------
        >>> client.get_job('job_1').status
        'finished'

        """
        document = self._job_metadata(job_id)
        return Job(
            job_id,
            text_in(document, 'status', JobError),
            number_in(document, 'progress', JobError),
            str(document.get('description') or ''),
            text_in(document, 'stage', JobError),
        )

    # -- waiting ---------------------------------------------------------------------------------
    def _job_metadata(self, job_id: str) -> Json:
        document: Json = self.get_asset_manager('jobs').get_metadata(job_id)
        return document

    def _wait_for_job(
        self,
        job_id: str,
        *,
        every_s: float = 10,
        limit_s: float | None = None,
        callback: Callback | None = None,
    ) -> None:
        waiting.for_job(
            job_id,
            read=lambda: self._job_metadata(job_id),
            cancel=lambda: accounts.cancel_job(self._http, job_id),
            every_s=every_s,
            limit_s=limit_s,
            callback=callback,
        )

    def _started(
        self,
        reply: Any,
        wait: bool,
        *,
        every_s: float = 10,
        limit_s: float | None = None,
        callback: Callback | None = None,
    ) -> str:
        """Take the job's id from an answer or as it is, and wait for the job if asked to."""
        job_id = reply if isinstance(reply, str) else job_of(reply)
        if wait and job_id:
            self._wait_for_job(job_id, every_s=every_s, limit_s=limit_s, callback=callback)
        return job_id

    def _wait_for_operation(self, operation_id: str) -> None:
        def reasons() -> Json:
            operation = self.get_asset_manager('operations').get_metadata(operation_id)
            return self._job_metadata(str(operation.get('job_id')))

        waiting.for_job(
            operation_id,
            read=lambda: projects.operation_status(self._http, operation_id),
            cancel=lambda: projects.cancel_operation(self._http, operation_id),
            noun='operation',
            reasons=reasons,
        )

    # -- finding by name -------------------------------------------------------------------------
    def _ids_by(self, asset_type: str, field: str, value: str) -> list[str]:
        found: list[str] = self.get_asset_manager(asset_type).search_assets(
            {'filters': [{'field': field, 'values': [value]}]}
        )
        return found


def set_list(set_id: SetIds | Iterable[str]) -> list[str]:
    """List the sets that are meant: none, one or many."""
    if not set_id:
        return []
    return [set_id] if isinstance(set_id, str) else list(set_id)


def asset_id_of(id: str | None) -> str:
    """Take an id as it is, or make one."""
    return id or ids.guid()
