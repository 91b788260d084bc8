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
Many small assets in one body: for each a line of JSON, then as many bytes as it says.

The line is an object with ``id``, ``document``, ``size`` and ``sha256`` (hex) of the bytes, and,
if wanted, ``name`` (what the storage calls them), ``content_type`` and ``content_encoding``. It
ends with a line feed; the next line follows the last byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
import hashlib
import json
from typing import Any, Union

MEDIA_TYPE = 'application/x-scenebox-assets'
MAX_ITEM_BYTES = 1024 * 1024
MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_ITEMS = 1000

Piece = Union[bytes, memoryview]
# NaN and Infinity are no JSON; the platform keeps them as null.
_JSON = json.JSONDecoder(parse_constant=lambda _: None)


@dataclass(frozen=True, eq=False)
class Frame:
    """
    One asset of a body.

    Attributes
    ----------
    head
        What its line says.
    pieces, size
        Its bytes as they came, and how many. Of too many bytes none are kept.

    """

    head: Mapping[str, Any]
    pieces: list[Piece]
    size: int

    @cached_property
    def sha256(self) -> str:
        """Hash the bytes, when first asked: it takes longer than to receive them."""
        content = hashlib.sha256()
        for piece in self.pieces:
            content.update(piece)
        return content.hexdigest()

    @property
    def is_too_large(self) -> bool:
        """Whether it has more bytes than an asset in a batch may have."""
        return self.size > MAX_ITEM_BYTES


class FrameReader:
    """Reads a body piece by piece, without copying the assets' bytes."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._head: Mapping[str, Any] | None = None
        self._pieces: list[Piece] = []
        self._size = self._missing = 0

    @property
    def is_between(self) -> bool:
        """Whether the last asset is complete and no other begun."""
        return self._head is None and not self._line

    def feed(self, piece: bytes) -> Iterator[Frame]:
        """
        Take the next bytes; give the assets that they complete.

        Raises
        ------
        ValueError
            If a line is not what it should be: nothing after it can be read.

        """
        view = memoryview(piece)
        at = 0
        while at < len(piece):
            if self._head is None:
                at = self._read_line(piece, at)
            else:
                end = min(len(piece), at + self._missing)
                self._take(view[at:end])
                at = end
            if self._head is not None and not self._missing:
                yield Frame(self._head, self._pieces, self._size)
                self._head = None

    def _read_line(self, piece: bytes, at: int) -> int:
        end = piece.find(b'\n', at)
        self._line += piece[at:] if end < 0 else piece[at:end]
        if len(self._line) > MAX_ITEM_BYTES:
            raise ValueError(f'a line is longer than {MAX_ITEM_BYTES} bytes')
        if end < 0:
            return len(piece)
        head = _JSON.decode(self._line.decode())
        size = head.get('size') if isinstance(head, dict) else None
        if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= MAX_BODY_BYTES:
            raise ValueError(f'a line says no size: {bytes(self._line[:60])!r}')
        self._line.clear()
        self._head, self._pieces = head, []
        self._size = self._missing = size
        return end + 1

    def _take(self, view: memoryview) -> None:
        self._missing -= len(view)
        if self._size <= MAX_ITEM_BYTES:
            self._pieces.append(view)


def line(asset_id: str, document: bytes, body: bytes, name: str,
         content_type: str | None = None) -> bytes:
    """Write what stands before an asset's bytes; the document is JSON already."""
    head = {
        'id': asset_id, 'size': len(body), 'sha256': hashlib.sha256(body).hexdigest(), 'name': name
    }
    if content_type:
        head['content_type'] = content_type
    return json.dumps(head).encode()[:-1] + b', "document": ' + document + b'}\n'
