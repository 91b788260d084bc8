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


"""Annotations of one image, out of a COCO file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from scenebox_ros import ids
from scenebox_ros.errors import ArgumentTypeError, InvalidAnnotationError, MissingKeyError
from scenebox_ros.model import times
from scenebox_ros.model.annotation.base import Annotation
from scenebox_ros.model.annotation.entity import AnnotationEntity
from scenebox_ros.model.constants import AnnotationTypes

Entry = Mapping[str, Any]


class CocoAnnotation(Annotation):
    """
    Boxes or polygons of one image of a COCO file.

    Parameters
    ----------
    image_dict
        The image's entry, with ``file_name`` and perhaps ``date_captured``.
    annotations_dict
        The entries of its annotations.
    categories_dict
        The entries of all categories.
    annotation_type
        ``two_d_bounding_box`` or ``polygon``.
    set_name
        Set that the annotation joins.
    provider
        Who annotated; a part of the annotation's id.
    version, annotation_group
        As for :class:`Annotation`.

    Raises
    ------
    InvalidAnnotationError
        If the type is another one, a box lacks a key, or a category is not in the file.
    KeyError
        If a polygon lacks a key.
    TypeError
        If the provider is missing.

    """

    def __init__(
        self,
        image_dict: Entry,
        annotations_dict: Iterable[Entry],
        categories_dict: Sequence[Entry],
        annotation_type: str,
        set_name: str | None = None,
        provider: str | None = None,
        version: str | None = None,
        annotation_group: str = 'ground_truth',
    ) -> None:
        if provider is None:
            raise ArgumentTypeError('provider is missing; pass the name of who annotated')
        readers = {AnnotationTypes.TWO_D_BOUNDING_BOX: _boxes, AnnotationTypes.POLYGON: _polygons}
        if annotation_type not in readers:
            raise InvalidAnnotationError(
                f'annotation type {annotation_type!r} is not read from COCO; use one of '
                f'{", ".join(readers)}'
            )
        names = {category['id']: category['name'] for category in categories_dict}
        captured = image_dict.get('date_captured')
        super().__init__(
            id=ids.std(f'{image_dict["file_name"]}_{provider}'),
            asset_id=image_dict['file_name'],
            timestamp=times.parse(captured) if captured else None,
            annotation_type=annotation_type,
            provider=provider,
            version=version,
            annotation_group=annotation_group,
            set_id=set_name,
            annotation_meta={'image': image_dict, 'categories': categories_dict},
            annotation_entities=list(readers[annotation_type](annotations_dict, names)),
        )


def _boxes(entries: Iterable[Entry], names: Mapping[Any, str]) -> Iterator[AnnotationEntity]:
    for entry in entries:
        try:
            left, top, width, height = entry['bbox']
            category = entry['category_id']
        except KeyError as error:
            raise InvalidAnnotationError(f'COCO annotation lacks {error}') from None
        right, bottom = left + width, top + height
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        yield _entity(AnnotationTypes.TWO_D_BOUNDING_BOX, category, names, corners)


def _polygons(entries: Iterable[Entry], names: Mapping[Any, str]) -> Iterator[AnnotationEntity]:
    for entry in entries:
        for key in ('segmentation', 'category_id'):
            if key not in entry:
                raise MissingKeyError(f'COCO annotation lacks {key!r}')
        for flat in entry['segmentation']:
            if len(flat) % 2:
                raise InvalidAnnotationError(
                    f'a COCO polygon has {len(flat)} numbers; x and y go in pairs'
                )
            corners = list(zip(flat[::2], flat[1::2], strict=True))
            yield _entity(AnnotationTypes.POLYGON, entry['category_id'], names, corners)


def _entity(
    kind: str, category: Any, names: Mapping[Any, str], corners: Sequence[Sequence[float]]
) -> AnnotationEntity:
    if category not in names:
        raise InvalidAnnotationError(f'COCO category {category!r} is not in the file')
    return AnnotationEntity(
        label=names[category],
        annotation_type=kind,
        category_id=category,
        coordinates=[{'x': x, 'y': y} for x, y in corners],
    )
