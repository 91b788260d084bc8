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
What AssetManagerClient sends, returns and raises is what the original client did.

``am_wire.json`` has recordings of the original (release 0.2.81): what changes something
(``sends``), what is asked where nothing is changed (``asks``), and the result. Order,
repetitions, further pages, and what a client does for itself are left out.
"""

import json
from pathlib import Path
import time

from am_cases import CASES
import am_more_cases  # noqa: F401
import pytest
from wire_platform import (
    HOST,
    is_any,
    meaning,
    OWN_BUSINESS,
    plain,
    READS,
    WirePlatform,
    without_paging,
)

from scenebox_ros.client import AssetManagerClient
from scenebox_ros.client.http import Http, root_of

RECORDED = json.loads((Path(__file__).parent / 'am_wire.json').read_text())
TOKEN = 'wire-token-0001'


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv('CACHE_DIR', str(tmp_path / 'cache'))
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'journals'))
    monkeypatch.setattr(time, 'sleep', lambda _: None)


def client_of(platform, options):
    url = options.pop('url', f'{HOST}/v1')
    token = options.pop('auth_token', TOKEN)
    http = Http({'v1': url, 'root': root_of(url)}, token, pool=platform.pool)
    options = {'asset_type': 'images', 'num_threads': 1, **options}
    if 'kv_store' in options:
        options['kv_store'] = options['kv_store']()
    return AssetManagerClient(http=http, **options)


def is_version_update(told):
    body = told.get('body')
    documents = body.get('metadata') if isinstance(body, dict) else None
    return bool(documents) and all(one == {'version_in_sync': False} for one in documents)


def as_set(told):
    return {json.dumps(one, sort_keys=True) for one in told}


def test_every_recording_has_a_case():
    assert set(CASES) == set(RECORDED)


@pytest.mark.parametrize('name', RECORDED)
def test_a_call_has_the_effect_that_was_recorded(name, tmp_path):
    run, options = CASES[name]
    expected = RECORDED[name]
    platform = WirePlatform()
    returned = raised = None
    try:
        returned = run(client_of(platform, dict(options)), platform, tmp_path)
    except Exception as error:
        raised = [kind.__name__ for kind in type(error).__mro__]

    told = [meaning(one) for one in platform.requests]
    told = [one for one in told if not is_any(one['line'], OWN_BUSINESS)]
    sends = [one for one in told if not is_any(one['line'], READS)]
    assert expected.get('raises') in (raised or [None])
    if 'returns' in expected:
        assert plain(returned) == expected['returns']
    assert as_set(one for one in sends if not is_version_update(one)) == as_set(
        expected.get('sends', [])
    )
    asked = as_set([*told, *map(without_paging, told)])
    assert as_set(expected.get('asks', [])) <= asked
    api = [one for one in platform.requests if one.host == HOST and one.path != '/status']
    assert {one.query.get('token') for one in api} <= {TOKEN}
