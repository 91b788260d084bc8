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


"""Routes of single assets and their documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Optional

from scenebox_ros.client.http import Http
from scenebox_ros.client.payload import as_bool
from scenebox_ros.client.scope import Json, Scope
from scenebox_ros.errors import AssetError, MetadataNotFoundError
from scenebox_ros.wire import asset_routes as routes, extension_routes
from scenebox_ros.wire.frames import MEDIA_TYPE

# What a change is answered with; nothing says nothing.
TOLD = (dict, type(None))


@dataclass(frozen=True)
class WriteOptions:
    """
    How documents are written.

    Attributes
    ----------
    replace
        Create or overwrite; otherwise merge into what is there.
    replace_sets
        Replace lists; otherwise extend them.
    buffered_write
        Let the server index later; None leaves it to the server.
    geo_field, shape_group_field, nested_fields
        Dotted paths of fields to index as places, shapes and lists of objects.

    """

    replace: bool
    replace_sets: bool = False
    buffered_write: Optional[bool] = False
    geo_field: Optional[str] = None
    shape_group_field: Optional[str] = None
    nested_fields: Optional[Sequence[str]] = None

    def query(self) -> Json:
        """Write them as query parameters."""
        return {
            'replace': self.replace,
            'replace_sets': self.replace_sets,
            'buffered_write': self.buffered_write,
            'geo_field': self.geo_field or None,
            'shape_group_field': self.shape_group_field or None,
            'nested_fields': ','.join(self.nested_fields) if self.nested_fields else None,
        }


def exists(http: Http, scope: Scope, asset_id: str) -> bool:
    """Tell whether there is such an asset."""
    doing = f'look for {asset_id!r} in {scope.asset_type}'
    answer = http.call(
        routes.ASSET_EXISTS, {'id': asset_id}, scope.query(), error=AssetError, doing=doing
    )
    try:
        return as_bool(answer)
    except ValueError as error:
        raise AssetError(f'could not {doing}: {error}; check the URL') from None


def copy(http: Http, scope: Scope, asset_id: str, new_id: str) -> Any:
    """Copy an asset to a new id."""
    return http.call(
        routes.ASSET_COPY,
        {'id': asset_id},
        scope.query(new_id=new_id),
        error=AssetError,
        doing=f'copy {asset_id!r} of {scope.asset_type} to {new_id!r}',
    )


def delete(http: Http, scope: Scope, asset_id: str, lenient: bool = False) -> Json:
    """Delete an asset; lenient, return whatever the server says."""
    answer = http.call(
        routes.ASSET_DELETE,
        {'id': asset_id},
        scope.query(),
        error=AssetError,
        doing=f'delete {asset_id!r} of {scope.asset_type}',
        lenient=lenient,
        gives=TOLD,
    )
    return answer or {}


def get_document(http: Http, scope: Scope, asset_id: str, patient: bool = False) -> Json:
    """Read an asset's document."""
    document: Json = http.call(
        routes.DOCUMENT_GET,
        {'id': asset_id},
        scope.query(),
        error=MetadataNotFoundError,
        doing=f'get the metadata of {asset_id!r} of {scope.asset_type}',
        patient=patient,
        gives=dict,
    )
    return document


def put_document(
    http: Http,
    scope: Scope,
    asset_id: str,
    document: Json,
    options: WriteOptions,
    patient: bool = False,
) -> Json:
    """Write an asset's document."""
    answer = http.call(
        routes.DOCUMENT_PUT,
        {'id': asset_id},
        scope.query(**options.query()),
        json=document,
        error=AssetError,
        doing=f'write the metadata of {asset_id!r} of {scope.asset_type}',
        patient=patient,
        gives=TOLD,
    )
    return answer or {}


def put_documents(
    http: Http,
    scope: Scope,
    ids: Sequence[str],
    documents: Sequence[Json],
    options: WriteOptions,
) -> Any:
    """Write many documents at once."""
    return http.call(
        routes.DOCUMENTS_PUT if options.replace else routes.DOCUMENTS_UPDATE,
        query=scope.query(**options.query()),
        json={'ids': list(ids), 'metadata': list(documents)},
        error=AssetError,
        doing=f'write the metadata of {len(ids)} {scope.asset_type}',
        # Whole documents may be written twice; merging twice could extend lists twice.
        repeat=options.replace or options.replace_sets,
    )


def put_batch(
    http: Http, scope: Scope, pieces: Sequence[bytes], options: WriteOptions, doing: str
) -> Json:
    """Put many small assets, bytes and documents: frames of :mod:`scenebox_ros.wire.frames`."""
    reply: Json = http.call(
        extension_routes.BATCH_PUT,
        query=scope.query(**options.query()),
        pieces=pieces,
        content_type=MEDIA_TYPE,
        error=AssetError,
        doing=doing,
        gives=dict,
    )
    return reply


def register_field(http: Http, scope: Scope, field: Json) -> Any:
    """Tell the index of a field before documents have it."""
    return http.call(
        routes.FIELD_REGISTER,
        query=scope.query(),
        json=field,
        error=AssetError,
        doing=f'register the field {field.get("field")!r} of {scope.asset_type}',
    )
