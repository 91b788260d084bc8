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


"""Keep assets' bytes: in a key-value store of the user's, and on disk."""

from __future__ import annotations

from typing import Any, Optional

from scenebox_ros.client import kv_store
from scenebox_ros.client.disk_cache import DiskCache
from scenebox_ros.client.kv_store import KVStore
from scenebox_ros.client.methods.base import AssetMethods


class AssetCacheMethods(AssetMethods):
    """Keep assets' bytes: in a key-value store of the user's, and on disk."""

    kv_store: Optional[KVStore]
    cache_disabled: bool

    def get_bytes_from_kv_store(self, id: str) -> Optional[bytes]:
        """
        Get the data bytes of an asset from the key-value store, if the client has one.

        Parameters
        ----------
        id
            The ID of the asset to get the bytes of.

        Returns
        -------
        bytes or None
            The bytes; None if they are not there.

        Raises
        ------
        InvalidAuthorization
            If there is a store, but no token.

        Examples
        --------
        >>> client.get_bytes_from_kv_store('img_1') is None
        True

        """
        if self.kv_store is None:
            return None
        found: Optional[bytes] = self.kv_store.get_bytes(self.build_key_for_bytes_in_kv_store(id))
        return found

    def put_bytes_into_kv_store(self, id: str, value: Any) -> None:
        """
        Keep the bytes of an asset in the key-value store, if the client has one.

        Parameters
        ----------
        id
            The ID of the asset.
        value
            Its bytes.

        Examples
        --------
        >>> client.put_bytes_into_kv_store('img_1', b'...')

        """
        if self.kv_store is not None:
            kv_store.put(self.kv_store, self.build_key_for_bytes_in_kv_store(id), value)

    def build_key_for_bytes_in_kv_store(self, id: str) -> str:
        """
        Name the key of an asset's bytes in the key-value store.

        Parameters
        ----------
        id
            The ID of the asset.

        Returns
        -------
        str
            The first two parts of the token, the asset type and the id.

        Raises
        ------
        InvalidAuthorization
            If there is no token.

        Examples
        --------
        >>> client.build_key_for_bytes_in_kv_store('img_1')
        'aa_bb_images_img_1'

        """
        return kv_store.key_of(self._http.token, self.asset_type, id)

    def get_bytes_from_cache(self, id: str) -> Optional[bytes]:
        """
        Get the bytes of an asset from the disk cache.

        Parameters
        ----------
        id
            The ID of the asset.

        Returns
        -------
        bytes or None
            The bytes; None if they are not there or the cache is disabled.

        Examples
        --------
        >>> client.get_bytes_from_cache('img_1') is None
        True

        """
        return None if self.cache_disabled else self._disk_cache().get(id)

    def put_bytes_into_cache(self, id: str, value: bytes) -> None:
        """
        Keep the bytes of an asset in the disk cache, unless it is disabled.

        Parameters
        ----------
        id
            The ID of the asset.
        value
            Its bytes.

        Examples
        --------
        >>> client.put_bytes_into_cache('img_1', b'...')

        """
        if not self.cache_disabled:
            self._disk_cache().put(id, value)

    def _disk_cache(self) -> DiskCache:
        raise AssertionError('the client that inherits this has a disk cache')
