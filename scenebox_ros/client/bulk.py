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
Add many assets: in chunks, so that memory stays bounded however many there are.

Threads: up to two chunks are in work at once, so that one's metadata is written while the other's
bytes are uploaded; between them they upload with ``num_threads``. The
first error or Ctrl-C stops chunks that have not started and waits for those that have; what is
complete stays, and adding the same again with ``overwrite=False`` continues.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
import threading
from typing import Any, Generic, Protocol, TYPE_CHECKING, TypeVar

from scenebox_ros.client.progress import bar
from scenebox_ros.client.threads import run_threaded, thread_count
from scenebox_ros.errors import ArgumentTypeError, InvalidArgumentsError, RuleError
from scenebox_ros.model import plain
from scenebox_ros.model.assets import UnstructuredInputAsset
from scenebox_ros.model.object_access import ObjectAccess

if TYPE_CHECKING:
    from scenebox_ros.client.asset_manager import AssetManagerClient

CHUNK = 100
PROBES = 10
CHUNKS_AT_ONCE = 2
Asset = TypeVar('Asset', bound=UnstructuredInputAsset)
Facts = TypeVar('Facts')
Json = dict[str, Any]


class Client(Protocol):
    """What bulk uploads need of the scene engine's client."""

    num_threads: int

    def get_asset_manager(self, asset_type: str) -> AssetManagerClient:
        """Give the client of one asset type."""

    def assets_in_set(self, set_id: str | None = None) -> list[str]:
        """List the ids in a set."""

    def add_assets_to_set(
        self, set_id: str, *, ids: Sequence[str], wait_for_completion: bool
    ) -> str:
        """Add assets to a set."""


