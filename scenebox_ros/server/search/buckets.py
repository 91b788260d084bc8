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

"""Numbers and times in ranges: what a summary's custom buckets ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import math
from typing import Any

from scenebox_ros.errors import SearchError
from scenebox_ros.server.search.query import check_path
from scenebox_ros.server.store import times

MAX_RANGES = 10_000
SECONDS = {'s': 1, 'm': 60, 'h': 3600, 'd': 86_400, 'w': 604_800, 'second': 1, 'minute': 60,
           'hour': 3600, 'day': 86_400, 'week': 604_800}


@dataclass(frozen=True)
class Range:
    """From a value, up to but without another; open where None."""

    start: float | None
    stop: float | None
    key: str


@dataclass(frozen=True)
class Ranged:
    """
    A field and either its ranges or the width of equal ones.

    Attributes
    ----------
    path
        The field.
    ranges
        As asked for, or empty.
    width
        Of equal buckets from zero; for times in nanoseconds.

    """

    path: str
    ranges: tuple[Range, ...]
    width: float | None


def read_numeric(raw: Any) -> Ranged:
    """Read ``{"field", "ranges": [{"from", "to", "key"}]}`` or ``{"field", "interval"}``."""
    path = _path(raw)
    if raw.get('interval') is not None:
        return Ranged(path, (), _width(raw['interval']))
    return Ranged(path, tuple(_range(item, _number) for item in _ranges(raw)), None)


def read_time(raw: Any) -> Ranged:
    """Read the same with times; ``interval`` is like ``15m``, ``1h``, ``day`` or seconds."""
    path = _path(raw)
    if raw.get('interval') is not None:
        return Ranged(path, (), _width(_seconds(raw['interval'])) * 1e9)
    return Ranged(path, tuple(_range(item, _moment) for item in _ranges(raw)), None)


def _path(raw: Any) -> str:
    if not isinstance(raw, Mapping):
        raise SearchError('a custom bucket is {"field", "ranges"} or {"field", "interval"}')
    return check_path(raw.get('field', raw.get('dimension')))


def _ranges(raw: Mapping[str, Any]) -> list[Any]:
    ranges = raw.get('ranges', raw.get('buckets'))
    if not isinstance(ranges, list) or not 0 < len(ranges) <= MAX_RANGES:
        raise SearchError('a custom bucket has neither an interval nor a list of ranges')
    return ranges


def _range(raw: Any, read: Any) -> Range:
    if isinstance(raw, list) and len(raw) == 2:
        raw = {'from': raw[0], 'to': raw[1]}
    if not isinstance(raw, Mapping):
        raise SearchError(f'range {str(raw)[:60]!r} is not {{"from", "to"}}')
    start, stop = read(raw.get('from')), read(raw.get('to'))
    shown = f'{_shown(raw.get("from"))}-{_shown(raw.get("to"))}'
    return Range(start, stop, str(raw.get('key') or shown)[:256])


def _shown(value: Any) -> str:
    return '*' if value is None else str(value)


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SearchError(f'range limit {str(value)[:60]!r} is not a number')
    return value


def _moment(value: Any) -> float | None:
    ns = times.parse_ns(value)
    if ns is None and value is not None:
        raise SearchError(f'range limit {str(value)[:60]!r} is not ISO 8601')
    return ns


def _seconds(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    digits = value.rstrip('abcdefghijklmnopqrstuvwxyz')
    unit = value[len(digits):]
    if unit not in SECONDS or (digits and not digits.isdecimal()) or len(digits) > 9:
        raise SearchError(f'interval {value[:40]!r} is not like 15m, 1h, day, nor seconds')
    return int(digits or 1) * SECONDS[unit]


def _width(value: Any) -> float:
    number = _number(value)
    if number is None or not math.isfinite(number) or number <= 0:
        raise SearchError(f'interval {str(value)[:40]!r} is not a positive number')
    return float(number)


def time_key(ns: float) -> str:
    """Write the beginning of a bucket of time."""
    return times.to_iso(int(ns))
