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


"""
Annotations: what people and models say about assets.

Build the shapes (:class:`BoundingBox`, :class:`Polygon` ...), put them into an annotation
(:class:`BoundingBoxAnnotation` ...) and hand it to ``SceneEngineClient.add_annotations``.
"""

from scenebox_ros.model.annotation.base import Annotation
from scenebox_ros.model.annotation.blocks import (
    BoundingBox,
    Connection,
    Ellipse,
    Label,
    Line,
    Point,
    Polygon,
    Pose,
)
from scenebox_ros.model.annotation.cuboids import Cuboid2D, Cuboid3D
from scenebox_ros.model.annotation.entity import AnnotationEntity, RelatedAnnotation
from scenebox_ros.model.annotation.kinds import (
    BoundingBoxAnnotation,
    ClassificationAnnotation,
    Cuboid2DAnnotation,
    Cuboid3DAnnotation,
    EllipseAnnotation,
    LineAnnotation,
    PointAnnotation,
    PolygonAnnotation,
    PoseAnnotation,
)
from scenebox_ros.model.annotation.segmentation import SegmentationAnnotation

__all__ = [
    'Annotation',
    'AnnotationEntity',
    'BoundingBox',
    'BoundingBoxAnnotation',
    'ClassificationAnnotation',
    'Connection',
    'Cuboid2D',
    'Cuboid2DAnnotation',
    'Cuboid3D',
    'Cuboid3DAnnotation',
    'Ellipse',
    'EllipseAnnotation',
    'Label',
    'Line',
    'LineAnnotation',
    'Point',
    'PointAnnotation',
    'Polygon',
    'PolygonAnnotation',
    'Pose',
    'PoseAnnotation',
    'RelatedAnnotation',
    'SegmentationAnnotation',
]
