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

"""Copying a server's folder while it runs; a server can be started on the copy."""

from __future__ import annotations

from contextlib import closing, suppress
import os
from pathlib import Path
import shutil
import sqlite3

from scenebox_ros.errors import StorageError
from scenebox_ros.server.fsck import fsck, Report

PAGES = 1000
TRIES = 3


def backup(folder: Path, target: Path) -> Report:
    """
    Copy everything that a server has acknowledged by now.

    Parameters
    ----------
    folder
        The server's; the server may run.
    target
        Must not exist. To restore, start a server on it.

    Returns
    -------
    Report
        What the copy holds, every byte of it hashed anew.

    Raises
    ------
    StorageError
        If the target exists, or the copy is not whole.

    """
    if target.exists():
        raise StorageError(f'{target} exists; give a folder that does not')
    target.mkdir(parents=True, mode=0o700)
    report = Report()
    for _ in range(TRIES):
        # Rows first: all bytes that they name are on the disk already. A sweep may take some away
        # before they are copied; then a newer state of the rows does not name them any more.
        _copy_rows(folder / 'scenebox.sqlite', target / 'scenebox.sqlite')
        _copy_bytes(folder, target)
        report = fsck(target)
        # What is wrong with the index is so in both, and mended in either.
        if not report.problems:
            _copy_small(folder, target)
            return report
    raise StorageError(f'the copy in {target} is not whole: {report.problems[0]}; try again')


def _copy_rows(source: Path, target: Path) -> None:
    if not source.is_file():
        raise StorageError(f'{source} is missing; this is not a server\'s folder')
    for suffix in ('', '-wal', '-shm'):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    with closing(sqlite3.connect(f'file:{source}?mode=ro', uri=True)) as old, closing(
        sqlite3.connect(target)
    ) as new:
        old.backup(new, pages=PAGES)
    target.chmod(0o600)


def _copy_bytes(folder: Path, target: Path) -> None:
    """Copy what the copied rows name; files that are whole already are not copied again."""
    with closing(sqlite3.connect(target / 'scenebox.sqlite')) as connection:
        sql = 'SELECT segment, max(position + size) FROM blobs WHERE segment >= 0 GROUP BY 1'
        segments = connection.execute(sql).fetchall()
        sql = 'SELECT sha256, size FROM blobs WHERE segment IS NULL'
        large = connection.execute(sql).fetchall()
        parts = connection.execute('SELECT upload, part, size FROM parts').fetchall()
    names = [(Path('segments', f'{number:08d}.seg'), size) for number, size in segments]
    names += [(Path('objects', sha256[:2], sha256[2:]), size) for sha256, size in large]
    names += [(Path('parts', upload, f'{part:05d}'), size) for upload, part, size in parts]
    for name, size in names:
        copy = target / name
        if not copy.exists() or copy.stat().st_size < size:
            copy.parent.mkdir(parents=True, exist_ok=True)
            # What was swept meanwhile is found missing by the check, and asked for anew.
            with suppress(FileNotFoundError):
                shutil.copyfile(folder / name, copy)
                _sync(copy)


def _copy_small(folder: Path, target: Path) -> None:
    """Copy the key that signs links, so that links given out stay good, and the models."""
    with suppress(FileNotFoundError):
        shutil.copyfile(folder / 'secret', target / 'secret')
        (target / 'secret').chmod(0o600)
    if (folder / 'models').is_dir():
        shutil.copytree(folder / 'models', target / 'models', dirs_exist_ok=True)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
