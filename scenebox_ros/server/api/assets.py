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

"""Documents over HTTP: the asset manager's metadata routes."""

from __future__ import annotations

from typing import Any

from scenebox_ros.errors import InvalidArgumentsError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.streams import stream_documents
from scenebox_ros.server.api.table import DELETE, Endpoint, WRITE
from scenebox_ros.server.search.query import check_path
from scenebox_ros.server.store.documents import valid_id, Writing
from scenebox_ros.server.store.flatten import GEO, NESTED, SHAPE
from scenebox_ros.server.store.merge import Mode
from scenebox_ros.wire import asset_routes as routes

MAX_BATCH = 10_000


def get_meta(call: Call) -> Any:
    """Fetch one document."""
    return call.documents.get(call.identity, call.asset_type, call.path['id'])


def exists(call: Call) -> bool:
    """Tell whether there is such a document."""
    return call.documents.exists(call.identity, call.asset_type, call.path['id'])


def put_meta(call: Call) -> Any:
    """Create, overwrite or update one document."""
    name = call.path['id']
    items = [(name, call.object)]
    document = call.documents.write(call.identity, call.asset_type, items, writing(call))[0]
    return {'acknowledged': True, 'id': document['id']}


def put_meta_batch(call: Call) -> Any:
    """Create, overwrite or update many documents: all or none."""
    names, documents = call.strings('ids'), call.field('metadata', list)
    if len(names) != len(documents) or len(names) > MAX_BATCH:
        raise InvalidArgumentsError(
            f'{len(names)} ids and {len(documents)} metadata; send as many of each, '
            f'at most {MAX_BATCH}'
        )
    if not all(isinstance(document, dict) for document in documents):
        raise InvalidArgumentsError('each of metadata must be an object')
    items = list(zip(names, documents, strict=True))
    written = call.documents.write(call.identity, call.asset_type, items, writing(call))
    return {'acknowledged': True, 'ids': [document['id'] for document in written]}


def delete_asset(call: Call) -> Any:
    """Delete one document; its bytes go when nothing names them any more."""
    gone = call.documents.delete(call.identity, call.asset_type, [call.path['id']])
    return {'acknowledged': True, 'deleted': gone}


def copy(call: Call) -> Any:
    """Copy a document under a new id; both name the same bytes."""
    new_id = call.query('new_id')
    if new_id is None:
        raise InvalidArgumentsError('new_id is missing; add ?new_id=...')
    document = call.documents.get(call.identity, call.asset_type, call.path['id'])
    call.documents.put(call.identity, call.asset_type, valid_id(new_id), document)
    return {'acknowledged': True, 'id': valid_id(new_id)}


def search(call: Call) -> Any:
    """List ids, as the asset manager does."""
    query = call.search()
    found = call.core.search.ids(call.identity, call.asset_type, query, call.page())
    return {'results': found}


def search_meta(call: Call) -> Any:
    """List documents."""
    return stream_documents(call)


def writing(call: Call) -> Writing:
    """Read the write flags from the query."""
    mode = Mode.PUT if call.flag('replace') else Mode.UPDATE
    declared: dict[str, int] = {}
    for name, bit in (('geo_field', GEO), ('shape_group_field', SHAPE), ('nested_fields', NESTED)):
        for path in (call.query(name) or '').split(','):
            if path:
                declared[check_path(path)] = declared.get(path, 0) | bit
    return Writing(mode, call.flag('replace_sets'), declared)


ENDPOINTS = [
    Endpoint(routes.DOCUMENT_GET, get_meta),
    Endpoint(routes.DOCUMENT_PUT, put_meta, WRITE),
    # Also its form with a slash at the end, DOCUMENTS_PUT: the flags say what is meant.
    Endpoint(routes.DOCUMENTS_UPDATE, put_meta_batch, WRITE),
    Endpoint(routes.ASSET_EXISTS, exists),
    Endpoint(routes.ASSET_COPY, copy, WRITE),
    Endpoint(routes.ASSET_DELETE, delete_asset, DELETE),
    Endpoint(routes.SEARCH_IDS, search),
    Endpoint(routes.SEARCH_DOCUMENTS, search_meta),
]
