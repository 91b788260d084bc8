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

from collections.abc import Iterator, Mapping
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
        Pairs of path and value.
    types
        What was seen at each path: a sum of the bits above.
    places
        Path, y (latitude) and x (longitude) of each point.
    words
        Texts for free-text search.
    uris
        Our own objects that the document names.

    """

    terms: set[tuple[str, Value]] = field(default_factory=set)
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
        The document.
    kinds
        Paths that were declared (``geo_field``, ``shape_group_field``, ``nested_fields``), with
        their bits.

    """
    leaves = Leaves()
    in_columns = {name for name in COLUMNS if isinstance(document.get(name), str)}
    for path, value in _walk(document, '', 0):
        if isinstance(value, Mapping):
            leaves.types[path] = leaves.types.get(path, 0) | DICT
            _add_place(leaves, path, value, kinds.get(path, 0))
        elif isinstance(value, list):
            leaves.types[path] = leaves.types.get(path, 0) | LISTED
            _add_place(leaves, path, value, kinds.get(path, 0))
        elif path in in_columns:
            leaves.types[path] = STRING
            leaves.words.append(value)
        elif len(leaves.terms) < MAX_TERMS:
            _add_leaf(leaves, path, value, kinds.get(path, 0))
    for path, kind in kinds.items():
        if path in leaves.types:
            leaves.types[path] |= kind
    return leaves


def _walk(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield objects, lists and leaves with their dotted paths; list elements share one path."""
    if isinstance(value, Mapping):
        if path:
            yield path, value
        if depth < MAX_DEPTH:
            for key, item in value.items():
                yield from _walk(item, f'{path}.{key}' if path else key, depth + 1)
    elif isinstance(value, list):
        yield path, value
        # A long list of numbers is a vector, not something that anybody filters by.
        if len(value) > MAX_NUMBERS and isinstance(value[0], (int, float)):
            return
        if depth < MAX_DEPTH:
            for item in value:
                yield from _walk(item, path, depth + 1)
    elif value is not None:
        yield path, value


def _add_leaf(leaves: Leaves, path: str, value: Any, kind: int) -> None:
    if isinstance(value, str):
        bits = STRING
        if value.startswith(OWN_SCHEME):
            leaves.uris.add(value)
        elif times.looks_like_time(value) and (ns := times.parse_ns(value)) is not None:
            leaves.types[path] = leaves.types.get(path, 0) | TIME
            leaves.terms.add((path + TIME_SUFFIX, ns))
            return
        elif not path.startswith(NOT_WORDS):
            leaves.words.append(value)
        if kind & (GEO | SHAPE):
            _add_place(leaves, path, value.split(','), kind)
    elif isinstance(value, bool):
        bits = BOOLEAN
    else:
        bits = NUMBER
    leaves.types[path] = leaves.types.get(path, 0) | bits
    leaves.terms.add((path, term(value)))


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


def _add_place(leaves: Leaves, path: str, value: Any, kind: int) -> None:
    """Take an object with lat and lon, or whatever was declared as a place."""
    point = None
    if isinstance(value, Mapping):
        point = _point(value.get('lat', value.get('latitude')),
                       value.get('lon', value.get('longitude', value.get('lng'))))
        if point and not kind & SHAPE:
            kind |= GEO
    elif kind & (GEO | SHAPE) and len(value) == 2:
        # Pairs are latitude, longitude, as the platform writes them; shapes are x, y.
        point = _point(*value) if kind & GEO else _point(value[1], value[0])
    if point is None or not kind & (GEO | SHAPE):
        return
    if kind & GEO and not (-90 <= point[0] <= 90 and -180 <= point[1] <= 180):
        return
    leaves.types[path] = leaves.types.get(path, 0) | kind
    if len(leaves.places) < MAX_PLACES:
        leaves.places.append((path, *point))


def _point(y: Any, x: Any) -> tuple[float, float] | None:
    if isinstance(y, bool) or isinstance(x, bool):
        return None
    try:
        point = (float(y), float(x))
    except (TypeError, ValueError, OverflowError):
        return None
    return point if all(map(math.isfinite, point)) else None
