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

"""Many videos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scenebox_ros.client import documents, probing
from scenebox_ros.client.bulk import Bulk
from scenebox_ros.client.methods.scene.base import Json, set_list, SetIds
from scenebox_ros.client.methods.scene.set_content import SetContentMethods
from scenebox_ros.client.methods.scene.video import PRESETS, VideoMethods
from scenebox_ros.model import times
from scenebox_ros.model.assets import Video


class BulkVideoMethods(VideoMethods, SetContentMethods):
    """Add many videos."""

    def add_videos(
        self,
        videos: Iterable[Video],
        set_id: SetIds,
        enrichments: Sequence[str] | None = None,
        add_to_session: bool = False,
        compress_videos: bool = True,
        *,
        add_to_cache: bool = False,
        overwrite: bool = True,
        wait_for_compression_completion: bool = False,
    ) -> list[str]:
        """
        Upload videos in chunks; a generator of any length does not fill the memory.

        Sources of one kind go together: paths, URLs, URIs or bytes.

        Parameters
        ----------
        videos
            :class:`Video` objects.
        set_id
            Set or list of sets that they join.
        enrichments
            Kept for compatibility; videos of sessions are enriched by the server.
        add_to_session
            Extend the sessions of the videos to cover them.
        compress_videos
            Make small versions of them.
        add_to_cache
            Keep the bytes in the client's key-value store, too.
        overwrite
            False skips what exists already, and adds it to the set.
        wait_for_compression_completion
            Wait for these.

        Returns
        -------
        list[str]
            Ids of the videos in their order; of the new ones only without ``overwrite``

        Raises
        ------
        InvalidArgumentsError
            If sources of different kinds are mixed.
        RuleError
            If a set is missing or holds another type. It is an AssertionError, too.
        JobError
            If compression is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_videos([Video(id='ride_1', path='ride.mp4')], 'set_1')

        """
        sets = set_list(set_id)

        def describe(video: Video, facts: probing.VideoFacts) -> Json:
            document = documents.video(
                facts, sensor=video.sensor, start=video.timestamp, sets=sets, tags=video.tags
            )
            document |= {} if video.session_uid is None else {'session_uid': video.session_uid}
            document |= documents.annotated(video.annotations)
            return document | documents.aux(video.aux_metadata, video.annotations, False)

        def after(chunk: Sequence[Video], facts: Sequence[probing.VideoFacts]) -> None:
            for preset in PRESETS if compress_videos else ():
                self.compress_videos(
                    [video.id for video in chunk], use_preset=preset,
                    wait_for_completion=wait_for_compression_completion,
                )
            if add_to_session:
                self._extend_sessions(chunk, facts)

        return Bulk(
            self, Video, sets,
            probe=probing.video_facts,
            describe=describe,
            after=after,
            overwrite=overwrite,
            options={'add_to_redis_cache': add_to_cache},
        ).run(videos)

    def _extend_sessions(
        self, chunk: Sequence[Video], facts: Sequence[probing.VideoFacts]
    ) -> None:
        spans: dict[str, list[str]] = {}
        for video, known in zip(chunk, facts, strict=True):
            if video.session_uid:
                start = times.to_iso(video.timestamp)
                end = documents.end_of(known, start)
                spans.setdefault(video.session_uid, []).extend([start, end or start])
        for session_uid, moments in spans.items():
            self.extend_time_span(session_uid, moments)
