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

"""Embeddings and the comparison of sets over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenebox_ros.errors import EmbeddingError, InvalidArgumentsError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.submit import ids_of, need, submit
from scenebox_ros.server.api.table import DELETE, Endpoint, WRITE
from scenebox_ros.server.embeddings.jobs import vectors_of
from scenebox_ros.server.embeddings.maps import require_umap
from scenebox_ros.server.search import query as q
from scenebox_ros.server.sets.service import EVERYTHING, type_of
from scenebox_ros.server.store.documents import valid_id, valid_type
from scenebox_ros.wire import scene_routes as routes

MAX_COUNT = 10_000
MAX_ASKED = 100
MAX_SETS = 50
LIMITS = {'num_projections': 1000, 'num_seeds': 1000}


def bulk_index(call: Call) -> Any:
    """Begin to put embeddings into their spaces."""
    ids = ids_of(call, 'embedding_ids')
    if ids is None and call.object.get('search_dic') is None:
        raise InvalidArgumentsError('give embedding_ids, or a search_dic that finds embeddings')
    call.search('search_dic')
    if ids:
        need(call, 'embeddings', ids)
    payload = {'embedding_ids': ids, 'search_dic': call.object.get('search_dic')}
    return submit(call, 'similarity_bulk_index', payload)


def similar(call: Call) -> Any:
    """Find the assets most similar to each of some: a list for each, the most similar first."""
    kind, name = valid_type(call.field('asset_type')), call.field('index_name')
    count = call.optional('similar_asset_count', int, 10)
    if not 1 <= count <= MAX_COUNT:
        raise InvalidArgumentsError(f'similar_asset_count is {count}; choose 1 to {MAX_COUNT}')
    vectors = vectors_of(call.core)
    wanted = [valid_id(name) for name in call.strings('ids')]
    if len(wanted) > MAX_ASKED:
        raise InvalidArgumentsError(f'{len(wanted)} ids; ask for at most {MAX_ASKED} at once')
    return [vectors.similar(call.identity, kind, name, asset, count) for asset in wanted]


def create_umap(call: Call) -> Any:
    """Begin to lay assets out on a map."""
    kind, name = valid_type(call.field('asset_type')), call.field('index_name')
    transform = call.optional('transform_only', bool, False)
    if not transform:
        require_umap()
    call.search('search')
    numbers = {
        'n_neighbors': _within(call, 'n_neighbors', 20, 2, 1000),
        'min_dist': _within(call, 'min_dist', 0.3, 0, 1),
        'train_size': _within(call, 'train_size', 10_000, 1, 1_000_000),
    }
    return submit(call, 'umap_creation', {
        'asset_type': kind, 'index_name': name, 'search': call.object.get('search'),
        'transform_only': transform, **numbers,
    })  # fmt: skip


def _within(call: Call, name: str, default: float, least: float, most: float) -> float:
    value = call.optional(name, (int, float), default)
    if not least <= value <= most:
        raise InvalidArgumentsError(f'{name} is {value}; choose {least} to {most}')
    return type(default)(value)


def remove_space(call: Call) -> Any:
    """Begin to forget a space of embeddings."""
    payload = {
        'index_name': call.field('index_name'), 'asset_type': valid_type(call.field('asset_type')),
    }  # fmt: skip
    return submit(call, 'embedding_removal', payload)


def compare_sets(call: Call) -> Any:
    """Begin to measure how far apart sets are."""
    wanted = list(dict.fromkeys(valid_id(name) for name in call.strings('sets')))
    if not 2 <= len(wanted) <= MAX_SETS:
        raise InvalidArgumentsError(f'{len(wanted)} sets to compare; give 2 to {MAX_SETS}')
    kinds = {
        type_of(call.documents.get(call.identity, 'sets', name)) for name in wanted
    }
    if len(kinds) > 1:
        raise EmbeddingError(f'the sets hold {", ".join(sorted(kinds))}; compare like with like')
    metric = call.optional('metric_type', str, 'wasserstein')
    if metric != 'wasserstein':
        raise InvalidArgumentsError(f'metric {metric!r} is not known; known is wasserstein')
    options = call.optional('metric_params', dict, {})
    for name, value in options.items():
        if not isinstance(value, int) or not 1 <= value <= LIMITS.get(name, 0):
            raise InvalidArgumentsError(
                f'metric_params {name}={value!r} cannot be; known are {", ".join(LIMITS)}, '
                'integers from 1 to 1000'
            )
    return submit(call, 'compare_sets', {
        'sets': wanted, 'index_name': call.field('index_name'), 'metric_params': options,
    })  # fmt: skip


def matrix(call: Call) -> Any:
    """List what is known about how far apart sets are."""
    raw, name = call.object.get('search'), call.optional('index_name')
    if raw is not None and not isinstance(raw, Mapping):
        raise InvalidArgumentsError('search is a query object, or null')
    clauses = q.parse(raw).clauses
    if name:
        clauses = (*clauses, q.Filter('index_name', (name,)))
    query = q.Query(clauses)
    return call.core.search.documents(call.identity, 'sets_comparisons', query, EVERYTHING)


ENDPOINTS = [
    Endpoint(routes.SIMILARITY_INDEX, bulk_index, WRITE),
    Endpoint(routes.SIMILARITY_SEARCH, similar),
    Endpoint(routes.EMBEDDING_UMAP, create_umap, WRITE),
    Endpoint(routes.EMBEDDING_REMOVE_SPACE, remove_space, DELETE),
    Endpoint(routes.SETS_COMPARE, compare_sets, WRITE),
    Endpoint(routes.SETS_MATRIX, matrix),
]
