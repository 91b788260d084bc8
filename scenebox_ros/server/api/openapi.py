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

"""The description of the API, made from the route table, and a page that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from starlette.responses import HTMLResponse, Response

from scenebox_ros import __version__
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.reads import ASSET_TYPE, QUERY, Reads, reads, Schema, TEXT
from scenebox_ros.server.api.table import Endpoint
from scenebox_ros.wire.route import Route

ERROR = {
    'type': 'object', 'required': ['error'], 'properties': {'error': {
        'type': 'object', 'required': ['code', 'message'],
        'properties': {'code': TEXT, 'message': TEXT},
    }},
}  # fmt: skip


def describe(endpoints: Iterable[Endpoint]) -> Schema:
    """Describe the whole API (OpenAPI 3.1)."""
    paths: dict[str, Schema] = {}
    for endpoint in endpoints:
        method = endpoint.route.method.lower()
        paths.setdefault(endpoint.route.template, {})[method] = _operation(endpoint)
    return {
        'openapi': '3.1.0',
        'info': {'title': 'SceneBox', 'version': __version__, 'description':
                 'The local SceneBox server. Every path answers with and without a final slash.'},
        'paths': paths,
        'components': {
            'schemas': {'Error': ERROR, 'Query': QUERY},
            'securitySchemes': {
                'token': {'type': 'http', 'scheme': 'bearer'},
                'token_in_url': {'type': 'apiKey', 'in': 'query', 'name': 'token'},
            },
        },
    }  # fmt: skip


def _operation(endpoint: Endpoint) -> Schema:
    route, found = endpoint.route, reads(endpoint.handler)
    in_path = [step[1:-1] for step in route.template.split('/') if step.startswith('{')]
    known = {'asset_type': ASSET_TYPE}
    parameters = [
        {'name': name, 'in': 'path', 'required': True, 'schema': known.get(name, TEXT)}
        for name in in_path
    ]
    parameters += [
        {'name': name, 'in': 'query', 'schema': schema,
         **({'required': True} if name == 'asset_type' else {})}
        for name, schema in found.query.items() if name not in in_path
    ]  # fmt: skip
    failure = {'description': 'Why not', 'content': {'application/json': {
        'schema': {'$ref': '#/components/schemas/Error'}}}}  # fmt: skip
    operation: Schema = {
        'operationId': f'{route.method.lower()}_{endpoint.handler.__name__}_{_slug(route)}',
        'summary': (endpoint.handler.__doc__ or '').strip().split('\n')[0],
        'tags': [_tag(route)],
        'parameters': parameters,
        'responses': {'2XX': {'description': 'Done'}, '4XX': failure, '5XX': failure},
        'x-role': endpoint.needs.name.lower(),
    }
    if not endpoint.open:
        operation['security'] = [{'token': []}, {'token_in_url': []}]
    if body := _body(endpoint, found):
        operation['requestBody'] = body
    return operation


def _body(endpoint: Endpoint, found: Reads) -> Schema | None:
    if endpoint.raw:
        return {'content': {'application/octet-stream': {}}, 'required': True}
    if found.is_query_object:
        schema: Schema = {'$ref': '#/components/schemas/Query'}
    elif found.body or found.is_free:
        schema = {'type': 'object', 'properties': found.body, 'required': sorted(found.required)}
    else:
        return None
    return {'content': {'application/json': {'schema': schema}},
            'required': bool(found.required)}  # fmt: skip


def _slug(route: Route) -> str:
    return route.template.strip('/').replace('/', '_').replace('{', '').replace('}', '') or 'root'


def _tag(route: Route) -> str:
    steps = route.template.strip('/').split('/')
    tag = steps[1] if steps[0] in ('v1', 'v2') and len(steps) > 1 else steps[0]
    return tag.strip('{}')


STYLE = (
    'body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}'
    'code{font:13px ui-monospace,monospace}summary{cursor:pointer}h2{margin-top:2rem}'
    'details{border-top:1px solid #8884;padding:.4rem 0}td{padding:.1rem 1rem .1rem 0}'
    ':root{color-scheme:light dark}'
)


def page(described: Schema) -> str:
    """Show a description as a page that needs nothing but itself."""
    groups: dict[str, list[str]] = {}
    for path, operations in described['paths'].items():
        for method, operation in operations.items():
            groups.setdefault(operation['tags'][0], []).append(_shown(method, path, operation))
    body = ''.join(f'<h2>{escape(tag)}</h2>{"".join(groups[tag])}' for tag in sorted(groups))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>SceneBox API</title>'
        f'<style>{STYLE}</style><h1>SceneBox API {escape(__version__)}</h1>'
        '<p>Send <code>Authorization: Bearer TOKEN</code>. For programs: '
        f'<a href="openapi.json">openapi.json</a>.</p>{body}</html>'
    )


def _shown(method: str, path: str, operation: Schema) -> str:
    rows = ''.join(
        f'<tr><td><code>{escape(name)}</code><td>{escape(where)}<td>{escape(kind)}'
        for name, where, kind in _rows(operation)
    )
    return (
        f'<details><summary><code>{method.upper()} {escape(path)}</code> '
        f'{escape(operation["summary"])}</summary>'
        f'<p>Role: {escape(operation["x-role"])}</p><table>{rows}</table></details>'
    )


def _rows(operation: Schema) -> Iterator[tuple[str, str, str]]:
    for one in operation['parameters']:
        yield one['name'], one['in'], str(one['schema'].get('type', ''))
    content = operation.get('requestBody', {}).get('content', {})
    schema = content.get('application/json', {}).get('schema', {})
    for name, kind in schema.get('properties', {}).items():
        is_needed = name in schema.get('required', ())
        yield name, 'body, required' if is_needed else 'body', str(kind.get('type', ''))


def endpoints(all_endpoints: list[Endpoint]) -> list[Endpoint]:
    """Make the two routes that tell of all others, and of themselves."""

    def describe_api(call: Call) -> Any:
        """Describe every route (OpenAPI 3.1)."""
        return describe(all_endpoints)

    def show_api(call: Call) -> Response:
        """Show every route as a page."""
        headers = {'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
                   'X-Content-Type-Options': 'nosniff'}  # fmt: skip
        return HTMLResponse(page(describe(all_endpoints)), headers=headers)

    return [
        Endpoint(Route('GET', 'root', 'openapi.json'), describe_api, open=True),
        Endpoint(Route('GET', 'root', 'docs'), show_api, open=True),
    ]
