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

"""Times as documents write them, as nanoseconds."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
import re
from typing import Any

from scenebox_ros import stamps

_TIME = re.compile(
    r'(\d{4}-\d\d-\d\d)'
    r'(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?', re.ASCII
)
# What SQLite's integers hold; years 1678 to 2261.
_MOST = 2**63


def parse_ns(text: Any) -> int | None:
    """
    Read ISO 8601 as nanoseconds since the epoch; without a zone it is UTC.

    Returns
    -------
    int or None
        Nothing if it is not such a time.

    """
    # A document's time is asked for by its column and by the index.
    if not isinstance(text, str) or text[4:5] != '-' or len(text) > 40:
        return None
    return _parsed(text)


@lru_cache(4096)
def _parsed(text: str) -> int | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    date, minute, second, fraction, zone = found.groups()
    ns = _minute_ns(f'{date}T{minute or "00:00"}', zone or 'Z')
    if ns is None or (second or '00') > '59':
        return None
    ns += int(second or 0) * 10**9 + int((fraction or '').ljust(9, '0'))
    return ns if -_MOST <= ns < _MOST else None


@lru_cache(4096)  # The documents of a drive share their minutes.
def _minute_ns(text: str, zone: str) -> int | None:
    # Python 3.10 knows neither Z nor a zone without a colon.
    zone = '+00:00' if zone == 'Z' else f'{zone[:3]}:{zone[-2:]}'
    try:
        return stamps.from_datetime(datetime.fromisoformat(text + zone))
    except (ValueError, OverflowError):
        return None


def to_iso(ns: int) -> str:
    """Write nanoseconds so that reading gives the same; three more digits where there are any."""
    text, rest = stamps.to_datetime(ns).isoformat(timespec='microseconds'), ns % 1000
    return f'{text[:-6]}{rest:03}{text[-6:]}' if rest else stamps.to_iso(ns)
