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

"""Checking a server's folder: every byte is hashed anew, every row must have its counterpart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
import hashlib
import json
from pathlib import Path
import sqlite3

from scenebox_ros.errors import StorageError
from scenebox_ros.server.index_check import IndexCheck
from scenebox_ros.server.lock import FolderLock
from scenebox_ros.server.store.appender import BLOCK as DISK_BLOCK
from scenebox_ros.server.store.documents import columns_of
from scenebox_ros.server.store.flatten import flatten
from scenebox_ros.server.store.segments import HEADER, NOTE, records

BLOCK = 1024 * 1024


@dataclass
class Report:
    """
    What was checked and what is wrong.

    Attributes
    ----------
    documents, objects, blobs, num_bytes
        How many there are.
    problems
        Damage: something that was acknowledged is missing or different. Empty if all is well.
    index
        Where the search tables differ from the documents; :func:`reindex` mends that.
    garbage
        Leftovers that no row names; harmless, the sweep takes them.
    dangling
        Documents that name bytes which are not there: deleted, or never sent.

    """

    documents: int = 0
    objects: int = 0
    blobs: int = 0
    num_bytes: int = 0
    problems: list[str] = field(default_factory=list)
    index: list[str] = field(default_factory=list)
    garbage: list[str] = field(default_factory=list)
    dangling: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is damaged."""
        return not self.problems and not self.index


def fsck(folder: Path, progress: Callable[[int, int], None] | None = None) -> Report:
    """
    Check a server's folder; reads only, and may run beside the server.

    Parameters
    ----------
    folder
        The server's.
    progress
        Told blobs done and blobs in all.

    Returns
    -------
    Report
        What is there and what is wrong with it.

    """
    report = Report()
    path = folder / 'scenebox.sqlite'
    if not path.is_file():
        report.problems.append(f'{path} is missing; this is not a server\'s folder')
        return report
    connection = sqlite3.connect(f'file:{path}?mode=ro', uri=True)
    try:
        connection.execute('BEGIN')
        for (line,) in connection.execute('PRAGMA integrity_check(20)'):
            if line != 'ok':
                report.problems.append(f'database: {line}')
        _check_blobs(connection, folder, report, progress)
        _check_objects(connection, report)
        _check_documents(connection, report)
        _find_garbage(connection, folder, report)
    except sqlite3.DatabaseError as error:
        report.problems.append(f'database: {error}')
    finally:
        connection.close()
    return report


def reindex(folder: Path) -> None:
    """
    Let the next start of the server index every document anew.

    Parameters
    ----------
    folder
        The server's; no server may have it.

    Raises
    ------
    StorageError
        If one has, or it is no server's.

    """
    path = folder / 'scenebox.sqlite'
    if not path.is_file():
        raise StorageError(f'{path} is missing; this is not a server\'s folder')
    with FolderLock(folder), closing(sqlite3.connect(path)) as connection:
        # No version of the rules: see Index.waiting().
        connection.execute('UPDATE indexed SET version = 0')
        connection.commit()


def _check_blobs(connection: sqlite3.Connection, folder: Path, report: Report,
                 progress: Callable[[int, int], None] | None) -> None:
    sql = 'SELECT sha256, size, segment, position FROM blobs ORDER BY segment, position'
    rows = connection.execute(sql).fetchall()
    for n, (sha256, size, segment, position) in enumerate(rows, 1):
        report.blobs += 1
        report.num_bytes += size
        if segment is None:
            path, start = folder / 'objects' / sha256[:2] / sha256[2:], 0
        else:
            path, start = folder / 'segments' / f'{segment:08d}.seg', position
        problem = _hash_problem(path, start, size, sha256, whole=segment is None)
        if problem:
            report.problems.append(f'blob {sha256}: {problem}')
        if progress:
            progress(n, len(rows))


def _hash_problem(path: Path, start: int, size: int, sha256: str, whole: bool) -> str | None:
    digest, left = hashlib.sha256(), size
    try:
        with path.open('rb') as file:
            file.seek(start)
            while left and (block := file.read(min(left, BLOCK))):
                digest.update(block)
                left -= len(block)
            extra = bool(whole and file.read(1))
    except OSError as error:
        return f'{path.name}: {error.strerror}'
    if left:
        return f'{path.name} ends {left} bytes early'
    if extra or digest.hexdigest() != sha256:
        return f'{path.name} holds other bytes'
    return None


def _check_objects(connection: sqlite3.Connection, report: Report) -> None:
    sql = 'SELECT count(*) FROM objects'
    report.objects = connection.execute(sql).fetchone()[0]
    sql = (
        'SELECT owner, key FROM objects o WHERE NOT EXISTS'
        ' (SELECT 1 FROM blobs b WHERE b.sha256 = o.sha256)'
    )
    for owner, key in connection.execute(sql):
        report.problems.append(f'object {owner}/{key} has no blob')


def _check_documents(connection: sqlite3.Connection, report: Report) -> None:
    """Every document must parse, be counted, be indexed, and name objects that exist."""
    declared: dict[int, dict[str, int]] = {}
    sql = 'SELECT scope, path, declared FROM fields WHERE declared'
    for scope, path, bits in connection.execute(sql):
        declared.setdefault(scope, {})[path] = bits
    found: Counter[int] = Counter()
    check = IndexCheck(connection)
    sql = 'SELECT row, scope, id, body, start_ns, end_ns, session, sensor FROM documents'
    for row, scope, name, body, *columns in connection.execute(sql):
        report.documents += 1
        found[scope] += 1
        document = json.loads(body)
        if columns != columns_of(document):
            report.problems.append(f'document {name} (row {row}): its columns are {columns}')
        leaves = flatten(document, declared.get(scope, {}))
        check.add(row, scope, leaves)
        for uri in leaves.uris:
            owner, _, key = uri.removeprefix('s3://scenebox/').partition('/')
            sql = 'SELECT 1 FROM objects WHERE owner = ? AND key = ?'
            if connection.execute(sql, (owner, key)).fetchone() is None:
                report.dangling.append(f'document {name} (row {row}) names {uri}')
    report.index += check.problems()
    for scope, n in connection.execute('SELECT scope, documents FROM scopes'):
        if n != found[scope]:
            report.problems.append(f'scope {scope} counts {n} documents and has {found[scope]}')


def _find_garbage(connection: sqlite3.Connection, folder: Path, report: Report) -> None:
    sql = 'SELECT sha256 FROM blobs WHERE segment IS NULL'
    known = {sha256 for (sha256,) in connection.execute(sql)}
    for path in (folder / 'objects').glob('??/*'):
        if path.parent.name + path.name not in known:
            report.garbage.append(str(path.relative_to(folder)))
    sql = 'SELECT segment, sum(size + ?) FROM blobs WHERE segment IS NOT NULL GROUP BY segment'
    alive = dict(connection.execute(sql, (HEADER.size,)).fetchall())
    for path in (folder / 'segments').glob('*.seg'):
        found = list(records(path))
        notes = sum(NOTE.size + len(one.note) for one in found if one.note)
        size, end = path.stat().st_size, found[-1].end if found else 0
        # Whole blocks are written, so less than one of zeros may follow; that is no garbage.
        size = end if 0 <= size - end < DISK_BLOCK else size
        dead = size - alive.get(int(path.stem), 0) - notes
        if dead > 0:
            report.garbage.append(f'{path.relative_to(folder)}: {dead} bytes')
