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
One organization against all that another has, route by route.

The other's admin sends every route the ids of what is not theirs, in the path, the query and the
body: nothing of it may be shown, and nothing of it may change.
"""

from contextlib import suppress
import itertools
import json
import re

import httpx
import numpy as np
import pytest

from scenebox_ros.codecs.images import encode_png
from scenebox_ros.errors import JobError
from scenebox_ros.server.api.metrics import Metrics
from scenebox_ros.server.api.routes import table

pytestmark = pytest.mark.e2e
MARK = 'not-for-others'
AT = '2024-01-01T00:00:00Z'
SPACE = 'similarity_images_m_1'
HELD = """
    SELECT s.owner, s.asset_type, d.id, d.body FROM documents d JOIN scopes s USING (scope)
      WHERE s.owner = 'scenebox' AND s.asset_type != 'jobs' ORDER BY 2, 3;
    SELECT owner, key, sha256 FROM objects WHERE owner = 'scenebox' ORDER BY 2;
    SELECT upload, owner, done FROM uploads ORDER BY 1;
    SELECT key, name FROM entities JOIN groups USING (grp, session) WHERE session = 1 ORDER BY 1;
    SELECT resolution_ns, first, last FROM timelines WHERE session = 1;
    SELECT * FROM vectors ORDER BY 1, 2;
    SELECT username, role, organization_id FROM users
      WHERE organization_id = 'scenebox' ORDER BY 1;
    SELECT username, count(*) FROM tokens WHERE username != 'eve' GROUP BY 1 ORDER BY 1;
    SELECT id, name FROM organizations ORDER BY 1;
    SELECT job, state FROM queue WHERE owner = 'scenebox' ORDER BY 1;
    SELECT owner, access FROM ownerships ORDER BY 1
