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

"""Paths of everything that moved in a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json
import os
from typing import Any

from scenebox_ros.client.methods.scene.session_parts import SessionPartMethods
from scenebox_ros.client.payload import read_json
from scenebox_ros.errors import InvalidArgumentsError, MissingKeyError
from scenebox_ros.model import times

CONTENT_TYPE = 'application/json'


class EgoPoseMethods(SessionPartMethods):
    """Add paths to sessions."""

    def add_ego_pose(
        self,
        session_uid: str,
        ego_pose_data: Sequence[Mapping[str, Any]] | None = None,
        ego_pose_path: str | os.PathLike[str] | None = None,
        title: str | None = None,
    ) -> None:
        """
        Add the paths of the vehicle and of other objects to a session.

        Parameters
        ----------
        session_uid
            The session's uid.
        ego_pose_data
            One object per moment: ``{'timestamp': ..., 'objects': {'ego': {'lat': ..., 'lon':
            ...}}}``; ``frame`` is counted where it is missing.
        ego_pose_path
            The same, as a JSON file.
        title
            What the storage calls it; default: a random name.

        Raises
        ------
        ValueError
            If not exactly one of data and path is given, or there are no moments.
        SessionError
            If the session would become too long.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_ego_pose('session_1', [
        ...     {'timestamp': '2026-01-31T10:00:00Z', 'objects': {'ego': {'lat': 48, 'lon': 11}}}
        ... ])

        """
        if (ego_pose_data is None) == (ego_pose_path is None):
            raise InvalidArgumentsError('pass exactly one of ego_pose_data and ego_pose_path')
        given: Any = ego_pose_data
        if ego_pose_path is not None:
            given = read_json(ego_pose_path)
        poses = [
            {'frame': frame, **times.with_iso_times(pose)} for frame, pose in enumerate(given)
        ]
        if not poses:
            raise InvalidArgumentsError('there are no poses; pass at least one moment')
        if timeless := [pose['frame'] for pose in poses if 'timestamp' not in pose]:
            raise MissingKeyError(f"pose {timeless[0]} has no 'timestamp'; add it")
        moments = [pose['timestamp'] for pose in poses]
        self._check_duration(session_uid, moments)
        self.extend_time_span(session_uid, moments)
        access = self.get_asset_manager('annotations').put_file(
            json.dumps(poses, indent=4).encode(), id=title, content_type=CONTENT_TYPE
        )
        self.add_auxiliary_session_data(
            session_uid, [{'object_access': access.to_dic(), 'type': 'ego_pose'}], replace=False
        )
