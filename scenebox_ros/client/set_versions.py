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
Tell sets that a member changed.

A committed set says ``version_in_sync``; whoever changes one of its members takes that back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Optional

from scenebox_ros.client import paging
from scenebox_ros.client.answers import list_in
from scenebox_ros.client.endpoints import asset_counts, asset_documents
from scenebox_ros.client.endpoints.asset_documents import WriteOptions
from scenebox_ros.client.http import Http
from scenebox_ros.client.scope import ANNOTATIONS, Json, PRIMARY, Scope, scope_of, SETS
from scenebox_ros.errors import AssetError


def member_changed(http: Http, scope: Scope, asset_id: str) -> None:
    """Tell the sets of one asset, or of the asset that an annotation belongs to."""
    if scope.asset_type in PRIMARY:
        document = asset_documents.get_document(http, scope, asset_id)
        _tell(http, list_in(document, 'sets', AssetError, str))
    elif scope.asset_type == ANNOTATIONS:
        annotation = asset_documents.get_document(http, scope, asset_id)
        _parents_changed(http, [annotation])


def members_changed(
    http: Http, scope: Scope, ids: Sequence[str], sets: Optional[Iterable[str]] = None
) -> None:
    """Tell the sets of many assets, if known which, or of those that annotations belong to."""
    if scope.asset_type in PRIMARY and sets is not None:
        _tell(http, sorted(sets))
    elif scope.asset_type in PRIMARY and ids:
        _tell(http, _sets_of(http, scope, ids))
    elif scope.asset_type == ANNOTATIONS and ids:
        fields = ['id', 'asset_id', 'media_type']
        found = paging.documents_by_id(http, scope, ids, fields)
        _parents_changed(http, [one for one in found.values() if one])


def _parents_changed(http: Http, annotations: Sequence[Json]) -> None:
    parents: dict[str, list[str]] = {}
    for annotation in annotations:
        media_type, asset_id = annotation.get('media_type'), annotation.get('asset_id')
        if media_type in PRIMARY and asset_id:
            parents.setdefault(str(media_type), []).append(str(asset_id))
    for media_type, ids in parents.items():
        _tell(http, _sets_of(http, scope_of(media_type), sorted(set(ids))))


def _sets_of(http: Http, scope: Scope, ids: Sequence[str]) -> list[str]:
    """List the sets that any of the assets is in."""
    selected = {'field': 'id', 'values': list(ids), 'filter_out': False}
    request = {'search': {'filters': [selected]}, 'dimensions': [SETS]}
    summary = asset_counts.summary(http, scope, request)
    aggregations = list_in(summary, 'aggregations', AssetError, dict) or [{}]
    buckets = list_in(aggregations[0], 'buckets', AssetError, dict)
    return [str(bucket['key']) for bucket in buckets if bucket.get('doc_count')]


def _tell(http: Http, set_ids: Sequence[str] | None) -> None:
    if not set_ids:
        return
    sets = scope_of(SETS)
    found = paging.documents_by_id(http, sets, list(set_ids), ['id', 'version_in_sync'])
    in_sync = [i for i, one in found.items() if one and one.get('version_in_sync') is True]
    if in_sync:
        changes: list[Json] = [{'version_in_sync': False} for _ in in_sync]
        asset_documents.put_documents(http, sets, in_sync, changes, WriteOptions(replace=False))
