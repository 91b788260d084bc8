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

"""Sets: their documents and locks, and who belongs to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
import json
import time
from typing import Any

from scenebox_ros import stamps
from scenebox_ros.errors import SetsError
from scenebox_ros.ids import std
from scenebox_ros.server.search import query as q
from scenebox_ros.server.search.engine import Search
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.store.database import Connection, Database
from scenebox_ros.server.store.documents import Documents, Owner, Reach, Writing
from scenebox_ros.server.store.merge import Document, listed, Mode, objects_of

SET_TYPES = (
    'images', 'objects', 'videos', 'rosbags', 'sessions', 'lidars', 'annotations', 'ziparrays',
)  # fmt: skip
READY, DELETING, MOVING, ZIPPING, POPULATING = (
    'ready', 'being deleted', 'moving assets', 'being zipped', 'being populated',
)  # fmt: skip
REPLACING = Writing(Mode.UPDATE, replace_lists=True)
CHUNK = 500


class LockedSetError(SetsError):
    """The set is locked; unlock it first."""


class SetExistsError(SetsError):
    """Another set has this id."""


class Sets:
    """All sets of a server."""

    def __init__(self, database: Database, documents: Documents, search: Search) -> None:
        self.database = database
        self.documents = documents
        self.search = search

    def add(self, reach: Reach, wish: Mapping[str, Any]) -> str:
        """
        Make a set.

        A set that has this id, name and type already is returned as it is: making it twice makes
        one. The id is the standardized name where none is given.

        Raises
        ------
        SetExistsError
            If the id belongs to a set of another name or type.

        """
        document = _new_document(wish)
        set_id = std(str(wish.get('id') or document['name']))
        origin = document.get('origin_set_id')
        if origin and not self.documents.exists(reach, 'sets', str(origin)):
            raise SetsError(f'origin_set_id {origin!r} does not exist; list sets to see the ids')
        owner = reach.organization_id

        def work(connection: Connection) -> None:
            known = find(connection, owner, 'sets', [set_id])
            if not known:
                self.documents.apply(connection, owner, 'sets', [(set_id, document)])
            elif any(known[set_id].get(k) != document[k] for k in ('name', 'assets_type')):
                raise SetExistsError(
                    f'id {set_id!r} belongs to another set ({known[set_id].get("name")!r} of '
                    f'{known[set_id].get("assets_type")}); choose another id or name'
                )

        self.database.write(work)
        return set_id

    def get(self, reach: Reach, set_id: str) -> Document:
        """Fetch a set's document."""
        return self.documents.get(reach, 'sets', set_id)

    def status(self, reach: Reach, set_id: str) -> Document:
        """Say what is being done to a set, whether it is locked, and how many belong to it."""
        document = self.get(reach, set_id)
        return {
            'id': document['id'],
            'status': document.get('status', READY),
            'locked': document.get('locked') is True,
            'count': self.search.count(reach, type_of(document), members(document['id'])),
            'expected_count': document.get('expected_count'),
        }

    def lock(self, reach: Reach, set_id: str, locked: bool) -> None:
        """Lock a set, so that nothing is added, removed or deleted; or unlock it."""
        document = self.get(reach, set_id)
        self.documents.update(Owner(str(document['owner'])), 'sets', set_id, {'locked': locked})

    def check_unlocked(self, reach: Reach, set_id: str) -> Document:
        """Fetch a set's document, or raise :class:`LockedSetError`."""
        document = self.get(reach, set_id)
        if document.get('locked') is True:
            raise LockedSetError(
                f'set {document["id"]!r} is locked; unlock it, or wait until it is'
            )
        return document

    def say(self, reach: Reach, set_id: str, status: str) -> None:
        """Note what is being done to a set; says nothing if it is gone."""
        document = self.documents.find(reach, 'sets', set_id)
        if document is not None:
            home = Owner(str(document['owner']))
            self.documents.update(home, 'sets', set_id, {'status': status})

    # -- members --------------------------------------------------------------------------------
    def list_ids(self, reach: Reach, set_id: str, query: q.Query) -> list[str]:
        """List the ids of a set's members that a query matches, in order of id."""
        document = self.get(reach, set_id)
        return self.search.ids(reach, type_of(document), _within(query, document), EVERYTHING)

    def texts(self, reach: Reach, set_id: str, query: q.Query) -> Iterator[str]:
        """Yield the documents, as JSON, of a set's members that a query matches."""
        document = self.get(reach, set_id)
        return self.search.texts(reach, type_of(document), _within(query, document), EVERYTHING)

    def join(self, reach: Reach, set_id: str, ids: Sequence[str]) -> list[str]:
        """
        Let assets belong to a set, a chunk that is durable at a time.

        Returns
        -------
        list of str
            Those that do not exist.

        """
        return self._change(reach, set_id, ids, joins=True)

    def leave(self, reach: Reach, set_id: str, ids: Sequence[str]) -> list[str]:
        """Let assets no longer belong to a set; return those that do not exist."""
        return self._change(reach, set_id, ids, joins=False)

    def _change(self, reach: Reach, set_id: str, ids: Sequence[str], joins: bool) -> list[str]:
        document = self.get(reach, set_id)
        kind, name = type_of(document), str(document['id'])
        missing: list[str] = []
        for owner in reach.organizations if ids else ():
            wanted = missing if missing else [std(one) for one in ids]
            move = partial(self._move, owner, kind, name, wanted, joins)
            missing = self.database.write(move)
            if not missing:
                break
        self._out_of_sync(document)
        return missing

    def _move(self, owner: str, kind: str, set_id: str, ids: Sequence[str], joins: bool,
              connection: Connection) -> list[str]:
        known = find(connection, owner, kind, ids)
        changes = []
        for name, document in known.items():
            sets = [one for one in listed(document.get('sets')) if one]
            if (set_id in sets) != joins:
                after = [*sets, set_id] if joins else [one for one in sets if one != set_id]
                changes.append((name, {'sets': after}))
        self.documents.apply(connection, owner, kind, changes, REPLACING)
        return [name for name in ids if name not in known]

    def _out_of_sync(self, document: Document) -> None:
        """Note that a committed set is no longer what was committed."""
        if document.get('version_in_sync') is True:
            home = Owner(str(document['owner']))
            self.documents.update(home, 'sets', document['id'], {'version_in_sync': False})

    # -- deletion -------------------------------------------------------------------------------
    def delete(self, reach: Reach, set_id: str) -> None:
        """Delete a set's document and take it out of all projects; members stay."""
        document = self.get(reach, set_id)
        owner, name = str(document['owner']), str(document['id'])
        projects = self.search.ids(
            reach, 'projects', q.Query((q.Filter('set_stages.set_id', (name,)),)), EVERYTHING
        )

        def work(connection: Connection) -> None:
            self.documents.remove(connection, owner, 'sets', [name])
            for project, content in find(connection, owner, 'projects', projects).items():
                stages = [one for one in objects_of(content, 'set_stages')
                          if one.get('set_id') != name]
                change = [(project, {'set_stages': stages})]
                self.documents.apply(connection, owner, 'projects', change, REPLACING)

        self.database.write(work)


