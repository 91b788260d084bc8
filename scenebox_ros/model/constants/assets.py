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

"""Constants of assets, sets, projects and storage."""

from __future__ import annotations


class AssetsConstants:
    """Asset types; each has an asset manager of its own."""

    SESSIONS_ASSET_ID = 'sessions'
    ANNOTATION_PROJECTS_ASSET_ID = 'annotation_projects'
    ANNOTATIONS_ASSET_ID = 'annotations'
    ANNOTATIONS_COMPARISONS_ASSET_ID = 'annotations_comparisons'
    CONFIGS_ASSET_ID = 'configs'
    IMAGES_ASSET_ID = 'images'
    OBJECTS_ASSET_ID = 'objects'
    LIDARS_ASSET_ID = 'lidars'
    IMAGE_SEQUENCES_ASSET_ID = 'image_sequences'
    VIDEOS_ASSET_ID = 'videos'
    ROSBAGS_ASSET_ID = 'rosbags'
    SETS_ASSET_ID = 'sets'
    SETS_COMPARISONS_ASSET_ID = 'sets_comparisons'
    PROJECTS_ASSET_ID = 'projects'
    OPERATIONS_ASSET_ID = 'operations'
    JOBS_ASSET_ID = 'jobs'
    ZIPFILES_ASSET_ID = 'zipfiles'
    UDFS_ASSET_ID = 'udfs'
    ZIPARRAYS_ASSET_ID = 'ziparrays'
    SESSION_CONFIGURATIONS_ASSET_ID = 'session_configurations'
    LIDAR_SEQUENCES_ASSET_ID = 'lidar_sequences'
    EMBEDDINGS_ASSET_ID = 'embeddings'
    SESSIONS_MANAGER_ASSET_ID = 'session_manager'

    VALID_ASSETS = (
        SESSIONS_ASSET_ID, ANNOTATION_PROJECTS_ASSET_ID, ANNOTATIONS_ASSET_ID,
        ANNOTATIONS_COMPARISONS_ASSET_ID, CONFIGS_ASSET_ID, IMAGES_ASSET_ID, OBJECTS_ASSET_ID,
        LIDARS_ASSET_ID, IMAGE_SEQUENCES_ASSET_ID, VIDEOS_ASSET_ID, ROSBAGS_ASSET_ID,
        SETS_ASSET_ID, SETS_COMPARISONS_ASSET_ID, PROJECTS_ASSET_ID, OPERATIONS_ASSET_ID,
        JOBS_ASSET_ID, ZIPFILES_ASSET_ID, UDFS_ASSET_ID, ZIPARRAYS_ASSET_ID,
        SESSION_CONFIGURATIONS_ASSET_ID, LIDAR_SEQUENCES_ASSET_ID, EMBEDDINGS_ASSET_ID,
        SESSIONS_MANAGER_ASSET_ID,
    )

    METADATA_ONLY_ASSETS = (
        ANNOTATION_PROJECTS_ASSET_ID, ANNOTATIONS_COMPARISONS_ASSET_ID, CONFIGS_ASSET_ID,
        JOBS_ASSET_ID, LIDAR_SEQUENCES_ASSET_ID, OBJECTS_ASSET_ID, OPERATIONS_ASSET_ID,
        PROJECTS_ASSET_ID, SESSION_CONFIGURATIONS_ASSET_ID, SESSIONS_MANAGER_ASSET_ID,
        SESSIONS_ASSET_ID, SETS_COMPARISONS_ASSET_ID,
    )

    PRIMARY_ASSETS = (IMAGES_ASSET_ID, LIDARS_ASSET_ID, OBJECTS_ASSET_ID, VIDEOS_ASSET_ID)

    ASSOCIATED_ASSETS_METADATA_ONLY = (ANNOTATIONS_ASSET_ID,)


class SetsAssets:
    """Asset types that a set may hold."""

    VALID_ASSET_TYPES = (
        'annotations', 'images', 'lidars', 'objects', 'rosbags', 'sessions', 'videos', 'ziparrays',
    )


