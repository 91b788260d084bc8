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

"""Vectors of assets, and which are near to each other."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import threading

import numpy as np
from numpy.typing import NDArray

from scenebox_ros.errors import EmbeddingError, SimilaritySearchError
from scenebox_ros.server.store.database import Connection, Database
from scenebox_ros.server.store.documents import Reach

Matrix = NDArray[np.float32]
MAX_LENGTH = 8192
# Matrices of the spaces that were searched last stay in memory, up to so many bytes together.
CACHE_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, eq=False)
class Space:
    """
    All vectors of a space.

    Attributes
    ----------
    assets
        Ids, in the order of the rows.
    matrix
        Shape (assets, length), float32, as they were given.
    lengths
        Euclidean norms, shape (assets,); 1 where a vector is zero.

    """

    assets: tuple[str, ...]
    matrix: Matrix
    lengths: Matrix
    rows: dict[str, int]

    def nearest(self, wanted: Sequence[float] | Matrix, count: int) -> list[tuple[float, str]]:
        """Find the vectors of the most similar direction: cosine and asset, the best first."""
        query = np.asarray(wanted, np.float32)
        query = query / (np.linalg.norm(query) or 1.0)
        similar = (self.matrix @ query) / self.lengths
        count = min(count, len(similar))
        best = np.argpartition(-similar, count - 1)[:count] if count else np.zeros(0, np.int64)
        found = [(float(similar[row]), self.assets[row]) for row in best]
        return sorted(found, key=lambda hit: (-hit[0], hit[1]))


class Vectors:
    """All spaces of a server."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache: OrderedDict[tuple[int, int], Space] = OrderedDict()
        self._guard = threading.Lock()

    def put(
        self, owner: str, asset_type: str, name: str, items: Sequence[tuple[str, Matrix]]
    ) -> None:
        """
        Keep vectors of assets; one that an asset has already is replaced.

        Raises
        ------
        EmbeddingError
            If a vector is not as long as those that are there.

        """
        if items:
            self._database.write(lambda c: _put(c, owner, asset_type, name, items))

    def drop(self, owner: str, asset_type: str, name: str) -> bool:
        """Forget a space; False if there was none."""
        sql = 'DELETE FROM spaces WHERE owner = ? AND asset_type = ? AND name = ?'
        key = (owner, asset_type, name)
        return self._database.write(lambda c: c.execute(sql, key).rowcount > 0)

    def space(self, owner: str, asset_type: str, name: str) -> Space | None:
        """Load a space; None if there is none."""
        sql = 'SELECT space, version FROM spaces WHERE owner = ? AND asset_type = ? AND name = ?'
        found = self._database.query(sql, (owner, asset_type, name))
        if not found:
            return None
        key = (int(found[0][0]), int(found[0][1]))
        with self._guard:
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
        loaded = self._load(key[0])
        with self._guard:
            for old in [other for other in self._cache if other[0] == key[0]]:
                del self._cache[old]
            self._cache[key] = loaded
            while len(self._cache) > 1 and self._bytes() > CACHE_BYTES:
                self._cache.popitem(last=False)
        return loaded

    def similar(
        self, reach: Reach, asset_type: str, name: str, asset: str, count: int
    ) -> list[str]:
        """
        Find the assets most similar to one, among all that the reach sees.

        Raises
        ------
        SimilaritySearchError
            If the asset has no vector in this space.

        """
        spaces = [self.space(owner, asset_type, name) for owner in reach.organizations]
        known = [space for space in spaces if space is not None]
        home = next((space for space in known if asset in space.rows), None)
        if home is None:
            raise SimilaritySearchError(
                f'{asset_type} {asset!r} has no vector in {name!r}; '
                'add its embedding and index it',
                status=404,
            )
        wanted = home.matrix[home.rows[asset]]
        hits = [hit for space in known for hit in space.nearest(wanted, count + 1)]
        ordered = sorted(hits, key=lambda hit: (-hit[0], hit[1]))
        return [other for _, other in ordered if other != asset][:count]

    def select(self, reach: Reach, asset_type: str, name: str, assets: Iterable[str]
               ) -> tuple[list[str], Matrix]:
        """Give the vectors of those assets that have one: ids, and shape (ids, length)."""
        wanted = list(assets)
        ids: list[str] = []
        parts = []
        for owner in reach.organizations:
            space = self.space(owner, asset_type, name)
            if space is not None:
                here = [asset for asset in wanted if asset in space.rows]
                ids += here
                parts.append(space.matrix[[space.rows[asset] for asset in here]])
        if not ids:
            return [], np.zeros((0, 0), np.float32)
        return ids, np.concatenate(parts)

    def _load(self, space: int) -> Space:
        sql = 'SELECT asset, body FROM vectors WHERE space = ? ORDER BY vector'
        with self._database.reading(120.0) as connection:
            rows = connection.execute(sql, (space,)).fetchall()
        assets = tuple(asset for asset, _ in rows)
        flat = np.frombuffer(b''.join(body for _, body in rows), '<f4')
        matrix = flat.reshape(len(assets), -1) if assets else np.zeros((0, 1), np.float32)
        lengths = np.linalg.norm(matrix, axis=1).astype(np.float32)
        lengths[lengths == 0] = 1
        return Space(assets, matrix, lengths, {asset: row for row, asset in enumerate(assets)})

    def _bytes(self) -> int:
        return sum(space.matrix.nbytes for space in self._cache.values())


def _put(
    connection: Connection, owner: str, asset_type: str, name: str,
    items: Sequence[tuple[str, Matrix]],
) -> None:  # fmt: skip
    length = len(items[0][1])
    row = connection.execute(
        'INSERT INTO spaces (owner, asset_type, name, length) VALUES (?, ?, ?, ?)'
        ' ON CONFLICT DO UPDATE SET version = version + 1 RETURNING space, length',
        (owner, asset_type, name, length),
    ).fetchone()
    for asset, vector in items:
        if len(vector) != row[1] or not 0 < row[1] <= MAX_LENGTH:
            raise EmbeddingError(
                f'the vector of {asset!r} has {len(vector)} numbers, those of {name!r} have '
                f'{row[1]}; at most {MAX_LENGTH} are kept'
            )
    connection.executemany(
        'INSERT INTO vectors (space, asset, body) VALUES (?, ?, ?)'
        ' ON CONFLICT (space, asset) DO UPDATE SET body = excluded.body',
        [(row[0], asset, np.asarray(vector, '<f4').tobytes()) for asset, vector in items],
    )


def read_vector(body: bytes, ndim: int) -> Matrix:
    """
    Read an embedding's bytes: float32, or float64 where they are as many.

    Raises
    ------
    EmbeddingError
        If they are neither, or hold something that is not a number.

    """
    kinds = {4 * ndim: '<f4', 8 * ndim: '<f8'}
    if ndim <= 0 or len(body) not in kinds:
        raise EmbeddingError(f'{len(body)} bytes are not {ndim} numbers of float32 or float64')
    vector = np.frombuffer(body, kinds[len(body)]).astype(np.float32)
    if not np.isfinite(vector).all():
        raise EmbeddingError('the embedding holds numbers that are not finite')
    return vector
