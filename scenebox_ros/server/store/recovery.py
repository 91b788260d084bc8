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
Rows of objects that a failing machine lost, written again.

A small object is acknowledged when its bytes and a note of its row are synced in a segment; the
row itself is committed, but not synced. When the power fails before anything else is synced, the
row is lost. Everything committed after it is lost with it, so writing the rows again in the
order of the segments gives the same state.

That holds because rows are queued in the order of the segment (:meth:`Segments.append`), and each
takes the mark with it up to which rows are written. A note whose row was refused, as on a full
disk, is still there at the next start: it does not undo what was stored at its place since then.
"""

from __future__ import annotations

from functools import partial
import json
import logging
import math

from scenebox_ros.errors import SceneBoxError
from scenebox_ros.server.store.database import Connection, Database
from scenebox_ros.server.store.json_text import dump
from scenebox_ros.server.store.naming import Name
from scenebox_ros.server.store.rows import link
from scenebox_ros.server.store.segments import Record, records, Segments

log = logging.getLogger(__name__)


def note_of(name: Name, noted: float) -> bytes:
    """Write down what an object's row says beside what its record in the segment says."""
    told = [name.owner, name.key, name.content_type, name.content_encoding, noted]
    return dump(told)


def mark(connection: Connection, segment: int, position: int) -> None:
    """Remember up to where rows are written, with the rows."""
    connection.execute('INSERT OR REPLACE INTO noted VALUES (1, ?, ?)', (segment, position))


def recover(database: Database, segments: Segments) -> int:
    """Write again the rows that segments tell of and the database has lost; count them."""
    rows = database.query('SELECT segment, position FROM noted')
    numbers = segments.numbers()
    lost: list[Record] = []
    for number in numbers:
        if rows and number >= rows[0][0]:
            start = rows[0][1] if number == rows[0][0] else 0
            lost += [one for one in records(segments.path(number), start, True) if one.note]
    end = (numbers[-1], segments.path(numbers[-1]).stat().st_size) if numbers else (0, 0)
    return database.write(partial(_write_again, lost, end))


def _write_again(lost: list[Record], end: tuple[int, int], connection: Connection) -> int:
    back = 0
    for one in lost:
        # Notes of older servers say no time.
        *told, noted = [*json.loads(one.note), math.inf][:5]
        name = Name(*told)
        sql = 'SELECT 1 FROM objects WHERE owner = ? AND key = ? AND stored >= ?'
        if connection.execute(sql, (name.owner, name.key, noted)).fetchone():
            continue
        try:
            link(connection, name, one.sha256, one.size, one.place)
            back += 1
        except SceneBoxError as error:
            # It was refused when it came, too, and so it was not acknowledged.
            log.warning('segment %d: %s', one.place.segment, error)
    mark(connection, *end)
    if back:
        log.warning('%d objects were acknowledged, and their rows lost; they are back', back)
    return back
