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
Small objects, packed one after the other into segment files.

Making a file costs this kind of disk more than writing it, and every sync costs the same for one
object as for a hundred. So a thread of its own appends whatever waits, syncs once, and tells
everybody. It owns the open segment and ends at :meth:`Segments.close`.

A segment holds, per object: ``magic, size, sha256`` (40 bytes), then the bytes. Before that may
stand a note: ``magic, size``, then JSON that says whose object it is. With it the row of an object
can be written again after the power failed, so nobody has to wait until the row is on disk, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
import hashlib
import os
from pathlib import Path
import queue
import struct
import threading
from typing import IO

from scenebox_ros.errors import StorageError
from scenebox_ros.server.store.appender import Appender, new_buffer
from scenebox_ros.server.store.unwritable import told

MAGIC = b'SBXO'
HEADER = struct.Struct('<4sI32s')
NOTE_MAGIC = b'SBXN'
NOTE = struct.Struct('<4sI')
MAX_NOTE = 16 * 1024
SEGMENT_BYTES = 64 * 1024 * 1024
GROUP_BYTES = 8 * 1024 * 1024
GROUP = 256
Piece = bytes | memoryview


@dataclass(frozen=True)
class Place:
    """Where an object's bytes begin: the segment's number and the position in it."""

    segment: int
    position: int


@dataclass(frozen=True)
class Body:
    """An object's bytes as they came, their hash, and a note of whose they are."""

    sha256: str
    pieces: Sequence[Piece]
    note: bytes = b''

    @property
    def size(self) -> int:
        """How many bytes."""
        return sum(map(len, self.pieces))


class Append:
    """
    Bytes that wait to be appended.

    Attributes
    ----------
    bodies, size
        Whose bytes, and how many.
    places, error
        Where they are once they are on disk, or why they are not.

    """

    def __init__(self, bodies: Sequence[Body], size: int) -> None:
        self.bodies = bodies
        self.size = size
        self.places: list[Place] = []
        self.error: BaseException | None = None

    def end(self) -> None:
        """Tell whoever waits that the bytes are on disk, or that they failed."""


class _Awaited(Append):
    """Bytes with a future."""

    def __init__(self, bodies: Sequence[Body]) -> None:
        super().__init__(bodies, sum(body.size for body in bodies))
        self.future: Future[list[Place]] = Future()

    def end(self) -> None:
        if self.error is None:
            self.future.set_result(self.places)
        else:
            self.future.set_exception(self.error)


@dataclass(frozen=True)
class Record:
    """What a segment says of an object: its note if it has one, its hash, size and place."""

    note: bytes
    sha256: str
    size: int
    place: Place

    @property
    def end(self) -> int:
        """Where the next record begins."""
        return self.place.position + self.size


