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

"""One video, and one made of images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import os
from typing import Any, Union

from scenebox_ros import ids
from scenebox_ros.client import documents, probing
from scenebox_ros.client.methods.scene.base import asset_id_of, Json, Moment, set_list, SetIds
from scenebox_ros.client.methods.scene.compression import CompressionMethods
from scenebox_ros.client.methods.scene.entities import EntityMethods
from scenebox_ros.client.methods.scene.image import source_argument
from scenebox_ros.client.methods.scene.session_parts import SessionPartMethods
from scenebox_ros.errors import InvalidArgumentsError, RuleError, ThumbnailNotAvailableError
from scenebox_ros.model import entities, plain, times
from scenebox_ros.model.annotation import Annotation
from scenebox_ros.model.object_access import ObjectAccess

PRESETS = ('small', 'tiny')


@dataclass(frozen=True)
class _Source:
    kind: str
    place: str

    @property
    def filename(self) -> str:
        """Give the last part of the path, URL or URI."""
        return plain.base_name(self.place)


class VideoMethods(CompressionMethods, EntityMethods, SessionPartMethods):
    """Add one video, and read thumbnails of its frames."""

    def add_video(
        self,
        set_id: SetIds,
        video_path: str | os.PathLike[str] | None = None,
        video_url: str | None = None,
        video_uri: str | None = None,
        sensor: str | None = None,
        start_timestamp: Moment | None = None,
        session_uid: str | None = None,
        id: str | None = None,
        annotations: Sequence[Annotation] | None = None,
        aux_metadata: Mapping[str, Any] | None = None,
        enrichments: Sequence[str] | None = None,
        tags: Sequence[str] | None = None,
        compress_video: bool = True,
        buffered_write: bool = False,
        add_to_session: bool = False,
        create_session: bool = False,
    ) -> Union[str, tuple[str, str]]:
        """
        Upload a video.

        Parameters
        ----------
        set_id
            Set or list of sets that it joins.
        video_path
            A local file; it wins over URL and URI.
        video_url
            A public URL; the bytes stay there.
        video_uri
            An object of a cloud storage; the bytes stay there.
        sensor
            Name of the sensor; ``main`` where a session is created.
        start_timestamp
            When the recording began; default: now.
        session_uid
            The session's uid.
        id
            Its id; random if absent.
        annotations
            Annotations that its document references.
        aux_metadata
            Anything else, searchable as ``aux.<key>``.
        enrichments
            Enrichments that the platform should make.
        tags
            For searching.
        compress_video
            Make small versions of it.
        buffered_write
            Let the server index later; do not wait until it is found.
        add_to_session
            Add a media entity to the session, too.
        create_session
            Create a session of this video, unless ``session_uid`` is given.

        Returns
        -------
        Union[str, tuple[str, str]]
            The video's id; with ``create_session``, id and session uid

        Raises
        ------
        ValueError
            If there is no source.
        RuleError
            If no set is given. It is an AssertionError, too.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_video('set_1', video_path='ride.mp4', id='ride_1',
        ...                  start_timestamp='2026-01-31T10:00:00Z')
        'ride_1'

        """
        sets = set_list(set_id)
        if not sets:
            raise RuleError('set_id is missing; pass the set that the video joins')
        video_id = asset_id_of(id)
        source = _first_source(video_path, video_url, video_uri)
        facts = self._video_facts(source)
        start = times.parse(start_timestamp) if start_timestamp else times.now()
        is_new = create_session and not session_uid
        if is_new:
            session_uid = self.add_session(ids.std(source.filename), session_type='videos')
            sensor, add_to_session = sensor or 'main', True
        document = documents.video(facts, sensor=sensor, start=start, sets=sets, tags=tags)
        document |= {} if session_uid is None else {'session_uid': session_uid}
        document |= documents.annotated(annotations)
        document |= documents.aux(aux_metadata, annotations, True)
        self.get_asset_manager('videos').put_asset(
            metadata=document, id=video_id, buffered_write=buffered_write,
            wait_for_completion=not buffered_write, **_argument(source),
        )
        if session_uid and add_to_session:
            entity = entities.video(
                session_uid, video_id, source.filename, start, document['end_time'],
                enrichments or (),
            )
            self.add_entities([entity], urgent=True)
        for preset in PRESETS if compress_video else ():
            self.compress_videos([video_id], use_preset=preset)
        if is_new and session_uid:
            self._complete_session(session_uid, video_id, sensor or 'main')
        return (video_id, str(session_uid)) if create_session else video_id

    def _video_facts(self, source: _Source) -> probing.VideoFacts:
        if source.kind != 'uri':
            return probing.video_facts(source.kind, source.place)
        access = ObjectAccess(uri=source.place)
        url = self.get_asset_manager('videos').get_url_from_object_access(access)
        return probing.video_facts('url', url)

    def _complete_session(self, session_uid: str, video_id: str, sensor: str) -> None:
        self.add_auxiliary_session_data(
            session_uid, [{'id': video_id, 'type': 'concatenated_video', 'tags': [sensor]}]
        )
        self.add_source_data(
            session_uid,
            [{'id': video_id, 'type': 'videos', 'sensor': sensor}],
            [{'name': sensor, 'type': 'camera'}],
        )
        self.resolve_session(session_uid, wait_for_completion=True)

    def get_video_frame_thumbnail(self, video_id: str, frame: int, thumbnail_tag: str) -> str:
        """
        Get the thumbnail of one frame.

        Parameters
        ----------
        video_id
            The video's id.
        frame
            Number of the frame, from the beginning.
        thumbnail_tag
            Tag of the thumbnail.

        Returns
        -------
        str
            URL of the thumbnail

        Raises
        ------
        ThumbnailNotAvailableError
            If the frame has none; extract it first.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_video_frame_thumbnail('video_1', 3, 'small')

        """
        manager = self.get_asset_manager('videos')
        thumbnails = manager.get_metadata(video_id).get('thumbnails') or {}
        access = (thumbnails.get(f'{thumbnail_tag}_frame_{frame}') or {}).get('object_access')
        if not access:
            raise ThumbnailNotAvailableError(
                f'frame {frame} of video {video_id!r} has no thumbnail {thumbnail_tag!r}; call '
                'extract_frame_thumbnails first'
            )
        url: str = manager.get_url_from_object_access(ObjectAccess.from_dict(access))
        return url


def _first_source(path: Any, url: str | None, uri: str | None) -> _Source:
    for kind, place in (('path', path), ('url', url), ('uri', uri)):
        if place:
            return _Source(kind, os.fspath(place))
    raise InvalidArgumentsError('no source is given; pass video_path, video_url or video_uri')


def _argument(source: _Source) -> Json:
    argument = source_argument(source.kind, source.place)
    return argument if source.kind == 'path' else {**argument, 'filename': source.filename}
