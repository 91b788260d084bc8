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
Bytes that come in behind signed links.

A raw PUT is the most frequent request of all, so it goes straight from the socket to the store:
for a body of 200 kB the web framework's objects took the event loop longer than all the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote_plus

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope

from scenebox_ros.server.api.endings import Ending
from scenebox_ros.server.api.failures import RefusedError
from scenebox_ros.server.api.limits import Held
from scenebox_ros.server.api.uploads import PUT
from scenebox_ros.server.store.naming import Name, Stored
from scenebox_ros.server.store.objects import Objects
from scenebox_ros.server.store.signing import Signer
from scenebox_ros.server.store.transfer import Incoming

BEGINS = f'/v1/storage/{PUT}/'


class PutResponse(Response):
    """Says what was stored."""

    def __init__(self, stored: Stored) -> None:
        # Neither JSON nor headers are made by the framework: they are always the same.
        self.status_code, self.background = 200, None
        self.body = f'{{"sha256":"{stored.sha256}","size":{stored.size}}}'.encode()
        self.raw_headers = [
            (b'etag', f'"{stored.sha256}"'.encode()),
            (b'content-length', str(len(self.body)).encode()),
            (b'content-type', b'application/json'),
        ]


def put_key(scope: Scope) -> str:
    """Give the key that a request puts bytes to; empty if it is another, or an unusual one."""
    if scope['method'] != 'PUT' or not scope['path'].startswith(BEGINS):
        return ''
    key: str = scope['path'][len(BEGINS):]
    return key.rstrip('/')


async def put_straight(objects: Objects, key: str, scope: Scope, receive: Receive) -> Response:
    """Check the link of a request that nobody looked at, and take its body."""
    name = signed_name(objects.signer, PUT, key, _query(scope))
    return await put(objects, name, scope, receive)


async def put(objects: Objects, name: Name, scope: Scope, receive: Receive) -> Response:
    """Take a body as it is."""
    with objects.incoming() as incoming:
        await receive_into(incoming, receive, scope['state']['held'])
        claimed = header(scope, b'x-content-sha256').lower()
        return PutResponse(await store(incoming, name, claimed))


async def receive_into(incoming: Incoming, receive: Receive, held: Held) -> None:
    """Take a whole body."""
    is_more = True
    while is_more:
        message = await receive()
        if message['type'] == 'http.disconnect':
            raise ClientDisconnect
        if piece := message.get('body'):
            await feed(incoming, piece, held)
        is_more = message.get('more_body', False)


async def feed(incoming: Incoming, piece: bytes, held: Held) -> None:
    """Take the next bytes of a body."""
    if incoming.spilled:
        # What was in memory is in a file now.
        held.release()
        await run_in_threadpool(incoming.feed, piece)
    else:
        held.take(len(piece))
        incoming.feed(piece)


async def store(incoming: Incoming, name: Name, claimed: str = '') -> Stored:
    """Make bytes durable: small ones without a thread of their own, behind a future."""
    if incoming.spilled:
        return await run_in_threadpool(incoming.store, name, claimed)
    ending: Ending[Stored] = Ending()
    incoming.store_small(name, claimed, ending)
    return await ending.future


def signed_name(signer: Signer, action: str, key: str, query: Mapping[str, str]) -> Name:
    """Check a link and read whose object it makes."""
    kind, encoding = query.get('type', ''), query.get('encoding', '')
    need_signature(signer, action, key, query, type=kind, encoding=encoding)
    owner, _, rest = key.partition('/')
    return Name(owner, rest, kind, encoding)


def need_signature(signer: Signer, action: str, key: str, query: Mapping[str, str],
                   **more: str) -> None:
    """Refuse a link that does not open this object for this action now."""
    expires, signature = query.get('expires', ''), query.get('signature', '')
    if not signer.allows(action, key, expires, signature, more):
        raise RefusedError(403, 'bad_link', 'the link is not signed for this, or has expired')


def header(scope: Scope, wanted: bytes) -> str:
    """Read a header of a request; empty if there is none."""
    for name, value in scope['headers']:
        if name == wanted:
            return str(value, 'latin-1')
    return ''


def _query(scope: Scope) -> dict[str, str]:
    pairs = [pair.partition('=') for pair in scope['query_string'].decode('latin-1').split('&')]
    return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}
