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

"""Jobs on images, videos and lidars against a real server."""

import gzip
import itertools

import numpy as np
import pytest

from scenebox_ros.codecs.clips import probe_video, read_frames
from scenebox_ros.codecs.images import decode_image, encode_jpeg, encode_png
from scenebox_ros.codecs.pcd import decode_pcd, encode_pcd
from scenebox_ros.codecs.video import VideoOptions, VideoWriter
from scenebox_ros.server.store.naming import Name

numbers = itertools.count()


@pytest.fixture
def upload(server, http):
    """Store bytes and a document, as an upload does; give the id."""

    def send(kind, body, **document):
        name = f'{kind}_{next(numbers)}'
        owner = server.core.identities.identify(server.token).organization_id
        stored = server.core.objects.put(Name(owner, f'{name}/file'), body)
        content = {'object_access': {'uri': stored.uri}, 'timestamp': '2024-01-01T00:00:00+00:00',
                   **document}  # fmt: skip
        reply = http.put(f'/v1/assets/meta/{name}', json=content,
                         params={'asset_type': kind, 'replace': True})  # fmt: skip
        assert reply.status_code == 200, reply.text
        return name

    return send


@pytest.fixture
def document(http):
    return lambda kind, name: http.get(
        f'/v1/assets/meta/{name}', params={'asset_type': kind}
    ).json()


@pytest.fixture
def content(server):
    def read(entry):
        stored = server.core.objects.find_uri(entry['object_access']['uri'])
        return stored, server.core.objects.read(stored)

    return read


@pytest.fixture
def finish(server, http):
    def run(path, body, status=200):
        reply = http.post(f'/v1/{path}', json=body)
        assert reply.status_code == status, reply.text
        if status == 200:
            return server.core.jobs.wait(reply.json()['job_id'], 60)
        return reply.json()['error']['message']

    return run


def notes(server, http, kind='jobs'):
    body = {'filters': []}
    params = {'asset_type': 'jobs', 'sort_field': 'timestamp', 'sort_order': 'desc'}
    return http.post('/v1/assets/meta', json=body, params=params).json()


def picture(height=120, width=200, colour=(10, 120, 240)):
    return np.full((height, width, 3), colour, np.uint8)


def video(frames=20, fps=10, size=(64, 96), first=0):
    writer = VideoWriter(options=VideoOptions(encoder='software', quality=10))
    for i in range(frames):
        writer.write(np.full((*size, 3), (first + i) * 10 % 256, np.uint8), round(i * 1e9 / fps))
    return writer.close().blob


@pytest.mark.parametrize(('ask', 'tag', 'shape', 'kind'), [
    ({'use_preset': 'small'}, 'small', (200, 320), 'jpeg'),
    ({'use_preset': 'tiny'}, 'tiny', (60, 96), 'jpeg'),
    ({'use_preset': 'full_size_png'}, 'full_size_png', (400, 640), 'png'),
    ({'desired_shape': [50, 90, 3], 'thumbnail_tag': 'mine'}, 'mine', (50, 90), 'jpeg'),
])  # fmt: skip
def test_images_get_thumbnails(upload, finish, document, content, ask, tag, shape, kind):
    name = upload('images', encode_jpeg(picture(400, 640)))
    finish('images/compress_images/', {'ids': [name], 'desired_shape': None,
                                       'thumbnail_tag': None, **ask})  # fmt: skip
    entry = document('images', name)['thumbnails'][tag]
    stored, body = content(entry)

    assert decode_image(body).shape[:2] == shape
    assert (entry['height'], entry['width']) == shape
    assert stored.content_type == f'image/{kind}'
    assert np.abs(decode_image(body).mean((0, 1)) - [10, 120, 240]).max() < 3


def test_colours_are_stretched_where_the_image_asks_for_it(upload, finish, document, content):
    dull = picture()
    dull[:, ::2] += 10
    name = upload('images', encode_png(dull), preprocesses=['normalize_thumbnail_colors'])
    finish('images/compress_images/', {'ids': [name], 'use_preset': 'small'})
    shown = decode_image(content(document('images', name)['thumbnails']['small'])[1])

    assert shown.min() < 30
    assert shown.max() > 225


def test_one_damaged_image_does_not_stop_the_others(server, http, upload, finish, document):
    good, bad = upload('images', encode_jpeg(picture())), upload('images', b'no image')
    result = finish('images/compress_images/', {'ids': [bad, 'nobody', good],
                                                'use_preset': 'tiny'})  # fmt: skip
    said = [note for job in notes(server, http) for note in job.get('notes', [])]

    assert result == {'compressed': 1}
    assert 'tiny' in document('images', good)['thumbnails']
    assert any(note.startswith(f'{bad}: ') for note in said)
    assert any('nobody' in note for note in said)


def test_an_unknown_preset_is_refused_at_once(finish):
    assert 'known are' in finish('images/compress_images/', {'ids': ['x'], 'use_preset': 'huge'},
                                 400)  # fmt: skip


