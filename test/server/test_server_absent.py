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

"""Jobs for what does not exist: refused at once, and what is missing is named."""

import pytest

AT = '2024-01-01T00:00:00Z'
GONE = {'uri': 's3://scenebox/scenebox/gone/x.bag', 'filename': 'x.bag'}
# Route, a body that names nothing that exists, and what the refusal says.
ABSENT = [
    ('POST', 'images/compress_images/', {'ids': ['none'], 'use_preset': 'small'}, 'none'),
    ('POST', 'images/image_properties_enrichment', {'ids': ['none']}, 'none'),
    ('POST', 'lidars/compress_lidars/', {'ids': ['none']}, 'none'),
    ('POST', 'videos/compress_videos/', {'ids': ['none'], 'use_preset': 'small'}, 'none'),
    ('POST', 'videos/extract_frame_thumbnails', {'ids': ['none'], 'frames': [0]}, 'none'),
    ('POST', 'videos/concatenate_videos/',
     {'ids': ['here', 'none'], 'output_video_id': 'both'}, 'none'),
    ('POST', 'videos/extract_images', {'id': 'none'}, 'none'),
    ('POST', 'videos/extract_subclip_video', {'id': 'here', 'set_id': 'no_set'}, 'no_set'),
    ('POST', 'videos/images_to_video', {'sensor': 'a', 'video_set_id': 'no_set'}, 'no_set'),
    ('POST', 'annotations/annotations_to_objects', {'ids': ['none']}, 'none'),
    ('POST', 'annotations/cleanup_annotation_masks', {'ids': ['none']}, 'none'),
    ('POST', 'annotations/compress_masks_batch', {'ids': ['none'], 'thumbnail_tag': 'a'}, 'none'),
    ('POST', 'models/model_inference', {'ids': ['none'], 'model': 'histogram'}, 'none'),
    ('POST', 'similarity_search/bulk_index', {'embedding_ids': ['none']}, 'none'),
    ('DELETE', 'session_manager/delete_event', {'session_uids': ['none'], 'event_names': ['a']},
     'none'),
    ('POST', 'indexing/index_video_session/',
     {'session_name': 'absent', 'video_session_data': {'asset_ids': ['none']}}, 'none'),
    ('POST', 'sessions/add_video_session', {'session_name': 'absent', 'video_id': 'none'}, 'none'),
    ('POST', 'indexing/index_rosbag', {'session_uid': 'SESSION', 'file_objects_dicts': [GONE]},
     GONE['uri']),
    ('POST', 'indexing/index_rosbag2', {'session_uid': 'SESSION', 'file_objects_dicts': [GONE]},
     GONE['uri']),
    ('POST', 'indexing/register_rosbag_session/',
     {'session_name': 'absent', 'source_data': ['bare']}, 'bare'),
]
# What is no id, or no time, at all.
WRONG = [
    ('POST', 'assets/remove_with_list/?asset_type=images', {'assets_list': ['ok', 'x' * 600]}),
    ('POST', 'sets/SET/add_assets_list/', {'asset_list': ['']}),
    ('POST', 'images/compress_images/', {'ids': ['a\nb'], 'use_preset': 'small'}),
    ('DELETE', 'session_manager/delete_event',
     {'session_uids': ['SESSION'], 'event_names': ['a'], 'start_time': 'soon'}),
    ('POST', 'indexing/index_video_session/', {'session_name': 'absent', 'video_session_data': {
        'asset_ids': ['here'], 'metadata': {'timestamp': 'soon'}}}),
]
# Where a job would put its results into a set of images.
INTO_SETS = [
    ('sessions/add/', {'session_name': 'absent', 'set_id': 'SET'}, 'sessions'),
    ('videos/extract_subclip_video', {'id': 'here', 'set_id': 'SET'}, 'videos'),
    ('videos/extract_images', {'id': 'here', 'set_id': 'SET'}, 'images'),
    ('videos/images_to_video', {'sensor': 'a', 'video_set_id': 'SET'}, 'videos'),
    ('videos/make_video_from_image_uris',
     {'csv_object_access': {'uri': 's3://scenebox/a.csv'}, 'set_id': 'SET'}, 'videos'),
    ('annotations/annotations_to_objects', {'search': {}, 'output_set_id': 'SET'}, 'objects'),
    *(('indexing/index_rosbag', {'session_uid': 'SESSION', 'sets_map': {kind: 'SET'},
                                 'file_objects_dicts': [GONE]}, kind)
      for kind in ('images', 'videos', 'lidars', 'sessions')),
]


