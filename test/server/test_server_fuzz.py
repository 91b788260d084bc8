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

"""Nothing that a client sends makes the server fail: every route, with nonsense of all kinds."""

import json
import random

import pytest

from scenebox_ros.server.api.metrics import Metrics
from scenebox_ros.server.api.routes import table

pytestmark = pytest.mark.e2e
TEXTS = ['', 'a', 'id', 'images', 'aux.x', '..', "' OR 1=1 --", '\x00', 'é', '\U0001f600',
         'x' * 3000, 's3://scenebox/scenebox/k', 's3://x', '2020-01-01T00:00:00Z', '$', '*', '"',
         '-1', 'NaN', 'True', '[]', '%s', '{', '9' * 400]
SCALARS = [None, True, False, 0, -1, 1, 2**31, 2**63, 2**70, 1.5, -1e308, *TEXTS]
KEYS = [
    'filters', 'exists_filters', 'range_filters', 'wildcard_filters', 'geo_filters', 'text',
    'any_of', 'time_range', 'source_selected_fields', 'search', 'dimensions', 'field',
    'values', 'nested_dimensions', 'custom_buckets_numeric', 'custom_buckets_time', 'ranges',
    'interval', 'max_size_for_agg', 'aggregate_field', 'aggregation_type', 'ids', 'metadata',
    'id', 'parts', 'upload_id', 'part_no', 'object_accesses', 'uri', 'url', 'key', 'bucket',
    'cloud_storage', 'update_field', 'update_value', 'operation', 'limit', 'assets_list',
    'field_name', 'comment', 'field_dicts', 'role', 'username', 'email', 'organization_id',
    'organization_name', 'owner', 'access', 'lifetime_s', 'content_type', 'job_type', 'box',
    'center', 'radius_m', 'gte', 'pattern', 'start_time', 'end_time', 'filter_out',
    'PartNumber', 'ETag', 'from', 'to',
]
QUERIES = ['size', 'offset', 'sort_field', 'sort_order', 'search_after', 'scan', 'compress',
           'replace', 'replace_sets', 'geo_field', 'nested_fields', 'new_id', 'expiration',
           'progress', 'note', 'stage', 'id', 'signature', 'expires', 'token']


def value(chance, depth=0):
    """Make a JSON value, likely with keys that mean something."""
    kind = chance.random()
    if depth > 3 or kind < 0.4:
        return chance.choice(SCALARS)
    if kind < 0.65:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(KEYS): value(chance, depth + 1) for _ in range(chance.randrange(6))}


def path(endpoint, chance):
    steps = endpoint.route.template.split('/')
    plain = ['x', 'images', 'a b', '..', '%00', '%ff', 'é', 'superadmin2', 'x' * 700]
    return '/'.join(chance.choice(plain) if step.startswith('{') else step for step in steps)


ENDPOINTS = table(Metrics()).endpoints


@pytest.mark.parametrize(('kind', 'odd', 'path', 'body'), [
    ('annotations', {'provider': ['x']}, 'annotations/annotation_sources', {}),
    ('annotations', {'labels': 1.5}, 'annotations/annotation_labels', {}),
    ('annotations_comparisons', {'pairs': 5}, 'annotations_comparisons/performance_metrics/', {}),
    ('images', {'comments': 5}, 'images/comments/', {'ids': ['odd'], 'comment': 'c'}),
    ('images', {'comments': ['c']}, 'images/delete_comments', {'ids': ['odd'], 'comment': 'c'}),
    ('projects', {'set_stages': ['s']}, 'projects/odd/remove_sets/', {'sets': ['s']}),
    ('projects', {'set_stages': 5}, 'projects/odd/remove_sets/', {'sets': ['s']}),
    ('sets', {}, 'sets/split_sets/', {'set_id': 'odd', 'sections': 2}),
    ('sets', {'assets_type': ['images']}, 'sets_comparisons/compare_sets/', {
        'sets': ['odd', 'other'], 'index_name': 'i'}),
])  # fmt: skip
def test_documents_that_say_anything_are_no_failure(http, kind, odd, path, body):
    for name in ('odd', 'other'):
        http.put(f'/v1/assets/meta/{name}', json=odd,
                 params={'asset_type': kind, 'replace': True, 'replace_sets': True})
    reply = http.post(f'/v1/{path}', json=body)

    assert reply.status_code < 500, reply.text


@pytest.mark.parametrize('number', range(len(ENDPOINTS)),
                         ids=[f'{e.route.method} {e.route.template}' for e in ENDPOINTS])
def test_nonsense_is_answered_with_a_reason(server, http, number):
    endpoint = ENDPOINTS[number]
    chance = random.Random(number)
    for _ in range(12):
        body = json.dumps(value(chance) if chance.random() < 0.3 else {
            chance.choice(KEYS): value(chance) for _ in range(chance.randrange(8))})
        params = {chance.choice(QUERIES[:-1]): str(chance.choice(TEXTS[:10])) for _ in range(2)}
        params |= {'asset_type': 'images'} if chance.random() < 0.8 else {}
        params |= {'replace': 'True'} if chance.random() < 0.5 else {}
        reply = http.request(endpoint.route.method, path(endpoint, chance), params=params,
                             content=body)

        assert reply.status_code < 500 or reply.status_code == 501, (reply.text, body, params)
        if reply.status_code >= 400 and endpoint.route.method != 'HEAD':
            assert reply.json()['error']['message']
    assert server.core.identities.identify(server.token).role == 'superadmin'
