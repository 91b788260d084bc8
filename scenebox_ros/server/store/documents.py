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
Documents: the platform's metadata, one JSON object per asset.

A document belongs to an organization (``owner``), has an asset type and an id, and is found by
those three. Ids are standardized here, on every write and lookup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from scenebox_ros import ids
from scenebox_ros.errors import InvalidArgumentsError, MetadataNotFoundError
from scenebox_ros.server.store import merge, times
from scenebox_ros.server.store.database import Connection, Database, insert, Row
from scenebox_ros.server.store.declare import declare
from scenebox_ros.server.store.flatten import COUNTED, flatten, Leaves
from scenebox_ros.server.store.index import Index
from scenebox_ros.server.store.json_text import dumps, loads
from scenebox_ros.server.store.merge import Document, Mode

ASSET_TYPES = frozenset({
    'annotation_projects', 'annotations', 'annotations_comparisons', 'configs', 'embeddings',
    'image_sequences', 'images', 'jobs', 'lidar_sequences', 'lidars', 'objects', 'operations',
    'projects', 'rosbags', 'session_configurations', 'session_manager', 'sessions', 'sets',
    'sets_comparisons', 'udfs', 'videos', 'ziparrays', 'zipfiles',
})
MAX_ID = 512
AT_ONCE = 2000


class Reach(Protocol):
    """Whose documents somebody sees: an identity, or :class:`Owner` for the server's own work."""

    @property
    def organization_id(self) -> str:
        """Give the organization that new documents belong to."""

    @property
    def organizations(self) -> Sequence[str]:
        """Every organization whose documents are visible, the own one first."""


@dataclass(frozen=True)
class Owner:
    """The reach of one organization alone."""

    organization_id: str

    @property
    def organizations(self) -> Sequence[str]:
        """Itself."""
        return (self.organization_id,)


@dataclass(frozen=True)
class Writing:
    """
    How documents are written.

    Attributes
    ----------
    mode, replace_lists
        See :func:`scenebox_ros.server.store.merge.written`.
    declared
        What fields are said to be: path to a bit of ``flatten``.

    """

    mode: Mode = Mode.PUT
    replace_lists: bool = False
    declared: Mapping[str, int] = field(default_factory=dict)


PUT = Writing(Mode.PUT)
UPDATE = Writing(Mode.UPDATE)
UPSERT = Writing(Mode.UPSERT)
REPLACE = Writing(Mode.PUT, replace_lists=True)


def valid_type(asset_type: str) -> str:
    """Pass an asset type through, if it is one of the platform's 23."""
    if asset_type not in ASSET_TYPES:
        known = ', '.join(sorted(ASSET_TYPES))
        raise InvalidArgumentsError(f'asset type {asset_type!r} is not one of: {known}')
    return asset_type


def valid_id(name: Any) -> str:
    """Standardize an id, refusing what cannot be one."""
    if not isinstance(name, str) or not name or len(name) > MAX_ID or not name.isprintable():
        shown = repr(name)[:80]
        raise InvalidArgumentsError(f'id {shown} is not 1 to {MAX_ID} printable characters')
    return ids.std(name)


