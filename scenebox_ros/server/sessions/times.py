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

"""Reading times as clients write them: any ISO-like form, without a zone taken as UTC."""

from __future__ import annotations

from datetime import datetime
import re

from scenebox_ros.errors import InvalidTimeError
from scenebox_ros.stamps import from_datetime

_ISO = re.compile(
    r'(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?\Z'
)
LIMIT_NS = 2**62
_UTC = {None, 'Z', '+00:00', '+0000'}


def parse_ns(text: str) -> int:
    """
    Read a time, in nanoseconds since the Unix epoch.

    Raises
    ------
    InvalidTimeError
        If the text is not a time.

    """
    match = _ISO.match(text) if isinstance(text, str) else None
    try:
        if match is None:
            return _within(_parse_freely(text), text)
        day, clock, fraction, zone = match.groups()
        offset = '+00:00' if zone in _UTC else zone if ':' in zone else f'{zone[:3]}:{zone[3:]}'
        whole = from_datetime(datetime.fromisoformat(f'{day}T{clock}{offset}'))
        whole += int(fraction.ljust(9, '0')) if fraction else 0
    except (ValueError, OverflowError, TypeError) as error:
        raise InvalidTimeError(
            f'{text!r} is not a time; write it like 2026-01-31T12:30:00Z'
        ) from error
    return _within(whole, text)


def _within(ns: int, text: str) -> int:
    """Refuse what 64 bits of nanoseconds have no room for."""
    if abs(ns) >= LIMIT_NS:
        raise InvalidTimeError(f'{text!r} is too far away; times from 1824 to 2115 are kept')
    return ns


def _parse_freely(text: str) -> int:
    """Read what is not plain ISO (``Jan 5 2021 3pm``), as the original server did."""
    from dateutil import parser

    if not isinstance(text, str) or not text.strip() or len(text) > 64:
        raise ValueError('not a text of a time')
    return from_datetime(parser.parse(text))
