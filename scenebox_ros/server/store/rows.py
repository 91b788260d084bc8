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

"""The rows of objects: their blobs', and their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
import time

from scenebox_ros.errors import StorageError
from scenebox_ros.server.store.database import Connection, insert
from scenebox_ros.server.store.json_text import dumps
from scenebox_ros.server.store.naming import Name, Stored, valid_key
from scenebox_ros.server.store.segments import Place


class VanishedError(StorageError):
    """A blob was swept while an upload was about to use it."""


@dataclass(frozen=True)
class Link:
    """
    An object whose rows are to be written.

    Attributes
    ----------
    name, sha256, size
        What it is called, and its blob.
    place
        Where the blob is; None for a file of its own.
    is_placed
        Whether the blob is there for certain; otherwise it must have a row already.
    stored
        Since when the object is what it is.

    """

    name: Name
    sha256: str
    size: int
    place: Place | None
    is_placed: bool = True
    stored: float = field(default_factory=time.time)


def link(connection: Connection, name: Name, sha256: str, size: int, place: Place | None,
         is_placed: bool = True) -> Stored:
    """Write a blob's and an object's row inside a transaction."""
    (result,) = link_all(connection, [Link(name, sha256, size, place, is_placed)])
    if isinstance(result, VanishedError):
        raise result
    return result


def link_all(connection: Connection, links: Sequence[Link]) -> list[Stored | VanishedError]:
    """Write the rows of many objects with few statements; say which blobs are gone."""
    unsure = [one.sha256 for one in links if not one.is_placed]
    known = _places(connection, unsure) if unsure else {}
    blobs, objects = [], []
    results: list[Stored | VanishedError] = []
    for one in links:
        name, key, place = one.name, valid_key(one.name.key), one.place
        if one.is_placed:
            known[one.sha256] = place
            at = (None, 0) if place is None else (place.segment, place.position)
            blobs.append((one.sha256, one.size, *at, one.stored))
        elif one.sha256 in known:
            place = known[one.sha256]
        else:
            results.append(VanishedError(f'blob {one.sha256} is gone'))
            continue
        kind = name.content_type or 'application/octet-stream'
        objects.append((name.owner, key, one.sha256, kind, name.content_encoding, one.stored))
        results.append(Stored(name.owner, key, one.sha256, one.size, place, kind,
                              name.content_encoding, one.stored))
    # Who sent the same bytes at the same time may have been first.
    insert(connection, 'INSERT INTO blobs VALUES', 5, blobs, 'ON CONFLICT DO NOTHING')
    insert(connection, 'INSERT OR REPLACE INTO objects VALUES', 6, objects)
    return results


def _places(connection: Connection, hashes: Sequence[str]) -> dict[str, Place | None]:
    sql = (
        'SELECT b.sha256, b.segment, b.position FROM json_each(?) j CROSS JOIN blobs b'
        ' ON b.sha256 = j.value'
    )
    return {sha256: None if segment is None else Place(segment, position)
            for sha256, segment, position in connection.execute(sql, (dumps(hashes),))}
