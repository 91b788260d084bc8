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

"""Bytes on their way in, and open objects on their way out."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import suppress
import hashlib
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING

from scenebox_ros.errors import StorageError
from scenebox_ros.server.store.naming import Name, Outcome, Stored
from scenebox_ros.server.store.unwritable import told

if TYPE_CHECKING:
    from scenebox_ros.server.store.objects import Objects

BLOCK = 1024 * 1024


class TooLargeError(StorageError):
    """The body is larger than the server takes."""


class WrongHashError(StorageError):
    """The bytes are not those that the sender meant."""


class Incoming:
    """
    Bytes on their way in, hashed as they come: in memory while small, then in a temporary file.

    Attributes
    ----------
    size, spilled
        Bytes so far; whether they are in a file, so that feeding blocks.

    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._hash = hashlib.sha256()
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None
        self.size = 0

    def __enter__(self) -> Incoming:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    @property
    def spilled(self) -> bool:
        """Whether the bytes are in a file."""
        return self._file is not None

    @property
    def sha256(self) -> str:
        """Give the hash so far."""
        return self._hash.hexdigest()

    def feed(self, piece: bytes) -> None:
        """Take the next bytes."""
        self.size += len(piece)
        self._objects.limit(self.size)
        self._hash.update(piece)
        self._pieces.append(piece)
        if self._file is not None or self.size > self._objects.small:
            self._spill()

    def store(self, name: Name, claimed: str = '') -> Stored:
        """Make the bytes durable under a name and wait for it, if they hash to what is claimed."""
        if self._file is None:
            outcome: Future[Stored] = Future()
            self.store_small(name, claimed, outcome)
            return outcome.result()
        check_hash(self.sha256, claimed)
        return self._store_file(name, self._file)

    def store_small(self, name: Name, claimed: str, outcome: Outcome[Stored]) -> None:
        """Do the same with bytes that are in memory, without waiting."""
        check_hash(self.sha256, claimed)
        self._objects.smalls.store(name, self.sha256, self._pieces, outcome)

    def move_to(self, path: Path) -> None:
        """Make the bytes durable as a file of their own, replacing what is there."""
        file = self._spill()
        os.fdatasync(file.fileno())
        os.replace(file.name, path)
        file.close()
        self._file = None

    def discard(self) -> None:
        """Throw the bytes away; does nothing once they are stored."""
        if self._file is not None:
            self._file.close()
            with suppress(OSError):
                os.unlink(self._file.name)
            self._file = None

    def _spill(self) -> IO[bytes]:
        """Write what is in memory to the file."""
        try:
            if self._file is None:
                self._file = self._objects.temporary().open('xb', buffering=0)
            for piece in self._pieces:
                _write(self._file, piece)
        except OSError as error:
            self.discard()
            raise told(error) from error
        self._pieces = []
        return self._file

    def _store_file(self, name: Name, file: IO[bytes]) -> Stored:
        try:
            os.fdatasync(file.fileno())
            return self._objects.place_file(name, self.sha256, self.size, Path(file.name))
        except OSError as error:
            raise told(error) from error
        finally:
            self.discard()


class Reader:
    """An open object; reads at any position, from any thread."""

    def __init__(self, file: int, stored: Stored) -> None:
        self._file = file
        self.stored = stored
        self._begin = stored.place.position if stored.place else 0

    def read(self, start: int, size: int) -> bytes:
        """Read some bytes; fewer only at the object's end."""
        size = min(size, self.stored.size - start)
        pieces = []
        while size > 0:
            piece = os.pread(self._file, size, self._begin + start)
            if not piece:
                raise StorageError(f'the bytes of {self.stored.uri} end early; run fsck')
            pieces.append(piece)
            start += len(piece)
            size -= len(piece)
        return b''.join(pieces)

    def close(self) -> None:
        """Close the file; may be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def check_hash(sha256: str, claimed: str) -> None:
    """Refuse bytes that have another hash than the sender told, if it did."""
    if claimed and claimed != sha256:
        raise WrongHashError(f'the bytes hash to {sha256}, not {claimed[:64]}; send again')


def _write(file: IO[bytes], piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[file.write(view):]
