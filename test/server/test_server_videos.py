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

"""Videos over HTTP: made smaller, cut, joined, taken apart and made of images."""

import struct

import av
import numpy as np
import pytest

from scenebox_ros.codecs.clips import probe_video, read_frames
from scenebox_ros.codecs.images import decode_image, encode_png
from scenebox_ros.codecs.video import VideoOptions, VideoWriter
from scenebox_ros.errors import JobError
from scenebox_ros.server.media import films
from scenebox_ros.server.store.naming import Name


def plain(value):
    return np.full((64, 64, 3), value, np.uint8)


def video(frames=20, fps=10, size=(64, 96), first=0):
    writer = VideoWriter(options=VideoOptions(encoder='software', quality=10))
    for i in range(frames):
        writer.write(np.full((*size, 3), (first + i) * 10 % 256, np.uint8), round(i * 1e9 / fps))
    return writer.close().blob


def test_videos_are_made_smaller(upload, run, document, content):
    name = upload('videos', video(size=(360, 640)))
    run('videos/compress_videos/', {'ids': [name], 'use_preset': 'tiny'})
    entry = document('videos', name)['thumbnails']['tiny']
    made = probe_video(content(entry)[1])

    assert (made.width, made.height, made.frames) == (160, 90, 20)


def test_frames_become_thumbnails(upload, run, document, content):
    name = upload('videos', video())
    run('videos/extract_frame_thumbnails', {'ids': [name], 'thumbnail_tags': None,
                                            'frames': [3, 12]})  # fmt: skip
    thumbnails = document('videos', name)['thumbnails']
    shown = decode_image(content(thumbnails['full_size_png_frame_12'])[1])

    assert {'small_frame_3', 'small_frame_12', 'full_size_png_frame_3'} <= thumbnails.keys()
    assert shown.shape[:2] == (64, 96)
    assert shown.mean() == pytest.approx(120, abs=3)


def test_images_are_taken_out_of_a_stretch(upload, run, document):
    name = upload('videos', video(), sensor='cam', session_uid='s',
                  start_time='2024-01-01T00:00:00Z')  # fmt: skip
    result = run('videos/extract_images', {
        'id': name, 'extract_start_time': '2024-01-01T00:00:00.5Z',
        'extract_end_time': '2024-01-01T00:00:01.5Z', 'fps': 5,
    })  # fmt: skip
    images = [document('images', image) for image in result['images']]

    assert [image['aux']['frame'] for image in images] == [5, 7, 9, 11, 13]
    assert images[0]['timestamp'] == '2024-01-01T00:00:00.500000+00:00'
    assert (images[0]['sensor'], images[0]['session_uid']) == ('cam', 's')
    assert (images[0]['width'], images[0]['height'], images[0]['format']) == (96, 64, 'JPEG')


@pytest.fixture
def gaps(upload):
    """A video whose frames are not equally far from each other."""
    writer = VideoWriter(options=VideoOptions(encoder='software', quality=10))
    for index, time_s in enumerate([0, 0.1, 0.2, 5, 5.1, 5.2, 5.3, 9]):
        writer.write(np.full((64, 96, 3), index * 30, np.uint8), round(time_s * 1e9))
    return upload('videos', writer.close().blob, start_time='2024-01-01T00:00:00Z')


def test_images_of_a_video_with_gaps_are_taken_at_their_own_times(gaps, run, document):
    name = gaps
    stretch = {'id': name, 'extract_start_time': '2024-01-01T00:00:00.1Z',
               'extract_end_time': '2024-01-01T00:00:05.3Z'}
    every = run('videos/extract_images', stretch)['images']
    some = run('videos/extract_images', {**stretch, 'extract_end_time': None, 'fps': 4})
    stamps = [document('images', one)['timestamp'] for one in every]

    assert [document('images', one)['aux']['frame'] for one in every] == [1, 2, 3, 4, 5]
    assert stamps == [f'2024-01-01T00:00:0{t}00000+00:00'.replace('5.000000', '5')
                      for t in ('0.1', '0.2', '5.0', '5.1', '5.2')]  # fmt: skip
    assert [document('images', one)['aux']['frame'] for one in some['images']] == [1, 3, 4, 7]


