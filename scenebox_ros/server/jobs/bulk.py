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

"""Changing and deleting many documents: by query or by list, in steps, as jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
import random
from typing import Any

from scenebox_ros.server.jobs.context import Job
from scenebox_ros.server.jobs.registry import job
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.search.query import Filter, Not, parse, Query
from scenebox_ros.server.search.sql import term_values
from scenebox_ros.server.store import times
from scenebox_ros.server.store.flatten import term

STEP = 500


@job('media_removal')
def remove(job: Job) -> Any:
    """Delete documents, given by ``search`` or ``ids``."""
    payload, asset_type = job.payload, job.payload['asset_type']
    given = payload.get('ids')
    names = _hits(job, parse(payload['search'])) if given is None else list(given)
    gone = 0
    for done, step in _steps(job, names, 'deleting'):
        gone += len(job.core.documents.delete(job.owner, asset_type, step))
        job.progress(100 * done / len(names))
    return {'deleted': gone}


@job('update_by_query')
def update_by_query(job: Job) -> Any:
    """Add a value to a list field of the hits, or remove it from there."""
    payload, asset_type = job.payload, job.payload['asset_type']
    path, value = payload['update_field'].split('.'), payload['update_value']
    adding = payload['operation'] == 'add'
    query = parse(payload.get('search'))
    # Those that are done already do not count: a job that starts again goes on where it was.
    has = Filter(payload['update_field'], (value,))
    names = payload.get('chosen')
    if names is None:
        names = _hits(job, Query((*query.clauses, Not(has) if adding else has)))
        limit = payload.get('limit')
        if limit is not None and limit < len(names):
            names = sorted(random.Random(job.id).sample(names, limit))
            # Started again, it would choose among the others.
            job.remember('chosen', names)
    changed = 0
    for done, step in _steps(job, names, 'updating'):
        changed += _change(job, asset_type, step, path, value, adding)
        job.progress(100 * done / len(names))
    return {'updated': changed, 'total': len(names)}


@job('index_key_removal', heavy=True)
def remove_key(job: Job) -> Any:
    """Take a field out of all documents of a type."""
    path = job.payload['key'].split('.')
    asset_type = job.payload['asset_type']
    names = _hits(job, parse({'exists_filters': [{'field': job.payload['key']}]}))
    changed = 0
    for done, step in _steps(job, names, 'removing the field'):
        changed += job.core.documents.rewrite(
            job.owner, asset_type, step, lambda document: _without(document, path)
        )
        job.progress(100 * done / len(names))
    job.core.documents.forget_field(job.owner, asset_type, job.payload['key'])
    return {'updated': changed}


def _change(job: Job, asset_type: str, names: Sequence[str], path: Sequence[str], value: Any,
            adding: bool) -> int:
    return job.core.documents.rewrite(
        job.owner, asset_type, names, lambda document: _with(document, path, value, adding)
    )


def _with(document: Any, path: Sequence[str], value: Any, adding: bool) -> Any:
    """
    Copy a document with a value added to, or removed from, the list at a path.

    Of lists on the way every object changes. What else stands on the way stays: below a text or a
    number there is no place for a list.
    """
    if not path:
        return _changed(document, value, adding)
    if isinstance(document, list):
        return [item if item is None else _with(item, path, value, adding) for item in document]
    inner = {} if document is None and adding else document
    if not isinstance(inner, dict) or (path[0] not in inner and not adding):
        return document
    return {**inner, path[0]: _with(inner.get(path[0]), path[1:], value, adding)}


def _changed(old: Any, value: Any, adding: bool) -> Any:
    values = old if isinstance(old, list) else [] if old is None else [old]
    if adding:
        return [*values, value]
    # Whatever a filter with the value finds goes: otherwise it would be found again.
    terms, ns = term_values([value]), times.parse_ns(value)
    rest = [item for item in values if item is None or isinstance(item, (dict, list)) or (
        term(item) not in terms and (ns is None or times.parse_ns(item) != ns))]
    return rest if len(rest) < len(values) else old


def _without(document: Any, path: Sequence[str]) -> Any:
    """Copy a document without what is at a path, in every element of lists on the way."""
    if isinstance(document, list):
        return [_without(item, path) for item in document]
    if not isinstance(document, dict) or path[0] not in document:
        return document
    if len(path) == 1:
        return {key: value for key, value in document.items() if key != path[0]}
    return {**document, path[0]: _without(document[path[0]], path[1:])}


def _hits(job: Job, query: Query) -> list[str]:
    page = Page(scan=True, sort_field='id')
    return job.core.search.ids(job.owner, job.payload['asset_type'], query, page)


def _steps(job: Job, names: Sequence[str], stage: str) -> Iterator[tuple[int, Sequence[str]]]:
    job.progress(0, stage)
    for start in range(0, len(names), STEP):
        step = names[start:start + STEP]
        yield start + len(step), step
