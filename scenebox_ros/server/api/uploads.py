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

"""Where to send bytes, and where bytes are: signed links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenebox_ros.errors import AccessError, InvalidArgumentsError, ObjectAccessError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.failures import RefusedError
from scenebox_ros.server.api.table import DELETE, Endpoint, WRITE
from scenebox_ros.server.store.multipart import Multipart
from scenebox_ros.server.store.naming import Name, new_key, parse_uri
from scenebox_ros.wire import asset_routes as routes
from scenebox_ros.wire.route import Route

UPLOAD, PUT, PART, GET = 'upload', 'put', 'part', 'object'
BUCKET = 'scenebox'
MAX_IDS = 10_000
MAX_LISTED = 100_000
# Beyond the original protocol: what of an interrupted upload arrived already.
MULTIPART_PARTS = Route('POST', 'v1', 'assets/multipart_parts/')


def storage_base(call: Call) -> str:
    """Where signed links begin."""
    return f'{call.base_url}/v1/storage'


def upload_url(call: Call) -> Any:
    """Make a place for each id: a form's target, and a link for a raw PUT."""
    owner = _target_owner(call)
    types, encodings = call.object.get('content_type'), call.object.get('content_encoding')
    names = call.strings('ids')
    if len(names) > MAX_IDS:
        raise InvalidArgumentsError(f'{len(names)} ids of at most {MAX_IDS}; ask for fewer')
    result = {}
    for n, name in enumerate(names):
        key = f'{owner}/{new_key(name)}'
        fields = {'key': key}
        if content_type := _nth(types, n):
            fields['Content-Type'] = content_type
        if encoding := _nth(encodings, n):
            fields['Content-Encoding'] = encoding
        result[name] = {
            'url': _signed(call, UPLOAD, key, fields),
            'fields': fields,
            'uri': f's3://{BUCKET}/{key}',
            'put_url': _signed(call, PUT, key, fields),
        }
    return result


def multipart_start(call: Call) -> Any:
    """Begin an upload in parts."""
    upload = multipart(call).begin(
        _target_owner(call), call.field('id'),
        _nth(call.object.get('content_type'), 0), _nth(call.object.get('content_encoding'), 0),
    )
    return {'upload_id': upload}


def multipart_url(call: Call) -> Any:
    """Make the link that one part is sent to."""
    upload, number = call.field('upload_id'), call.field('part_no', int)
    _same_object(call, multipart(call).name(_target_owner(call), upload))
    return {'url': _signed(call, PART, f'{upload}/{number}', {})}


def multipart_parts(call: Call) -> Any:
    """List the parts that arrived."""
    upload = call.field('upload_id')
    multipart(call).name(_target_owner(call), upload)
    return {
        'parts': [
            {'PartNumber': part.number, 'ETag': part.etag, 'Size': part.size}
            for part in multipart(call).parts(upload)
        ]
    }


def multipart_complete(call: Call) -> Any:
    """Join the parts."""
    claimed = []
    for part in call.field('parts', list):
        number = part.get('PartNumber') if isinstance(part, Mapping) else None
        if not isinstance(number, int) or not isinstance(part.get('ETag'), str):
            raise InvalidArgumentsError('each part is {"PartNumber": n, "ETag": "..."}')
        claimed.append((number, part['ETag']))
    owner, upload = _target_owner(call), call.field('upload_id')
    _same_object(call, multipart(call).name(owner, upload))
    stored = multipart(call).complete(owner, upload, claimed)
    return {'uri': stored.uri, 'sha256': stored.sha256, 'size': stored.size}


def asset_url(call: Call) -> Any:
    """Make the link to an asset's bytes."""
    document = call.documents.get(call.identity, call.asset_type, call.path['id'])
    access = document.get('object_access')
    if not isinstance(access, Mapping):
        raise RefusedError(404, 'no_bytes', f'{document["id"]} has no object_access: no bytes')
    if not call.flag('return_url', True):
        raise InvalidArgumentsError('return_url=False: bytes are at the url; ask for it')
    lifetime_s = call.number('expiration', call.core.settings.url_lifetime_s)
    return {'url': access_url(call, access, lifetime_s)}


def url_from_access(call: Call) -> Any:
    """Make the link to the bytes of an object access."""
    return {'url': access_url(call, call.object, call.core.settings.url_lifetime_s)}


def urls_from_accesses(call: Call) -> Any:
    """Make links for many object accesses; keys are the ids that came with them."""
    accesses, names = call.field('object_accesses', list), call.strings('ids')
    if len(accesses) != len(names) or len(names) > MAX_IDS:
        raise InvalidArgumentsError(f'{len(names)} ids and {len(accesses)} object_accesses')
    lifetime_s = call.core.settings.url_lifetime_s
    return {
        name: access_url(call, access, lifetime_s)
        for name, access in zip(names, accesses, strict=True)
    }


def access_url(call: Call, access: Any, lifetime_s: float) -> str:
    """
    Turn an object access into a link that needs no token.

    Raises
    ------
    ObjectAccessError
        If it names no bytes of this server, nor a public URL.
    AccessError
        If the bytes belong to an organization that the caller may not see.

    """
    if not isinstance(access, Mapping):
        raise ObjectAccessError(f'object access {str(access)[:60]!r} is not an object')
    if access.get('url'):
        return str(access['url'])
    owner, key = parse_uri(access.get('uri', ''))
    if owner not in call.identity.organizations:
        raise AccessError(f'the bytes belong to another organization than {call.organization!r}')
    return call.objects.signer.url(storage_base(call), GET, f'{owner}/{key}', lifetime_s)


