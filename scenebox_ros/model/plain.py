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


"""Small rules for values: booleans as text, nested keys, colours, chunks, counts in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from numbers import Integral, Real
import re
from typing import Any, TypeVar

from scenebox_ros import ids
from scenebox_ros.errors import ArgumentTypeError

T = TypeVar('T')
_NO_UTF_8 = re.compile('[\ud800-\udfff]')
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


def is_whole(value: object) -> bool:
    """Tell whether a value is a whole number of any library's type."""
    return isinstance(value, Integral)


def is_real(value: object) -> bool:
    """Tell whether a value is a real number of any library's type."""
    return isinstance(value, Real)


def plural(count: int, noun: str) -> str:
    """Write a count with its noun: ``1 image``, ``2 images``."""
    return f'{count} {noun}' if count == 1 else f'{count} {noun}s'


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut any iterable into lists of ``size``; the last may be shorter, none is empty."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def listed(items: Iterable[T] | None, name: str = 'ids') -> list[T]:
    """
    List what an argument holds: any iterable, such as a generator or a column of a table.

    Parameters
    ----------
    items
        None holds nothing.
    name
        The argument's, for the error.

    Returns
    -------
    list
        A new list.

    Raises
    ------
    ArgumentTypeError
        If it is a text: its letters are not what is meant.

    """
    if isinstance(items, (str, bytes)):
        raise ArgumentTypeError(f'{name} is the text {items!r}; pass a list, like [{items!r}]')
    return [] if items is None else list(items)


def writable(name: str) -> str:
    """Write bytes of a file's name that are no UTF-8 as URLs do: ``caf%E9.png``."""
    if name.isascii():
        return name
    return _NO_UTF_8.sub(lambda match: f'%{ord(match[0]) & 0xFF:02X}', name)


def base_name(path: str) -> str:
    """Tell the last part of a path, a URL or a URI, with either kind of slash."""
    return writable(path.replace('\\', '/').rstrip('/').rpartition('/')[2])


def distinct(items: Iterable[T]) -> list[T]:
    """Drop what came before, keeping the order."""
    return list(dict.fromkeys(items))
