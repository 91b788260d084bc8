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

"""The rows of an object: its blob's, and its own."""

from __future__ import annotations

import time

from scenebox_ros.errors import StorageError
from scenebox_ros.server.store.database import Connection
from scenebox_ros.server.store.naming import Name, Stored, valid_key
from scenebox_ros.server.store.segments import Place


class VanishedError(StorageError):
    """A blob was swept while an upload was about to use it."""


def link(connection: Connection, name: Name, sha256: str, size: int, place: Place | None,
         placed: bool = True) -> Stored:
    """Write a blob's and an object's row inside a transaction."""
    now = time.time()
    key = valid_key(name.key)
    content_type = name.content_type or 'application/octet-stream'
    known = connection.execute('SELECT segment, position FROM blobs WHERE sha256 = ?', (sha256,))
    row = known.fetchone()
    if row is None:
        if not placed:
            raise VanishedError(f'blob {sha256} is gone')
        at = (None, 0) if place is None else (place.segment, place.position)
        connection.execute('INSERT INTO blobs VALUES (?, ?, ?, ?, ?)', (sha256, size, *at, now))
    elif row[0] is not None:
        place = Place(*row)
    else:
        place = None
    connection.execute(
        'INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?)',
        (name.owner, key, sha256, content_type, name.content_encoding, now),
    )
    return Stored(name.owner, key, sha256, size, place, content_type, name.content_encoding, now)
