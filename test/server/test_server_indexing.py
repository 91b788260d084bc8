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

"""Uploaded recordings and videos become sessions of a real server."""

import itertools
import os
from pathlib import Path
import threading
import time

import httpx
import numpy as np
import pytest

from scenebox_ros.bags import open_bag
from scenebox_ros.codecs.video import VideoOptions, VideoWriter
import scenebox_ros.demo
from scenebox_ros.errors import JobError
from scenebox_ros.model.records import Record
from scenebox_ros.server.indexing.sink import StoreSink
from scenebox_ros.server.store.naming import Name

RECORDINGS = Path(scenebox_ros.demo.__file__).parent / 'recordings'
SHARED = Path(os.environ.get('SCENEBOX_SHARED') or Path(__file__).parents[3] / 'shared')
DRIVE = SHARED / 'data' / 'drive_small'
numbers = itertools.count()


@pytest.fixture
def upload(server):
    """Store a file; give what a client says of it."""

    def send(path, body=None):
        owner = server.core.identities.identify(server.token).organization_id
        name = Name(owner, f'{next(numbers)}/{path.name}')
        stored = server.core.objects.put(name, path.read_bytes() if body is None else body)
        return {'filename': path.name, 'uri': stored.uri}

    return send


@pytest.fixture
def session(ask):
    uid = ask('POST', 'sessions/add/', {'session_name': f'bag {next(numbers)}'})['session_uid']
    sets = {
        kind: ask('POST', 'sets/add/', {'name': f'{uid}_{kind}', 'assets_type': kind})['id']
        for kind in ('images', 'videos', 'lidars')
    }
    return uid, sets


def files(folder):
    return sorted(path for path in folder.rglob('*') if path.suffix in ('.db3', '.mcap', '.yaml'))


def request(uid, sets, uploaded, **more):
    return {'search': None, 'sets_map': sets, 'session_uid': uid, 'deep_analysis': False,
            'models': None, 'sensors': None, 'file_objects_dicts': uploaded, 'topics': None,
            'indexing_parameters': None, **more}  # fmt: skip


def members(ask, set_id):
    return ask('POST', f'sets/{set_id}/list_assets_meta/', {})['results']


def test_clouds_of_a_bag_are_stored_once(ask, finish, upload, session):
    uid, sets = session
    body = request(uid, sets, [upload(path) for path in files(RECORDINGS / 'luminar')])
    first = finish(ask('POST', 'indexing/index_rosbag2', body))
    again = finish(ask('POST', 'indexing/index_rosbag2', body))
    clouds = members(ask, sets['lidars'])

    assert first['stored']['lidars'] == len(clouds) == 10
    assert again['stored']['lidars'] == again['entities'] == 0
    assert {cloud['session_uid'] for cloud in clouds} == {uid}
    found = ask('POST', 'session_manager/search/',
                {'filters': [{'field': 'lidar', 'values': [clouds[0]['id']]}]})  # fmt: skip
    assert list(found) == [uid]
    document = ask('GET', f'assets/meta/{uid}?asset_type=sessions')
    assert document['status'] == 'ready'
    assert [sensor['type'] for sensor in document['sensors']] == ['lidar', 'lidar']


def test_a_session_that_is_indexed_joins_its_set(ask, finish, upload, session):
    uid, sets = session
    wish = {'name': f'drives {uid}', 'assets_type': 'sessions'}
    sets = {**sets, 'sessions': ask('POST', 'sets/add/', wish)['id']}
    path = RECORDINGS / 'luminar' / 'luminar_ros2.mcap'
    finish(ask('POST', 'indexing/index_rosbag', request(uid, sets, [upload(path)])))

    assert [one['id'] for one in members(ask, sets['sessions'])] == [uid]


def test_fixes_and_numbers_of_a_bag_are_on_the_timeline(ask, finish, upload, session):
    uid, sets = session
    body = request(uid, sets, [upload(path) for path in files(RECORDINGS / 'comma')])
    finish(ask('POST', 'indexing/index_rosbag2', body))
    data = ask('POST', f'session_manager/field_data/{uid}', {'session_fields': ['*']})

    assert 37 < data['geolocation.lat'][5] < 38
    assert any(name.endswith('angular_velocity.z') for name in data)


def test_a_position_between_two_fixes_replaces_a_lone_fixs(server, session):
    uid, sets = session
    owner = server.core.identities.identify(server.token)
    sink = StoreSink(server.core, owner, uid, sets)
    lone = {'geolocation': {'lat': 48.0, 'lon': 11.0}, 'geolocation_is_held': True}
    between = {'geolocation': {'lat': 48.1, 'lon': 11.0}}
    name = f'picture_{next(numbers)}'
    for place in (lone, between, lone):
        sink.put([Record('images', uid, name, '/cam', 1, {'aux': {'topic': '/cam', **place}},
                         body=b'picture', content_type='image/jpeg')])

    assert server.core.documents.get(owner, 'images', name)['aux'] == {
        'topic': '/cam', **between, 'geolocation_is_held': False}
    assert (sink.stored['images'], sink.existing['images']) == (1, 2)


