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
Read files from where the platform stores them.

URLs given out by the platform carry their own permission: no token goes there. A file grows
beside its final place; a broken connection, and a broken run, go on where they stopped.
"""

from __future__ import annotations

from contextlib import suppress
import os
from pathlib import Path
import re
from typing import Optional, Union

import httpx

from scenebox_ros.client import cancel
from scenebox_ros.client.answers import Answer, error_of
from scenebox_ros.client.exchange import check_whole, exchange, failure_of
from scenebox_ros.client.hashes import Digest, told_md5
from scenebox_ros.client.http import Http
from scenebox_ros.client.retry import BUSY, Done, Failure, Outcome
from scenebox_ros.errors import ResponseError

CHUNK = 2**20
UNFINISHED = '.part'
KEEPS_ETAG = '.part.etag'


def fetch(
    http: Http, url: str, error: type[ResponseError], doing: str, patient: bool = False
) -> bytes:
    """
    Read a whole file into memory.

    Parameters
    ----------
    http
        Whose connections to use.
    url
        With its permission in it.
    error
        The class to raise if the storage refuses.
    doing
        For messages, after "could not".
    patient
        Try again also if it is not there (yet).

    Returns
    -------
    bytes
        What the storage holds, without any content encoding.

    """

    def attempt() -> Outcome[bytes]:
        outcome = exchange(http.pool, 'GET', http.full_url(url), doing=doing)
        if isinstance(outcome, Failure):
            return outcome
        answer = outcome.value
        if answer.is_ok:
            return Done(answer.body)
        again = answer.status in BUSY or (patient and answer.status == 404)
        return Failure(error_of(answer, error, doing), again, answer.retry_after_s)

    return http.rule.run(attempt)


def fetch_to(
    http: Http,
    url: str,
    path: Union[str, os.PathLike[str]],
    error: type[ResponseError],
    doing: str,
) -> None:
    """
    Read a file to disk; memory stays the same however large it is.

    Parameters
    ----------
    http
        Whose connections to use.
    url
        With its permission in it.
    path
        Where to; appears when it is complete and verified. ``<path>.part`` is there meanwhile.
    error
        The class to raise if the storage refuses, or what arrives is not what it holds.
    doing
        For messages, after "could not".

    """
    target = Path(path)
    part = Path(f'{target}{UNFINISHED}')

    def attempt() -> Outcome[None]:
        return _continue(http, http.full_url(url), part, error, doing)

    http.rule.run(attempt)
    os.replace(part, target)
    _etag_file(part).unlink(missing_ok=True)


def _continue(
    http: Http, url: str, part: Path, error: type[ResponseError], doing: str
) -> Outcome[None]:
    """Go on with an unfinished file, or start it."""
    etag = _kept_etag(part)
    start = part.stat().st_size if etag and part.exists() else 0
    headers = {'Accept-Encoding': 'identity'}
    if start:
        headers |= {'Range': f'bytes={start}-', 'If-Range': etag or ''}
    try:
        response = http.pool.send('GET', url, headers=headers, follow=True)
    except httpx.HTTPError as problem:
        return failure_of(problem, url, doing, http.token)
    try:
        return _receive(response, part, start, url, error, doing)
    except httpx.HTTPError as problem:
        return failure_of(problem, url, doing, http.token)
    finally:
        response.close()


def _receive(
    response: httpx.Response,
    part: Path,
    start: int,
    url: str,
    error: type[ResponseError],
    doing: str,
) -> Outcome[None]:
    is_rest = response.status_code == 206 and start > 0
    # With 416, longer than the object: it was another one.
    if response.status_code == 416 or (is_rest and not _goes_on(response, start, part)):
        _forget(part)
        text = f'could not {doing}: the object changed meanwhile; try again'
        return Failure(error(text, status=response.status_code), is_repeatable=True)
    if response.status_code >= 300:
        answer = Answer(response.status_code, response.headers, response.read())
        again = answer.status in BUSY
        return Failure(error_of(answer, error, doing), again, answer.retry_after_s)
    digest = Digest()
    with part.open('ab' if is_rest else 'wb', buffering=CHUNK) as file:
        _keep_etag(part, response)
        if is_rest:
            _hash_file(part, digest)
        # As they arrive: whatever came before a break is kept.
        for chunk in response.iter_bytes():
            cancel.check()
            file.write(chunk)
            digest.update(chunk)
    check_whole(response)
    return _verified(response, part, digest, error, doing)


def _verified(
    response: httpx.Response, part: Path, digest: Digest, error: type[ResponseError], doing: str
) -> Outcome[None]:
    md5 = told_md5(response.headers)
    if 'content-encoding' in response.headers or md5 in (None, digest.md5):
        return Done(None)
    _forget(part)
    text = (
        f'could not {doing}: {digest.size} bytes arrived with MD5 {digest.md5}, the storage '
        f'holds {md5}; try again'
    )
    return Failure(error(text, status=response.status_code), is_repeatable=True)


def _goes_on(response: httpx.Response, start: int, part: Path) -> bool:
    """Tell whether an answer is the rest that was asked for; not all heed ``If-Range``."""
    told = re.match(r'bytes (\d+)-', response.headers.get('content-range', ''))
    etag = response.headers.get('etag')
    return (told is None or int(told[1]) == start) and etag in (None, _kept_etag(part))


def _hash_file(part: Path, digest: Digest) -> None:
    with part.open('rb') as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)


def _etag_file(part: Path) -> Path:
    return part.with_name(f'{part.name}.etag')


def _kept_etag(part: Path) -> Optional[str]:
    with suppress(OSError):
        return _etag_file(part).read_text() or None
    return None


def _keep_etag(part: Path, response: httpx.Response) -> None:
    etag = response.headers.get('etag', '')
    # A weak ETag does not promise equal bytes, and encoded content cannot be continued.
    is_strong = etag and not etag.startswith('W/')
    if is_strong and 'content-encoding' not in response.headers:
        _etag_file(part).write_text(etag)
    else:
        _etag_file(part).unlink(missing_ok=True)


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _etag_file(part).unlink(missing_ok=True)