EVERYTHING = Page(scan=True, sort_field='id')


def members(set_id: str) -> q.Query:
    """Ask for what belongs to a set."""
    return q.Query((q.Filter('sets', (set_id,)),))


def _within(query: q.Query, document: Document) -> q.Query:
    return replace(query, clauses=(*query.clauses, *members(str(document['id'])).clauses))


def type_of(document: Document) -> str:
    """Say what a set holds; one that was put as a document may not say it."""
    return str(document.get('assets_type') or 'images')


def name_of(document: Document) -> str:
    """Say how a set is called, or else its id."""
    return str(document.get('name') or document['id'])


def find(
    connection: Connection, owner: str, asset_type: str, ids: Iterable[str]
) -> dict[str, Document]:
    """Read documents of one organization inside a transaction; those that are there, by id."""
    sql = (
        'SELECT d.id, d.body FROM scopes s CROSS JOIN json_each(?) j CROSS JOIN documents d'
        ' ON d.scope = s.scope AND d.id = j.value WHERE s.owner = ? AND s.asset_type = ?'
    )
    rows = connection.execute(sql, (json.dumps(list(ids)), owner, asset_type))
    return {name: json.loads(body) for name, body in rows}


def _new_document(wish: Mapping[str, Any]) -> Document:
    name, kind = wish.get('name'), wish.get('assets_type')
    if not isinstance(name, str) or not name:
        raise SetsError(f'name is {name!r}; give the set a name')
    if kind not in SET_TYPES:
        raise SetsError(f'assets_type is {kind!r}; sets hold {", ".join(SET_TYPES)}')
    tags = wish.get('tags') or []
    if not isinstance(tags, list):
        raise SetsError(f'tags are {str(tags)[:60]!r}; give a list of texts')
    return {
        'name': name,
        'assets_type': kind,
        'description': wish.get('description'),
        'origin': wish.get('origin'),
        'origin_set_id': wish.get('origin_set_id'),
        'expected_count': wish.get('expected_count'),
        'tags': tags,
        'aux': wish.get('auxiliary') or {},
        'status': READY,
        'locked': False,
        'timestamp': stamps.to_iso(time.time_ns()),
    }
