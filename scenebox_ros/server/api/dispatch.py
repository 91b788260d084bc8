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
From a request to an answer: route, caller, body, handler, JSON.

Blocking handlers run in the thread pool of the web framework, so the event loop always has time
for the next bytes.
"""

from __future__ import annotations

import logging
import random
import time
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from scenebox_ros.server.api import failures
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.failures import RefusedError
from scenebox_ros.server.api.limits import Held, in_time, Memory, RateLimit
from scenebox_ros.server.api.metrics import Metrics
from scenebox_ros.server.api.puts import BEGINS, header, put_key, put_straight
from scenebox_ros.server.api.replies import Replies
from scenebox_ros.server.api.table import Endpoint, Table
from scenebox_ros.server.core import Core
from scenebox_ros.server.store.identities import Identity
from scenebox_ros.server.store.json_text import dump, has_zero_key, load

log = logging.getLogger(__name__)
access = logging.getLogger('scenebox_ros.server.access')
MAX_REQUEST_ID = 64


class Dispatch:
    """The ASGI application."""

    def __init__(self, core: Core, table: Table, metrics: Metrics) -> None:
        self._core = core
        self._table = table
        self._put = table.endpoint('PUT', f'{BEGINS}{{key}}')
        self._metrics = metrics
        self._replies = Replies(core.database)
        self._rate = RateLimit(core.settings.requests_per_s)
        self._memory = Memory(core.settings.max_bodies_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        began = time.perf_counter()
        request_id = _request_id(scope)
        held = Held(self._memory)
        scope.setdefault('state', {}).update(request_id=request_id, held=held)
        sent = _Sent(send, request_id)
        try:
            response = await self._respond(request)
            await response(scope, receive, sent)
        except ClientDisconnect:
            sent.status = 499
        except Exception:
            log.exception('request %s %s failed while answering', request_id, request.url.path)
            sent.status = sent.status or 500
            raise
        finally:
            held.release()
            took_s = time.perf_counter() - began
            endpoint = scope['state'].get('endpoint')
            route = endpoint.route.template if endpoint else '-'
            self._metrics.count(request.method, route, sent.status, took_s)
            # The path alone: the query string may hold a token.
            if access.isEnabledFor(logging.INFO):
                _tell(request, request_id, sent.status, took_s)

    async def _respond(self, request: Request) -> ASGIApp:
        try:
            if to := put_key(request.scope):
                request.scope['state']['endpoint'] = self._put
                return await put_straight(self._core.objects, to, request.scope, request.receive)
            found = self._table.find(request.method, request.scope['path'])
            if isinstance(found, set):
                raise _no_route(request, found)
            endpoint, path = found
            request.state.endpoint = endpoint
            identity = await self._caller(request, endpoint)
            request.state.identity = identity
            if endpoint.raw:
                return await self._handle(Call(request, self._core, identity, path), endpoint)
            raw = await self._body(request)
            call = Call(request, self._core, identity, path, _json(raw))
            key = request.headers.get('idempotency-key')
            is_kept = request.method == 'POST' and not endpoint.is_secret
            if key is None or not is_kept or identity is None:
                return await self._handle(call, endpoint)
            return await self._replies.once(
                call, key, raw, lambda: self._answered(call, endpoint)
            )
        except ClientDisconnect:
            raise
        except Exception as error:
            return _failure(request, error)

    async def _answered(self, call: Call, endpoint: Endpoint) -> Response:
        try:
            return await self._handle(call, endpoint)
        except Exception as error:
            return _failure(call.request, error)

    async def _handle(self, call: Call, endpoint: Endpoint) -> Response:
        if endpoint.is_async:
            result = await endpoint.handler(call)
        else:
            result = await run_in_threadpool(endpoint.handler, call)
        return result if isinstance(result, Response) else json_response(result)

    async def _caller(self, request: Request, endpoint: Endpoint) -> Identity | None:
        if endpoint.open:
            return None
        token = _token(request)
        if not token:
            raise RefusedError(401, 'unauthorized', 'no token; send Authorization: Bearer')
        identity = self._core.identities.identify(token)
        if identity is None:
            raise RefusedError(401, 'unauthorized', 'the token is unknown, revoked or expired')
        if not identity.may(endpoint.needs):
            raise RefusedError(
                403, 'forbidden',
                f'role {identity.role!r} may not do this; it needs {endpoint.needs.name.lower()}',
            )
        wait_s = self._rate.wait_s(identity.token_hash)
        if wait_s > 0:
            raise RefusedError(429, 'too_many_requests', 'slow down; see Retry-After',
                               {'Retry-After': str(int(wait_s) + 1)})
        return identity

    async def _body(self, request: Request) -> bytes:
        most = self._core.settings.max_body_bytes
        pieces, size = [], 0
        with in_time(self._core.settings.body_timeout_s):
            async for piece in request.stream():
                size += len(piece)
                if size > most:
                    raise RefusedError(413, 'too_large', f'the body is larger than {most} bytes')
                request.state.held.take(len(piece))
                pieces.append(piece)
        return b''.join(pieces)


class _Sent:
    """Passes an answer on, with the request's id, and remembers the status."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._header = (b'x-request-id', request_id.encode('latin-1'))
        self.status = 0

    async def __call__(self, message: Any) -> None:
        if message['type'] == 'http.response.start':
            self.status = message['status']
            message = {**message, 'headers': [*message.get('headers', ()), self._header]}
        await self._send(message)


def _tell(request: Request, request_id: str, status: int, took_s: float) -> None:
    identity = getattr(request.state, 'identity', None)
    took_ms = round(took_s * 1000, 1)
    path = request.url.path
    access.info('%s %s %s %d %.1f ms', request_id, request.method, path, status, took_ms, extra={
        'request_id': request_id, 'method': request.method, 'path': path, 'status': status,
        'took_ms': took_ms, 'user': identity.username if identity else None,
    })  # fmt: skip


def json_response(value: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(dump(value), status, media_type='application/json')


def _json(raw: bytes) -> Any:
    """Read JSON as tolerantly as the original client writes it."""
    if not raw:
        return None
    try:
        value = load(raw)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, 'bad_json', f'the body is not JSON: {str(error)[:200]}') from None
    if b'\\u0000' in raw and has_zero_key(value):
        raise RefusedError(400, 'bad_request', 'a key has a zero character; take it out')
    return value


def _token(request: Request) -> str | None:
    header = request.headers.get('authorization', '')
    if header[:7].lower() == 'bearer ':
        return header[7:].strip()
    return request.query_params.get('token')


def _request_id(scope: Scope) -> str:
    given = header(scope, b'x-request-id')
    if 0 < len(given) <= MAX_REQUEST_ID and given.replace('-', '').isalnum() and given.isascii():
        return given
    # A name, not a secret: the system's own random numbers take longer than finding the route.
    return f'{random.getrandbits(64):016x}'


def _no_route(request: Request, methods: set[str]) -> RefusedError:
    path = request.url.path[:200]
    if not methods:
        return RefusedError(404, 'no_route', f'there is no route {request.method} {path}')
    allowed = ', '.join(sorted(methods))
    return RefusedError(405, 'bad_method', f'{path} answers {allowed}', {'Allow': allowed})


def _failure(request: Request, error: Exception) -> Response:
    told = failures.known(error)
    if told is None:
        log.error('request %s failed', request.state.request_id, exc_info=error,
                  extra={'request_id': request.state.request_id})
        return failures.answer(500, 'internal', 'the server failed; its log has the request id')
    headers = error.headers if isinstance(error, RefusedError) else None
    return failures.answer(*told, headers)
