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

from importlib import import_module
from typing import Any, TYPE_CHECKING

if TYPE_CHECKING:
    from scenebox_ros.client.asset import Asset as Asset  # noqa: F401
    from scenebox_ros.client.asset_manager import (  # noqa: F401
        AssetManagerClient as AssetManagerClient,
    )
    from scenebox_ros.client.async_asset_manager import (  # noqa: F401
        AsyncAssetManagerClient as AsyncAssetManagerClient,
    )
    from scenebox_ros.client.async_scene_engine import (  # noqa: F401
        AsyncSceneEngineClient as AsyncSceneEngineClient,
    )
    from scenebox_ros.client.content_id import content_id as content_id  # noqa: F401
    from scenebox_ros.client.job_manager import (  # noqa: F401
        JobManagerClient as JobManagerClient,
        wait_for_jobs as wait_for_jobs,
    )
    from scenebox_ros.client.methods.job_status import Job as Job  # noqa: F401
    from scenebox_ros.client.pool import Timeouts as Timeouts  # noqa: F401
    from scenebox_ros.client.scene_engine import (  # noqa: F401
        SceneEngineClient as SceneEngineClient,
    )
    from scenebox_ros.model.annotation import (  # noqa: F401
        Annotation as Annotation,
        AnnotationEntity as AnnotationEntity,
        BoundingBox as BoundingBox,
        BoundingBoxAnnotation as BoundingBoxAnnotation,
        ClassificationAnnotation as ClassificationAnnotation,
        Connection as Connection,
        Cuboid2D as Cuboid2D,
        Cuboid2DAnnotation as Cuboid2DAnnotation,
        Cuboid3D as Cuboid3D,
        Cuboid3DAnnotation as Cuboid3DAnnotation,
        Ellipse as Ellipse,
        EllipseAnnotation as EllipseAnnotation,
        Label as Label,
        Line as Line,
        LineAnnotation as LineAnnotation,
        Point as Point,
        PointAnnotation as PointAnnotation,
        Polygon as Polygon,
        PolygonAnnotation as PolygonAnnotation,
        Pose as Pose,
        PoseAnnotation as PoseAnnotation,
        RelatedAnnotation as RelatedAnnotation,
        SegmentationAnnotation as SegmentationAnnotation,
    )
    from scenebox_ros.model.assets import (  # noqa: F401
        Image as Image,
        Lidar as Lidar,
        TemplateOperation as TemplateOperation,
        Video as Video,
    )
    from scenebox_ros.model.embedding import Embedding as Embedding  # noqa: F401
    from scenebox_ros.model.object_access import (  # noqa: F401
        ObjectAccess as ObjectAccess,
        ObjectAccessMedium as ObjectAccessMedium,
    )

# Name by name the module that has it; the imports above tell type checkers the same.
HOMES = {
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
    **dict.fromkeys(
        [
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
        ],
        'scenebox_ros.model.annotation',
    ),
}


def __getattr__(name: str) -> Any:
    home = HOMES.get(name)
    if home is None:
        raise AttributeError(
            f'scenebox_ros.client has no {name!r}; it has {", ".join(sorted(HOMES))}'
        )
    value = globals()[name] = getattr(import_module(home), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *HOMES})
