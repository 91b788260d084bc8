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
The one pool of connections that clients of the same platform share.

Threads: none of its own. A pool may be used from any number of threads; after a fork the child
gets a pool of its own, because two processes must not talk over one socket.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
import logging
import os
import re
import threading
from typing import Any
import weakref

import httpx

import scenebox_ros
from scenebox_ros.client import limits
from scenebox_ros.client.pacing import Pace, paced
from scenebox_ros.errors import DependencyError, InvalidArgumentsError, InvalidURLError

SECRET = re.compile(
    r'(//)[^/@\s]+(?=@)|'
    r'([?&](?:token|sig|signature|x-(?:amz|goog)-(?:signature|security-token))=)[^&\s\'"]+',
    re.IGNORECASE,
)
LOGGERS = ('httpx', 'httpcore.http11')
MAX_CONNECTIONS = 32
KEPT_CONNECTIONS = 16
KEPT_S = 15.0
LOOPBACK = ('localhost', '127.0.0.1', '[::1]')
LONGEST_S = 365 * 86_400

_pools: weakref.WeakSet[Pool] = weakref.WeakSet()
_once = threading.Lock()
_is_set_up = False


@dataclass(frozen=True)
class Timeouts:
    """
    Limits of one request.

    Attributes
    ----------
    connect_s
        Until the connection stands.
    read_s, write_s
        Between two pieces of an answer, of a request's body.
    total_s
        For a whole answer of the API, its headers and its body, from the last byte of the request
        on; of files for the headers: their bytes take as long as they make progress.

    """

    connect_s: float = 10.0
    read_s: float = 60.0
    write_s: float = 60.0
    total_s: float = 600.0

    def __post_init__(self) -> None:
        """
        Refuse what limits nothing.

        Raises
        ------
        InvalidArgumentsError
            If one is not a number of seconds above 0 and up to a year.

        """
        for name, limit in vars(self).items():
            if not (isinstance(limit, (int, float)) and 0 < limit <= LONGEST_S):
                raise InvalidArgumentsError(
                    f'{name} is {limit!r}; pass seconds above 0, up to {LONGEST_S:,}'
                )

    def to_httpx(self) -> httpx.Timeout:
        """
        Write them as httpx does.

        Returns
        -------
        httpx.Timeout
            Threads queue for connections as long as a whole request may take.

        Examples
        --------
        >>> Timeouts(read_s=5).to_httpx().read
        5

        """
        # Threads queue for connections, so the pool's own limit is that of a whole request.
        return httpx.Timeout(
            connect=self.connect_s, read=self.read_s, write=self.write_s, pool=self.total_s
        )


