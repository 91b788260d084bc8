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

"""Indexing of what lies in a cloud storage, and of videos as sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenebox_ros.client.endpoints.scene import jobs
from scenebox_ros.client.methods.scene.base import Json, SceneMethods
from scenebox_ros.model.constants import ValidExtensions
from scenebox_ros.wire import scene_routes as routes


class IndexingMethods(SceneMethods):
    """Start jobs that index videos, images and recordings."""

    def submit_video_indexing_request(
        self,
        session_name: str,
        video_session_data: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        video_filenames: Sequence[str] | None = None,
        raw_videos: Mapping[str, Any] | None = None,
        session_formatting_strategy: str | None = None,
        extraction_config: Mapping[str, Any] | None = None,
        wait_for_completion: bool = True,
        retry: bool = False,
        enrichments: Sequence[str] | None = None,
        session_uid: str | None = None,
    ) -> Json:
        """
        Index videos as a session.

        Parameters
        ----------
        session_name
            Name of the session.
        video_session_data
            ``{'filename': ..., 'metadata': {'timestamp': ...}, 'asset_ids': [...]}``, one or
            several.
        video_filenames
            Names of the videos.
        raw_videos
            Ids of videos by their file names.
        session_formatting_strategy
            How the server lays out the session.
        extraction_config
            What the server extracts.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.
        retry
            Try again what failed before.
        enrichments
            Enrichments that the platform should make.
        session_uid
            A session that exists; default: a new one.

        Returns
        -------
        Json
            ``job_id`` and ``session_uid``

        Raises
        ------
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.submit_video_indexing_request('Ride 1', raw_videos={'ride.mp4': 'video_1'})

        """
        body = {
            'session_name': session_name,
            'video_session_data': video_session_data or [],
            'raw_videos': raw_videos or {},
            'extraction_config': extraction_config or {},
            'video_filenames': video_filenames,
            'session_formatting_strategy': session_formatting_strategy,
            'retry': retry,
            'enrichments': enrichments,
            'session_uid': session_uid,
        }
        reply = jobs.start(self._http, routes.INDEX_VIDEO_SESSION, body)
        self._started(reply, wait_for_completion)
        return reply

    def index_s3_images_batch(
        self,
        bucket: str,
        folder: str,
        thumbnailize_at_ingest: bool = True,
        overwrite: bool = True,
        wait_for_completion: bool = False,
        extensions: str | Sequence[str] = ValidExtensions.IMAGES,
        max_wait_sec: float | None = None,
    ) -> str:
        """
        Index the images of a folder in S3; their bytes stay there.

        Parameters
        ----------
        bucket
            The bucket.
        folder
            The folder in it.
        thumbnailize_at_ingest
            Make thumbnails now instead of when they are first looked at.
        overwrite
            False skips images that exist.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.
        extensions
            Endings of the images' names; ``'*'`` is all.
        max_wait_sec
            Longest time to wait for the job; None waits on.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        JobError
            If the job is waited for and fails, or takes too long.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.index_s3_images_batch('bucket', 'photos')

        """
        body = {
            'bucket': bucket,
            'folder': folder,
            'thumbnailize_at_ingest': thumbnailize_at_ingest,
            'overwrite': overwrite,
            'extensions': [extensions] if isinstance(extensions, str) else list(extensions),
        }
        reply = jobs.start(self._http, routes.INDEX_S3, body)
        return self._started(reply, wait_for_completion, limit_s=max_wait_sec)

    def index_recording(
        self,
        path: str,
        recording_name: str | None = None,
        session_set_id: str | None = None,
        session_aux_metadata: Mapping[str, Any] | None = None,
        wait_for_completion: bool = False,
        max_wait_sec: float | None = None,
    ) -> str:
        """
        Index a recording in S3.

        Parameters
        ----------
        path
            Bucket and folder, ``bucket/rides/1``.
        recording_name
            Its name; default: the last part of the path.
        session_set_id
            A set of sessions that it joins.
        session_aux_metadata
            Anything else, searchable as ``session_aux.<key>``.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.
        max_wait_sec
            Longest time to wait for the job; None waits on.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        JobError
            If the job is waited for and fails, or takes too long.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.index_recording('bucket/rides/1')

        """
        parts = path.strip('/').split('/')
        body = {
            'uri': f's3://{path}',
            'bucket': parts[0],
            'recording_name': recording_name or parts[-1],
            'session_set_id': session_set_id,
            'session_aux_metadata': session_aux_metadata or {},
        }
        reply = jobs.start(self._http, routes.INDEX_RECORDING, body)
        return self._started(reply, wait_for_completion, limit_s=max_wait_sec)
