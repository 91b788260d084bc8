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

"""The description of the API is whole, and nothing that follows it makes the server fail."""

import ast
from collections import Counter
import os
from pathlib import Path
import re

import httpx
from hypothesis import given, HealthCheck, Phase, settings
import pytest

from scenebox_ros.server.api import call
from scenebox_ros.server.api.metrics import Metrics
from scenebox_ros.server.api.reads import reads
from scenebox_ros.server.api.routes import table

EXAMPLES = int(os.environ.get('SCENEBOX_SCHEMA_EXAMPLES', '3'))


def described(server):
    return httpx.get(f'{server.url}/openapi.json').json()


def test_every_route_is_described(server):
    paths = described(server)['paths']
    ours = {(e.route.template, e.route.method.lower()) for e in table(Metrics()).endpoints}

    assert {(path, method) for path, all_of in paths.items() for method in all_of} == ours
    assert [op for all_of in paths.values() for op in all_of.values() if not op['summary']] == []


def test_names_of_operations_are_unique(server):
    paths = described(server)['paths']
    names = Counter(op['operationId'] for all_of in paths.values() for op in all_of.values())

    assert names.most_common(1)[0][1] == 1


def test_the_description_says_what_a_handler_reads(server):
    paths = described(server)['paths']
    user = paths['/identity_manager/user']['post']
    body = user['requestBody']['content']['application/json']['schema']
    batch = {one['name'] for one in paths['/v1/assets/meta_batch']['post']['parameters']}
    models = paths['/v1/models/model_inference']['post']
    wishes = models['requestBody']['content']['application/json']['schema']

    assert {'role', 'username'} == set(body['required'])
    # Read by helpers, in loops, and only where they are given.
    assert {'ids', 'search', 'obtain_mask', 'obtain_bbox'} <= set(wishes['properties'])
    assert wishes['required'] == ['model']
    assert 'None' not in str(paths)
    assert {'email', 'organization_id'} <= set(body['properties'])
    assert {'asset_type', 'replace', 'replace_sets', 'geo_field', 'shape_group_field',
            'nested_fields'} == batch
    assert user['x-role'] == 'admin'


def read_anywhere():
    """Find every name of a query parameter that stands as a text in the code of handlers."""
    for path in Path(call.__file__).parent.glob('*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                name = node.args[0] if node.args else None
                is_read = node.func.attr in ('query', 'flag', 'number')
                if is_read and isinstance(name, ast.Constant):
                    yield name.value


def test_no_query_parameter_is_read_that_no_route_describes(server):
    paths = described(server)['paths']
    operations = [op for all_of in paths.values() for op in all_of.values()]
    names = {one['name'] for op in operations for one in op['parameters']}

    assert set(read_anywhere()) - names == set()
    assert len(set(read_anywhere())) > 25
    assert {'expires', 'signature', 'type', 'encoding'} == {
        one['name'] for one in paths['/v1/storage/put/{key}']['put']['parameters'][1:]
    }


def test_the_page_needs_nothing_but_itself(server):
    reply = httpx.get(f'{server.url}/docs')

    assert reply.headers['content-type'].startswith('text/html')
    assert "default-src 'none'" in reply.headers['content-security-policy']
    assert not re.search(r'<script|<link|src=|https?://', reply.text)
    assert 'POST /v1/models/model_inference' in reply.text


@pytest.mark.parametrize('origin', ['https://evil.example', 'null'])
def test_other_sites_get_no_permission(server, http, origin):
    ask = {'Origin': origin, 'Access-Control-Request-Method': 'POST'}
    for reply in (httpx.options(f'{server.url}/v1/images', headers=ask),
                  http.get('/auth', headers={'Origin': origin}),
                  httpx.get(f'{server.url}/status', headers={'Origin': origin})):
        assert not [name for name in reply.headers if name.startswith('access-control-')]


def fault(response):
    """Say what is wrong with an answer: a failure of the server, no reason, or no id."""
    if response.status_code >= 500 and response.status_code != 501:
        return f'{response.status_code} {response.text[:200]}'
    if not response.headers['x-request-id']:
        return 'no request id'
    if response.status_code >= 400 and not response.json()['error']['message']:
        return 'no reason'
    return None


@pytest.fixture
def undescribed(monkeypatch):
    """Collect the query parameters that handlers read, and their description does not name."""
    found = set()

    def watched(plain):
        def read(self, parameter, *default):
            endpoint = self.request.state.endpoint
            if parameter not in {*reads(endpoint.handler).query, *self.path}:
                found.add((endpoint.route.template, parameter))
            return plain(self, parameter, *default)
        return read

    for name in ('query', 'flag', 'number'):
        monkeypatch.setattr(call.Call, name, watched(getattr(call.Call, name)))
    return found


@pytest.mark.e2e
@pytest.mark.filterwarnings('ignore')
def test_nothing_that_follows_the_description_makes_the_server_fail(server, undescribed):
    schemathesis = pytest.importorskip('schemathesis')
    schema = schemathesis.openapi.from_dict(described(server))
    schema.config.update(base_url=server.url)
    quick = settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    headers = {'Authorization': f'Bearer {server.token}'}
    asked, faults = [], {}

    def ask(case):
        asked.append(case.method)
        reply = case.call(headers={**dict(case.headers or {}), **headers})
        if told := fault(reply):
            key = f'{case.method} {case.path}'
            faults[key] = (told, case.query, f'{case.body!r:.500}')

    for found in schema.get_all_operations():
        quick(given(found.ok().as_strategy())(ask))()

    assert faults == {}
    assert undescribed == set()
    assert len(asked) > 150
