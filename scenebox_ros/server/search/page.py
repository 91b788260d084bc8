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

"""Which hits a caller wants, in which order."""

from __future__ import annotations

from dataclasses import dataclass

from scenebox_ros.errors import SearchError

MAX_SIZE = 10_000


@dataclass(frozen=True)
class Page:
    """
    A window on the hits.

    Attributes
    ----------
    size, offset
        How many, after how many; ignored by a scan.
    sort_field, sort_order
        Dotted path and ``asc`` or ``desc``; documents without the field come last.
    search_after
        Continue after the document with this id (or, if there is none, after this value of the
        sort field).
    scan
        All hits.

    """

    size: int = 50
    offset: int = 0
    sort_field: str | None = None
    sort_order: str = 'asc'
    search_after: str | None = None
    scan: bool = False

    def __post_init__(self) -> None:
        if self.sort_order not in ('asc', 'desc'):
            raise SearchError(f'sort_order {self.sort_order!r} is neither asc nor desc')
        if not self.scan and not (0 <= self.size <= MAX_SIZE):
            raise SearchError(
                f'size {self.size} is not 0 to {MAX_SIZE}; page with search_after, or scan'
            )
        if not 0 <= self.offset < 2**31:
            raise SearchError(f'offset {self.offset} is not a position; page with search_after')
