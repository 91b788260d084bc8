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

"""Jobs on videos: frames out of them, and videos out of frames."""

from __future__ import annotations

from collections.abc import Sequence
import os

from scenebox_ros import ids as names
from scenebox_ros.client.endpoints.scene import jobs
from scenebox_ros.client.endpoints.scene.reply import truthy
from scenebox_ros.client.methods.scene.base import Json, Moment, Query, SceneMethods
from scenebox_ros.model import times
from scenebox_ros.wire import scene_routes as routes
from scenebox_ros.wire.route import Route

THUMBNAILS = ('small', 'full_size_png')


class VideoJobMethods(SceneMethods):
    """Start jobs that extract from videos, or make them."""

    def extract_frame_thumbnails(
        self,
        ids: Sequence[str],
        frames: Sequence[int],
        thumbnail_tags: Sequence[str] | None = None,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Make thumbnails of single frames.

        Parameters
        ----------
        ids
            Ids of the videos.
        frames
            Numbers of the frames, from the beginning of each video.
        thumbnail_tags
            Which thumbnails; default: ``small`` and ``full_size_png``.
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
        >>> client.extract_frame_thumbnails(['video_1'], frames=[0, 3])

        """
        body = {
            'ids': list(ids),
            'thumbnail_tags': list(thumbnail_tags or THUMBNAILS),
            'frames': list(frames),
        }
        reply = jobs.start(self._http, routes.VIDEO_FRAME_THUMBNAILS, body)
        return self._started(reply, wait_for_completion)

    def extract_images_from_videos(
        self,
        video_id: str,
        extract_start_time: Moment | None = None,
        extract_end_time: Moment | None = None,
        fps: float | None = None,
        set_id: str | None = None,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Extract images from a video.

        Parameters
        ----------
        video_id
            The video's id.
        extract_start_time
            Where to start; default: the beginning.
        extract_end_time
            Where to end; default: the end.
        fps
            Frames per second; default: all.
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
        >>> client.extract_images_from_videos('video_1', fps=1, set_id='set_1')

        """
        body = {
            'id': video_id,
            **_span(extract_start_time, extract_end_time),
            **truthy(fps=fps, set_id=set_id),
        }
        reply = jobs.start(self._http, routes.VIDEO_EXTRACT_IMAGES, body)
        return self._started(reply, wait_for_completion)

    def extract_subclip_from_videos(
        self,
        video_id: str,
        subclip_id: str | None = None,
        extract_start_time: Moment | None = None,
        extract_end_time: Moment | None = None,
        set_id: str | None = None,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Cut a clip out of a video.

        Parameters
        ----------
        video_id
            The video's id.
        subclip_id
            Id of the clip.
        extract_start_time
            Where to start; default: the beginning.
        extract_end_time
            Where to end; default: the end.
        set_id
            Set that the clip joins.
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
        >>> client.extract_subclip_from_videos(
        ...     'video_1', extract_start_time='2026-01-31T10:00:00Z',
        ...     extract_end_time='2026-01-31T10:00:05Z',
        ... )

        """
        body = {
            'id': video_id,
            **_span(extract_start_time, extract_end_time),
            **truthy(subclip_id=subclip_id, set_id=set_id),
        }
        reply = jobs.start(self._http, routes.VIDEO_EXTRACT_SUBCLIP, body)
        return self._started(reply, wait_for_completion)

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
            **_span(extract_start_time, extract_end_time),
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
            **_span(extract_start_time, extract_end_time),
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
            **_span(extract_start_time, extract_end_time),
            **truthy(video_id=video_id, set_id=set_id),
        })

    def _extract(self, route: Route, wait: bool, body: Json) -> str:
        return self._started(jobs.start(self._http, route, body), wait)


def _span(start: Moment | None, end: Moment | None) -> Json:
    moments = {'extract_start_time': start, 'extract_end_time': end}
    return {key: times.to_iso(moment) for key, moment in moments.items() if moment}


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