class SetsStates:
    """What is happening to a set."""

    READY = 'ready'
    DELETE = 'being deleted'
    MOVE = 'moving assets'
    ZIP = 'being zipped'
    POPULATING = 'being populated'

    VALID_STATES = (READY, DELETE, MOVE, ZIP, POPULATING)


class SetTags:
    """Tags that the platform itself gives to sets."""

    AUTOMATED_SET_CREATION_TAG = 'automatically-generated'
    EXTRACTION_SET_TAG = 'extraction'
    ANNOTATION_SET_TAG = 'annotation'
    PRIMARY_SET_TAG = 'primary'


class SetComparisonMetrics:
    """How sets are compared."""

    WASSERSTEIN = 'wasserstein'


class ConfigTypes:
    """What a config configures."""

    SEARCH = 'search'
    ANNOTATION_INSTRUCTION = 'annotation_instruction'
    ADMIN_PANEL = 'admin_panel'
    SESSION_VIEW = 'session_view'
    SESSION_VIEW_TEMPLATE = 'session_view_template'
    SUMMARY_VIEW = 'summary_view'
    HEADER_FILTER_GROUP = 'header_filter_group'
    OBJECT_INTERACTION_RECIPE = 'object_interaction_recipe'
    ANNOTATION_COMPARISON_CARD = 'annotation_comparison_card'
    ORG_CONFIG = 'org_config'
    JIRA_CONFIG = 'jira_config'
    OPERATION_CONFIG = 'operation_config'
    CAMPAIGN_OPERATION_CONFIG = 'campaign_operation_config'

    VALID_TYPES = (
        ADMIN_PANEL, ANNOTATION_COMPARISON_CARD, ANNOTATION_INSTRUCTION, CAMPAIGN_OPERATION_CONFIG,
        HEADER_FILTER_GROUP, JIRA_CONFIG, OBJECT_INTERACTION_RECIPE, ORG_CONFIG, SEARCH,
        SESSION_VIEW, SESSION_VIEW_TEMPLATE, SUMMARY_VIEW,
    )


class AssetIngestionLimits:
    """How large one asset or annotation may be."""

    MAX_POLYGON_COORDINATES = 500
    MAX_LINE_COORDINATES = 100
    MAX_POSE_KEYPOINTS = 1000
    MAX_POSE_CONNECTIONS = 2000
    MAX_EMBEDDINGS_NDIM = 8192


class VideoTags:
    """How a video came to be."""

    CONCATENATED = 'concatenated'
    EXTRACTED = 'extracted'
    RAW = 'raw'


class ImagePreProcessingOperations:
    """What is done to thumbnails."""

    NORMALIZE_THUMBNAIL_COLORS = 'normalize_thumbnail_colors'


class ValidExtensions:
    """File formats that folders are searched for."""

    IMAGES = ('jpeg', 'jpg', 'png', 'tif', 'tiff')


class StorageAdapter:
    """Clouds whose objects can be referenced."""

    S3 = 's3'
    GS = 'gs'
    ABS = 'abs'

    VALID_ADAPTERS = (S3, GS, ABS)


class SearchableFieldTypes:
    """Type of a field in a search."""

    TIME = 'time'
    TAG = 'tag'
    TEXT = 'text'
    NUMBER = 'number'
    GEO = 'geo'
    BOOLEAN = 'boolean'
    DICT = 'dict'
    NESTED = 'nested'


class AggregationsByField:
    """What can be computed over a field."""

    AVERAGE = 'average'
    SUM = 'sum'
    CARDINALITY = 'cardinality'

    SUPPORTED = (AVERAGE, SUM, CARDINALITY)


class Tagging:
    """Type of a tagged field."""

    TIME = 'time'
    TAG = 'tag'
    TEXT = 'text'
    NUMBER = 'number'
    GEO = 'geo'
    BOOLEAN = 'boolean'