"""


class Victim:
    """Makes one of everything, and remembers what it is called."""

    def __init__(self, server):
        self.core = server.core
        self.http = server.client()
        self.ids = {}

    def ask(self, method, path, body=None):
        reply = self.http.request(method, path, json=body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def put(self, kind, name, **document):
        path = f'/v1/assets/meta/{name}?asset_type={kind}&replace=True'
        self.ask('PUT', path, {'note': MARK, 'timestamp': AT, **document})

    def bytes(self, content):
        places = self.ask('POST', '/v1/assets/temporary_upload_url/?asset_type=images',
                          {'ids': ['theirs.png']})  # fmt: skip
        place = places['theirs.png']
        httpx.put(place['put_url'], content=content).raise_for_status()
        return {'uri': place['uri']}

    def fill(self):
        ids, ask = self.ids, self.ask
        picture = self.bytes(encode_png(np.zeros((20, 20, 3), np.uint8)))
        ids['uri'] = picture['uri']
        ids['set'] = ask('POST', '/v1/sets/add/', {'name': MARK, 'assets_type': 'images'})['id']
        session = ask('POST', '/v1/sessions/add/', {'session_name': MARK})
        ids['session'] = uid = session['session_uid']
        ask('POST', '/v1/session_manager/add_entities/', {'entity_dicts': [
            {'session': uid, 'entity_id': 'theirs', 'entity_name': MARK, 'entity_value': MARK,
             'entity_type': 'state', 'timestamp': AT}]})  # fmt: skip
        self.core.jobs.wait(
            ask('POST', f'/v1/session_manager/resolve_session/{uid}')['job_id'], 30)
        more = {'object_access': picture, 'sets': [ids['set']], 'session_uid': uid,
                'sensor': 'cam', 'width': 20, 'height': 20}  # fmt: skip
        for kind in ('images', 'videos', 'lidars', 'objects', 'rosbags', 'zipfiles', 'udfs'):
            ids[kind] = f'their_{kind}'
            self.put(kind, ids[kind], **more)
        for name in ('annotations', 'annotations_comparisons'):
            ids[name] = f'their_{name}'
            self.put(name, ids[name], asset_id=ids['images'], media_type='images', provider='p',
                     annotation_group='ground_truth', comparison_task_id='task',
                     annotation_entities=[])  # fmt: skip
        ids['project'] = ask('POST', '/v1/projects/add/', {'name': MARK})['id']
        ids['operation'] = ask('POST', '/v1/operations/add/', {
            'name': MARK, 'type': 'split_sets', 'stage': 0, 'project_id': ids['project'],
            'config': {'subset_names': ['a'], 'sections': 1}, 'description': None})['id']
        ids['config'] = ask('POST', '/v1/configs/add/', {
            'name': MARK, 'type': 'search', 'config': {'a': MARK}})['id']
        ids['campaign'] = ask('POST', '/v1/campaigns/create', {
            'name': MARK, 'operations_pipeline': [
                {'operation_id': ids['operation'], 'task_step': 0, 'config_id': None}]
        })['campaign_id']  # fmt: skip
        ids['task'] = ask('POST', f'/v1/campaigns/tasks/add/{ids["campaign"]}',
                          {'input_payload': {'sets': [ids['set']]}})['task_id']  # fmt: skip
        ids['job'] = ask('POST', '/v1/jobs/add/', {'description': MARK})['job_id']
        ids['upload'] = ask('POST', '/v1/assets/multipart_upload_id/',
                            {'id': 'big'})['upload_id']  # fmt: skip
        vector = self.bytes(np.ones(4, np.float32).tobytes())
        self.put('embeddings', 'their_embedding', asset_id=ids['images'], asset_type='images',
                 model='m', version='1', media_type='images', ndim=4,
                 object_access=vector)  # fmt: skip
        ids['embedding'] = 'their_embedding'
        self.core.jobs.wait(ask('POST', '/v1/similarity_search/bulk_index', {
            'embedding_ids': ['their_embedding']})['job_id'], 30)  # fmt: skip
        ids['user'], ids['organization'] = 'superadmin', 'scenebox'

    def held(self):
        """Read all rows of what is theirs."""
        return [self.core.database.query(sql) for sql in HELD.split(';')]


def body_of(ids, asset):
    """Name everything of theirs, in every field that any route reads."""
    access, them = {'uri': ids['uri']}, [{'session_uid': ids['session']}]
    everything = [value for name, value in ids.items() if name != 'uri']
    return {
        'ids': everything, 'assets_list': everything, 'asset_list': everything,
        'embedding_ids': [ids['embedding']], 'sets': [ids['set']], 'metadata': [{}] * len(ids),
        'set_id': ids['set'], 'video_set_id': ids['set'], 'output_set_id': ids['set'],
        'sets_map': {'images': ids['set'], 'lidars': ids['set'], 'sessions': ids['set']},
        'session_uid': ids['session'], 'session_uids': [ids['session']], 'id': asset,
        'session_name': 'x', 'event_names': ['x'], 'event_title': 'theirs?',
        'entity_dict': {'session': ids['session'], 'entity_name': 'x', 'entity_value': 1,
                        'entity_type': 'scalar', 'timestamp': AT},
        'entity_dicts': [{'session': ids['session'], 'entity_name': 'x', 'entity_value': 1,
                          'entity_type': 'scalar', 'timestamp': AT}],
        'entity_ids': ['theirs'], 'intervals': [{'start_time': AT, 'end_time': AT}],
        'texts': ['x'], 'start_time': AT, 'end_time': AT, 'session_start_time': AT,
        'session_end_time': '2030-01-01T00:00:00Z', 'source_data': them, 'replace': True,
        'asset_id': ids['images'], 'base_annotation_id': ids['annotations'],
        'other_annotation_id': ids['annotations'], 'comparison_task_id': 'task',
        'annotation_sources': [{'provider': 'p'}], 'sensor': 'cam', 'fps': 1, 'frames': [0],
        'video_id': ids['videos'], 'raw_videos': [ids['videos']], 'object_access': access,
        'object_accesses': [access] * len(ids), 'csv_object_access': access, **access,
        'file_objects_dicts': [{'filename': 'x.bag', **access}], 'upload_id': ids['upload'],
        'part_no': 1, 'parts': [{'PartNumber': 1, 'ETag': 'x'}], 'bucket': 'scenebox',
        'owner_organization_id': 'scenebox', 'key': f'scenebox/{ids["uri"]}', 'folder': 'scenebox',
        'asset_type': 'images', 'index_name': SPACE, 'metric_type': 'wasserstein',
        'model': 'histogram', 'obtain_embeddings': True, 'use_preset': 'small',
        'project_id': ids['project'], 'stage': 0, 'type': 'split_sets', 'config': {},
        'operation_id': ids['operation'], 'operations_pipeline': [
            {'operation_id': ids['operation'], 'task_step': 0, 'config_id': ids['config']}],
        'new_operations_pipeline': [{'operation_id': ids['operation'], 'task_step': 0}],
        'input_payload': {'sets': [ids['set']]}, 'return_fields': ['note', 'name'],
        'phase': 'run', 'phase_payload': {}, 'job_id': ids['job'], 'sections': 2,
        'subset_names': ['a', 'b'], 'search': {}, 'search_dic': {}, 'field_name': 'note',
        'summary_request': {'dimensions': ['note']}, 'dimensions': ['note', 'name'],
        'field': 'note', 'update_field': 'note', 'update_value': 'x', 'operation': 'add',
        'username': ids['user'], 'organization_id': 'scenebox', 'organization_name': 'Mine now',
        'email': 'eve@x', 'role': 'admin', 'owner': 'scenebox', 'access': 'scenebox',
        'comment': 'x', 'message': 'x', 'name': 'x', 'assets_type': 'images',
    }  # fmt: skip


# A search must not have unknown keys, so the routes that take one get it alone.
BODIES = (body_of, lambda ids, asset: {}, lambda ids, asset: {
    'exists_filters': [{'field': 'note'}]}, lambda ids, asset: {
    'search': {}, 'dimensions': ['note', 'name', 'entity_value']})


@pytest.fixture(scope='module')
def victim(server):
    made = Victim(server)
    made.fill()
    return made


@pytest.fixture(scope='module')
def intruder(server):
    with server.client(server.user('admin', 'Intruders', 'eve')) as client:
        yield client


def paths(template, ids):
    """Fill a path in with everything that is theirs."""
    names = [name for name in re.findall(r'{(\w+)}', template) if name != 'asset_type']
    kinds = ['images', 'videos', 'sessions', 'sets', 'annotations', 'jobs', 'embeddings']
    types = kinds if '{asset_type}' in template else ['images']
    for kind, one in itertools.product(types, ids.values() if names else ['']):
        path = template.replace('{asset_type}', kind)
        for name in names:
            path = path.replace(f'{{{name}}}', one)
        yield path, kind


ROUTES = [e.route for e in table(Metrics()).endpoints if not e.open]


@pytest.mark.parametrize('route', ROUTES, ids=lambda r: f'{r.method} {r.template}')
def test_nothing_of_another_organization_is_shown_or_changed(victim, intruder, route):
    before, jobs = victim.held(), []
    for (path, kind), body in itertools.product(paths(route.template, victim.ids), BODIES):
        params = {'asset_type': kind, 'new_id': 'mine', 'id': victim.ids['uri']}
        body = body(victim.ids, victim.ids.get(kind, ''))
        reply = intruder.request(route.method, path, params=params, json=body)
        answer = reply.json() if 'json' in reply.headers.get('content-type', '') else {}
        jobs += [answer['job_id']] if isinstance(answer, dict) and 'job_id' in answer else []

        assert MARK not in reply.text, (path, body)
        assert reply.status_code < 500 or reply.status_code == 501, (path, reply.text)
    for job in jobs:
        # Whether the job could do anything is not what counts here.
        with suppress(JobError):
            victim.core.jobs.wait(job, 60)

    assert victim.held() == before


def test_bytes_that_an_own_document_names_stay_with_their_owner(victim, intruder):
    """A document may say anything; what is made of it is made of what its owner may see."""
    access, theirs = {'uri': victim.ids['uri']}, encode_png(np.zeros((20, 20, 3), np.uint8))
    document = {'object_access': access, 'thumbnails': {'small': {'object_access': access}},
                'sets': ['trap'], 'timestamp': AT}  # fmt: skip
    intruder.post('/v1/sets/add/', json={'name': 'trap', 'assets_type': 'images'})
    of_images = {'asset_type': 'images', 'replace': True}
    put = intruder.put('/v1/assets/meta/trap', json=document, params=of_images)
    link = intruder.get('/v1/assets/trap', params={'asset_type': 'images', 'return_url': True})
    jobs = [intruder.post(f'/v1/{path}', json=body).json()['job_id'] for path, body in (
        ('sets/trap/zip_all_assets/', None), ('sets/trap/streamable_shards/', None),
        ('images/compress_images/', {'ids': ['trap'], 'use_preset': 'full_size_png'}))]
    for job in jobs:
        with suppress(JobError):
            victim.core.jobs.wait(job, 60)

    assert (put.status_code, link.status_code) == (200, 403)
    made = intruder.post('/v1/assets/meta', json={}, params={'asset_type': 'zipfiles'}).json()
    archives = [one['id'] for one in made if one.get('set_id') == 'trap']
    assert len(archives) == 2
    for name in archives:
        url = intruder.get(f'/v1/assets/{name}', params={
            'asset_type': 'zipfiles', 'return_url': True}).json()['url']
        assert theirs[:40] not in httpx.get(url).content
    now = intruder.get('/v1/assets/meta/trap', params=of_images).json()
    assert now['thumbnails'] == document['thumbnails']


def test_what_the_intruder_has_now_is_not_made_of_what_is_theirs(victim, intruder):
    """Runs last: the jobs of all routes have ended."""
    for kind in ('images', 'videos', 'objects', 'zipfiles', 'sets', 'sessions', 'embeddings'):
        found = intruder.post(f'/v1/{kind}/meta', json={}).json()
        assert [one for one in found if MARK in json.dumps(one)] == []
