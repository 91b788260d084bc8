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


"""One entity of an annotation, in the form in which it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scenebox_ros import ids
from scenebox_ros.errors import InvalidAnnotationError
from scenebox_ros.model import plain
from scenebox_ros.model.annotation.blocks import Connection, Point
from scenebox_ros.model.constants import AnnotationTypes

Coordinate = dict[str, float]
RELATIONSHIPS = ('parent', 'child', 'sibling')
COUNTS = {'point': 1, 'two_d_bounding_box': 4, 'two_d_cuboid': 8, 'three_d_cuboid': 8}


class RelatedAnnotation:
    """Another annotation that this one belongs to: ``{'uid': ..., 'relationship': 'parent'}``."""

    def __init__(self, related_annotation: Mapping[str, Any]) -> None:
        for key in ('uid', 'relationship'):
            if key not in related_annotation:
                raise InvalidAnnotationError(
                    f'related annotation {dict(related_annotation)} lacks {key!r}'
                )
        self.uid: str = related_annotation['uid']
        self.relationship: str = related_annotation['relationship']
        if self.relationship not in RELATIONSHIPS:
            raise InvalidAnnotationError(
                f'relationship {self.relationship!r} is unknown; use one of '
                f'{", ".join(RELATIONSHIPS)}'
            )

    def to_dic(self) -> dict[str, Any]:
        """
        Write it as it is stored.

        Returns
        -------
        dict
            ``uid`` and ``relationship``.

        Examples
        --------
        >>> RelatedAnnotation({'uid': 'a', 'relationship': 'parent'}).to_dic()
        {'uid': 'a', 'relationship': 'parent'}

        """
        return {'uid': self.uid, 'relationship': self.relationship}


class AnnotationEntity:
    """
    One shape or label of an annotation, checked and ready to be stored.

    Parameters
    ----------
    label
        Name of its class.
    annotation_type
        One of ``AnnotationTypes.VALID_TYPES``.
    coordinates
        Objects with ``x``, ``y`` and, for 3D cuboids, ``z``.
    confidence
        From 0 to 1.
    mask_color
        ``#`` and 3 or 6 hexadecimal digits; segmentations need it.
    related_annotations
        Objects with ``uid`` and ``relationship``.
    keypoints, connections
        For poses only.

    Raises
    ------
    InvalidAnnotationError
        If a rule of its type is broken.

    Examples
    --------
    >>> entity = AnnotationEntity(label='car', annotation_type='point',
    ...                           coordinates=[{'x': 1, 'y': 2}])
    >>> entity.to_dic()['coordinates']
    [{'x': 1.0, 'y': 2.0}]

    """

    def __init__(
        self,
        label: str,
        annotation_type: str,
        class_name: str | None = None,
        coordinates: Iterable[Mapping[str, Any]] | None = None,
        confidence: float | None = None,
        mask_color: str | None = None,
        mask_id: str | None = None,
        uid: str | None = None,
        category_id: int | str | None = None,
        related_annotations: Iterable[Mapping[str, Any]] | None = None,
        attributes: dict[str, Any] | None = None,
        mask_type: str | None = None,
        keypoints: Sequence[Point] | None = None,
        connections: Sequence[Connection] | None = None,
    ) -> None:
        self.label = label
        self.annotation_type: str = checked_type(annotation_type)
        self.class_name = class_name
        self.coordinates: list[Coordinate] = _coordinates(coordinates or (), annotation_type)
        self.confidence: float | None = _confidence(confidence)
        self.mask_color: str | None = _colour(mask_color, annotation_type)
        self.mask_id = mask_id
        self.uid: str = ids.std(uid) if uid else ids.guid()
        self.category_id = category_id
        self.related_annotations: list[RelatedAnnotation] = [
            RelatedAnnotation(one) for one in related_annotations or ()
        ]
        self.attributes: dict[str, Any] = attributes or {}
        self.mask_type = mask_type
        self.keypoints: list[Point] = list(keypoints or ())
        self.connections: list[Connection] = list(connections or ())
        self._check_pose()

    def _check_pose(self) -> None:
        if self.keypoints and self.annotation_type != AnnotationTypes.TWO_D_POSE:
            raise InvalidAnnotationError(
                f'keypoints do not go with {self.annotation_type!r}, only with two_d_pose'
            )
        if self.connections and not self.keypoints:
            raise InvalidAnnotationError('connections need keypoints; pass both')

    def to_dic(self) -> dict[str, Any]:
        """
        Write the entity as it is stored; what is unset is left out.

        Returns
        -------
        dict
            With ``uid``, ``label``, ``annotation_type``, ``attributes`` and what is set.

        Examples
        --------
        >>> AnnotationEntity('car', 'classification').to_dic()['label']
        'car'

        """
        document: dict[str, Any] = {
            'uid': self.uid,
            'label': self.label,
            'annotation_type': self.annotation_type,
            'attributes': self.attributes,
            'related_annotations': [one.to_dic() for one in self.related_annotations],
            'category_id': self.category_id,
        }
        optional = {
            'coordinates': self.coordinates or None,
            'confidence': self.confidence,
            'mask_id': self.mask_id or None,
            'mask_color': self.mask_color or None,
            'class_name': self.class_name or None,
            'mask_type': self.mask_type or None,
            'keypoints': [point.to_dic() for point in self.keypoints] or None,
            'connections': [line.to_dic() for line in self.connections] or None,
        }
        return document | {key: value for key, value in optional.items() if value is not None}

    @classmethod
    def from_dict(cls, entity_dict: Mapping[str, Any]) -> AnnotationEntity:
        """
        Rebuild an entity from what :meth:`to_dic` wrote.

        Parameters
        ----------
        entity_dict
            The stored form of any annotation type.

        Returns
        -------
        AnnotationEntity
            An equal entity.

        Raises
        ------
        InvalidAnnotationError
            If a key is missing or a rule is broken.

        Examples
        --------
        >>> AnnotationEntity.from_dict({'label': 'car', 'annotation_type': 'classification'}).label
        'car'

        """
        rest = dict(entity_dict)
        missing = {'label', 'annotation_type'} - set(rest)
        if missing:
            raise InvalidAnnotationError(f'annotation entity lacks {sorted(missing)[0]!r}')
        rest['keypoints'] = [Point(**point) for point in rest.get('keypoints') or ()]
        rest['connections'] = [Connection(**line) for line in rest.get('connections') or ()]
        return cls(**rest)


def checked_type(annotation_type: str | None) -> str:
    """Refuse a type that is not one of the platform's."""
    if annotation_type not in AnnotationTypes.VALID_TYPES:
        known = ', '.join(AnnotationTypes.VALID_TYPES)
        raise InvalidAnnotationError(f'annotation type {annotation_type!r} is none of {known}')
    return annotation_type


