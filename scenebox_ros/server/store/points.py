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
Points on maps: a few in the documents' order, the others in runs of neighbours.

An index of single points in two dimensions writes a page of the disk for each new one that is
somewhere else. Here new points are appended to the last blob of their field. When there are many,
they are cut into runs that lie close together, and only the box around a run is in the R*Tree. A
question reads the new ones and the runs that it touches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
import math
import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.server.store.database import Connection, insert

POINT = np.dtype([('row', '<i8'), ('y', '<f8'), ('x', '<f8')])
Points = npt.NDArray[Any]
# So many fit on a page of the database.
RUN = 160
# So many new points of a field are looked through by every question before they are cut.
MOST_NEW = 16_384
_CUT = 1 << 32
_pack = struct.Struct('<qdd').pack


def add(connection: Connection, points: Iterable[tuple[int, int, float, float]]) -> Counter[int]:
    """Append points: field, row, y, x; say how many each field gained."""
    added: Counter[int] = Counter()
    blobs: dict[int, list[bytes]] = {}
    for field, row, y, x in points:
        blobs.setdefault(_new_key(field, row), []).append(_pack(row, y, x))
    for key, some in blobs.items():
        added[key >> 33] += len(some)
    grow = 'ON CONFLICT DO UPDATE SET entries = CAST(entries || excluded.entries AS BLOB)'
    insert(connection, 'INSERT INTO points VALUES', 2, [
        (key, b''.join(packed)) for key, packed in sorted(blobs.items())
    ], grow)
    return added


def cut(connection: Connection, field: int) -> int:
    """Cut a field's new points into runs if they are many; say how many new ones remain."""
    new = (field << 33, (field << 33) + _CUT - 1)
    sql = 'SELECT entries FROM points WHERE key BETWEEN ? AND ?'
    points = np.frombuffer(b''.join(blob for (blob,) in connection.execute(sql, new)), POINT)
    if len(points) <= MOST_NEW:
        return len(points)
    # Strips from south to north, each cut from west to east: runs are about as high as wide.
    points = points[np.argsort(points['y'], kind='stable')]
    high = RUN * math.ceil(math.sqrt(len(points) / RUN))
    points = points[np.lexsort((points['x'], np.arange(len(points)) // high))]
    sql = 'SELECT coalesce(max(key), ?) + 1 FROM points WHERE key BETWEEN ? AND ?'
    first = (field << 33) + _CUT
    (key,) = connection.execute(sql, (first - 1, first, first + _CUT - 1)).fetchone()
    runs = [points[start:start + RUN] for start in range(0, len(points), RUN)]
    connection.execute('DELETE FROM points WHERE key BETWEEN ? AND ?', new)
    insert(connection, 'INSERT INTO points VALUES', 2, [
        (key + n, run.tobytes()) for n, run in enumerate(runs)
    ])
    # A field is half a unit thick: the tree splits badly where boxes have no volume.
    insert(connection, 'INSERT INTO areas VALUES', 7, [
        (key + n, field, field + 0.5, *(float(end(run[axis])) for axis in 'yx'
                                        for end in (np.min, np.max)))
        for n, run in enumerate(runs)
    ])
    return 0


def remove(connection: Connection, points: Iterable[tuple[int, int, float, float]]) -> None:
    """Take all points that some rows have in a field out again: field, row, y, x."""
    fields: dict[int, dict[int, list[tuple[float, float]]]] = {}
    for field, row, y, x in points:
        fields.setdefault(field, {}).setdefault(row, []).append((y, x))
    for field, places in fields.items():
        left = _remove(connection, {_new_key(field, row) for row in places}, set(places))
        keys = {key for row in left for y, x in places[row]
                for (key,) in connection.execute(_touched('key'), _limits(field, y, y, x, x))}
        if left := _remove(connection, keys, left):
            # What was said about the field since has changed how it is read.
            first = (field << 33) + _CUT
            sql = 'SELECT key FROM points WHERE key BETWEEN ? AND ?'
            found = connection.execute(sql, (first, first + _CUT - 1)).fetchall()
            _remove(connection, [key for (key,) in found], left)


def _remove(connection: Connection, keys: Iterable[int], rows: set[int]) -> set[int]:
    """Take rows out of some blobs; give those that were not there."""
    missing = set(rows)
    dead = np.array(sorted(rows), np.int64)
    for key in keys:
        sql = 'SELECT entries FROM points WHERE key = ?'
        (blob,) = connection.execute(sql, (key,)).fetchone() or (b'',)
        entries = np.frombuffer(blob, POINT)
        is_dead = np.isin(entries['row'], dead)
        if not is_dead.any():
            continue
        missing.difference_update(entries['row'][is_dead].tolist())
        if is_dead.all():
            connection.execute('DELETE FROM points WHERE key = ?', (key,))
            connection.execute('DELETE FROM areas WHERE key = ?', (key,))
        else:
            sql = 'UPDATE points SET entries = ? WHERE key = ?'
            connection.execute(sql, (entries[~is_dead].tobytes(), key))
    return missing


def touching(connection: Connection, field: int, south: float, north: float, west: float,
             east: float) -> Points:
    """Read a field's new points and the runs that touch a box; not all of them are inside."""
    return np.frombuffer(
        b''.join(_blobs(connection, field, _limits(field, south, north, west, east))), POINT)


def _blobs(connection: Connection, field: int, limits: tuple[Any, ...]) -> Iterator[bytes]:
    new = (field << 33, (field << 33) + _CUT - 1)
    for sql, values in (
        ('SELECT entries FROM points WHERE key BETWEEN ? AND ?', new),
        (_touched('(SELECT entries FROM points WHERE points.key = areas.key)'), limits),
    ):
        for (blob,) in connection.execute(sql, values):
            yield blob


def _touched(what: str) -> str:
    return (
        f'SELECT {what} FROM areas WHERE field0 <= ? AND field1 >= ?'  # noqa: S608
        ' AND y0 <= ? AND y1 >= ? AND x0 <= ? AND x1 >= ?'
    )


def _limits(field: int, south: float, north: float, west: float, east: float) -> tuple[Any, ...]:
    return field, field, north, south, east, west


def _new_key(field: int, row: int) -> int:
    return field << 33 | row // RUN
