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
The scene engine's client over recorded conversations.

The recordings are what a platform was asked and answered, one line a case. A client may ask in
another order, or less; what it changes on the platform, returns and raises must be the same.
"""

import base64
from collections import defaultdict
from datetime import datetime
import io
import json
from pathlib import Path
import random
import re
import time
from urllib.parse import unquote
import uuid

import httpx
import pytest

from scenebox_ros import client as lib
from scenebox_ros.client import probing, SceneEngineClient
from scenebox_ros.client.http import Http
from scenebox_ros.client.pool import Pool
from scenebox_ros.client.retry import RetryRule

RECORDED = json.loads((Path(__file__).parent / 'data' / 'scene_engine_wire.json').read_text())
HOSTS = {'scene_engine': 'http://se', 'asset_manager': 'http://am', 'storage': 'http://storage'}
NEEDS = {'add_timeseries_csv': 'pandas', 'add_embeddings': 'numpy'}
NOW = re.compile(r'20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00')
STATUS = {'asset_manager_url': 'http://am/v1', 'version': '1.2.3'}
IDENTITY = {'organization_id': 'org_1'}


class Replay:
    """Answers as recorded, by service, method and path; the last answer stays."""

    def __init__(self, case, workdir):
        self.filled = filling(workdir)
        self.answers = defaultdict(list)
        self.expected = []
        self.changes = []
        self.changing = set()
        for service, method, path, reply, *change in case['exchanges']:
            self.answers[service, method, path].append(RECORDED['replies'][reply])
            if change:
                self.expected.append(meaning(method, path, *self.filled(change)))
                self.changing.add((service, method, path))

    def __call__(self, request):
        service = {v: k for k, v in HOSTS.items()}[f'http://{request.url.host}']
        path = unquote(request.url.raw_path.decode().partition('?')[0])
        key = (service, request.method, path)
        if key not in self.answers and path in ('/status', '/auth'):
            return httpx.Response(200, json=STATUS if path == '/status' else IDENTITY)
        if key not in self.answers:
            return httpx.Response(404, json={'error': {'message': f'not recorded: {key}'}})
        answers = self.answers[key]
        status, reply = answers.pop(0) if len(answers) > 1 else answers[0]
        if key in self.changing and status < 400:
            self.changes.append(meaning(request.method, path, *parsed(request)))
        if isinstance(reply, dict) and '$bytes' in reply:
            return httpx.Response(status, content=base64.b64decode(reply['$bytes']))
        return httpx.Response(status, json=self.filled(reply))


def parsed(request):
    query = {key: value for key, value in request.url.params.items() if key != 'token'}
    is_json = request.headers.get('content-type', '').startswith('application/json')
    body = request.read()
    return query, (json.loads(body) if is_json else '<bytes>') if body else None


def meaning(method, path, query, body):
    """Bring a request into one form: no nulls, no times of now, flags as words."""
    kept = {key: str(value) for key, value in query.items()}
    return json.dumps([method, path, kept, timeless(body)], sort_keys=True)


def timeless(value):
    if isinstance(value, dict):
        return {key: timeless(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [timeless(item) for item in value]
    if isinstance(value, str) and NOW.fullmatch(value) and value > '2024':
        return '<now>'
    return value


def filling(workdir):
    places = {'workdir': str(workdir), **HOSTS}

    def fill(value):
        if isinstance(value, str):
            return re.sub(r'\{(\w+)\}', lambda m: places.get(m[1], m[0]), value)
        if isinstance(value, list):
            return [fill(item) for item in value]
        if isinstance(value, dict):
            return {key: fill(item) for key, item in value.items()}
        return value

    return fill


def revived(value):
    """Make arguments of their recorded form."""
    if isinstance(value, list):
        return [revived(item) for item in value]
    if not isinstance(value, dict):
        return value
    if '$time' in value:
        return datetime.fromisoformat(value['$time'])
    if '$bytes' in value:
        return base64.b64decode(value['$bytes'])
    if '$stream' in value:
        return io.BytesIO(base64.b64decode(value['$stream']))
    if '$new' in value:
        return getattr(lib, value['$new'])(*revived(value['args']), **revived(value['kwargs']))
    return {key: revived(item) for key, item in value.items()}


def plain(value):
    return json.loads(json.dumps(value))


@pytest.fixture
def workdir(tmp_path):
    for name, content in RECORDED['files'].items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    return tmp_path


@pytest.fixture
def steady(monkeypatch):
    """Ids follow from a seed, and waiting takes no time."""
    source, waited = random.Random(0), [0.0]
    real = time.monotonic

    def sleep(seconds):
        waited[0] += seconds

    monkeypatch.setattr(
        uuid, 'uuid4', lambda: uuid.UUID(int=source.getrandbits(128), version=4)
    )
    monkeypatch.setattr(time, 'sleep', sleep)
    monkeypatch.setattr(time, 'monotonic', lambda: real() + waited[0])
    monkeypatch.setattr(
        probing, 'video_facts', lambda kind, source: probing.VideoFacts(32, 24, 2.0, 10.0)
    )


@pytest.mark.parametrize('case', RECORDED['cases'], ids=lambda case: case['case'])
def test_a_call_changes_and_returns_what_is_recorded(case, workdir, steady, monkeypatch):
    if case['case'].split('.')[0] in NEEDS:
        pytest.importorskip(NEEDS[case['case'].split('.')[0]])
    replay = Replay(case, workdir)
    pool = Pool(transport=httpx.MockTransport(replay))
    http = Http(
        {'root': HOSTS['scene_engine'], 'v1': 'http://se/v1', 'v2': 'http://se/v2'}, 'token',
        pool=pool, rule=RetryRule(first_wait_s=0, longest_wait_s=0),
    )
    client = SceneEngineClient(http=http, artifacts_path=workdir, num_threads=1)
    name, args, kwargs = case['call']
    raised, returned = None, None
    try:
        call = getattr(client, name)
        returned = call(*revived(replay.filled(args)), **revived(replay.filled(kwargs)))
    except Exception as error:
        raised = type(error).__name__

    assert raised == case['raised']
    assert sorted(replay.changes) == sorted(replay.expected)
    if not isinstance(returned, (io.BytesIO, SceneEngineClient, lib.AssetManagerClient)):
        assert plain(returned) == replay.filled(case['returned'])
