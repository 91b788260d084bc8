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

"""Thumbnails: smaller images, videos and lidars for the web app."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scenebox_ros.client.endpoints.scene import jobs
from scenebox_ros.client.endpoints.scene.reply import job_of
from scenebox_ros.client.methods.scene.base import Json, SceneMethods
from scenebox_ros.model import plain
from scenebox_ros.wire import scene_routes as routes

SKIP_FACTORS = (1, 10, 100)


class CompressionMethods(SceneMethods):
    """Start the jobs that make thumbnails, and that join videos."""

    def compress_images(
        self,
        ids: Iterable[str],
        desired_shape: Sequence[int] | None = None,
        thumbnail_tag: str | None = None,
        use_preset: str | None = None,
    ) -> str:
        """
        Make thumbnails of images.

        Parameters
        ----------
        ids
            Ids of the images.
        desired_shape
            Shape of the thumbnail; not with ``use_preset``.
        thumbnail_tag
            Tag of the thumbnail.
        use_preset
            A preset of the server, like ``small``, in place of shape and tag.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.compress_images(['img_1'], use_preset='small')

        """
        body = _thumbnails(ids, desired_shape, thumbnail_tag, use_preset)
        return job_of(jobs.start(self._http, routes.IMAGE_COMPRESS, body))

    def compress_videos(
        self,
        ids: Iterable[str],
        desired_shape: Sequence[int] | None = None,
        thumbnail_tag: str | None = None,
        use_preset: str | None = None,
        job_id: str | None = None,
        *,
        wait_for_completion: bool = False,
    ) -> Json:
        """
        Make small versions of videos.

        Parameters
        ----------
        ids
            Ids of the videos.
        desired_shape
            Shape of the thumbnail; not with ``use_preset``.
        thumbnail_tag
            Tag of the thumbnail.
        use_preset
            A preset of the server, like ``small``, in place of shape and tag.
        job_id
            A job of yours that does it; default: a new one.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        Json
            The answer, with the ``job_id``

        Raises
        ------
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.compress_videos(['video_1'], use_preset='small')['job_id']

        """
        body = _thumbnails(ids, desired_shape, thumbnail_tag, use_preset)
        reply = jobs.start(
            self._http, routes.VIDEO_COMPRESS, {**body, **({'job_id': job_id} if job_id else {})}
        )
        self._started(reply, wait_for_completion)
        return reply

    def compress_lidars(
        self,
        ids: Iterable[str],
        skip_factors: Sequence[int] | None = None,
        gzip_compress: bool = True,
    ) -> Json:
        """
        Make thinner versions of lidars.

        Parameters
        ----------
        ids
            Ids of the lidars.
        skip_factors
            A version is made with every n-th point for each n; default: 1, 10, 100.
        gzip_compress
            Store them compressed, which loads faster.

        Returns
        -------
        Json
            The answer, with the ``job_id``

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.compress_lidars(['lidar_1'], skip_factors=[10])

        """
        return jobs.start(
            self._http,
            routes.LIDAR_COMPRESS,
            {
                'ids': plain.listed(ids),
                'skip_factors': list(skip_factors or SKIP_FACTORS),
                'gzip_compress': gzip_compress,
            },
        )

    def concatenate_videos(
        self,
        ids: Iterable[str],
        output_video_id: str,
        video_metadata: Mapping[str, Any],
        job_id: str | None = None,
    ) -> Json:
        """
        Join videos, one after the other.

        Parameters
        ----------
        ids
            Ids of the videos, in their order.
        output_video_id
            Id of the joined video.
        video_metadata
            Metadata of the joined video.
        job_id
            A job of yours that does it; default: a new one.

        Returns
        -------
        Json
            The answer, with the ``job_id``

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.concatenate_videos(['video_1', 'video_2'], 'video_3',
        ...                           {'timestamp': '2026-01-31T10:00:00Z'})

        """
        body = {
            'ids': plain.listed(ids),
            'output_video_id': output_video_id,
            'video_metadata': video_metadata,
            'job_id': job_id,
        }
        return jobs.start(self._http, routes.VIDEO_CONCATENATE, body)

    def compress_masks_batch(
        self,
        thumbnail_tag: str,
        ids: Iterable[str] | None = None,
        search: Mapping[str, Any] | None = None,
        wait_for_completion: bool = True,
    ) -> str:
        """
        Make thumbnails of the masks of annotations.

        Parameters
        ----------
        thumbnail_tag
            Tag of the thumbnail.
        ids
            Ids of the annotations.
        search
            Query; only assets that match it. ``{'filters': [{'field': ..., 'values': [...]}]}``.
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
        >>> client.compress_masks_batch('small', ids=['ann_1'])

        """
        listed = plain.listed(ids)
        given: Json = {'ids': listed} if listed else {}
        if search is not None:
            given['search'] = search
        body = {**given, 'thumbnail_tag': thumbnail_tag}
        reply = jobs.start(self._http, routes.ANNOTATION_COMPRESS_MASKS, body)
        return self._started(reply, wait_for_completion)


def _thumbnails(
    ids: Iterable[str],
    desired_shape: Sequence[int] | None,
    thumbnail_tag: str | None,
    use_preset: str | None,
) -> Json:
    return {
        'ids': plain.listed(ids),
        'desired_shape': None if desired_shape is None else list(desired_shape),
        'thumbnail_tag': thumbnail_tag,
        'use_preset': use_preset,
    }