class Pool:
    """Keeps connections open between requests."""

    def __init__(
        self, timeouts: Timeouts | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.timeouts: Timeouts = timeouts or Timeouts()
        self.known: dict[tuple[str, ...], Any] = {}
        self.lock: AbstractContextManager[bool] = threading.RLock()
        self.pace: Pace | None = None
        self.secrets: frozenset[str] = frozenset()
        self._transport = transport
        self._client: httpx.Client | None = None
        _set_up()
        with _once:
            _pools.add(self)

    def __repr__(self) -> str:
        return f'Pool({"open" if self._client else "idle"})'

    def __reduce__(self) -> tuple[type[Pool], tuple[Any, ...]]:
        # A copy, like one in another process, has connections of its own.
        return Pool, (self.timeouts, self._transport)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: Any = None,
        follow: bool = False,
    ) -> httpx.Response:
        """Send a request; the answer's body is still to be read, and the answer to be closed."""
        client = self._open()
        headers, content = paced(headers, content, self.pace)
        try:
            request = client.build_request(method, url, headers=headers, content=content)
        except (httpx.InvalidURL, TypeError, ValueError) as error:
            reason = str(error)
        else:
            if self.pace is not None:
                self.pace.take(_head_bytes(request))
            with limits.within(self.timeouts.total_s):
                return client.send(request, stream=True, follow_redirects=follow)
        raise InvalidURLError(f'{plain_url(url)!r} is not a URL ({reason}); write https://host/v1')

    def close(self) -> None:
        """Close every connection. The next request opens new ones."""
        with self.lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def forget(self) -> None:
        """Drop the parent process's connections, which are not ours to close."""
        self.lock = threading.RLock()
        self._client = None

    def _open(self) -> httpx.Client:
        client = self._client
        if client is None:
            with self.lock:
                client = self._client = self._client or self._new_client()
        return client

    def _new_client(self) -> httpx.Client:
        try:
            client = self._by_environment()
        except ImportError as error:
            # httpx says what to install for a SOCKS proxy.
            raise DependencyError(str(error)) from None
        # Raised outside of the handler: its context could carry the password of a proxy.
        except (httpx.InvalidURL, ValueError, OSError) as error:
            reason = str(error)
        else:
            _watch_over(client)
            return client
        raise InvalidURLError(
            f'the proxies or certificates that the environment names cannot be used ({reason}); '
            'correct HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY (::1 without brackets), '
            'SSL_CERT_FILE or SSL_CERT_DIR'
        )

    def _by_environment(self) -> httpx.Client:
        connections = httpx.Limits(
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=KEPT_CONNECTIONS,
            keepalive_expiry=KEPT_S,
        )
        agent = f'scenebox_ros/{scenebox_ros.__version__} httpx/{httpx.__version__}'
        return httpx.Client(
            # Users may share a pool: what a server keeps of one is none of another's.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=self.timeouts.to_httpx(),
            limits=connections,
            headers={'User-Agent': agent},
            transport=self._transport,
            # No proxy reaches the server on this machine.
            mounts={f'all://{host}': None for host in LOOPBACK},
        )


def _watch_over(client: httpx.Client) -> None:
    """Let every connection, also those by way of a proxy, keep to the limit of a whole answer."""
    from scenebox_ros.client.streams import Backend

    # httpcore takes a backend, but httpx does not pass one on; a transport of our own would have
    # to do again what httpx makes of proxies and certificates in the environment.
    for transport in (client._transport, *client._mounts.values()):
        connections = getattr(transport, '_pool', None)
        if connections is not None:
            connections._network_backend = Backend()


def _head_bytes(request: httpx.Request) -> int:
    """Count what goes to the network before a request's body."""
    lines = sum(len(name) + len(value) + 4 for name, value in request.headers.raw)
    return len(request.method) + len(request.url.raw_path) + 14 + lines


def proxy_of(url: str) -> str:
    """Name the proxy by way of which the environment says that a URL is reached, or nothing."""
    from urllib.parse import urlsplit
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    host = parts.hostname or ''
    if host in LOOPBACK or host == '::1' or proxy_bypass(host):
        return ''
    proxies = getproxies()
    return plain_url(proxies.get(parts.scheme) or proxies.get('all') or '')


def plain_url(url: str) -> str:
    """Cut from a URL what may be secret: its query, with tokens and signatures, and passwords."""
    return re.sub(r'//[^/@]*@', '//', url.partition('?')[0])


class _Redactor(logging.Filter):
    """httpx logs each URL at INFO, httpcore each answer's headers: mask what is secret there."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        masked = SECRET.sub(r'\1\2***', said)
        for pool in _known_pools():
            for secret in pool.secrets:
                masked = masked.replace(secret, '***')
        if masked != said:
            record.msg, record.args = masked, ()
        return True


def _known_pools() -> list[Pool]:
    with _once:
        return list(_pools)


def _set_up() -> None:
    global _is_set_up
    with _once:
        if not _is_set_up:
            for name in LOGGERS:
                logging.getLogger(name).addFilter(_Redactor())
            if hasattr(os, 'register_at_fork'):
                os.register_at_fork(after_in_child=_forget_all)
            _is_set_up = True


def _forget_all() -> None:
    for pool in list(_pools):
        pool.forget()