class Documents:
    """All documents of a server; :meth:`apply` is the one place that changes them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._index = Index()
        database.on_undo.append(self._index.forget)
        while database.write(self._index_more):
            pass

    def apply(
        self,
        connection: Connection,
        owner: str,
        asset_type: str,
        items: Iterable[tuple[str, Mapping[str, Any]]],
        writing: Writing = PUT,
    ) -> list[Document]:
        """
        Write documents inside a transaction of :meth:`Database.write`.

        Parameters
        ----------
        connection
            The writer's.
        owner, asset_type
            Whose they are and what.
        items
            Ids and contents; the same id may come twice.
        writing
            How.

        Returns
        -------
        list of dict
            The documents as they are now.

        Raises
        ------
        MetadataNotFoundError
            If an update's document does not exist; nothing is written then.

        """
        scope = self._index.scope(connection, owner, asset_type)
        declare(self._index, connection, scope, writing.declared)
        kinds = self._index.declared(connection, scope)
        wanted = [(valid_id(name), content) for name, content in items]
        found = _found(connection, scope, [name for name, _ in wanted])
        if writing.mode is Mode.UPDATE:
            _require(asset_type, wanted, found)
        before = {name: document for name, (_, document) in found.items()}
        now = dict(before)
        for name, content in wanted:
            document = merge.written(now.get(name), content, writing.mode, writing.replace_lists)
            now[name] = {**document, 'id': name, 'owner': owner}
        rows = _store(connection, scope, now, found)
        # One at a time: what a document has is many small objects, and Python counts those alive.
        changes = ((rows[name], _leaves(before.get(name), kinds), flatten(document, kinds))
                   for name, document in now.items())
        self._index.change(connection, scope, changes)
        return [now[name] for name, _ in wanted]

    def remove(self, connection: Connection, owner: str, asset_type: str,
               names: Iterable[str]) -> list[str]:
        """Delete documents inside a transaction; return the ids of those that were there."""
        scope = self._index.scope(connection, owner, asset_type)
        kinds = self._index.declared(connection, scope)
        found = _found(connection, scope, [valid_id(name) for name in names])
        changes = [(row, flatten(old, kinds), None) for row, old in found.values()]
        self._index.change(connection, scope, changes)
        gone = [(row,) for row, _ in found.values()]
        connection.executemany('DELETE FROM documents WHERE row = ?', gone)
        _count(connection, scope, -len(gone), 0)
        return list(found)

    def get(self, reach: Reach, asset_type: str, name: str) -> Document:
        """Fetch a document, or raise :class:`MetadataNotFoundError`."""
        document = self.find(reach, asset_type, name)
        if document is None:
            message = f'{asset_type} has no document {ids.std(name)!r}; search to see the ids'
            raise MetadataNotFoundError(message, status=404)
        return document

    def find(self, reach: Reach, asset_type: str, name: str) -> Document | None:
        """Fetch a document, or nothing."""
        text = self.find_text(reach, asset_type, name)
        return None if text is None else loads(text)

    def find_text(self, reach: Reach, asset_type: str, name: str) -> str | None:
        """Fetch a document's JSON text, or nothing; the own organization's first."""
        sql = (
            'SELECT d.body FROM scopes s JOIN documents d ON d.scope = s.scope'
            ' WHERE s.owner = ? AND s.asset_type = ? AND d.id = ?'
        )
        key = valid_id(name)
        with self.database.reading() as connection:
            for owner in reach.organizations:
                if row := connection.execute(sql, (owner, asset_type, key)).fetchone():
                    return str(row[0])
        return None

    def exists(self, reach: Reach, asset_type: str, name: str) -> bool:
        """Tell whether there is such a document."""
        return self.find_text(reach, asset_type, name) is not None

    def missing(self, reach: Reach, asset_type: str, names: Sequence[str]) -> list[str]:
        """Give those ids, standardized, of which there is no such document, in their order."""
        sql = (
            'SELECT j.value FROM json_each(?) j WHERE NOT EXISTS (SELECT 1 FROM scopes s'
            ' JOIN documents d ON d.scope = s.scope AND d.id = j.value'
            ' WHERE s.asset_type = ? AND s.owner IN (SELECT value FROM json_each(?)))'
        )
        keys, owners = dumps([*map(valid_id, names)]), dumps([*reach.organizations])
        return [name for (name,) in self.database.query(sql, (keys, asset_type, owners))]

    def write(self, reach: Reach, asset_type: str,
              items: Sequence[tuple[str, Mapping[str, Any]]],
              writing: Writing = PUT) -> list[Document]:
        """
        Write documents and wait until they are on disk; all of them or none.

        New ones belong to the caller's organization. An update finds documents of the
        organizations that granted access, too, and leaves them theirs.
        """
        return self.database.write(
            lambda connection: self._write(connection, reach, asset_type, items, writing)
        )

    def put(self, reach: Reach, asset_type: str, name: str, document: Document) -> Document:
        """Create a document or overwrite it."""
        return self.write(reach, asset_type, [(name, document)], PUT)[0]

    def update(self, reach: Reach, asset_type: str, name: str, change: Document,
               replace_lists: bool = False) -> Document:
        """Merge a change into a document that must exist."""
        writing = Writing(Mode.UPDATE, replace_lists)
        return self.write(reach, asset_type, [(name, change)], writing)[0]

    def upsert(self, reach: Reach, asset_type: str, name: str, change: Document,
               replace_lists: bool = False) -> Document:
        """Merge a change into a document, or create it."""
        writing = Writing(Mode.UPSERT, replace_lists)
        return self.write(reach, asset_type, [(name, change)], writing)[0]

    def rewrite(self, reach: Reach, asset_type: str, names: Sequence[str],
                change: Callable[[Document], Document]) -> int:
        """Apply a function to the own documents with these ids; return how many it changed."""

        def work(connection: Connection) -> int:
            owner = reach.organization_id
            scope = self._index.scope(connection, owner, asset_type)
            found = _found(connection, scope, [valid_id(name) for name in names])
            changed = [(name, change(document)) for name, (_, document) in found.items()]
            changed = [(name, new) for name, new in changed if new != found[name][1]]
            self.apply(connection, owner, asset_type, changed, REPLACE)
            return len(changed)

        return self.database.write(work)

    def register(self, reach: Reach, asset_type: str, path: str, settings: Document) -> None:
        """Remember what is said about a field."""

        def work(connection: Connection) -> None:
            scope = self._index.scope(connection, reach.organization_id, asset_type)
            self._index.register(connection, scope, path, dumps(settings))

        self.database.write(work)

    def forget_field(self, reach: Reach, asset_type: str, path: str) -> None:
        """Take a field, and what is in it, out of the list of fields."""

        def work(connection: Connection) -> None:
            scope = self._index.scope(connection, reach.organization_id, asset_type)
            self._index.forget_field(connection, scope, path)

        self.database.write(work)

    def delete(self, reach: Reach, asset_type: str, names: Sequence[str]) -> list[str]:
        """Delete documents of the caller's own organization; return the ids that were there."""
        return self.database.write(
            lambda connection: self.remove(connection, reach.organization_id, asset_type, names)
        )

    def _index_more(self, connection: Connection) -> bool:
        """Index some documents of a folder that an older version indexed; say if more remain."""
        waiting = self._index.waiting(connection, AT_ONCE)
        for scope, rows in waiting.items():
            kinds = self._index.declared(connection, scope)
            changes = [(row, None, flatten(loads(body), kinds)) for row, body in rows]
            self._index.change(connection, scope, changes)
        return bool(waiting)

    def _write(self, connection: Connection, reach: Reach, asset_type: str,
               items: Sequence[tuple[str, Mapping[str, Any]]], writing: Writing) -> list[Document]:
        own = reach.organization_id
        if writing.mode is not Mode.UPDATE or len(reach.organizations) == 1:
            return self.apply(connection, own, asset_type, items, writing)
        homes = self._homes(connection, reach, asset_type, [name for name, _ in items])
        result: list[Document] = []
        for name, content in items:
            home = homes.get(valid_id(name), own)
            result += self.apply(connection, home, asset_type, [(name, content)], writing)
        return result

    def _homes(self, connection: Connection, reach: Reach, asset_type: str,
               names: Sequence[str]) -> dict[str, str]:
        """Say which of the visible organizations each document belongs to."""
        homes: dict[str, str] = {}
        keys = [valid_id(name) for name in names]
        for owner in reversed(reach.organizations):
            scope = self._index.scope(connection, owner, asset_type)
            homes.update(dict.fromkeys(_found(connection, scope, keys), owner))
        return homes


