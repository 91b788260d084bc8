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

"""Reading the values of a field out of a document, as the index has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scenebox_ros.server.store import times
from scenebox_ros.server.store.flatten import BOOLEAN, STRING, term, Value


class Moment(int):
    """A time, as nanoseconds; not a number that somebody wrote."""


def values_at(document: Any, path: str) -> set[Value]:
    """Collect the terms at a dotted path, through lists on the way; times are moments."""
    return set(_values(document, path.split('.')))


def _values(value: Any, steps: list[str]) -> Iterator[Value]:
    if isinstance(value, list):
        for item in value:
            yield from _values(item, steps)
    elif isinstance(value, Mapping):
        if steps and steps[0] in value:
            yield from _values(value[steps[0]], steps[1:])
    elif value is not None and not steps:
        ns = times.parse_ns(value)
        yield term(value) if ns is None else Moment(ns)


def key_of(value: Value, bits: int) -> Any:
    """Turn a term back into what a caller reads: a time, true and false, or itself."""
    if isinstance(value, Moment):
        return times.to_iso(value)
    if value in ('true', 'false') and bits & BOOLEAN and not bits & STRING:
        return value == 'true'
    return value
