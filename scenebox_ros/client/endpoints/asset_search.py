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


"""Routes that search assets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from scenebox_ros.client.answers import of_kind
from scenebox_ros.client.http import Http
from scenebox_ros.client.scope import Json, Scope
from scenebox_ros.errors import AssetError
from scenebox_ros.wire import asset_routes as routes


@dataclass(frozen=True)
class Page:
    """
    Which of the hits to return, in which order.

    Attributes
    ----------
    scan
        All hits, in no order; ``size`` and ``offset`` do not count.
    search_after
        Only hits after this value of the sort field.

    """

    size: int = 50
    offset: int = 0
    scan: bool = False
    sort_field: Optional[str] = None
    sort_order: Optional[str] = None
    search_after: Optional[str] = None
    compress: Optional[bool] = None

    def query(self) -> Json:
        """Write it as query parameters."""
        return {
            'size': self.size,
            'offset': self.offset,
            'scan': self.scan,
            'sort_field': self.sort_field or None,
            'sort_order': self.sort_order or None,
            'compress': self.compress,
            'search_after': self.search_after or None,
        }


def find_ids(http: Http, scope: Scope, search: Json, page: Page) -> list[str]:
    """Find the ids of assets."""
    doing = f'search {scope.asset_type}'
    answer = http.call(
        routes.SEARCH_IDS,
        query=scope.query(**page.query()),
        json=search,
        error=AssetError,
        doing=doing,
        repeat=True,
    )
    results = answer.get('results') if isinstance(answer, dict) else None
    if not isinstance(results, list):
        raise AssetError(f'could not {doing}: the answer has no list of results; check the URL')
    found: list[str] = of_kind(results, list, AssetError, doing, of=str)
    return found


def find_documents(http: Http, scope: Scope, search: Json, page: Page) -> list[Json]:
    """Find the documents of assets."""
    doing = f'search the metadata of {scope.asset_type}'
    answer = http.call(
        routes.SEARCH_DOCUMENTS,
        query=scope.query(**page.query()),
        json=search,
        error=AssetError,
        doing=doing,
        repeat=True,
    )
    found: list[Json] = of_kind(answer, list, AssetError, doing, of=dict)
    return found


def search_fields(http: Http, scope: Scope) -> Any:
    """List the fields that can be searched."""
    doing = f'list the fields of {scope.asset_type}'
    answer = http.call(routes.SEARCH_FIELDS, query=scope.query(), error=AssetError, doing=doing)
    return of_kind(answer or [], list, AssetError, doing, of=dict)
