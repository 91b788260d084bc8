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

"""Jobs on embeddings: indexing, maps and comparing sets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import combinations
import time
from typing import Any, TYPE_CHECKING

import numpy as np

from scenebox_ros import stamps
from scenebox_ros.errors import EmbeddingError, JobError
from scenebox_ros.ids import std
from scenebox_ros.model.plain import chunks
from scenebox_ros.server.embeddings.distance import sliced_wasserstein
from scenebox_ros.server.embeddings.maps import lay_out, place
from scenebox_ros.server.embeddings.vectors import Matrix, read_vector, Vectors
from scenebox_ros.server.jobs.registry import job
from scenebox_ros.server.media.assets import documents_of, for_each, read_bytes
from scenebox_ros.server.search import query as q
from scenebox_ros.server.sets.jobs import sets_of
from scenebox_ros.server.sets.service import CHUNK, EVERYTHING, find, type_of
from scenebox_ros.server.store.database import Connection
from scenebox_ros.server.store.documents import Writing
from scenebox_ros.server.store.flatten import SHAPE
from scenebox_ros.server.store.merge import Document, Mode

if TYPE_CHECKING:
    from scenebox_ros.server.core import Core
    from scenebox_ros.server.jobs.context import Job

REPLACED = Writing(Mode.PUT, replace_lists=True)


def vectors_of(core: Core) -> Vectors:
    """Give the one service of vectors of a server: its cache is everybody's."""
    service = core.extras.get('vectors')
    if service is None:
        service = core.extras.setdefault('vectors', Vectors(core.database))
    assert isinstance(service, Vectors)
    return service


def space_name(media_type: str, model: str, version: str) -> str:
    """Name the space of a model's embeddings, as the platform does."""
    return std(f'similarity_{media_type}_{model}_{version}').replace('.', '_')


@job('similarity_bulk_index', heavy=True)
def bulk_index(running: Job) -> Any:
    """Put embeddings into their spaces, so that similar assets can be found."""
    payload = running.payload
    running.payload = {'ids': payload.get('embedding_ids'), 'search': payload.get('search_dic')}
    found: dict[tuple[str, str], list[tuple[str, Matrix]]] = {}

    def work(document: Document) -> None:
        vector = read_vector(read_bytes(running, document), int(document.get('ndim') or 0))
        kind = str(document.get('media_type') or 'images')
        name = document.get('index_name') or space_name(
            kind, str(document.get('model')), str(document.get('version'))
        )
        found.setdefault((kind, name), []).append((str(document['asset_id']), vector))

    done = for_each(running, 'embeddings', work, 'reading embeddings')
    for (kind, name), items in found.items():
        vectors_of(running.core).put(running.owner.organization_id, kind, name, items)
    return {'indexed': len(done), 'spaces': sorted({name for _, name in found})}


@job('umap_creation', heavy=True)
def create_umap(running: Job) -> Any:
    """Lay the assets of a space out on a map, and note the coordinates in their documents."""
    payload, reach = running.payload, running.owner
    kind, name = payload['asset_type'], payload['index_name']
    query = q.parse(payload.get('search'))
    wanted = running.core.search.ids(reach, kind, query, EVERYTHING)
    ids, vectors = vectors_of(running.core).select(reach, kind, name, wanted)
    if not ids:
        raise JobError(f'no asset of the search has a vector in {name!r}; index embeddings first')
    if payload.get('transform_only'):
        ids, placed = _placed(running, kind, name, ids, vectors)
    else:
        options = payload['n_neighbors'], payload['min_dist'], payload['train_size']
        placed = running.compute(lay_out, vectors, *options)
    for start in range(0, len(ids), CHUNK):
        some = slice(start, start + CHUNK)
        _note_coordinates(running, kind, name, list(zip(ids[some], placed[some], strict=True)))
        running.progress(50.0 + 50.0 * start / len(ids), 'noting coordinates')
    return {'placed': len(ids)}


