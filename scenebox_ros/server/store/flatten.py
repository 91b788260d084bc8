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

VERSION = 1
STRING, NUMBER, BOOLEAN, TIME, GEO, SHAPE, DICT, NESTED, LISTED = (1 << bit for bit in range(9))
MAX_TERM = 256
MAX_TERMS = 20_000
MAX_NUMBERS = 64
MAX_PLACES = 16
MAX_DEPTH = 32
# A time stands in this companion field, as nanoseconds, so that ranges can be asked for.
TIME_SUFFIX = '\0time'
# Kept in columns of their own when they are plain texts.
COLUMNS = ('id', 'owner', 'session_uid', 'sensor')
NOT_WORDS = ('object_access', 'thumbnails', 'sha256', 'embeddings', 'aux.sha256')
OWN_SCHEME = 's3://scenebox/'

Value = str | int | float


@dataclass
class Leaves:
    """
    A document's searchable content.

    Attributes
    ----------
    terms
        The values at each path.
    types
        What was seen at each path: a sum of the bits above.
    places
        Path, y (latitude) and x (longitude) of each point.
    words
        Texts for free-text search.
    uris
        Our own objects that the document names.

    """

    terms: dict[str, set[Value]] = field(default_factory=dict)
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
    for name, value in document.items():
        if name in COLUMNS and type(value) is str:
            visit.leaves.types[name] = STRING
            visit.leaves.words.append(value)
        else:
            visit.any(value, name, 0)
    leaves = visit.leaves
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

    def any(self, value: Any, path: str, depth: int) -> None:
        """Look at a value, whatever it is."""
        # This runs for every value of every document: exact types are quickest to ask for.
        kind = type(value)
        if kind is str:
            self._text(value, path)
        elif kind is dict:
            self._saw(path, DICT)
            self._place(value, path)
            if depth < MAX_DEPTH:
                for key, item in value.items():
                    self.any(item, f'{path}.{key}', depth + 1)
        elif kind is list:
            self._list(value, path, depth)
        elif kind is bool:
            self._saw(path, BOOLEAN)
            self._term(path, 'true' if value else 'false')
        elif value is not None:
            self._saw(path, NUMBER)
            self._term(path, term(value))

    def _list(self, value: list[Any], path: str, depth: int) -> None:
        self._saw(path, LISTED)
        if path in self._kinds:
            self._place(value, path)
        # A long list of numbers is a vector, not something that anybody filters by.
        if len(value) > MAX_NUMBERS and isinstance(value[0], (int, float)):
            return
        if depth < MAX_DEPTH:
            for item in value:
                self.any(item, path, depth + 1)

    def _text(self, value: str, path: str) -> None:
        leaves = self.leaves
        if value.startswith(OWN_SCHEME):
            leaves.uris.add(value)
        elif times.looks_like_time(value) and (ns := times.parse_ns(value)) is not None:
            self._saw(path, TIME)
            self._term(path + TIME_SUFFIX, ns)
            return
        elif not path.startswith(NOT_WORDS):
            leaves.words.append(value)
        if path in self._kinds:
            self._place(value.split(','), path)
        self._saw(path, STRING)
        self._term(path, value if len(value) <= MAX_TERM else term(value))

    def _saw(self, path: str, bits: int) -> None:
        types = self.leaves.types
        types[path] = types.get(path, 0) | bits

    def _term(self, path: str, value: Value) -> None:
        self._left -= 1
        if self._left >= 0:
            self.leaves.terms.setdefault(path, set()).add(value)

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
        return value if -(2**63) <= value < 2**63 else str(value)
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
