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


"""What goes into a request: JSON bodies, queries and times as the platform writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
import json
import math
import os
from typing import Any
from urllib.parse import urlencode

from scenebox_ros.errors import ArgumentTypeError, InvalidArgumentsError, InvalidFileError
from scenebox_ros.model import times

jsonified = times.with_iso_times


def encode(value: Any) -> bytes:
    """
    Write a value as a JSON body.

    Parameters
    ----------
    value
        JSON, and besides it datetimes (written as ISO 8601 in UTC), numpy's numbers and arrays,
        tuples, sets and paths.

    Returns
    -------
    bytes
        JSON in ASCII.

    Raises
    ------
    InvalidArgumentsError
        If a number is not finite: JSON has no such numbers.
    TypeError
        If something in it cannot be written as JSON.

    """
    try:
        return json.dumps(value, allow_nan=False, default=_jsonable).encode()
    except ArgumentTypeError:
        raise
    except TypeError as error:
        raise ArgumentTypeError(f'a value cannot be written as JSON: {error}') from None
    except ValueError as error:
        where = next(_unwritable(value, ''), '')
        raise InvalidArgumentsError(
            f'{where or "a value"} cannot be written as JSON ({error}); leave it out or pass None'
        ) from None


def read_json(path: str | os.PathLike[str]) -> Any:
    """
    Read a file.

    Raises
    ------
    InvalidFileError
        If it is not JSON.

    """
    with open(path, encoding='utf-8') as file:
        try:
            return json.load(file)
        except ValueError as error:
            raise InvalidFileError(f'{os.fspath(path)!r} is not JSON: {error}') from None


def encode_query(query: Mapping[str, Any]) -> str:
    """Write a query: ``None`` is left out, booleans are words, lists repeat their key."""
    return urlencode({k: v for k, v in query.items() if v is not None}, doseq=True)


def now() -> str:
    """Write the current time as the platform does."""
    return times.to_iso(times.now())


def as_bool(value: Any) -> bool:
    """
    Read a boolean as the platform writes it.

    Raises
    ------
    ValueError
        If it is neither a boolean, nothing, nor one of the words t, true, f and false.

    """
    word = str(value).lower()
    if value is None or word in ('f', 'false'):
        return False
    if word in ('t', 'true'):
        return True
    raise InvalidArgumentsError(f'{value!r} is not a boolean; write true or false')


def _jsonable(value: Any) -> Any:
    if isinstance(value, datetime):
        return times.to_iso(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    # numpy's scalars and arrays, without importing numpy.
    if hasattr(value, 'tolist'):
        return value.tolist()
    raise ArgumentTypeError(f'{type(value).__name__} cannot be written as JSON: {value!r}')


def _unwritable(value: Any, path: str) -> Iterator[str]:
    """Name the numbers that JSON does not have: ``aux.speed is nan``."""
    if isinstance(value, float) and not math.isfinite(value):
        yield f'{path or "the value"} is {value}: it'
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _unwritable(item, f'{path}.{key}' if path else str(key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _unwritable(item, f'{path}[{index}]')
