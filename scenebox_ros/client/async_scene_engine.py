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

"""The scene engine's client for asyncio."""

from __future__ import annotations

import os

from scenebox_ros.client.aio import AsyncClient, awaited, chained, iterated, over
from scenebox_ros.client.async_asset_manager import AsyncAssetManagerClient
from scenebox_ros.client.kv_store import KVStore
from scenebox_ros.client.pool import Timeouts
from scenebox_ros.client.scene_engine import DEMO_URL, SceneEngineClient


class AsyncSceneEngineClient(AsyncClient[SceneEngineClient]):
    """
    The root client for asyncio.

    Its methods are those of :class:`SceneEngineClient`, to be awaited; :meth:`iterate_assets`
    and :meth:`iterate_entities` are for ``async for``, and :meth:`is_coco_annotation_file_valid`,
    which asks no server, returns at once. The synchronous client is made when the first method is
    awaited, or the ``async with`` block is entered: that is where its errors are raised.

    Parameters
    ----------
    auth_token, scene_engine_url, asset_manager_url, environment
        As for :class:`SceneEngineClient`.
    artifacts_path, kv_store, num_threads, timeouts
        As for :class:`SceneEngineClient`.

    Examples
    --------
    >>> async with AsyncSceneEngineClient('my-token', 'http://localhost:8080') as client:
    ...     await client.create_set('Night rides', 'images')
    'night_rides'

    """

    def __init__(
        self,
        auth_token: str | None = None,
        scene_engine_url: str | None = DEMO_URL,
        asset_manager_url: str | None = None,
        environment: str | None = None,
        artifacts_path: str | os.PathLike[str] = '.',
        kv_store: KVStore | None = None,
        num_threads: int = 20,
        *,
        timeouts: Timeouts | None = None,
    ) -> None:
        super().__init__(
            lambda: SceneEngineClient(
                auth_token,
                scene_engine_url,
                asset_manager_url,
                environment,
                artifacts_path,
                kv_store,
                num_threads,
                timeouts=timeouts,
            )
        )

    async def get_asset_manager(self, asset_type: str) -> AsyncAssetManagerClient:
        """
        Get the client of one asset type's documents and bytes, which is for asyncio, too.

        Parameters
        ----------
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.

        Returns
        -------
        AsyncAssetManagerClient
            The client of this type, over this client's connections.

        Raises
        ------
        ValueError
            If there is no such asset type.
        AssetError
            If the server does not say where its asset manager is.

        Examples
        --------
        >>> images = await client.get_asset_manager('images')
        >>> await images.exists('img_1')
        True

        """
        manager = await self.run(lambda client: client.get_asset_manager(asset_type))
        return over(AsyncAssetManagerClient, manager)

    is_coco_annotation_file_valid = staticmethod(SceneEngineClient.is_coco_annotation_file_valid)
    add_annotation = awaited(SceneEngineClient.add_annotation)
    add_annotation_labels_to_assets = awaited(SceneEngineClient.add_annotation_labels_to_assets)
    add_annotations = awaited(SceneEngineClient.add_annotations)
    add_assets_to_set = awaited(SceneEngineClient.add_assets_to_set)
    add_auxiliary_session_data = awaited(SceneEngineClient.add_auxiliary_session_data)
    add_coco_annotations_from_folder = awaited(SceneEngineClient.add_coco_annotations_from_folder)
    add_comment_to_assets = awaited(SceneEngineClient.add_comment_to_assets)
    add_comments = awaited(SceneEngineClient.add_comments)
    add_df = awaited(SceneEngineClient.add_df)
    add_ego_pose = awaited(SceneEngineClient.add_ego_pose)
    add_embeddings = awaited(SceneEngineClient.add_embeddings)
    add_enrichments_configs = awaited(SceneEngineClient.add_enrichments_configs)
    add_entities = awaited(SceneEngineClient.add_entities)
    add_entity = awaited(SceneEngineClient.add_entity)
    add_event_interval = awaited(SceneEngineClient.add_event_interval)
    add_event_intervals = awaited(SceneEngineClient.add_event_intervals)
    add_event_with_search = awaited(SceneEngineClient.add_event_with_search)
    add_geolocation_entities = awaited(SceneEngineClient.add_geolocation_entities)
    add_geolocation_entity = awaited(SceneEngineClient.add_geolocation_entity)
    add_image = awaited(SceneEngineClient.add_image)
    add_images = awaited(SceneEngineClient.add_images)
    add_images_from_folder = awaited(SceneEngineClient.add_images_from_folder)
    add_lidar = awaited(SceneEngineClient.add_lidar)
    add_lidars = awaited(SceneEngineClient.add_lidars)
    add_organization = awaited(SceneEngineClient.add_organization)
    add_ownership = awaited(SceneEngineClient.add_ownership)
    add_point_events = awaited(SceneEngineClient.add_point_events)
    add_rosbag2 = awaited(SceneEngineClient.add_rosbag2)
    add_scalar_intervals = awaited(SceneEngineClient.add_scalar_intervals)
    add_scalar_measurements = awaited(SceneEngineClient.add_scalar_measurements)
    add_session = awaited(SceneEngineClient.add_session)
    add_sets_to_project = awaited(SceneEngineClient.add_sets_to_project)
    add_source_data = awaited(SceneEngineClient.add_source_data)
    add_task_to_campaign = awaited(SceneEngineClient.add_task_to_campaign)
    add_timeseries_csv = awaited(SceneEngineClient.add_timeseries_csv)
    add_user = awaited(SceneEngineClient.add_user)
    add_video = awaited(SceneEngineClient.add_video)
    add_video_session = awaited(SceneEngineClient.add_video_session)
    add_videos = awaited(SceneEngineClient.add_videos)
    annotations_to_objects = awaited(SceneEngineClient.annotations_to_objects)
    assets_in_set = awaited(SceneEngineClient.assets_in_set)
    cleanup_annotation_masks = awaited(SceneEngineClient.cleanup_annotation_masks)
    cleanup_assets_annotation_meta = awaited(SceneEngineClient.cleanup_assets_annotation_meta)
    can_check_content = awaited(SceneEngineClient.can_check_content)
    clear_cache = awaited(SceneEngineClient.clear_cache)
    commit_set = awaited(SceneEngineClient.commit_set)
    compare_annotation_pairs = awaited(SceneEngineClient.compare_annotation_pairs)
    compare_sets = awaited(SceneEngineClient.compare_sets)
    compress_images = awaited(SceneEngineClient.compress_images)
    compress_lidars = awaited(SceneEngineClient.compress_lidars)
    compress_masks_batch = awaited(SceneEngineClient.compress_masks_batch)
    compress_videos = awaited(SceneEngineClient.compress_videos)
    concatenate_videos = awaited(SceneEngineClient.concatenate_videos)
    count = awaited(SceneEngineClient.count)
    create_annotation_instruction = awaited(SceneEngineClient.create_annotation_instruction)
    create_campaign = awaited(SceneEngineClient.create_campaign)
    create_config = awaited(SceneEngineClient.create_config)
    create_operation = awaited(SceneEngineClient.create_operation)
    create_project = awaited(SceneEngineClient.create_project)
    create_set = awaited(SceneEngineClient.create_set)
    create_umap = awaited(SceneEngineClient.create_umap)
    delete_all_data = awaited(SceneEngineClient.delete_all_data)
    delete_annotation_instruction = awaited(SceneEngineClient.delete_annotation_instruction)
    delete_annotations = awaited(SceneEngineClient.delete_annotations)
    delete_assets_annotations = awaited(SceneEngineClient.delete_assets_annotations)
    delete_campaign = awaited(SceneEngineClient.delete_campaign)
    delete_campaign_operation_config = awaited(SceneEngineClient.delete_campaign_operation_config)
    delete_comment_from_assets = awaited(SceneEngineClient.delete_comment_from_assets)
    delete_config = awaited(SceneEngineClient.delete_config)
    delete_embeddings = awaited(SceneEngineClient.delete_embeddings)
    delete_events = awaited(SceneEngineClient.delete_events)
    delete_operation = awaited(SceneEngineClient.delete_operation)
    delete_organization = awaited(SceneEngineClient.delete_organization)
    delete_project = awaited(SceneEngineClient.delete_project)
    delete_session = awaited(SceneEngineClient.delete_session)
    delete_set = awaited(SceneEngineClient.delete_set)
    delete_task = awaited(SceneEngineClient.delete_task)
    delete_user = awaited(SceneEngineClient.delete_user)
    disable_webapp_features = awaited(SceneEngineClient.disable_webapp_features)
    display_dashboard = awaited(SceneEngineClient.display_dashboard)
    display_image = awaited(SceneEngineClient.display_image)
    display_lidar = awaited(SceneEngineClient.display_lidar)
    display_object = awaited(SceneEngineClient.display_object)
    display_projects = awaited(SceneEngineClient.display_projects)
    display_session = awaited(SceneEngineClient.display_session)
    display_set = awaited(SceneEngineClient.display_set)
    display_video = awaited(SceneEngineClient.display_video)
    download_annotations = awaited(SceneEngineClient.download_annotations)
    download_timeseries = awaited(SceneEngineClient.download_timeseries)
    download_zipfile = awaited(SceneEngineClient.download_zipfile)
    enable_webapp_features = awaited(SceneEngineClient.enable_webapp_features)
    enricher_batch = awaited(SceneEngineClient.enricher_batch)
    enricher_dry_run = awaited(SceneEngineClient.enricher_dry_run)
    entity_summary = awaited(SceneEngineClient.entity_summary)
    export_coco_dataset = awaited(SceneEngineClient.export_coco_dataset)
    extend_time_span = awaited(SceneEngineClient.extend_time_span)
    extract_frame_thumbnails = awaited(SceneEngineClient.extract_frame_thumbnails)
    extract_images_from_videos = awaited(SceneEngineClient.extract_images_from_videos)
    extract_images_s8 = awaited(SceneEngineClient.extract_images_s8)
    extract_lidars_from_s8 = awaited(SceneEngineClient.extract_lidars_from_s8)
    extract_subclip_from_videos = awaited(SceneEngineClient.extract_subclip_from_videos)
    extract_video_from_s8 = awaited(SceneEngineClient.extract_video_from_s8)
    flush_entities_buffer = awaited(SceneEngineClient.flush_entities_buffer)
    get_annotation_labels = awaited(SceneEngineClient.get_annotation_labels)
    get_annotation_sources = awaited(SceneEngineClient.get_annotation_sources)
    get_assets_in_set = awaited(SceneEngineClient.get_assets_in_set)
    get_campaign_operation_config = awaited(SceneEngineClient.get_campaign_operation_config)
    get_comments = awaited(SceneEngineClient.get_comments)
    get_comparison_matrix = awaited(SceneEngineClient.get_comparison_matrix)
    get_config = awaited(SceneEngineClient.get_config)
    get_embeddings = awaited(SceneEngineClient.get_embeddings)
    get_field_data = awaited(SceneEngineClient.get_field_data)
    get_frontend_url = awaited(SceneEngineClient.get_frontend_url)
    get_job = awaited(SceneEngineClient.get_job)
    get_job_manager = awaited(SceneEngineClient.get_job_manager)
    get_metadata = awaited(SceneEngineClient.get_metadata)
    get_operation = awaited(SceneEngineClient.get_operation)
    get_operation_status = awaited(SceneEngineClient.get_operation_status)
    get_performance_metrics = awaited(SceneEngineClient.get_performance_metrics)
    get_performance_metrics_per_dimension = awaited(
        SceneEngineClient.get_performance_metrics_per_dimension
    )
    get_platform_version = awaited(SceneEngineClient.get_platform_version)
    get_project_sets = awaited(SceneEngineClient.get_project_sets)
    get_searchable_field_statistics = awaited(SceneEngineClient.get_searchable_field_statistics)
    get_searchable_fields = awaited(SceneEngineClient.get_searchable_fields)
    get_session_resolution_status = awaited(SceneEngineClient.get_session_resolution_status)
    get_set_id_by_name = awaited(SceneEngineClient.get_set_id_by_name)
    get_set_status = awaited(SceneEngineClient.get_set_status)
    get_set_version_history = awaited(SceneEngineClient.get_set_version_history)
    get_sets_comparison_matrix = awaited(SceneEngineClient.get_sets_comparison_matrix)
    get_standardized_session_name = awaited(SceneEngineClient.get_standardized_session_name)
    get_streamable_set = awaited(SceneEngineClient.get_streamable_set)
    get_task_rundown = awaited(SceneEngineClient.get_task_rundown)
    get_video_frame_thumbnail = awaited(SceneEngineClient.get_video_frame_thumbnail)
    image_properties_enrichment = awaited(SceneEngineClient.image_properties_enrichment)
    images_to_video = awaited(SceneEngineClient.images_to_video)
    index_recording = awaited(SceneEngineClient.index_recording)
    index_rosbag = awaited(SceneEngineClient.index_rosbag)
    index_rosbag2 = awaited(SceneEngineClient.index_rosbag2)
    index_s3_images_batch = awaited(SceneEngineClient.index_s3_images_batch)
    iterate_entities = iterated(SceneEngineClient.iterate_entities)
    iterate_assets = iterated(SceneEngineClient.iterate_assets)
    jira_create_issue = awaited(SceneEngineClient.jira_create_issue)
    jira_is_connected = awaited(SceneEngineClient.jira_is_connected)
    jira_link_new_issue_to_existing = awaited(SceneEngineClient.jira_link_new_issue_to_existing)
    list_operations = awaited(SceneEngineClient.list_operations)
    list_organizations = awaited(SceneEngineClient.list_organizations)
    list_ownerships = awaited(SceneEngineClient.list_ownerships)
    list_users = awaited(SceneEngineClient.list_users)
    make_video_from_image_uris = awaited(SceneEngineClient.make_video_from_image_uris)
    make_video_with_annotations_from_uris = awaited(
        SceneEngineClient.make_video_with_annotations_from_uris
    )
    missing_entities = awaited(SceneEngineClient.missing_entities)
    model_inference = awaited(SceneEngineClient.model_inference)
    modify_organization = awaited(SceneEngineClient.modify_organization)
    modify_user = awaited(SceneEngineClient.modify_user)
    pace_uploads = awaited(SceneEngineClient.pace_uploads)
    register_rosbag_session = awaited(SceneEngineClient.register_rosbag_session)
    register_webhook = awaited(SceneEngineClient.register_webhook)
    remove_annotation_sources = awaited(SceneEngineClient.remove_annotation_sources)
    remove_assets_from_set = awaited(SceneEngineClient.remove_assets_from_set)
    remove_sets_from_project = awaited(SceneEngineClient.remove_sets_from_project)
    resolve_session = awaited(SceneEngineClient.resolve_session)
    revoke_ownership = awaited(SceneEngineClient.revoke_ownership)
    run_operation_instance = awaited(SceneEngineClient.run_operation_instance)
    run_script = awaited(SceneEngineClient.run_script)
    save_campaign_operation_config = awaited(SceneEngineClient.save_campaign_operation_config)
    search_assets = awaited(SceneEngineClient.search_assets)
    search_campaigns = awaited(SceneEngineClient.search_campaigns)
    search_meta = awaited(SceneEngineClient.search_meta)
    search_similar_assets = awaited(SceneEngineClient.search_similar_assets)
    search_tasks = awaited(SceneEngineClient.search_tasks)
    search_within_set = awaited(SceneEngineClient.search_within_set)
    set_is_locked = awaited(SceneEngineClient.set_is_locked)
    set_lock = awaited(SceneEngineClient.set_lock)
    set_unlock = awaited(SceneEngineClient.set_unlock)
    similarity_search_bulk_index = awaited(SceneEngineClient.similarity_search_bulk_index)
    slice_session = awaited(SceneEngineClient.slice_session)
    split_set = awaited(SceneEngineClient.split_set)
    start_operation = awaited(SceneEngineClient.start_operation)
    submit_enricher = awaited(SceneEngineClient.submit_enricher)
    submit_video_indexing_request = awaited(SceneEngineClient.submit_video_indexing_request)
    summary_meta = awaited(SceneEngineClient.summary_meta)
    update_artifact_path = awaited(SceneEngineClient.update_artifact_path)
    update_campaign_pipeline = awaited(SceneEngineClient.update_campaign_pipeline)
    update_time_span = awaited(SceneEngineClient.update_time_span)
    whoami = awaited(SceneEngineClient.whoami)
    with_auth = chained(SceneEngineClient.with_auth)
    zip_set = awaited(SceneEngineClient.zip_set)
    zip_set_and_download = awaited(SceneEngineClient.zip_set_and_download)
