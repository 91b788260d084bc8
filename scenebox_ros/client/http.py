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
Requests to the API: one way to send them, to read answers, to fail and to try again.

Threads: none of its own; an :class:`Http` may be used from any number of threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import re
import time
from types import TracebackType
from typing import Any
import uuid

from scenebox_ros.client import payload
from scenebox_ros.client.answers import of_kind, value_of
from scenebox_ros.client.pool import plain_url, Pool, Timeouts
from scenebox_ros.client.request import Request
from scenebox_ros.client.retry import RetryRule
from scenebox_ros.errors import (
    ConnectionFailedError,
    InvalidAuthorization,
    RequestTimeoutError,
    ResponseError,
)
from scenebox_ros.wire import asset_routes
from scenebox_ros.wire.route import Base, PREFIX, Route

AGAIN_S = 30.0
ABSENT: Any = object()


class Http:
    """
    One platform as one user: base URLs, a token and a pool.

    Parameters
    ----------
    bases
        The URL before each route's path: ``{'v1': 'https://host/v1', 'root': 'https://host'}``.
    token
        The user's token. It goes into the ``Authorization`` header where the server's ``/status``
        lists the feature ``auth_header``, else into the query. None sends none.
    pool
        Share another client's connections. Without it, this one opens and closes its own.
    rule
        When to try again.
    timeouts
        Limits of each request, for a pool of its own.

    Raises
    ------
    InvalidAuthorization
        If the token has characters that no token has.

    Examples
    --------
    >>> http = Http({'v1': 'https://host/v1', 'root': 'https://host'}, 'my-token')
    >>> http.call(asset_routes.ASSET_EXISTS, {'id': 'img_1'}, {'asset_type': 'images'})
    True

    """

    def __init__(
        self,
        bases: Mapping[Base, str],
        token: str | None = None,
        *,
        pool: Pool | None = None,
        rule: RetryRule | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self.bases: dict[Base, str] = dict(bases)
        self.token: str | None = _checked(token)
        self.pool: Pool = pool or Pool(timeouts)
        self.rule: RetryRule = rule or RetryRule()
        if self.token:
            self.pool.secrets |= {self.token}
        self._owns_pool = pool is None

    def __repr__(self) -> str:
        return f'Http({plain_url(self.bases.get("v1", ""))!r})'

    def __enter__(self) -> Http:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless another client lent them. Closing twice is fine."""
        if self._owns_pool:
            self.pool.close()

    def at(self, bases: Mapping[Base, str]) -> Http:
        """Make one for other URLs over the same connections, which this one closes."""
        return Http(bases, self.token, pool=self.pool, rule=self.rule)

    def as_user(self, token: str) -> Http:
        """Make one for another user to take this one's place."""
        other = Http(self.bases, token, pool=self.pool, rule=self.rule)
        other._owns_pool = self._owns_pool
        return other

    # -- what the server is --------------------------------------------------------------------
    def status(self) -> dict[str, Any]:
        """
        Read ``/status`` of the server, once for all clients of a pool.

        Raises
        ------
        ResponseError
            If it cannot be read.

        """
        key = ('status', self.bases['root'])
        with self.pool.lock:
            if key not in self.pool.known:
                found = self._read_status()
                self.pool.known[key] = found if isinstance(found, dict) else {}
            return dict(self.pool.known[key])

    def _read_status(self) -> Any:
        # Without the token: how to send that is what the answer tells. And where to: a redirect
        # (of a captive portal, say) must not decide that.
        route, doing = asset_routes.STATUS, 'read the status of the server'
        request = Request('GET', self.url(route, None), {}, b'', doing, ResponseError, None, True,
                          follows=False)
        return value_of(request.sent(self.pool, self.rule), ResponseError, doing)

    def has(self, feature: str) -> bool:
        """
        Tell whether the server lists a feature; one without a ``/status`` has none.

        Raises
        ------
        ConnectionFailedError, RequestTimeoutError
            If the server cannot be reached.

        """
        return feature in (self._features() or ())

    def _features(self) -> Any:
        key = ('features', self.bases['root'])
        with self.pool.lock:
            features, until = self.pool.known.get(key, (None, 0.0))
            if features is not None and time.monotonic() < until:
                return features
            try:
                features, until = self.status().get('features') or (), float('inf')
            except (ConnectionFailedError, RequestTimeoutError):
                raise
            except ResponseError as error:
                # 404 is a server without this route; 5xx may be another answer soon.
                passing = error.status is not None and error.status >= 500
                features, until = (), time.monotonic() + AGAIN_S if passing else float('inf')
            self.pool.known[key] = features, until
            return features

    # -- requests --------------------------------------------------------------------------------
    def call(
        self,
        route: Route,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        *,
        json: Any = ABSENT,
        pieces: Sequence[bytes] = (),
        content_type: str = 'application/json',
        error: type[ResponseError] = ResponseError,
        doing: str = '',
        repeat: bool | None = None,
        patient: bool = False,
        lenient: bool = False,
        gives: type | tuple[type, ...] | None = None,
        of: type | None = None,
    ) -> Any:
        """
        Send a request and read its answer.

        Parameters
        ----------
        route
            One of ``scenebox_ros.wire``'s.
        path
            Values for the braces of the route's path.
        query
            ``None`` values are left out.
        json
            The body.
        pieces, content_type
            Instead, a body that is not JSON, and what it is.
        error
            The class to raise for a bad answer.
        doing
            For messages, after "could not": ``"get the metadata of 'x'"``.
        repeat
            Whether sending it twice does no more than once. By default GET, PUT and DELETE; pass
            True for a POST that only reads, False for a PUT that appends.
        patient
            Try again also if what is asked for is not there (yet).
        lenient
            Return the JSON of a bad answer instead of raising.
        gives
            What the JSON of a good answer must be: ``dict``, ``list``, ...
        of
            What each element of it must be, if it is a list.

        Returns
        -------
        Any
            The answer's JSON; None if it is empty.

        Raises
        ------
        ResponseError
            As ``error``; ``InvalidAuthorization`` for 401 and 403 where ``error`` allows it.
        ConnectionFailedError
            If the server cannot be reached or breaks the connection.
        RequestTimeoutError
            If it does not answer in time.

        """
        doing = doing or f'{route.method} {route.template}'
        headers = {'Accept': 'application/json'}
        content: bytes | Sequence[bytes] = b'' if json is ABSENT else payload.encode(json)
        if pieces:
            content = pieces
            headers['Content-Length'] = str(sum(map(len, pieces)))
        if content:
            headers['Content-Type'] = content_type
        if repeat is None:
            repeat = route.method != 'POST'
        if not repeat and self.has('idempotency_key'):
            headers['Idempotency-Key'] = uuid.uuid4().hex
            repeat = True
        query = dict(query or {})
        if self.token and self.has('auth_header') and not has_userinfo(self.bases[route.base]):
            headers['Authorization'] = f'Bearer {self.token}'
        elif self.token:
            query['token'] = self.token
        request = Request(
            route.method,
            self.url(route, path, query),
            headers,
            content,
            doing,
            error,
            self.token,
            repeat,
            patient,
            lenient,
        )
        value = value_of(request.sent(self.pool, self.rule), error, doing, self.token)
        if gives is None:
            return value
        return of_kind(value, gives, error, doing, of, secret=self.token)

    def url(
        self, route: Route, path: Mapping[str, str] | None, query: Mapping[str, Any] | None = None
    ) -> str:
        """Write a route's URL at this platform."""
        below = route.url(**(path or {})).removeprefix(PREFIX[route.base])
        text = payload.encode_query(query or {})
        return joined(self.bases[route.base], below) + (f'?{text}' if text else '')

    def full_url(self, url: str) -> str:
        """Complete a URL that the server gave relative to itself."""
        return url if '://' in url else joined(self.bases['root'], url.lstrip('/'))


def _checked(token: str | None) -> str | None:
    """Drop the white space around a token; refuse what cannot be sent."""
    if not token:
        return token
    token = token.strip()
    # The token itself stays out of the message.
    if not re.fullmatch(r'[!-~]+', token):
        raise InvalidAuthorization(
            f'the token has white space or characters that are not ASCII among its {len(token)}; '
            'check how it was read'
        )
    return token


def has_userinfo(url: str) -> bool:
    """Tell whether a URL has a user and a password: they take the place of our header."""
    return '@' in url.partition('://')[2].partition('/')[0]


def joined(base: str, below: str) -> str:
    """Join a base URL and a path with one slash."""
    return f'{base.rstrip("/")}/{below}'


def root_of(url: str) -> str:
    """Cut an asset manager's URL before its version: ``https://host/v1`` is ``https://host``."""
    found = re.search(r'/v\d+', url)
    return url[: found.start()] if found else url
