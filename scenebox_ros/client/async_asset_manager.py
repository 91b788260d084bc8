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


"""The asset manager's client for asyncio."""

from __future__ import annotations

from typing import Optional

from scenebox_ros.client.aio import AsyncClient, awaited, chained, iterated
from scenebox_ros.client.asset_manager import AssetManagerClient
from scenebox_ros.client.http import Http
from scenebox_ros.client.kv_store import KVStore
from scenebox_ros.client.pool import Timeouts


class AsyncAssetManagerClient(AsyncClient[AssetManagerClient]):
    """
    Asset manager client for asyncio.

    Its methods are those of :class:`AssetManagerClient`, to be awaited; :meth:`assets_iterator` is
    for ``async for``. The synchronous client is made when the first method is awaited, or the
    ``async with`` block is entered: that is where its errors are raised.

    Parameters
    ----------
    asset_type, asset_manager_url, metadata_only, auth_token, cache_disabled
        As for :class:`AssetManagerClient`.
    is_non_standard_asset, kv_store, num_threads, timeouts, http
        As for :class:`AssetManagerClient`.

    Examples
    --------
    >>> async with AsyncAssetManagerClient('images', url, auth_token='my-token') as images:
    ...     await images.count()
    48211

    """

    def __init__(
        self,
        asset_type: str = 'sessions',
        asset_manager_url: Optional[str] = None,
        metadata_only: bool = False,
        auth_token: Optional[str] = None,
        cache_disabled: bool = False,
        is_non_standard_asset: bool = False,
        kv_store: Optional[KVStore] = None,
        num_threads: int = 20,
        *,
        timeouts: Optional[Timeouts] = None,
        http: Optional[Http] = None,
    ) -> None:
        super().__init__(
            lambda: AssetManagerClient(
                asset_type,
                asset_manager_url,
                metadata_only,
                auth_token,
                cache_disabled,
                is_non_standard_asset,
                kv_store,
                num_threads,
                timeouts=timeouts,
                http=http,
            )
        )

    add_asset_manager_params = awaited(AssetManagerClient.add_asset_manager_params)
    add_auxiliary_metadata = awaited(AssetManagerClient.add_auxiliary_metadata)
    api_status = awaited(AssetManagerClient.api_status)
    assets_iterator = iterated(AssetManagerClient.assets_iterator)
    average = awaited(AssetManagerClient.average)
    build_key_for_bytes_in_kv_store = awaited(AssetManagerClient.build_key_for_bytes_in_kv_store)
    cardinality = awaited(AssetManagerClient.cardinality)
    clear_cache = awaited(AssetManagerClient.clear_cache)
    copy = awaited(AssetManagerClient.copy)
    count = awaited(AssetManagerClient.count)
    delete = awaited(AssetManagerClient.delete)
    delete_with_list = awaited(AssetManagerClient.delete_with_list)
    delete_with_query = awaited(AssetManagerClient.delete_with_query)
    download_data_in_batch = awaited(AssetManagerClient.download_data_in_batch)
    exists = awaited(AssetManagerClient.exists)
    exists_multiple = awaited(AssetManagerClient.exists_multiple)
    get_all_search_fields = awaited(AssetManagerClient.get_all_search_fields)
    get_assets_url = awaited(AssetManagerClient.get_assets_url)
    get_auxiliary_search_fields = awaited(AssetManagerClient.get_auxiliary_search_fields)
    get_bytes = awaited(AssetManagerClient.get_bytes)
    get_bytes_from_cache = awaited(AssetManagerClient.get_bytes_from_cache)
    get_bytes_from_kv_store = awaited(AssetManagerClient.get_bytes_from_kv_store)
    get_bytes_from_object_access = awaited(AssetManagerClient.get_bytes_from_object_access)
    get_bytes_in_batch = awaited(AssetManagerClient.get_bytes_in_batch)
    get_file_and_write = awaited(AssetManagerClient.get_file_and_write)
    get_metadata = awaited(AssetManagerClient.get_metadata)
    get_metadata_in_batch = awaited(AssetManagerClient.get_metadata_in_batch)
    get_statistics = awaited(AssetManagerClient.get_statistics)
    get_temporary_upload_url = awaited(AssetManagerClient.get_temporary_upload_url)
    get_url = awaited(AssetManagerClient.get_url)
    get_url_from_object_access = awaited(AssetManagerClient.get_url_from_object_access)
    get_url_in_batch = awaited(AssetManagerClient.get_url_in_batch)
    get_urls_from_object_accesses = awaited(AssetManagerClient.get_urls_from_object_accesses)
    put_asset = awaited(AssetManagerClient.put_asset)
    put_assets_batch = awaited(AssetManagerClient.put_assets_batch)
    put_bytes_into_cache = awaited(AssetManagerClient.put_bytes_into_cache)
    put_bytes_into_kv_store = awaited(AssetManagerClient.put_bytes_into_kv_store)
    put_directory = awaited(AssetManagerClient.put_directory)
    put_file = awaited(AssetManagerClient.put_file)
    register_field = awaited(AssetManagerClient.register_field)
    remove_key_from_index = awaited(AssetManagerClient.remove_key_from_index)
    search_assets = awaited(AssetManagerClient.search_assets)
    search_assets_large = awaited(AssetManagerClient.search_assets_large)
    search_meta = awaited(AssetManagerClient.search_meta)
    search_meta_large = awaited(AssetManagerClient.search_meta_large)
    sum = awaited(AssetManagerClient.sum)
    summary_2d = awaited(AssetManagerClient.summary_2d)
    summary_meta = awaited(AssetManagerClient.summary_meta)
    summary_nd = awaited(AssetManagerClient.summary_nd)
    update_asset_state = awaited(AssetManagerClient.update_asset_state)
    update_aux_metadata = awaited(AssetManagerClient.update_aux_metadata)
    update_by_query = awaited(AssetManagerClient.update_by_query)
    update_metadata = awaited(AssetManagerClient.update_metadata)
    update_metadata_batch = awaited(AssetManagerClient.update_metadata_batch)
    upsert_metadata = awaited(AssetManagerClient.upsert_metadata)
    wait_for_batch_update_task = awaited(AssetManagerClient.wait_for_batch_update_task)
    with_asset_state = chained(AssetManagerClient.with_asset_state)
    with_auth = chained(AssetManagerClient.with_auth)
