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

"""What the server says about itself, and who the caller is."""

from __future__ import annotations

import platform
from typing import Any

from starlette.responses import PlainTextResponse

from scenebox_ros import __version__
from scenebox_ros.errors import AccessError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.failures import RefusedError
from scenebox_ros.server.api.metrics import Metrics
from scenebox_ros.server.api.table import ANYBODY, Endpoint, READ
from scenebox_ros.server.store.database import Connection
from scenebox_ros.server.store.identities import FIRST_ORGANIZATION, Identity, Permission
from scenebox_ros.server.store.objects import free_bytes
from scenebox_ros.wire import asset_routes as routes
from scenebox_ros.wire.extension_routes import CONTENT_CHECKS, PUT_BATCH
from scenebox_ros.wire.route import Route

FEATURES = [
    'auth_header', 'raw_put', 'idempotency_key', 'multipart_parts', 'search_more', CONTENT_CHECKS,
    PUT_BATCH,
]
NO_ROOM = 64 * 1024 * 1024


def status(call: Call) -> Any:
    """Where everything is; the original client asks this first."""
    base = call.base_url
    return {
        'version': __version__,
        'asset_manager_url': f'{base}/v1',
        'frontend_url': call.core.settings.frontend_url or base,
        'supported_version': '0.2.0',
        'features': FEATURES,
    }


def auth(call: Call) -> Any:
    """Who the caller is. The token is the caller's own, and not repeated."""
    identity = call.identity
    return {
        'version': __version__,
        'build_host': platform.node(),
        'token': None,
        'username': identity.username,
        'email': identity.email,
        'role': identity.role,
        'organization': identity.organization,
        'organization_id': identity.organization_id,
    }


def clear_cache(call: Call) -> Any:
    """Nothing is cached that could be stale, so this only acknowledges."""
    return {'acknowledged': True}


def healthz(call: Call) -> Any:
    """Tell whether the process answers."""
    return {'status': 'ok'}


def readyz(call: Call) -> Any:
    """Tell whether the process can read, write and has room."""
    # A page is written, as reading would not tell of a disk that takes no writes; nobody needs it
    # after a power failure.
    call.core.database.submit(_write_something, is_kept=True).result()
    free = free_bytes(call.core.settings.folder)
    if free < NO_ROOM:
        raise RefusedError(503, 'disk_full', f'only {free} bytes are free on the disk')
    return {'status': 'ok', 'free_bytes': free}


def _write_something(connection: Connection) -> None:
    connection.execute('PRAGMA user_version = 0')


def metrics_endpoint(metrics: Metrics) -> Endpoint:
    """Make the endpoint that Prometheus reads; it tells of all organizations."""

    def text(call: Call) -> PlainTextResponse:
        """Tell counts and durations of requests, and what is in store (Prometheus)."""
        if not _is_operator(call.identity):
            raise AccessError(
                'metrics tell of all organizations; use a token of a superadmin, or of an admin '
                f'or health_checker of organization {FIRST_ORGANIZATION!r}'
            )
        query = call.core.database.query
        gauges = {
            'scenebox_free_bytes': float(free_bytes(call.core.settings.folder)),
            'scenebox_documents': float(
                query('SELECT coalesce(sum(documents), 0) FROM scopes')[0][0]
            ),
        }
        for state, n in query('SELECT state, count(*) FROM queue GROUP BY state'):
            gauges[f'scenebox_jobs_{state}'] = float(n)
        return PlainTextResponse(metrics.text(gauges), media_type='text/plain; version=0.0.4')

    return Endpoint(Route('GET', 'root', 'metrics'), text, ANYBODY)


def _is_operator(identity: Identity) -> bool:
    """Tell whether somebody looks after the whole server, not one of its organizations."""
    trusted = identity.may(Permission.ADMIN) or identity.role == 'health_checker'
    return identity.may(Permission.SUPERADMIN) or (
        trusted and identity.organization_id == FIRST_ORGANIZATION)


ENDPOINTS = [
    Endpoint(routes.STATUS, status, open=True),
    Endpoint(routes.AUTH, auth, ANYBODY),
    Endpoint(routes.CLEAR_CACHE, clear_cache, READ),
    Endpoint(Route('GET', 'root', 'healthz'), healthz, open=True),
    Endpoint(Route('GET', 'root', 'readyz'), readyz, open=True),
]
