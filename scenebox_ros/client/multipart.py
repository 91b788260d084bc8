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
Upload a large file in parts, several at once, and go on where another run was cut off.

A part counts when the storage has acknowledged it; what is under way when a run is cut off is sent
again. So one part goes first, and then as many at once as the network takes in a few seconds.

Threads: a few per file while it is uploaded; each reads, sends and verifies one part at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
import logging
import math
import threading
import time
from typing import Any, Optional

from scenebox_ros.client import cancel
from scenebox_ros.client.endpoints import asset_uploads
from scenebox_ros.client.http import Http
from scenebox_ros.client.journal import Journal, journal_of
from scenebox_ros.client.progress import bar
from scenebox_ros.client.retry import Done, Failure, Outcome
from scenebox_ros.client.scope import Scope
from scenebox_ros.client.sources import pieces, Source
from scenebox_ros.client.threads import run_threaded
from scenebox_ros.client.uploads import sent, verified
from scenebox_ros.errors import AssetError, UploadError

log = logging.getLogger(__name__)

PART = 50 * 2**20
# More connections than this to one storage gain nothing, and each holds a part back on failure.
MAX_THREADS = 4
MIB = 2**20
SPAN_S = 4.0


def upload_large(
    http: Http,
    scope: Scope,
    storage_id: Optional[str],
    source: Source,
    *,
    new_id: Callable[[], str],
    owner_organization_id: Optional[str] = None,
    num_threads: int = MAX_THREADS,
) -> str:
    """
    Upload a file in parts.

    Parameters
    ----------
    http, scope
        Where to.
    storage_id
        What the storage shall call the file; None lets ``new_id`` name it.
    source
        The file.
    new_id
        Makes a name for a file that has none.
    owner_organization_id
        Whose file it is.
    num_threads
        Parts that are sent at the same time, at most.

    Returns
    -------
    str
        The file's URI.

    Raises
    ------
    AssetError
        If the server or the storage refuses, or has something else than was sent.
    UploadError
        If the file was changed meanwhile.

    """
    place = http.bases['v1']
    owner = owner_organization_id or ''
    key = source.key, place, scope.asset_type, storage_id or '', owner
    with journal_of(*key) as journal:
        upload = _Upload(http, scope, source, journal, owner_organization_id, num_threads)
        if journal.is_begun:
            try:
                return upload.finish()
            except AssetError as error:
                if error.status is None or not 400 <= error.status < 500:
                    raise
                log.info('the unfinished upload is lost, starting again: %s', error)
        upload.begin(storage_id or new_id())
        return upload.finish()


class Flow:
    """
    How many parts to send at once, after what the network has taken so far.

    Attributes
    ----------
    count
        One until a part was acknowledged.

    """

    def __init__(self, most_at_once: int) -> None:
        self.count = 1
        self._most_at_once = max(1, most_at_once)
        self._lock = threading.Lock()

    def took(self, num_bytes: int, seconds: float) -> None:
        """Learn from a part that was acknowledged after so long."""
        with self._lock:
            in_span = self.count * num_bytes / max(seconds, 1e-3) * SPAN_S
            # Rounded up: it may be a connection that limits, not the network.
            self.count = min(self._most_at_once, math.ceil(in_span / PART))


class _Upload:
    """One upload and what it needs everywhere."""

    def __init__(
        self,
        http: Http,
        scope: Scope,
        source: Source,
        journal: Journal,
        owner: Optional[str],
        num_threads: int,
    ) -> None:
        self._http = http
        self._scope = scope
        self._source = source
        self._journal = journal
        self._owner = owner
        self._flow = Flow(min(num_threads, MAX_THREADS))

    def begin(self, storage_id: str) -> None:
        upload_id = asset_uploads.start_multipart(
            self._http, self._scope, storage_id, self._owner
        )
        self._journal.begin(storage_id, upload_id)

    def finish(self) -> str:
        """Send the parts that the storage does not have, and put all together."""
        journal, size = self._journal, self._source.size
        numbers = range(1, max(1, -(-size // PART)) + 1)
        missing = [number for number in numbers if number not in journal.parts]
        done = sum(self._length(number) for number in journal.parts)
        name = str(journal.storage_id)
        with bar(name, size, 'B', done) as advance:
            while missing:
                count = self._flow.count
                send = partial(self._send_some, missing, advance)
                run_threaded(send, [count] * count, count)
        if self._source.has_changed:
            journal.forget()
            raise UploadError(
                f'the file of {name!r} is being changed; upload it again when it is complete'
            )
        uri = asset_uploads.complete_multipart(
            self._http,
            self._scope,
            name,
            sorted(journal.parts.items()),
            str(journal.upload_id),
            self._owner,
        )
        journal.forget()
        return uri

    def _length(self, number: int) -> int:
        return min(PART, self._source.size - (number - 1) * PART)

    def _send_some(self, missing: list[int], advance: Callable[[int], Any], count: int) -> None:
        """Send parts while so many at once are right for the network."""
        while self._flow.count == count:
            cancel.check()
            try:
                number = missing.pop(0)
            except IndexError:
                return
            begun = time.monotonic()
            self._send(number)
            self._flow.took(self._length(number), time.monotonic() - begun)
            advance(self._length(number))

    def _send(self, number: int) -> None:
        journal = self._journal
        storage_id, upload_id = str(journal.storage_id), str(journal.upload_id)
        doing = f'upload part {number} of {storage_id!r}'

        def attempt() -> Outcome[str]:
            # A new URL each time: the last one may have expired.
            url = asset_uploads.part_url(
                self._http, self._scope, storage_id, number, upload_id, self._owner
            )
            return self._put(self._http.full_url(url), number, doing)

        journal.add(number, self._http.rule.run(attempt))

    def _put(self, url: str, number: int, doing: str) -> Outcome[str]:
        start, length = (number - 1) * PART, self._length(number)
        headers = {'Content-Length': str(length)}
        content = pieces(self._source, start, length)
        outcome = sent(self._http, 'PUT', url, headers, content, doing)
        if isinstance(outcome, Failure):
            return outcome
        answer = outcome.value
        etag = answer.headers.get('etag')
        if not etag:
            text = f'could not {doing}: the storage did not confirm it with an ETag; try again'
            return Failure(AssetError(text, status=answer.status), is_repeatable=True)
        checked = verified(answer, self._source, start, length, doing)
        return checked if isinstance(checked, Failure) else Done(etag)
