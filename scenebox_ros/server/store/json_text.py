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
JSON as the store keeps it: compact, UTF-8.

orjson reads and writes nearly everything; what it does not know (integers of more than 64 bits,
half surrogate pairs, ``NaN``) Python's own module does.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(',', ':'), allow_nan=False)
_DEEPEST = 1024
# orjson makes floats of integers that do not fit into 64 bits.
_LONG = re.compile(rb'(?:^|[\s\[:,])-?\d{19}')
# Looking for zeros after all digits have become zeros is ten times as fast as that.
_ZEROS, _NINETEEN = bytes.maketrans(b'123456789', b'0' * 9), b'0' * 19


def dumps(value: Any) -> str:
    """Write JSON compactly."""
    return dump(value).decode()


def dump(value: Any) -> bytes:
    """Write JSON compactly, as UTF-8."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return _COMPACT.encode(value).encode()


def load(raw: bytes) -> Any:
    """
    Read JSON as tolerantly as the original client writes it: NaN and Infinity become null.

    Raises
    ------
    ValueError
        If it is not JSON.
    RecursionError
        If it is nested too deeply.

    """
    if _NINETEEN not in raw.translate(_ZEROS) or not _LONG.search(raw):
        try:
            return orjson.loads(raw)
        except ValueError:
            pass  # Python's module reads it, or says what is wrong.
    value = json.loads(raw, parse_constant=lambda _: None, parse_float=_finite)
    if b'\\ud' in raw.lower():
        # Half a surrogate pair is no text that could be stored.
        json.dumps(value, ensure_ascii=False).encode()
    _check_depth(value)
    return value


def loads(text: str) -> Any:
    """Read what :func:`dumps` wrote."""
    return load(text.encode())


def has_zero_key(value: Any) -> bool:
    """Tell whether a key anywhere has a zero character: the index uses it in names of its own."""
    if isinstance(value, dict):
        return any('\0' in key or has_zero_key(inner) for key, inner in value.items())
    return isinstance(value, list) and any(map(has_zero_key, value))


def _check_depth(value: Any) -> None:
    """Refuse what orjson refuses; how deep Python's module reads differs between its versions."""
    level = [value]
    for _ in range(_DEEPEST + 1):
        level = [inner for one in level if isinstance(one, (dict, list))
                 for inner in (one.values() if isinstance(one, dict) else one)]
        if not level:
            return
    raise RecursionError(f'it is nested more than {_DEEPEST} deep')


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None
