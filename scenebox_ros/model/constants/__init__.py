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
Words of the platform: asset types, job states, annotation types and the like.

The names are those of the original client's constants.
"""

from __future__ import annotations

from scenebox_ros.model.constants.annotations import (
    AnnotationComparisonConstants,
    AnnotationGroups,
    AnnotationMediaTypes,
    AnnotationProviders,
    AnnotationTags,
    AnnotationTypes,
    AnnotationWorkflow,
    COCOAnnotations,
    CVATMOTProperties,
    CVATSupportedAnnotationFormats,
    PerformanceMetrics,
)
from scenebox_ros.model.constants.assets import (
    AggregationsByField,
    AssetIngestionLimits,
    AssetsConstants,
    ConfigTypes,
    ImagePreProcessingOperations,
    SearchableFieldTypes,
    SetComparisonMetrics,
    SetsAssets,
    SetsStates,
    SetTags,
    StorageAdapter,
    Tagging,
    ValidExtensions,
    VideoTags,
)
from scenebox_ros.model.constants.jobs import (
    JobConstants,
    JobTags,
    JobTypes,
    OperationTypes,
    TaskStatus,
    UsageOperationTypes,
    UserRoles,
)
from scenebox_ros.model.constants.platform import (
    AnnotationComparisonDefaultValues,
    MLModelConstants,
    ModelManifest,
    RawEntityTableColumns,
    SQLDatatypes,
    ValidCachePartitions,
)
from scenebox_ros.model.constants.sessions import (
    AssetEntities,
    AuxiliaryDataTypes,
    EnrichmentTypes,
    EntityInfluenceTypes,
    EntityNames,
    EntityTypes,
    RosbagsMessageTypes,
    RosBagTypes,
    Sensors,
    SessionStatuses,
    SessionTypes,
    SummaryEntities,
    Time,
    WeatherStackAttributes,
)

TIMESTAMP_FIELD = 'timestamp'
AUXILIARY_KEY = 'aux'
SESSION_AUXILIARY_KEY = 'session_aux'
UMAP_KEY = 'umap'
START_TIME_FIELD = 'start_time'
END_TIME_FIELD = 'end_time'
MAX_THREADS = 20
MAX_SESSION_LENGTH = 10_800
DEFAULT_SESSION_RESOLUTION = 1.0
CONSTRUCTED_EVENT_NAME = 'constructed'
OBJECT_MASK_EVENT_NAME = 'object_mask_interaction'
OBJECTS_EVENT_NAME = 'objects_interaction'
ACK_OK_RESPONSE = {'acknowledged': True}

__all__ = [
    'ACK_OK_RESPONSE',
    'AUXILIARY_KEY',
    'AggregationsByField',
    'AnnotationComparisonConstants',
    'AnnotationComparisonDefaultValues',
    'AnnotationGroups',
    'AnnotationMediaTypes',
    'AnnotationProviders',
    'AnnotationTags',
    'AnnotationTypes',
    'AnnotationWorkflow',
    'AssetEntities',
    'AssetIngestionLimits',
    'AssetsConstants',
    'AuxiliaryDataTypes',
    'COCOAnnotations',
    'CONSTRUCTED_EVENT_NAME',
    'CVATMOTProperties',
    'CVATSupportedAnnotationFormats',
    'ConfigTypes',
    'DEFAULT_SESSION_RESOLUTION',
    'END_TIME_FIELD',
    'EnrichmentTypes',
    'EntityInfluenceTypes',
    'EntityNames',
    'EntityTypes',
    'ImagePreProcessingOperations',
    'JobConstants',
    'JobTags',
    'JobTypes',
    'MAX_SESSION_LENGTH',
    'MAX_THREADS',
    'MLModelConstants',
    'ModelManifest',
    'OBJECTS_EVENT_NAME',
    'OBJECT_MASK_EVENT_NAME',
    'OperationTypes',
    'PerformanceMetrics',
    'RawEntityTableColumns',
    'RosBagTypes',
    'RosbagsMessageTypes',
    'SESSION_AUXILIARY_KEY',
    'SQLDatatypes',
    'START_TIME_FIELD',
    'SearchableFieldTypes',
    'Sensors',
    'SessionStatuses',
    'SessionTypes',
    'SetComparisonMetrics',
    'SetTags',
    'SetsAssets',
    'SetsStates',
    'StorageAdapter',
    'SummaryEntities',
    'TIMESTAMP_FIELD',
    'Tagging',
    'TaskStatus',
    'Time',
    'UMAP_KEY',
    'UsageOperationTypes',
    'UserRoles',
    'ValidCachePartitions',
    'ValidExtensions',
    'VideoTags',
    'WeatherStackAttributes',
]
