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


"""Annotations of one shape each."""

from __future__ import annotations

from collections.abc import Sequence
import math
from typing import Any, ClassVar, TYPE_CHECKING

from scenebox_ros.errors import ArgumentTypeError, InvalidAnnotationError, RuleError
from scenebox_ros.model.annotation.base import Annotation, filled
from scenebox_ros.model.annotation.blocks import (
    Block,
    BoundingBox,
    Ellipse,
    Label,
    Line,
    Point,
    Polygon,
    Pose,
)
from scenebox_ros.model.annotation.cuboids import Cuboid2D, Cuboid3D
from scenebox_ros.model.annotation.entity import AnnotationEntity
from scenebox_ros.model.constants import AnnotationTypes, AssetsConstants

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from scenebox_ros.model.annotation.base import Common


def _listed(blocks: Any, name: str) -> list[Any]:
    if not isinstance(blocks, list):
        raise InvalidAnnotationError(f'{name} is {type(blocks).__name__}; pass a list')
    return blocks


def _planar(points: Sequence[Sequence[float]]) -> list[dict[str, float]]:
    return [{'x': point[0], 'y': point[1]} for point in points]


def _entity(block: Block, kind: str, **rest: Any) -> AnnotationEntity:
    return AnnotationEntity(
        label=block.label or '',
        annotation_type=kind,
        confidence=block.confidence,
        attributes=block.attributes,
        category_id=getattr(block, 'category_id', None),
        **rest,
    )


class BoundingBoxAnnotation(Annotation):
    """
    Upright boxes.

    Parameters
    ----------
    bounding_boxes
        The boxes; their uids are kept. Attribute ``track_id`` must be an integer.
    **common
        See :class:`Annotation`.

    Examples
    --------
    >>> box = BoundingBox(label='car', x_min=1, x_max=3, y_min=2, y_max=5)
    >>> annotation = BoundingBoxAnnotation([box], image_id='img_1.png', provider='me')
    >>> annotation.labels
    ['car']

    """

    kind: ClassVar[str] = AnnotationTypes.TWO_D_BOUNDING_BOX

    def __init__(self, bounding_boxes: list[BoundingBox], **common: Unpack[Common]) -> None:
        boxes = _listed(bounding_boxes, 'bounding_boxes')
        super().__init__(**filled(common, self.kind, [self._box(box) for box in boxes]))

    def _box(self, box: BoundingBox) -> AnnotationEntity:
        _check_track(box.attributes)
        left, right, top, bottom = box.bounds
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        return _entity(box, self.kind, coordinates=_planar(corners), uid=box.uid)


def _check_track(attributes: Any) -> None:
    if not attributes:
        return
    if not isinstance(attributes, dict):
        raise RuleError(f'attributes are {type(attributes).__name__}; pass a dict')
    track = attributes.get('track_id')
    if track and not isinstance(track, int):
        raise RuleError(f'track_id is {track!r}; pass an integer')


class PolygonAnnotation(Annotation):
    """Closed polygons; ``**common`` as in :class:`Annotation`."""

    kind: ClassVar[str] = AnnotationTypes.POLYGON

    def __init__(self, polygons: list[Polygon], **common: Unpack[Common]) -> None:
        entities = [
            _entity(polygon, self.kind, coordinates=_planar(polygon.coordinates or ()))
            for polygon in _listed(polygons, 'polygons')
        ]
        super().__init__(**filled(common, self.kind, entities))


class LineAnnotation(Annotation):
    """Open lines; ``**common`` as in :class:`Annotation`."""

    kind: ClassVar[str] = AnnotationTypes.LINE

    def __init__(self, lines: list[Line], **common: Unpack[Common]) -> None:
        entities = [
            _entity(line, self.kind, coordinates=_planar(line.coordinates or ()))
            for line in _listed(lines, 'lines')
        ]
        super().__init__(**filled(common, self.kind, entities))


class PointAnnotation(Annotation):
    """Single points; ``**common`` as in :class:`Annotation`."""

    kind: ClassVar[str] = AnnotationTypes.POINT

    def __init__(self, points: list[Point], **common: Unpack[Common]) -> None:
        entities = [
            _entity(point, self.kind, coordinates=[{'x': point.left, 'y': point.top}])
            for point in _listed(points, 'points')
        ]
        super().__init__(**filled(common, self.kind, entities))


