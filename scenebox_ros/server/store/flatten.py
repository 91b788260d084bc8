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
What can be searched in a document: its leaves as terms, places and words.

The same document and settings give the same rows, so a changed document's old rows are found by
flattening its old text again. ``VERSION`` changes with the rules; the store then indexes anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
import hashlib
import math
from typing import Any

from scenebox_ros.server.store import times

VERSION = 3
STRING, NUMBER, BOOLEAN, TIME, GEO, SHAPE, DICT, NESTED, LISTED = (1 << bit for bit in range(9))
# Integers beyond these have no place among 64 bits.
MOST = 2**63
MAX_TERM = 256
MAX_TERMS = 20_000
MAX_NUMBERS = 64
MAX_PLACES = 16
MAX_DEPTH = 32
# A time stands in this companion field, as nanoseconds, so that ranges can be asked for.
TIME_SUFFIX = '\0time'
# Kept in columns of their own when they are plain texts.
COLUMNS = ('id', 'owner', 'session_uid', 'sensor')
COUNTED = ('session_uid', 'sensor')
NOT_WORDS = ('object_access', 'thumbnails', 'sha256', 'embeddings', 'aux.sha256')
OWN_SCHEME = 's3://scenebox/'

Number = int | float
Value = str | Number


@dataclass
class Leaves:
    """
    A document's searchable content.

    Attributes
    ----------
    terms, numbers
        The texts and the numbers at each path.
    columns
        The texts that have a column instead, by path; ``id`` and ``owner`` are not told again.
    types
        What was seen at each path: a sum of the bits above.
    places
        Path, y (latitude) and x (longitude) of each point.
    words
        Texts for free-text search.
    uris
        Our own objects that the document names.

    """

    terms: dict[str, set[str]] = field(default_factory=dict)
    numbers: dict[str, set[Number]] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)
    places: list[tuple[str, float, float]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    uris: set[str] = field(default_factory=set)


def flatten(document: Mapping[str, Any], kinds: Mapping[str, int]) -> Leaves:
    """
    Find everything in a document that a query may ask for.

    Parameters
    ----------
    document
        The document, as JSON has it: nothing but dicts, lists and scalars.
    kinds
        Paths that were declared (``geo_field``, ``shape_group_field``, ``nested_fields``), with
        their bits.

    """
    visit = _Visit(kinds)
    leaves = visit.leaves
    rest = dict(document)
    for name in COLUMNS:
        value = document.get(name)
        if type(value) is str:
            del rest[name]
            leaves.types[name] = STRING
            leaves.words.append(value)
            if name in COUNTED:
                leaves.columns[name] = value
    visit.object(rest, '', 0)
    for path, kind in kinds.items():
        if path in leaves.types:
            leaves.types[path] |= kind
    return leaves


class _Visit:
    """One walk through a document; list elements share their list's path."""

    def __init__(self, kinds: Mapping[str, int]) -> None:
        self.leaves = Leaves()
        self._kinds = kinds
        self._left = MAX_TERMS

    def object(self, document: Mapping[str, Any], above: str, depth: int) -> None:
        """Look at the values of an object."""
        # This runs for every value of every document: exact types are quickest to ask for.
        types, numbers = self.leaves.types, self.leaves.numbers
        for key, value in document.items():
            path = above + key
            kind = type(value)
            if kind is str:
                self._text(value, path)
            elif kind is float or (kind is int and -MOST <= value < MOST):
                types[path] = types.get(path, 0) | NUMBER
                self._left -= 1
                if path in numbers or self._left < 0:
                    self._number(value, path)
                else:
                    numbers[path] = {value}
            else:
                self._other(value, path, depth)

    def _other(self, value: Any, path: str, depth: int) -> None:
        """Look at a value that is no text."""
        kind = type(value)
        if kind is dict:
            self._saw(path, DICT)
            self._place(value, path)
            if depth < MAX_DEPTH:
                self.object(value, path + '.', depth + 1)
        elif kind is list:
            self._list(value, path, depth)
        elif kind is bool:
            self._saw(path, BOOLEAN)
            self._term(path, 'true' if value else 'false')
        elif value is not None:
            self._saw(path, NUMBER)
            self._left -= 1
            self._number(value, path)

    def _list(self, value: list[Any], path: str, depth: int) -> None:
        self._saw(path, LISTED)
        if path in self._kinds:
            self._place(value, path)
        # A long list of numbers is a vector, not something that anybody filters by.
        if len(value) > MAX_NUMBERS and isinstance(value[0], (int, float)):
            return
        if depth < MAX_DEPTH:
            for item in value:
                if type(item) is str:
                    self._text(item, path)
                else:
                    self._other(item, path, depth + 1)

    def _text(self, value: str, path: str) -> None:
        leaves = self.leaves
        types = leaves.types
        if value[4:5] == '-' and (ns := times.parse_ns(value)) is not None:
            types[path] = types.get(path, 0) | TIME
            self._left -= 1
            self._number(ns, path + TIME_SUFFIX)
            return
        if value.startswith(OWN_SCHEME):
            leaves.uris.add(value)
        elif not path.startswith(NOT_WORDS):
            leaves.words.append(value)
        if path in self._kinds:
            self._place(value.split(','), path)
        types[path] = types.get(path, 0) | STRING
        if len(value) > MAX_TERM:
            value = str(term(value))
        self._left -= 1
        if self._left >= 0:
            terms = leaves.terms
            if path in terms:
                terms[path].add(value)
            else:
                terms[path] = {value}

    def _saw(self, path: str, bits: int) -> None:
        types = self.leaves.types
        types[path] = types.get(path, 0) | bits

    def _term(self, path: str, value: str) -> None:
        self._left -= 1
        if self._left >= 0:
            self.leaves.terms.setdefault(path, set()).add(value)

    def _number(self, value: Number, path: str) -> None:
        if isinstance(value, int) and not -MOST <= value < MOST:
            self._left += 1
            # It is found as a text, so the field does not have numbers alone.
            self._saw(path, STRING)
            self._term(path, str(term(value)))
        elif self._left >= 0:
            self.leaves.numbers.setdefault(path, set()).add(value)

    def _place(self, value: Any, path: str) -> None:
        """Take an object with lat and lon, or whatever was declared as a place."""
        kind = self._kinds.get(path, 0)
        point = None
        if type(value) is dict:
            y = value.get('lat', value.get('latitude'))
            x = value.get('lon', value.get('longitude', value.get('lng')))
            point = None if y is None or x is None else _point(y, x)
            if point and not kind & SHAPE:
                kind |= GEO
        elif kind & (GEO | SHAPE) and len(value) == 2:
            # Pairs are latitude, longitude, as the platform writes them; shapes are x, y.
            point = _point(*value) if kind & GEO else _point(value[1], value[0])
        if point is None or not kind & (GEO | SHAPE):
            return
        if kind & GEO and not (-90 <= point[0] <= 90 and -180 <= point[1] <= 180):
            return
        self._saw(path, kind)
        if len(self.leaves.places) < MAX_PLACES:
            self.leaves.places.append((path, *point))


def term(value: Any) -> Value:
    """
    Turn a scalar into what the index holds.

    Booleans become words, integers beyond 64 bits their digits, and a long text its beginning
    with a hash, which still finds equal texts.
    """
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, float):
        return value
    if isinstance(value, int):
        return value if -MOST <= value < MOST else str(value)
    text = str(value)
    if len(text) <= MAX_TERM:
        return text
    return f'{text[:MAX_TERM]}…{hashlib.sha256(text.encode()).hexdigest()[:16]}'


def _point(y: Any, x: Any) -> tuple[float, float] | None:
    if isinstance(y, bool) or isinstance(x, bool):
        return None
    try:
        point = (float(y), float(x))
    except (TypeError, ValueError, OverflowError):
        return None
    return point if all(map(math.isfinite, point)) else None
