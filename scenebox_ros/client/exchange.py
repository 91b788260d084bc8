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


"""One attempt of one request, and what its failure means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import httpx

from scenebox_ros.client import cancel, limits
from scenebox_ros.client.answers import Answer, masked
from scenebox_ros.client.pool import plain_url, Pool, proxy_of
from scenebox_ros.client.retry import Done, Failure, Outcome
from scenebox_ros.errors import (
    ConnectionFailedError,
    InvalidURLError,
    RequestTimeoutError,
    ResponseError,
)

# Nothing of the request left this machine.
UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def exchange(
    pool: Pool,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: Any = None,
    doing: str,
    secret: str | None = None,
    limit_s: float | None = None,
    follows: bool = True,
) -> Outcome[Answer]:
    """
    Send a request once and read its whole answer.

    Parameters
    ----------
    pool
        Whose connections to use.
    method, url, headers, content
        The request; content is bytes or an iterator of them.
    doing
        For messages, after "could not".
    secret
        The token, to be masked in messages.
    limit_s
        For the whole answer; None limits its headers only, as the pool does.
    follows
        Whether a redirect of a GET is followed.

    Returns
    -------
    Outcome
        The answer, good or bad, or why there is none.

    """
    cancel.check()
    response = None
    try:
        with nullcontext() if limit_s is None else limits.within(limit_s):
            response = pool.send(
                method, url, headers=headers, content=content,
                follow=follows and method == 'GET',
            )
            body = b''.join(_unless_cancelled(response.iter_bytes()))
            check_whole(response)
        return Done(Answer(response.status_code, response.headers, body))
    except httpx.HTTPError as error:
        return failure_of(error, url, doing, secret)
    finally:
        if response is not None:
            response.close()


def check_whole(response: httpx.Response) -> None:
    """
    Refuse an answer whose compressed bytes ended early: httpx takes it for whole.

    Raises
    ------
    httpx.DecodingError
        If it did.

    """
    decoder = response._get_content_decoder()
    for one in getattr(decoder, 'children', [decoder]):
        is_at_end = getattr(getattr(one, 'decompressor', None), 'eof', True)
        if response.num_bytes_downloaded and not is_at_end:
            raise httpx.DecodingError('its compressed bytes end early')


def failure_of(error: httpx.HTTPError, url: str, doing: str, secret: str | None) -> Failure:
    """Translate httpx's error: its class and its message, never its URL."""
    place = plain_url(url)
    why = masked(str(error), secret) or type(error).__name__
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.TooManyRedirects)):
        reason = (
            f'could not {doing}: {place!r} leads nowhere ({why}); write it like https://host/v1'
        )
        return Failure(InvalidURLError(reason), is_repeatable=False)
    if isinstance(error, httpx.TimeoutException):
        told = f'could not {doing}: {place} did not answer in time ({why}); '
        return Failure(
            RequestTimeoutError(f'{told}check the network, or pass longer timeouts'),
            is_repeatable=True,
            was_sent=not isinstance(error, UNSENT),
        )
    if isinstance(error, httpx.DecodingError):
        told = f'could not {doing}: the answer of {place} is damaged ({why}); try again'
        return Failure(ResponseError(told), is_repeatable=True)
    proxy = proxy_of(url)
    way = f' by way of the proxy {proxy}' if proxy else ''
    if isinstance(error, (*UNSENT, httpx.ProxyError)):
        checked = 'the proxy and NO_PROXY in the environment, ' if proxy else ''
        refused = ConnectionFailedError(f'could not {doing}: {place} cannot be reached{way} '
                                        f'({why}); check {checked}the URL and the network')
        return Failure(refused, is_repeatable=True, was_sent=False)
    told = f'could not {doing}: the connection to {place}{way} broke ({why}); try again'
    return Failure(ConnectionFailedError(told), is_repeatable=True)


def _unless_cancelled(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        cancel.check()
        yield chunk
