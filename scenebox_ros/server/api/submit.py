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

"""Handing work to the queue of jobs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from scenebox_ros.errors import AccessError, InvalidArgumentsError, MetadataNotFoundError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.sets.service import Sets
from scenebox_ros.server.store.documents import Owner, valid_id

MAX_IDS = 200_000


def submit(
    call: Call, kind: str, payload: Any, description: str = '', *, job_id: str | None = None,
    told: Iterable[str] = (), **document: Any,
) -> Any:  # fmt: skip
    """
    Queue a job for the caller; answer with its id.

    Parameters
    ----------
    call, kind, payload, description
        Who wants what.
    job_id
        The job that it shall be; see :func:`adopted`.
    told
        What the caller should know of it from the start.
    document
        More fields of the job's document.

    """
    if notes := list(told):
        document['notes'] = notes
    job_id = call.core.jobs.submit(
        kind,
        payload,
        call.organization,
        username=call.identity.username,
        description=description,
        document=document or None,
        job_id=job_id,
    )
    return {'job_id': job_id}


def adopted(call: Call) -> str | None:
    """
    Read which job of the client's, who made it and waits for it, the work shall be; mostly none.

    Raises
    ------
    InvalidArgumentsError
        If the server does that job already.
    AccessError
        If it is another organization's.

    """
    given = call.optional('job_id')
    if given is None:
        return None
    job = call.documents.get(call.identity, 'jobs', given)
    if job['owner'] != call.organization:
        raise AccessError(f'job {job["id"]!r} belongs to another organization; add your own')
    if call.core.jobs.status(job['id']) is not None:
        raise InvalidArgumentsError(f'job {job["id"]!r} does something else already; add another')
    return str(job['id'])


def unused(call: Call, *names: str) -> list[str]:
    """Tell which arguments, among some that mean nothing to this server, the caller gave."""
    given = [name for name in names if call.object.get(name)]
    return [f'{name} means nothing to this server, and was left aside' for name in given]


def ids_of(call: Call, name: str = 'ids') -> list[str] | None:
    """Read a list of ids from the body, standardized; None if there is none."""
    if call.object.get(name) is None:
        return None
    ids = call.strings(name)
    if len(ids) > MAX_IDS:
        raise InvalidArgumentsError(
            f'{name} has {len(ids)} entries of at most {MAX_IDS}; send several requests'
        )
    return [valid_id(name) for name in ids]


def need(call: Call, kind: str, ids: Sequence[str], every: bool = False) -> None:
    """
    Refuse at once what a job could not do: assets of which none exists, or not every one.

    Where some do, the job notes those that do not, and does the others.

    Raises
    ------
    MetadataNotFoundError
        Which names them.

    """
    missing = call.documents.missing(Owner(call.organization), kind, ids)
    if missing and (every or len(missing) == len(ids)):
        shown = ', '.join(map(repr, missing[:5])) + (', ...' if len(missing) > 5 else '')
        raise MetadataNotFoundError(
            f'{kind} has no document {shown}; upload it first, or search to see the ids',
            status=404,
        )


def set_for(call: Call, given: str | None, kind: str) -> str | None:
    """
    Read which set the results of a job shall be in: one that can take them.

    Raises
    ------
    MetadataNotFoundError
        If it does not exist.
    InvalidArgumentsError
        If it holds assets of another type than ``kind``.
    LockedSetError
        If it is locked.

    """
    if not given:
        return None
    sets = Sets(call.core.database, call.documents, call.core.search)
    document = sets.check_unlocked(call.identity, given)
    if document.get('assets_type') != kind:
        raise InvalidArgumentsError(
            f'set {document["id"]!r} holds {document.get("assets_type")}; choose a set of {kind}'
        )
    return str(document['id'])


def chosen(call: Call, kind: str) -> dict[str, Any]:
    """
    Read which assets of a kind a job is for: ``ids``, or else those that ``search`` finds.

    Raises
    ------
    InvalidArgumentsError
        If the body has neither.
    MetadataNotFoundError
        If none of the ids exists.

    """
    ids, search = ids_of(call), call.object.get('search')
    if not ids and search is None:
        raise InvalidArgumentsError('give ids, or a search that finds the assets')
    if not ids:
        call.search('search')
        return {'ids': None, 'search': search}
    need(call, kind, ids)
    return {'ids': ids, 'search': None}
