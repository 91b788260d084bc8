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

"""Jobs that take frames and clips out of videos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scenebox_ros.client.endpoints.scene import jobs
from scenebox_ros.client.endpoints.scene.reply import truthy
from scenebox_ros.client.methods.scene.base import Json, Moment, SceneMethods
from scenebox_ros.model import plain, times
from scenebox_ros.wire import scene_routes as routes

THUMBNAILS = ('small', 'full_size_png')


class VideoJobMethods(SceneMethods):
    """Start jobs that extract from videos."""

    def extract_frame_thumbnails(
        self,
        ids: Iterable[str],
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
            'ids': plain.listed(ids),
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
            **span(extract_start_time, extract_end_time),
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
            **span(extract_start_time, extract_end_time),
            **truthy(subclip_id=subclip_id, set_id=set_id),
        }
        reply = jobs.start(self._http, routes.VIDEO_EXTRACT_SUBCLIP, body)
        return self._started(reply, wait_for_completion)


def span(start: Moment | None, end: Moment | None) -> Json:
    """Say from when to when is extracted."""
    moments = {'extract_start_time': start, 'extract_end_time': end}
    return {key: times.to_iso(moment) for key, moment in moments.items() if moment}
