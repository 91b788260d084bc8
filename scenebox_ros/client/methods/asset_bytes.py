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


"""Read assets' bytes."""

from __future__ import annotations

from collections.abc import Iterable
import os
from pathlib import Path
import tempfile
from typing import Optional, Union

from scenebox_ros import ids as names
from scenebox_ros.client import downloads
from scenebox_ros.client.methods.asset_caches import AssetCacheMethods
from scenebox_ros.client.methods.asset_urls import AssetUrlMethods
from scenebox_ros.client.threads import attempted, run_threaded
from scenebox_ros.errors import AssetError
from scenebox_ros.model import plain
from scenebox_ros.model.object_access import ObjectAccess


class AssetBytesMethods(AssetUrlMethods, AssetCacheMethods):
    """Read assets' bytes."""

    def get_bytes(
        self,
        id: str,
        add_to_diskcache: bool = False,
        add_to_redis_cache: bool = True,
        url: Optional[str] = None,
        retry: bool = False,
    ) -> bytes:
        """
        Get the data bytes of an asset.

        Parameters
        ----------
        id
            The ID of the asset to get the bytes of.
        add_to_diskcache
            Keep the bytes in the disk cache.
        add_to_redis_cache
            Keep the bytes in the key-value store, if the client has one.
        url
            URL of the asset, if it is known.
        retry
            If True, tries again for some seconds if the bytes are not there yet.

        Returns
        -------
        bytes
            The data bytes of the specified asset.

        Raises
        ------
        AssetError
            If there are none, or the storage refuses.

        Examples
        --------
        >>> client.get_bytes('img_1')[1:4]
        b'PNG'

        """
        asset_id = names.std(id)
        body = self.get_bytes_from_kv_store(asset_id) or self.get_bytes_from_cache(asset_id)
        if not body:
            if self.metadata_only:
                raise AssetError(
                    f'the client is for metadata only; use one with metadata_only=False to read '
                    f'the bytes of {asset_id!r}'
                )
            doing = f'get the bytes of {asset_id!r} of {self.asset_type}'
            source = url or self.get_url(id)
            body = downloads.fetch(self._http, source, AssetError, doing, retry)
        if add_to_redis_cache:
            self.put_bytes_into_kv_store(asset_id, body)
        if add_to_diskcache:
            self.put_bytes_into_cache(asset_id, body)
        return body

    def get_bytes_in_batch(
        self,
        ids: Iterable[str],
        add_to_redis_cache: bool = True,
        add_to_diskcache: bool = False,
    ) -> dict[str, bytes]:
        """
        Get the data bytes for a list of assets.

        Parameters
        ----------
        ids
            The IDs of the assets to get the data bytes of.
        add_to_redis_cache
            Keep the bytes in the key-value store, if the client has one.
        add_to_diskcache
            Keep the bytes in the disk cache.

        Returns
        -------
        dict
            The bytes by the ids as they were passed; assets that cannot be read are left out.

        Raises
        ------
        AssetError
            If the server refuses to tell URLs.

        Examples
        --------
        >>> sorted(client.get_bytes_in_batch(['img_1', 'img_2']))
        ['img_1', 'img_2']

        """
        wanted = plain.distinct(plain.listed(ids))
        urls = self.get_url_in_batch(wanted)

        def read(asset_id: str) -> Optional[bytes]:
            url = urls.get(names.std(asset_id))
            if not url:
                return None
            return self.get_bytes(asset_id, add_to_diskcache, add_to_redis_cache, url)

        bodies = run_threaded(attempted(read), wanted, self.num_threads)
        for body in bodies:
            if isinstance(body, Exception) and not isinstance(body, AssetError):
                raise body
        pairs = zip(wanted, bodies, strict=True)
        return {one: body for one, body in pairs if isinstance(body, bytes)}

    def get_file_and_write(
        self, id: str, write_filepath: Optional[Union[str, os.PathLike[str]]] = None
    ) -> str:
        """
        Write the bytes of an asset to a file.

        Parameters
        ----------
        id
            The ID of the asset.
        write_filepath
            Where to. Without it, a new temporary file.

        Returns
        -------
        str
            The file's path.

        Raises
        ------
        AssetError
            If there are no bytes, or the storage refuses.

        Examples
        --------
        >>> client.get_file_and_write('img_1', 'img_1.png')
        'img_1.png'

        """
        path = os.fspath(write_filepath) if write_filepath else _temporary_path()
        self._download(names.std(id), Path(path))
        return path

    def get_bytes_from_object_access(self, object_access: ObjectAccess) -> bytes:
        """
        Get the bytes of what an object access names.

        Parameters
        ----------
        object_access
            Where the bytes are.

        Returns
        -------
        bytes
            What is there.

        Raises
        ------
        AssetError
            If the server or the storage refuses.

        Examples
        --------
        >>> client.get_bytes_from_object_access(ObjectAccess(url='https://host/a.png'))[1:4]
        b'PNG'

        """
        url = self.get_url_from_object_access(object_access)
        doing = f'get the bytes of {object_access.filename or object_access.uri!r}'
        return downloads.fetch(self._http, url, AssetError, doing)

    def _download(self, asset_id: str, path: Path) -> None:
        """Write bytes to a file: from a cache, else streamed past the memory."""
        cached = self.get_bytes_from_kv_store(asset_id) or self.get_bytes_from_cache(asset_id)
        if cached:
            path.write_bytes(cached)
            return
        doing = f'download {asset_id!r} of {self.asset_type}'
        downloads.fetch_to(self._http, self.get_url(asset_id), path, AssetError, doing)


def _temporary_path() -> str:
    with tempfile.NamedTemporaryFile(prefix='scenebox_', delete=False) as file:
        return file.name
