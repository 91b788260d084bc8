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
Bytes in and out, behind signed links: no token, no JSON.

Bodies are never held whole: small ones up to the size that is packed into a segment, larger ones
go to a file as they come. What the disk does happens in threads or behind futures.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response, StreamingResponse

from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.failures import RefusedError
from scenebox_ros.server.api.forms import FilePart
from scenebox_ros.server.api.puts import (
    feed,
    need_signature,
    put,
    receive_into,
    signed_name,
    store,
)
from scenebox_ros.server.api.ranges import content_range, wanted_range
from scenebox_ros.server.api.table import Endpoint, WRITE
from scenebox_ros.server.api.uploads import GET, multipart, PART, PUT, UPLOAD
from scenebox_ros.server.store.multipart import Part
from scenebox_ros.server.store.naming import Name, Stored
from scenebox_ros.server.store.transfer import check_hash, Reader
from scenebox_ros.wire.route import Route

PIECE = 512 * 1024
# Shown in a browser as they are; everything else is offered as a file to save.
SHOWN = ('image/png', 'image/jpeg', 'image/webp', 'image/gif', 'video/', 'audio/', 'text/plain')


async def upload_form(call: Call) -> Response:
    """Take a form: policy fields, then the part ``file``."""
    name = _signed_name(call, UPLOAD)
    boundary = call.request.headers.get('content-type', '')
    with call.objects.incoming() as incoming:
        part = FilePart(boundary)
        async for piece in call.request.stream():
            for data in part.feed(piece):
                await feed(incoming, data, call.request.state.held)
        if not part.is_complete:
            raise RefusedError(400, 'bad_form', "the form ends early or has no part 'file'")
        key = part.fields.get('key', '')
        if key and key != f'{name.owner}/{name.key}':
            raise RefusedError(403, 'wrong_key', f'the link is not for key {key[:80]!r}')
        stored = await store(incoming, name)
    return Response(status_code=204, headers={'ETag': f'"{stored.sha256}"'})


async def upload_raw(call: Call) -> Response:
    """Take a body as it is."""
    name = _signed_name(call, PUT)
    return await put(call.objects, name, call.request.scope, call.request.receive)


async def upload_part(call: Call) -> Response:
    """Take one part of a large object."""
    place = call.path['key']
    _need_signature(call, PART, place)
    upload, _, number = place.partition('/')
    with call.objects.incoming() as incoming:
        await receive_into(incoming, call.request.receive, call.request.state.held)
        claimed = call.request.headers.get('x-content-sha256', '').lower()

        def store() -> Part:
            check_hash(incoming.sha256, claimed)
            return multipart(call).store_part(upload, int(number), incoming)

        part = await run_in_threadpool(store)
    return JSONResponse(
        {'sha256': part.sha256, 'size': part.size}, headers={'ETag': part.etag}
    )


async def download(call: Call) -> Response:
    """Send an object, or a range of it."""
    owner, _, key = call.path['key'].partition('/')
    _need_signature(call, GET, call.path['key'])
    stored = await run_in_threadpool(call.objects.find, owner, key)
    if stored is None:
        raise RefusedError(404, 'no_bytes', f'there is no object {key[:200]!r}')
    headers = _headers(stored)
    etag = headers['ETag']
    held = call.request.headers.get('if-none-match', '').replace('W/', '')
    if etag in held or held.strip() == '*':
        return Response(status_code=304, headers=headers)
    span = wanted_range(call.request.headers, stored.size, etag)
    if span is None:
        start, stop, status = 0, stored.size, 200
    else:
        (start, stop), status = span, 206
        headers['Content-Range'] = content_range(start, stop, stored.size)
    headers['Content-Length'] = str(stop - start)
    if call.request.method == 'HEAD':
        return Response(status_code=status, headers=headers)
    reader = await run_in_threadpool(call.objects.reader, stored)
    return StreamingResponse(_pieces(reader, start, stop), status, headers)


async def _pieces(reader: Reader, start: int, stop: int) -> AsyncIterator[bytes]:
    try:
        while start < stop:
            piece = await run_in_threadpool(reader.read, start, min(PIECE, stop - start))
            start += len(piece)
            yield piece
    finally:
        reader.close()


def _headers(stored: Stored) -> dict[str, str]:
    shown = stored.content_type.startswith(SHOWN)
    headers = {
        'ETag': f'"{stored.sha256}"',
        'Accept-Ranges': 'bytes',
        'Content-Type': stored.content_type,
        'Cache-Control': 'private, no-cache',
        'Content-Disposition': 'inline' if shown else 'attachment',
        # Uploaded pages and drawings must not run scripts as if they were the web app's.
        'Content-Security-Policy': "default-src 'none'; sandbox",
        'X-Content-Type-Options': 'nosniff',
        'Cross-Origin-Resource-Policy': 'same-site',
    }
    if stored.content_encoding:
        headers['Content-Encoding'] = stored.content_encoding
    return headers


def _signed_name(call: Call, action: str) -> Name:
    """Check a link and read whose object it makes."""
    return signed_name(call.objects.signer, action, call.path['key'], {
        'type': call.query('type', ''), 'encoding': call.query('encoding', ''),
        'expires': call.query('expires', ''), 'signature': call.query('signature', ''),
    })  # fmt: skip


def _need_signature(call: Call, action: str, key: str) -> None:
    need_signature(call.objects.signer, action, key, {
        'expires': call.query('expires', ''), 'signature': call.query('signature', ''),
    })  # fmt: skip


def _open(method: str, path: str, handler: object) -> Endpoint:
    route = Route(method, 'v1', path)  # type: ignore[arg-type]
    return Endpoint(route, handler, WRITE, open=True, raw=True)  # type: ignore[arg-type]


ENDPOINTS = [
    _open('POST', f'storage/{UPLOAD}/{{key}}', upload_form),
    _open('PUT', f'storage/{PUT}/{{key}}', upload_raw),
    _open('PUT', f'storage/{PART}/{{key}}', upload_part),
    _open('GET', f'storage/{GET}/{{key}}', download),
]
