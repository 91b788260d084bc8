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

"""Constants of jobs, tasks and operations."""

from __future__ import annotations


class JobConstants:
    """Status of a job."""

    STATUS_QUEUED = 'queued'
    STATUS_RUNNING = 'running'
    STATUS_FINISHED = 'finished'
    STATUS_ABORTED = 'aborted'


class TaskStatus:
    """Status of a campaign's task."""

    STATUS_INITIALIZED = 'initialized'
    STATUS_RUNNING = 'running'
    STATUS_FINISHED = 'finished'
    STATUS_ABORTED = 'aborted'
    STATUS_WAITING = 'waiting'

    VALID_STATUSES = (
        STATUS_INITIALIZED, STATUS_RUNNING, STATUS_FINISHED, STATUS_ABORTED, STATUS_WAITING,
    )


class OperationTypes:
    """What an operation of a project does."""

    ANNOTATION = 'annotation'
    SMOOTHING_TIME_SERIES = 'smoothing_time_series'
    GROWTH_STAGES_EXTRACTION = 'growth_stages_extraction'
    CDL_MASK_CREATION = 'cdl_mask_creation'
    MULTISPECTRAL_TIME_SERIES_BUILDING = 'multispectral_time_series_building'
    DATASET_SIMILARITY_SEARCH = 'dataset_similarity_search'
    CONSENSUS = 'consensus'
    MODEL_INFERENCE = 'model_inference'
    DEDUPLICATION = 'deduplication'
    IMAGES_TO_OBJECTS_MODEL_ASSISTED = 'images_to_objects_model_assisted'
    IMAGES_TO_OBJECTS_FROM_ANNOTATIONS = 'images_to_objects_from_annotations'
    ANNOTATION_TO_OBJECTS = 'annotations_to_objects'
    SPLIT_SETS = 'split_sets'
    HIGH_PRIORITY_OPERATION = 'high_priority_operation'
    LOW_PRIORITY_OPERATION = 'low_priority_operation'

    VALID_TYPES = (
        ANNOTATION, SMOOTHING_TIME_SERIES, GROWTH_STAGES_EXTRACTION, CDL_MASK_CREATION,
        MULTISPECTRAL_TIME_SERIES_BUILDING, DATASET_SIMILARITY_SEARCH, CONSENSUS, MODEL_INFERENCE,
        DEDUPLICATION, IMAGES_TO_OBJECTS_MODEL_ASSISTED, IMAGES_TO_OBJECTS_FROM_ANNOTATIONS,
        ANNOTATION_TO_OBJECTS, SPLIT_SETS, HIGH_PRIORITY_OPERATION, LOW_PRIORITY_OPERATION,
    )


