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
Remember the parts of a large upload, so that another run goes on where this one was cut off.

One small file per upload in the user's cache folder: a line that names the upload, then a line for
each part that the storage has. A line that was cut off is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
import hashlib
import json
import logging
import os
from pathlib import Path
import threading
import time
from typing import IO, Optional

log = logging.getLogger(__name__)

# Storages throw unfinished uploads away after some days; most are set to seven.
GOOD_FOR_S = 6 * 86_400


class Journal:
    """
    What the storage has of one upload.

    Attributes
    ----------
    storage_id, upload_id
        The upload; None if it has not begun.
    parts
        ETags by part number.

    """

    def __init__(self, file: Optional[IO[str]] = None, path: Optional[Path] = None) -> None:
        self.storage_id: Optional[str] = None
        self.upload_id: Optional[str] = None
        self.parts: dict[int, str] = {}
        self._file = file
        self._path = path
        self._lock = threading.Lock()
        if file is not None:
            self._read(file)

    @property
    def is_begun(self) -> bool:
        """Whether there is an upload to go on with."""
        return self.upload_id is not None

    def begin(self, storage_id: str, upload_id: str) -> None:
        """Name a new upload; what was known of another one is forgotten."""
        self.storage_id, self.upload_id, self.parts = storage_id, upload_id, {}
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()
        self._write({'storage_id': storage_id, 'upload_id': upload_id, 'begun': time.time()})

    def add(self, number: int, etag: str) -> None:
        """Note that the storage has a part."""
        with self._lock:
            self.parts[number] = etag
            self._write({'part': number, 'etag': etag})

    def forget(self) -> None:
        """Forget the upload: it is complete, or lost."""
        self.storage_id, self.upload_id, self.parts = None, None, {}
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _write(self, line: dict[str, object]) -> None:
        if self._file is not None:
            self._file.write(f'{json.dumps(line)}\n')
            self._file.flush()

    def _read(self, file: IO[str]) -> None:
        file.seek(0)
        text = file.read()
        lines = list(_whole_lines(text))
        with suppress(KeyError, TypeError):
            first, *rest = [json.loads(line) for line in lines] or [{}]
            if first['begun'] > time.time() - GOOD_FOR_S:
                self.parts = {line['part']: line['etag'] for line in rest}
                self.storage_id, self.upload_id = first['storage_id'], first['upload_id']
        if len(text) > sum(map(len, lines)):
            # What is appended must not continue a line that was cut off.
            file.seek(0)
            file.truncate()
            file.write(''.join(lines))
            file.flush()


def _whole_lines(text: str) -> Iterator[str]:
    """Give the lines up to the first that is not whole: a disk may fill up, or lose its power."""
    for line in text.splitlines(keepends=True):
        try:
            json.loads(line)
        except ValueError:
            return
        if not line.endswith('\n'):
            return
        yield line


@contextmanager
def journal_of(*key: Optional[str]) -> Iterator[Journal]:
    """
    Open the journal of an upload.

    Parameters
    ----------
    key
        What the upload is of and where it goes. With None in it, nothing is kept.

    Yields
    ------
    Journal
        Kept on disk, unless another process has it or there is no place for it.

    """
    file = None
    path = None if None in key else folder() / f'{_digest(key)}.jsonl'
    if path is not None:
        file = _locked(path)
    try:
        yield Journal(file, path if file is not None else None)
    finally:
        if file is not None:
            file.close()


def folder() -> Path:
    """Tell where journals are kept: ``$XDG_CACHE_HOME/scenebox_ros/uploads``, or below home."""
    top = os.environ.get('XDG_CACHE_HOME') or os.environ.get('LOCALAPPDATA') or '~/.cache'
    return Path(top).expanduser() / 'scenebox_ros' / 'uploads'


def _digest(key: tuple[Optional[str], ...]) -> str:
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]


def _locked(path: Path) -> Optional[IO[str]]:
    """Open a journal for this process alone; None if that cannot be."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = path.open('a+', encoding='utf-8', errors='replace')
    except OSError as error:
        log.debug('uploads cannot be resumed, %s is not writable: %s', path.parent, error)
        return None
    with suppress(ImportError):
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return None
    return file
