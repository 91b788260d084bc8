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


"""Create many assets at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
import os
import time
from typing import Any, Optional, Union

from scenebox_ros import ids as names
from scenebox_ros.client import (
    batches,
    cancel,
    paging,
    payload,
    set_versions,
    sources,
    uploads,
)
from scenebox_ros.client.batches import SmallAsset
from scenebox_ros.client.contents import Content, content_of, Given
from scenebox_ros.client.endpoints import asset_documents
from scenebox_ros.client.endpoints.asset_documents import WriteOptions
from scenebox_ros.client.methods.asset_uploads import AssetUploadMethods
from scenebox_ros.client.payload import jsonified, now
from scenebox_ros.client.progress import bar
from scenebox_ros.client.scope import Json
from scenebox_ros.client.sources import Source, Uploadable
from scenebox_ros.client.threads import run_threaded
from scenebox_ros.errors import InvalidArgumentsError, RequestTimeoutError
from scenebox_ros.model.object_access import ObjectAccess
from scenebox_ros.wire.extension_routes import PUT_BATCH

ASSETS_A_REQUEST = 100
FIRST_POLL_S = 0.05
LONGEST_POLL_S = 1.0
LONGEST_WAIT_S = 120.0


@dataclass(frozen=True)
class NewAsset:
    """An asset to be created."""

    asset_id: str
    document: Json
    content: Content
    storage_id: str
    content_type: Optional[str]


@dataclass(frozen=True)
class Transfer:
    """How assets of one call are put; ``tell`` is called with how many are done."""

    options: WriteOptions
    threads: int
    is_cached: bool
    retry: bool
    tell: Callable[[int], object]


class AssetBatchMethods(AssetUploadMethods):
    """Create many assets at once."""

    def put_assets_batch(
        self,
        metadata: Sequence[Mapping[str, Any]],
        ids: Sequence[str],
        file_paths: Optional[Sequence[Union[str, os.PathLike[str]]]] = None,
        filenames: Optional[Sequence[str]] = None,
        folders: Optional[Sequence[str]] = None,
        file_objects: Optional[Sequence[Uploadable]] = None,
        urls: Optional[Sequence[str]] = None,
        uris: Optional[Sequence[str]] = None,
        geo_field: Optional[str] = None,
        shape_group_field: Optional[str] = None,
        nested_fields: Optional[Sequence[str]] = None,
        wait_for_completion: bool = True,
        content_type: Union[str, Sequence[Optional[str]], None] = None,
        threading: bool = True,
        disable_tqdm: bool = True,
        add_to_redis_cache: bool = False,
        retry: bool = True,
    ) -> Sequence[str]:
        """
        Create many assets: upload their bytes and write their metadata.

        Small files and their documents go many to a request where the server takes them so. Of
        others, one request gives permission for 100 uploads and one writes 100 documents. The
        bytes come first: a document never names bytes that are not there.

        Parameters
        ----------
        metadata
            For each asset its metadata. ``timestamp`` is now if it is missing.
        ids
            The assets' IDs.
        file_paths, file_objects, urls, uris
            The assets' bytes: files, open files or bytes, or where they are already. Exactly one
            of them, but none for assets without bytes.
        filenames
            What the storage calls the files; of paths, by default, their last parts.
        folders
            Folders in the storage to put them in.
        geo_field
            Geolocation field.
        shape_group_field
            Shape group field (example: UMAP).
        nested_fields
            Nested fields (example: ``['annotations_meta']``).
        wait_for_completion
            If True, returns once the assets can be found.
        content_type
            The files' media type, or one for each.
        threading
            If False, uploads one after another.
        disable_tqdm
            If False, shows a progress bar on terminals.
        add_to_redis_cache
            Keep the bytes in the key-value store, if the client has one.
        retry
            If True, tries longer.

        Returns
        -------
        list of str
            The IDs as they were passed.

        Raises
        ------
        AssetError
            If bytes are missing, or there are too many, or the server refuses.
        InvalidArgumentsError
            If an ID is empty, or there is not one of everything for each ID.
        TimeoutError
            If the assets cannot be found after two minutes.

        Examples
        --------
        >>> client.put_assets_batch(
        ...     [{'sensor': 'left'}, {'sensor': 'right'}], ['l_1', 'r_1'], ['l_1.png', 'r_1.png']
        ... )
        ['l_1', 'r_1']

        """
        columns: dict[str, Any] = {
            'metadata': metadata,
            'file_paths': file_paths,
            'filenames': filenames,
            'folders': folders,
            'file_objects': file_objects,
            'urls': urls,
            'uris': uris,
        }
        if not (content_type is None or isinstance(content_type, str)):
            columns['content_type'] = content_type
        _check(ids, columns)
        columns.setdefault('content_type', [content_type] * len(ids))
        options = WriteOptions(True, False, None, geo_field, shape_group_field, nested_fields)
        threads = self.num_threads if threading else 1
        rows = [
            {name: column[index] if column else None for name, column in columns.items()}
            for index in range(len(ids))
        ]
        pairs = list(zip(ids, rows, strict=True))
        with bar(f'put {self.asset_type}', len(ids), 'assets', is_shown=not disable_tqdm) as tell:
            for chunk in paging.chunks(pairs, ASSETS_A_REQUEST):
                assets = [self._new_asset(asset_id, row) for asset_id, row in chunk]
                how = Transfer(options, threads, add_to_redis_cache, retry, tell)
                self._put_chunk(_with_own_names(assets), how, wait_for_completion)
        return ids

    def _new_asset(self, asset_id: str, row: Mapping[str, Any]) -> NewAsset:
        standard = names.std(asset_id)
        document = {**jsonified(row['metadata']), 'id': standard}
        document['timestamp'] = document.get('timestamp') or now()
        given = Given(
            row['urls'], row['uris'], row['file_paths'], row['file_objects'], row['filenames']
        )
        content = content_of(self._scope, asset_id, given)
        storage_id = uploads.storage_id_of(content.name, row['folders'])
        return NewAsset(standard, document, content, storage_id, row['content_type'])

    def _put_chunk(self, assets: list[NewAsset], how: Transfer, is_awaited: bool) -> None:
        with ExitStack() as stack:
            opened = {
                one.asset_id: stack.enter_context(sources.opened(one.content.file))
                for one in assets
                if one.content.file is not None
            }
            small = self._small(assets, opened, how)
            done = {one.asset_id for one in small}
            sets = batches.put_small(
                self._http, self._scope, small, how.options, how.threads, how.tell
            )
            others = [one for one in assets if one.asset_id not in done]
            documents = self._uploaded(others, opened, how)
        if documents:
            self._write(documents, how.options, is_awaited)
        set_versions.members_changed(
            self._http, self._scope, [one.asset_id for one in assets], None if documents else sets
        )

    def _small(
        self, assets: list[NewAsset], opened: Mapping[str, Source], how: Transfer
    ) -> list[SmallAsset]:
        """Choose those that go many to a request."""
        is_kept = how.is_cached and self.kv_store is not None
        if is_kept or not opened or not self._http.has(PUT_BATCH):
            return []
        small = [
            SmallAsset(
                one.asset_id, payload.encode(one.document), opened[one.asset_id],
                one.storage_id, one.content_type,
            )
            for one in assets
            if one.asset_id in opened
        ]  # fmt: skip
        return [one for one in small if one.fits]

    def _uploaded(
        self, assets: list[NewAsset], opened: Mapping[str, Source], how: Transfer
    ) -> list[Json]:
        """Upload the bytes of some assets; return their documents, which say where these are."""
        tickets = self._tickets(assets, opened)

        def finished(asset: NewAsset) -> Json:
            access, source = asset.content.access, opened.get(asset.asset_id)
            if source is not None:
                ticket = tickets.get(asset.storage_id)
                access = self._put(asset, source, ticket, how.is_cached, how.retry)
            how.tell(1)
            told = {'object_access': access.to_dic()} if access else {}
            return {**asset.document, **told}

        return run_threaded(finished, assets, how.threads)

    def _put(
        self,
        asset: NewAsset,
        source: Source,
        ticket: Optional[Json],
        is_cached: bool,
        retry: bool,
    ) -> ObjectAccess:
        if ticket is None:
            return self._upload_large(source, asset.storage_id)
        return self._upload(source, asset.storage_id, ticket, is_cached, retry)

    def _tickets(
        self, assets: list[NewAsset], opened: Mapping[str, Source]
    ) -> dict[str, Json]:
        """Ask for all upload URLs at once; a large file asks for its own."""
        by_type: dict[Optional[str], list[str]] = {}
        for asset in assets:
            source = opened.get(asset.asset_id)
            if source is not None and source.size < uploads.LARGE:
                by_type.setdefault(asset.content_type, []).append(asset.storage_id)
        tickets: dict[str, Json] = {}
        for content_type, storage_ids in by_type.items():
            tickets.update(
                self.get_temporary_upload_url(storage_ids, content_type=content_type)
            )
        return tickets

    def _write(self, documents: list[Json], options: WriteOptions, is_awaited: bool) -> None:
        asset_ids = [document['id'] for document in documents]
        http, scope = self._http, self._scope
        asset_documents.put_documents(http, scope, asset_ids, documents, options)
        if is_awaited:
            self._await_all(asset_ids)

    def _await_all(self, asset_ids: list[str]) -> None:
        ends = time.monotonic() + LONGEST_WAIT_S
        pause, missing = FIRST_POLL_S, asset_ids
        while True:
            found = paging.exist(self._http, self._scope, missing)
            missing = [one for one, is_there in zip(missing, found, strict=True) if not is_there]
            if not missing:
                return
            if time.monotonic() > ends:
                raise RequestTimeoutError(
                    f'{len(missing)} {self.asset_type}, {missing[0]!r} first, cannot be found '
                    f'after {LONGEST_WAIT_S:g} s; look again later'
                )
            cancel.sleep(pause)
            pause = min(2 * pause, LONGEST_POLL_S)


def _check(ids: Sequence[str], columns: Mapping[str, Optional[Sequence[Any]]]) -> None:
    empty = [index for index, one in enumerate(ids) if not one]
    if empty:
        raise InvalidArgumentsError(f'ids[{empty[0]}] is empty; name every asset')
    for name, column in columns.items():
        if column and len(column) != len(ids):
            raise InvalidArgumentsError(
                f'there are {len(ids)} ids and {len(column)} {name}; pass one for each id'
            )
    if len(columns['metadata'] or ()) != len(ids):
        raise InvalidArgumentsError(f'there are {len(ids)} ids and no metadata; pass one for each')


def _with_own_names(assets: list[NewAsset]) -> list[NewAsset]:
    """Files of one name would overwrite each other: the assets' ids tell such files apart."""
    times = Counter(one.storage_id for one in assets if one.content.file is not None)
    return [
        replace(one, storage_id=f'{one.asset_id}/{one.storage_id}')
        if times[one.storage_id] > 1
        else one
        for one in assets
    ]
