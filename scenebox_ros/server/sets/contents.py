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

"""What a set holds, one asset after the other: its bytes, its document, its annotations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
import hashlib
import json
import re
from typing import Any, TYPE_CHECKING

from scenebox_ros.model.plain import chunks
from scenebox_ros.server.search import query as q
from scenebox_ros.server.sets.service import CHUNK, EVERYTHING, type_of
from scenebox_ros.server.store.documents import Reach
from scenebox_ros.server.store.flatten import OWN_SCHEME
from scenebox_ros.server.store.merge import Document
from scenebox_ros.server.store.naming import parse_uri, Stored

if TYPE_CHECKING:
    from scenebox_ros.server.core import Core

_EXTENSION = re.compile(r'\.[a-z0-9]{1,8}\Z')


@dataclass(frozen=True)
class Item:
    """
    A member of a set.

    Attributes
    ----------
    document
        Its document.
    stored
        Its bytes, where this server keeps them.
    annotations
        Documents of its annotations.

    """

    document: Document
    stored: Stored | None
    annotations: tuple[Document, ...]

    @property
    def extension(self) -> str:
        """With its dot, in lower case: of the file it came from, else of its format."""
        access = access_of(self.document)
        name = str(access.get('filename') or access.get('uri') or access.get('url') or '').lower()
        if found := _EXTENSION.search(name.split('?')[0]):
            return found.group()
        kind = re.sub(r'[^a-z0-9]', '', str(self.document.get('format') or '').lower())
        return f'.{kind[:8]}' if kind else ''


def items(core: Core, reach: Reach, set_id: str) -> Iterator[Item]:
    """Read a set's members in order of id, a chunk at a time."""
    document = core.documents.get(reach, 'sets', set_id)
    kind = type_of(document)
    everybody = q.Query((q.Filter('sets', (str(document['id']),)),))
    ids = core.search.ids(reach, kind, everybody, EVERYTHING)
    for some in chunks(ids, CHUNK):
        asked = q.Query((q.Filter('id', tuple(some)),))
        documents = core.search.documents(reach, kind, asked, EVERYTHING)
        annotations = _annotations(core, reach, kind, some)
        for one in documents:
            yield Item(one, stored_of(core, reach, one), annotations.get(one['id'], ()))


def access_of(document: Document) -> Mapping[str, Any]:
    """Read where a document's bytes are; nothing if it does not say so."""
    access = document.get('object_access')
    return access if isinstance(access, Mapping) else {}


def stored_of(core: Core, reach: Reach, document: Document) -> Stored | None:
    """Find a document's bytes; None if it has none here, or none that the reach may see."""
    uri = str(access_of(document).get('uri') or '')
    if not uri.startswith(OWN_SCHEME):
        return None
    owner, key = parse_uri(uri)
    return core.objects.find(owner, key) if owner in reach.organizations else None


def digest(core: Core, reach: Reach, set_id: str) -> str:
    """Hash what a set holds: another hash, another content."""
    hashed = hashlib.sha256()
    for item in items(core, reach, set_id):
        for document in (item.document, *item.annotations):
            hashed.update(json.dumps(document, sort_keys=True).encode())
        hashed.update((item.stored.sha256 if item.stored else '-').encode())
    return hashed.hexdigest()


def _annotations(
    core: Core, reach: Reach, kind: str, ids: list[str]
) -> dict[str, tuple[Document, ...]]:
    if kind == 'annotations':
        return {}
    query = q.Query((q.Filter('asset_id', tuple(ids)), q.Filter('media_type', (kind,))))
    found: dict[str, tuple[Document, ...]] = {}
    for document in core.search.documents(reach, 'annotations', query, EVERYTHING):
        name = str(document.get('asset_id'))
        found[name] = (*found.get(name, ()), document)
    return found
