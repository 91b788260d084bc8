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
Sets as files: ZIP archives and WebDataset shards.

An archive of a set holds ``assets/<id>.<extension>``, ``metadata/<id>.json`` and, where there are
any, ``annotations/<asset id>/<annotation id>.json``. A shard is a tar file; a sample's members are
``<id>.input.<extension>``, ``<id>.metadata.json`` and ``<id>.annotations.json``.
"""

from __future__ import annotations

from collections.abc import Iterator
import hashlib
import io
import json
from pathlib import Path
import tarfile
import time
from typing import Any, IO, TYPE_CHECKING
import zipfile

from scenebox_ros import stamps
from scenebox_ros.ids import std
from scenebox_ros.server.sets.contents import Item, items
from scenebox_ros.server.store.documents import Reach
from scenebox_ros.server.store.merge import Document
from scenebox_ros.server.store.naming import Name, new_key, Stored

if TYPE_CHECKING:
    from scenebox_ros.server.core import Core
    from scenebox_ros.server.jobs.context import Job

BLOCK = 1024 * 1024
# In bytes; file systems take 255, of which the extension and an end of ours take some.
MAX_NAME = 200
# Names of entries must not depend on when they are written: the same set, the same bytes.
ENTRY_TIME = (1980, 1, 1, 0, 0, 0)


def zip_id(set_id: str, version: str | None = None) -> str:
    """Name the archive of a set, or of one of its versions."""
    return std('_'.join(filter(None, [set_id, version, 'zip'])))


def write_zip(job: Job, set_id: str, name: str, content_digest: str) -> Document:
    """Archive a set as a ``zipfiles`` document with its bytes; return the document."""
    core, reach = job.core, job.owner
    path = core.objects.temporary()
    try:
        count = 0
        with zipfile.ZipFile(path, 'x', zipfile.ZIP_STORED, allowZip64=True) as archive:
            for item in items(core, reach, set_id):
                job.progress(0.0, f'{count} assets are in the archive')
                _add_to_zip(core, archive, item)
                count += 1
        stored = _keep(core, reach, path, f'{name}.zip', 'application/zip')
    finally:
        path.unlink(missing_ok=True)
    return core.documents.put(reach, 'zipfiles', name, {
        **_describe(stored, f'{name}.zip'),
        'set_id': set_id,
        'count': count,
        'content_digest': content_digest,
    })  # fmt: skip


def _add_to_zip(core: Core, archive: zipfile.ZipFile, item: Item) -> None:
    name = member(str(item.document['id']))
    _add_json(archive, f'metadata/{name}.json', item.document)
    for annotation in item.annotations:
        _add_json(archive, f'annotations/{name}/{member(str(annotation["id"]))}.json', annotation)
    if item.stored is None:
        return
    entry = zipfile.ZipInfo(f'assets/{name}{item.extension}', ENTRY_TIME)
    entry.file_size = item.stored.size
    with archive.open(entry, 'w', force_zip64=item.stored.size > 2**31) as target:
        for block in blocks(core, item.stored):
            target.write(block)


def _add_json(archive: zipfile.ZipFile, name: str, value: Any) -> None:
    entry = zipfile.ZipInfo(name, ENTRY_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, json.dumps(value, indent=1, ensure_ascii=False))


def write_shards(job: Job, set_id: str, shard_size: int) -> list[str]:
    """Write a set as shards of up to ``shard_size`` assets; return the ``zipfiles`` ids."""
    names: list[str] = []
    total = 0
    some: list[Item] = []
    for item in items(job.core, job.owner, set_id):
        some.append(item)
        total += 1
        if len(some) == shard_size:
            names.append(_write_shard(job, set_id, len(names), some))
            some = []
    if some:
        names.append(_write_shard(job, set_id, len(names), some))
    job.progress(100.0, f'{total} assets are in {len(names)} shards')
    return names


def _write_shard(job: Job, set_id: str, number: int, some: list[Item]) -> str:
    # The original loader reads the count of assets out of the name, behind the set's id.
    name = std(f'{set_id}_{len(some)}_shard_{number:05d}')
    path = job.core.objects.temporary()
    try:
        with tarfile.open(path, 'x') as archive:
            for item in some:
                job.check()
                _add_to_tar(job.core, archive, item)
        stored = _keep(job.core, job.owner, path, f'{name}.tar', 'application/x-tar')
    finally:
        path.unlink(missing_ok=True)
    job.core.documents.put(job.owner, 'zipfiles', name, {
        **_describe(stored, f'{name}.tar'), 'set_id': set_id, 'count': len(some),
    })  # fmt: skip
    return name


def _add_to_tar(core: Core, archive: tarfile.TarFile, item: Item) -> None:
    # WebDataset takes everything behind the first dot for the member's kind.
    name = member(str(item.document['id'])).replace('.', '%2e')
    if item.stored is not None:
        info = tarfile.TarInfo(f'{name}.input{item.extension}')
        info.size = item.stored.size
        with core.objects.open(item.stored) as reader:
            archive.addfile(info, _Stream(reader))  # type: ignore[arg-type]
    for kind, value in [('metadata', item.document), ('annotations', list(item.annotations))]:
        if value:
            body = json.dumps(value).encode()
            info = tarfile.TarInfo(f'{name}.{kind}.json')
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))


class _Stream:
    """An object's reader as a file that is read from its beginning to its end."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._at = 0

    def read(self, size: int) -> bytes:
        piece: bytes = self._reader.read(self._at, size)
        self._at += len(piece)
        return piece


def blocks(core: Core, stored: Stored) -> Iterator[bytes]:
    """Read an object a block at a time."""
    with core.objects.open(stored) as reader:
        for start in range(0, stored.size, BLOCK):
            yield reader.read(start, BLOCK)


def member(name: str) -> str:
    """
    Make an id a file's name: another id, another name.

    Ids have no ``%`` and no slash. A dot at the beginning is escaped, what is too long for a
    file's name is cut and ends with its hash.
    """
    name = f'%2e{name[1:]}' if name.startswith('.') else name
    if len(name.encode()) <= MAX_NAME:
        return name
    short = name.encode()[:MAX_NAME].decode(errors='ignore')
    return f'{short}%{hashlib.sha256(name.encode()).hexdigest()[:16]}'


def safe(name: str) -> str:
    """Make a text a file's name that stays in its folder, wherever it is unpacked."""
    return name.replace('/', '_').replace('\\', '_').lstrip('.') or '_'


def _keep(core: Core, reach: Reach, path: Path, filename: str, content_type: str) -> Stored:
    file: IO[bytes]
    with path.open('rb') as file:
        name = Name(reach.organization_id, new_key(filename), content_type)
        return core.objects.put_file(name, file)


def _describe(stored: Stored, filename: str) -> Document:
    return {
        'timestamp': stamps.to_iso(time.time_ns()),
        'num_bytes': stored.size,
        'sha256': stored.sha256,
        'object_access': {'filename': filename, 'uri': stored.uri},
    }
