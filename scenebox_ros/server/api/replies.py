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

"""Idempotency keys: a POST that is repeated is answered as it was the first time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
import hashlib
import time

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.failures import RefusedError
from scenebox_ros.server.store.database import Connection, Database

KEPT_S = 24 * 3600.0
MAX_KEY = 200
MAX_BYTES = 4 * 1024 * 1024
SWEEP_S = 600.0


class Replies:
    """The answers of a day, by caller and key."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._busy: dict[tuple[str, str], asyncio.Lock] = {}
        self._swept = 0.0

    async def once(self, call: Call, key: str, body: bytes,
                   answer: Callable[[], Awaitable[Response]]) -> Response:
        """
        Give the first answer to this key, asking for it if there is none.

        Only answers below 500 are kept: a server's failure may be tried again.

        Raises
        ------
        RefusedError
            If the key came with another request before.

        """
        if not 0 < len(key) <= MAX_KEY or not key.isprintable():
            raise RefusedError(400, 'bad_key', f'Idempotency-Key is not 1 to {MAX_KEY} characters')
        caller = f'{call.organization}/{call.identity.username}'
        path = f'{call.request.url.path}?{_without_token(call)}'
        request = hashlib.sha256(path.encode() + b'\0' + body).hexdigest()
        lock = self._busy.setdefault((caller, key), asyncio.Lock())
        try:
            async with lock:
                known = await run_in_threadpool(self._find, caller, key, request)
                if known is not None:
                    return known
                response = await answer()
                content = getattr(response, 'body', None)
                if response.status_code < 500 and content and len(content) <= MAX_BYTES:
                    row = (caller, key, request, response.status_code, bytes(content), time.time())
                    await run_in_threadpool(self._keep, row)
                return response
        finally:
            if not lock.locked():
                self._busy.pop((caller, key), None)

    def _find(self, caller: str, key: str, request: str) -> Response | None:
        sql = (
            'SELECT request, status, body FROM replies'
            ' WHERE caller = ? AND key = ? AND stored > ?'
        )
        rows = self._database.query(sql, (caller, key, time.time() - KEPT_S))
        if not rows:
            return None
        if rows[0][0] != request:
            raise RefusedError(422, 'key_reused', 'this Idempotency-Key came with another request')
        headers = {'Idempotency-Replayed': 'true'}
        return Response(rows[0][2], rows[0][1], headers, media_type='application/json')

    def _keep(self, row: tuple[object, ...]) -> None:
        def work(connection: Connection) -> None:
            connection.execute('INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?, ?)', row)
            if time.time() - self._swept > SWEEP_S:
                self._swept = time.time()
                old = (time.time() - KEPT_S,)
                connection.execute('DELETE FROM replies WHERE stored < ?', old)

        self._database.write(work)


def _without_token(call: Call) -> str:
    items = call.request.query_params.multi_items()
    return '&'.join(f'{name}={value}' for name, value in items if name != 'token')
