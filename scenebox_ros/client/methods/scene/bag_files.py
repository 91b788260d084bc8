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

"""Files of bags, uploaded as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
import os
from pathlib import Path, PurePosixPath
from typing import Any

from scenebox_ros.client.endpoints.scene import jobs
from scenebox_ros.client.endpoints.scene.reply import optional
from scenebox_ros.client.methods.scene.base import Json, SceneMethods
from scenebox_ros.errors import InvalidArgumentsError
from scenebox_ros.model import plain
from scenebox_ros.model.object_access import ObjectAccess
from scenebox_ros.wire import scene_routes as routes


class BagFileMethods(SceneMethods):
    """Upload bags, and register sessions of bags."""

    def add_rosbag2(
        self,
        relative_file_paths: Iterable[str],
        folder_uri: str | None = None,
        folder_path: str | os.PathLike[str] | None = None,
        session_uid: str | None = None,
        set_id: str | None = None,
    ) -> list[Json]:
        """
        Upload the files of a ROS 2 bag, without indexing them.

        Parameters
        ----------
        relative_file_paths
            The bag's files, from its folder.
        folder_uri
            The bag's folder, in a cloud storage; nothing is uploaded then.
        folder_path
            The bag's folder, whose files are uploaded.
        session_uid
            Kept for compatibility.
        set_id
            Kept for compatibility.

        Returns
        -------
        list[Json]
            Where each file is: ``filename`` and ``uri``

        Raises
        ------
        ValueError
            If not exactly one of ``folder_uri`` and ``folder_path`` is given.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_rosbag2(['metadata.yaml', 'ride_0.mcap'], folder_path='ride')

        """
        check_folder(folder_uri, folder_path)
        return self._bag_files(relative_file_paths, folder_uri, folder_path)

    def register_rosbag_session(
        self,
        session_name: str,
        session_directory_path: str | None = None,
        rosbag_ids: Sequence[str] | None = None,
        config_name: str | None = None,
        wait_for_completion: bool = True,
    ) -> tuple[str, str]:
        """
        Register a session of bags that the server has, or can read.

        Parameters
        ----------
        session_name
            Its name.
        session_directory_path
            A folder that the server can read.
        rosbag_ids
            Bags that were uploaded.
        config_name
            Name of the session's configuration.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        tuple[str, str]
            The ids of the job and of the session

        Raises
        ------
        ValueError
            If neither a folder nor bags are given.
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> job_id, session_uid = client.register_rosbag_session('Ride 1', '/data/rides/1')

        """
        if session_directory_path is None and rosbag_ids is None:
            raise InvalidArgumentsError('pass session_directory_path or rosbag_ids')
        reply = jobs.start(
            self._http,
            routes.INDEX_REGISTER_SESSION,
            {
                'session_name': session_name,
                'session_directory_path': session_directory_path,
                'source_data': rosbag_ids,
                'session_configuration': config_name,
            },
        )
        job_id = self._started(reply, wait_for_completion)
        return job_id, str(optional(reply, 'session_uid') or '')

    def _upload_bag(self, path: Path) -> Json:
        with path.open('rb') as file:
            access = self.get_asset_manager('rosbags').put_file(file)
        return {'filename': path.name, 'uri': access.uri}

    def _bag_files(
        self,
        relative_file_paths: Iterable[str],
        folder_uri: str | None,
        folder_path: str | os.PathLike[str] | None,
    ) -> list[Json]:
        listed = plain.listed(relative_file_paths, 'relative_file_paths')
        if folder_uri:
            return [at_uri(f'{folder_uri.rstrip("/")}/{name}') for name in listed]
        return [
            {**self._upload_bag(Path(str(folder_path)) / name), 'filename': name}
            for name in listed
        ]


def check_folder(folder_uri: str | None, folder_path: Any) -> None:
    """Refuse both, or neither."""
    if bool(folder_uri) == bool(folder_path):
        raise InvalidArgumentsError('pass exactly one of folder_uri and folder_path')


def at_uri(uri: str) -> Json:
    """Say that a file is at a URI."""
    document: Json = ObjectAccess(filename=PurePosixPath(uri).name, uri=uri).to_dic()
    return document
