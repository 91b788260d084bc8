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

"""Maps of vectors: two coordinates for each, so that what is similar lies together."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from scenebox_ros.errors import DependencyError

Matrix = NDArray[np.float32]
NEIGHBOURS = 15
CHUNK = 1000


def require_umap() -> None:
    """Raise :class:`DependencyError` where maps cannot be made."""
    if find_spec('umap') is None:
        raise DependencyError(
            'maps are made by UMAP, which is not installed on this server; '
            'run: pip install umap-learn'
        )


def lay_out(vectors: Matrix, n_neighbors: int, min_dist: float, train_size: int) -> Matrix:
    """
    Lay vectors out on a map.

    Parameters
    ----------
    vectors
        Shape (vectors, length).
    n_neighbors, min_dist
        See UMAP: how wide it looks around, and how tightly it packs.
    train_size
        The map is made of so many at random; the others are put where they belong on it.

    Returns
    -------
    ndarray of float32, shape (vectors, 2)

    """
    require_umap()
    umap = import_module('umap')
    chance = np.random.default_rng(0)
    train = np.sort(chance.choice(len(vectors), min(train_size, len(vectors)), replace=False))
    if len(train) < 4:
        # Too few for a graph of neighbours: a circle says that nothing is known.
        angles = np.arange(len(vectors)) * 2 * np.pi / max(len(vectors), 1)
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    model = umap.UMAP(
        n_neighbors=min(n_neighbors, len(train) - 1), min_dist=min_dist, random_state=0,
        metric='cosine', init='spectral' if len(train) > 10 else 'random',
    )  # fmt: skip
    placed = np.zeros((len(vectors), 2), np.float32)
    placed[train] = model.fit_transform(vectors[train])
    rest = np.setdiff1d(np.arange(len(vectors)), train)
    if len(rest):
        placed[rest] = model.transform(vectors[rest])
    return placed


def place(vectors: Matrix, known: Matrix, coordinates: Matrix) -> Matrix:
    """
    Put more vectors on a map that there is: each among those it is most similar to.

    Parameters
    ----------
    vectors
        What is new, shape (new, length).
    known, coordinates
        What is on the map, shapes (old, length) and (old, 2).

    Returns
    -------
    ndarray of float32, shape (new, 2)

    """
    count = min(NEIGHBOURS, len(known))
    base = known / np.maximum(np.linalg.norm(known, axis=1, keepdims=True), 1e-12)
    placed = np.zeros((len(vectors), 2), np.float32)
    for start in range(0, len(vectors), CHUNK):
        some = vectors[start:start + CHUNK]
        some = some / np.maximum(np.linalg.norm(some, axis=1, keepdims=True), 1e-12)
        similar = some @ base.T
        nearest = np.argpartition(-similar, count - 1, axis=1)[:, :count]
        distance = 1 - np.take_along_axis(similar, nearest, axis=1)
        weight = 1 / np.maximum(distance, 1e-9)
        weight /= weight.sum(axis=1, keepdims=True)
        placed[start:start + CHUNK] = (coordinates[nearest] * weight[..., None]).sum(axis=1)
    return placed
