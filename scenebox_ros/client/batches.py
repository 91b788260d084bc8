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
Put many small assets at once, where the server takes them so.

Bytes and documents travel together, several megabytes a request, so that a small asset costs no
request of its own. A batch may be sent again: what is there already stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
import json
from typing import Any, Optional

from scenebox_ros.client.answers import Answer, error_of
from scenebox_ros.client.endpoints import asset_documents
from scenebox_ros.client.endpoints.asset_documents import WriteOptions
from scenebox_ros.client.http import Http
from scenebox_ros.client.retry import BUSY, Done, Failure, Outcome
from scenebox_ros.client.scope import Json, Scope
from scenebox_ros.client.sources import Source, whole
from scenebox_ros.client.threads import run_threaded
from scenebox_ros.errors import AssetError, ResponseError
from scenebox_ros.wire import frames

# Larger ones are hardly quicker, and wait in memory.
BATCH_BYTES = 4 * 2**20
# More connections than this gain nothing.
MAX_THREADS = 4
DOCUMENT_BYTES = 64 * 2**10
# Bytes that came as others than were sent: sending them again helps.
WRONG_HASH = 422


@dataclass(frozen=True)
class SmallAsset:
    """An asset on its way: its id, its document as JSON, its bytes, and what they are called."""

    asset_id: str
    document: bytes
    source: Source
    storage_id: str
    content_type: Optional[str]

    def frame(self) -> tuple[bytes, bytes]:
        """Read it: the line that tells of it, and its bytes."""
        body = whole(self.source)
        line = frames.line(
            self.asset_id, self.document, body, self.storage_id, self.content_type
        )
        return line, body

    @property
    def size(self) -> int:
        """Bytes that it takes in a request, nearly."""
        return self.source.size + len(self.document)

    @property
    def fits(self) -> bool:
        """Whether it may travel in a batch."""
        is_small = self.source.size <= frames.MAX_ITEM_BYTES
        return is_small and len(self.document) <= DOCUMENT_BYTES


def put_small(
    http: Http,
    scope: Scope,
    assets: Iterable[SmallAsset],
    options: WriteOptions,
    threads: int,
    tell: Any,
) -> set[str]:
    """
    Put small assets; on return bytes and documents are stored and can be found.

    Parameters
    ----------
    http, scope
        Where to.
    assets
        The assets; each is read when it is sent.
    options
        How documents are written.
    threads
        Batches at once.
    tell
        Called with how many are done.

    Returns
    -------
    set of str
        The sets that they are in.

    Raises
    ------
    AssetError
        If the server refuses one. Others of its batch are stored all the same.

    """

    def put(batch: Sequence[SmallAsset]) -> list[str]:
        sets = _put(http, scope, batch, options)
        tell(len(batch))
        return sets

    told = run_threaded(put, batches_of(assets), min(threads, MAX_THREADS))
    return {name for sets in told for name in sets}


def batches_of(assets: Iterable[SmallAsset]) -> Iterator[list[SmallAsset]]:
    """Cut assets into batches of a size that is quick to send and bounded in memory."""
    batch: list[SmallAsset] = []
    size = 0
    for asset in assets:
        if batch and (size + asset.size > BATCH_BYTES or len(batch) == frames.MAX_ITEMS):
            yield batch
            batch, size = [], 0
        batch.append(asset)
        size += asset.size
    if batch:
        yield batch


def _put(
    http: Http, scope: Scope, batch: Sequence[SmallAsset], options: WriteOptions
) -> list[str]:
    waiting = [asset.frame() for asset in batch]
    doing = f'put {len(batch)} {scope.asset_type}'

    def attempt() -> Outcome[list[str]]:
        nonlocal waiting
        pieces = [piece for frame in waiting for piece in frame]
        reply = asset_documents.put_batch(http, scope, pieces, options, doing)
        results = _results(reply, len(waiting), doing)
        failed = [one['error'] for one in results if 'error' in one]
        if not failed:
            return Done([str(name) for name in reply.get('sets') or ()])
        waiting = [frame for frame, one in zip(waiting, results, strict=True) if 'error' in one]
        again = all(one.get('status') in (WRONG_HASH, *BUSY) for one in failed)
        first = next(one for one in results if 'error' in one)
        return Failure(_refused(http, first, len(failed), doing), again)

    return http.rule.run(attempt)


def _results(reply: Any, count: int, doing: str) -> list[Json]:
    results = reply.get('results')
    if isinstance(results, list) and len(results) == count:
        return results
    raise AssetError(f'could not {doing}: the answer does not tell of each; check the URL')


def _refused(http: Http, result: Mapping[str, Any], count: int, doing: str) -> ResponseError:
    error = result['error']
    body = json.dumps({'error': error}).encode()
    which = f'{doing}: {count} failed, {result.get("id")!r} first'
    return error_of(Answer(int(error.get('status') or 400), {}, body), AssetError, which,
                    http.token)  # fmt: skip
