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

"""The scene engine's routes, of both published generations of the client, grouped by noun."""

from __future__ import annotations

from scenebox_ros.wire.route import Route

# -- the server, its users and its caches
STATUS = Route('GET', 'root', 'status')
AUTH = Route('GET', 'root', 'auth')
CLEAR_CACHE = Route('POST', 'root', 'clear_cache')
DELETE_ALL_DATA = Route('POST', 'root', 'maintenance/cleanup')
USER_ADD = Route('POST', 'root', 'identity_manager/user')
USER_MODIFY = Route('PUT', 'root', 'identity_manager/user/{username}')
USER_DELETE = Route('DELETE', 'root', 'identity_manager/user/{username}')
USER_LIST = Route('GET', 'root', 'identity_manager/user')
ORGANIZATION_ADD = Route('POST', 'root', 'identity_manager/organization')
ORGANIZATION_LIST = Route('GET', 'root', 'identity_manager/organization')
ORGANIZATION_MODIFY = Route('PUT', 'root', 'identity_manager/organization/{organization_id}')
ORGANIZATION_DELETE = Route('DELETE', 'root', 'identity_manager/organization/{organization_id}')
OWNERSHIP_LIST = Route('GET', 'root', 'identity_manager/ownership')
OWNERSHIP_ADD = Route('POST', 'root', 'identity_manager/ownership')
# A DELETE with a JSON body, as EVENT_DELETE.
OWNERSHIP_REVOKE = Route('DELETE', 'root', 'identity_manager/ownership')
JIRA_IS_CONNECTED = Route('GET', 'root', 'jira/is_connected/')
JIRA_CREATE = Route('POST', 'root', 'jira/create_issue/')
JIRA_LINK = Route('POST', 'root', 'jira/link_issue/')
JOB_CANCEL = Route('PUT', 'v1', 'jobs/cancel/{job_id}')

# -- projects and operations
PROJECT_ADD = Route('POST', 'v1', 'projects/add/')
PROJECT_DELETE = Route('DELETE', 'v1', 'projects/meta/{project_id}')
PROJECT_ADD_SETS = Route('POST', 'v1', 'projects/{project_id}/add_sets/')
PROJECT_REMOVE_SETS = Route('POST', 'v1', 'projects/{project_id}/remove_sets/')
OPERATION_ADD = Route('POST', 'v1', 'operations/add/')
OPERATION_DELETE = Route('DELETE', 'v1', 'operations/{operation_id}')
OPERATION_START = Route('PUT', 'v1', 'operations/control/{operation_id}')
OPERATION_CANCEL = Route('DELETE', 'v1', 'operations/control/{operation_id}')
OPERATION_STATUS = Route('GET', 'v1', 'operations/{operation_id}/status')
OPERATION_LIST = Route('POST', 'v2', 'operations/list/')
OPERATION_GET = Route('GET', 'v2', 'operations/{operation_id}/')
INSTANCE_GET = Route('GET', 'v2', 'operations/instances/{operation_instance_id}/')
INSTANCE_UPDATE = Route('POST', 'v2', 'operations/instances/{operation_instance_id}/')
INSTANCE_RUN = Route('POST', 'v1', 'campaigns/tasks/run_operation/{operation_instance_id}')

# -- campaigns and their tasks
CAMPAIGN_ADD = Route('POST', 'v1', 'campaigns/create')
CAMPAIGN_GET = Route('GET', 'v1', 'campaigns/{campaign_id}')
CAMPAIGN_DELETE = Route('DELETE', 'v1', 'campaigns/{campaign_id}')
CAMPAIGN_PIPELINE = Route('POST', 'v1', 'campaigns/{campaign_id}')
CAMPAIGN_ACTIVE = Route('PUT', 'v1', 'campaigns/{campaign_id}')
CAMPAIGN_SEARCH = Route('POST', 'v1', 'campaigns/search')
TASK_ADD = Route('POST', 'v1', 'campaigns/tasks/add/{campaign_id}')
TASK_GET = Route('GET', 'v1', 'campaigns/tasks/{task_id}')
TASK_DELETE = Route('DELETE', 'v1', 'campaigns/tasks/{task_id}')
TASK_STATUS = Route('PUT', 'v1', 'campaigns/tasks/{task_id}')
TASK_RUNDOWN = Route('GET', 'v1', 'campaigns/tasks/rundown/{task_id}')
TASK_SEARCH = Route('POST', 'v1', 'campaigns/tasks/search')