def _found(
    connection: Connection, scope: int, names: Sequence[str]
) -> dict[str, tuple[int, Document]]:
    sql = (
        'SELECT d.id, d.row, d.body FROM json_each(?) j CROSS JOIN documents d'
        ' ON d.scope = ? AND d.id = j.value'
    )
    rows = connection.execute(sql, (dumps(names), scope))
    return {name: (row, loads(body)) for name, row, body in rows}


def _require(asset_type: str, wanted: Sequence[tuple[str, Any]], found: Mapping[str, Any]) -> None:
    missing = [name for name, _ in wanted if name not in found]
    if missing:
        shown = ', '.join(map(repr, missing[:5])) + (', ...' if len(missing) > 5 else '')
        raise MetadataNotFoundError(
            f'{asset_type} has no document {shown}; nothing was updated, put it first', status=404
        )


def _leaves(document: Document | None, kinds: Mapping[str, int]) -> Leaves | None:
    return None if document is None else flatten(document, kinds)


def _store(
    connection: Connection,
    scope: int,
    documents: Mapping[str, Document],
    found: Mapping[str, tuple[int, Document]],
) -> dict[str, int]:
    """Insert or replace the rows; say which row each document has."""
    (last,) = connection.execute('SELECT coalesce(max(row), 0) FROM documents').fetchone()
    rows: dict[str, int] = {}
    new: list[Row] = []
    old: list[Row] = []
    longest = created = 0
    for name, document in documents.items():
        values = new
        if name in found:
            rows[name] = found[name][0]
            values = old
        else:
            created += 1
            rows[name] = last + created
        start_ns, end_ns, *_ = columns = columns_of(document)
        if start_ns is not None and end_ns is not None:
            longest = max(longest, end_ns - start_ns)
        values.append((rows[name], scope, name, *columns, dumps(document)))
    connection.executemany('REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)', old)
    insert(connection, 'INSERT INTO documents VALUES', 8, new)
    _count(connection, scope, created, longest)
    return rows


def _count(connection: Connection, scope: int, more: int, longest_ns: int) -> None:
    sql = (
        'UPDATE scopes SET documents = documents + ?, longest_ns = max(longest_ns, ?),'
        ' changes = changes + 1 WHERE scope = ?'
    )
    connection.execute(sql, (more, longest_ns, scope))


def columns_of(document: Document) -> list[Any]:
    """Give what has a column: when the content begins and, if it lasts, ends; session; sensor."""
    start_ns = times.parse_ns(document.get('start_time'))
    end_ns = None if start_ns is None else times.parse_ns(document.get('end_time'))
    if start_ns is None:
        start_ns = times.parse_ns(document.get('timestamp'))
    elif end_ns is not None and end_ns < start_ns:
        end_ns = None
    texts = (document.get(name) for name in COUNTED)
    return [start_ns, end_ns, *(text if isinstance(text, str) else None for text in texts)]