def test_topics_are_chosen(ask, finish, upload, session):
    uid, sets = session
    uploaded = [upload(path) for path in files(RECORDINGS / 'comma')]
    finish(ask('POST', 'indexing/index_rosbag2', request(uid, sets, uploaded, topics=['/none'])))
    data = ask('POST', f'session_manager/field_data/{uid}', {'session_fields': ['*']})

    assert not any(name.endswith('angular_velocity.z') for name in data)
    assert 'geolocation.lat' in data


def test_a_cut_off_bag_is_salvaged_and_its_losses_told(ask, finish, upload, session):
    uid, sets = session
    path = RECORDINGS / 'luminar' / 'luminar_ros2.mcap'
    whole = path.read_bytes()
    reply = ask('POST', 'indexing/index_rosbag',
                request(uid, sets, [upload(path, whole[: len(whole) * 2 // 3])],
                        image_skip_factor=1))  # fmt: skip
    result = finish(reply)
    notes = ask('GET', f'assets/meta/{reply["job_id"]}?asset_type=jobs')['notes']

    assert 0 < result['stored']['lidars'] < 10 or result['existing']['lidars'] > 0
    assert result['losses'] > 0
    assert any(note.startswith('lost in') for note in notes)


@pytest.mark.parametrize(('change', 'status', 'says'), [
    ({'deep_analysis': True, 'models': ['mask_rcnn']}, 501, 'index without it'),
    ({'file_objects_dicts': [{'filename': 'x', 'uri': 's3://elsewhere/x'}]}, 501, 'upload the'),
    ({'file_objects_dicts': []}, 400, '1 to'), ({'session_uid': 'none'}, 404, 'none'),
    ({'image_skip_factor': 0}, 400, '1 or more'),
])  # fmt: skip
def test_what_cannot_be_indexed_is_refused(ask, session, change, status, says):
    uid, sets = session
    reply = ask('POST', 'indexing/index_rosbag', {**request(uid, sets, []), **change}, status)

    assert says in reply['error']['message']


def test_what_is_no_bag_aborts_the_job(server, ask, upload, session):
    uid, sets = session
    body = request(uid, sets, [upload(Path('a.bag'), b'no bag at all')])
    reply = ask('POST', 'indexing/index_rosbag', body)

    with pytest.raises(Exception, match=r'no message could be read.*a\.bag'):
        server.core.jobs.wait(reply['job_id'], 30)


def test_a_failure_does_not_tell_where_the_server_keeps_things(server, ask, upload, session):
    uid, sets = session
    access = {**upload(Path('notes.txt'), b'no bag at all'), 'filename': '../up/notes.txt'}
    reply = ask('POST', 'indexing/index_rosbag2', request(uid, sets, [access]))

    with pytest.raises(JobError, match='no recordings in what was uploaded') as failed:
        server.core.jobs.wait(reply['job_id'], 60)
    assert str(server.folder) not in str(failed.value)


def test_folders_of_the_server_are_not_read(ask):
    body = {'session_name': 's', 'session_directory_path': '/etc', 'source_data': None}
    reply = ask('POST', 'indexing/register_rosbag_session/', body, 403)

    assert 'scenebox upload' in reply['error']['message']


def test_bags_and_videos_described_in_odd_words_are_refused_with_a_reason(ask):
    ask('PUT', 'assets/meta/odd?asset_type=rosbags&replace=True', {'object_access': ['odd']})
    bags = {'session_name': 'odd bags', 'source_data': ['odd']}
    films = {'session_name': 'odd films', 'video_session_data': {'metadata': 'odd'}}

    assert 'odd' in ask('POST', 'indexing/register_rosbag_session/', bags, 404)['error']['message']
    assert 'no video' in ask('POST', 'indexing/index_video_session/', films, 400)['error'][
        'message']  # fmt: skip


def test_a_session_is_registered_from_uploaded_bags(ask, finish, upload):
    access = upload(RECORDINGS / 'luminar' / 'luminar_ros2.mcap')
    ask('PUT', 'assets/meta/luminar?asset_type=rosbags&replace=True', {'object_access': access})
    body = {'session_name': 'registered', 'source_data': ['luminar'],
            'session_directory_path': None, 'session_configuration': None}  # fmt: skip
    reply = ask('POST', 'indexing/register_rosbag_session/', body)
    finish(reply)

    assert ask('GET', f'assets/meta/{reply["session_uid"]}?asset_type=sessions')['start_time']
    assert len(members(ask, 'registered_lidars')) == 10


@pytest.fixture
def film(upload, ask):
    writer = VideoWriter(options=VideoOptions(encoder='software'))
    for i in range(20):
        writer.write(np.full((32, 32, 3), i, np.uint8), i * 10**8)
    name = f'film_{next(numbers)}'
    ask('PUT', f'assets/meta/{name}?asset_type=videos&replace=True', {
        'object_access': upload(Path('film.mp4'), writer.close().blob), 'sensor': 'front',
        'timestamp': '2024-01-01T00:00:00Z',
    })  # fmt: skip
    return name


def test_videos_become_a_session(ask, finish, film):
    item = {'filename': 'film.mp4', 'asset_ids': [film],
            'metadata': {'timestamp': '2024-06-01T10:00:00Z'}}  # fmt: skip
    reply = ask('POST', 'indexing/index_video_session/', {
        'session_name': f'films {film}', 'video_session_data': [item], 'raw_videos': {},
        'extraction_config': {}, 'video_filenames': None, 'session_formatting_strategy': None,
        'retry': False, 'enrichments': None, 'session_uid': None,
    })  # fmt: skip
    finish(reply)
    document = ask('GET', f'assets/meta/{reply["session_uid"]}?asset_type=sessions')
    data = ask('POST', f'session_manager/field_data/{reply["session_uid"]}', {})

    assert document['session_type'] == 'videos'
    assert document['start_time'] == '2024-06-01T10:00:00+00:00'
    assert data['video'][:2] == [[film], [film]]
    assert document['source_data'] == [{'sensor': 'front', 'id': film, 'type': 'videos'}]


def test_what_means_nothing_here_is_said_in_the_job(ask, finish, film):
    reply = ask('POST', 'indexing/index_video_session/', {
        'session_name': f'odd {film}', 'video_session_data': [{'asset_ids': [film]}],
        'extraction_config': {'fps': 3}, 'enrichments': [], 'retry': True,
    })  # fmt: skip
    finish(reply)
    notes = ask('GET', f'assets/meta/{reply["job_id"]}?asset_type=jobs')['notes']

    assert notes == ['extraction_config means nothing to this server, and was left aside']


def test_one_video_becomes_a_session(ask, finish, film):
    reply = ask('POST', 'sessions/add_video_session', {
        'video_id': film, 'session_name': f'one {film}', 'vehicle': 'v7',
        'wake_word_detection': False,
    })  # fmt: skip
    finish(reply)
    document = ask('GET', f'assets/meta/{reply["session_uid"]}?asset_type=sessions')

    assert document['session_aux'] == {'vehicle': 'v7'}
    ask('POST', 'sessions/add_video_session', {'video_id': film, 'wake_word_detection': True}, 501)


@pytest.mark.shared
@pytest.mark.skipif(not DRIVE.exists(), reason='the shared recordings are not here')
def test_a_drive_is_indexed_frame_by_frame(server, ask, finish, upload, session):
    uid, sets = session
    result = finish(ask('POST', 'indexing/index_rosbag2', request(
        uid, sets, [upload(path) for path in files(DRIVE)],
    )))  # fmt: skip
    with open_bag(DRIVE) as bag:
        frames = {
            bytes(message.read().data)
            for message in bag.messages(['/camera/image_raw/compressed'])
        }
    images = members(ask, sets['images'])
    bodies = {
        server.core.objects.read(server.core.objects.find_uri(image['object_access']['uri']))
        for image in images
    }

    assert frames <= bodies
    assert result['stored']['lidars'] == 8
    assert all('geolocation' in image['aux'] for image in images)


def test_requests_do_not_wait_for_a_bag(server, ask, finish, upload, session):
    """While a bag is captured, no request takes longer than a good part of the capture itself."""
    uid, sets = session
    body = request(uid, sets, [upload(path) for path in files(RECORDINGS / 'luminar')])
    latencies = []
    began = time.monotonic()
    job_id = ask('POST', 'indexing/index_rosbag2', body)['job_id']
    with httpx.Client(base_url=server.url, timeout=60) as client:
        while server.core.jobs.outcome(job_id)[0] in ('queued', 'running'):
            asked = time.monotonic()
            assert client.get('/healthz').status_code == 200
            latencies.append(time.monotonic() - asked)
    took = time.monotonic() - began

    assert server.core.jobs.outcome(job_id)[0] == 'finished'
    assert sorted(latencies)[len(latencies) // 2] < took / 10


def test_a_bag_is_captured_in_another_process(server, ask, finish, upload, session, monkeypatch):
    def here(*_):
        raise AssertionError('the server itself must not read recordings')

    monkeypatch.setattr('scenebox_ros.server.indexing.apart.open_bag', here)
    uid, sets = session
    body = request(uid, sets, [upload(path) for path in files(RECORDINGS / 'luminar')])

    assert finish(ask('POST', 'indexing/index_rosbag2', body))['losses'] == 0


def test_a_cancelled_job_stops_reading_its_bag(server, ask, upload, session):
    uid, sets = session
    body = request(uid, sets, [upload(path) for path in files(RECORDINGS / 'luminar')])
    job_id = ask('POST', 'indexing/index_rosbag2', body)['job_id']
    ask('PUT', f'jobs/cancel/{job_id}')

    deadline = time.monotonic() + 60
    while job_id in server.core.jobs._running and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    assert server.core.jobs.outcome(job_id)[0] == 'aborted'
    assert not list((server.folder / 'indexing').glob(job_id))
