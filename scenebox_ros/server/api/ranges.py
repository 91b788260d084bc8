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

"""HTTP's byte ranges: one range, as players and download tools ask for it."""

from __future__ import annotations

from collections.abc import Mapping
import re

from scenebox_ros.server.api.failures import RefusedError

_RANGE = re.compile(r'bytes=(\d{0,15})-(\d{0,15})')


def wanted_range(headers: Mapping[str, str], size: int, etag: str) -> tuple[int, int] | None:
    """
    Read which bytes a request wants.

    Returns
    -------
    tuple or None
        First byte and the one after the last; nothing means all, which is also the answer to
        several ranges and to an ``If-Range`` that does not fit.

    Raises
    ------
    RefusedError
        If the object is shorter: 416.

    """
    asked = _RANGE.fullmatch(headers.get('range', '').replace(' ', ''))
    if asked is None or headers.get('if-range', etag) != etag:
        return None
    first, last = asked.groups()
    if not first and not last:
        return None
    if first:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < int(first):
            return None
    else:
        start, stop = max(size - int(last), 0), size
    if start >= size or start >= stop:
        raise RefusedError(
            416, 'bad_range', f'the object has {size} bytes', {'Content-Range': f'bytes */{size}'}
        )
    return start, stop


def content_range(start: int, stop: int, size: int) -> str:
    """Write the header that says which bytes these are."""
    return f'bytes {start}-{stop - 1}/{size}'
