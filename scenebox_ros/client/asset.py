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


"""One asset, as an iterator over assets gives it."""

from __future__ import annotations

from dataclasses import dataclass, field
import os
from typing import Union

from scenebox_ros.client import downloads
from scenebox_ros.client.endpoints import asset_documents, asset_urls
from scenebox_ros.client.http import Http
from scenebox_ros.client.scope import Json, Scope
from scenebox_ros.errors import AssetError

EXPIRATION_S = 43_200


@dataclass(frozen=True)
class Asset:
    """
    An asset; each attribute below is read from the server when it is asked for.

    Examples
    --------
    >>> asset = next(client.assets_iterator())
    >>> asset.metadata['sensor']
    'camera_front'
    >>> asset.download_as('/tmp/image.png')

    """

    _http: Http = field(repr=False, compare=False)
    _scope: Scope = field(repr=False)
    id: str

    @property
    def asset_type(self) -> str:
        """Give the asset's type."""
        return self._scope.asset_type

    @property
    def metadata_only(self) -> bool:
        """Whether the asset has no bytes."""
        return self._scope.metadata_only

    @property
    def metadata(self) -> Json:
        """Give the asset's document."""
        return asset_documents.get_document(self._http, self._scope, self.id)

    @property
    def url(self) -> str:
        """Give a URL of the asset's bytes, good for half a day."""
        self._need_bytes()
        return asset_urls.asset_url(self._http, self._scope, self.id, EXPIRATION_S)

    @property
    def bytes(self) -> bytes:
        """Give the asset's bytes."""
        doing = f'download {self.id!r} of {self.asset_type}'
        return downloads.fetch(self._http, self.url, AssetError, doing)

    def download_as(self, filepath: Union[str, os.PathLike[str]]) -> None:
        """
        Write the asset's bytes to a file.

        Parameters
        ----------
        filepath
            Appears when it is complete.

        Raises
        ------
        AssetError
            If the asset has no bytes, or they cannot be read.

        Examples
        --------
        >>> for asset in images.assets_iterator():
        ...     asset.download_as(f'/data/{asset.id}.png')

        """
        doing = f'download {self.id!r} of {self.asset_type}'
        downloads.fetch_to(self._http, self.url, filepath, AssetError, doing)

    def _need_bytes(self) -> None:
        if self.metadata_only:
            raise AssetError(f'{self.asset_type} have metadata only; there are no bytes to read')
