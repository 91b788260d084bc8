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

"""Finding recordings: which files and folders are bags, and of which kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import os
from pathlib import Path
import re
from typing import Literal

from scenebox_ros.bags import mcap_records, metadata
from scenebox_ros.bags.inflate import compression_of
from scenebox_ros.errors import BagError

FileKind = Literal['mcap', 'sqlite3', 'ros1', 'zstd', 'lz4']

SUFFIXES = ('.mcap', '.db3', '.bag', '.bag.active')
COMPRESSED = ('.zstd', '.zst', '.lz4')
_ROSBAG2 = ('.mcap', '.db3')
_LFS = b'version https://git-lfs'
_SQLITE = b'SQLite format 3\0'


def find_bags(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Path]:
    """
    Find the recordings among files and in folders.

    Parameters
    ----------
    paths
        Files, which are taken as they are; folders are searched with all below them. What does
        not exist, and folders that cannot be searched, are given too if there is more: opening
        them says why.

    Returns
    -------
    list of Path
        Each a file or a rosbag2 folder (its splits are one bag), in natural order (``run_2``
        before ``run_10``), none twice: a file of a rosbag2 folder that is there too is left out.

    Raises
    ------
    BagError
        If no path exists, or there is nothing to read in any of them.

    """
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    given = [Path(path) for path in paths]
    if not given:
        raise BagError('the list of recordings is empty; give a recording or a folder of them')
    missing = [path for path in given if not _is_there(path)]
    if len(missing) == len(given):
        raise BagError(f'{missing[0]} does not exist; give a recording or a folder of recordings')
    found: dict[str, Path] = {}
    seen: set[str] = set()
    for path in given:
        for bag in _in_folder(path, seen) if _is_folder(path) else [path]:
            found.setdefault(os.path.realpath(bag), bag)
    if not found:
        named = ', '.join(str(path) for path in given)
        raise BagError(f'no recordings in {named}; a recording is one of {", ".join(SUFFIXES)} '
                       'or a rosbag2 folder')
    return [bag for real, bag in found.items() if os.path.dirname(real) not in found]


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:  # in a folder that must not be searched: opening it says so
        return True
    except OSError:
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _in_folder(folder: Path, seen: set[str]) -> Iterator[Path]:
    # Links may lead back up.
    real = os.path.realpath(folder)
    if real in seen:
        return
    seen.add(real)
    try:
        paths = natural(folder.iterdir())
        is_bag = is_bag_folder(folder)
    except OSError:
        is_bag = True  # nobody knows: opening it says why
    if is_bag:
        yield folder
        return
    for path in paths:
        if _is_folder(path):
            yield from _in_folder(path, seen)
        elif is_bag_name(path):
            yield path


def is_bag_name(path: Path) -> bool:
    """Tell from its name whether a file is a recording."""
    return _plain_name(path).endswith(SUFFIXES)


def is_bag_folder(folder: Path) -> bool:
    """
    Tell whether a folder is one rosbag2 recording.

    It is if it has a ``metadata.yaml``. Without one it is if all its rosbag2 files are splits of
    one name (``run_0.db3``, ``run_1.db3``).
    """
    if (folder / metadata.NAME).is_file():
        return True
    splits = bag_files(folder)
    stems = {re.sub(r'_\d+$', '', _stem(path)) for path in splits}
    numbered = all(re.search(r'_\d+$', _stem(path)) for path in splits)
    return bool(splits) and len(stems) == 1 and (numbered or len(splits) == 1) and not any(
        path.is_dir() for path in folder.iterdir())


def bag_files(folder: Path) -> list[Path]:
    """List the rosbag2 files of a folder in natural order; a plain one hides its compressed."""
    files = [path for path in folder.iterdir()
             if path.is_file() and _plain_name(path).endswith(_ROSBAG2)]
    plain = {path.name for path in files}
    return natural(path for path in files
                   if path.name == _plain_name(path) or _plain_name(path) not in plain)


def with_log(path: Path) -> list[Path]:
    """List a file and the write-ahead log that SQLite keeps beside it while it is recorded."""
    return [path, path.with_name(f'{path.name}-wal')]


def natural(paths: Iterable[Path]) -> list[Path]:
    """Sort paths so that numbers in their names count as numbers."""
    return sorted(paths, key=lambda path: [
        (int(part), '') if index % 2 else (-1, part)
        for index, part in enumerate(re.split(r'(\d+)', str(path)))
    ])


def _plain_name(path: Path) -> str:
    name = path.name
    return name.rsplit('.', 1)[0] if name.endswith(COMPRESSED) else name


def _stem(path: Path) -> str:
    return _plain_name(path).rsplit('.', 1)[0]


def kind_of(path: Path) -> FileKind:
    """
    Tell what a file is, by its first bytes; by its name where these are damaged.

    Raises
    ------
    BagError
        If it is no recording.

    """
    try:
        if not path.is_file():
            raise BagError(f'{path} is neither a file nor a folder; give a recording')
        with path.open('rb') as file:
            start = file.read(64)
    except OSError as error:
        raise BagError(f'{path} cannot be read: {error.strerror}') from None
    if not start:
        raise BagError(f'{path} is empty (0 bytes); nothing was recorded into it')
    if start.startswith(_LFS):
        raise BagError(f'{path} is a Git LFS pointer and not the recording; run "git lfs pull"')
    version = re.match(rb'#ROSBAG V(\d+\.\d+)\n', start)
    if version and version[1] != b'2.0':
        raise BagError(f'{path} is a ROS 1 bag of version {version[1].decode()}; convert it with '
                       '"rosbag fix"')
    return 'ros1' if version else _by_magic(start) or _by_name(path)


def _by_magic(start: bytes) -> FileKind | None:
    if start.startswith(mcap_records.MAGIC):
        return 'mcap'
    if start.startswith(_SQLITE):
        return 'sqlite3'
    compression = compression_of(start)
    if compression == 'zstd':
        return 'zstd'
    return 'lz4' if compression == 'lz4' else None


def _by_name(path: Path) -> FileKind:
    by_suffix: dict[str, FileKind] = {'.mcap': 'mcap', '.db3': 'sqlite3', '.bag': 'ros1'}
    kind = by_suffix.get(path.suffix)
    if kind is None:
        raise BagError(f'{path} is no recording: it starts like none of mcap, SQLite and ROS 1')
    return kind
