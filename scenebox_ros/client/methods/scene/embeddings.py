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

"""Embeddings: add, read and delete them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scenebox_ros.client.endpoints.scene import jobs
from scenebox_ros.client.methods.scene.base import Query
from scenebox_ros.client.methods.scene.similarity import SimilarityMethods
from scenebox_ros.client.progress import bar
from scenebox_ros.errors import AssetError, InvalidArgumentsError, RuleError
from scenebox_ros.model import plain
from scenebox_ros.model.embedding import Embedding
from scenebox_ros.wire import scene_routes as routes

CHUNK_NUMBERS = 8 * 1024 * 1024 // 8
READ_CHUNK = 1000


class EmbeddingMethods(SimilarityMethods):
    """Add, read and delete embeddings."""

    def add_embeddings(
        self,
        embeddings: Iterable[Embedding],
        similarity_ingest: bool = True,
        create_umap: bool = True,
        wait_for_completion: bool = False,
        add_to_cache: bool = False,
        umap_params: Mapping[str, Any] | None = None,
    ) -> list[str]:
        """
        Add embeddings of assets that exist.

        Parameters
        ----------
        embeddings
            :class:`Embedding` objects of one space and one size.
        similarity_ingest
            Index them for similarity searches.
        create_umap
            Map them by UMAP, after waiting for the index.
        wait_for_completion
            Wait for index and map.
        add_to_cache
            Keep the bytes in the client's key-value store, too.
        umap_params
            ``n_neighbors``, ``min_dist`` and ``train_size``.

        Returns
        -------
        list[str]
            Ids of the embeddings

        Raises
        ------
        RuleError
            If spaces or sizes differ. It is an AssertionError, too.
        JobError
            If a job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.add_embeddings([Embedding([1.0, 2.0], asset_id='img_1')])

        """
        items = list(embeddings)
        if not items:
            return []
        _check_same(items)
        first = items[0]
        size = max(1, CHUNK_NUMBERS // first.ndim)
        with bar('adding embeddings', len(items), 'embeddings') as advance:
            for chunk in plain.chunks(items, size):
                self._put_embeddings(chunk, wait_for_completion, add_to_cache)
                advance(len(chunk))
        ids = [one.id for one in items]
        if similarity_ingest:
            reply = jobs.start(self._http, routes.SIMILARITY_INDEX, {'embedding_ids': ids})
            self._started(
                reply, wait_for_completion or create_umap, limit_s=max(10 * len(ids), 60)
            )
        if create_umap:
            self.create_umap(
                first.asset_type, first.index_name, search_dic={},
                wait_for_completion=wait_for_completion, **(umap_params or {}),
            )
        return ids

    def _put_embeddings(self, chunk: Sequence[Embedding], wait: bool, add_to_cache: bool) -> None:
        self.get_asset_manager('embeddings').put_assets_batch(
            metadata=[one.metadata for one in chunk], ids=[one.id for one in chunk],
            file_objects=[one.bytes for one in chunk], wait_for_completion=wait,
            add_to_redis_cache=add_to_cache,
        )
        self.get_asset_manager(chunk[0].asset_type).update_metadata_batch(
            [one.asset_id for one in chunk],
            [{'embeddings': {one.index_name: one.id}} for one in chunk],
        )

    def get_embeddings(
        self,
        embedding_space: str,
        asset_type: str = 'images',
        asset_ids: Iterable[str] | None = None,
        use_umap_as_embedding: bool = False,
        max_number_of_embeddings: int = 200_000,
        search: Query | None = None,
    ) -> list[Embedding]:
        """
        Read the embeddings of a space.

        Parameters
        ----------
        embedding_space
            Name of the embedding space (``index_name``).
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.
        asset_ids
            Only of these assets.
        use_umap_as_embedding
            Read the two coordinates of the UMAP instead.
        max_number_of_embeddings
            Refuse to read more than that.
        search
            Query; only assets that match it. ``{'filters': [{'field': ..., 'values': [...]}]}``.

        Returns
        -------
        list[Embedding]
            :class:`Embedding` objects

        Raises
        ------
        AssetError
            If there are more than ``max_number_of_embeddings``.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_embeddings('similarity_images_default_v1')[0].get_nparray()

        """
        key = 'umap' if use_umap_as_embedding else 'embeddings'
        query = dict(search or {})
        field = f'{key}.{embedding_space}'
        query['exists_filters'] = [*(query.get('exists_filters') or ()), {'field': field}]
        query['source_selected_fields'] = ['id', field]
        if asset_ids is not None:
            chosen = {'field': 'id', 'values': plain.listed(asset_ids, 'asset_ids')}
            query['filters'] = [*(query.get('filters') or ()), chosen]
        found = self.get_asset_manager(asset_type).search_meta_large(query)
        if len(found) > max_number_of_embeddings:
            raise AssetError(
                f'{len(found)} embeddings; narrow the search, or raise max_number_of_embeddings'
            )
        if use_umap_as_embedding:
            return [
                Embedding(
                    document['umap'][embedding_space]['coordinates'], document['id'], asset_type,
                    model=embedding_space, version='umap',
                )
                for document in found
            ]
        ids = [document['embeddings'][embedding_space] for document in found]
        return [one for chunk in plain.chunks(ids, READ_CHUNK) for one in self._read(chunk)]

    def _read(self, ids: Iterable[str]) -> list[Embedding]:
        manager = self.get_asset_manager('embeddings')
        documents = manager.get_metadata_in_batch(ids)
        blobs = manager.get_bytes_in_batch(ids)
        return [
            _restored(documents[id] or {}, blobs[id]) for id in ids if documents.get(id)
        ]

    def delete_embeddings(
        self, embedding_space: str, asset_type: str = 'images', wait_for_completion: bool = False
    ) -> str:
        """
        Delete all embeddings of a space.

        Parameters
        ----------
        embedding_space
            Name of the embedding space (``index_name``).
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.delete_embeddings('similarity_images_default_v1')

        """
        body = {'index_name': embedding_space, 'asset_type': asset_type}
        reply = jobs.start(self._http, routes.EMBEDDING_REMOVE_SPACE, body)
        return self._started(reply, wait_for_completion)

    # -- similarity ------------------------------------------------------------------------------


def _check_same(items: Sequence[Embedding]) -> None:
    if len({one.ndim for one in items}) > 1:
        raise RuleError('embeddings differ in size; add those of each size by a call of its own')
    if len({one.index_name for one in items}) > 1:
        raise RuleError('embeddings are of several spaces; add those of each by a call of its own')


def _restored(document: Mapping[str, Any], blob: bytes) -> Embedding:
    """Rebuild an embedding; its layer was kept as its tag, so its id stays the same."""
    ndim = int(document['ndim'])
    sizes = {4: 'float32', 8: 'float64'}
    width = len(blob) // ndim if ndim else 0
    if width not in sizes:
        raise InvalidArgumentsError(
            f'embedding {document.get("id")!r} has {len(blob)} bytes for {ndim} numbers'
        )
    tags = document.get('tags') or [None]
    return Embedding(
        blob, document['asset_id'], document.get('media_type', 'images'), document['model'],
        document['version'], document.get('timestamp'), tags[0], sizes[width], ndim,
        document.get('session_uid'),
    )
