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

"""Long answers, sent as they are read from the store."""

from __future__ import annotations

from collections.abc import Iterator
import zlib

from starlette.responses import StreamingResponse

from scenebox_ros.server.api.call import Call

PIECE = 256 * 1024


def stream_documents(call: Call) -> StreamingResponse:
    """Answer a metadata search: a JSON array, gzip-compressed if the caller asks for it."""
    query, page = call.search(), call.page()
    texts = call.core.search.texts(call.identity, call.asset_type, query, page)
    # The first piece is made here, so that a bad query is still answered with its status.
    pieces = _array(texts)
    first = next(pieces)
    headers = {}
    body = _chain(first, pieces)
    if call.flag('compress'):
        headers['Content-Encoding'] = 'gzip'
        body = _gzipped(body)
    return StreamingResponse(body, headers=headers, media_type='application/json')


def _array(texts: Iterator[str]) -> Iterator[bytes]:
    piece = bytearray(b'[')
    separator = b''
    for text in texts:
        piece += separator
        piece += text.encode()
        separator = b','
        if len(piece) >= PIECE:
            yield bytes(piece)
            piece.clear()
    piece += b']'
    yield bytes(piece)


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _gzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()
