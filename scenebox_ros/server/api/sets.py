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

"""Sets over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.responses import StreamingResponse

from scenebox_ros.errors import AccessError, InvalidArgumentsError, SetsError
from scenebox_ros.ids import std
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.submit import ids_of, submit
from scenebox_ros.server.api.table import DELETE, Endpoint, WRITE
from scenebox_ros.server.sets import jobs as _handlers  # noqa: F401
from scenebox_ros.server.sets.archive import zip_id
from scenebox_ros.server.sets.service import name_of, Sets
from scenebox_ros.server.sets.split import named_parts
from scenebox_ros.server.sets.versions import find_commit
from scenebox_ros.server.store.merge import Document
from scenebox_ros.wire import scene_routes as routes

MAX_SHARD = 1_000_000


def add(call: Call) -> Any:
    """Make a set."""
    return {'id': _sets(call).add(call.identity, call.object)}


def lock(call: Call) -> Any:
    """Lock a set."""
    _sets(call).lock(call.identity, _own(call)['id'], True)
    return {'locked': True}


def unlock(call: Call) -> Any:
    """Unlock a set."""
    _sets(call).lock(call.identity, _own(call)['id'], False)
    return {'locked': False}


def is_locked(call: Call) -> Any:
    """Say whether a set is locked."""
    document = _sets(call).get(call.identity, call.path['set_id'])
    return {'locked': document.get('locked') is True}


def status(call: Call) -> Any:
    """Say what is being done to a set."""
    return _sets(call).status(call.identity, call.path['set_id'])


def add_list(call: Call) -> Any:
    """Begin to add assets by id."""
    return _change(call, 'set_addition', {'asset_list': _listed(call)})


def remove_list(call: Call) -> Any:
    """Begin to remove assets by id."""
    return _change(call, 'set_removal', {'asset_list': _listed(call)})


def add_query(call: Call) -> Any:
    """Begin to add what a search finds."""
    call.search()
    limit = call.number('limit', 0)
    return _change(call, 'set_addition', {'search': call.object, 'limit': limit or None})


def remove_query(call: Call) -> Any:
    """Begin to remove those members that a search finds."""
    call.search()
    inside = {'field': 'sets', 'values': [_own(call)['id']]}
    search = {**call.object, 'filters': [*call.object.get('filters', []), inside]}
    return _change(call, 'set_removal', {'search': search})


def _listed(call: Call) -> list[str]:
    ids = ids_of(call, 'asset_list')
    if ids is None:
        raise InvalidArgumentsError('asset_list is missing; give a list of ids')
    return ids


def _change(call: Call, kind: str, payload: dict[str, Any]) -> Any:
    document = _own(call)
    _sets(call).check_unlocked(call.identity, document['id'])
    return submit(call, kind, {'set_id': document['id'], **payload}, asset_id=document['id'])


def list_assets(call: Call) -> Any:
    """List the ids of a set's members."""
    found = _sets(call).list_ids(call.identity, call.path['set_id'], call.search())
    return {'results': found}


def list_assets_meta(call: Call) -> Any:
    """List the documents of a set's members."""
    texts = _sets(call).texts(call.identity, call.path['set_id'], call.search())
    pieces = _results(texts)
    # The first piece is made here, so that a bad query is still answered with its status.
    first = next(pieces)
    return StreamingResponse(_chain(first, pieces), media_type='application/json')


def _results(texts: Iterator[str]) -> Iterator[bytes]:
    piece, separator = bytearray(b'{"results":['), b''
    for text in texts:
        piece += separator + text.encode()
        separator = b','
        if len(piece) > 256 * 1024:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece + b']}')


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def delete(call: Call) -> Any:
    """Begin to delete a set."""
    document = _own(call)
    _sets(call).check_unlocked(call.identity, document['id'])
    payload = {'set_id': document['id'], 'delete_content': call.flag('delete_content')}
    return submit(call, 'set_deletion', payload, asset_id=document['id'])


