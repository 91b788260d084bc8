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

"""The entities of one name, type and influence, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import json
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from scenebox_ros.server.sessions.columns import Codes, Floats
from scenebox_ros.server.sessions.entity import Entity
from scenebox_ros.server.sessions.grid import Times

# A time that was not given.
NEVER = int(np.iinfo(np.int64).min)

# timestamp, start, end, number, latitude, longitude, altitude, JSON text, radius in seconds
Row = tuple[
    int, 'int | None', 'int | None', 'float | None',
    'float | None', 'float | None', 'float | None', 'str | None', float,
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class EntityTable:
    """
    Entities of one name, type and influence, by time; those without a value are left out.

    Attributes
    ----------
    at, start, end
        Nanoseconds, shape (entities,); ``NEVER`` where it was not given.
    radius
        Influence radius in nanoseconds; 0 where none was given.
    numbers
        Shape (entities, numbers): scalars, vectors, positions; (entities, 0) for other types.
    owner, codes, terms
        Of other types: entity ``owner[i]`` has the value ``terms[codes[i]]``, JSON text.

    """

    type: str
    influence: str
    at: Times
    start: Times
    end: Times
    radius: Times
    numbers: Floats
    owner: NDArray[np.int64]
    codes: Codes
    terms: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.at)


def row_of(entity: Entity) -> Row:
    """Reduce an entity to what resolution needs."""
    position = entity.position or (None, None, None)
    return (
        entity.at_ns, entity.start_ns, entity.end_ns, entity.number,
        *position, entity.text, entity.radius_s,
    )  # fmt: skip


def make_table(kind: str, influence: str, rows: Sequence[Row]) -> EntityTable:
    """Lay rows out as arrays, in an order that does not depend on that of arrival."""
    at, start, end = (_times(rows, place) for place in range(3))
    radius = (np.fromiter(map(itemgetter(8), rows), np.float64, len(rows)) * 1e9).astype(np.int64)
    numbers, members, terms = _values(kind, rows)
    order = np.flatnonzero(_has_value(kind, numbers, members))
    if not (np.diff(at[order]) > 0).all():
        ties = [*(numbers[order, i] for i in range(numbers.shape[1])), members[order, 0]]
        order = order[np.lexsort([end[order], start[order], *reversed(ties), at[order]])]
    chosen = members[order]
    owner, place = np.nonzero(chosen >= 0)
    return EntityTable(
        kind, influence, at[order], start[order], end[order], radius[order], numbers[order],
        owner.astype(np.int64), chosen[owner, place].astype(np.int32), terms,
    )  # fmt: skip


def _times(rows: Sequence[Row], place: int) -> Times:
    column = list(map(itemgetter(place), rows))
    given = set(column) if place else ()
    if given == {None}:
        return np.full(len(column), NEVER)
    if None in given:
        column = [NEVER if moment is None else moment for moment in column]
    return np.array(column, np.int64)


def _has_value(kind: str, numbers: Floats, members: NDArray[np.int64]) -> NDArray[np.bool_]:
    if kind == 'geo':
        return np.asarray(~np.isnan(numbers[:, 0]))
    if kind in ('scalar', 'vector'):
        return np.asarray(~np.isnan(numbers).all(axis=1))
    return np.asarray(members[:, 0] >= 0)


Values = tuple[Floats, 'NDArray[np.int64]', tuple[str, ...]]


def _values(kind: str, rows: Sequence[Row]) -> Values:
    """Give numbers, members (entities, most members; -1 is none) and terms."""
    count = len(rows)
    nobody = np.full((count, 1), -1, np.int64)
    if kind == 'scalar':
        return np.array([row[3] for row in rows], np.float64).reshape(count, 1), nobody, ()
    if kind == 'geo':
        return np.array([row[4:7] for row in rows], np.float64).reshape(count, 3), nobody, ()
    texts = [row[7] for row in rows]
    if kind == 'vector':
        vectors = [json.loads(text) if text else [] for text in texts]
        longest = max(map(len, vectors), default=1) or 1
        padded = [[*vector, *[None] * (longest - len(vector))] for vector in vectors]
        return np.array(padded, np.float64).reshape(count, longest), nobody, ()
    return np.zeros((count, 0)), *_members(kind, texts)


def _members(kind: str, texts: Sequence[str | None]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    if kind == 'state_set':
        split = {text: [_dump(item) for item in json.loads(text)] for text in set(texts) if text}
    elif kind == 'media':
        split = {text: [_dump(text)] for text in set(texts) if text}
    else:
        split = {text: [text] for text in set(texts) if text}
    terms = tuple(sorted({term for members in split.values() for term in members}))
    place = {term: code for code, term in enumerate(terms)}
    longest = max(map(len, split.values()), default=1) or 1
    coded = {
        text: [*(place[term] for term in members), *[-1] * (longest - len(members))]
        for text, members in split.items()
    }
    nothing = [-1] * longest
    lines = [coded.get(text, nothing) for text in texts]  # type: ignore[arg-type]
    return np.array(lines, np.int64).reshape(len(texts), longest), terms


_dump = json.JSONEncoder(separators=(',', ':'), sort_keys=True).encode
