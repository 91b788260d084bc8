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
Pieces of columns as bytes.

A block holds ``BLOCK`` cells, counted from the epoch, so that a change rewrites little. Its bytes
are one line of JSON and then the arrays, little-endian; what compresses is compressed.
"""

from __future__ import annotations

import json
from typing import Any
import zlib

import numpy as np
from numpy.typing import NDArray

from scenebox_ros.server.sessions.columns import (
    CodedColumn,
    Column,
    ListColumn,
    NumberColumn,
    VectorColumn,
)

BLOCK = 4096


def encode(column: Column) -> bytes:
    """Write a column of any length as bytes."""
    header: dict[str, Any] = {'kind': column.kind, 'cells': len(column)}
    arrays: list[NDArray[Any]]
    if isinstance(column, NumberColumn):
        header.update(integral=column.integral)
        arrays = [column.values.astype('<f8')]
    elif isinstance(column, VectorColumn):
        header.update(width=column.values.shape[1])
        arrays = [column.values.astype('<f8')]
    elif isinstance(column, CodedColumn):
        header.update(terms=column.terms)
        arrays = [column.codes.astype('<i4')]
    else:
        assert isinstance(column, ListColumn)
        header.update(terms=column.terms)
        arrays = [np.diff(column.offsets).astype('<i4'), column.codes.astype('<i4')]
    body = b''.join(array.tobytes() for array in arrays)
    # Measured numbers hardly compress; empty cells and codes do.
    is_dense = arrays[0].dtype.kind == 'f' and 2 * np.count_nonzero(column.present()) > len(column)
    header['zip'] = not is_dense
    line = json.dumps(header, separators=(',', ':')).encode()
    return line + b'\n' + (body if is_dense else zlib.compress(body, 1))


def decode(blob: bytes) -> Column:
    """Read what :func:`encode` wrote."""
    line, _, body = blob.partition(b'\n')
    header = json.loads(line)
    if header['zip']:
        body = zlib.decompress(body)
    kind, cells = header['kind'], header['cells']
    if kind == 'number':
        return NumberColumn(np.frombuffer(body, '<f8'), header['integral'])
    if kind == 'vector':
        return VectorColumn(np.frombuffer(body, '<f8').reshape(cells, header['width']))
    terms = tuple(header['terms'])
    if kind == 'coded':
        return CodedColumn(np.frombuffer(body, '<i4'), terms)
    counts = np.frombuffer(body, '<i4', cells)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return ListColumn(offsets, np.frombuffer(body, '<i4', offset=4 * cells), terms)
