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
The Python client of a SceneBox platform.

What is exported here is imported when it is asked for, so that a program which needs one client
does not wait for the others.

Examples
--------
>>> from scenebox_ros.client import AssetManagerClient
>>> with AssetManagerClient('images', 'https://host/v1', auth_token='my-token') as images:
...     images.count()
48211

"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenebox_ros.late import late

if TYPE_CHECKING:
    from scenebox_ros.client.asset import Asset
    from scenebox_ros.client.asset_manager import AssetManagerClient
    from scenebox_ros.client.async_asset_manager import AsyncAssetManagerClient
    from scenebox_ros.client.async_scene_engine import AsyncSceneEngineClient
    from scenebox_ros.client.content_id import content_id
    from scenebox_ros.client.job_manager import JobManagerClient, wait_for_jobs
    from scenebox_ros.client.methods.job_status import Job
    from scenebox_ros.client.pool import Timeouts
    from scenebox_ros.client.scene_engine import SceneEngineClient
    from scenebox_ros.model.annotation import (
        Annotation,
        AnnotationEntity,
        BoundingBox,
        BoundingBoxAnnotation,
        ClassificationAnnotation,
        Connection,
        Cuboid2D,
        Cuboid2DAnnotation,
        Cuboid3D,
        Cuboid3DAnnotation,
        Ellipse,
        EllipseAnnotation,
        Label,
        Line,
        LineAnnotation,
        Point,
        PointAnnotation,
        Polygon,
        PolygonAnnotation,
        Pose,
        PoseAnnotation,
        RelatedAnnotation,
        SegmentationAnnotation,
    )
    from scenebox_ros.model.assets import Image, Lidar, TemplateOperation, Video
    from scenebox_ros.model.embedding import Embedding
    from scenebox_ros.model.object_access import ObjectAccess, ObjectAccessMedium

__all__ = [
    'Annotation',
    'AnnotationEntity',
    'Asset',
    'AssetManagerClient',
    'AsyncAssetManagerClient',
    'AsyncSceneEngineClient',
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
    'Embedding',
    'Image',
    'Job',
    'JobManagerClient',
    'Label',
    'Lidar',
    'Line',
    'LineAnnotation',
    'ObjectAccess',
    'ObjectAccessMedium',
    'Point',
    'PointAnnotation',
    'Polygon',
    'PolygonAnnotation',
    'Pose',
    'PoseAnnotation',
    'RelatedAnnotation',
    'SceneEngineClient',
    'SegmentationAnnotation',
    'TemplateOperation',
    'Timeouts',
    'Video',
    'content_id',
    'wait_for_jobs',
]

# Name by name the module that has it; the imports above tell type checkers the same.
HOMES = {
    **dict.fromkeys(__all__, 'scenebox_ros.model.annotation'),
    'Asset': 'scenebox_ros.client.asset',
    'AssetManagerClient': 'scenebox_ros.client.asset_manager',
    'AsyncAssetManagerClient': 'scenebox_ros.client.async_asset_manager',
    'AsyncSceneEngineClient': 'scenebox_ros.client.async_scene_engine',
    'Embedding': 'scenebox_ros.model.embedding',
    'Image': 'scenebox_ros.model.assets',
    'Job': 'scenebox_ros.client.methods.job_status',
    'JobManagerClient': 'scenebox_ros.client.job_manager',
    'Lidar': 'scenebox_ros.model.assets',
    'ObjectAccess': 'scenebox_ros.model.object_access',
    'ObjectAccessMedium': 'scenebox_ros.model.object_access',
    'SceneEngineClient': 'scenebox_ros.client.scene_engine',
    'TemplateOperation': 'scenebox_ros.model.assets',
    'Timeouts': 'scenebox_ros.client.pool',
    'Video': 'scenebox_ros.model.assets',
    'content_id': 'scenebox_ros.client.content_id',
    'wait_for_jobs': 'scenebox_ros.client.job_manager',
}

__getattr__ = late(__name__, HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *HOMES})
