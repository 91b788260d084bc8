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

"""From a path to open storages: splits, compressed files, missing and wrong metadata."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Optional

from scenebox_ros.bags import files
from scenebox_ros.bags.blocks import open_file
from scenebox_ros.bags.inflate import inflate_file
from scenebox_ros.bags.metadata import FileSpan, Metadata, read_metadata
from scenebox_ros.bags.storage import Channel, Loss, Storage
from scenebox_ros.errors import BagError

# Inode, size, time of the last change; None: the file is not there.
FileState = Optional[tuple[int, int, int]]


@dataclass
class Opened:
    """The storages of one bag, and what is to be said of it as a whole."""

    stack: ExitStack
    storages: list[Storage] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    distro: str = ''
    num_bytes: int = 0
    seen: dict[Path, FileState] = field(default_factory=dict)

    def changed(self) -> list[Loss]:
        """Report the files that were written to since they were opened."""
        return [
            Loss(None, None, None, (
                f'{path.name}: it was written to while it was read, so parts may be missing or '
                'mixed up; run this again when nobody writes to it'))
            for path, before in self.seen.items() if _was_written(before, _state_of(path))
        ]

    def close(self) -> None:
        """Close the storages and delete what was unpacked; may be called twice."""
        self.stack.close()


def open_storages(path: Path) -> Opened:
    """Open all files of a recording; raise BagError if none of them is one."""
    try:
        if not path.exists():
            raise BagError(f'{path} does not exist; give a recording or a rosbag2 folder')
        if path.is_dir():
            next(path.iterdir(), None)
        metadata = read_metadata(path) if path.is_dir() else None
    except OSError as error:
        raise BagError(f'{path} cannot be read: {error.strerror}') from None
    opened = Opened(ExitStack())
    try:
        _open_all(path, metadata, opened)
    except BaseException:
        opened.close()
        raise
    return opened


def _open_all(path: Path, metadata: Metadata | None, opened: Opened) -> None:
    paths = _files_of(path, metadata, opened) if path.is_dir() else [path]
    problems: list[str] = []
    for file in paths:
        opened.seen.update((part, _state_of(part)) for part in files.with_log(file))
        try:
            storage = _open_one(file, opened)
        except BagError as error:
            problems.append(str(error))
            opened.losses.append(_lost_file(file.name, str(error), metadata))
            continue
        opened.stack.callback(storage.close)
        opened.storages.append(storage)
        opened.num_bytes += file.stat().st_size
    if not opened.storages:
        raise BagError(problems[0] if problems else f'{path} has no recording in it')
    said = metadata.distro if metadata else ''
    opened.distro = next((each.distro for each in opened.storages if each.distro), said)
    if metadata:
        _compare(metadata, opened)


def _state_of(path: Path) -> FileState:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _was_written(before: FileState, after: FileState) -> bool:
    """Compare; a file that was deleted or replaced by another one is still read as it was."""
    return before is not None and after is not None and before[0] == after[0] and before != after


def _files_of(folder: Path, metadata: Metadata | None, opened: Opened) -> Sequence[Path]:
    """List a bag folder's files: those of the metadata in its order, then what it forgot."""
    there = {path.name: path for path in files.bag_files(folder)}
    if metadata is None:
        opened.notes.append(f'{folder.name} has no metadata.yaml; its files tell what is in them')
        return list(there.values())
    if metadata.problem:
        opened.notes.append(f'{folder.name}: {metadata.problem}; its files tell what is in them')
        return list(there.values())
    listed = []
    for span in metadata.files:
        # Splits are named without the suffix of file compression up to version 4, or may have
        # been unpacked by hand.
        names = [span.name, *(span.name + end for end in files.COMPRESSED)]
        names += [span.name.rsplit('.', 1)[0]] if span.name.endswith(files.COMPRESSED) else []
        name = next((name for name in names if (folder / name).is_file()), None)
        if name:
            listed.append(folder / name)
            there.pop(name, None)
        else:
            opened.losses.append(_lost_file(span.name, f'{span.name} is missing', metadata))
    if there:
        named = ', '.join(there)
        opened.notes.append(f'{folder.name}: metadata.yaml does not list {named}; read as well')
    return [*listed, *there.values()]


def _lost_file(name: str, reason: str, metadata: Metadata | None) -> Loss:
    spans = metadata.files if metadata else ()
    span = next((each for each in spans if each.name == name), FileSpan(name))
    return Loss(None, span.start_ns, span.end_ns, reason, span.messages)


def _open_one(path: Path, opened: Opened) -> Storage:
    kind = files.kind_of(path)
    if kind in ('zstd', 'lz4'):
        path = _unpack(path, kind, opened)
        kind = files.kind_of(path)
    # What reads the other kinds stays unloaded: it is a part of the time that a command takes.
    if kind == 'sqlite3':
        from scenebox_ros.bags.sqlite_file import SqliteStorage

        return SqliteStorage(path, _scratch(opened))
    file = open_file(path)
    try:
        if kind == 'mcap':
            from scenebox_ros.bags.mcap_file import McapStorage

            return McapStorage(file)
        from scenebox_ros.bags.ros1_file import Ros1Storage

        return Ros1Storage(file)
    except BaseException:
        file.close()
        raise


def _scratch(opened: Opened) -> Path:
    """Make a folder that goes when the bag is closed."""
    from tempfile import TemporaryDirectory

    return Path(opened.stack.enter_context(TemporaryDirectory(prefix='scenebox-bag-')))


def _unpack(path: Path, kind: str, opened: Opened) -> Path:
    """Decompress a file into a folder that goes when the bag is closed."""
    scratch = _scratch(opened)
    name = path.name.rsplit('.', 1)[0] if path.name.endswith(files.COMPRESSED) else path.name
    target = scratch / name
    try:
        is_whole = inflate_file(path, target, kind)
    except OSError as error:
        raise BagError(f'{path} cannot be decompressed into {scratch} ({error.strerror}); set '
                       'TMPDIR to a larger disk') from None
    if not is_whole:
        opened.losses.append(Loss(None, None, None, f'{path.name}: {kind} data is damaged or ends '
                                  'early; what it still gives was read'))
    return target


def _compare(metadata: Metadata, opened: Opened) -> None:
    """Correct and report what metadata and files tell differently."""
    for storage in opened.storages:
        for number, channel in list(storage.channels.items()):
            said = (metadata.serializations or {}).get(channel.topic, channel.encoding)
            if said != channel.encoding:
                _distrust(storage, number, channel, said, opened)
    if opened.losses or any(storage.losses for storage in opened.storages):
        return
    found: dict[str, int] = {}
    for storage in opened.storages:
        for number, channel in storage.channels.items():
            found[channel.topic] = found.get(channel.topic, 0) + storage.counts.get(number, 0)
    opened.notes.extend(
        f'metadata.yaml counts {count} messages of {topic}, the files have {found.get(topic, 0)}'
        for topic, count in (metadata.counts or {}).items() if count != found.get(topic, 0)
    )


def _distrust(
    storage: Storage, number: int, channel: Channel, said: str, opened: Opened
) -> None:
    note = (f'metadata.yaml says {channel.topic} is serialized as {said!r}, the file says '
            f'{channel.encoding!r}')
    opened.notes.append(note)
    if channel.encoding not in ('cdr', 'ros1') and said == 'cdr':
        storage.channels = {**storage.channels, number: replace(channel, encoding=said)}