def list_objects(call: Call) -> Any:
    """List the caller's objects below a folder of the server's bucket."""
    _check_bucket(call)
    folder = call.optional('folder', str, '').strip('/')
    owner, _, prefix = folder.partition('/')
    if not owner or owner in call.identity.organizations:
        found = call.objects.listing(owner or call.organization, prefix, MAX_LISTED + 1)
    elif not (found := call.objects.in_folder(call.organization, folder, MAX_LISTED + 1)):
        raise AccessError(f'folder {folder!r} is neither yours, nor one of your organizations')
    if len(found) > MAX_LISTED:
        raise InvalidArgumentsError(f'there are more than {MAX_LISTED} objects; name a folder')
    return [
        {'key': f'{stored.owner}/{stored.key}', 'uri': stored.uri, 'size': stored.size,
         'etag': stored.sha256, 'content_type': stored.content_type}
        for stored in found
    ]


def sign(call: Call) -> Any:
    """Make the link to an object of the server's bucket."""
    _check_bucket(call)
    uri = f's3://{BUCKET}/{call.field("key")}'
    return {'url': access_url(call, {'uri': uri}, call.core.settings.url_lifetime_s)}


def clear_bytes(call: Call) -> Any:
    """Acknowledge: whoever holds bytes asks again by ETag, so no cache gives out old ones."""
    return {'acknowledged': True}


def delete_if_stored(call: Call) -> Any:
    """Delete an object of the caller's organization by its uri or key, if it is there."""
    given = call.path.get('id') or call.query('id') or ''
    uri = given if given.startswith('s3://') else f's3://{BUCKET}/{given}'
    owner, key = parse_uri(uri)
    # A storage id alone names nothing here: every upload gets a key of its own.
    deleted = owner == call.organization and call.objects.delete(owner, key)
    return {'acknowledged': True, 'deleted': bool(deleted)}


def multipart(call: Call) -> Multipart:
    """Give the uploads in parts."""
    return Multipart(call.core.database, call.objects)


def _signed(call: Call, action: str, key: str, fields: Mapping[str, str]) -> str:
    more = {
        'type': fields.get('Content-Type', ''), 'encoding': fields.get('Content-Encoding', '')
    }
    more = {name: value for name, value in more.items() if value}
    lifetime_s = call.core.settings.url_lifetime_s
    return call.objects.signer.url(storage_base(call), action, key, lifetime_s, more)


def _target_owner(call: Call) -> str:
    """Say whose the bytes will be: the caller's organization, or one that granted access."""
    owner = call.optional('owner_organization_id', str) or call.organization
    if owner not in call.identity.organizations:
        raise AccessError(f'organization {owner!r} has not granted you access')
    return str(owner)


def _same_object(call: Call, name: Name) -> None:
    """Refuse to go on with the upload of one object as if it were another's."""
    given = call.optional('id')
    if given is not None and new_key(given).partition('/')[2] != name.key.partition('/')[2]:
        raise InvalidArgumentsError(f'the upload is not of {given[:80]!r}; send its upload_id')


def _nth(values: Any, n: int) -> str:
    """Read a text, or the nth of a list: the original's bulk upload sends lists."""
    return header_text(values[n] if isinstance(values, list) and n < len(values) else values)


def header_text(value: Any) -> str:
    """Pass through what can stand in an answer's header; anything else counts as nothing."""
    ok = isinstance(value, str) and len(value) <= 200 and value.isprintable() and value.isascii()
    return value if ok else ''


def _check_bucket(call: Call) -> None:
    bucket, cloud = call.field('bucket'), call.optional('cloud_storage', str, 's3')
    if bucket != BUCKET or cloud != 's3':
        raise ObjectAccessError(
            f'bucket {cloud}://{bucket} is not served here; this server has s3://{BUCKET}'
        )


ENDPOINTS = [
    Endpoint(routes.UPLOAD_URL, upload_url, WRITE),
    Endpoint(routes.MULTIPART_START, multipart_start, WRITE),
    Endpoint(routes.MULTIPART_URL, multipart_url, WRITE),
    Endpoint(MULTIPART_PARTS, multipart_parts, WRITE),
    Endpoint(routes.MULTIPART_COMPLETE, multipart_complete, WRITE),
    Endpoint(routes.ASSET_URL, asset_url),
    Endpoint(routes.ACCESS_URL, url_from_access),
    Endpoint(routes.ACCESS_URL_OF_ASSET, url_from_access),
    Endpoint(routes.ACCESS_URLS, urls_from_accesses),
    Endpoint(routes.ACCESS_URLS_OF_ASSETS, urls_from_accesses),
    Endpoint(routes.STORAGE_LIST, list_objects),
    Endpoint(routes.STORAGE_SIGN, sign),
    Endpoint(routes.CLEAR_BYTES, clear_bytes),
    Endpoint(routes.DELETE_IF_STORED, delete_if_stored, DELETE),
    Endpoint(routes.DELETE_IF_STORED_BY_ID, delete_if_stored, DELETE),
]