def _placed(running: Job, kind: str, name: str, ids: list[str], vectors: Matrix
            ) -> tuple[list[str], Matrix]:
    """Find places for what is not yet on the map."""
    known = {
        document['id']: document['umap'][name]['coordinates']
        for document in documents_of(running, kind, ids)
        if (document.get('umap') or {}).get(name, {}).get('coordinates')
    }
    if not known:
        raise JobError(f'there is no map of {name!r} yet; make one without transform_only')
    old = np.array([asset in known for asset in ids])
    coordinates = np.array([known[asset] for asset in ids if asset in known], np.float32)
    new = [asset for asset in ids if asset not in known]
    return new, place(vectors[~old], vectors[old], coordinates)


def _note_coordinates(running: Job, kind: str, name: str,
                      items: Sequence[tuple[str, Matrix]]) -> None:
    path = f'umap.{name}.coordinates'
    writing = Writing(Mode.UPDATE, replace_lists=True, declared={path: SHAPE})
    changes = [
        (asset, {'umap': {name: {'coordinates': [float(x), float(y)]}}}) for asset, (x, y) in items
    ]
    running.core.documents.write(running.owner, kind, changes, writing)


@job('embedding_removal')
def remove_space(running: Job) -> Any:
    """Forget a space: its embeddings, its vectors, and what documents say of it."""
    payload, core, reach = running.payload, running.core, running.owner
    kind, name = payload['asset_type'], payload['index_name']
    owner = reach.organization_id
    query = q.Query((q.Filter('index_name', (name,)), q.Filter('media_type', (kind,))))
    embeddings = core.search.ids(reach, 'embeddings', query, EVERYTHING)
    for some in chunks(embeddings, CHUNK):
        core.documents.delete(reach, 'embeddings', some)
    for field in ('embeddings', 'umap'):
        assets = core.search.ids(
            reach, kind, q.Query((q.Exists(f'{field}.{name}'),)), EVERYTHING
        )
        for some in chunks(assets, CHUNK):
            core.database.write(partial(_strip, running, kind, field, name, some))
    vectors_of(core).drop(owner, kind, name)
    return {'removed': len(embeddings)}


def _strip(running: Job, kind: str, field: str, name: str, ids: list[str],
           connection: Connection) -> None:
    owner = running.owner.organization_id
    changes = []
    for asset, document in find(connection, owner, kind, ids).items():
        left = {key: value for key, value in document[field].items() if key != name}
        changes.append((asset, {**document, field: left}))
    running.core.documents.apply(connection, owner, kind, changes, REPLACED)


@job('compare_sets', heavy=True)
def compare_sets(running: Job) -> Any:
    """Measure how far apart sets are, each from each, and keep it."""
    payload, reach = running.payload, running.owner
    name, options = payload['index_name'], payload.get('metric_params') or {}
    clouds = {set_id: _cloud(running, set_id, name) for set_id in payload['sets']}
    pairs = list(combinations(payload['sets'], 2))
    for done, (one, other) in enumerate(pairs):
        found = running.compute(
            sliced_wasserstein, clouds[one], clouds[other],
            options.get('num_projections', 25), options.get('num_seeds', 50),
        )  # fmt: skip
        document = {
            'timestamp': stamps.to_iso(time.time_ns()),
            'sets': [one, other],
            'set_1': one,
            'set_2': other,
            'index_name': name,
            'metric_type': 'wasserstein',
            'metric_params': options,
            'distance': found.mean,
            'deviation': found.deviation,
        }
        number = std(f'{"_".join(sorted([one, other]))}_{name}')
        running.core.documents.put(reach, 'sets_comparisons', number, document)
        running.progress(100.0 * (done + 1) / len(pairs), f'{one} and {other}')
    return {'compared': len(pairs)}


def _cloud(running: Job, set_id: str, name: str) -> Matrix:
    kind = type_of(running.core.documents.get(running.owner, 'sets', set_id))
    members = sets_of(running).list_ids(running.owner, set_id, q.Query())
    ids, vectors = vectors_of(running.core).select(running.owner, kind, name, members)
    if not ids:
        raise EmbeddingError(f'no asset of set {set_id!r} has a vector in {name!r}')
    if len(ids) < len(members):
        running.note(f'{len(members) - len(ids)} of {len(members)} assets of {set_id} have no '
                     f'vector in {name}')  # fmt: skip
    return vectors
