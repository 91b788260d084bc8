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

"""What is done to sets in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TYPE_CHECKING

from scenebox_ros.errors import SetsError
from scenebox_ros.model.plain import chunks
from scenebox_ros.server.jobs.registry import job
from scenebox_ros.server.search import query as q
from scenebox_ros.server.sets.archive import write_shards, write_zip
from scenebox_ros.server.sets.contents import digest
from scenebox_ros.server.sets.service import (
    CHUNK,
    DELETING,
    EVERYTHING,
    POPULATING,
    READY,
    Sets,
    type_of,
    ZIPPING,
)
from scenebox_ros.server.sets.split import split
from scenebox_ros.server.sets.versions import commit, find_commit
from scenebox_ros.server.store.documents import Owner

if TYPE_CHECKING:
    from scenebox_ros.server.jobs.context import Job

MAX_SHOWN = 20


def sets_of(running: Job) -> Sets:
    """Give the service of sets over the job's parts."""
    return Sets(running.core.database, running.core.documents, running.core.search)


@job('set_addition')
def add_assets(running: Job) -> Any:
    """Let assets belong to a set: those of ``asset_list``, or those that ``search`` finds."""
    return _change(running, Sets.join)


@job('set_removal')
def remove_assets(running: Job) -> Any:
    """Let assets no longer belong to a set."""
    return _change(running, Sets.leave)


def _change(running: Job, change: Callable[..., list[str]]) -> Any:
    sets, payload = sets_of(running), running.payload
    set_id = payload['set_id']
    with _saying(sets, running.owner, set_id, POPULATING):
        ids = _wanted(running, sets, payload)
        missing: list[str] = []
        for done, some in enumerate(chunks(ids, CHUNK)):
            sets.check_unlocked(running.owner, set_id)
            missing += change(sets, running.owner, set_id, some)
            running.progress(100.0 * (done + 1) * len(some) / len(ids), 'changing members')
    if missing:
        shown = ', '.join(missing[:MAX_SHOWN]) + (', ...' if len(missing) > MAX_SHOWN else '')
        running.note(f'{len(missing)} of {len(ids)} assets do not exist: {shown}')
    return {'changed': len(ids) - len(missing), 'missing': missing[:MAX_SHOWN]}


def _wanted(running: Job, sets: Sets, payload: Any) -> list[str]:
    if payload.get('asset_list') is not None:
        return list(payload['asset_list'])
    query, limit = q.parse(payload.get('search')), payload.get('limit')
    kind = type_of(sets.get(running.owner, payload['set_id']))
    ids = running.core.search.ids(running.owner, kind, query, EVERYTHING)
    return ids if limit is None else ids[:limit]


@contextmanager
def _saying(sets: Sets, reach: Owner, set_id: str, status: str) -> Iterator[None]:
    sets.say(reach, set_id, status)
    try:
        yield
    finally:
        sets.say(reach, set_id, READY)


@job('set_deletion', heavy=True)
def delete_set(running: Job) -> Any:
    """Delete a set; ``delete_content`` deletes its members too."""
    sets, reach = sets_of(running), running.owner
    set_id = running.payload['set_id']
    if not running.core.documents.exists(reach, 'sets', set_id):
        return {'deleted': 0}
    document = sets.check_unlocked(reach, set_id)
    sets.say(reach, set_id, DELETING)
    ids = sets.list_ids(reach, set_id, q.Query())
    for done, some in enumerate(chunks(ids, CHUNK)):
        if running.payload.get('delete_content'):
            running.core.documents.delete(reach, type_of(document), some)
        else:
            sets.leave(reach, set_id, some)
        running.progress(95.0 * (done + 1) * len(some) / len(ids), 'deleting')
    sets.delete(reach, set_id)
    return {'deleted': len(ids) if running.payload.get('delete_content') else 0}


@job('split_sets')
def split_set(running: Job) -> Any:
    """Divide a set's members at random among new sets, whose ids are in ``subset_ids``."""
    sets, reach, payload = sets_of(running), running.owner, running.payload
    document = sets.get(reach, payload['set_id'])
    ids = sets.list_ids(reach, payload['set_id'], q.Query())
    parts: int | Sequence[float] = payload['parts']
    shares = split(ids, parts, payload.get('random_seed'))
    for number, (name, share) in enumerate(zip(payload['subset_names'], shares, strict=True)):
        wish = {'name': name, 'assets_type': type_of(document),
                'origin_set_id': document['id'], 'expected_count': len(share)}  # fmt: skip
        set_id = sets.add(reach, wish)
        for some in chunks(share, CHUNK):
            sets.join(reach, set_id, some)
        running.progress(100.0 * (number + 1) / len(shares), f'filled {name}')
    return {'subset_ids': payload['subset_ids']}


@job('zipping', heavy=True)
def zip_set(running: Job) -> Any:
    """Archive a set, unless there is an archive of just what it holds."""
    sets, reach, payload = sets_of(running), running.owner, running.payload
    set_id, name = payload['set_id'], payload['zip_id']
    if payload.get('version'):
        wanted = find_commit(running.core, reach, set_id, payload['version'])
        if wanted['content_digest'] != digest(running.core, reach, set_id):
            raise SetsError(
                f'set {set_id!r} has changed since version {payload["version"]}; bytes of former '
                'versions are not kept: zip each version before the set is changed'
            )
    content = digest(running.core, reach, set_id)
    known = running.core.documents.find(reach, 'zipfiles', name)
    if known and known.get('content_digest') == content and not payload.get('force_recreate'):
        return {'zip_id': name, 'count': known.get('count')}
    with _saying(sets, reach, set_id, ZIPPING):
        made = write_zip(running, set_id, name, content)
    return {'zip_id': name, 'count': made['count']}


@job('set_versioning_init_and_commit', heavy=True)
def commit_set(running: Job) -> Any:
    """Add what a set holds to its history."""
    set_id = running.payload['set_id']
    ids = sets_of(running).list_ids(running.owner, set_id, q.Query())
    made = commit(running, set_id, running.payload['message'], ids)
    return {'version': made['full_hash'] if made else None}


@job('STREAMABLE_SET_SHARDING', heavy=True)
def shard_set(running: Job) -> Any:
    """Write a set as WebDataset shards and note them in its document."""
    set_id = running.payload['set_id']
    sets = sets_of(running)
    old = sets.get(running.owner, set_id).get('streamable_shards') or []
    names = write_shards(running, set_id, running.payload['shard_size'])
    running.core.documents.update(
        running.owner, 'sets', set_id, {'streamable_shards': names}, replace_lists=True
    )
    stale = [name for name in old if name not in names]
    running.core.documents.delete(running.owner, 'zipfiles', stale)
    return {'streamable_shards': names}
