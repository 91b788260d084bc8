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

"""A disk that takes no writes: full, read-only or failing."""

from __future__ import annotations

import errno
import sqlite3

from scenebox_ros.errors import StorageError

FULL = (errno.ENOSPC, errno.EDQUOT)
UNWRITABLE = (*FULL, errno.EROFS)


class UnwritableError(StorageError):
    """The server's disk takes no writes, such as one that is read-only; nothing was stored."""


class DiskFullError(UnwritableError):
    """There is no room left on the server's disk; nothing was stored."""


def is_unwritable(error: BaseException | None) -> bool:
    """Tell whether something failed because the disk is full or takes no writes."""
    while error is not None:
        if isinstance(error, UnwritableError):
            return True
        if isinstance(error, OSError) and error.errno in UNWRITABLE:
            return True
        error = error.__cause__
    return False


def translated(error: BaseException) -> BaseException:
    """Give what SQLite says of such a disk in our words, and anything else as it is."""
    if isinstance(error, sqlite3.OperationalError):
        if 'full' in str(error):
            return DiskFullError(f'the disk is full ({error}); free some room and send it again')
        if any(words in str(error) for words in ('readonly', 'disk I/O', 'unable to open')):
            return UnwritableError(
                f"the database cannot be written ({error}); see the server's disk")
    return error


def told(error: OSError) -> StorageError:
    """Give what the system says of such a disk in our words."""
    if error.errno in FULL:
        return DiskFullError('the disk is full; free some room and send it again')
    return UnwritableError(
        f"the bytes cannot be written ({error.strerror}); see the server's disk")
