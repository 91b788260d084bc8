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
A cache of assets' bytes on disk.

One file per asset, written beside and renamed, so that several processes may share a folder. When
a folder is full, what was not read for longest goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
import hashlib
import logging
import os
from pathlib import Path
import tempfile
from typing import Optional

log = logging.getLogger(__name__)

GIB = 2**30
DEFAULT_GIB = 50.0
CHECKED_EVERY = 64


class DiskCache:
    """
    Bytes by id in one folder.

    Parameters
    ----------
    folder
        Made when the first bytes are kept.
    max_bytes
        Kept at most, about.

    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self._puts = 0

    def get(self, asset_id: str) -> Optional[bytes]:
        """Return the bytes of an asset; None if they are not here."""
        path = self._path(asset_id)
        try:
            body = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return body or None

    def put(self, asset_id: str, body: bytes) -> None:
        """Keep the bytes of an asset; a disk that fails only costs time."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as file:
                file.write(body)
            os.replace(file.name, self._path(asset_id))
        except OSError as error:
            log.warning('the cache in %s did not take %d bytes: %s', self.folder, len(body), error)
            return
        if self._puts % CHECKED_EVERY == 0:
            self._make_room()
        self._puts += 1

    def _path(self, asset_id: str) -> Path:
        return self.folder / hashlib.sha256(asset_id.encode()).hexdigest()

    def _make_room(self) -> None:
        files = sorted(self._files(), reverse=True)
        kept = 0
        for _, size, path in files:
            kept += size
            if kept > self.max_bytes:
                with suppress(OSError):
                    os.unlink(path)

    def _files(self) -> Iterator[tuple[float, int, str]]:
        with os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    stat = entry.stat()
                    yield stat.st_mtime, stat.st_size, entry.path


def cache_of(asset_type: str, organization_id: Optional[str]) -> DiskCache:
    """Open the cache of an asset type; ``CACHE_DIR`` and ``CACHE_MAX_SIZE`` (GiB) set it up."""
    top = Path(os.environ.get('CACHE_DIR') or tempfile.gettempdir())
    folder = top / (asset_type or 'default') / (organization_id or 'default')
    gib = float(os.environ.get('CACHE_MAX_SIZE') or DEFAULT_GIB)
    return DiskCache(folder, int(gib * GIB))