class JobTypes:
    """What a job does."""

    EXTRACTION = 'media_extraction'
    SET_ADDITION = 'set_addition'
    SET_REMOVAL = 'set_removal'
    ZIPPING = 'zipping'
    SESSION_RESOLUTION = 'session_resolution'
    SESSION_DELETION = 'session_deletion'
    EVENT_DELETION = 'event_deletion'
    ASSETS_REMOVAL = 'media_removal'
    ENRICHMENT = 'enrichment'
    IMAGE_COMPRESSION = 'image_compression'
    LIDAR_COMPRESSION = 'lidar_compression'
    VIDEO_COMPRESSION = 'video_compression'
    VIDEO_CONCATENATION = 'video_concatenation'
    SYNTHETIC_INDEXING = 'synthetic_indexing'
    COCO_FORMATTING = 'coco_formatting'
    VIDEO_EXTRACTION = 'video_extraction'
    IMAGE_EXTRACTION = 'image_extraction'
    LIDAR_EXTRACTION = 'lidar_extraction'
    GEO_EXTRACTION = 'geo_extraction'
    GENERIC_EXTRACTION = 'generic_extraction'
    SESSION_REGISTRATION = 'session_registration'
    VIDEO_INDEXING = 'video_indexing'
    ROSBAG_INDEXING = 'rosbag_indexing'
    ADD_EVENT_WITH_SEARCH = 'add_event_with_search'
    COORDINATE_INTERACTION = 'coordinate_interaction'
    ANNOTATIONS_COMPARISON = 'compare_annotations'
    PERFORMANCE_METRICS = 'calculate_performance_metrics'
    SETS_COMPARISON = 'compare_sets'
    SIMILARITY_BULK_INDEX = 'similarity_bulk_index'
    ANNOTATION_PROCESS = 'annotation_process'
    IMAGE_INFERENCE = 'image_inference'
    UMAP_CREATION = 'umap_creation'
    ADD_IMAGES_WITH_URIS = 'add_images_with_uris'
    IMAGE_PROPERTIES_ENRICHMENT = 'image_properties_enrichment'
    SCRIPTS = 'scripts'
    WEBHOOK = 'webhook'
    INGESTION = 'ingestion'
    NOTIFICATION = 'notification'
    INTEGRATION_TEST = 'integration_test'
    STREAMABLE_SET_SHARDING = 'STREAMABLE_SET_SHARDING'
    ENTITY_MODIFICATION = 'entity_modification'
    SET_VERSIONING_INIT_AND_COMMIT = 'set_versioning_init_and_commit'

    VALID_TYPES = (
        EXTRACTION, SET_ADDITION, SET_REMOVAL, ZIPPING, SESSION_RESOLUTION, SESSION_DELETION,
        EVENT_DELETION, ASSETS_REMOVAL, ENRICHMENT, IMAGE_COMPRESSION, LIDAR_COMPRESSION,
        VIDEO_COMPRESSION, VIDEO_CONCATENATION, SYNTHETIC_INDEXING, COCO_FORMATTING,
        VIDEO_EXTRACTION, IMAGE_EXTRACTION, LIDAR_EXTRACTION, GEO_EXTRACTION, GENERIC_EXTRACTION,
        SESSION_REGISTRATION, VIDEO_INDEXING, ROSBAG_INDEXING, ADD_EVENT_WITH_SEARCH,
        COORDINATE_INTERACTION, ANNOTATIONS_COMPARISON, PERFORMANCE_METRICS, SETS_COMPARISON,
        SIMILARITY_BULK_INDEX, ANNOTATION_PROCESS, IMAGE_INFERENCE, UMAP_CREATION,
        ADD_IMAGES_WITH_URIS, IMAGE_PROPERTIES_ENRICHMENT, SCRIPTS, WEBHOOK, INGESTION,
        NOTIFICATION, INTEGRATION_TEST, STREAMABLE_SET_SHARDING, ENTITY_MODIFICATION,
        SET_VERSIONING_INIT_AND_COMMIT, *OperationTypes.VALID_TYPES, None,
    )


class JobTags:
    """Tags that the platform itself gives to jobs."""

    USER_FACING = 'user_facing'
    RESUBMITTABLE = 'resubmittable'


class UsageOperationTypes:
    """
    Operations whose usage is counted.

    The spelling ``exaction`` is what goes over the wire.
    """

    CREATE_VIDEO_SESSION = 'create_video_session'
    CREATE_SET = 'create_set'
    CREATE_PROJECT = 'create_project'
    CREATE_CAMPAIGN = 'create_campaign'
    CREATE_ANNOTATION = 'create_annotation'
    CREATE_ZIPFILE = 'create_zipfile'
    CREATE_CONFIG = 'create_config'
    CREATE_ENTITY = 'create_entity'
    DO_VIDEO_EXTRACTION = 'do_video_exaction'
    DO_IMAGE_EXTRACTION = 'do_image_exaction'
    DO_LIDAR_EXTRACTION = 'do_lidar_exaction'


class UserRoles:
    """What a user may do, from most to least."""

    SUPER_ADMIN = 'superadmin'
    ADMIN = 'admin'
    TESTER = 'tester'
    HEALTH_CHECKER = 'health_checker'
    DATA_PROVIDER = 'data_provider'
    DATA_USER = 'data_user'
    PUBLIC_USER = 'public_user'
    READ_ONLY_USER = 'read_only_user'

    VALID_ROLES = (
        SUPER_ADMIN, ADMIN, TESTER, HEALTH_CHECKER, DATA_PROVIDER, DATA_USER, PUBLIC_USER,
        READ_ONLY_USER,
    )
