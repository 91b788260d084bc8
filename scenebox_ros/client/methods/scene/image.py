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

"""One image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import os
from typing import Any, BinaryIO

from scenebox_ros.client import documents, probing
from scenebox_ros.client.methods.scene.annotations import AnnotationMethods
from scenebox_ros.client.methods.scene.base import asset_id_of, Json, Moment, set_list, SetIds
from scenebox_ros.client.methods.scene.compression import CompressionMethods
from scenebox_ros.client.methods.scene.entities import EntityMethods
from scenebox_ros.errors import InvalidArgumentsError, InvalidFileError
from scenebox_ros.model import entities, times
from scenebox_ros.model.annotation import Annotation
from scenebox_ros.model.constants import EntityNames
from scenebox_ros.model.object_access import ObjectAccess

PRESETS = ('small', 'tiny', 'full_size_png')


class UnreadableSourceError(InvalidFileError, FileNotFoundError):
    """Nothing that can be read is at this URL."""


class ImageMethods(AnnotationMethods, CompressionMethods, EntityMethods):
    """Add one image."""

    def add_image(
        self,
        image_path: str | os.PathLike[str] | None = None,
        id: str | None = None,
        image_url: str | None = None,
        image_uri: str | None = None,
        image_bytes: bytes | BinaryIO | None = None,
        sensor: str | None = None,
        timestamp: Moment | None = None,
        session_uid: str | None = None,
        set_id: SetIds = None,
        annotations: Sequence[Annotation] | None = None,
        preprocesses: Sequence[str] | None = None,
        aux_metadata: Mapping[str, Any] | None = None,
        geo_field: str | None = None,
        shape_group_field: str | None = None,
        nested_fields: Sequence[str] | None = None,
        enrichments: Sequence[str] | None = None,
        add_to_session: bool = False,
        thumbnailize_at_ingest: bool = False,
        buffered_write: bool = False,
        add_provider_to_labels: bool = True,
        overwrite: bool = True,
        add_to_cache: bool = False,
    ) -> str:
        """
        Upload an image. For many, :meth:`add_images` is faster.

        Parameters
        ----------
        image_path
            A local file.
        id
            Its id; random if absent.
        image_url
            A public URL; the bytes stay there.
        image_uri
            An object of a cloud storage; the bytes stay there.
        image_bytes
            The encoded image, in memory or as a file-like object.
        sensor
            Name of the sensor.
        timestamp
            When it was taken; default: now.
        session_uid
            The session's uid.
        set_id
            Set or list of sets that it joins.
        annotations
            Annotations of the image; they are added, too.
        preprocesses
            What is done to thumbnails, like ``['normalize_thumbnail_colors']``.
        aux_metadata
            Anything else, searchable as ``aux.<key>``.
        geo_field
            Field of the metadata that holds a position.
        shape_group_field
            Field of the metadata that holds a shape, as of a UMAP.
        nested_fields
            Fields that are indexed as nested documents, like ``['annotations_meta']``.
        enrichments
            Enrichments that the platform should make.
        add_to_session
            Add a media entity to the session, too.
        thumbnailize_at_ingest
            Make thumbnails now instead of when they are first looked at.
        buffered_write
            Let the server index later; do not wait until it is found.
        add_provider_to_labels
            Write labels as ``<label>_<provider>`` into ``aux.labels``.
        overwrite
            False updates an image that exists: sets, aux metadata, preprocesses and annotations
            are added, the bytes stay.
        add_to_cache
            Keep the bytes in the client's key-value store, too.

        Returns
        -------
        str
            The image's id

        Raises
        ------
        InvalidArgumentsError
            If not exactly one source is given. It is a ValueError, too.
        FileNotFoundError
            If the URL does not give an image.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_image(image_path='front.png', id='front_1', set_id='set_1')
        'front_1'

        """
        image_id = asset_id_of(id)
        sets = set_list(set_id)
        if not overwrite and self.get_asset_manager('images').exists(image_id):
            changes = _changes(sets, aux_metadata, preprocesses, annotations,
                               add_provider_to_labels)
            self._update_image(image_id, changes, annotations)
            return image_id
        given = {'path': image_path, 'url': image_url, 'uri': image_uri, 'bytes': image_bytes}
        kind, source = only_source(given)
        facts = self._image_facts(kind, source)
        when = timestamp or times.now()
        document = documents.image(
            facts, sensor=sensor, timestamp=when, sets=sets, preprocesses=preprocesses
        )
        document |= {} if session_uid is None else {'session_uid': session_uid}
        document |= documents.annotated(annotations)
        document |= documents.aux(aux_metadata, annotations, add_provider_to_labels)
        self._put_image(
            image_id, document, kind, source, buffered_write,
            {'geo_field': geo_field, 'shape_group_field': shape_group_field,
             'nested_fields': nested_fields},
            facts.content_type, add_to_cache,
        )
        if session_uid and add_to_session:
            self.add_entities([
                entities.media(session_uid, EntityNames.IMAGE, image_id, when, enrichments or ())
            ])
        for preset in PRESETS if thumbnailize_at_ingest else ():
            self.compress_images([image_id], use_preset=preset)
        self._add_with_asset(annotations, when, sensor, session_uid)
        return image_id

    def _image_facts(self, kind: str, source: Any) -> probing.ImageFacts:
        if kind == 'uri':
            access = ObjectAccess(uri=source)
            url = self.get_asset_manager('images').get_url_from_object_access(access)
            return self._image_facts('url', url)
        facts = probing.image_facts(kind, source, self._http.pool)
        if kind == 'url' and facts.format is None:
            raise UnreadableSourceError('no image can be read at the URL; check that it is public')
        return facts

    def _put_image(
        self,
        image_id: str,
        document: Json,
        kind: str,
        source: Any,
        buffered_write: bool,
        fields: Json,
        content_type: str | None,
        add_to_cache: bool,
    ) -> None:
        """Store bytes and document; of bytes elsewhere only the position is indexed."""
        local = kind in ('path', 'bytes')
        options = fields if local else {'geo_field': fields['geo_field']}
        if local and content_type:
            options = {**options, 'content_type': content_type}
        self.get_asset_manager('images').put_asset(
            metadata=document,
            id=image_id,
            buffered_write=buffered_write,
            wait_for_completion=not buffered_write,
            add_to_redis_cache=add_to_cache,
            **source_argument(kind, source),
            **options,
        )

    def _update_image(
        self, image_id: str, changes: Json, annotations: Sequence[Annotation] | None
    ) -> None:
        if not changes:
            return
        manager = self.get_asset_manager('images')
        if annotations:
            stored = manager.get_metadata(image_id)
            self._add_with_asset(
                annotations, stored.get('timestamp'), stored.get('sensor'),
                stored.get('session_uid'),
            )
        manager.update_metadata(image_id, changes)

    def _add_with_asset(
        self,
        annotations: Sequence[Annotation] | None,
        timestamp: Moment | None,
        sensor: str | None,
        session_uid: str | None,
    ) -> None:
        """Add annotations of an asset that references them already."""
        if annotations:
            placed = [one.taken_with(timestamp, sensor, session_uid) for one in annotations]
            self.add_annotations(
                placed, update_asset=False, threading=False, disable_tqdm=True
            )


def only_source(given: Mapping[str, Any]) -> tuple[str, Any]:
    """Find the one source that is given."""
    kinds = [kind for kind, source in given.items() if source is not None]
    if len(kinds) != 1:
        raise InvalidArgumentsError(
            f'sources given are {", ".join(kinds) or "none"}; pass exactly one of '
            f'{", ".join(given)}'
        )
    return kinds[0], given[kinds[0]]


def source_argument(kind: str, source: Any) -> Json:
    """Name a source as the asset manager's client does."""
    names = {'path': 'file_path', 'url': 'url', 'uri': 'uri', 'bytes': 'file_object'}
    return {names[kind]: os.fspath(source) if kind == 'path' else source}


def _changes(
    sets: Sequence[str],
    aux_metadata: Mapping[str, Any] | None,
    preprocesses: Sequence[str] | None,
    annotations: Sequence[Annotation] | None,
    add_provider: bool,
) -> Json:
    """Say what is added to an image that exists."""
    changes: Json = {'sets': list(sets)} if sets else {}
    changes |= documents.aux(aux_metadata, annotations, add_provider)
    changes |= {'preprocesses': list(preprocesses)} if preprocesses else {}
    return changes | documents.annotated(annotations)
