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

"""Zip files and versions of sets."""

from __future__ import annotations

import io
import os
from typing import Union

from scenebox_ros.client.endpoints.scene import sets
from scenebox_ros.client.methods.scene.base import Json, SceneMethods
from scenebox_ros.client.methods.scene.set_content import given_set
from scenebox_ros.errors import (
    InvalidArgumentsError,
    RuleError,
)

LOCK_PAUSE_S = 1.0


class SetArchiveMethods(SceneMethods):
    """Zip, download and commit sets."""

    def zip_set(
        self, set_id: str, *, version: str | None = None, force_recreate: bool = False
    ) -> tuple[str, str]:
        """
        Start making a zip file of a set: bytes, metadata and annotations of its assets.

        Parameters
        ----------
        set_id
            The set's id.
        version
            A committed version; default: what is in the set now.
        force_recreate
            Make it anew even if one exists.

        Returns
        -------
        tuple[str, str]
            The ids of the job and of the zip file

        Raises
        ------
        ValueError
            If no set is given.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> job_id, zip_id = client.zip_set('set_1')

        """
        return sets.zip_all(self._http, given_set(set_id), version, force_recreate)

    def download_zipfile(
        self, zip_id: str, output_filename: str | None = None
    ) -> Union[str, io.BytesIO]:
        """
        Download a zip file.

        Parameters
        ----------
        zip_id
            Its id.
        output_filename
            Name of the file, below the client's ``artifacts_path``; ``.zip`` is added. None keeps
            the bytes in memory.

        Returns
        -------
        Union[str, io.BytesIO]
            The file's path, or the bytes

        Raises
        ------
        AssetError
            If it does not exist.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> path = client.download_zipfile('zip_1', 'rides')

        """
        manager = self.get_asset_manager('zipfiles')
        if not output_filename:
            return io.BytesIO(manager.get_bytes(zip_id))
        name = output_filename if output_filename.endswith('.zip') else f'{output_filename}.zip'
        path = os.path.join(self.artifacts_path, name)
        manager.get_file_and_write(zip_id, path)
        return path

    def zip_set_and_download(
        self, set_id: str | None = None, filename: str | None = None, *, version: str | None = None
    ) -> Union[str, io.BytesIO]:
        """
        Zip a set, wait for it and download it.

        Parameters
        ----------
        set_id
            The set's id.
        filename
            Name of the file, as in :meth:`download_zipfile`.
        version
            A committed version; default: what is in the set now.

        Returns
        -------
        Union[str, io.BytesIO]
            The file's path, or the bytes

        Raises
        ------
        ValueError
            If no set is given.
        JobError
            If zipping fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> path = client.zip_set_and_download('set_1', 'rides')

        """
        job_id, zip_id = self.zip_set(given_set(set_id), version=version)
        self._started(job_id, True)
        return self.download_zipfile(zip_id, filename)

    def commit_set(
        self, set_id: str, commit_message: str, wait_for_completion: bool = False
    ) -> str | None:
        """
        Commit a version of a set.

        Parameters
        ----------
        set_id
            The set's id.
        commit_message
            What is new in it.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        str | None
            The job's id; None if nothing changed since the last version

        Raises
        ------
        RuleError
            If the set does not exist.
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.commit_set('set_1', 'first rides')

        """
        if not self.get_asset_manager('sets').exists(set_id):
            raise RuleError(f'set {set_id!r} does not exist; list sets to see them')
        job_id = sets.commit(self._http, set_id, commit_message)
        return self._started(job_id, wait_for_completion) if job_id else None

    def get_set_version_history(self, set_id: str) -> list[Json]:
        """
        List the committed versions of a set.

        Parameters
        ----------
        set_id
            The set's id.

        Returns
        -------
        list[Json]
            The commits with hashes, timestamp, author and message, newest first

        Raises
        ------
        RuleError
            If the set does not exist.
        ValueError
            If nothing was committed yet.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_set_version_history('set_1')

        """
        import json

        from scenebox_ros.model.object_access import ObjectAccess

        manager = self.get_asset_manager('sets')
        if not manager.exists(set_id):
            raise RuleError(f'set {set_id!r} does not exist; list sets to see them')
        document = manager.get_metadata(set_id)
        if not document.get('version'):
            raise InvalidArgumentsError(f'set {set_id!r} has no versions; commit it first')
        access = ObjectAccess.from_dict(document['object_access'])
        history: list[Json] = json.loads(manager.get_bytes_from_object_access(access))
        return history
