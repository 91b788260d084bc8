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


"""The types that a job may have."""

from __future__ import annotations

JOB_TYPES = frozenset(
    {
        'STREAMABLE_SET_SHARDING',
        'add_event_with_search',
        'add_images_with_uris',
        'annotation',
        'annotation_process',
        'annotations_to_objects',
        'calculate_performance_metrics',
        'cdl_mask_creation',
        'coco_formatting',
        'compare_annotations',
        'compare_sets',
        'consensus',
        'coordinate_interaction',
        'dataset_similarity_search',
        'deduplication',
        'enrichment',
        'entity_modification',
        'event_deletion',
        'generic_extraction',
        'geo_extraction',
        'growth_stages_extraction',
        'high_priority_operation',
        'image_compression',
        'image_extraction',
        'image_inference',
        'image_properties_enrichment',
        'images_to_objects_from_annotations',
        'images_to_objects_model_assisted',
        'ingestion',
        'integration_test',
        'lidar_compression',
        'lidar_extraction',
        'low_priority_operation',
        'media_extraction',
        'media_removal',
        'model_inference',
        'multispectral_time_series_building',
        'notification',
        'rosbag_indexing',
        'scripts',
        'session_deletion',
        'session_registration',
        'session_resolution',
        'set_addition',
        'set_removal',
        'set_versioning_init_and_commit',
        'similarity_bulk_index',
        'smoothing_time_series',
        'split_sets',
        'synthetic_indexing',
        'umap_creation',
        'video_compression',
        'video_concatenation',
        'video_extraction',
        'video_indexing',
        'webhook',
        'zipping',
    }
)