def test_a_subclip_is_cut_to_the_frame(upload, run, document, content):
    name = upload('videos', video(), start_time='2024-01-01T00:00:00Z')
    run('videos/extract_subclip_video', {
        'id': name, 'subclip_id': 'My Clip', 'extract_start_time': '2024-01-01T00:00:01Z',
    })  # fmt: skip
    clip = document('videos', 'my_clip')
    frames = list(read_frames(content(clip)[1]))

    assert len(frames) == 10
    assert frames[0][2].mean() == pytest.approx(100, abs=3)
    assert clip['start_time'] == '2024-01-01T00:00:01+00:00'
    assert clip['duration'] == pytest.approx(1.0, abs=0.01)
    assert clip['tags'] == ['extracted']


def test_a_subclip_of_a_video_with_gaps_is_where_its_frames_are(gaps, run, document):
    run('videos/extract_subclip_video', {
        'id': gaps, 'subclip_id': 'gap', 'extract_start_time': '2024-01-01T00:00:00.15Z',
        'extract_end_time': '2024-01-01T00:00:05.05Z'})  # fmt: skip
    clip = document('videos', 'gap')

    assert clip['frames'] == 2
    assert clip['start_time'] == '2024-01-01T00:00:00.200000+00:00'
    assert clip['end_time'] == '2024-01-01T00:00:05.050000+00:00'


def test_the_video_that_cannot_be_joined_is_named(server, http, upload):
    names = [upload('videos', video()), upload('videos', b'no video')]
    reply = http.post('/v1/videos/concatenate_videos/', json={
        'ids': names, 'output_video_id': 'never'})  # fmt: skip

    with pytest.raises(Exception, match=f'{names[1]} cannot be read') as told:
        server.core.jobs.wait(reply.json()['job_id'], 30)
    assert str(server.folder) not in str(told.value)


def test_a_stretch_outside_of_the_video_is_refused(server, upload, http):
    name = upload('videos', video(), start_time='2024-01-01T00:00:00Z')
    reply = http.post('/v1/videos/extract_images', json={
        'id': name, 'extract_start_time': '2025-01-01T00:00:00Z',
    })  # fmt: skip
    with pytest.raises(Exception, match='outside of the video'):
        server.core.jobs.wait(reply.json()['job_id'], 30)


def test_videos_are_joined(upload, run, document, content):
    names = [upload('videos', video()), upload('videos', video(size=(32, 48), first=5))]
    run('videos/concatenate_videos/', {'ids': names, 'output_video_id': 'joined',
                                       'video_metadata': {'sensor': 'main'}})  # fmt: skip
    joined = document('videos', 'joined')
    made = probe_video(content(joined)[1])

    assert (made.frames, made.width, made.height) == (40, 96, 64)
    assert joined['sensor'] == 'main'
    assert joined['tags'] == ['concatenated']


