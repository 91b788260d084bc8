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


"""What all annotations share: which asset they belong to, who made them, how they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
import json
import logging
from typing import Any, ClassVar, TYPE_CHECKING, TypedDict

from scenebox_ros import ids
from scenebox_ros.errors import InvalidAnnotationError
from scenebox_ros.model import plain, times
from scenebox_ros.model.annotation.entity import AnnotationEntity, checked_type
from scenebox_ros.model.constants import AnnotationMediaTypes, AnnotationProviders, AssetsConstants

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from scenebox_ros.model.object_access import ObjectAccess

log = logging.getLogger(__name__)
# Objects are cut out of images, so they can be annotated like them.
MEDIA_TYPES = (*AnnotationMediaTypes.VALID_TYPES, AssetsConstants.OBJECTS_ASSET_ID)
RAW_KINDS = ('raw_annotation_str', 'raw_annotation_json', 'raw_annotation_url',
             'raw_annotation_uri')


class Common(TypedDict, total=False):
    """Keyword arguments that every annotation takes."""

    id: str | None
    timestamp: datetime | str | None
    asset_id: str | None
    image_id: str | None
    video_id: str | None
    lidar_id: str | None
    media_type: str
    provider: str
    annotation_meta: dict[str, Any]
    sets: Sequence[str]
    set_id: str | None
    session_uid: str | None
    sensor: str | None
    version: str | None
    frame: int | None
    label_status: str | None
    annotation_group: str
    masks: Mapping[str, ObjectAccess | None]
    tags: Sequence[str]
    aux: Sequence[Any]
    raw_annotation_str: str | bytes | None
    raw_annotation_json: Any
    raw_annotation_url: str | None
    raw_annotation_uri: str | None


class BaseFields(Common, total=False):
    """What :class:`Annotation` itself takes besides."""

    annotation_type: str
    annotation_entities: Sequence[AnnotationEntity]


def filled(common: Common, kind: str, entities: Sequence[AnnotationEntity]) -> BaseFields:
    """Complete the common arguments with what a concrete class knows."""
    return {**common, 'annotation_type': kind, 'annotation_entities': entities}


class Annotation:
    """
    An annotation of one asset, with any number of entities.

    Parameters
    ----------
    id
        Identifies it; random if absent. Standardized, as all ids.
    timestamp
        Default: now.
    asset_id, image_id, video_id, lidar_id
        The annotated asset, by whichever name reads best.
    media_type
        ``images`` by default.
    annotation_type
        One of ``AnnotationTypes.VALID_TYPES``.
    provider, version, annotation_group
        Who made it; group is ``ground_truth``, ``model_generated`` or ``other``.
    annotation_entities
        What it says.
    sets, set_id
        Sets that the annotation joins.
    session_uid, sensor, label_status, tags, aux
        Stored with it.
    frame
        Of videos: the number of the annotated frame.
    masks
        Mask id to where the mask's bytes are.
    raw_annotation_str, raw_annotation_json, raw_annotation_url, raw_annotation_uri
        The annotation in its provider's own form, stored beside it; at most one.
    annotation_meta
        Kept in memory, never stored.

    Raises
    ------
    InvalidAnnotationError
        If the asset or the type is missing or unknown, if a video's frame is missing, or if raw
        annotations are given twice.

    """

    kind: ClassVar[str | None] = None

    def __init__(self, **fields: Unpack[BaseFields]) -> None:
        given = dict(fields)
        _warn_of_unknown(set(given))
        self.id: str = ids.std(str(given['id'])) if given.get('id') else ids.guid()
        self.timestamp: datetime | str = fields.get('timestamp') or times.now()
        self.asset_id: str = _asset_id(given)
        self.media_type: str = fields.get('media_type') or AssetsConstants.IMAGES_ASSET_ID
        self.annotation_type: str = checked_type(fields.get('annotation_type'))
        self.provider: str = fields.get('provider', AnnotationProviders.DEFAULT_PROVIDER)
        self.annotation_entities: list[AnnotationEntity] = list(
            fields.get('annotation_entities') or ()
        )
        self.annotation_meta: dict[str, Any] = fields.get('annotation_meta') or {}
        self.sets: list[str] = [*(fields.get('sets') or ()), *_optional(fields.get('set_id'))]
        self.session_uid: str | None = fields.get('session_uid')
        self.sensor: str | None = fields.get('sensor')
        self.version: str | None = fields.get('version')
        self.frame: int | None = fields.get('frame')
        self.label_status: str | None = fields.get('label_status')
        self.annotation_group: str = fields.get('annotation_group', 'ground_truth')
        self.masks: dict[str, ObjectAccess | None] = dict(fields.get('masks') or {})
        self.tags: list[str] = list(fields.get('tags') or ())
        self.aux: list[Any] = list(fields.get('aux') or ())
        self.raw_annotation_str: str | bytes | None = _raw_bytes(given)
        self.raw_annotation_url: str | None = fields.get('raw_annotation_url')
        self.raw_annotation_uri: str | None = fields.get('raw_annotation_uri')
        self._check_media()

    def _check_media(self) -> None:
        if self.media_type not in MEDIA_TYPES:
            raise InvalidAnnotationError(
                f'media type {self.media_type!r} cannot be annotated; use one of '
                f'{", ".join(MEDIA_TYPES)}'
            )
        if self.media_type == AssetsConstants.VIDEOS_ASSET_ID and self.frame is None:
            raise InvalidAnnotationError(
                f'annotation {self.id!r} of a video has no frame; pass the number of the frame'
            )

    @property
    def labels(self) -> list[str]:
        """Distinct labels of its entities, in their order."""
        return plain.distinct(entity.label for entity in self.annotation_entities)

    @property
    def source(self) -> dict[str, Any]:
        """Tell what the annotated asset's own document says about this annotation."""
        return {
            'provider': self.provider,
            'id': self.id,
            'type': self.annotation_type,
            'version': self.version,
        }

    def to_dic(self) -> dict[str, Any]:
        """
        Write the annotation as it is stored; its id goes beside this document.

        Returns
        -------
        dict
            All 17 keys, null where nothing is known.

        Raises
        ------
        InvalidAnnotationError
            If a mask has not been uploaded yet.

        Examples
        --------
        >>> annotation.to_dic()['annotation_type']
        'two_d_bounding_box'

        """
        return {
            'session_uid': self.session_uid,
            'timestamp': times.to_iso(self.timestamp),
            'asset_id': self.asset_id,
            'media_type': self.media_type,
            'provider': self.provider,
            'annotation_type': self.annotation_type,
            'annotation_entities': [entity.to_dic() for entity in self.annotation_entities],
            'sets': self.sets,
            'labels': self.labels,
            'label_status': self.label_status,
            'sensor': self.sensor,
            'version': self.version,
            'annotation_group': self.annotation_group,
            'masks': {key: self._stored_mask(key) for key in self.masks},
            'frame': self.frame,
            'tags': self.tags,
            'aux': self.aux,
        }

    def _stored_mask(self, mask_id: str) -> dict[str, Any]:
        mask = self.masks[mask_id]
        if mask is None:
            raise InvalidAnnotationError(
                f'mask {mask_id!r} is a local file that is not uploaded yet; add the annotation '
                'with add_annotations, or call post_upload first'
            )
        return mask.to_dic()

    def taken_with(
        self, timestamp: datetime | str | None, sensor: str | None, session_uid: str | None
    ) -> Annotation:
        """
        Copy the annotation, with the time, sensor and session of its asset.

        Parameters
        ----------
        timestamp
            When; None keeps the time of the annotation.
        sensor, session_uid
            Of the asset.

        Returns
        -------
        Annotation
            The copy.

        Examples
        --------
        >>> annotation.taken_with('2026-01-31T10:00:00Z', 'left', 'session_1').sensor
        'left'

        """
        placed = copy(self)
        placed.timestamp = timestamp or self.timestamp
        placed.sensor = sensor
        placed.session_uid = session_uid
        return placed

    def post_upload(self, annotations_amc: Any, owner_organization_id: str | None = None) -> None:
        """
        Upload what belongs to the annotation; only segmentations have something.

        Parameters
        ----------
        annotations_amc
            Asset manager client of annotations.
        owner_organization_id
            Organization that owns the annotated asset.

        Examples
        --------
        >>> annotation.post_upload(client.get_asset_manager('annotations'))

        """


def _warn_of_unknown(given: set[str]) -> None:
    unknown = given - set(BaseFields.__annotations__) - set(Common.__annotations__)
    if unknown:
        log.warning('annotations do not store %s; left out', ', '.join(sorted(unknown)))


def _asset_id(given: Mapping[str, Any]) -> str:
    for name in ('asset_id', 'image_id', 'video_id', 'lidar_id'):
        if given.get(name):
            return ids.std(given[name])
    raise InvalidAnnotationError('the annotated asset is missing; pass asset_id')


def _optional(value: str | None) -> list[str]:
    return [value] if value else []


def _raw_bytes(given: Mapping[str, Any]) -> str | bytes | None:
    raw = [name for name in RAW_KINDS if given.get(name) is not None]
    if len(raw) > 1:
        raise InvalidAnnotationError(f'{raw[0]} and {raw[1]} are both given; pass one of them')
    if raw == ['raw_annotation_json']:
        return json.dumps(given['raw_annotation_json']).encode()
    text: str | bytes | None = given.get('raw_annotation_str')
    return text
