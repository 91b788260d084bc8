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


"""Annotations of Scale: what it sends back, and what it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
import hashlib
import math
from typing import Any

from scenebox_ros import ids
from scenebox_ros.errors import ArgumentTypeError, InvalidAnnotationError, RuleError
from scenebox_ros.model import plain, times
from scenebox_ros.model.annotation.base import Annotation
from scenebox_ros.model.annotation.entity import AnnotationEntity
from scenebox_ros.model.constants import AnnotationTypes
from scenebox_ros.model.object_access import ObjectAccess

Json = Mapping[str, Any]
Corner = tuple[float, float, float]
GEOMETRIES = {'box': 'two_d_bounding_box', 'line': 'line', 'polygon': 'polygon', 'point': 'point'}
# Half-extent signs of the corners, in the order tr1 br1 bl1 tl1 tr2 br2 bl2 tl2.
SIGNS = (
    (1, 1, 1), (1, 1, -1), (-1, 1, -1), (-1, 1, 1), (1, -1, 1), (1, -1, -1), (-1, -1, -1),
    (-1, -1, 1),
)
# Corners are stored in the order tl1 bl1 tr1 br1 tl2 bl2 tr2 br2.
STORED = (3, 2, 0, 1, 7, 6, 4, 5)


class UnknownGeometryError(ArgumentTypeError, NotImplementedError):
    """Scale has no such geometry."""


class ScaleAnnotation(Annotation):
    """
    A completed task of Scale.

    Parameters
    ----------
    scale_response
        What Scale's callback sends.
    version
        As for :class:`Annotation`.

    Raises
    ------
    InvalidAnnotationError
        If the task is not completed, or its geometry is none that is known.
    RuleError
        If a task of the workflow ``fix`` has no receiving strategy.

    """

    def __init__(self, scale_response: Json, version: str | None = None) -> None:
        task = scale_response['task']
        if task.get('status') != 'completed':
            raise InvalidAnnotationError(
                f'task {task.get("task_id")!r} is {task.get("status")!r}; wait until it is '
                'completed'
            )
        kind = _type_of(task)
        entities = list(READERS[kind](_received(task)))
        metadata = task['metadata']
        masks = {
            entity.mask_id: ObjectAccess(url=entity.mask_url)
            for entity in entities
            if isinstance(entity, _Mask) and entity.mask_id
        }
        is_lidar = task['type'] == 'lidarannotation'
        super().__init__(
            id=ids.std(f'{task["task_id"]}.ann'),
            asset_id=metadata['asset_id'],
            sets=[metadata['output_set_id']] if metadata.get('output_set_id') else [],
            provider='scale',
            version=version,
            timestamp=times.parse(task['created_at']),
            media_type='lidars' if is_lidar else 'images',
            annotation_type=kind,
            annotation_entities=entities,
            masks=masks,
            raw_annotation_json=scale_response,
        )


class _Mask(AnnotationEntity):
    """A segment, with the URL of its mask."""

    mask_url: str = ''


def _type_of(task: Json) -> str:
    if task['type'] == 'segmentannotation':
        return AnnotationTypes.SEGMENTATION
    if task['type'] == 'lidarannotation':
        return AnnotationTypes.THREE_D_CUBOID
    geometries = list((task.get('params') or {}).get('geometries') or ())
    if task['type'] != 'imageannotation' or len(geometries) != 1:
        raise InvalidAnnotationError(
            f'task type {task["type"]!r} with geometries {geometries} cannot be read'
        )
    if geometries[0] not in GEOMETRIES:
        raise InvalidAnnotationError(
            f'geometry {geometries[0]!r} cannot be read; use one of {", ".join(GEOMETRIES)}'
        )
    return GEOMETRIES[geometries[0]]


def _received(task: Json) -> Any:
    """Take what Scale made; where it fixed ours, lay that over ours by uuid."""
    received = task['response'].get('annotations', task['response'])
    metadata = task['metadata']
    if metadata.get('workflow') != 'fix':
        return received
    strategy = metadata.get('receiving_strategy')
    if not strategy:
        raise RuleError('a task of workflow fix needs receiving_strategy in its metadata')
    if strategy != 'merge_update_hypothesis':
        return received
    hypothesis = task['params']['hypothesis']['annotations']
    merged = {one['uuid']: one for one in hypothesis}
    merged.update({one['uuid']: one for one in received})
    return list(merged.values())


def _flat(kind: str, item: Json, corners: Sequence[tuple[float, float]]) -> AnnotationEntity:
    return AnnotationEntity(
        label=item['label'], annotation_type=kind, uid=item.get('uuid'),
        attributes=dict(item.get('attributes') or {}),
        coordinates=[{'x': x, 'y': y} for x, y in corners],
    )


def _boxes(items: Sequence[Json]) -> Iterator[AnnotationEntity]:
    for item in items:
        left, top = item['left'], item['top']
        right, bottom = left + item['width'], top + item['height']
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        yield _flat(AnnotationTypes.TWO_D_BOUNDING_BOX, item, corners)


def _vertices(kind: str) -> Callable[[Sequence[Json]], Iterator[AnnotationEntity]]:
    def read(items: Sequence[Json]) -> Iterator[AnnotationEntity]:
        for item in items:
            yield _flat(kind, item, [(vertex['x'], vertex['y']) for vertex in item['vertices']])

    return read


def _points(items: Sequence[Json]) -> Iterator[AnnotationEntity]:
    for item in items:
        yield _flat(AnnotationTypes.POINT, item, [(item['x'], item['y'])])


def _segments(item: Json) -> Iterator[AnnotationEntity]:
    urls: list[tuple[str, str]] = []
    if item.get('unlabeled'):
        urls.append(('unlabeled', item['unlabeled']))
    for label, found in (item.get('labeled') or {}).items():
        urls += [(label, url) for url in ([found] if isinstance(found, str) else found)]
    for label, url in urls:
        mask_id = hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()
        entity = _Mask(
            label=label, annotation_type=AnnotationTypes.SEGMENTATION, mask_id=mask_id,
            mask_color='#ffffff',
        )
        entity.mask_url = url
        yield entity


def _cuboids(response: Any) -> Iterator[AnnotationEntity]:
    cuboids = response['cuboids'] if isinstance(response, Mapping) else response
    for item in cuboids:
        attributes = dict(item.get('attributes') or {})
        for key in ('camera_used', 'distance_to_device'):
            if key in item:
                attributes[key] = item[key]
        corners = _corners(item)
        yield AnnotationEntity(
            label=item['label'], annotation_type=AnnotationTypes.THREE_D_CUBOID,
            uid=item.get('uuid'), attributes=attributes,
            coordinates=[
                dict(zip('xyz', corners[index], strict=True)) for index in STORED
            ],
        )


def _corners(item: Json) -> list[Corner]:
    """Place a cuboid's corners: half extents, turned by roll, pitch and yaw, then moved."""
    half = [item['dimensions'][axis] / 2 for axis in 'xyz']
    rows = _rotation(item.get('roll', 0.0), item.get('pitch', 0.0), item.get('yaw', 0.0))
    centre = [item['position'][axis] for axis in 'xyz']
    placed = []
    for signs in SIGNS:
        corner = [sign * extent for sign, extent in zip(signs, half, strict=True)]
        x, y, z = (
            middle + sum(factor * value for factor, value in zip(row, corner, strict=True))
            for middle, row in zip(centre, rows, strict=True)
        )
        placed.append((x, y, z))
    return placed


