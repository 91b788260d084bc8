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

"""Sets that can be streamed, for training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
import json
import os
import tarfile
import tempfile
from typing import Any, TYPE_CHECKING

from scenebox_ros.client.endpoints.scene import sets
from scenebox_ros.client.methods.scene.base import Json, SceneMethods

if TYPE_CHECKING:
    from scenebox_ros.client.asset_manager import AssetManagerClient

SHARD_SIZE = 50_000


@dataclass
class Sample:
    """One image of a set with its metadata and annotations."""

    key: str
    image: bytes = b''
    format: str = ''
    metadata: Json = field(default_factory=dict)
    annotations: Any = None


class StreamableSet:
    """
    A set as shards: tar files in WebDataset's form, one after the other.

    Iterating gives :class:`Sample` objects; one shard at a time is on the disk, and one sample in
    memory.

    Parameters
    ----------
    set_id
        The set.
    sets_manager, zipfiles_manager
        Asset manager's clients of sets and zip files.

    """

    def __init__(
        self, set_id: str, sets_manager: AssetManagerClient, zipfiles_manager: AssetManagerClient
    ) -> None:
        self.set_id = set_id
        self._sets = sets_manager
        self._zipfiles = zipfiles_manager

    @property
    def shard_ids(self) -> list[str]:
        """Ids of the shards, in their order."""
        document = self._sets.get_metadata(self.set_id)
        return list(document.get('streamable_shards') or ())

    def shard_urls(self) -> list[str]:
        """Give URLs of the shards, which WebDataset's own loaders can read."""
        ids = self.shard_ids
        urls = self._zipfiles.get_url_in_batch(ids)
        return [urls[id] for id in ids if id in urls]

    def __iter__(self) -> Iterator[Sample]:
        """Go through all samples."""
        for shard_id in self.shard_ids:
            with tempfile.TemporaryDirectory() as folder:
                path = self._zipfiles.get_file_and_write(shard_id, os.path.join(folder, 'shard'))
                yield from samples_of(path)


def samples_of(path: str) -> Iterator[Sample]:
    """Read the samples of one shard; members of one sample follow each other."""
    sample: Sample | None = None
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is None:
                continue
            key, _, ending = member.name.rpartition('/')[2].partition('.')
            if sample is None or sample.key != key:
                if sample is not None:
                    yield sample
                sample = Sample(key)
            _add(sample, ending, file.read())
    if sample is not None:
        yield sample


def _add(sample: Sample, ending: str, content: bytes) -> None:
    """Put a member where it belongs; keys may have dots, so the ending's end counts."""
    if ending.endswith('metadata.json'):
        sample.metadata = json.loads(content)
    elif ending.endswith('annotations.json'):
        sample.annotations = json.loads(content)
    else:
        sample.image, sample.format = content, ending.rpartition('.')[2]


class StreamingMethods(SceneMethods):
    """Make sets that can be streamed."""

    def get_streamable_set(
        self, set_id: str, force_recreate: bool = False, shard_size: int = SHARD_SIZE
    ) -> StreamableSet:
        """
        Cut a set of images into shards, and get it as something to iterate over.

        Parameters
        ----------
        set_id
            The set's id.
        force_recreate
            Cut it anew, even if it was cut before.
        shard_size
            Most images in one shard.

        Returns
        -------
        StreamableSet
            The set's samples, and the URLs of its shards

        Raises
        ------
        JobError
            If cutting fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> for sample in client.get_streamable_set('set_1'):
        ...     print(sample.key, len(sample.image))

        """
        self._started(sets.create_shards(self._http, set_id, force_recreate, shard_size), True)
        return StreamableSet(
            set_id, self.get_asset_manager('sets'), self.get_asset_manager('zipfiles')
        )
