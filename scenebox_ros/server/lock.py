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

"""One server per folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from scenebox_ros.errors import StorageError


class FolderLock:
    """
    Holds a folder while a server has it; the system lets go when the process ends, however.

    Parameters
    ----------
    folder
        Made if it is not there.

    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / 'lock'
        self._file = -1

    def __enter__(self) -> FolderLock:
        folder = self._path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageError(
                f'{folder} cannot hold the data of a server: {error.strerror}; choose a folder '
                'that you can write to'
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise StorageError(
                f'another server has {folder}; stop it, or choose another folder'
            ) from None
        self._file = file
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