# -- sets and their comparison
SET_ADD = Route('POST', 'v1', 'sets/add/')
SET_LOCK = Route('PUT', 'v1', 'sets/{set_id}/lock')
SET_UNLOCK = Route('DELETE', 'v1', 'sets/{set_id}/lock')
SET_IS_LOCKED = Route('GET', 'v1', 'sets/{set_id}/lock')
SET_DELETE = Route('DELETE', 'v1', 'sets/delete_set/{set_id}')
# As the older generation deletes; it differs from SET_DELETE in the path alone.
SET_DELETE_PLAIN = Route('DELETE', 'v1', 'sets/{set_id}')
SET_SPLIT = Route('POST', 'v1', 'sets/split_sets/')
SET_STATUS = Route('GET', 'v1', 'sets/{set_id}/status')
SET_ADD_QUERY = Route('POST', 'v1', 'sets/{set_id}/add_assets_query/')
SET_ADD_LIST = Route('POST', 'v1', 'sets/{set_id}/add_assets_list/')
SET_REMOVE_QUERY = Route('POST', 'v1', 'sets/{set_id}/remove_assets_query/')
SET_REMOVE_LIST = Route('POST', 'v1', 'sets/{set_id}/remove_assets_list/')
SET_LIST = Route('POST', 'v1', 'sets/{set_id}/list_assets/')
SET_LIST_META = Route('POST', 'v1', 'sets/{set_id}/list_assets_meta/')
SET_ZIP = Route('POST', 'v1', 'sets/{set_id}/zip_all_assets/')
SET_COMMIT = Route('POST', 'v1', 'sets/{set_id}/commit/')
SET_SHARDS = Route('POST', 'v1', 'sets/{set_id}/streamable_shards/')
SETS_COMPARE = Route('POST', 'v1', 'sets_comparisons/compare_sets/')
SETS_MATRIX = Route('POST', 'v1', 'sets_comparisons/comparison_matrix/')

# -- configs
CONFIG_ADD = Route('POST', 'v1', 'configs/add/')
CONFIG_GET = Route('GET', 'v1', 'configs/meta/{config_id}')
CONFIG_DELETE = Route('DELETE', 'v1', 'configs/meta/{config_id}')

# -- sessions, their entities and events
SESSION_ADD = Route('POST', 'v1', 'sessions/add/')
SESSION_STANDARDIZE_NAME = Route('POST', 'v1', 'sessions/standardize_name/')
SESSION_SLICE = Route('POST', 'v1', 'sessions/{session_uid}/slice/')
SESSION_TIME_SPAN = Route('POST', 'v1', 'sessions/update_time_span/')
SESSION_SOURCE_DATA = Route('POST', 'v1', 'sessions/add_source_data/')
SESSION_AUXILIARY_DATA = Route('POST', 'v1', 'sessions/add_auxiliary_data/')
SESSION_ENRICHMENTS = Route('POST', 'v1', 'sessions/add_enrichments_configs/')
SESSION_COMMENTS = Route('POST', 'v1', 'sessions/{session_uid}/comments')
SESSION_ADD_VIDEO = Route('POST', 'v1', 'sessions/add_video_session')
SESSION_RESOLVE = Route('POST', 'v1', 'session_manager/resolve_session/{session_uid}')
SESSION_RESOLUTION_STATUS = Route('GET', 'v1', 'session_manager/resolution_status/{session_uid}')
SESSION_SEARCH = Route('POST', 'v1', 'session_manager/search/')
SESSION_FIELD_DATA = Route('POST', 'v1', 'session_manager/field_data/{session_uid}')
SESSION_DELETE = Route('DELETE', 'v1', 'session_manager/delete_session/{session_uid}')
ENTITIES_ADD = Route('POST', 'v1', 'session_manager/add_entities/')
# The older generation adds entities one by one.
ENTITY_ADD = Route('POST', 'v1', 'session_manager/add_entity/')
ENTITY_SUMMARY = Route('POST', 'v1', 'session_manager/entity_summary/{session_uid}')
EVENT_ADD_WITH_SEARCH = Route('POST', 'v1', 'session_manager/add_event_with_search')
EVENT_DELETE = Route('DELETE', 'v1', 'session_manager/delete_event')

# -- indexing of recordings
INDEX_REGISTER_SESSION = Route('POST', 'v1', 'indexing/register_rosbag_session/')
INDEX_VIDEO_SESSION = Route('POST', 'v1', 'indexing/index_video_session/')
INDEX_ROSBAG = Route('POST', 'v1', 'indexing/index_rosbag')
INDEX_ROSBAG2 = Route('POST', 'v1', 'indexing/index_rosbag2')
INDEX_S3 = Route('POST', 'v1', 'indexing/index_s3_objects')
INDEX_RECORDING = Route('POST', 'v1', 'indexing/index_recording')