@pytest.mark.skipif(not hasattr(av.VideoFrame, 'rotation'), reason='PyAV does not tell')
def test_videos_that_are_shown_turned_are_joined_as_they_are_shown(upload, run, document, content):
    upright = struct.pack('>9i', 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    turned = struct.pack('>9i', 0, -1 << 16, 0, 1 << 16, 0, 0, 0, 0, 1 << 30)
    head, _, rest = video().rpartition(upright)  # of the track; the file has another
    names = [upload('videos', head + turned + rest) for _ in range(2)]
    run('videos/concatenate_videos/', {'ids': names, 'output_video_id': 'upright'})
    made = probe_video(content(document('videos', 'upright'))[1])

    assert (made.frames, made.width, made.height) == (40, 64, 96)


def test_a_video_is_made_of_a_sensors_images(upload, run, document, content, ask):
    ask('POST', 'sets/add/', {'name': 'films', 'assets_type': 'videos'})
    for second in (2, 0, 1):
        upload('images', encode_png(plain(second * 100)), sensor='front',
               session_uid='made', timestamp=f'2024-01-01T00:00:0{second}Z')  # fmt: skip
    run('videos/images_to_video', {'id': None, 'sensor': 'front', 'session_uid': 'made',
                                   'video_id': 'film', 'search': None, 'image_format': None,
                                   'fps': None, 'video_set_id': 'films'})  # fmt: skip
    film = document('videos', 'film')
    frames = list(read_frames(content(film)[1]))

    assert [round(time) for _, time, _ in frames] == [0, 1, 2]
    assert frames[2][2].mean() == pytest.approx(200, abs=4)
    assert film['sets'] == ['films']


def test_what_needs_a_cloud_storage_says_so(run):
    for path in ('videos/extract_images_s8', 'lidars/extract_lidars_s8'):
        assert 'none is configured' in run(path, {'folder_uri': 's3://b/f'}, 501)


@pytest.fixture
def keep(server):
    """Store a file under a key of its own; give its uri."""

    def put(key, body):
        owner = server.core.identities.identify(server.token).organization_id
        return server.core.objects.put(Name(owner, key), body).uri

    return put


def test_a_video_is_made_of_the_rows_of_a_csv(run, document, content, keep):
    uris = [keep(f'rows/{i}.png', encode_png(plain(i * 80))) for i in range(3)]
    rows = ''.join(f'2024-01-01T00:00:0{i}Z,{uri}\n' for i, uri in enumerate(uris))
    table = keep('rows.csv', f'timestamp,image_uri\n{rows}'.encode())
    run('videos/make_video_from_image_uris', {
        'csv_object_access': {'filename': 'rows.csv', 'uri': table}, 'width': 64, 'height': 64,
        'image_format': 'png', 'sensor': 'roof', 'image_skip_factor': 2, 'video_id': 'rows',
    })  # fmt: skip
    film = document('videos', 'rows')

    assert [round(time) for _, time, _ in read_frames(content(film)[1])] == [0, 2]
    assert (film['sensor'], film['start_time']) == ('roof', '2024-01-01T00:00:00+00:00')


def test_images_that_are_too_far_apart_for_a_video_are_named(server, http, keep):
    uri = keep('far.png', encode_png(plain(80)))
    rows = ''.join(f'2024-01-01T0{hour}:00:00Z,{uri}\n' for hour in (0, 1))
    table = keep('far.csv', f'timestamp,image_uri\n{rows}'.encode())
    reply = http.post('/v1/videos/make_video_from_image_uris', json={
        'csv_object_access': {'uri': table}, 'video_id': 'far'})  # fmt: skip

    with pytest.raises(JobError, match='images 3600 s apart cannot be in one video'):
        server.core.jobs.wait(reply.json()['job_id'], 30)


def test_a_video_of_uris_is_as_large_as_wished(run, document, content, keep):
    uri = keep('wished.png', encode_png(plain(80)))
    table = keep('wished.csv', f'timestamp,image_uri\n2024-01-01T00:00:00Z,{uri}\n'.encode())
    wish = {'csv_object_access': {'uri': table}, 'sensor': 'roof', 'height': 32, 'width': 48}
    run('videos/make_video_from_image_uris', {**wish, 'video_id': 'wished'})
    made = probe_video(content(document('videos', 'wished'))[1])

    assert (made.width, made.height) == (48, 32)
    assert 'choose 1 to' in run('videos/make_video_from_image_uris', {**wish, 'width': -1}, 400)


def test_the_job_that_a_client_made_for_its_video_is_the_one_that_runs(
    server, http, upload, document
):
    name = upload('videos', video())
    made = http.post('/v1/jobs/add/', json={'job_type': 'mine', 'asset_id': name}).json()['job_id']
    body = {'ids': [name], 'use_preset': 'tiny', 'job_id': made}
    reply = http.post('/v1/videos/compress_videos/', json=body).json()
    server.core.jobs.wait(made, 60)
    again = http.post('/v1/videos/concatenate_videos/', json={
        'ids': [name], 'output_video_id': 'x', 'job_id': made})  # fmt: skip

    assert reply['job_id'] == made
    assert document('jobs', made)['status'] == 'finished'
    assert (again.status_code, 'already' in again.text) == (400, True)


def test_a_job_of_another_organization_is_not_taken_over(server, http, upload):
    with server.client(server.user('data_user', 'Job others')) as other:
        theirs = other.post('/v1/jobs/add/', json={'job_type': 'x'}).json()['job_id']
    body = {'ids': ['v'], 'use_preset': 'tiny', 'job_id': theirs}

    assert http.post('/v1/videos/compress_videos/', json=body).status_code == 404


@pytest.mark.parametrize(('body', 'told'), [
    ({}, 'which images?'),
    ({'search': {}, 'sensor': None, 'fps': 5}, 'which images?'),
    ({'search': {'filter': []}, 'sensor': 'front'}, "'filter' is not known"),
])
def test_a_video_of_images_says_which_images(http, body, told):
    reply = http.post('/v1/videos/images_to_video', json=body)

    assert reply.status_code == 400
    assert told in reply.json()['error']['message']


def test_more_images_than_a_video_may_have_are_refused_before_they_are_read(
    server, http, upload, monkeypatch
):
    monkeypatch.setattr(films, 'MAX_IMAGES', 2)
    for _ in range(3):
        upload('images', b'no image', sensor='many')
    reply = http.post('/v1/videos/images_to_video', json={'sensor': 'many', 'search': {}})

    with pytest.raises(JobError, match='3 images of at most 2'):
        server.core.jobs.wait(reply.json()['job_id'], 30)


def test_a_table_too_large_is_refused_before_it_is_read(server, http, keep, monkeypatch):
    monkeypatch.setattr(films, 'MAX_CSV', 10)
    reply = http.post('/v1/videos/make_video_from_image_uris', json={
        'csv_object_access': {'uri': keep('large.csv', b'timestamp,image_uri')}})  # fmt: skip

    with pytest.raises(JobError, match='19 bytes of at most 10'):
        server.core.jobs.wait(reply.json()['job_id'], 30)


def test_a_table_that_is_none_is_told(server, http, keep):
    reply = http.post('/v1/videos/make_video_from_image_uris', json={
        'csv_object_access': {'uri': keep('films/binary.csv', b'\x89PNG\xff')}})  # fmt: skip

    with pytest.raises(Exception, match=r'cannot be read.*UTF-8'):
        server.core.jobs.wait(reply.json()['job_id'], 30)


def test_a_video_is_made_of_a_folder_whose_files_are_named_by_their_time(
    server, run, document, keep
):
    for i in range(3):
        keep(f'drive/cam/{(10 + i) * 10**9}.png', encode_png(plain(0)))
    keep('drive/cam/readme.txt', b'no image')
    owner = server.core.identities.identify(server.token).organization_id
    run('videos/make_video_from_image_uris', {
        'bucket': 'scenebox', 'folder': f'{owner}/drive/cam', 'cloud_storage': 's3',
        'sensor': 'cam', 'image_skip_factor': 1, 'video_id': 'folder',
    })  # fmt: skip

    assert document('videos', 'folder')['frames'] == 3


def test_files_of_another_organization_are_not_read(server, http):
    other = server.core.identities.add_organization('Film others')
    server.core.objects.put(Name(other, 'secret/1.png'), encode_png(plain(0)))
    reply = http.post('/v1/videos/make_video_from_image_uris', json={
        'bucket': 'scenebox', 'folder': f'{other}/secret', 'sensor': 'x',
    })  # fmt: skip

    with pytest.raises(Exception, match='no image was found'):
        server.core.jobs.wait(reply.json()['job_id'], 30)


def test_a_video_is_made_of_a_folder_that_a_client_filled(http, run, document):
    params = {'asset_type': 'images'}
    for second in range(3):
        name = f'trip/roof/{second * 10**9}.png'
        places = http.post('/v1/assets/temporary_upload_url/', params=params, json={'ids': [name]})
        http.put(places.json()[name]['put_url'], content=encode_png(plain(second)))
    body = {'bucket': 'scenebox', 'folder': 'trip/roof', 'cloud_storage': 's3', 'sensor': 'roof'}
    listed = http.post('/v1/storage/list_objects/', json=body).json()
    run('videos/make_video_from_image_uris', {**body, 'video_id': 'filled'})

    assert len(listed) == 3
    assert document('videos', 'filled')['frames'] == 3
    away = {**body, 'cloud_storage': 'gs', 'bucket': 'scenebox'}
    assert 'none is configured' in run('videos/make_video_from_image_uris', away, 501)
