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
Many small assets at once: bytes and documents with one sync of the bytes and one commit.

The bytes are on disk before the transaction that has the objects' rows and the documents. That
one is synced, so no note beside the bytes is needed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
import hashlib
from typing import Any

from scenebox_ros.server.store.database import Connection
from scenebox_ros.server.store.documents import Documents, Writing
from scenebox_ros.server.store.merge import Document
from scenebox_ros.server.store.naming import Name, valid_key
from scenebox_ros.server.store.objects import Objects
from scenebox_ros.server.store.rows import Link, link_all, VanishedError
from scenebox_ros.server.store.segments import Body, Place


@dataclass(frozen=True, eq=False)
class SmallAsset:
    """An asset on its way in: its standardized id, its document, its bytes and their name."""

    id: str
    document: Mapping[str, Any]
    name: Name
    body: Body


def key_of(asset_type: str, asset_id: str, sha256: str, storage_id: str) -> str:
    """
    Make the key of an asset's bytes.

    It is that asset's alone, another one for other bytes, and the same when it comes again.
    """
    first = hashlib.sha256(f'{asset_type}\0{asset_id}\0{sha256}'.encode()).hexdigest()[:32]
    return valid_key(f'{first}/{valid_key(storage_id)}')


class Batch:
    """
    Assets of one organization and type that are stored together.

    Parameters
    ----------
    objects, documents
        The store.
    owner, asset_type, writing
        Whose the assets are, what, and how documents are written.
    assets
        One that fails does not fail the others.

    """

    def __init__(self, objects: Objects, documents: Documents, owner: str, asset_type: str,
                 writing: Writing, assets: Sequence[SmallAsset]) -> None:
        self._objects = objects
        self._documents = documents
        self._scope = owner, asset_type
        self._writing = writing
        self._assets = assets
        self._places: dict[str, Place] = {}
        self._outcome: Future[list[Document | Exception]] = Future()

    def store(self) -> Future[list[Document | Exception]]:
        """
        Store the assets; the future ends when all that can be is on disk.

        Returns
        -------
        Future
            For each asset its document as it is now, or why it is not stored.

        """
        if self._assets:
            self._append(self._objects.known({asset.body.sha256 for asset in self._assets}))
        else:
            self._outcome.set_result([])
        return self._outcome

    def _append(self, known: Collection[str]) -> None:
        bodies = {asset.body.sha256: asset.body for asset in self._assets
                  if asset.body.sha256 not in known}

        def placed(done: Future[list[Place]]) -> None:
            try:
                self._places = dict(zip(bodies, done.result(), strict=True))
                self._documents.database.submit(self._write).add_done_callback(self._written)
            except BaseException as error:
                self._outcome.set_exception(error)

        if bodies:
            self._objects.segments.append([*bodies.values()], placed)
        else:
            done: Future[list[Place]] = Future()
            done.set_result([])
            placed(done)

    def _written(self, done: Future[list[Document | Exception]]) -> None:
        if not isinstance(done.exception(), VanishedError):
            error = done.exception()
            if error is None:
                self._outcome.set_result(done.result())
            else:
                self._outcome.set_exception(error)
            return
        try:
            # Bytes that were known were swept meanwhile: all of them go to the disk.
            self._append(())
        except BaseException as error:
            self._outcome.set_exception(error)

    def _write(self, connection: Connection) -> list[Document | Exception]:
        together = self._apart(connection, self._assets)
        if not isinstance(together, Exception) or len(self._assets) == 1:
            return [together] if isinstance(together, Exception) else list(together)
        # One of them is to blame: each by itself, to find out which.
        results: list[Document | Exception] = []
        for asset in self._assets:
            alone = self._apart(connection, [asset])
            results.append(alone if isinstance(alone, Exception) else alone[0])
        return results

    def _apart(self, connection: Connection,
               assets: Sequence[SmallAsset]) -> list[Document] | Exception:
        database = self._documents.database
        result = database.apart(connection, lambda inner: self._put(inner, assets))
        if isinstance(result, VanishedError):
            raise result
        return result

    def _put(self, connection: Connection, assets: Sequence[SmallAsset]) -> list[Document]:
        links = [Link(asset.name, asset.body.sha256, asset.body.size,
                      self._places.get(asset.body.sha256), asset.body.sha256 in self._places)
                 for asset in assets]
        items: list[tuple[str, Document]] = []
        for asset, stored in zip(assets, link_all(connection, links), strict=True):
            if isinstance(stored, VanishedError):
                raise stored
            access = {'filename': stored.filename, 'uri': stored.uri}
            items.append((asset.id, {**asset.document, 'object_access': access}))
        return self._documents.apply(connection, *self._scope, items, self._writing)
