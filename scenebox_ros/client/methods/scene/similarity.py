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

"""What embeddings are for: similarity and maps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scenebox_ros.client.endpoints.scene import jobs, reads
from scenebox_ros.client.endpoints.scene.reply import present
from scenebox_ros.client.methods.scene.base import Callback, Json, Query, SceneMethods
from scenebox_ros.errors import SimilaritySearchError
from scenebox_ros.model import plain
from scenebox_ros.wire import scene_routes as routes

CHUNK_NUMBERS = 8 * 1024 * 1024 // 8
READ_CHUNK = 1000


class SimilarityMethods(SceneMethods):
    """Search similar assets, map embeddings by UMAP."""

    def similarity_search_bulk_index(
        self,
        embedding_ids: Iterable[str] | None = None,
        search_dic: Query | None = None,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Index embeddings for similarity searches.

        Parameters
        ----------
        embedding_ids
            Ids of the embeddings.
        search_dic
            Query; embeddings that match it.
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
        >>> client.similarity_search_bulk_index(embedding_ids=['178708115442669375'])

        """
        is_chosen = embedding_ids is not None
        chosen = plain.listed(embedding_ids, 'embedding_ids') if is_chosen else None
        body = present(embedding_ids=chosen, search_dic=search_dic)
        reply = jobs.start(self._http, routes.SIMILARITY_INDEX, body)
        return self._started(reply, wait_for_completion)

    def search_similar_assets(
        self,
        id: str,
        similar_asset_count: int = 10,
        asset_type: str = 'images',
        embedding_space: str | None = None,
    ) -> list[str]:
        """
        Find the assets that are most similar to one.

        Parameters
        ----------
        id
            The asset's id.
        similar_asset_count
            How many.
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.
        embedding_space
            Space to compare in; needed if the asset has embeddings in several.

        Returns
        -------
        list[str]
            Ids, the most similar first

        Raises
        ------
        SimilaritySearchError
            If the asset has no embedding, or several and no space is given.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.search_similar_assets('img_1', similar_asset_count=3)

        """
        document = self.get_asset_manager(asset_type).get_metadata(id)
        body = {
            'ids': [id],
            'similar_asset_count': similar_asset_count,
            'index_name': _space_of(id, document.get('embeddings') or {}, embedding_space),
            'asset_type': asset_type,
        }
        error = SimilaritySearchError
        found: list[list[str]] = reads.read(
            self._http, routes.SIMILARITY_SEARCH, body, error=error, gives=list, of=list
        )
        return found[0] if found else []

    def create_umap(
        self,
        asset_type: str,
        index_name: str,
        search_dic: Query | None = None,
        n_neighbors: int = 20,
        min_dist: float = 0.3,
        train_size: int = 10000,
        progress_callback: Callback | None = None,
        transform_only: bool = False,
        wait_for_completion: bool = False,
    ) -> str:
        """
        Map embeddings onto a plane by UMAP; they must be indexed.

        Parameters
        ----------
        asset_type
            Any of ``AssetsConstants.VALID_ASSETS``.
        index_name
            Name of the embedding space.
        search_dic
            Query; only assets that match it.
        n_neighbors
            Few keep local structure, many global.
        min_dist
            How tightly points may lie.
        train_size
            How many embeddings to learn from.
        progress_callback
            Called with the progress (0 to 100) and the stage of the job.
        transform_only
            Place new embeddings into the map that exists.
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
        >>> client.create_umap('images', 'similarity_images_default_v1')

        """
        body: Json = {
            'search': search_dic or {},
            'n_neighbors': n_neighbors,
            'min_dist': min_dist,
            'index_name': index_name,
            'asset_type': asset_type,
            'train_size': train_size,
            'transform_only': transform_only,
        }
        reply = jobs.start(self._http, routes.EMBEDDING_UMAP, body)
        return self._started(
            reply, wait_for_completion, every_s=5, callback=progress_callback
        )


def _space_of(id: str, spaces: Mapping[str, Any], wanted: str | None) -> str:
    if not spaces:
        raise SimilaritySearchError(f'asset {id!r} has no embeddings; add them first')
    if len(spaces) == 1:
        return next(iter(spaces))
    if wanted is None or wanted not in spaces:
        raise SimilaritySearchError(
            f'embedding_space is {wanted!r}; asset {id!r} has {", ".join(sorted(spaces))}'
        )
    return wanted
