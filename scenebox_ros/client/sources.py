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
What is uploaded: bytes, files and streams, all read piece by piece from any place.

Several threads may read different pieces of one source at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import io
import os
import shutil
import tempfile
import threading
from typing import Any, BinaryIO, Optional, Protocol, Union

from scenebox_ros.client import cancel
from scenebox_ros.errors import ArgumentTypeError, UploadError

CHUNK = 2**20
# Up to this size a body in one piece is quicker than one in chunks.
WHOLE = 4 * 2**20

Uploadable = Union[bytes, bytearray, memoryview, str, 'os.PathLike[str]', BinaryIO]


class Source(Protocol):
    """Bytes of known size."""

    size: int

    @property
    def key(self) -> Optional[str]:
        """Tell what stays the same as long as the content does; None if nothing is known to."""

    @property
    def has_changed(self) -> bool:
        """Tell whether somebody wrote to it since it was opened, where that can be known."""

    def read(self, start: int, length: int) -> bytes | memoryview:
        """Read so many bytes from a place; fewer only at the end."""


class Memory:
    """Bytes in memory."""

    key: Optional[str] = None
    has_changed = False

    def __init__(self, body: bytes | bytearray | memoryview) -> None:
        self._view = memoryview(body).cast('B')
        self.size: int = len(self._view)

    def read(self, start: int, length: int) -> memoryview:
        """Read so many bytes from a place; fewer only at the end."""
        return self._view[start:start + length]


class Stream:
    """A file object that can seek."""

    key: Optional[str] = None
    has_changed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._lock = threading.Lock()
        self.size: int = file.seek(0, os.SEEK_END)

    def read(self, start: int, length: int) -> bytes:
        """Read so many bytes from a place; fewer only at the end."""
        with self._lock:
            self._file.seek(start)
            return self._file.read(length)


class Disk:
    """A file on disk."""

    def __init__(self, descriptor: int, path: Optional[str]) -> None:
        self._descriptor = descriptor
        self._path = path
        self._stat = os.fstat(descriptor)
        self.size: int = self._stat.st_size

    @property
    def key(self) -> Optional[str]:
        """Tell what stays the same as long as the content does; None if nothing is known to."""
        if not self._path:
            return None
        stat = self._stat
        return f'{os.path.realpath(self._path)}\0{self.size}\0{stat.st_mtime_ns}\0{stat.st_ino}'

    @property
    def has_changed(self) -> bool:
        """Tell whether somebody wrote to it since it was opened, where that can be known."""
        now = os.fstat(self._descriptor)
        return (now.st_size, now.st_mtime_ns) != (self.size, self._stat.st_mtime_ns)

    def read(self, start: int, length: int) -> bytes:
        """Read so many bytes from a place; fewer only at the end."""
        return os.pread(self._descriptor, length, start)


@contextmanager
def opened(content: Uploadable) -> Iterator[Source]:
    """
    Open what is to be uploaded.

    Parameters
    ----------
    content
        Bytes, text (sent as UTF-8), a path object, or a file object. A file object is read from
        its beginning and stays open; one that cannot seek is copied to disk first.

    Yields
    ------
    Source
        To be read within the block.

    Raises
    ------
    TypeError
        If it is none of these.

    """
    if isinstance(content, str):
        yield Memory(content.encode())
    elif isinstance(content, (bytes, bytearray, memoryview)):
        yield Memory(content)
    elif isinstance(content, os.PathLike):
        with open(content, 'rb') as file:
            yield _of_file(file)
    elif hasattr(content, 'read'):
        check_open(content)
        if _can_seek(content):
            yield _of_file(content)
        else:
            with tempfile.TemporaryFile() as copy:
                shutil.copyfileobj(content, copy, CHUNK)
                yield _of_file(copy)
    else:
        kind = type(content).__name__
        raise ArgumentTypeError(
            f'cannot upload a {kind}; pass bytes, text, a path or an open file'
        )


def check_open(file: Any) -> None:
    """
    Refuse a file that is closed.

    Raises
    ------
    TypeError
        If it is.

    """
    if getattr(file, 'closed', False):
        raise ArgumentTypeError('the file is closed already; pass an open one')


def pieces(source: Source, start: int = 0, length: Optional[int] = None) -> Iterator[Any]:
    """
    Read a part of a source piece by piece.

    Raises
    ------
    UploadError
        If the source ends early.

    """
    end = source.size if length is None else start + length
    while start < end:
        cancel.check()
        piece = source.read(start, min(CHUNK, end - start))
        if not piece:
            raise UploadError(
                f'the file ended at byte {start} of {source.size}: it is being changed; upload '
                'it again when it is complete'
            )
        yield piece
        start += len(piece)


def whole(source: Source) -> bytes:
    """Read everything into memory."""
    return b''.join(pieces(source))


def _can_seek(file: Any) -> bool:
    try:
        file.seek(0, os.SEEK_END)
        file.seek(0)
    except (AttributeError, OSError, ValueError):
        return False
    return True


def _of_file(file: Any) -> Source:
    """Prefer reading by descriptor: threads need no lock then."""
    raw = getattr(file, 'file', file)
    # Others, such as a GzipFile, lend their descriptor but read something else.
    if isinstance(raw, (io.BufferedReader, io.BufferedRandom, io.FileIO)) and hasattr(os, 'pread'):
        if not isinstance(raw, io.FileIO):
            raw.flush()
            if not isinstance(raw.raw, io.FileIO):
                return Stream(file)
        is_path = isinstance(raw.name, (str, os.PathLike))
        return Disk(raw.fileno(), os.fspath(raw.name) if is_path else None)
    return Stream(_binary(file))


def _binary(file: Any) -> Any:
    """Reach below a text file, and encode a StringIO."""
    if isinstance(file, io.StringIO):
        return io.BytesIO(file.getvalue().encode())
    return file.buffer if isinstance(file, io.TextIOWrapper) else file
