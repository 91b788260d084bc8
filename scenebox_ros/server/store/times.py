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

from datetime import datetime, timezone
from functools import lru_cache
import re
from typing import Any

from scenebox_ros import stamps

_TIME = re.compile(
    r'\d{4}-\d\d-\d\d'
    r'(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?'
)
# What SQLite's integers hold; years 1678 to 2261.
_MOST = 2**63


def looks_like_time(text: str) -> bool:
    """Tell whether a text is written like ISO 8601: a date, with or without a time."""
    return 10 <= len(text) <= 40 and text[4] == '-' and _TIME.fullmatch(text) is not None


def parse_ns(text: Any) -> int | None:
    """
    Read ISO 8601 as nanoseconds since the epoch; without a zone it is UTC.

    Returns
    -------
    int or None
        Nothing if it is not such a time.

    """
    if not isinstance(text, str) or not looks_like_time(text):
        return None
    return _parsed(text)


@lru_cache(4096)  # A document's time is asked for by its column and by the index.
def _parsed(text: str) -> int | None:
    text = text.replace(',', '.', 1)
    nanoseconds = 0
    if (dot := text.find('.')) >= 0:
        digits = re.match(r'\d+', text[dot + 1:])
        fraction = digits.group() if digits else ''
        nanoseconds = int(fraction.ljust(9, '0'))
        text = text[:dot] + text[dot + 1 + len(fraction):]
    text = text.replace('Z', '+00:00')
    # Python 3.10 wants the colon in a zone, so +0100 is given one.
    if text[-3] != ':':
        text = re.sub(r'(?<=\d\d:\d\d)([+-]\d\d)(\d\d)$', r'\1:\2', text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    try:
        ns = stamps.from_datetime(moment) + nanoseconds
    except OverflowError:
        return None
    return ns if -_MOST <= ns < _MOST else None
