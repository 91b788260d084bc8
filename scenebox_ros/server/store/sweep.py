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
Taking out the garbage: objects that no document names, blobs that no object names, dead segments.

Safe beside uploads: a blob's row goes in a transaction that also sees a new object naming it, and
bytes go only after their row.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
import os
import time

from scenebox_ros.model.plain import chunks
from scenebox_ros.server.store.database import Connection, Database
from scenebox_ros.server.store.json_text import dumps
from scenebox_ros.server.store.naming import uri_of
from scenebox_ros.server.store.objects import Objects
from scenebox_ros.server.store.segments import Body, HEADER, Place

# A segment with less than this share alive is packed anew.
WORTH = 0.5
# Bytes are written before their row: a segment is left alone until its rows must be there.
SETTLED_S = 600.0
BATCH = 1000


@dataclass(frozen=True)
class Swept:
    """What a sweep did."""

    objects: int = 0
    blobs: int = 0
    segments: int = 0
    freed_bytes: int = 0


def sweep(database: Database, objects: Objects, older_than_s: float,
          settled_s: float = SETTLED_S) -> Swept:
    """
    Delete what nothing refers to.

    Parameters
    ----------
    database, objects
        The store.
    older_than_s
        Younger objects stay: their document may still come.
    settled_s
        Segments that were written to since then are not packed.

    Returns
    -------
    Swept
        How much went.

    """
    forgotten = _forget_objects(database, time.time() - older_than_s)
    blobs, freed = _forget_blobs(database, objects)
    segments = 0
    for number in objects.segments.numbers():
        quiet_s = time.time() - os.path.getmtime(objects.segments.path(number))
        if number != objects.segments.current and quiet_s >= settled_s:
            packed = _pack(database, objects, number)
            segments += packed > 0
            freed += packed
    return Swept(forgotten, blobs, segments, freed)


def _forget_objects(database: Database, before: float) -> int:
    """Drop objects that no document and no waiting job names."""
    sql = (
        'SELECT o.owner, o.key FROM objects o WHERE o.stored < ? AND NOT EXISTS'
        " (SELECT 1 FROM uses WHERE uri = 's3://scenebox/' || o.owner || '/' || o.key)"
    )
    with database.reading(600.0) as connection:
        unused = connection.execute(sql, (before,)).fetchall()
        sql = "SELECT payload FROM queue WHERE state IN ('queued', 'running')"
        payloads = '\n'.join(text for (text,) in connection.execute(sql))
    unused = [row for row in unused if dumps(uri_of(*row)) not in payloads]
    gone = 0
    for batch in chunks(unused, BATCH):
        gone += database.write(partial(_drop, batch, before))
    return gone


def _drop(batch: list[tuple[str, str]], before: float, connection: Connection) -> int:
    # Asked again inside the transaction: a document may have come meanwhile.
    sql = (
        'DELETE FROM objects WHERE owner = ?1 AND key = ?2 AND stored < ?3'
        ' AND NOT EXISTS (SELECT 1 FROM uses WHERE uri = ?4)'
    )
    rows = [(owner, key, before, uri_of(owner, key)) for owner, key in batch]
    return connection.executemany(sql, rows).rowcount


def _forget_blobs(database: Database, objects: Objects) -> tuple[int, int]:
    sql = (
        'DELETE FROM blobs WHERE NOT EXISTS'
        ' (SELECT 1 FROM objects WHERE objects.sha256 = blobs.sha256)'
        ' RETURNING sha256, segment, size'
    )
    # No large blob may be put in place between its row's end and its file's.
    with objects.placing:
        dead = database.write(lambda connection: connection.execute(sql).fetchall())
        freed = 0
        for sha256, segment, size in dead:
            if segment is None:
                freed += size
                with suppress(FileNotFoundError):
                    objects.blob_path(sha256).unlink()
    return len(dead), freed


def _pack(database: Database, objects: Objects, number: int) -> int:
    """Move what lives in a mostly dead segment, then delete it; return the bytes freed."""
    path = objects.segments.path(number)
    total = path.stat().st_size
    sql = 'SELECT sha256, position, size FROM blobs WHERE segment = ? ORDER BY position'
    living = database.query(sql, (number,))
    alive = sum(size + HEADER.size for _, _, size in living)
    if total and alive > WORTH * total:
        return 0
    for sha256, position, size in living:
        body = objects.segments.read(Place(number, position), size)
        (place,) = objects.segments.append([Body(sha256, [body])]).result()
        database.write(partial(_move, sha256, number, place))
    sql = 'SELECT 1 FROM blobs WHERE segment = ? LIMIT 1'
    if not database.query(sql, (number,)):
        path.unlink()
        return int(total - alive)
    return 0


def _move(sha256: str, segment: int, place: Place, connection: Connection) -> None:
    sql = 'UPDATE blobs SET segment = ?, position = ? WHERE sha256 = ? AND segment = ?'
    connection.execute(sql, (place.segment, place.position, sha256, segment))
