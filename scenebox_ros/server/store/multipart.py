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

"""Large objects that come in parts; a part that arrived need not be sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import os
from pathlib import Path
import secrets
import shutil
import time

from scenebox_ros.errors import UploadError
from scenebox_ros.server.store.database import Connection, Database
from scenebox_ros.server.store.naming import Name, new_key, Stored
from scenebox_ros.server.store.objects import Objects
from scenebox_ros.server.store.segments import sync_folder
from scenebox_ros.server.store.transfer import BLOCK, Incoming
from scenebox_ros.server.store.unwritable import told

MAX_PARTS = 10_000
KEPT_S = 7 * 24 * 3600.0


@dataclass(frozen=True)
class Part:
    """A part that arrived. ``etag`` is its hash in quotes."""

    number: int
    size: int
    sha256: str

    @property
    def etag(self) -> str:
        """Tell what the client says back when it completes the upload."""
        return f'"{self.sha256}"'


class Multipart:
    """Uploads in parts: begun, filled in any order, completed once."""

    def __init__(self, database: Database, objects: Objects) -> None:
        self._database = database
        self._objects = objects

    def begin(self, owner: str, storage_id: str, content_type: str = '',
              content_encoding: str = '') -> str:
        """Begin an upload and return its id."""
        upload = secrets.token_hex(16)
        row = (upload, owner, new_key(storage_id), content_type, content_encoding, time.time())
        sql = 'INSERT INTO uploads VALUES (?, ?, ?, ?, ?, 0, ?)'
        self._database.write(lambda connection: connection.execute(sql, row) and None)
        return upload

    def name(self, owner: str, upload: str) -> Name:
        """Look up what an upload will be called; UploadError if the caller has no such one."""
        sql = (
            'SELECT owner, key, content_type, content_encoding FROM uploads'
            ' WHERE upload = ? AND owner = ?'
        )
        rows = self._database.query(sql, (upload, owner))
        if not rows:
            raise UploadError(f'there is no upload {str(upload)[:40]!r}; begin one')
        return Name(*rows[0])

    def parts(self, upload: str) -> list[Part]:
        """List the parts that arrived, in their order."""
        sql = 'SELECT part, size, sha256 FROM parts WHERE upload = ? ORDER BY part'
        return [Part(*row) for row in self._database.query(sql, (upload,))]

    def store_part(self, upload: str, number: int, incoming: Incoming) -> Part:
        """Keep a part; sent again, it replaces the one before."""
        if not 1 <= number <= MAX_PARTS:
            raise UploadError(f'part {number} is not 1 to {MAX_PARTS}')
        folder = self._folder(upload)
        try:
            folder.mkdir(exist_ok=True)
            incoming.move_to(folder / f'{number:05d}')
            sync_folder(folder)
            sync_folder(folder.parent)
        except OSError as error:
            raise told(error) from error
        part = Part(number, incoming.size, incoming.sha256)

        def work(connection: Connection) -> None:
            sql = 'SELECT 1 FROM uploads WHERE upload = ? AND done = 0'
            if connection.execute(sql, (upload,)).fetchone() is None:
                raise UploadError(f'upload {upload!r} is complete, or there is no such one')
            sql = 'INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?)'
            connection.execute(sql, (upload, number, part.size, part.sha256))

        self._database.write(work)
        return part

    def complete(self, owner: str, upload: str, claimed: Sequence[tuple[int, str]]) -> Stored:
        """
        Join the parts into an object. Completing again gives the same object.

        Parameters
        ----------
        owner, upload
            Which upload.
        claimed
            Number and ETag of each part, in order, as the client has them.

        Raises
        ------
        UploadError
            If a part is missing or is not the one that the client means.

        """
        name = self.name(owner, upload)
        done = self._objects.find(owner, name.key)
        if done is not None:
            return done
        arrived = {part.number: part for part in self.parts(upload)}
        if not claimed or [n for n, _ in claimed] != sorted({n for n, _ in claimed}):
            raise UploadError('parts must be listed once each, in ascending order of PartNumber')
        for number, etag in claimed:
            part = arrived.get(number)
            if part is None:
                raise UploadError(f'part {number} has not arrived; send it, then complete again')
            if etag.strip('"') != part.sha256:
                message = f'part {number} has ETag {part.etag}, not {etag[:80]!r}; send it again'
                raise UploadError(message)
        with self._objects.incoming() as incoming:
            for number, _ in claimed:
                with (self._folder(upload) / f'{number:05d}').open('rb') as file:
                    while block := file.read(BLOCK):
                        incoming.feed(block)
            stored = incoming.store(name)
        sql = 'UPDATE uploads SET done = 1 WHERE upload = ?'
        self._database.write(lambda connection: connection.execute(sql, (upload,)) and None)
        shutil.rmtree(self._folder(upload), ignore_errors=True)
        return stored

    def sweep(self, older_than_s: float = KEPT_S) -> int:
        """Forget old uploads and their parts; return how many."""
        before = time.time() - older_than_s

        def work(connection: Connection) -> list[str]:
            sql = 'DELETE FROM uploads WHERE started < ? RETURNING upload'
            old = [upload for (upload,) in connection.execute(sql, (before,))]
            sql = 'DELETE FROM parts WHERE upload = ?'
            connection.executemany(sql, [(upload,) for upload in old])
            return old

        old = self._database.write(work)
        for upload in old:
            shutil.rmtree(self._folder(upload), ignore_errors=True)
        return len(old)

    def _folder(self, upload: str) -> Path:
        # Ids are ours, but a path is made of one: only hexadecimal digits get in.
        if not upload or not set(upload) <= set('0123456789abcdef'):
            raise UploadError(f'there is no upload {upload[:40]!r}; begin one')
        return Path(os.fspath(self._objects.parts_folder)) / upload
