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

"""Jobs on recordings in the format s8."""

from __future__ import annotations

from collections.abc import Sequence

from scenebox_ros.client.endpoints.scene import jobs
from scenebox_ros.client.endpoints.scene.reply import truthy
from scenebox_ros.client.methods.scene.base import Json, Moment, SceneMethods
from scenebox_ros.client.methods.scene.video_jobs import span
from scenebox_ros.wire import scene_routes as routes
from scenebox_ros.wire.route import Route


class S8Methods(SceneMethods):
    """Start jobs that extract from recordings of one vendor's format, ``s8``."""

    def extract_images_s8(
        self,
        folder_uri: str | None = None,
        sensor: str | None = None,
        session_uid: str | None = None,
        fps: float | None = None,
        extract_start_time: Moment | None = None,
        extract_end_time: Moment | None = None,
        set_id: str | None = None,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Extract images from a recording.

        Parameters
        ----------
        folder_uri
            URI of the folder.
        sensor
            Name of the sensor.
        session_uid
            The session's uid.
        fps
            Frames per second; default: all.
        extract_start_time
            Where to start; default: the beginning.
        extract_end_time
            Where to end; default: the end.
        set_id
            Set that the images join.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.extract_images_s8('s3://bucket/ride/front', set_id='set_1')

        """
        return self._extract(routes.VIDEO_EXTRACT_IMAGES_S8, wait_for_completion, {
            **truthy(folder_uri=folder_uri, sensor=sensor, session_uid=session_uid),
            **span(extract_start_time, extract_end_time),
            **truthy(fps=fps, set_id=set_id),
        })

    def extract_lidars_from_s8(
        self,
        folder_uri: str,
        sensor: str | None = None,
        session_uid: str | None = None,
        fps: float | None = None,
        extract_start_time: Moment | None = None,
        extract_end_time: Moment | None = None,
        set_id: str | None = None,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Extract lidars from a recording.

        Parameters
        ----------
        folder_uri
            URI of the folder.
        sensor
            Name of the sensor; default: the last part of the URI.
        session_uid
            The session's uid.
        fps
            Frames per second; default: all.
        extract_start_time
            Where to start; default: the beginning.
        extract_end_time
            Where to end; default: the end.
        set_id
            Set that the lidars join.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.extract_lidars_from_s8('s3://bucket/ride/top', set_id='set_1')

        """
        return self._extract(routes.LIDAR_EXTRACT_S8, wait_for_completion, {
            'folder_uri': folder_uri,
            'sensor': sensor or folder_uri.rstrip('/').rpartition('/')[2],
            **truthy(session_uid=session_uid),
            **span(extract_start_time, extract_end_time),
            **truthy(fps=fps, set_id=set_id),
        })

    def extract_video_from_s8(
        self,
        folder_uri: str,
        sensor: str | None = None,
        session_uid: str | None = None,
        video_id: str | None = None,
        extract_start_time: Moment | None = None,
        extract_end_time: Moment | None = None,
        tags: Sequence[str] | None = None,
        set_id: str | None = None,
        skip_frame: int = 0,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Extract a video from a recording.

        Parameters
        ----------
        folder_uri
            URI of the folder.
        sensor
            Name of the sensor.
        session_uid
            The session's uid.
        video_id
            Id of the video.
        extract_start_time
            Where to start; default: the beginning.
        extract_end_time
            Where to end; default: the end.
        tags
            For searching.
        set_id
            Set that the video joins.
        skip_frame
            How many frames to skip after each.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.extract_video_from_s8('s3://bucket/ride/front', set_id='set_1')

        """
        return self._extract(routes.VIDEO_EXTRACT_S8, wait_for_completion, {
            'folder_uri': folder_uri,
            'sensor': sensor or folder_uri.rstrip('/').rpartition('/')[2],
            'skip_frame': skip_frame,
            **truthy(session_uid=session_uid, tags=tags),
            **span(extract_start_time, extract_end_time),
            **truthy(video_id=video_id, set_id=set_id),
        })

    def _extract(self, route: Route, wait: bool, body: Json) -> str:
        return self._started(jobs.start(self._http, route, body), wait)
