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


"""Write assets to files."""

from __future__ import annotations

from collections.abc import Iterable
import json
import os
from pathlib import Path
from typing import Any, Optional, Union

from scenebox_ros import ids as names
from scenebox_ros.client import paging
from scenebox_ros.client.endpoints.asset_search import find_ids, Page
from scenebox_ros.client.methods.asset_bytes import AssetBytesMethods
from scenebox_ros.client.progress import bar
from scenebox_ros.client.scope import Json, Query
from scenebox_ros.client.threads import run_threaded
from scenebox_ros.model import plain


class AssetDownloadMethods(AssetBytesMethods):
    """Write assets to files."""

    def download_data_in_batch(
        self,
        destination_dir: Union[str, os.PathLike[str]],
        ids: Optional[Iterable[str]] = None,
        query: Query = None,
        download_metadata: bool = True,
        *,
        append_extension: bool = False,
    ) -> dict[str, dict[str, Any]]:
        """
        Download asset files using a search query or ids.

        Files are written as they arrive; one that is there already in part goes on where it
        stopped.

        Parameters
        ----------
        destination_dir
            The existing local directory to download the files to.
        ids
            The IDs of the assets to be downloaded.
        query
            Query to locate further assets to be downloaded.
        download_metadata
            If True, also writes each asset's metadata to ``<id>.json``.
        append_extension
            If True, files are called ``<id>.<format>`` where the metadata tells a format.

        Returns
        -------
        dict
            By id, what was written: ``filepath`` and ``metadata``, those that there are.

        Raises
        ------
        NotADirectoryError
            If there is no such directory.
        AssetError
            If the server or the storage refuses.

        Examples
        --------
        >>> client.download_data_in_batch('out', ids=['img_1'])['img_1']['filepath']
        'out/img_1'

        """
        folder = os.fspath(destination_dir)
        if not os.path.isdir(folder):
            raise NotADirectoryError(f'{folder} does not exist; make it, or pass one that does')
        wanted = plain.listed(ids)
        if query is not None:
            search = paging.query_of(query, None)
            wanted += find_ids(self._http, self._scope, search, Page(scan=True))
        wanted = list(dict.fromkeys(wanted))
        documents: dict[str, Optional[Json]] = {}
        if download_metadata or append_extension:
            documents = paging.documents_by_id(self._http, self._scope, wanted)

        def download(asset_id: str) -> dict[str, Any]:
            document = documents.get(names.std(asset_id)) or {}
            written: dict[str, Any] = {}
            if download_metadata:
                _write_json(Path(folder, f'{_safe(asset_id)}.json'), document)
                written['metadata'] = document
            has_bytes = not (download_metadata and document and not document.get('object_access'))
            if has_bytes and not self.metadata_only:
                extension = str(document.get('format') or '').lower() if append_extension else ''
                name = f'{_safe(asset_id)}.{extension}' if extension else _safe(asset_id)
                path = os.path.join(folder, name)
                self._download(names.std(asset_id), Path(path))
                written['filepath'] = path
            return written

        with bar(f'download {self.asset_type}', len(wanted), 'assets') as tell:
            results = run_threaded(download, wanted, self.num_threads, lambda: tell(1))
        return dict(zip(wanted, results, strict=True))


def _write_json(path: Path, document: Json) -> None:
    path.write_text(json.dumps(document, indent=4, ensure_ascii=False), encoding='utf-8')


def _safe(asset_id: str) -> str:
    """Keep a file in its directory, whatever the id is."""
    return asset_id.replace('/', '_').replace('\\', '_').lstrip('.') or '_'