# -- media
IMAGE_COMPRESS = Route('POST', 'v1', 'images/compress_images/')
IMAGE_PROPERTIES = Route('POST', 'v1', 'images/image_properties_enrichment')
VIDEO_COMPRESS = Route('POST', 'v1', 'videos/compress_videos/')
VIDEO_CONCATENATE = Route('POST', 'v1', 'videos/concatenate_videos/')
VIDEO_FRAME_THUMBNAILS = Route('POST', 'v1', 'videos/extract_frame_thumbnails')
VIDEO_FROM_URIS = Route('POST', 'v1', 'videos/make_video_from_image_uris')
VIDEO_WITH_ANNOTATIONS = Route('POST', 'v1', 'videos/make_video_with_annotations_from_uris')
VIDEO_FROM_IMAGES = Route('POST', 'v1', 'videos/images_to_video')
VIDEO_EXTRACT_IMAGES = Route('POST', 'v1', 'videos/extract_images')
VIDEO_EXTRACT_IMAGES_S8 = Route('POST', 'v1', 'videos/extract_images_s8')
VIDEO_EXTRACT_SUBCLIP = Route('POST', 'v1', 'videos/extract_subclip_video')
VIDEO_EXTRACT_S8 = Route('POST', 'v1', 'videos/extract_video_s8')
LIDAR_COMPRESS = Route('POST', 'v1', 'lidars/compress_lidars/')
LIDAR_EXTRACT_S8 = Route('POST', 'v1', 'lidars/extract_lidars_s8')

# -- annotations and their comparison
ANNOTATION_REMOVE_SOURCES = Route('POST', 'v1', 'annotations/remove_sources/')
ANNOTATION_CLEANUP_MASKS = Route('POST', 'v1', 'annotations/cleanup_annotation_masks')
ANNOTATION_TO_OBJECTS = Route('POST', 'v1', 'annotations/annotations_to_objects')
ANNOTATION_COMPRESS_MASKS = Route('POST', 'v1', 'annotations/compress_masks_batch')
ANNOTATION_SOURCES = Route('POST', 'v1', 'annotations/annotation_sources')
ANNOTATION_LABELS = Route('POST', 'v1', 'annotations/annotation_labels')
COMPARISON_PAIRS = Route('POST', 'v1', 'annotations_comparisons/compare_annotation_pairs/')
COMPARISON_METRICS = Route('POST', 'v1', 'annotations_comparisons/performance_metrics/')
COMPARISON_METRICS_BY_DIMENSION = Route(
    'POST', 'v1', 'annotations_comparisons/performance_metrics_per_dimension/'
)

# -- models, embeddings and user-defined functions
MODEL_INFERENCE = Route('POST', 'v1', 'models/model_inference')
SIMILARITY_INDEX = Route('POST', 'v1', 'similarity_search/bulk_index')
SIMILARITY_SEARCH = Route('POST', 'v1', 'similarity_search/similarity_search')
EMBEDDING_UMAP = Route('POST', 'v1', 'embeddings/create_umap_from_assets')
EMBEDDING_REMOVE_SPACE = Route('POST', 'v1', 'embeddings/remove_embedding_space/')
UDF_DRY_RUN = Route('POST', 'v1', 'udfs/enricher_dry_run')
UDF_BATCH = Route('POST', 'v1', 'udfs/batch_enrich')
UDF_RUN_SCRIPT = Route('PUT', 'v1', 'udfs/run_script/{script_id}')

# -- assets of any type; these match last, as their first segment is free
ASSET_SEARCH = Route('POST', 'v1', '{asset_type}')
ASSET_SEARCH_META = Route('POST', 'v1', '{asset_type}/meta')
ASSET_SUMMARY = Route('POST', 'v1', '{asset_type}/meta/summary/')
ASSET_FIELD_STATISTICS = Route('GET', 'v1', '{asset_type}/meta/searchable_field_statistics/')
ASSET_FIELDS = Route('GET', 'v1', '{asset_type}/meta/search_fields/')
ASSET_RESPONSE_MODEL = Route('GET', 'v1', '{asset_type}/meta/response_model/')
ASSET_METADATA = Route('GET', 'v1', '{asset_type}/meta/{id}')
ASSET_ADD_COMMENT = Route('POST', 'v1', '{asset_type}/comments/')
ASSET_DELETE_COMMENT = Route('POST', 'v1', '{asset_type}/delete_comments')
ASSET_COMMENTS = Route('POST', 'v1', '{asset_type}/get_comments')
