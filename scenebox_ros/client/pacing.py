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

"""Send requests at a pace: somebody else says when the next piece may go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol


class Pace(Protocol):
    """Decides how fast requests are sent; asked by all threads of all clients of a pool."""

    def piece_bytes(self) -> int:
        """In what pieces to send now; 0: all at once, without asking."""

    def take(self, num_bytes: int) -> None:
        """Wait until so many bytes may be sent."""


def paced(
    headers: Mapping[str, str] | None, content: Any, pace: Pace | None
) -> tuple[Mapping[str, str] | None, Any]:
    """Cut a body into pieces that wait for their turn; its length stays known."""
    piece_bytes = pace.piece_bytes() if pace is not None else 0
    if not content or pace is None or not piece_bytes:
        return headers, content
    if isinstance(content, (bytes, bytearray, memoryview)):
        headers = {**(headers or {}), 'Content-Length': str(len(content))}
        content = [content]
    return headers, _pieces(content, piece_bytes, pace)


def _pieces(chunks: Iterable[Any], piece_bytes: int, pace: Pace) -> Iterator[bytes]:
    for chunk in chunks:
        view = memoryview(chunk)
        for start in range(0, len(view), piece_bytes):
            piece = bytes(view[start:start + piece_bytes])
            pace.take(len(piece))
            yield piece