def _coordinates(points: Iterable[Mapping[str, Any]], annotation_type: str) -> list[Coordinate]:
    axes = ('x', 'y', 'z') if annotation_type == AnnotationTypes.THREE_D_CUBOID else ('x', 'y')
    try:
        read = [{axis: float(point[axis]) for axis in axes} for point in points]
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidAnnotationError(
            f'a coordinate of {annotation_type!r} cannot be read ({error!r}); it needs numbers '
            f'for {", ".join(axes)}'
        ) from error
    needed = COUNTS.get(annotation_type)
    if needed and len(read) != needed:
        raise InvalidAnnotationError(
            f'{annotation_type!r} has {needed} coordinates, but {len(read)} were passed'
        )
    if annotation_type in (AnnotationTypes.POLYGON, AnnotationTypes.LINE) and not read:
        raise InvalidAnnotationError(f'{annotation_type!r} needs at least one coordinate')
    return read


def _confidence(value: float | None) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise InvalidAnnotationError(f'confidence is {value!r}; pass a number from 0 to 1')
    return float(value)


def _colour(text: str | None, annotation_type: str) -> str | None:
    if not text:
        if annotation_type == AnnotationTypes.SEGMENTATION:
            raise InvalidAnnotationError('a segmentation needs mask_color, like #ff00aa')
        return None
    if not plain.is_hex_colour(text):
        raise InvalidAnnotationError(f'mask colour {text!r} is not hexadecimal, like #ff00aa')
    return text.lower()
