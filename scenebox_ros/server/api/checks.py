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

"""What is really here: bytes hashed where they lie, and the entities of a session."""

from __future__ import annotations

from collections.abc import Mapping
import hashlib
import json
from typing import Any

from scenebox_ros import stamps
from scenebox_ros.errors import InvalidArgumentsError, StorageError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.table import Endpoint
from scenebox_ros.server.sessions.jobs import sessions_of
from scenebox_ros.server.store.documents import valid_id
from scenebox_ros.wire import extension_routes as routes

PIECE = 1 << 20
MAX_HASHES = 1000
MAX_ENTITIES = 10_000

# A media entity is kept under its id, a slash and the asset; '0' follows the slash.
_MISSING = (
    'SELECT j.value FROM json_each(:ids) j WHERE NOT EXISTS'
    ' (SELECT 1 FROM entities e WHERE e.session = :session AND e.key = j.value) AND NOT EXISTS'
    ' (SELECT 1 FROM entities e WHERE e.session = :session'
    "  AND e.key > j.value || '/' AND e.key < j.value || '0')"
)
_LIST = (
    'SELECT e.key, g.name, g.type, e.at_ns, e.number, e.lat, e.lon, e.altitude_m, e.text'
    ' FROM entities e JOIN groups g ON g.grp = e.grp'
    ' WHERE e.session = ? AND e.key > ? AND (? IS NULL OR g.name IN (SELECT value FROM'
    ' json_each(?))) ORDER BY e.key LIMIT ?'
)


def hashes(call: Call) -> Any:
    """Hash assets' bytes anew; null where there are none, or where they cannot be read."""
    wanted = call.strings('ids')
    if len(wanted) > MAX_HASHES:
        raise InvalidArgumentsError(f'{len(wanted)} ids; ask for at most {MAX_HASHES} at once')
    return {name: _hash(call, valid_id(name)) for name in wanted}


def _hash(call: Call, name: str) -> str | None:
    document = call.documents.find(call.identity, call.asset_type, name) or {}
    access = document.get('object_access')
    uri = access.get('uri') if isinstance(access, Mapping) else None
    try:
        stored = call.objects.find_uri(uri) if uri else None
        if stored is None or stored.owner not in call.identity.organizations:
            return None
        digest = hashlib.sha256()
        with call.objects.open(stored) as reader:
            for start in range(0, stored.size, PIECE):
                digest.update(reader.read(start, PIECE))
    except (StorageError, InvalidArgumentsError):
        return None
    return digest.hexdigest()


def missing_entities(call: Call) -> Any:
    """Give those ids that the session has no entity of."""
    session = sessions_of(call.core).get(call.identity, call.path['session_uid'])
    wanted = call.strings('entity_ids')
    if len(wanted) > MAX_ENTITIES:
        raise InvalidArgumentsError(f'{len(wanted)} ids; ask for at most {MAX_ENTITIES} at once')
    given = {'ids': json.dumps(wanted), 'session': session.number}
    rows = call.core.database.query(_MISSING, given)
    return {'missing': [name for (name,) in rows]}


def list_entities(call: Call) -> Any:
    """List a page of a session's entities, by id."""
    session = sessions_of(call.core).get(call.identity, call.path['session_uid'])
    names = call.optional('entity_names', list)
    after = call.optional('after', str, '')
    chosen = None if names is None else json.dumps(names)
    rows = call.core.database.query(
        _LIST, (session.number, after, chosen, chosen, MAX_ENTITIES)
    )
    entities = [_entity(*row) for row in rows]
    is_last = len(rows) < MAX_ENTITIES
    return {'entities': entities, 'after': None if is_last else rows[-1][0]}


def _entity(
    key: str, name: str, kind: str, at_ns: int, number: float | None, lat: float | None,
    lon: float | None, altitude_m: float | None, text: str | None,
) -> dict[str, Any]:
    if kind == 'media' and text is not None:
        key, text = key.removesuffix(f'/{text}'), json.dumps(text)
    entity: dict[str, Any] = {
        'entity_id': key, 'entity_name': name, 'entity_type': kind,
        'timestamp': stamps.to_iso(at_ns),
    }
    if lat is not None and lon is not None:
        entity['geolocation'] = {'lat': lat, 'lon': lon}
        entity['entity_value'] = [lat, lon]
        if altitude_m is not None:
            entity['geolocation']['altitude_m'] = altitude_m
    elif number is not None:
        entity['entity_value'] = number
    else:
        entity['entity_value'] = None if text is None else json.loads(text)
    return entity


ENDPOINTS = [
    Endpoint(routes.HASHES, hashes),
    Endpoint(routes.MISSING_ENTITIES, missing_entities),
    Endpoint(routes.LIST_ENTITIES, list_entities),
]
