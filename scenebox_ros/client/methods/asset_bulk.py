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


"""Change or delete many assets at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
import time
from typing import Any, Optional

from scenebox_ros import ids as names
from scenebox_ros.client import cancel, paging, polling, set_versions
from scenebox_ros.client.answers import of_kind
from scenebox_ros.client.endpoints import asset_bulk, asset_documents, jobs
from scenebox_ros.client.endpoints.asset_documents import WriteOptions
from scenebox_ros.client.endpoints.asset_search import find_ids, Page
from scenebox_ros.client.methods.base import AssetMethods
from scenebox_ros.client.payload import jsonified
from scenebox_ros.client.scope import Json, Query
from scenebox_ros.client.threads import run_threaded
from scenebox_ros.errors import AssetError, RequestTimeoutError
from scenebox_ros.model import plain

DOCUMENTS_A_REQUEST = 1000
MAX_THREADS = 20
POLLS_S = (1, 2, 3, 4, 0)


class AssetBulkMethods(AssetMethods):
    """Change or delete many assets at once."""

    def update_metadata_batch(
        self,
        ids: Iterable[str],
        metadata: Sequence[Mapping[str, Any]],
        buffered_write: bool = False,
        replace_sets: bool = False,
        geo_field: Optional[str] = None,
        shape_group_field: Optional[str] = None,
        nested_fields: Optional[Sequence[str]] = None,
    ) -> dict[int, Any]:
        """
        Update the metadata of many assets.

        Parameters
        ----------
        ids
            The IDs of the assets to update the metadata of.
        metadata
            For each, the metadata to merge into the existing metadata.
        buffered_write
            If True, ingests the metadata in a buffered fashion.
        replace_sets
            If True, lists in ``metadata`` replace the existing ones. Otherwise, they extend them.
        geo_field
            Geolocation field.
        shape_group_field
            Shape group field (example: UMAP).
        nested_fields
            Nested fields (example: ``['annotations_meta']``).

        Returns
        -------
        dict
            The server's answer for each chunk of 1000, by its number from 0.

        Raises
        ------
        AssetError
            If there are not as many ids as metadata, or the server refuses.

        Examples
        --------
        >>> client.update_metadata_batch(['img_1', 'img_2'], [{'tags': ['a']}, {'tags': ['b']}])
        {0: {'acknowledged': True}}

        """
        standard = [names.std(one) for one in plain.listed(ids)]
        documents = [jsonified(one) for one in metadata]
        if len(standard) != len(documents):
            raise AssetError(
                f'there are {len(standard)} ids and {len(documents)} metadata; '
                'pass one for each id'
            )
        options = WriteOptions(
            False, replace_sets, buffered_write, geo_field, shape_group_field, nested_fields
        )
        pairs = list(zip(standard, documents, strict=True))
        http, scope = self._http, self._scope

        def update(chunk: list[tuple[str, Json]]) -> Any:
            chunk_ids = [one for one, _ in chunk]
            documents = [document for _, document in chunk]
            answer = asset_documents.put_documents(http, scope, chunk_ids, documents, options)
            set_versions.members_changed(http, scope, chunk_ids)
            return answer

        chunks = paging.chunks(pairs, DOCUMENTS_A_REQUEST)
        threads = min(self.num_threads, MAX_THREADS)
        return dict(enumerate(run_threaded(update, chunks, threads)))

    def add_auxiliary_metadata(
        self,
        /,
        id: Optional[str] = None,
        ids: Optional[Iterable[str]] = None,
        search: Query = None,
        filters: Optional[Mapping[str, Any]] = None,
        **kwargs: Any,
    ) -> None:
        """
        Add auxiliary metadata to assets.

        Parameters
        ----------
        id
            An asset ID to add the auxiliary metadata to.
        ids
            A list of asset IDs to add the auxiliary metadata to.
        search
            Query to locate the assets to add the auxiliary metadata to.
        filters
            Filter names and values to append to the search.
        **kwargs
            The auxiliary metadata: labels and their values.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.add_auxiliary_metadata(ids=['img_1', 'img_2'], weather='rain')

        """
        targets = [*([id] if id else []), *plain.listed(ids)]
        http, scope = self._http, self._scope
        if search is not None or filters:
            query = paging.query_of(search, filters)
            targets += find_ids(http, scope, query, Page(scan=True))
        options = WriteOptions(replace=False)

        def update(target: str) -> None:
            asset_id = names.std(target)
            asset_documents.put_document(http, scope, asset_id, {'aux': kwargs}, options)
            set_versions.member_changed(http, scope, asset_id)

        run_threaded(update, targets, self.num_threads)

    def update_by_query(
        self,
        update_field: str,
        update_value: Any,
        operation: str,
        limit: Optional[int] = None,
        query: Query = None,
    ) -> list[str]:
        """
        Add a value to, or remove it from, a field of all assets that satisfy a query.

        Parameters
        ----------
        update_field
            The field to update, usually a list such as ``sets``.
        update_value
            The value to add or remove.
        operation
            ``'add'`` or ``'remove'``.
        limit
            Update only so many assets, picked at random. Without it, all that satisfy the query.
        query
            Query to locate the assets to update.

        Returns
        -------
        list of str
            The ids of the tasks that do it; see :meth:`wait_for_batch_update_task`. What the
            server cached of these assets stays until :meth:`clear_cache`.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.update_by_query('sets', 'set_1', 'add', limit=100)
        ['task_1']

        """
        tasks = asset_bulk.update_by_query(
            self._http, self._scope, update_field, update_value, operation, limit, query
        )
        return tasks or []

    def wait_for_batch_update_task(self, query_task_id: str, timeout: float = 1200) -> Json:
        """
        Wait for the completion of a task of :meth:`update_by_query`.

        Parameters
        ----------
        query_task_id
            The task's id.
        timeout
            Seconds to wait; then the task is stopped.

        Returns
        -------
        dict
            What the task says it did.

        Raises
        ------
        AssetError
            If the task failed.
        TimeoutError
            If it takes too long.

        Examples
        --------
        >>> client.wait_for_batch_update_task('task_1')
        {'updated': 2}

        """
        ends = time.monotonic() + timeout
        polls = 0
        while not (task := jobs.task(self._http, query_task_id)).get('completed', True):
            if time.monotonic() > ends:
                jobs.delete_task(self._http, query_task_id)
                raise RequestTimeoutError(
                    f'task {query_task_id!r} took more than {timeout:g} s and was stopped; pass a '
                    'longer timeout'
                )
            cancel.sleep(POLLS_S[polls % len(POLLS_S)])
            polls += 1
        if task.get('error'):
            raise AssetError(f'task {query_task_id!r} failed: {task["error"]}; correct the query')
        told: Json = of_kind(
            task.get('response') or {}, dict, AssetError, f'read task {query_task_id!r}'
        )
        return told

    def delete_with_query(
        self,
        query: Query = None,
        filters: Optional[Mapping[str, Any]] = None,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Delete assets specified with a search query.

        Parameters
        ----------
        query
            Query to locate the assets to delete.
        filters
            Filter names and values to append to the query.
        wait_for_completion
            If True, polls until the job is complete. Otherwise, continues execution and does not
            raise an error if the job does not complete.

        Returns
        -------
        str
            The id of the job that carries out the deletion.

        Raises
        ------
        AssetError
            If the server refuses.
        JobError
            If the job is aborted while this waits for it.

        Examples
        --------
        >>> client.delete_with_query(filters={'sensor': 'camera_front'}, wait_for_completion=True)
        'job_1'

        """
        search = paging.query_of(query, filters)
        job_id = asset_bulk.remove_with_query(self._http, self._scope, search)
        return self._awaited(job_id, wait_for_completion)

    def delete_with_list(
        self, assets_list: Optional[Iterable[str]] = None, wait_for_completion: bool = False
    ) -> str:
        """
        Delete assets specified with a list of asset IDs.

        Parameters
        ----------
        assets_list
            The IDs of the assets to delete.
        wait_for_completion
            If True, polls until the job is complete. Otherwise, continues execution and does not
            raise an error if the job does not complete.

        Returns
        -------
        str
            The id of the job that carries out the deletion.

        Raises
        ------
        AssetError
            If the server refuses.
        JobError
            If the job is aborted while this waits for it.

        Examples
        --------
        >>> client.delete_with_list(['img_1', 'img_2'])
        'job_1'

        """
        listed = plain.listed(assets_list, 'assets_list')
        job_id = asset_bulk.remove_with_list(self._http, self._scope, listed)
        return self._awaited(job_id, wait_for_completion)

    def remove_key_from_index(self, key: str, wait_for_completion: bool = False) -> str:
        """
        Remove a key from the index and its mapping (admin only).

        Parameters
        ----------
        key
            The dotted path of the field to remove.
        wait_for_completion
            If True, polls until the job is complete. Otherwise, continues execution and does not
            raise an error if the job does not complete.

        Returns
        -------
        str
            The id of the job that carries out the removal.

        Raises
        ------
        AssetError
            If the server refuses.
        JobError
            If the job is aborted while this waits for it.

        Examples
        --------
        >>> client.remove_key_from_index('aux.weather')
        'job_1'

        """
        job_id = asset_bulk.remove_key(self._http, self._scope, key)
        return self._awaited(job_id, wait_for_completion)

    def _awaited(self, job_id: str, is_awaited: bool) -> str:
        if is_awaited:
            polling.await_job(self._http, job_id)
        return job_id
