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

"""Counting, summing and describing, for the asset manager's and the scene engine's routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from scenebox_ros.errors import InvalidArgumentsError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.table import Endpoint, WRITE
from scenebox_ros.server.search.compile import Compiler
from scenebox_ros.server.search.query import check_path, parse
from scenebox_ros.server.search.statistics import read_field, search_fields, statistics
from scenebox_ros.server.search.summary import combine, Hits, metric, read_request, summarize
from scenebox_ros.wire import asset_routes, scene_routes

T = TypeVar('T')


def compiled(call: Call, work: Callable[[Compiler], T]) -> T:
    """Run something over the documents that the caller sees, in one read."""
    asset_type = call.asset_type
    with call.core.database.reading(call.core.settings.query_timeout_s) as connection:
        return work(Compiler(connection, call.identity.organizations, asset_type))


def count(call: Call) -> Any:
    """Count the hits of a query."""
    return call.core.search.count(call.identity, call.asset_type, call.search())


def total(call: Call) -> Any:
    """Sum a field."""
    return _metric(call, 'sum')


def average(call: Call) -> Any:
    """Average a field; 0 if no document has it."""
    return _metric(call, 'avg') or 0


def cardinality(call: Call) -> Any:
    """Count the distinct values of a field."""
    return _metric(call, 'cardinality')


def summary(call: Call) -> Any:
    """Count documents by the values of fields."""
    request = read_request(call.object)
    return compiled(call, lambda compiler: call.core.answers.get(
        compiler, ['summary', call.object], lambda: summarize(compiler, request)))


def combined(call: Call) -> Any:
    """Count documents by combinations of values."""
    return compiled(call, lambda compiler: call.core.answers.get(
        compiler, ['combine', call.object], lambda: combine(compiler, call.object)))


def fields(call: Call) -> Any:
    """List the fields that can be searched."""
    return compiled(call, search_fields)


def response_model(call: Call) -> Any:
    """Say which fields this type's documents have."""
    found = compiled(call, search_fields)
    types = {item['field']: item['type'] for item in found}
    return {'asset_type': call.asset_type, 'fields': types}


def field_statistics(call: Call) -> Any:
    """Describe the fields that are asked about."""
    paths = [read_field(item) for item in call.field('field_dicts', list)]
    most = call.optional('max_size_for_agg', int, 100)
    search = call.object.get('search')
    return compiled(call, lambda compiler: statistics(compiler, paths, most, search))


def all_statistics(call: Call) -> Any:
    """Describe every field that has values; objects and lists of objects have none."""

    def work(compiler: Compiler) -> Any:
        known = search_fields(compiler)
        paths = [item['field'] for item in known if item['type'] not in ('dict', 'nested', 'geo')]
        return call.core.answers.get(
            compiler, ['statistics'], lambda: statistics(compiler, paths[:200]))

    return compiled(call, work)


def register_field(call: Call) -> Any:
    """Remember what a field is: its type and whatever else is said about it."""
    path = check_path(call.field('field'))
    settings = {key: value for key, value in call.object.items() if key != 'field'}
    call.documents.register(call.identity, call.asset_type, path, settings)
    return {'acknowledged': True, 'field': path}


def assets_status(call: Call) -> Any:
    """Acknowledge that the asset manager answers."""
    return {'status': 'ok'}


def _metric(call: Call, kind: str) -> Any:
    name = call.field('field_name')
    if not name:
        raise InvalidArgumentsError('field_name is empty; name a field')
    path, query = check_path(name), parse(call.object.get('search'))
    return compiled(call, lambda compiler: metric(Hits(compiler, query), path, kind))


ENDPOINTS = [
    Endpoint(asset_routes.COUNT, count),
    Endpoint(asset_routes.SUM, total),
    Endpoint(asset_routes.AVERAGE, average),
    Endpoint(asset_routes.CARDINALITY, cardinality),
    Endpoint(asset_routes.SUMMARY, summary),
    Endpoint(asset_routes.SUMMARY_2D, combined),
    Endpoint(asset_routes.SUMMARY_ND, combined),
    Endpoint(asset_routes.FIELD_STATISTICS, field_statistics),
    Endpoint(asset_routes.SEARCH_FIELDS, fields),
    Endpoint(asset_routes.FIELD_REGISTER, register_field, WRITE),
    Endpoint(asset_routes.ASSETS_STATUS, assets_status),
    Endpoint(scene_routes.ASSET_SUMMARY, summary),
    Endpoint(scene_routes.ASSET_FIELDS, fields),
    Endpoint(scene_routes.ASSET_FIELD_STATISTICS, all_statistics),
    Endpoint(scene_routes.ASSET_RESPONSE_MODEL, response_model),
]
