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

"""Assets as jobs see them: bytes in, and what was made of them beside the document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
import gzip
import io
import logging
from pathlib import Path
import time
from typing import Any, TYPE_CHECKING
import zlib

from scenebox_ros import stamps
from scenebox_ros.errors import AssetCompressionError, JobError, SceneBoxError
from scenebox_ros.ids import std
from scenebox_ros.model.plain import chunks
from scenebox_ros.server.search import query as q
from scenebox_ros.server.sets.archive import blocks
from scenebox_ros.server.sets.contents import stored_of
from scenebox_ros.server.sets.service import CHUNK, EVERYTHING
from scenebox_ros.server.store.merge import Document
from scenebox_ros.server.store.naming import Name, Stored
from scenebox_ros.server.store.unwritable import is_unwritable

if TYPE_CHECKING:
    from scenebox_ros.server.jobs.context import Job

log = logging.getLogger(__name__)
MAX_NOTES = 50
# Documents are what clients wrote: any field of them may hold anything.
ODD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
# What a job reads of one asset at once; only videos are read as files, and may be larger.
MAX_BYTES = 1 << 30
_AT_MOST = f'at most {MAX_BYTES} bytes are read at once'


def wanted_ids(running: Job, kind: str) -> list[str]:
    """Read from the payload which assets a job is for: ``ids``, or what ``search`` finds."""
    payload = running.payload
    if payload.get('ids') is not None:
        return [std(name) for name in payload['ids'] if name]
    query = q.parse(payload.get('search'))
    return running.core.search.ids(running.owner, kind, query, EVERYTHING)


def documents_of(running: Job, kind: str, ids: Sequence[str]) -> Iterator[Document]:
    """Read documents by id, a chunk at a time; missing ones are noted."""
    for some in chunks(ids, CHUNK):
        query = q.Query((q.Filter('id', tuple(some)),))
        found = running.core.search.documents(running.owner, kind, query, EVERYTHING)
        yield from found
        missing = set(some) - {document['id'] for document in found}
        if missing:
            running.note(f'{len(missing)} {kind} do not exist: {", ".join(sorted(missing)[:20])}')


def for_each(
    running: Job, kind: str, work: Callable[[Document], Any], stage: str
) -> list[str]:
    """
    Do something to every asset that the job is for.

    One that fails is noted and does not stop the others.

    Returns
    -------
    list of str
        Ids of those it was done to.

    Raises
    ------
    JobError
        If it could be done to none of them.

    """
    ids = wanted_ids(running, kind)
    done: list[str] = []
    failures: list[str] = []
    for number, document in enumerate(documents_of(running, kind, ids)):
        running.progress(100.0 * number / len(ids), stage)
        try:
            work(document)
        except JobError:
            raise
        except SceneBoxError as error:
            if is_unwritable(error):
                raise
            failures.append(f'{document["id"]}: {error}')
        except ODD as error:
            log.warning('job %s: %s is odd', running.id, document['id'], exc_info=error)
            failures.append(f'{document["id"]}: {type(error).__name__}: {error}')
        else:
            done.append(str(document['id']))
    _tell(running, failures)
    if ids and not done:
        raise JobError(f'{stage} failed for all of {len(ids)} {kind}; see the notes')
    return done


def _tell(running: Job, failures: Sequence[str]) -> None:
    for failure in failures[:MAX_NOTES]:
        running.note(failure)
    if len(failures) > MAX_NOTES:
        running.note(f'and {len(failures) - MAX_NOTES} more failed')


def stored(running: Job, document: Document) -> Stored:
    """Find an asset's bytes, or raise :class:`AssetCompressionError`."""
    found = stored_of(running.core, running.owner, document)
    if found is None:
        raise AssetCompressionError(
            f'{document["id"]} has no bytes on this server; upload them, '
            'a url or a uri elsewhere is not fetched'
        )
    return found


def read_bytes(running: Job, document: Document) -> bytes:
    """
    Read an asset's bytes into memory, unpacked if they were stored packed.

    Raises
    ------
    AssetCompressionError
        If there are none, or more than ``MAX_BYTES``, or they cannot be unpacked.

    """
    found = stored(running, document)
    body = read_stored(running, found)
    return _unpacked(document['id'], body) if found.content_encoding == 'gzip' else body


def read_stored(running: Job, found: Stored) -> bytes:
    """Read an object into memory as it is kept, unless it has more than ``MAX_BYTES``."""
    if found.size > MAX_BYTES:
        raise AssetCompressionError(f'{found.filename} has {found.size} bytes; {_AT_MOST}')
    return running.core.objects.read(found)


def _unpacked(name: str, body: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(body)) as file:
            plain = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = f'{name} cannot be unpacked: {error}; upload it again'
        raise AssetCompressionError(reason) from error
    if len(plain) > MAX_BYTES:
        raise AssetCompressionError(f'{name} grows when unpacked; {_AT_MOST}')
    return plain


@contextmanager
def as_file(running: Job, document: Document) -> Iterator[Path]:
    """Lend an asset's bytes as a file, for libraries that seek in large ones."""
    found = stored(running, document)
    path = running.core.objects.temporary()
    try:
        with path.open('xb') as file:
            for block in blocks(running.core, found):
                file.write(block)
        yield path
    except JobError:
        raise
    except SceneBoxError as error:
        # Which asset it is, not where its bytes lay for a moment.
        message = str(error).replace(str(path), str(document['id']))
        raise AssetCompressionError(message) from error
    finally:
        path.unlink(missing_ok=True)


def keep_thumbnails(
    running: Job, kind: str, document: Document, made: Iterable[tuple[str, bytes | Path, Document]]
) -> None:
    """
    Store what was made of an asset, and name it in its document under ``thumbnails``.

    Parameters
    ----------
    running, kind, document
        The job and the asset.
    made
        Tag, bytes or the file that has them, and what is said about them: ``filename``,
        ``content_type``, optionally ``content_encoding``, and whatever else the document shall
        say.

    """
    entries = {}
    for tag, body, about in made:
        # The same name every time: making it again replaces it.
        key = f'thumbnails/{kind}/{document["id"]}/{tag}/{about["filename"]}'
        name = Name(running.owner.organization_id, key, about['content_type'],
                    about.get('content_encoding', ''))  # fmt: skip
        kept = _keep(running, name, body)
        said = {k: v for k, v in about.items() if k not in ('content_encoding', 'filename')}
        entries[tag] = {
            'object_access': {'filename': about['filename'], 'uri': kept.uri},
            'num_bytes': kept.size,
            **said,
        }
    change = {'thumbnails': entries}
    running.core.documents.update(running.owner, kind, str(document['id']), change, True)


def keep_asset(
    running: Job, kind: str, name: str, body: bytes | Path, content_type: str, document: Document
) -> Document:
    """Store a new asset: its bytes, then its document."""
    filename = document.pop('filename', name)
    key = Name(running.owner.organization_id, f'made/{kind}/{std(name)}/{filename}', content_type)
    kept = _keep(running, key, body)
    return running.core.documents.put(running.owner, kind, name, {
        'timestamp': stamps.to_iso(time.time_ns()),
        **document,
        'num_bytes': kept.size,
        'sha256': kept.sha256,
        'object_access': {'filename': filename, 'uri': kept.uri},
    })  # fmt: skip


def _keep(running: Job, name: Name, body: bytes | Path) -> Stored:
    if not isinstance(body, Path):
        return running.core.objects.put(name, body)
    with body.open('rb') as file:
        return running.core.objects.put_file(name, file)
