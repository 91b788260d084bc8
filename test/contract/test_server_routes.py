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

"""
Every route that either generation of the original client calls is served, and by a real handler.

``data/protocol_routes.json`` lists them, as the protocol's two endpoint files do. The links that
bytes go through are the server's own to make; other tests follow them.
"""

import json
from pathlib import Path
import re
import sys

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / 'server'))

from server_support import running  # noqa: E402

ROOT = Path(__file__).parents[2]
ROUTES = json.loads((Path(__file__).parent / 'data' / 'protocol_routes.json').read_text())
ALL = sorted({route for routes in ROUTES.values() for route in routes})
# What needs a service that a local server does not have; docs/status.md lists the same.
ELSEWHERE = {
    'GET /jira/is_connected/', 'POST /jira/create_issue/', 'POST /jira/link_issue/',
    'POST /v1/indexing/index_recording', 'POST /v1/indexing/index_s3_objects',
    'POST /v1/lidars/extract_lidars_s8', 'POST /v1/videos/extract_images_s8',
    'POST /v1/videos/extract_video_s8', 'POST /v1/udfs/batch_enrich',
    'POST /v1/udfs/enricher_dry_run', 'PUT /v1/udfs/run_script/{script_id}',
}  # fmt: skip


@pytest.fixture(scope='module')
def http(tmp_path_factory):
    with running(tmp_path_factory.mktemp('routes')) as server, server.client() as client:
        yield client


def ask(http, route):
    method, path = route.split(' ')
    path = path.replace('{asset_type}', 'images')
    return http.request(
        method, re.sub(r'\{\w+\}', 'nothing', path), params={'asset_type': 'images'}, json={}
    )


@pytest.mark.parametrize('route', ALL)
def test_a_route_of_the_protocol_is_served(http, route):
    reply = ask(http, route)
    code = reply.json()['error']['code'] if reply.is_error else ''

    assert reply.history == []
    assert code not in ('no_route', 'bad_method')
    assert reply.status_code < 500 or route in ELSEWHERE, reply.text


@pytest.mark.parametrize('route', sorted(ELSEWHERE))
def test_what_needs_another_service_says_so(http, route):
    reply = ask(http, route)

    assert (reply.status_code, reply.json()['error']['code']) == (501, 'not_installed')
    assert len(reply.json()['error']['message']) > 20


def test_the_status_page_lists_what_needs_another_service():
    page = (ROOT / 'docs' / 'status.md').read_text()
    listed = {
        f'{method} {path}' for method, path in re.findall(r'`(GET|POST|PUT|DELETE) (/\S+)`', page)
    }

    assert listed == ELSEWHERE
