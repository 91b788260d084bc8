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


"""Bring single files to the platform, alone or as assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import os
from pathlib import Path
import tempfile
import time
from typing import Any, Optional, Union
import zipfile

from scenebox_ros import ids as names
from scenebox_ros.client import cancel, set_versions, sources, uploads
from scenebox_ros.client.contents import content_of, Given
from scenebox_ros.client.endpoints import asset_documents, asset_uploads
from scenebox_ros.client.endpoints.asset_documents import WriteOptions
from scenebox_ros.client.methods.asset_caches import AssetCacheMethods
from scenebox_ros.client.multipart import upload_large
from scenebox_ros.client.payload import jsonified, now
from scenebox_ros.client.scope import Json
from scenebox_ros.client.sources import Source, Uploadable
from scenebox_ros.errors import RequestTimeoutError
from scenebox_ros.model import plain
from scenebox_ros.model.object_access import ObjectAccess

POLL_S = 0.05
LONGEST_POLL_S = 1.0
LONGEST_WAIT_S = 120.0


class AssetUploadMethods(AssetCacheMethods):
    """Bring single files to the platform, alone or as assets."""

    def put_file(
        self,
        file_object: Uploadable,
        id: Optional[str] = None,
        folder: Optional[str] = None,
        owner_organization_id: Optional[str] = None,
        content_type: Union[str, Sequence[str], None] = None,
        content_encoding: Optional[str] = None,
        content_size: Optional[int] = None,
        add_to_redis_cache: bool = False,
        retry: bool = False,
    ) -> ObjectAccess:
        """
        Upload a file.

        Files of 50 MiB and more go in parts, several at once. If such an upload is cut off, the
        next one of the same file goes on where this one stopped.

        Parameters
        ----------
        file_object
            An open file, bytes, a path object or text (whose UTF-8 is uploaded). A file is read
            from disk as it is sent, and stays open.
        id
            What the storage calls the file. By default a random name.
        folder
            A folder in the storage to put it in.
        owner_organization_id
            The organization that owns the file.
        content_type
            The file's media type: ``'image/png'``.
        content_encoding
            How the file's bytes are encoded: ``'gzip'``.
        content_size
            The file's size. Found out by default.
        add_to_redis_cache
            Keep the bytes in the key-value store, if the client has one.
        retry
            If True, also tries again for some seconds if the storage does not know of the upload
            yet. Whether or not, broken connections and busy servers are tried again.

        Returns
        -------
        ObjectAccess
            Where the file is.

        Raises
        ------
        AssetError
            If the server or the storage refuses, or has something else than was sent.
        UploadError
            If the file becomes shorter while it is uploaded.
        TypeError
            If it is nothing that can be uploaded.

        Examples
        --------
        >>> with open('image.png', 'rb') as file:
        ...     client.put_file(file, id='image.png').uri
        's3://bucket/image.png'

        """
        with sources.opened(file_object) as source:
            if max(content_size or 0, source.size) >= uploads.LARGE:
                return self._upload_large(source, id, folder, owner_organization_id)
            storage_id = uploads.storage_id_of(id or names.guid(), folder)
            tickets = self.get_temporary_upload_url(
                [storage_id], owner_organization_id, content_type, content_encoding
            )
            return self._upload(source, storage_id, tickets[storage_id], add_to_redis_cache, retry)

    def _upload(
        self, source: Source, storage_id: str, ticket: Json, is_cached: bool, retry: bool
    ) -> ObjectAccess:
        uri = uploads.upload_small(self._http, self._scope, ticket, storage_id, source, retry)
        if is_cached and self.kv_store is not None:
            self.put_bytes_into_kv_store(storage_id, sources.whole(source))
        return ObjectAccess(uri=uri)

    def _upload_large(
        self,
        source: Source,
        id: Optional[str],
        folder: Optional[str] = None,
        owner_organization_id: Optional[str] = None,
    ) -> ObjectAccess:
        uri = upload_large(
            self._http,
            self._scope,
            uploads.storage_id_of(id, folder) if id else None,
            source,
            new_id=lambda: uploads.storage_id_of(names.guid(), folder),
            owner_organization_id=owner_organization_id,
            num_threads=self.num_threads,
        )
        return ObjectAccess(uri=uri)

    def get_temporary_upload_url(
        self,
        ids: Sequence[str],
        owner_organization_id: Optional[str] = None,
        content_type: Union[str, Sequence[str], None] = None,
        content_encoding: Optional[str] = None,
    ) -> dict[str, Json]:
        """
        Ask where to upload files to.

        Parameters
        ----------
        ids
            What the storage shall call the files.
        owner_organization_id
            The organization that owns the files.
        content_type
            Their media type, or one for each.
        content_encoding
            How their bytes are encoded.

        Returns
        -------
        dict
            By id, the form's ``url`` and ``fields``, the ``uri`` where the file will be, and
            ``put_url`` where the server takes files as they are.

        Raises
        ------
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.get_temporary_upload_url(['image.png'])['image.png']['uri']
        's3://bucket/image.png'

        """
        return asset_uploads.upload_urls(
            self._http, self._scope, ids, owner_organization_id, content_type, content_encoding
        )

    def put_asset(
        self,
        metadata: Mapping[str, Any],
        file_path: Optional[Union[str, os.PathLike[str]]] = None,
        filename: Optional[str] = None,
        folder: Optional[str] = None,
        file_object: Optional[Uploadable] = None,
        url: Optional[str] = None,
        id: Optional[str] = None,
        uri: Optional[str] = None,
        geo_field: Optional[str] = None,
        shape_group_field: Optional[str] = None,
        nested_fields: Optional[Sequence[str]] = None,
        buffered_write: bool = False,
        wait_for_completion: bool = True,
        content_type: Optional[str] = None,
        add_to_redis_cache: bool = False,
        retry: bool = False,
    ) -> str:
        """
        Create an asset: upload its bytes and write its metadata.

        Parameters
        ----------
        metadata
            The asset's metadata. ``timestamp`` is now if it is missing.
        file_path, file_object, url, uri
            The asset's bytes: a file, an open file or bytes, or where they are already. Exactly
            one of them, but none for assets without bytes.
        filename
            What the storage calls the file; of a path, its last part.
        folder
            A folder in the storage to put it in.
        id
            The asset's ID. By default ``metadata['id']``, else a random one.
        geo_field
            Geolocation field.
        shape_group_field
            Shape group field (example: UMAP).
        nested_fields
            Nested fields (example: ``['annotations_meta']``).
        buffered_write
            If True, ingests the metadata in a buffered fashion.
        wait_for_completion
            If True, returns once the asset can be found.
        content_type
            The file's media type.
        add_to_redis_cache
            Keep the bytes in the key-value store, if the client has one.
        retry
            If True, tries longer.

        Returns
        -------
        str
            The asset's ID, as it was passed.

        Raises
        ------
        AssetError
            If bytes are missing, or there are too many, or the server refuses.
        TimeoutError
            If the asset cannot be found after two minutes.

        Examples
        --------
        >>> client.put_asset({'sensor': 'camera_front'}, file_path='image.png', id='img_1')
        'img_1'

        """
        raw_id = id or str(metadata.get('id') or names.guid())
        asset_id = names.std(raw_id)
        document = {**jsonified(metadata), 'id': asset_id}
        document['timestamp'] = document.get('timestamp') or now()
        content = content_of(
            self._scope, raw_id, Given(url, uri, file_path, file_object, filename)
        )
        access = content.access
        if content.file is not None:
            size = document.get('num_bytes') or 0
            access = self.put_file(
                content.file,
                content.name,
                folder,
                content_type=content_type,
                content_size=size if isinstance(size, int) else 0,
                add_to_redis_cache=add_to_redis_cache,
                retry=retry,
            )
        if access is not None:
            document['object_access'] = access.to_dic()
        options = WriteOptions(
            True, False, buffered_write, geo_field, shape_group_field, nested_fields
        )
        http, scope = self._http, self._scope
        asset_documents.put_document(http, scope, asset_id, document, options, retry)
        if wait_for_completion:
            self._await_asset(asset_id)
        set_versions.member_changed(http, scope, asset_id)
        return raw_id

    def _await_asset(self, asset_id: str) -> None:
        ends, pause = time.monotonic() + LONGEST_WAIT_S, POLL_S
        while not asset_documents.exists(self._http, self._scope, asset_id):
            if time.monotonic() > ends:
                raise RequestTimeoutError(
                    f'{asset_id!r} of {self.asset_type} cannot be found after {LONGEST_WAIT_S:g} '
                    's; look again later, or pass wait_for_completion=False'
                )
            cancel.sleep(pause)
            pause = min(2 * pause, LONGEST_POLL_S)

    def put_directory(
        self,
        directory_path: Union[str, os.PathLike[str]],
        metadata: Mapping[str, Any],
        temp_dir: Union[str, os.PathLike[str]] = tempfile.gettempdir(),  # noqa: B008
    ) -> str:
        """
        Zip a directory and upload the archive.

        Parameters
        ----------
        directory_path
            The directory.
        metadata
            The metadata of the asset that the archive becomes.
        temp_dir
            Where the archive is made; it is deleted afterwards.

        Returns
        -------
        str
            The asset's ID: the directory's name and a random part.

        Raises
        ------
        OSError
            If there is no such directory.
        AssetError
            If the server refuses.

        Examples
        --------
        >>> client.with_asset_state('zipfiles').put_directory('labels', {'tags': ['v1']})
        'labels_0f1e2d3c.zip'

        """
        directory = Path(directory_path)
        if not directory.is_dir():
            raise NotADirectoryError(f'{directory} is not a directory; pass one that exists')
        name = f'{plain.base_name(str(directory.resolve())) or "directory"}_{names.guid()[:8]}.zip'
        with tempfile.TemporaryDirectory(dir=temp_dir) as folder:
            archive = Path(folder) / name
            _zip(directory, archive)
            return self.put_asset(metadata, file_path=archive, id=name)


def _zip(directory: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive, 'w', zipfile.ZIP_DEFLATED) as file:
        for path in sorted(directory.rglob('*')):
            cancel.check()
            file.write(path, plain.writable(str(path.relative_to(directory))))