@pytest.fixture(scope='module')
def names(server):
    """A session, a set, a video and a bag without bytes."""
    with server.client() as http:
        for kind, name in (('videos', 'here'), ('rosbags', 'bare')):
            http.put(f'/v1/assets/meta/{name}?asset_type={kind}&replace=True',
                     json={'timestamp': AT}).raise_for_status()  # fmt: skip
        session = http.post('/v1/sessions/add/', json={'session_name': 'present'}).json()
        chosen = http.post('/v1/sets/add/', json={'name': 'present', 'assets_type': 'images'})
        return {'SESSION': session['session_uid'], 'SET': chosen.json()['id']}


def filled(value, names):
    if isinstance(value, dict):
        return {key: filled(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def count(http):
    kinds = ('jobs', 'sessions', 'sets')
    return [http.post(f'/v1/assets/count/?asset_type={kind}', json={}).json() for kind in kinds]


@pytest.mark.parametrize('method, path, body, named', ABSENT, ids=lambda one: str(one)[:40])
def test_what_does_not_exist_is_named_at_once(http, names, method, path, body, named):
    before = count(http)
    reply = http.request(method, f'/v1/{path}', json=filled(body, names))

    assert reply.status_code == 404, reply.text
    assert named in reply.json()['error']['message']
    assert count(http) == before


@pytest.mark.parametrize('method, path, body', WRONG, ids=lambda one: str(one)[:40])
def test_what_cannot_be_is_refused_at_once(http, names, method, path, body):
    before = count(http)
    path = path.replace('SET', names['SET'])
    reply = http.request(method, f'/v1/{path}', json=filled(body, names))

    assert reply.status_code == 400, reply.text
    assert count(http) == before


@pytest.mark.parametrize('path, body, kind', INTO_SETS, ids=lambda one: str(one)[:40])
def test_nothing_goes_into_a_set_of_another_type_or_a_locked_one(http, names, path, body, kind):
    before = count(http)
    reply = http.post(f'/v1/{path}', json=filled(body, names))
    if kind != 'images':
        assert reply.status_code == 400, reply.text
        assert f'choose a set of {kind}' in reply.json()['error']['message']
        assert count(http) == before
        return
    http.put(f'/v1/sets/{names["SET"]}/lock')
    locked = http.post(f'/v1/{path}', json=filled(body, names))
    http.delete(f'/v1/sets/{names["SET"]}/lock')

    assert (reply.status_code == 400, locked.status_code) == (False, 409), locked.text
    assert 'is locked' in locked.json()['error']['message']


def test_what_exists_is_done_and_the_rest_noted(http, finish, document):
    reply = http.request('DELETE', '/v1/session_manager/delete_event', json={
        'session_uids': ['none', http.post('/v1/sessions/add/', json={
            'session_name': 'partly'}).json()['session_uid']], 'event_names': ['a']})  # fmt: skip

    assert finish(reply.json()) == {'deleted': 0}
    assert document('jobs', reply.json()['job_id'])['notes'] == ['session none does not exist']


def test_deleting_what_is_gone_already_is_no_mistake(ask, finish):
    reply = ask('POST', 'assets/remove_with_list/?asset_type=images', {'assets_list': ['gone']})

    assert finish(reply) == {'deleted': 0}
