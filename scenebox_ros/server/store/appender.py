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
A file that only grows, written past the kernel's cache where the disk can do that.

Filling the cache's pages costs the processor more than everything else that happens to a small
object's bytes, and nobody reads them soon. So they are gathered in a buffer of whole blocks and
go to the disk from there. The last block is rarely full: it is written again, with the same
beginning, together with what comes next.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
import errno
import fcntl
import mmap
import os
from pathlib import Path

BLOCK = 4096
BUFFER_BYTES = 4 * 1024 * 1024


class Appender:
    """
    A new file and its end.

    Parameters
    ----------
    path
        Where it is made; it must not be there.
    buffer
        :func:`new_buffer`; the next file may have it when this one is closed.

    Attributes
    ----------
    end
        How many bytes are in it for good; the file may have some zeros after them.

    """

    def __init__(self, path: Path, buffer: mmap.mmap) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._buffer = buffer
        self._tail = b''
        self.end = 0
        self._pass_cache(True)

    def append(self, pieces: Iterable[bytes | memoryview]) -> None:
        """Write bytes at the end and wait until they are on disk; all of them or none."""
        try:
            end, tail = self._write(pieces)
            os.fdatasync(self._file)
        except OSError:
            # Cut off what is there already, so that it takes no room.
            with suppress(OSError):
                os.ftruncate(self._file, self.end)
            raise
        self.end, self._tail = end, tail

    def close(self) -> None:
        """Cut the zeros off and close."""
        with suppress(OSError):
            os.ftruncate(self._file, self.end)
        os.close(self._file)

    def _write(self, pieces: Iterable[bytes | memoryview]) -> tuple[int, bytes]:
        buffer, at = self._buffer, len(self._tail)
        position = self.end - at
        buffer[:at] = self._tail
        for piece in pieces:
            view = memoryview(piece)
            while view:
                part = view[:BUFFER_BYTES - at]
                buffer[at:at + len(part)] = part
                at += len(part)
                view = view[len(part):]
                if at == BUFFER_BYTES:
                    self._put(at, position)
                    position, at = position + at, 0
        whole = -(-at // BLOCK) * BLOCK
        buffer[at:whole] = bytes(whole - at)
        self._put(whole, position)
        return position + at, buffer[at - at % BLOCK:at]

    def _put(self, size: int, position: int) -> None:
        with memoryview(self._buffer) as view:
            done = 0
            while done < size:
                try:
                    done += os.pwrite(self._file, view[done:size], position + done)
                except OSError as error:
                    if error.errno != errno.EINVAL or not self._passes_cache:
                        raise
                    # This disk wants larger blocks.
                    self._pass_cache(False)

    def _pass_cache(self, wanted: bool) -> None:
        """Turn writing past the cache on or off; not every file system can do it."""
        direct = getattr(os, 'O_DIRECT', 0)
        try:
            fcntl.fcntl(self._file, fcntl.F_SETFL, direct if wanted else 0)
            self._passes_cache = wanted and direct != 0
        except OSError:
            self._passes_cache = False


def new_buffer() -> mmap.mmap:
    """Make a buffer that begins where a page of memory does."""
    return mmap.mmap(-1, BUFFER_BYTES)
