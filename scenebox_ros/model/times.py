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


"""Moments as the platform's callers give them: datetimes, or text that stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
import re
from typing import Any

from scenebox_ros.errors import ArgumentTypeError, InvalidTimeError

_ISO = re.compile(
    r'(?P<date>\d{4}-\d\d-\d\d)(?:[T ](?P<time>\d\d:\d\d(?::\d\d)?)(?:[.,](?P<fraction>\d+))?)?'
    r'\s*(?P<zone>Z|z|[+-]\d\d:?\d\d|[+-]\d\d)?'
)


def now() -> datetime:
    """Tell the time, aware and in UTC."""
    return datetime.now(timezone.utc)


def to_iso(moment: datetime | str) -> str:
    """
    Write a moment as it goes over the wire.

    Parameters
    ----------
    moment
        Text passes through unchanged; a datetime without a zone is taken as UTC.

    Returns
    -------
    str
        ``2026-01-31T12:30:00.250000+00:00``; the fraction is absent where it is zero.

    Raises
    ------
    ArgumentTypeError
        If it is neither text nor a datetime.

    """
    if isinstance(moment, str):
        return moment
    # Missing times of pandas are datetimes that equal nothing.
    if not isinstance(moment, datetime) or moment != moment:
        raise ArgumentTypeError(f'{moment!r} is no time; pass a datetime or ISO 8601 text')
    return _in_utc(moment).isoformat()


def parse(moment: datetime | str) -> datetime:
    """
    Read a moment, so that it can be compared.

    Parameters
    ----------
    moment
        An aware datetime, or text; text without a zone is taken as UTC. Other text than ISO 8601
        is read if the package ``python-dateutil`` is installed.

    Returns
    -------
    datetime
        Aware; in UTC if it was text.

    Raises
    ------
    InvalidTimeError
        If a datetime has no zone, or text is no time.
    ArgumentTypeError
        If it is neither text nor a datetime.

    """
    if isinstance(moment, datetime) and moment == moment:
        if moment.tzinfo is None:
            raise InvalidTimeError(
                f'time {moment} has no zone; pass an aware one, like '
                'datetime(2026, 1, 31, tzinfo=timezone.utc)'
            )
        return moment
    if not isinstance(moment, str):
        raise ArgumentTypeError(f'{moment!r} is no time; pass a datetime or ISO 8601 text')
    try:
        return _in_utc(_parse_iso(moment.strip()) or _parse_freely(moment))
    except (ValueError, OverflowError) as error:
        raise InvalidTimeError(
            f'time {moment!r} cannot be read ({error}); write it like 2026-01-31T12:30:00Z'
        ) from error


def with_iso_times(
    document: Mapping[str, Any],
    keys: tuple[str, ...] = ('timestamp', 'start_time', 'end_time'),
) -> dict[str, Any]:
    """Copy a document, with the datetimes under these top-level keys turned into text."""
    return {
        key: to_iso(value) if key in keys and isinstance(value, datetime) else value
        for key, value in document.items()
    }


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc)


def _parse_iso(text: str) -> datetime | None:
    """Read ISO 8601 with any number of digits, which Python 3.10's own parser cannot."""
    match = _ISO.fullmatch(text)
    if not match:
        return None
    moment = datetime.fromisoformat(f'{match["date"]}T{match["time"] or "00:00"}')
    fraction = int((match['fraction'] or '').ljust(6, '0')[:6])
    return moment.replace(microsecond=fraction, tzinfo=_zone(match['zone'] or 'Z'))


def _zone(text: str) -> timezone:
    if text in 'Zz':
        return timezone.utc
    digits = text[1:].replace(':', '').ljust(4, '0')
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == '-' else offset)


def _parse_freely(text: str) -> datetime:
    try:
        from dateutil import parser
    except ImportError:
        raise ValueError('it is not ISO 8601') from None
    moment = parser.parse(text)
    assert isinstance(moment, datetime)
    return moment
