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


"""A fake platform with a scene engine, and its client."""

from fake_platform import AT_ONCE, FakePlatform, HOST, TOKEN

from scenebox_ros.client import SceneEngineClient
from scenebox_ros.client.http import Http

BASES = {'root': HOST, 'v1': f'{HOST}/v1', 'v2': f'{HOST}/v2'}
SESSION = {'start_time': '2026-01-31T10:00:00Z', 'end_time': '2026-01-31T10:05:00Z',
           'resolution': 1.0}


def platform(*features):
    """A platform whose sets hold images, and whose jobs are finished."""
    fake = FakePlatform(*features)
    fake.answer('GET /status', {'asset_manager_url': f'{HOST}/v1', 'features': list(features)})
    fake.answer('GET /v1/assets/meta/(set.*)', {'assets_type': 'images'})
    fake.answer('GET /v1/assets/meta/job_.*', {'status': 'finished', 'progress': 100.0})
    fake.answer('GET /v1/assets/meta/session_.*', SESSION)
    fake.answer('GET /v1/assets/exists/.*', True)
    return fake


def client_of(fake, **options):
    """A client of it; one thread, so that requests come in order."""
    http = Http(BASES, TOKEN, pool=fake.pool, rule=AT_ONCE)
    return SceneEngineClient(http=http, **{'num_threads': 1, **options})


def entities_in(fake):
    """All entities that were added, in order."""
    return [
        entity
        for sent in fake.sent('POST /v1/session_manager/add_entities/')
        for entity in sent.json['entity_dicts']
    ]
