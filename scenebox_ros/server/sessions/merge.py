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

"""Columns over columns: one laid over another, and a window put in its place."""

from __future__ import annotations

from collections.abc import Sequence
import json
from typing import Any

import numpy as np

from scenebox_ros.server.sessions.columns import (
    CodedColumn,
    Column,
    ListColumn,
    NumberColumn,
    VectorColumn,
)


def overlay(below: Column, above: Column) -> Column:
    """Show ``above`` where it holds a value, else ``below``; both have the same cells."""
    return _choose(below, above, above.present())


def splice(column: Column, window: Column, first: int) -> Column:
    """Replace the column's cells from ``first`` on by those of the window."""
    last = first + len(window)
    return concatenate([column.slice(0, first), window, column.slice(last, len(column))])


def empty_like(column: Column, size: int) -> Column:
    """Make a column of the same kind with empty cells."""
    if isinstance(column, NumberColumn):
        return NumberColumn(np.full(size, np.nan), column.integral)
    if isinstance(column, VectorColumn):
        return VectorColumn(np.full((size, column.values.shape[1]), np.nan))
    if isinstance(column, ListColumn):
        return ListColumn(np.zeros(size + 1, np.int64), np.zeros(0, np.int32), ())
    return CodedColumn(np.full(size, -1, np.int32), ())


def concatenate(columns: Sequence[Column]) -> Column:
    """Put columns one after the other; what has no value takes the kind of the others."""
    valued = [column for column in columns if column.present().any()] or list(columns[:1])
    kinds = {_shape(column) for column in valued}
    if len(kinds) > 1:
        return _coded([row for column in columns for row in column.rows()])
    model = valued[0]
    same = [
        column if _shape(column) in kinds else empty_like(model, len(column)) for column in columns
    ]
    return _join(model, same)


def _shape(column: Column) -> tuple[str, int]:
    width = column.values.shape[1] if isinstance(column, VectorColumn) else 0
    return column.kind, width


def _join(model: Column, columns: Sequence[Any]) -> Column:
    if isinstance(model, NumberColumn):
        return NumberColumn(np.concatenate([c.values for c in columns]), model.integral)
    if isinstance(model, VectorColumn):
        return VectorColumn(np.concatenate([c.values for c in columns]))
    terms, codes = _shared([c.terms for c in columns], [c.codes for c in columns])
    if isinstance(model, CodedColumn):
        return CodedColumn(np.concatenate(codes), terms)
    counts = np.concatenate([np.diff(c.offsets) for c in columns])
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return ListColumn(offsets, np.concatenate(codes), terms)


def _shared(
    terms: Sequence[Sequence[str]], codes: Sequence[Any]
) -> tuple[tuple[str, ...], list[Any]]:
    """Give several columns one sorted list of terms, without those that no cell uses."""
    used = [set(np.unique(part[part >= 0]).tolist()) for part in codes]
    pairs = zip(terms, used, strict=True)
    together = tuple(sorted({own[code] for own, part in pairs for code in part}))
    place = {term: code for code, term in enumerate(together)}
    mapped = []
    for own, part in zip(terms, codes, strict=True):
        table = np.array([*(place.get(term, -1) for term in own), -1], np.int32)
        mapped.append(table[part])
    return together, mapped


def _choose(below: Column, above: Column, chosen: Any) -> Column:
    if isinstance(below, NumberColumn) and isinstance(above, NumberColumn):
        values = np.where(chosen, above.values, below.values)
        return NumberColumn(values, below.integral and above.integral)
    if isinstance(below, CodedColumn) and isinstance(above, CodedColumn):
        terms, codes = _shared([below.terms, above.terms], [below.codes, above.codes])
        return CodedColumn(np.where(chosen, codes[1], codes[0]), terms)
    pairs = zip(chosen.tolist(), below.rows(), above.rows(), strict=True)
    return _coded([upper if over else lower for over, lower, upper in pairs])


def _coded(rows: Sequence[Any]) -> CodedColumn:
    """Hold any JSON values."""
    texts = [None if row is None else json.dumps(row, separators=(',', ':')) for row in rows]
    terms = tuple(sorted({text for text in texts if text is not None}))
    place = {term: code for code, term in enumerate(terms)}
    codes = [-1 if text is None else place[text] for text in texts]
    return CodedColumn(np.array(codes, np.int32), terms)
