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


"""Constants of the platform itself: its raw entity table, its models, its caches."""

from __future__ import annotations

from typing import NamedTuple

from scenebox_ros.model.constants.assets import AssetsConstants


class RawEntityTableColumns:
    """Columns of the table that holds entities as they came in."""

    ENTITY_ID = 'entity_id'
    ENTITY_NAME = 'entity_name'
    ENTITY_TYPE = 'entity_type'
    SCALAR_ENTITY_TYPE = 'scalar'
    STATE_ENTITY_TYPE = 'state'
    STATE_SET_ENTITY_TYPE = 'state_set'
    MEDIA = 'media'
    GEO_ENTITY_TYPE_LAT = 'lat'
    GEO_ENTITY_TYPE_LON = 'lon'
    ENRICHMENTS = 'enrichments'
    INFLUENCE = 'influence'
    INFLUENCE_RADIUS_IN_SECONDS = 'influence_radius_in_seconds'
    DURATION = 'duration'
    START_TIME = 'start_time'
    END_TIME = 'end_time'
    SESSION_UID = 'session_uid'
    SESSION_UID_MD5 = 'session_uid_md5'
    OWNER = 'owner'
    TIMESTAMP = 'timestamp'
    EXTEND_SESSION = 'extend_session'

    MODIFIABLE_COLUMNS = (DURATION, INFLUENCE_RADIUS_IN_SECONDS)
    TIMESTAMP_COLUMNS = (END_TIME, START_TIME, TIMESTAMP)


class SQLDatatypes:
    """SQL types of those columns."""

    ENTITY_ID = 'TEXT NOT NULL'
    ENTITY_NAME = 'TEXT'
    ENTITY_TYPE = 'TEXT'
    SCALAR_ENTITY_TYPE = 'DOUBLE PRECISION'
    STATE_ENTITY_TYPE = 'TEXT'
    STATE_SET_ENTITY_TYPE = 'TEXT[]'
    MEDIA = 'TEXT'
    GEO_ENTITY_TYPE_LAT = 'DOUBLE PRECISION'
    GEO_ENTITY_TYPE_LON = 'DOUBLE PRECISION'
    ENRICHMENTS = 'TEXT[]'
    INFLUENCE = 'TEXT'
    INFLUENCE_RADIUS_IN_SECONDS = 'REAL'
    DURATION = 'REAL'
    START_TIME = 'TIMESTAMP'
    END_TIME = 'TIMESTAMP'
    SESSION_UID = 'TEXT NOT NULL'
    SESSION_UID_MD5 = 'TEXT NOT NULL'
    OWNER = 'TEXT NOT NULL'
    TIMESTAMP = 'TIMESTAMP'
    EXTEND_SESSION = 'BOOL'


class ModelManifest(NamedTuple):
    """What the platform knows about a model that it can run."""

    name: str
    version: str
    embedding_layer: str
    batch_size: int
    lean_model: bool
    host_container: str
    host_namespace: str = 'default'
    attributes: dict[str, object] | None = None


class MLModelConstants:
    """Models for ``model_inference`` and for deep analysis of bags."""

    STARDIST_MODEL = 'stardist'
    HISTOGRAM_MODEL = 'histogram'
    MASK_RCNN_MODEL = 'mask_rcnn'

    MODEL_MANIFESTS = {  # noqa: RUF012
        STARDIST_MODEL: ModelManifest(
            STARDIST_MODEL, '2D_paper_dsb2018', '14', 16, False, 'stardist'
        ),
        HISTOGRAM_MODEL: ModelManifest(
            HISTOGRAM_MODEL, 'intensities', '', 64, False, 'histogram'
        ),
        MASK_RCNN_MODEL: ModelManifest(
            MASK_RCNN_MODEL, 'R_50_FPN_3x_f10217', 'fpn_p5', 64, True, 'torchserve'
        ),
    }


class AnnotationComparisonDefaultValues:
    """How annotations are compared where nothing else is asked for."""

    LABEL_MAPPING = {  # noqa: RUF012
        'vehicle.car': 'car',
        'human.pedestrian.adult': 'person',
        'pedestrian': 'person',
        'vehicle.bus.rigid': 'bus',
        'vehicle.truck': 'truck',
        'human.pedestrian.construction_worker': 'person',
    }
    IGNORED_LABELS = ('background', 'blank')
    IOU_THRESHOLD = 0.0


class ValidCachePartitions:
    """Caches that can be cleared one by one; ``*`` is all of them."""

    VALID_PARTITIONS = (*AssetsConstants.VALID_ASSETS, '*')
