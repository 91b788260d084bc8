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

"""How far apart two clouds of vectors are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenebox_ros.errors import EmbeddingError

Matrix = NDArray[np.float32]
# Larger sets are sampled: the distance changes little, the time a lot.
MAX_VECTORS = 4000


@dataclass(frozen=True)
class Distance:
    """The mean over the seeds, and how much it differs between them (standard deviation)."""

    mean: float
    deviation: float


def sliced_wasserstein(
    one: Matrix, other: Matrix, num_projections: int = 25, num_seeds: int = 50
) -> Distance:
    """
    Measure the sliced Wasserstein distance of order 2 between two clouds.

    Both are projected on random directions; on a line the distance is that between quantiles.

    Parameters
    ----------
    one, other
        Shape (vectors, length); the numbers of vectors may differ.
    num_projections
        Directions per seed.
    num_seeds
        How often it is done with other directions.

    Raises
    ------
    EmbeddingError
        If a cloud is empty, or their vectors have other lengths.

    """
    if not len(one) or not len(other) or one.shape[1] != other.shape[1]:
        raise EmbeddingError(
            f'clouds of {one.shape} and {other.shape} vectors cannot be compared; each needs '
            'one at least, of the same length'
        )
    first, second = _sampled(one), _sampled(other)
    found = []
    for seed in range(num_seeds):
        chance = np.random.default_rng(seed)
        ways = chance.standard_normal((first.shape[1], num_projections))
        ways /= np.linalg.norm(ways, axis=0)
        found.append(_mean_distance(first @ ways, second @ ways))
    return Distance(float(np.mean(found)), float(np.std(found)))


def _sampled(cloud: Matrix) -> NDArray[np.float64]:
    if len(cloud) > MAX_VECTORS:
        rows = np.random.default_rng(0).choice(len(cloud), MAX_VECTORS, replace=False)
        cloud = cloud[np.sort(rows)]
    return cloud.astype(np.float64)


def _mean_distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Root of the mean, over the directions, of the squared distance between quantiles."""
    # All steps of both quantile functions: between them both are constant.
    steps = np.union1d(np.arange(len(one) + 1) / len(one), np.arange(len(other) + 1) / len(other))
    middles, widths = (steps[1:] + steps[:-1]) / 2, np.diff(steps)
    rows = [
        np.sort(cloud, axis=0)[np.minimum((middles * len(cloud)).astype(np.int64), len(cloud) - 1)]
        for cloud in (one, other)
    ]
    squared = ((rows[0] - rows[1]) ** 2 * widths[:, None]).sum(axis=0)
    return float(np.sqrt(squared.mean()))
