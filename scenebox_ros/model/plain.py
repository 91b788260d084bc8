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


"""Small rules for JSON values: booleans as text, nested keys, colours, chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
import re
from typing import Any, TypeVar

from scenebox_ros import ids

T = TypeVar('T')
_HEX_COLOUR = re.compile(r'#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})')


def booleans_to_text(value: Any) -> Any:
    """
    Rewrite user metadata as the platform can search it.

    Parameters
    ----------
    value
        Any JSON value. It is not modified.

    Returns
    -------
    Any
        The same with ``'true'``, ``'false'`` and ``'none'`` for booleans and None, at any depth,
        and with standardized keys.

    """
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if value is None:
        return 'none'
    if isinstance(value, Mapping):
        return {
            ids.std(key) if isinstance(key, str) else key: booleans_to_text(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [booleans_to_text(item) for item in value]
    return value


def nested_keys(document: Mapping[str, Any], prefix: str = '') -> list[str]:
    """List the dotted paths of a document's leaves, in its order; lists are leaves."""
    paths = []
    for key, value in document.items():
        if isinstance(value, Mapping):
            paths += nested_keys(value, f'{prefix}{key}.')
        else:
            paths.append(f'{prefix}{key}')
    return paths


def is_hex_colour(text: str) -> bool:
    """Tell whether text is ``#`` and 3 or 6 hexadecimal digits."""
    return _HEX_COLOUR.fullmatch(text) is not None


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut any iterable into lists of ``size``; the last may be shorter, none is empty."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def distinct(items: Iterable[T]) -> list[T]:
    """Drop what came before, keeping the order."""
    return list(dict.fromkeys(items))
