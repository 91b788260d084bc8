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

"""Columns of a timeline: one field's value in every cell, as arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
import itertools
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Codes = NDArray[np.int32]


class Column(ABC):
    """One field's values, cell by cell; a cell may be empty."""

    kind: str

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def present(self) -> Mask:
        """Tell which cells hold a value."""

    @abstractmethod
    def rows(self) -> list[Any]:
        """Give every cell's value as JSON has it; None where it is empty."""

    @abstractmethod
    def slice(self, first: int, last: int) -> Column:
        """Cut out cells, counted from the column's own start."""

    @abstractmethod
    def matches(self, values: Sequence[Any]) -> Mask:
        """Tell which cells equal, or hold, one of the values."""


@dataclass(frozen=True, eq=False)
class NumberColumn(Column):
    """
    Numbers, shape (cells,) of float64; NaN is an empty cell.

    Attributes
    ----------
    integral
        Rows are given as integers.

    """

    values: Floats
    integral: bool = False
    kind = 'number'

    def __len__(self) -> int:
        return len(self.values)

    def present(self) -> Mask:
        """Tell which cells hold a value."""
        return ~np.isnan(self.values)

    def rows(self) -> list[Any]:
        """Give every cell's value as JSON has it; None where it is empty."""
        values = self.values.tolist()
        if self.integral:
            return [None if v != v else int(v) for v in values]
        return [None if v != v else v for v in values]

    def slice(self, first: int, last: int) -> NumberColumn:
        """Cut out cells, counted from the column's own start."""
        return NumberColumn(self.values[first:last], self.integral)

    def matches(self, values: Sequence[Any]) -> Mask:
        """Tell which cells equal one of the numbers; texts of numbers count too."""
        return np.isin(self.values, [n for n in map(_number, values) if n is not None])


@dataclass(frozen=True, eq=False)
class VectorColumn(Column):
    """Vectors, shape (cells, length) of float64; all NaN is an empty cell."""

    values: Floats
    kind = 'vector'

    def __len__(self) -> int:
        return len(self.values)

    def present(self) -> Mask:
        """Tell which cells hold a value."""
        return np.asarray(~np.isnan(self.values).all(axis=1))

    def rows(self) -> list[Any]:
        """Give every cell's value as JSON has it; None where it is empty."""
        rows = [[None if x != x else x for x in row] for row in self.values.tolist()]
        here = self.present().tolist()
        return [row if shown else None for row, shown in zip(rows, here, strict=True)]

    def slice(self, first: int, last: int) -> VectorColumn:
        """Cut out cells, counted from the column's own start."""
        return VectorColumn(self.values[first:last])

    def matches(self, values: Sequence[Any]) -> Mask:
        """Tell which cells hold one of the numbers in any place."""
        wanted = [n for n in map(_number, values) if n is not None]
        return np.asarray(np.isin(self.values, wanted).any(axis=1))


@dataclass(frozen=True, eq=False)
class CodedColumn(Column):
    """
    One of a few JSON values per cell.

    Attributes
    ----------
    codes
        Shape (cells,), positions in ``terms``; -1 is an empty cell.
    terms
        JSON texts, sorted.

    """

    codes: Codes
    terms: tuple[str, ...]
    kind = 'coded'

    def __len__(self) -> int:
        return len(self.codes)

    def present(self) -> Mask:
        """Tell which cells hold a value."""
        return np.asarray(self.codes >= 0)

    def rows(self) -> list[Any]:
        """Give every cell's value as JSON has it; None where it is empty."""
        values = [*map(json.loads, self.terms), None]
        return [values[code] for code in self.codes.tolist()]

    def slice(self, first: int, last: int) -> CodedColumn:
        """Cut out cells, counted from the column's own start."""
        return CodedColumn(*_only_used(self.codes[first:last], self.terms))

    def matches(self, values: Sequence[Any]) -> Mask:
        """Tell which cells equal one of the values; of a list, any element may."""
        return np.isin(self.codes, _matching(self.terms, values))


@dataclass(frozen=True, eq=False)
class ListColumn(Column):
    """
    Any number of JSON values per cell: what holds at the same time.

    Attributes
    ----------
    offsets
        Shape (cells + 1,): cell ``i`` has the codes from ``offsets[i]`` up to ``offsets[i + 1]``.
    codes
        Positions in ``terms``, sorted within each cell.
    terms
        JSON texts, sorted.

    """

    offsets: NDArray[np.int64]
    codes: Codes
    terms: tuple[str, ...]
    kind = 'list'

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def present(self) -> Mask:
        """Tell which cells hold a value."""
        return np.asarray(np.diff(self.offsets) > 0)

    def rows(self) -> list[Any]:
        """Give every cell's values as a list; None where it is empty."""
        values = [json.loads(term) for term in self.terms]
        items = [values[code] for code in self.codes.tolist()]
        bounds = self.offsets.tolist()
        return [items[a:b] or None for a, b in itertools.pairwise(bounds)]

    def slice(self, first: int, last: int) -> ListColumn:
        """Cut out cells, counted from the column's own start."""
        bounds = self.offsets[first:last + 1]
        codes = self.codes[bounds[0]:bounds[-1]]
        return ListColumn(bounds - bounds[0], *_only_used(codes, self.terms))

    def matches(self, values: Sequence[Any]) -> Mask:
        """Tell which cells hold one of the values."""
        hit = np.isin(self.codes, _matching(self.terms, values))
        before = np.concatenate([[0], np.cumsum(hit)])
        return np.asarray(np.diff(before[self.offsets]) > 0)


def _only_used(codes: Codes, terms: tuple[str, ...]) -> tuple[Codes, tuple[str, ...]]:
    """Leave out the terms that no code means."""
    used = np.unique(codes[codes >= 0])
    if len(used) == len(terms):
        return codes, terms
    place = np.searchsorted(used, codes).astype(np.int32)
    return np.where(codes >= 0, place, -1).astype(np.int32), tuple(terms[i] for i in used.tolist())


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _matching(terms: Sequence[str], values: Sequence[Any]) -> list[int]:
    """Find the terms that one of the values equals, as it is or as text."""
    wanted = {str(value) for value in values}
    found = []
    for code, term in enumerate(terms):
        value = json.loads(term)
        items = value if isinstance(value, list) else [value]
        if any(str(item) in wanted for item in items):
            found.append(code)
    return found