def split(call: Call) -> Any:
    """Begin to divide a set at random."""
    parent = _sets(call).get(call.identity, call.field('set_id'))
    wish = {
        'subset_names': call.optional('subset_names', list),
        **{name: call.object.get(name) for name in ('percentages', 'sections', 'random_seed')},
    }
    parts, names = named_parts(wish, name_of(parent))
    ids = [std(name) for name in names]
    if len(set(ids)) < len(ids):
        raise SetsError(f'two subsets would have the same id; names are {", ".join(names)}')
    if taken := [one for one in ids if call.documents.exists(call.identity, 'sets', one)]:
        raise SetsError(f'set {taken[0]!r} exists already; choose other subset_names')
    return {**submit(call, 'split_sets', {
        'set_id': parent['id'], 'parts': parts, 'subset_names': names, 'subset_ids': ids,
        'random_seed': wish['random_seed'],
    }, asset_id=parent['id']), 'subset_ids': ids}  # fmt: skip


def zip_assets(call: Call) -> Any:
    """Begin to archive a set; the answer names the archive to be."""
    document, version = _own(call), call.query('version')
    set_id = document['id']
    if version:
        version = find_commit(call.core, call.identity, set_id, version)['short_hash']
    name = zip_id(set_id, version)
    payload = {'set_id': set_id, 'zip_id': name, 'version': version,
               'force_recreate': call.flag('force_recreate')}  # fmt: skip
    return {**submit(call, 'zipping', payload, asset_id=set_id), 'zip_id': name}


def commit(call: Call) -> Any:
    """Begin to add what a set holds to its history; no job if nothing changed since."""
    document = _own(call)
    if document.get('version_in_sync') is True:
        return {'job_id': None, 'version': document.get('version')}
    payload = {'set_id': document['id'], 'message': call.field('message')}
    return submit(call, 'set_versioning_init_and_commit', payload, asset_id=document['id'])


def shards(call: Call) -> Any:
    """Begin to write a set as shards for training; no job if there are some already."""
    document, size = _own(call), call.number('shard_size', 50_000)
    if not 1 <= size <= MAX_SHARD:
        raise InvalidArgumentsError(f'shard_size is {size}; choose 1 to {MAX_SHARD}')
    if document.get('streamable_shards') and not call.flag('force_recreate'):
        return {'job_id': None, 'streamable_shards': document['streamable_shards']}
    payload = {'set_id': document['id'], 'shard_size': size}
    return submit(call, 'STREAMABLE_SET_SHARDING', payload, asset_id=document['id'])


def _own(call: Call) -> Document:
    """Fetch the set of the path, which must belong to the caller's organization."""
    document = _sets(call).get(call.identity, call.path['set_id'])
    if document['owner'] != call.organization:
        raise AccessError(f'set {document["id"]!r} belongs to another organization; copy it first')
    return document


def _sets(call: Call) -> Sets:
    return Sets(call.core.database, call.documents, call.core.search)


ENDPOINTS = [
    Endpoint(routes.SET_ADD, add, WRITE),
    Endpoint(routes.SET_LOCK, lock, WRITE),
    Endpoint(routes.SET_UNLOCK, unlock, WRITE),
    Endpoint(routes.SET_IS_LOCKED, is_locked),
    Endpoint(routes.SET_STATUS, status),
    Endpoint(routes.SET_ADD_LIST, add_list, WRITE),
    Endpoint(routes.SET_ADD_QUERY, add_query, WRITE),
    Endpoint(routes.SET_REMOVE_LIST, remove_list, WRITE),
    Endpoint(routes.SET_REMOVE_QUERY, remove_query, WRITE),
    Endpoint(routes.SET_LIST, list_assets),
    Endpoint(routes.SET_LIST_META, list_assets_meta),
    Endpoint(routes.SET_DELETE, delete, DELETE),
    Endpoint(routes.SET_DELETE_PLAIN, delete, DELETE),
    Endpoint(routes.SET_SPLIT, split, WRITE),
    Endpoint(routes.SET_ZIP, zip_assets),
    Endpoint(routes.SET_COMMIT, commit, WRITE),
    Endpoint(routes.SET_SHARDS, shards, WRITE),
]
