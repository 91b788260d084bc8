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


"""A platform that answers from memory and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import hashlib
import json
import re
from typing import Any, Optional

import httpx

from scenebox_ros.client import AssetManagerClient
from scenebox_ros.client.http import Http
from scenebox_ros.client.pool import Pool
from scenebox_ros.client.retry import RetryRule

TOKEN = 'aa-bb-cc'
HOST = 'http://platform'
STORAGE = 'http://storage'
AT_ONCE = RetryRule(attempts=4, first_wait_s=0.0, longest_wait_s=0.0)


@dataclass(frozen=True)
class Sent:
    """A request as it arrived."""

    host: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @property
    def line(self) -> str:
        return f'{self.method} {self.path}'


@dataclass
class Rule:
    """A scripted answer; it serves a number of times, or for ever."""

    line: str
    answer: Callable[[Sent], httpx.Response]
    times: Optional[int]

    def takes(self, sent: Sent) -> bool:
        return self.times != 0 and re.fullmatch(self.line, sent.line) is not None


class FakePlatform:
    """Answers scripted first, then like an empty platform that accepts everything."""

    def __init__(self, *features: str) -> None:
        self.features = features
        self.requests: list[Sent] = []
        self.stored: dict[str, bytes] = {}
        self.rules: list[Rule] = []
        self.pool = Pool(transport=httpx.MockTransport(self._handle))

    def answer(
        self,
        line: str,
        told: Any = None,
        *,
        status: int = 200,
        times: Optional[int] = None,
        content: Optional[bytes] = None,
        **headers: str,
    ) -> None:
        """Script an answer: ``line`` is a pattern for method and path."""
        names = {name.replace('_', '-'): value for name, value in headers.items()}

        def respond(_: Sent) -> httpx.Response:
            if content is not None:
                return httpx.Response(status, content=content, headers=names)
            return httpx.Response(status, json=told, headers=names)

        self.rules.append(Rule(line, respond, times))

    def does(self, line: str, answer: Callable[[Sent], httpx.Response]) -> None:
        """Script an answer that depends on the request."""
        self.rules.append(Rule(line, answer, None))

    def http(self, token: Optional[str] = TOKEN, rule: RetryRule = AT_ONCE) -> Http:
        return Http({'v1': f'{HOST}/v1', 'root': HOST}, token, pool=self.pool, rule=rule)

    def client(self, asset_type: str = 'images', **options: Any) -> AssetManagerClient:
        token = options.pop('auth_token', TOKEN)
        options = {'num_threads': 1, 'cache_disabled': True, **options}
        return AssetManagerClient(asset_type, http=self.http(token), **options)

    def sent(self, line: str = '.*') -> list[Sent]:
        """Requests to the API whose method and path match, without questions for features."""
        found = [one for one in self.requests if re.fullmatch(line, one.line)]
        return [one for one in found if one.path != '/status']

    def _handle(self, request: httpx.Request) -> httpx.Response:
        sent = Sent(
            f'{request.url.scheme}://{request.url.host}',
            request.method,
            request.url.raw_path.decode().partition('?')[0],
            dict(request.url.params),
            dict(request.headers),
            request.read(),
        )
        self.requests.append(sent)
        rule = next((rule for rule in self.rules if rule.takes(sent)), None)
        if rule is None:
            return self.default(sent)
        if rule.times is not None:
            rule.times -= 1
        return rule.answer(sent)

    def default(self, sent: Sent) -> httpx.Response:
        if sent.line == 'GET /status':
            return httpx.Response(200, json={'features': list(self.features)})
        if sent.path == '/v1/assets/temporary_upload_url/':
            return httpx.Response(200, json={one: self.ticket(one) for one in sent.json['ids']})
        if sent.path == '/v1/assets/multipart_upload_id/':
            return httpx.Response(200, json={'upload_id': 'upload_1'})
        if sent.path == '/v1/assets/multipart_temporary_upload_url/':
            return httpx.Response(200, json={'url': f'{STORAGE}/part/{sent.json["part_no"]}'})
        if sent.path == '/v1/assets/multipart_complete/':
            return httpx.Response(200, json={'uri': f's3://bucket/{sent.json["id"]}'})
        if sent.path in ('/v1/assets/meta', '/v1/assets/'):
            return self._found(sent)
        if sent.line == 'POST /form':
            return httpx.Response(204)
        if sent.method == 'PUT' and sent.path.startswith(('/raw/', '/part/')):
            self.stored[sent.path] = sent.body
            told = {'sha256': hashlib.sha256(sent.body).hexdigest(), 'size': len(sent.body)}
            etag = hashlib.md5(sent.body).hexdigest()
            return httpx.Response(200, json=told, headers={'ETag': f'"{etag}"'})
        return httpx.Response(200, json={'acknowledged': True})

    def ticket(self, storage_id: str) -> dict[str, Any]:
        ticket = {
            'url': f'{STORAGE}/form',
            'fields': {'key': storage_id, 'policy': 'p'},
            'uri': f's3://bucket/{storage_id}',
        }
        if 'raw_put' in self.features:
            ticket['put_url'] = f'{STORAGE}/raw/{storage_id}'
        return ticket

    def _found(self, sent: Sent) -> httpx.Response:
        """Find whatever is asked for by id, on one page."""
        filters = {one['field']: one['values'] for one in (sent.json or {}).get('filters', [])}
        ids = [] if 'search_after' in sent.query else filters.get('id', [])
        documents = [{'id': one} for one in ids]
        told = documents if sent.path.endswith('meta') else {'results': ids}
        return httpx.Response(200, json=told)


def broken(error, *, times):
    """A transport that breaks a number of times, then answers 200."""
    left = [times]

    def handle(request):
        if request.url.path == '/status':
            return httpx.Response(404)
        if left[0] > 0:
            left[0] -= 1
            raise error('it broke', request=request)
        return httpx.Response(200, json='fine')

    return Http(
        {'v1': f'{HOST}/v1', 'root': HOST},
        TOKEN,
        pool=Pool(transport=httpx.MockTransport(handle)),
        rule=AT_ONCE,
    )
