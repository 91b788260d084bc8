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


"""What the bytes of a new asset are, or where they are already."""

from __future__ import annotations

from dataclasses import dataclass
import os
from pathlib import Path
from typing import Any, Optional, Union

from scenebox_ros.client.scope import ANNOTATIONS, Json, Scope
from scenebox_ros.client.sources import Uploadable
from scenebox_ros.errors import AssetError
from scenebox_ros.model import plain
from scenebox_ros.model.object_access import ObjectAccess


@dataclass(frozen=True)
class Content:
    """
    The bytes of a new asset.

    Attributes
    ----------
    access
        Where they are already.
    file
        Otherwise, what to upload.
    name
        What the storage shall call it.

    """

    access: Optional[ObjectAccess] = None
    file: Optional[Uploadable] = None
    name: str = ''


@dataclass(frozen=True)
class Given:
    """The arguments of a call that say what an asset's bytes are; one of the first four counts."""

    url: Optional[str] = None
    uri: Optional[str] = None
    file_path: Optional[Union[str, os.PathLike[str]]] = None
    file_object: Any = None
    filename: Optional[str] = None


def content_of(scope: Scope, asset_id: str, given: Given) -> Content:
    """
    Tell what the bytes of a new asset are.

    Parameters
    ----------
    scope
        What kind of asset it is.
    asset_id
        Names the file if nothing else does.
    given
        The arguments of the call.

    Returns
    -------
    Content
        Empty for assets that have no bytes.

    Raises
    ------
    AssetError
        If too much or too little is given, or a file is not there.

    """
    if scope.metadata_only:
        _refuse_bytes(scope, asset_id, given)
        return Content()
    if given.url and given.uri:
        raise AssetError(f'{asset_id!r} has a url and a uri; pass one of them')
    if given.url:
        return Content(ObjectAccess(given.filename, url=given.url))
    if given.uri:
        return Content(ObjectAccess(given.filename, uri=given.uri))
    if given.file_path:
        return _file_at(os.fspath(given.file_path), asset_id)
    if given.file_object is not None:
        return Content(file=given.file_object, name=given.filename or asset_id)
    if scope.asset_type == ANNOTATIONS:
        return Content()
    raise AssetError(
        f'{asset_id!r} of {scope.asset_type} has no bytes; pass file_path, file_object, url or uri'
    )


def _file_at(path: str, asset_id: str) -> Content:
    if not os.path.isfile(path):
        why = 'is not a file' if os.path.exists(path) else 'does not exist'
        raise AssetError(f'the file of {asset_id!r}, {path!r}, {why}; correct file_path')
    return Content(file=Path(path), name=plain.base_name(path))


def _refuse_bytes(scope: Scope, asset_id: str, given: Given) -> None:
    named: Json = {name: value for name, value in vars(given).items() if value}
    if named:
        raise AssetError(
            f'{scope.asset_type} have metadata only, but {asset_id!r} has {", ".join(named)}; '
            'leave it out'
        )