def _rotation(roll: float, pitch: float, yaw: float) -> list[list[float]]:
    """Make the rotation about x, then y, then z; radians."""
    cr, sr = math.cos(roll), math.sin(roll)
    cp, sp = math.cos(pitch), math.sin(pitch)
    cy, sy = math.cos(yaw), math.sin(yaw)
    return [
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ]


READERS: dict[str, Callable[[Any], Iterator[AnnotationEntity]]] = {
    AnnotationTypes.TWO_D_BOUNDING_BOX: _boxes,
    AnnotationTypes.POLYGON: _vertices(AnnotationTypes.POLYGON),
    AnnotationTypes.LINE: _vertices(AnnotationTypes.LINE),
    AnnotationTypes.POINT: _points,
    AnnotationTypes.SEGMENTATION: _segments,
    AnnotationTypes.THREE_D_CUBOID: _cuboids,
}


def convert_to_scale_format(annotation_document: Json) -> tuple[list[dict[str, Any]], list[str]]:
    """
    Write a stored annotation as Scale takes it.

    Parameters
    ----------
    annotation_document
        The document of a box, polygon, line or point annotation, with its ``id``.

    Returns
    -------
    list of dict
        One object per entity, with the label in lower case.
    list of str
        The distinct labels, as they are.

    Raises
    ------
    NotImplementedError
        If the annotation is of another type.

    """
    kind = annotation_document['annotation_type']
    entities = annotation_document['annotation_entities']
    shapes = [
        {
            **_shape(kind, entity['coordinates']),
            'label': entity['label'].lower(),
            'uuid': entity['uid'],
            'annotation_id': annotation_document.get('id'),
        }
        for entity in entities
    ]
    return shapes, plain.distinct(entity['label'] for entity in entities)


def _shape(kind: str, corners: Sequence[Json]) -> dict[str, Any]:
    if kind == AnnotationTypes.TWO_D_BOUNDING_BOX:
        first, third = corners[0], corners[2]
        return {
            'left': first['x'], 'top': first['y'],
            'width': third['x'] - first['x'], 'height': third['y'] - first['y'],
        }
    if kind in (AnnotationTypes.POLYGON, AnnotationTypes.LINE):
        return {'vertices': [dict(corner) for corner in corners]}
    if kind == AnnotationTypes.POINT:
        return {'x': corners[0]['x'], 'y': corners[0]['y']}
    raise UnknownGeometryError(f'annotation type {kind!r} cannot be sent to Scale')
