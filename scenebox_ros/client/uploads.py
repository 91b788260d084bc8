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
Bring files to where the platform stores them.

Small files go in one request, by a form as the platform's permission asks for, or as they are
where the server takes that. Large ones go in parts: see :mod:`scenebox_ros.client.multipart`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
import hashlib
import json
import logging
import os
from typing import Any, Optional

from scenebox_ros.client.answers import Answer, error_of
from scenebox_ros.client.endpoints import asset_uploads
from scenebox_ros.client.exchange import exchange
from scenebox_ros.client.hashes import hash_of, told_hash
from scenebox_ros.client.http import Http
from scenebox_ros.client.retry import BUSY, Done, Failure, Outcome
from scenebox_ros.client.scope import Json, Scope
from scenebox_ros.client.sources import pieces, Source, WHOLE, whole
from scenebox_ros.errors import AssetError, ResponseError

log = logging.getLogger(__name__)

LARGE = 50 * 2**20


def upload_small(
    http: Http, scope: Scope, ticket: Json, storage_id: str, source: Source, patient: bool = False
) -> str:
    """
    Upload a file in one request.

    Parameters
    ----------
    http, scope
        Where to.
    ticket
        The permission: ``url``, ``fields`` and ``uri``; ``put_url`` where the server takes files
        as they are.
    storage_id
        What the storage calls the file.
    source
        The file.
    patient
        Try again also if the storage does not know the permission (yet).

    Returns
    -------
    str
        The file's URI.

    Raises
    ------
    AssetError
        If the storage refuses, or has something else than was sent.

    """
    doing = f'upload {storage_id!r} ({source.size} bytes) of {scope.asset_type}'
    put_url = ticket.get('put_url')
    if put_url:
        _put_raw(http, http.full_url(put_url), source, doing, patient)
    else:
        _post_form(http, http.full_url(ticket['url']), ticket.get('fields', {}), source, doing)
        _clear(http, scope, storage_id)
    return str(ticket['uri'])


def _put_raw(http: Http, url: str, source: Source, doing: str, patient: bool) -> None:
    """PUT the bytes as they are; the server answers with what it has."""
    headers = {'Content-Type': 'application/octet-stream', 'Content-Length': str(source.size)}
    body = whole(source) if source.size <= WHOLE else None
    if body is not None:
        headers['x-content-sha256'] = hashlib.sha256(body).hexdigest()

    def attempt() -> Outcome[None]:
        digest = hashlib.sha256()
        content = body if body is not None else _hashed(pieces(source), digest.update)
        outcome = sent(http, 'PUT', url, headers, content, doing, patient)
        if isinstance(outcome, Failure):
            return outcome
        ours = headers.get('x-content-sha256') or digest.hexdigest()
        return _compared(outcome.value, ours, source.size, doing)

    http.rule.run(attempt)


def _compared(answer: Answer, sha256: str, size: int, doing: str) -> Outcome[None]:
    try:
        told = json.loads(answer.body)
        theirs = told['sha256'], int(told['size'])
    except (ValueError, KeyError, TypeError):
        text = f'could not {doing}: the answer does not tell what arrived; check the URL'
        return Failure(AssetError(text, status=answer.status), is_repeatable=True)
    if theirs == (sha256, size):
        return Done(None)
    text = f'could not {doing}: sent {size} bytes {sha256}, the server has {theirs}; try again'
    return Failure(AssetError(text, status=answer.status), is_repeatable=True)


def _post_form(
    http: Http, url: str, fields: Mapping[str, str], source: Source, doing: str
) -> None:
    """POST a form with the fields of the permission and then the file, as storages want it."""
    boundary = os.urandom(16).hex()
    head, tail = _form(fields, boundary)
    headers = {
        'Content-Type': f'multipart/form-data; boundary={boundary}',
        'Content-Length': str(len(head) + source.size + len(tail)),
    }

    def attempt() -> Outcome[None]:
        content: Any
        if source.size <= WHOLE:
            content = b''.join((head, whole(source), tail))
        else:
            content = _framed(head, pieces(source), tail)
        outcome = sent(http, 'POST', url, headers, content, doing)
        if isinstance(outcome, Failure):
            return outcome
        return verified(outcome.value, source, 0, source.size, doing)

    http.rule.run(attempt)


def sent(
    http: Http,
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: Any,
    doing: str,
    patient: bool = False,
) -> Outcome[Answer]:
    """Send bytes to a storage once. Doing so again writes the same: it may be repeated."""
    outcome = exchange(http.pool, method, url, headers=headers, content=content, doing=doing)
    if isinstance(outcome, Failure):
        return outcome
    answer = outcome.value
    if answer.is_ok:
        return outcome
    again = answer.status in BUSY or (patient and answer.status == 404)
    return Failure(_refused(answer, doing, http), again, answer.retry_after_s)


def verified(
    answer: Answer, source: Source, start: int, length: int, doing: str
) -> Outcome[None]:
    """
    Compare what the storage has with what was sent, where it tells.

    The bytes are hashed now, by the hash that it tells, and not for those that tell none.
    """
    told = told_hash(answer)
    if told is None:
        return Done(None)
    kind, theirs = told
    ours = hash_of(kind, pieces(source, start, length))
    if ours == theirs:
        return Done(None)
    text = (
        f'could not {doing}: sent {length} bytes with {kind} {ours}, the storage has {theirs}; '
        'try again'
    )
    return Failure(AssetError(text, status=answer.status), is_repeatable=True)


def _refused(answer: Answer, doing: str, http: Http) -> ResponseError:
    return error_of(answer, AssetError, doing, http.token)


def _clear(http: Http, scope: Scope, storage_id: str) -> None:
    try:
        asset_uploads.clear_bytes(http, scope, storage_id)
    except AssetError as error:
        # The file is stored; at worst someone sees the old one for a while.
        log.warning('%s', error)


def _form(fields: Mapping[str, str], boundary: str) -> tuple[bytes, bytes]:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    file = 'Content-Disposition: form-data; name="file"; filename="file"'
    head = f'{"".join(parts)}--{boundary}\r\n{file}\r\n\r\n'
    return head.encode(), f'\r\n--{boundary}--\r\n'.encode()


def _framed(head: bytes, body: Iterator[bytes], tail: bytes) -> Iterator[bytes]:
    yield head
    yield from body
    yield tail


def _hashed(chunks: Iterator[Any], update: Any) -> Iterator[Any]:
    for chunk in chunks:
        update(chunk)
        yield chunk


def storage_id_of(asset_id: str, folder: Optional[str]) -> str:
    """Put a file into a folder of the storage."""
    return f'{folder.rstrip("/")}/{asset_id}' if folder else asset_id
