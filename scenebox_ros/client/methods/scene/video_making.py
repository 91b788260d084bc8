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

"""Videos made of images."""

from __future__ import annotations

from collections.abc import Sequence
import os

from scenebox_ros import ids as names
from scenebox_ros.client.endpoints.scene import jobs
from scenebox_ros.client.endpoints.scene.reply import truthy
from scenebox_ros.client.methods.scene.base import Json, Query, SceneMethods
from scenebox_ros.wire import scene_routes as routes

THUMBNAILS = ('small', 'full_size_png')


class VideoMakingMethods(SceneMethods):
    """Start jobs that make videos."""

    def images_to_video(
        self,
        video_set_id: str,
        session_uid: str,
        sensor: str,
        fps: float | None = None,
        search: Query | None = None,
        image_format: str | None = None,
        video_id: str | None = None,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Make a video of a session's images.

        Parameters
        ----------
        video_set_id
            Set that the video joins.
        session_uid
            The session's uid.
        sensor
            Name of the sensor.
        fps
            Frames per second; default: all.
        search
            Query; only images that match it.
        image_format
            Format of the images, like ``png``.
        video_id
            Id of the video; random if absent.
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
        >>> client.images_to_video('set_1', 'session_1', 'front')

        """
        body = {
            'id': video_id,
            'sensor': sensor,
            'search': search,
            'image_format': image_format,
            'session_uid': session_uid,
            'video_id': video_id or names.guid(),
            'fps': fps,
            'video_set_id': video_set_id,
        }
        reply = jobs.start(self._http, routes.VIDEO_FROM_IMAGES, body)
        return self._started(reply, wait_for_completion)

    def make_video_from_image_uris(
        self,
        timestamps_image_uris_csv_filepath: str | os.PathLike[str],
        sensor: str,
        width: int,
        height: int,
        image_format: str,
        session_uid: str | None = None,
        video_id: str | None = None,
        tags: Sequence[str] | None = None,
        set_id: str | None = None,
        image_skip_factor: int = 1,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Make a video of images in a cloud storage.

        Parameters
        ----------
        timestamps_image_uris_csv_filepath
            A file with the columns ``timestamp`` and ``image_uri``.
        sensor
            Name of the sensor.
        width
            Width of the images.
        height
            Height of the images.
        image_format
            Format of the images, like ``png``.
        session_uid
            The session's uid.
        video_id
            Id of the video.
        tags
            For searching.
        set_id
            Set that the video joins.
        image_skip_factor
            Keep every n-th image.
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
        >>> client.make_video_from_image_uris('uris.csv', 'front', 1920, 1080, 'png')

        """
        access = self._upload_csv(timestamps_image_uris_csv_filepath)
        body = _of_uris(access, sensor, width, height, image_format, image_skip_factor)
        body |= truthy(session_uid=session_uid, tags=tags, video_id=video_id, set_id=set_id)
        return self._started(
            jobs.start(self._http, routes.VIDEO_FROM_URIS, body), wait_for_completion
        )

    def make_video_with_annotations_from_uris(
        self,
        timestamps_image_uris_csv_filepath: str | os.PathLike[str],
        sensor: str,
        width: int,
        height: int,
        image_format: str,
        session_uid: str | None = None,
        video_id: str | None = None,
        tags: Sequence[str] | None = None,
        set_id: str | None = None,
        image_skip_factor: int = 1,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Make a video of images in a cloud storage, annotations included.

        Parameters
        ----------
        timestamps_image_uris_csv_filepath
            A file with the columns ``timestamp`` and ``image_uri``; the session keeps it.
        sensor
            Name of the sensor.
        width
            Width of the images.
        height
            Height of the images.
        image_format
            Format of the images, like ``png``.
        session_uid
            The session's uid.
        video_id
            Id of the video.
        tags
            For searching.
        set_id
            Set that the video joins.
        image_skip_factor
            Keep every n-th image.
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
        >>> client.make_video_with_annotations_from_uris(
        ...     'uris.csv', 'front', 1920, 1080, 'png', session_uid='session_1'
        ... )

        """
        access = self._upload_csv(timestamps_image_uris_csv_filepath)
        if session_uid:
            self.get_asset_manager('sessions').update_metadata(
                session_uid, {f'csv_object_access_{sensor}': access}
            )
        body = _of_uris(access, sensor, width, height, image_format, image_skip_factor)
        body |= truthy(session_uid=session_uid, tags=tags, video_id=video_id, set_id=set_id)
        return self._started(
            jobs.start(self._http, routes.VIDEO_WITH_ANNOTATIONS, body), wait_for_completion
        )

    def _upload_csv(self, path: str | os.PathLike[str]) -> Json:
        with open(path, 'rb') as file:
            access: Json = self.get_asset_manager('images').put_file(file).to_dic()
        return access


def _of_uris(
    access: Json, sensor: str, width: int, height: int, image_format: str, skip: int
) -> Json:
    return {
        'csv_object_access': access,
        'width': width,
        'height': height,
        'image_format': image_format,
        'sensor': sensor,
        'image_skip_factor': skip,
    }
