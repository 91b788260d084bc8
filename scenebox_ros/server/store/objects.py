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
Objects: the bytes of assets, addressed by their content.

A *blob* is bytes, kept once however often they are sent: in a segment when small, else in
``objects/ab/cdef...``. An *object* is a name for a blob: an organization's key, written as the uri
``s3://scenebox/<organization>/<key>``. Bytes are on disk before the row that names them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
import json
import os
from pathlib import Path
import shutil
import threading
from typing import Any, IO, TypeVar
import uuid

from scenebox_ros.errors import StorageError
from scenebox_ros.server.settings import ServerSettings
from scenebox_ros.server.store.database import Database
from scenebox_ros.server.store.naming import Name, parse_uri, STEP, Stored
from scenebox_ros.server.store.recovery import recover
from scenebox_ros.server.store.rows import link
from scenebox_ros.server.store.segments import Place, Segments, sync_folder
from scenebox_ros.server.store.signing import Signer
from scenebox_ros.server.store.smalls import Smalls
from scenebox_ros.server.store.transfer import BLOCK, Incoming, Reader, TooLargeError

T = TypeVar('T')


class Objects:
    """All bytes of a server."""

    def __init__(self, settings: ServerSettings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self.folder = settings.folder / 'objects'
        self.parts_folder = settings.folder / 'parts'
        self._temporary = settings.folder / 'tmp'
        for folder in (self.folder, self.parts_folder, self._temporary):
            folder.mkdir(parents=True, exist_ok=True)
        for left in self._temporary.iterdir():
            left.unlink()
        self.segments = Segments(settings.folder / 'segments')
        self.recovered = recover(database, self.segments)
        self.smalls = Smalls(database, self.segments, self.known)
        self.signer = Signer(settings.folder / 'secret')
        # Held while a large blob's file is put in place or taken away, with its row.
        self.placing = threading.RLock()

    def incoming(self) -> Incoming:
        """Begin to receive bytes."""
        return Incoming(self)

    def put(self, name: Name, body: bytes) -> Stored:
        """Store bytes and wait until they are durable."""
        incoming = self.incoming()
        incoming.feed(body)
        return incoming.store(name)

    def put_file(self, name: Name, file: IO[bytes]) -> Stored:
        """Store what is left in a file, a block at a time, and wait until it is durable."""
        with self.incoming() as incoming:
            while block := file.read(BLOCK):
                incoming.feed(block)
            return incoming.store(name)

    def find(self, owner: str, key: str) -> Stored | None:
        """Look an object up."""
        sql = (
            'SELECT o.sha256, b.size, b.segment, b.position, o.content_type, o.content_encoding,'
            ' o.stored FROM objects o JOIN blobs b ON b.sha256 = o.sha256'
            ' WHERE o.owner = ? AND o.key = ?'
        )
        rows = self._database.query(sql, (owner, key))
        if not rows:
            return None
        sha256, size, segment, position, *rest = rows[0]
        place = None if segment is None else Place(segment, position)
        return Stored(owner, key, sha256, size, place, *rest)

    def find_uri(self, uri: str) -> Stored | None:
        """Look an object up by its uri."""
        return self.find(*parse_uri(uri))

    def listing(self, owner: str, prefix: str = '', limit: int = 10_000) -> list[Stored]:
        """List an organization's objects whose keys begin so, in order."""
        where = 'o.key >= ? AND o.key < ?'
        return self._listed(owner, where, (prefix, prefix + '\U0010ffff'), limit)

    def in_folder(self, owner: str, folder: str, limit: int) -> list[Stored]:
        """List what an organization uploaded into a folder: after the first step of each key."""
        begins = f'/{folder.strip("/")}/'
        where = 'substr(o.key, ?, length(?)) = ?'
        return self._listed(owner, where, (STEP + 1, begins, begins), limit)

    def _listed(self, owner: str, where: str, values: tuple[Any, ...], limit: int) -> list[Stored]:
        sql = (
            'SELECT o.key, o.sha256, b.size, o.content_type, o.content_encoding, o.stored'
            ' FROM objects o JOIN blobs b ON b.sha256 = o.sha256'
            f' WHERE o.owner = ? AND {where} ORDER BY o.key LIMIT ?'
        )
        rows = self._database.query(sql, (owner, *values, limit))
        return [Stored(owner, key, sha, size, None, *rest) for key, sha, size, *rest in rows]

    @contextmanager
    def open(self, stored: Stored) -> Iterator[Reader]:
        """Open an object's bytes for reading."""
        reader = self.reader(stored)
        try:
            yield reader
        finally:
            reader.close()

    def reader(self, stored: Stored) -> Reader:
        """Open an object's bytes; the caller closes."""
        file = self._open(stored)
        if file is None:
            # Its segment was packed anew between the row and the file.
            stored = self.find(stored.owner, stored.key) or stored
            file = self._open(stored)
        if file is None:
            raise StorageError(f'the bytes of {stored.uri} are gone; run fsck')
        return Reader(file, stored)

    def read(self, stored: Stored) -> bytes:
        """Read a whole object into memory."""
        with self.open(stored) as reader:
            return reader.read(0, stored.size)

    def path(self, stored: Stored) -> Path:
        """Give the file that the bytes are in."""
        if stored.place is not None:
            return self.segments.path(stored.place.segment)
        return self.blob_path(stored.sha256)

    def blob_path(self, sha256: str) -> Path:
        """Where a large blob's file is."""
        return self.folder / sha256[:2] / sha256[2:]

    def delete(self, owner: str, key: str) -> bool:
        """Forget an object; its bytes go with the next sweep if nobody else has them."""
        sql = 'DELETE FROM objects WHERE owner = ? AND key = ?'
        return self._database.write(lambda c: c.execute(sql, (owner, key)).rowcount > 0)

    def known(self, hashes: Collection[str]) -> set[str]:
        """Tell which blobs are there already."""
        sql = 'SELECT b.sha256 FROM json_each(?) j JOIN blobs b ON b.sha256 = j.value'
        return {sha256 for (sha256,) in self._database.query(sql, (json.dumps([*hashes]),))}

    def place_file(self, name: Name, sha256: str, size: int, temporary: Path) -> Stored:
        """Move a synced file to where its blob belongs and write the rows."""
        with self.placing:
            target = self.blob_path(sha256)
            if not target.exists():
                target.parent.mkdir(exist_ok=True)
                os.replace(temporary, target)
            # Also if it is there: a server that was killed may have left it unsynced.
            sync_folder(target.parent)
            sync_folder(self.folder)
            return self._database.write(lambda c: link(c, name, sha256, size, None))

    def temporary(self) -> Path:
        """Give a name for a file that is swept at the next start."""
        return self._temporary / uuid.uuid4().hex

    def limit(self, size: int) -> None:
        """Refuse what is larger than one object may be."""
        most = self._settings.max_object_bytes
        if size > most:
            raise TooLargeError(f'the object is larger than {most} bytes; send smaller files')

    @property
    def small(self) -> int:
        """Objects up to this size are packed into segments."""
        return self._settings.small_object_bytes

    def _open(self, stored: Stored) -> int | None:
        try:
            return os.open(self.path(stored), os.O_RDONLY)
        except FileNotFoundError:
            return None

    def close(self) -> None:
        """Finish what is being written; may be called twice."""
        self.segments.close()


def free_bytes(folder: Path) -> int:
    """Bytes that are free on a folder's disk."""
    return shutil.disk_usage(folder).free