class Segments:
    """
    The folder of segments.

    Parameters
    ----------
    folder
        Made if it is not there. A new segment is begun at each start: what a killed server left
        at the end of the last one is garbage, and is never looked at.

    Attributes
    ----------
    judge
        Called in the writer's thread with what waits; gives what of it must be written.
    settle
        Called there with the same when that is on disk.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._next = max(self.numbers(), default=0) + 1
        self._buffer = new_buffer()
        self._file: Appender | None = None
        self._number = 0
        self._closed = False
        self._queue: queue.SimpleQueue[Append | None] = queue.SimpleQueue()
        self.judge: Callable[[Sequence[Append]], Sequence[Append]] = lambda group: group
        self.settle: Callable[[Sequence[Append]], None] = lambda group: None
        self._thread = threading.Thread(target=self._run, name='segment-writer', daemon=True)
        self._thread.start()

    def numbers(self) -> list[int]:
        """Give the segments that there are."""
        stems = [path.stem for path in self._folder.glob('*.seg')]
        return sorted(int(stem) for stem in stems if stem.isdecimal())

    @property
    def current(self) -> int:
        """Give the segment that is being written and must not be touched; 0 for none."""
        return self._number

    def path(self, number: int) -> Path:
        """Give the file of a segment."""
        return self._folder / f'{number:08d}.seg'

    def append(self, bodies: Sequence[Body],
               then: Callable[[Future[list[Place]]], None] | None = None) -> Future[list[Place]]:
        """
        Queue objects' bytes; the future ends when all of them are on disk.

        Parameters
        ----------
        bodies
            The objects; they share one sync.
        then
            Called with the future in the writer's thread, so calls come in the order of the
            segment. (A callback that is added later may run in another thread, and out of order.)

        """
        append = _Awaited(bodies)
        if then is not None:
            append.future.add_done_callback(then)
        self.queue(append)
        return append.future

    def queue(self, append: Append) -> None:
        """Queue bytes that somebody judges and settles."""
        if self._closed:
            raise StorageError('the store is closed; start the server again')
        self._queue.put(append)

    def read(self, place: Place, size: int, start: int = 0) -> bytes:
        """Read part of an object; FileNotFoundError if its segment was packed anew meanwhile."""
        number = os.open(self.path(place.segment), os.O_RDONLY)
        try:
            return os.pread(number, size, place.position + start)
        finally:
            os.close(number)

    def close(self) -> None:
        """Write what waits, then close; may be called twice."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        stop = False
        while not stop:
            first = self._queue.get()
            if first is None:
                break
            group, size = [first], first.size
            while len(group) < GROUP and size < GROUP_BYTES:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    stop = True
                    break
                group.append(more)
                size += more.size
            self._write(group)
        if self._file is not None:
            self._file.close()

    def _write(self, group: list[Append]) -> None:
        fresh = self.judge(group)
        if fresh:
            self._append(fresh)
        self.settle(group)

    def _append(self, group: Sequence[Append]) -> None:
        try:
            file = self._open()
            buffers: list[Piece] = []
            end = file.end
            for append in group:
                append.places = []
                for body in append.bodies:
                    header = HEADER.pack(MAGIC, body.size, bytes.fromhex(body.sha256))
                    if body.note:
                        header = NOTE.pack(NOTE_MAGIC, len(body.note)) + body.note + header
                    append.places.append(Place(self._number, end + len(header)))
                    buffers += [header, *body.pieces]
                    end += len(header) + body.size
            file.append(buffers)
        except OSError as error:
            failure = told(error)
            for append in group:
                append.error = failure
        for append in group:
            append.end()

    def _open(self) -> Appender:
        if self._file is not None:
            if self._file.end < SEGMENT_BYTES:
                return self._file
            self._file.close()
            self._file = None
        self._file = Appender(self.path(self._next), self._buffer)
        self._number = self._next
        self._next += 1
        sync_folder(self._folder)
        return self._file


def records(path: Path, start: int = 0, is_hashed: bool = False) -> Iterator[Record]:
    """
    Read what a segment holds, up to its end or to what a failing machine left half written.

    Parameters
    ----------
    path
        The segment's file, named by its number.
    start
        Where a record begins.
    is_hashed
        Also end before bytes that are not what their record says.

    """
    number = int(path.stem)
    with path.open('rb') as file:
        total = os.fstat(file.fileno()).st_size
        while start < total:
            file.seek(start)
            note = _read_note(file)
            head = file.read(HEADER.size)
            if note is None or len(head) < HEADER.size:
                return
            magic, size, digest = HEADER.unpack(head)
            place = Place(number, file.tell())
            if magic != MAGIC or place.position + size > total:
                return
            if is_hashed and hashlib.sha256(file.read(size)).digest() != digest:
                return
            yield Record(note, digest.hex(), size, place)
            start = place.position + size


def _read_note(file: IO[bytes]) -> bytes | None:
    """Read a note, empty if there is none here; None if it is broken."""
    head = file.read(NOTE.size)
    if len(head) < NOTE.size or head[:4] != NOTE_MAGIC:
        file.seek(-len(head), os.SEEK_CUR)
        return b''
    size = NOTE.unpack(head)[1]
    note = file.read(size) if size <= MAX_NOTE else b''
    return note if note and len(note) == size else None


def sync_folder(folder: Path) -> None:
    """Make a folder's list of files durable."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