class EllipseAnnotation(Annotation):
    """Ellipses, stored as the ends of their axes; ``**common`` as in :class:`Annotation`."""

    kind: ClassVar[str] = AnnotationTypes.ELLIPSE

    def __init__(self, ellipses: list[Ellipse], **common: Unpack[Common]) -> None:
        entities = [
            _entity(ellipse, self.kind, coordinates=_planar(_axis_ends(ellipse)), uid=ellipse.uid)
            for ellipse in _listed(ellipses, 'ellipses')
        ]
        super().__init__(**filled(common, self.kind, entities))


def _axis_ends(ellipse: Ellipse) -> list[tuple[float, float]]:
    """Turn the four ends of the axes about the centre."""
    if isinstance(ellipse.rotation, bool) or not isinstance(ellipse.rotation, (int, float)):
        raise ArgumentTypeError(f'rotation of an ellipse is {ellipse.rotation!r}; pass degrees')
    angle = math.radians(ellipse.rotation)
    cos, sin = math.cos(angle), math.sin(angle)
    radius_x, radius_y = ellipse.radius_x or 0, ellipse.radius_y or 0
    ends = [(radius_x, 0.0), (0.0, radius_y), (-radius_x, 0.0), (0.0, -radius_y)]
    return [
        (
            (ellipse.centre_x or 0) + cos * x - sin * y,
            (ellipse.centre_y or 0) + sin * x + cos * y,
        )
        for x, y in ends
    ]


class ClassificationAnnotation(Annotation):
    """Labels of the whole asset; ``**common`` as in :class:`Annotation`."""

    kind: ClassVar[str] = AnnotationTypes.CLASSIFICATION

    def __init__(self, labels: Sequence[Label], **common: Unpack[Common]) -> None:
        entities = [
            AnnotationEntity(
                label=label.label,
                annotation_type=self.kind,
                class_name=label.class_name,
                category_id=label.category_id,
                confidence=label.confidence,
            )
            for label in labels
        ]
        super().__init__(**filled(common, self.kind, entities))


class PoseAnnotation(Annotation):
    """Poses of people or things; ``**common`` as in :class:`Annotation`."""

    kind: ClassVar[str] = AnnotationTypes.TWO_D_POSE

    def __init__(self, poses: list[Pose], **common: Unpack[Common]) -> None:
        entities = [
            AnnotationEntity(
                label=pose.label,
                annotation_type=self.kind,
                attributes=pose.attributes,
                keypoints=pose.keypoints,
                connections=pose.connections,
            )
            for pose in _listed(poses, 'poses')
        ]
        super().__init__(**filled(common, self.kind, entities))


class Cuboid2DAnnotation(Annotation):
    """Cuboids drawn in an image; ``**common`` as in :class:`Annotation`."""

    kind: ClassVar[str] = AnnotationTypes.TWO_D_CUBOID

    def __init__(self, cuboids: list[Cuboid2D], **common: Unpack[Common]) -> None:
        entities = [
            _entity(cuboid, self.kind, coordinates=_planar(cuboid.corners))
            for cuboid in _listed(cuboids, 'cuboids')
        ]
        super().__init__(**filled(common, self.kind, entities))


class Cuboid3DAnnotation(Annotation):
    """Cuboids in a lidar's point cloud; ``**common`` as in :class:`Annotation`."""

    kind: ClassVar[str] = AnnotationTypes.THREE_D_CUBOID

    def __init__(self, cuboids: list[Cuboid3D], **common: Unpack[Common]) -> None:
        entities = [
            _entity(
                cuboid,
                self.kind,
                coordinates=[{'x': c[0], 'y': c[1], 'z': c[2]} for c in cuboid.corners],
            )
            for cuboid in _listed(cuboids, 'cuboids')
        ]
        common['media_type'] = AssetsConstants.LIDARS_ASSET_ID
        super().__init__(**filled(common, self.kind, entities))
