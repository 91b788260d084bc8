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

"""
Embeddings: how soon the ten nearest of 100,000 vectors are found, next to numpy's bare product.

Run ``python bench/embeddings.py [vectors [length]]``. Compared, in the same run and in turns, with
the least that an exact answer needs: one product with all vectors, in memory, and the ten best.
"""

from pathlib import Path
import statistics
import sys
import tempfile
import time
from types import SimpleNamespace

import numpy as np

from scenebox_ros.server.core import open_core
from scenebox_ros.server.embeddings.vectors import Vectors
from scenebox_ros.server.settings import ServerSettings

ME = SimpleNamespace(organizations=('me',))
BATCH, ROUNDS, TOP = 1000, 60, 10


def main() -> None:
    """Index the vectors, then ask in turns."""
    count, length = [*map(int, sys.argv[1:]), *(100_000, 512)[len(sys.argv) - 1:]]
    matrix = np.random.default_rng(0).normal(size=(count, length)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        core = open_core(ServerSettings(Path(folder)))
        vectors = Vectors(core.database)
        index_s = timed(lambda: index(vectors, matrix))
        print(f'{count} vectors of {length} numbers: indexed in {index_s:.1f} s, '
              f'{count / index_s:,.0f} a second')
        load_s = timed(lambda: similar(vectors, 0))
        print(f'first question, which reads them all: {load_s:.2f} s')
        compare(vectors, matrix)
        core.close()


def index(vectors, matrix):
    for start in range(0, len(matrix), BATCH):
        rows = enumerate(matrix[start:start + BATCH], start)
        vectors.put('me', 'images', 'bench', [(f'image_{row}', vector) for row, vector in rows])


def similar(vectors, row):
    return vectors.similar(ME, 'images', 'bench', f'image_{row}', TOP)


def bare(matrix, lengths, row):
    """Find the same ten with nothing around."""
    likeness = (matrix @ matrix[row]) / lengths
    likeness[row] = -np.inf
    best = np.argpartition(likeness, -TOP)[-TOP:]
    return [f'image_{one}' for one in best[np.argsort(-likeness[best])]]


def compare(vectors, matrix):
    lengths = np.linalg.norm(matrix, axis=1)
    ours, limit, wrong = [], [], 0
    for row in np.random.default_rng(1).integers(0, len(matrix), ROUNDS).tolist():
        found, expected = [], []
        ours.append(timed(lambda row=row, found=found: found.extend(similar(vectors, row))))
        limit.append(timed(
            lambda row=row, expected=expected: expected.extend(bare(matrix, lengths, row))))
        wrong += found != expected
    for name, seconds in [('ours', ours), ('numpy alone', limit)]:
        p95 = statistics.quantiles(seconds, n=20)[-1]
        print(f'{name:12} p50 {statistics.median(seconds) * 1e3:6.2f} ms  p95 {p95 * 1e3:6.2f} ms')
    ratio = statistics.median(ours) / statistics.median(limit)
    print(f'ours takes {ratio:.2f} of the time of numpy alone; {wrong} of {ROUNDS} answers differ')


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == '__main__':
    main()