def test_images_are_measured(upload, finish, document):
    half = np.zeros((100, 100, 3), np.uint8)
    half[:, 50:] = 200
    names = [upload('images', encode_png(half)), upload('images', encode_png(picture(9, 9)))]
    finish('images/image_properties_enrichment', {'ids': names, 'asset_type': 'images'})
    split, flat = (document('images', name)['aux'] for name in names)

    assert split['mean_brightness'] == pytest.approx(100)
    assert split['rms_contrast'] == pytest.approx(100)
    # One column of +200 and one of -200 in a hundred.
    assert split['variance_of_laplacian'] == pytest.approx(2 * 200**2 / 100)
    assert flat['rms_contrast'] == pytest.approx(0, abs=1e-9)
    assert flat['variance_of_laplacian'] == pytest.approx(0, abs=1e-9)


def test_measured_images_can_be_found_by_search(upload, finish, document):
    name = upload('images', encode_png(picture()), sensor='only this one')
    finish('images/image_properties_enrichment', {
        'ids': [], 'properties': ['mean_brightness'],
        'search': {'filters': [{'field': 'sensor', 'values': ['only this one']}]},
    })  # fmt: skip

    assert document('images', name)['aux'].keys() == {'mean_brightness'}


def cloud(count=1000):
    points = np.zeros(count, [('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('intensity', '<f4')])
    points['x'] = np.arange(count)
    return points


@pytest.mark.parametrize('packed', [True, False])
def test_lidars_are_thinned(upload, finish, document, content, packed):
    points = cloud()
    name = upload('lidars', encode_pcd(points), format='pcd')
    finish('lidars/compress_lidars/', {'ids': [name], 'skip_factors': [1, 10, 100],
                                       'gzip_compress': packed})  # fmt: skip
    thumbnails = document('lidars', name)['thumbnails']

    for factor in (1, 10, 100):
        entry = thumbnails[f'skip_{factor}']
        stored, body = content(entry)
        thinned = decode_pcd(gzip.decompress(body) if packed else body)
        assert stored.content_encoding == ('gzip' if packed else '')
        assert thinned.reshape(-1)['x'].tolist() == points['x'][::factor].tolist()
        assert entry['num_points'] == len(points[::factor])


def test_lidars_of_bare_numbers_are_thinned(upload, finish, document, content):
    rows = np.arange(40, dtype='<f4').reshape(-1, 4)
    name = upload('lidars', rows.tobytes(), format='numpy', num_fields=4)
    finish('lidars/compress_lidars/', {'ids': [name], 'skip_factors': [2],
                                       'gzip_compress': False})  # fmt: skip
    thinned = decode_pcd(content(document('lidars', name)['thumbnails']['skip_2'])[1])

    assert thinned.dtype.names == ('x', 'y', 'z', 'intensity')
    assert thinned.reshape(-1)['x'].tolist() == rows[::2, 0].tolist()


def test_videos_are_made_smaller(upload, finish, document, content):
    name = upload('videos', video(size=(360, 640)))
    finish('videos/compress_videos/', {'ids': [name], 'use_preset': 'tiny'})
    entry = document('videos', name)['thumbnails']['tiny']
    made = probe_video(content(entry)[1])

    assert (made.width, made.height, made.frames) == (160, 90, 20)


def test_frames_become_thumbnails(upload, finish, document, content):
    name = upload('videos', video())
    finish('videos/extract_frame_thumbnails', {'ids': [name], 'thumbnail_tags': None,
                                               'frames': [3, 12]})  # fmt: skip
    thumbnails = document('videos', name)['thumbnails']
    shown = decode_image(content(thumbnails['full_size_png_frame_12'])[1])

    assert {'small_frame_3', 'small_frame_12', 'full_size_png_frame_3'} <= thumbnails.keys()
    assert shown.shape[:2] == (64, 96)
    assert shown.mean() == pytest.approx(120, abs=3)


def test_images_are_taken_out_of_a_stretch(upload, finish, document):
    name = upload('videos', video(), sensor='cam', session_uid='s',
                  start_time='2024-01-01T00:00:00Z')  # fmt: skip
    result = finish('videos/extract_images', {
        'id': name, 'extract_start_time': '2024-01-01T00:00:00.5Z',
        'extract_end_time': '2024-01-01T00:00:01.5Z', 'fps': 5,
    })  # fmt: skip
    images = [document('images', image) for image in result['images']]

    assert [image['aux']['frame'] for image in images] == [5, 7, 9, 11, 13]
    assert images[0]['timestamp'] == '2024-01-01T00:00:00.500000+00:00'
    assert (images[0]['sensor'], images[0]['session_uid']) == ('cam', 's')
    assert (images[0]['width'], images[0]['height'], images[0]['format']) == (96, 64, 'JPEG')


def test_a_subclip_is_cut_to_the_frame(upload, finish, document, content):
    name = upload('videos', video(), start_time='2024-01-01T00:00:00Z')
    finish('videos/extract_subclip_video', {
        'id': name, 'subclip_id': 'My Clip', 'extract_start_time': '2024-01-01T00:00:01Z',
    })  # fmt: skip
    clip = document('videos', 'my_clip')
    frames = list(read_frames(content(clip)[1]))

    assert len(frames) == 10
    assert frames[0][2].mean() == pytest.approx(100, abs=3)
    assert clip['start_time'] == '2024-01-01T00:00:01+00:00'
    assert clip['duration'] == pytest.approx(1.0, abs=0.01)
    assert clip['tags'] == ['extracted']


def test_a_stretch_outside_of_the_video_is_refused(server, upload, http):
    name = upload('videos', video(), start_time='2024-01-01T00:00:00Z')
    reply = http.post('/v1/videos/extract_images', json={
        'id': name, 'extract_start_time': '2025-01-01T00:00:00Z',
    })  # fmt: skip
    with pytest.raises(Exception, match='outside of the video'):
        server.core.jobs.wait(reply.json()['job_id'], 30)


def test_videos_are_joined(upload, finish, document, content):
    names = [upload('videos', video()), upload('videos', video(size=(32, 48), first=5))]
    finish('videos/concatenate_videos/', {'ids': names, 'output_video_id': 'joined',
                                          'video_metadata': {'sensor': 'main'}})  # fmt: skip
    joined = document('videos', 'joined')
    made = probe_video(content(joined)[1])

    assert (made.frames, made.width, made.height) == (40, 96, 64)
    assert joined['sensor'] == 'main'
    assert joined['tags'] == ['concatenated']


def test_a_video_is_made_of_a_sensors_images(upload, finish, document, content):
    for second in (2, 0, 1):
        upload('images', encode_png(picture(64, 64, (second * 100,) * 3)), sensor='front',
               session_uid='made', timestamp=f'2024-01-01T00:00:0{second}Z')  # fmt: skip
    finish('videos/images_to_video', {'id': None, 'sensor': 'front', 'session_uid': 'made',
                                      'video_id': 'film', 'search': None, 'image_format': None,
                                      'fps': None, 'video_set_id': 'films'})  # fmt: skip
    film = document('videos', 'film')
    frames = list(read_frames(content(film)[1]))

    assert [round(time) for _, time, _ in frames] == [0, 1, 2]
    assert frames[2][2].mean() == pytest.approx(200, abs=4)
    assert film['sets'] == ['films']


def test_what_needs_a_cloud_storage_says_so(finish):
    for path in ('videos/extract_images_s8', 'lidars/extract_lidars_s8'):
        assert 'none is configured' in finish(path, {'folder_uri': 's3://b/f'}, 501)


@pytest.fixture
def keep(server):
    """Store a file under a key of its own; give its uri."""

    def put(key, body):
        owner = server.core.identities.identify(server.token).organization_id
        return server.core.objects.put(Name(owner, key), body).uri

    return put


def test_a_video_is_made_of_the_rows_of_a_csv(finish, document, content, keep):
    uris = [keep(f'rows/{i}.png', encode_png(picture(64, 64, (i * 80,) * 3))) for i in range(3)]
    rows = ''.join(f'2024-01-01T00:00:0{i}Z,{uri}\n' for i, uri in enumerate(uris))
    table = keep('rows.csv', f'timestamp,image_uri\n{rows}'.encode())
    finish('videos/make_video_from_image_uris', {
        'csv_object_access': {'filename': 'rows.csv', 'uri': table}, 'width': 64, 'height': 64,
        'image_format': 'png', 'sensor': 'roof', 'image_skip_factor': 2, 'video_id': 'rows',
    })  # fmt: skip
    film = document('videos', 'rows')

    assert [round(time) for _, time, _ in read_frames(content(film)[1])] == [0, 2]
    assert (film['sensor'], film['start_time']) == ('roof', '2024-01-01T00:00:00+00:00')


def test_a_video_is_made_of_a_folder_whose_files_are_named_by_their_time(
    server, finish, document, keep
):
    for i in range(3):
        keep(f'drive/cam/{(10 + i) * 10**9}.png', encode_png(picture(32, 32)))
    keep('drive/cam/readme.txt', b'no image')
    owner = server.core.identities.identify(server.token).organization_id
    finish('videos/make_video_from_image_uris', {
        'bucket': 'scenebox', 'folder': f'{owner}/drive/cam', 'cloud_storage': 's3',
        'sensor': 'cam', 'image_skip_factor': 1, 'video_id': 'folder',
    })  # fmt: skip

    assert document('videos', 'folder')['frames'] == 3


def test_files_of_another_organization_are_not_read(server, http):
    other = server.core.identities.add_organization(f'Media others {next(numbers)}')
    server.core.objects.put(Name(other, 'secret/1.png'), encode_png(picture()))
    reply = http.post('/v1/videos/make_video_from_image_uris', json={
        'bucket': 'scenebox', 'folder': f'{other}/secret', 'sensor': 'x',
    })  # fmt: skip

    with pytest.raises(Exception, match='another organization'):
        server.core.jobs.wait(reply.json()['job_id'], 30)
