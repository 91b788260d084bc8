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
Sends the web app: one page under the names that clients open, and the files it is made of.

Nothing here needs a token. The page asks for one, keeps it in the tab, and sends it with each of
its requests, as any client does; no cookie is set, so no other site can ask in somebody's name.
"""

from __future__ import annotations

from functools import cache
import hashlib
import mimetypes
from pathlib import Path

from starlette.responses import Response

from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.failures import RefusedError
from scenebox_ros.server.api.table import Endpoint
from scenebox_ros.wire.route import Route

STATIC = Path(__file__).parent / 'static'
PAGES = (
    '', 'sessions', 'images', 'videos', 'lidars', 'objects', 'sets', 'projects', 'dashboard',
    'embeddings', 'jobs',
)  # fmt: skip
# Only what comes from here may run or be asked: a text in a document never becomes a script.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def page(call: Call) -> Response:
    """Show the web app; which page of it, its script reads in the address."""
    return _file(call, 'index.html')


def part(call: Call) -> Response:
    """Send a file of the web app."""
    return _file(call, call.path['name'])


def _file(call: Call, name: str) -> Response:
    held = _files(STATIC)
    if not held:
        raise RefusedError(
            404, 'no_web_app', 'the web app is not built in this installation; run `make web` in '
            'the source, and install again. All routes are described at /docs',
        )  # fmt: skip
    if name not in held:
        raise RefusedError(404, 'no_route', f'the web app has no file {name[:200]!r}')
    body, kind, tag = held[name]
    headers = {
        'ETag': tag, 'Cache-Control': 'no-cache', 'Content-Security-Policy': POLICY,
        'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer',
    }  # fmt: skip
    if call.request.headers.get('if-none-match') == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)


@cache
def _files(folder: Path) -> dict[str, tuple[bytes, str, str]]:
    """Read all files once: bytes, content type and ETag by name; a name can lead nowhere else."""
    found = {}
    for path in sorted(folder.glob('*')):
        body = path.read_bytes()
        kind = mimetypes.guess_type(path.name)[0] or 'application/octet-stream'
        found[path.name] = body, kind, f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return found


ENDPOINTS = [
    *(Endpoint(Route('GET', 'root', name), page, open=True) for name in PAGES),
    Endpoint(Route('GET', 'root', 'web/{name}'), part, open=True),
]
