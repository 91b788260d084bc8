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


"""Annotations of Deepen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
import json
import logging
from typing import Any

from scenebox_ros import ids
from scenebox_ros.errors import InvalidAnnotationError, InvalidArgumentsError
from scenebox_ros.model import times
from scenebox_ros.model.annotation.base import Annotation
from scenebox_ros.model.annotation.entity import AnnotationEntity
from scenebox_ros.model.constants import AnnotationTypes

log = logging.getLogger(__name__)
TYPES = {'box': AnnotationTypes.TWO_D_BOUNDING_BOX, 'polygon': AnnotationTypes.POLYGON}


class DeepenAnnotation(Annotation):
    """
    The labels of one file of a Deepen task.

    Parameters
    ----------
    annotation_meta
        The task's document: ``id``, ``timestamp``, ``sets`` and ``state``, a JSON object with
        lists of files.
    file_id
        The file, which is the id of the image.
    file_labels
        Its labels: boxes or polygons. Those that cannot be read are left out, with a warning.
    resolution, annotation_binary_id
        Kept in memory.
    version
        As for :class:`Annotation`.

    Raises
    ------
    ValueError
        If the task has no such file.

    """

    def __init__(
        self,
        annotation_meta: Mapping[str, Any],
        file_id: str,
        file_labels: Iterable[Mapping[str, Any]],
        resolution: Any = None,
        annotation_binary_id: str | None = None,
        version: str | None = None,
    ) -> None:
        if not any(file_id in files for files in _state(annotation_meta).values()):
            raise InvalidArgumentsError(
                f'file {file_id!r} is not in the task; pass one of its files'
            )
        self.resolution = resolution
        self.annotation_binary_id = annotation_binary_id
        labels = list(file_labels)
        kinds = {label.get('label_type') for label in labels} & set(TYPES)
        kind = TYPES['polygon'] if kinds == {'polygon'} else TYPES['box']
        if len(kinds) > 1:
            kind = AnnotationTypes.MIXED
        super().__init__(
            id=f'{annotation_meta["id"]}{file_id}.ann',
            asset_id=file_id,
            provider='deepen',
            sets=list(annotation_meta.get('sets') or ())[:1],
            timestamp=times.parse(annotation_meta['timestamp']),
            version=version,
            annotation_type=kind,
            annotation_meta=dict(annotation_meta),
            annotation_entities=[
                entity for label in labels for entity in _readable(file_id, label)
            ],
        )


def _state(annotation_meta: Mapping[str, Any]) -> dict[str, list[str]]:
    state = annotation_meta['state']
    read: dict[str, list[str]] = json.loads(state) if isinstance(state, str) else state
    return {key: files for key, files in read.items() if isinstance(files, list)}


def _readable(file_id: str, label: Mapping[str, Any]) -> list[AnnotationEntity]:
    try:
        return list(_entities(file_id, label))
    except (KeyError, TypeError, ValueError, InvalidAnnotationError) as error:
        log.warning('a label of file %s cannot be read, it is left out: %r', file_id, error)
        return []


def _entities(file_id: str, label: Mapping[str, Any]) -> Iterator[AnnotationEntity]:
    if label['label_type'] == 'box':
        x, y, width, height = label['box']
        yield _entity(label, AnnotationTypes.TWO_D_BOUNDING_BOX, [
            (x, y), (x + width, y), (x + width, y + height), (x, y + height)
        ], None)
    elif label['label_type'] == 'polygon':
        for part, polygon in enumerate(label['polygons']):
            uid = ids.std(f'{file_id}_{label["label_id"]}_{part}')
            yield _entity(label, AnnotationTypes.POLYGON, [*polygon, polygon[0]], uid)
    else:
        raise InvalidAnnotationError(f'label type {label["label_type"]!r} is unknown')


def _entity(
    label: Mapping[str, Any], kind: str, corners: Any, uid: str | None
) -> AnnotationEntity:
    return AnnotationEntity(
        label=label['label_category_id'], annotation_type=kind, uid=uid,
        attributes=dict(label.get('attributes') or {}),
        coordinates=[{'x': x, 'y': y} for x, y in corners],
    )
