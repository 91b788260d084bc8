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


"""Searches that return everything, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Optional

from scenebox_ros import ids as names
from scenebox_ros.client.endpoints import asset_search
from scenebox_ros.client.endpoints.asset_search import Page
from scenebox_ros.client.http import Http
from scenebox_ros.client.scope import Json, Query, Scope
from scenebox_ros.errors import AssetError, InvalidArgumentsError
from scenebox_ros.model.plain import chunks as chunks, listed

PAGE = 5000
IDS_A_REQUEST = 1000
EVERYTHING = Page(size=PAGE, sort_field='id', sort_order='asc')


def query_of(query: Query, filters: Optional[Mapping[str, Any]]) -> Json:
    """
    Join a query and the shortcut for filters into one query.

    Raises
    ------
    ValueError
        If the query is not a dictionary.

    """
    if query is not None and not isinstance(query, dict):
        raise InvalidArgumentsError(
            f'query is {query!r}; pass a dictionary like {{"filters": [...]}}'
        )
    joined = dict(query or {})
    if filters:
        added = [
            {'field': name, 'values': list(value) if _is_list(value) else [value]}
            for name, value in filters.items()
        ]
        joined['filters'] = [*joined.get('filters', []), *added]
    return joined


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))


def id_query(ids: Sequence[str], fields: Sequence[str] = ()) -> Json:
    """Write a query for ids; ``fields`` limits what comes back."""
    query: Json = {'filters': [{'field': 'id', 'values': list(ids)}]}
    if fields:
        # Paging reads the id, whatever else the caller wants.
        query['source_selected_fields'] = list(dict.fromkeys([*fields, 'id']))
    return query


def pages_of_ids(
    http: Http, scope: Scope, search: Json, page: Page = EVERYTHING
) -> Iterator[list[str]]:
    """Go through all ids that match, a page at a time."""
    while found := asset_search.find_ids(http, scope, search, page):
        yield found
        page = _after(page, found[-1])


def pages_of_ids_by_offset(
    http: Http, scope: Scope, search: Json, page: Page
) -> Iterator[list[str]]:
    """Go through all ids that match in an order of their own; servers limit how far it goes."""
    seen: set[str] = set()
    while found := asset_search.find_ids(http, scope, search, page):
        new = [one for one in found if one not in seen]
        # A server that does not heed the offset would go on for ever.
        if not new:
            return
        yield new
        seen.update(new)
        page = replace(page, offset=page.offset + len(found))


def pages_of_documents(
    http: Http, scope: Scope, search: Json, page: Page = EVERYTHING
) -> Iterator[list[Json]]:
    """Go through all documents that match, a page at a time."""
    while found := asset_search.find_documents(http, scope, search, page):
        yield found
        last = found[-1].get('id')
        if not last:
            return
        page = _after(page, last)


def _after(page: Page, last: str) -> Page:
    """Go to the next page; a server that gives the same one again would go on for ever."""
    if last == page.search_after:
        raise AssetError(
            f'the server gave the page that ends with {last!r} again; it must heed search_after'
        )
    return replace(page, search_after=last)


def all_documents(
    http: Http, scope: Scope, search: Json, compress: Optional[bool] = False
) -> list[Json]:
    """List all documents that match."""
    page = replace(EVERYTHING, compress=compress)
    return [one for found in pages_of_documents(http, scope, search, page) for one in found]


def documents_by_id(
    http: Http, scope: Scope, ids: Iterable[str], fields: Optional[Iterable[str]] = None
) -> dict[str, Optional[Json]]:
    """Look documents up; keys are standardized ids, None stands for what is not there."""
    found: dict[str, Optional[Json]] = {}
    wanted = [names.std(one) for one in listed(ids)]
    chosen = listed(fields, 'source_selected_fields')
    for chunk in chunks(wanted, IDS_A_REQUEST):
        found.update(dict.fromkeys(chunk))
        missing = set(chunk)
        search = id_query(chunk, chosen)
        for page in pages_of_documents(http, scope, search):
            found.update({str(one['id']): one for one in page if 'id' in one})
            missing -= found.keys() & {str(one.get('id')) for one in page}
            if not missing:
                break
    return found


def exist(http: Http, scope: Scope, ids: Iterable[str]) -> list[bool]:
    """Tell of each id whether there is such an asset."""
    wanted = listed(ids)
    found = documents_by_id(http, scope, wanted, ['id'])
    return [found.get(names.std(one)) is not None for one in wanted]