@dataclass
class Bulk(Generic[Asset, Facts]):
    """
    One call that adds many assets.

    Attributes
    ----------
    kind
        The class that all assets must have.
    sets
        Sets that they join.
    probe
        Reads what an asset is: its kind of source, and the source or its URL.
    describe
        Makes its document of that.
    after
        Called with the assets of a chunk and their facts, once they are stored.
    reads_urls
        Whether ``probe`` looks at bytes elsewhere, so that it needs their URLs.
    content_type
        Tells the MIME type of bytes in memory.
    options
        More arguments of ``put_assets_batch``.

    """

    client: Client
    kind: type[Asset]
    sets: Sequence[str]
    probe: Callable[[str, Any], Facts]
    describe: Callable[[Asset, Facts], Json]
    after: Callable[[Sequence[Asset], Sequence[Facts]], None]
    content_type: Callable[[Facts], str | None] | None = None
    overwrite: bool = True
    reads_urls: bool = True
    is_shown: bool = True
    options: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Prepare what the chunks share."""
        self._members: dict[str, set[str]] = {}
        self._members_lock = threading.Lock()
        self._at_once = min(thread_count(self.client.num_threads), CHUNKS_AT_ONCE)
        # A copy, because chunks at once share the threads that the user allows.
        self._manager = copy(self.client.get_asset_manager(self.asset_type))
        self._manager.num_threads = max(1, self.client.num_threads // self._at_once)

    @property
    def asset_type(self) -> str:
        """Give the platform's word for the kind."""
        return self.kind.asset_type

    def run(self, assets: Iterable[Asset]) -> list[str]:
        """
        Add assets, from any iterable.

        Returns
        -------
        list of str
            Ids, in the assets' order; of the new ones only if ``overwrite`` is False.

        Raises
        ------
        RuleError
            If a set does not exist or holds another type.
        InvalidArgumentsError
            If assets of one chunk have different kinds of sources.

        """
        self._check_sets()
        total = len(assets) if isinstance(assets, Sequence) else 0
        with bar(f'adding {self.asset_type}', total, 'assets', is_shown=self.is_shown) as advance:

            def add(chunk: list[Asset]) -> list[str]:
                ids = self._add(chunk)
                advance(len(chunk))
                return ids

            chunks = plain.chunks(self._checked(assets), CHUNK)
            added = run_threaded(add, chunks, self._at_once)
        return [id for ids in added for id in ids]

    def _check_sets(self) -> None:
        if not self.sets:
            raise RuleError(f'set_id is missing; pass the set that the {self.asset_type} join')
        manager = self.client.get_asset_manager('sets')
        for set_id in self.sets:
            if not manager.exists(set_id):
                raise RuleError(f'set {set_id!r} does not exist; create it first')
            held = manager.get_metadata(set_id).get('assets_type')
            if held != self.asset_type:
                raise RuleError(
                    f'set {set_id!r} holds {held}, not {self.asset_type}; pass another set'
                )

    def _checked(self, assets: Iterable[Asset]) -> Iterator[Asset]:
        for asset in assets:
            if not isinstance(asset, self.kind):
                raise ArgumentTypeError(
                    f'{asset!r} is {type(asset).__name__}; pass {self.kind.__name__} objects'
                )
            yield asset

    # -- one chunk -------------------------------------------------------------------------------
    def _add(self, chunk: list[Asset]) -> list[str]:
        source_kind = _only_kind(chunk)
        if not self.overwrite:
            chunk = self._new_ones(chunk)
        if not chunk:
            return []
        facts = self._probe(chunk, source_kind)
        ids = [asset.id for asset in chunk]
        self._manager.put_assets_batch(
            metadata=[self.describe(*pair) for pair in zip(chunk, facts, strict=True)],
            ids=ids,
            filenames=[filename_of(asset) for asset in chunk],
            wait_for_completion=True,
            **_sources(chunk, source_kind),
            **self._content_types(facts, source_kind),
            **self.options,
        )
        self.after(chunk, facts)
        return ids

    def _probe(self, chunk: Sequence[Asset], source_kind: str) -> list[Facts]:
        sources: list[tuple[str, Any]] = [(source_kind, asset.source) for asset in chunk]
        if source_kind == 'uri' and self.reads_urls:
            accesses = {asset.id: ObjectAccess(uri=asset.uri).to_dic() for asset in chunk}
            urls = self._manager.get_urls_from_object_accesses(accesses, of_assets=True)
            sources = [('url', urls.get(asset.id)) for asset in chunk]
        return run_threaded(
            lambda pair: self.probe(*pair), sources, min(PROBES, self._manager.num_threads)
        )

    def _content_types(self, facts: Sequence[Facts], source_kind: str) -> Json:
        if self.content_type is None or source_kind != 'bytes':
            return {}
        return {'content_type': [self.content_type(one) for one in facts]}

    # -- what exists already ---------------------------------------------------------------------
    def _new_ones(self, chunk: Sequence[Asset]) -> list[Asset]:
        """Leave out what exists, after adding it to the sets."""
        exists = self._manager.exists_multiple([asset.id for asset in chunk])
        pairs = list(zip(chunk, exists, strict=True))
        old = [asset.id for asset, is_there in pairs if is_there]
        for set_id in self.sets if old else ():
            missing = [id for id in old if id not in self._members_of(set_id)]
            if missing:
                self.client.add_assets_to_set(set_id, ids=missing, wait_for_completion=True)
        return [asset for asset, is_there in pairs if not is_there]

    def _members_of(self, set_id: str) -> set[str]:
        with self._members_lock:
            if set_id not in self._members:
                self._members[set_id] = set(self.client.assets_in_set(set_id))
            return self._members[set_id]


def _only_kind(chunk: Sequence[UnstructuredInputAsset]) -> str:
    kinds = plain.distinct(asset.source_kind for asset in chunk)
    if len(kinds) > 1:
        raise InvalidArgumentsError(
            f'assets have different sources: {", ".join(kinds)}; add those of each kind by a '
            'call of its own'
        )
    return kinds[0]


def filename_of(asset: UnstructuredInputAsset) -> str:
    """Name an asset's file after its source: the last part, or the id of bytes."""
    return asset.id if asset.source_kind == 'bytes' else plain.base_name(str(asset.source))


def _sources(chunk: Sequence[UnstructuredInputAsset], source_kind: str) -> Json:
    argument = {'path': 'file_paths', 'url': 'urls', 'uri': 'uris', 'bytes': 'file_objects'}
    return {argument[source_kind]: [asset.source for asset in chunk]}
