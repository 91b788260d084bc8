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

"""Many images."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
import logging
import os
from pathlib import Path

from scenebox_ros.client import documents, probing
from scenebox_ros.client.bulk import Bulk
from scenebox_ros.client.methods.scene.base import Json, set_list, SetIds
from scenebox_ros.client.methods.scene.image import ImageMethods
from scenebox_ros.client.methods.scene.set_content import SetContentMethods
from scenebox_ros.errors import MissingKeyError, RuleError
from scenebox_ros.model import entities
from scenebox_ros.model.assets import Image
from scenebox_ros.model.constants import EntityNames

log = logging.getLogger(__name__)
# First bytes of the formats that a folder is searched for.
MAGIC = (b'\xff\xd8\xff', b'\x89PNG\r\n\x1a\n', b'II*\x00', b'MM\x00*')


class BulkImageMethods(ImageMethods, SetContentMethods):
    """Add many images, from anywhere or from a folder."""

    def add_images(
        self,
        images: Iterable[Image],
        set_id: SetIds,
        geo_field: str | None = None,
        shape_group_field: str | None = None,
        nested_fields: Sequence[str] | None = None,
        preprocesses: Sequence[str] | None = None,
        enrichments: Sequence[str] | None = None,
        add_to_session: bool = False,
        thumbnailize_at_ingest: bool = False,
        add_provider_to_labels: bool = True,
        add_to_cache: bool = False,
        *,
        overwrite: bool = True,
        disable_tqdm: bool = True,
    ) -> list[str]:
        """
        Upload images in chunks; a generator of any length does not fill the memory.

        Sources of one kind go together: paths, URLs, URIs or bytes.

        Parameters
        ----------
        images
            :class:`Image` objects.
        set_id
            Set or list of sets that they join.
        geo_field
            Field of the metadata that holds a position.
        shape_group_field
            Field of the metadata that holds a shape, as of a UMAP.
        nested_fields
            Fields that are indexed as nested documents, like ``['annotations_meta']``.
        preprocesses
            What is done to thumbnails, like ``['normalize_thumbnail_colors']``.
        enrichments
            Enrichments that the platform should make.
        add_to_session
            Add a media entity to the session, too.
        thumbnailize_at_ingest
            Make thumbnails now instead of when they are first looked at.
        add_provider_to_labels
            Write labels as ``<label>_<provider>`` into ``aux.labels``.
        add_to_cache
            Keep the bytes in the client's key-value store, too.
        overwrite
            False skips what exists already, and adds it to the set.
        disable_tqdm
            No progress bar; there is none without a terminal, either.

        Returns
        -------
        list[str]
            Ids of the images in their order; of the new ones only without ``overwrite``

        Raises
        ------
        InvalidArgumentsError
            If sources of different kinds are mixed.
        RuleError
            If a set is missing or holds another type. It is an AssertionError, too.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> images = (Image(id=path.name, path=path) for path in folder.glob('*.png'))
        >>> client.add_images(images, 'set_1', overwrite=False)

        """
        sets = set_list(set_id)

        def describe(image: Image, facts: probing.ImageFacts) -> Json:
            document = documents.image(
                facts, sensor=image.sensor, timestamp=image.timestamp, sets=sets,
                preprocesses=preprocesses,
            )
            document |= {} if image.session_uid is None else {'session_uid': image.session_uid}
            document |= documents.annotated(image.annotations)
            return document | documents.aux(
                image.aux_metadata, image.annotations, add_provider_to_labels
            )

        def after(chunk: Sequence[Image], _: Sequence[probing.ImageFacts]) -> None:
            if add_to_session:
                self._add_image_entities(chunk, enrichments)
            if thumbnailize_at_ingest:
                self.compress_images([image.id for image in chunk], use_preset='small')
            self._add_image_annotations(chunk)

        return Bulk(
            self, Image, sets,
            probe=lambda kind, source: probing.image_facts(kind, source, self._http.pool),
            describe=describe,
            after=after,
            content_type=lambda facts: facts.content_type,
            overwrite=overwrite,
            is_shown=not disable_tqdm,
            options={
                'geo_field': geo_field,
                'shape_group_field': shape_group_field,
                'nested_fields': nested_fields,
                'add_to_redis_cache': add_to_cache,
            },
        ).run(images)

    def _add_image_entities(
        self, chunk: Sequence[Image], enrichments: Sequence[str] | None
    ) -> None:
        dicts = [
            entities.media(
                image.session_uid, EntityNames.IMAGE, image.id, image.timestamp, enrichments
            )
            for image in chunk
            if image.session_uid
        ]
        if dicts:
            self.add_entities(dicts)

    def _add_image_annotations(self, chunk: Sequence[Image]) -> None:
        placed = [
            annotation.taken_with(image.timestamp, image.sensor, image.session_uid)
            for image in chunk
            for annotation in image.annotations or ()
        ]
        if placed:
            self.add_annotations(placed, update_asset=False, threading=False, disable_tqdm=True)

    def add_images_from_folder(
        self,
        folder_path: str | os.PathLike[str],
        set_id: SetIds,
        session_uid: str | None = None,
        filename_image_id_map: Mapping[str, str] | None = None,
        preprocesses: Sequence[str] | None = None,
        thumbnailize_at_ingest: bool = False,
    ) -> None:
        """
        Upload the images of a folder, but not of the folders in it.

        JPEG, PNG and TIFF files are found by their content.

        Parameters
        ----------
        folder_path
            The folder.
        set_id
            Set or list of sets that they join.
        session_uid
            The session that they belong to.
        filename_image_id_map
            Ids by file names; default: random ids.
        preprocesses
            What is done to thumbnails, like ``['normalize_thumbnail_colors']``.
        thumbnailize_at_ingest
            Make thumbnails now instead of when they are first looked at.

        Raises
        ------
        KeyError
            If the map lacks an image of the folder.
        RuleError
            If a set is missing or holds another type. It is an AssertionError, too.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_images_from_folder('photos', 'set_1')

        """
        if not set_list(set_id):
            raise RuleError('set_id is missing; pass the set that the images join')
        paths = sorted(path for path in Path(folder_path).iterdir() if _is_image(path))
        if not paths:
            log.warning('no images are in %s', folder_path)
            return
        images = [
            Image(id=_mapped(path.name, filename_image_id_map), path=path, session_uid=session_uid)
            for path in paths
        ]
        self.add_images(
            images, set_id, preprocesses=preprocesses,
            thumbnailize_at_ingest=thumbnailize_at_ingest,
        )


def _is_image(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open('rb') as file:
        return file.read(8).startswith(MAGIC)


def _mapped(name: str, ids: Mapping[str, str] | None) -> str | None:
    if not ids:
        return None
    if name not in ids:
        raise MissingKeyError(f'filename_image_id_map has no id for {name!r}; add it')
    return ids[name]
