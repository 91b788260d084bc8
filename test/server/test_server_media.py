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

"""Jobs on images and lidars against a real server."""

import gzip
import itertools

import numpy as np
import pytest

from scenebox_ros.codecs.images import decode_image, encode_jpeg, encode_png
from scenebox_ros.codecs.pcd import decode_pcd, encode_pcd
from scenebox_ros.server.store.naming import Name
from scenebox_ros.server.store.unwritable import DiskFullError

numbers = itertools.count()


def notes(server, http, kind='jobs'):
    body = {'filters': []}
    params = {'asset_type': 'jobs', 'sort_field': 'timestamp', 'sort_order': 'desc'}
    return http.post('/v1/assets/meta', json=body, params=params).json()


def picture(height=120, width=200, colour=(10, 120, 240)):
    return np.full((height, width, 3), colour, np.uint8)


@pytest.mark.parametrize(('ask', 'tag', 'shape', 'kind'), [
    ({'use_preset': 'small'}, 'small', (200, 320), 'jpeg'),
    ({'use_preset': 'tiny'}, 'tiny', (60, 96), 'jpeg'),
    ({'use_preset': 'full_size_png'}, 'full_size_png', (400, 640), 'png'),
    ({'desired_shape': [50, 90, 3], 'thumbnail_tag': 'mine'}, 'mine', (50, 90), 'jpeg'),
])  # fmt: skip
def test_images_get_thumbnails(upload, run, document, content, ask, tag, shape, kind):
    name = upload('images', encode_jpeg(picture(400, 640)))
    run('images/compress_images/', {'ids': [name], 'desired_shape': None,
                                    'thumbnail_tag': None, **ask})  # fmt: skip
    entry = document('images', name)['thumbnails'][tag]
    stored, body = content(entry)

    assert decode_image(body).shape[:2] == shape
    assert (entry['height'], entry['width']) == shape
    assert stored.content_type == f'image/{kind}'
    assert np.abs(decode_image(body).mean((0, 1)) - [10, 120, 240]).max() < 3


def test_colours_are_stretched_where_the_image_asks_for_it(upload, run, document, content):
    dull = picture()
    dull[:, ::2] += 10
    name = upload('images', encode_png(dull), preprocesses=['normalize_thumbnail_colors'])
    run('images/compress_images/', {'ids': [name], 'use_preset': 'small'})
    shown = decode_image(content(document('images', name)['thumbnails']['small'])[1])

    assert shown.min() < 30
    assert shown.max() > 225


def test_one_damaged_image_does_not_stop_the_others(server, http, upload, run, document):
    good, bad = upload('images', encode_jpeg(picture())), upload('images', b'no image')
    result = run('images/compress_images/', {'ids': [bad, 'nobody', good],
                                             'use_preset': 'tiny'})  # fmt: skip
    said = [note for job in notes(server, http) for note in job.get('notes', [])]

    assert result == {'compressed': 1}
    assert 'tiny' in document('images', good)['thumbnails']
    assert any(note.startswith(f'{bad}: ') for note in said)
    assert any('nobody' in note for note in said)


def test_an_asset_that_met_a_full_disk_is_not_left_out(server, upload, run, document, monkeypatch):
    monkeypatch.setattr('scenebox_ros.server.jobs.runner.ROOM_PATIENCE_S', 0.001)
    names = [upload('images', encode_jpeg(picture())) for _ in range(3)]
    store, tries = server.core.objects.put, itertools.count()

    def full_at_first(*args):
        if next(tries) == 1:
            raise DiskFullError('the disk is full')
        return store(*args)

    monkeypatch.setattr(server.core.objects, 'put', full_at_first)
    run('images/compress_images/', {'ids': names, 'use_preset': 'small'})

    assert all('small' in document('images', name)['thumbnails'] for name in names)


def test_what_cannot_be_unpacked_does_not_stop_the_others(
    server, http, upload, run, document, monkeypatch
):
    monkeypatch.setattr('scenebox_ros.server.media.assets.MAX_BYTES', 100_000)
    good = upload('images', encode_jpeg(picture()))
    owner = server.core.identities.identify(server.token).organization_id
    for body in (b'no gzip at all', gzip.compress(bytes(200_000)), gzip.compress(b'x' * 99)[:-9]):
        stored = server.core.objects.put(Name(owner, f'{next(numbers)}/x', '', 'gzip'), body)
        http.put(f'/v1/assets/meta/packed_{next(numbers)}', params={
            'asset_type': 'images', 'replace': True}, json={
            'object_access': {'uri': stored.uri}, 'sensor': 'packed'})  # fmt: skip
    search = {'any_of': [{'filters': [{'field': 'sensor', 'values': ['packed']}]},
                         {'filters': [{'field': 'id', 'values': [good]}]}]}
    run('images/image_properties_enrichment/', {'search': search})

    assert document('images', good)['aux']['mean_brightness'] > 0
    told = ' '.join(notes(server, http)[0]['notes'])
    assert 'at most' in told
    assert told.count('cannot be unpacked') == 2


def test_an_unknown_preset_is_refused_at_once(run):
    assert 'known are' in run('images/compress_images/', {'ids': ['x'], 'use_preset': 'huge'},
                              400)  # fmt: skip


def test_images_are_measured(upload, run, document):
    half = np.zeros((100, 100, 3), np.uint8)
    half[:, 50:] = 200
    names = [upload('images', encode_png(half)), upload('images', encode_png(picture(9, 9)))]
    run('images/image_properties_enrichment', {'ids': names, 'asset_type': 'images'})
    split, flat = (document('images', name)['aux'] for name in names)

    assert split['mean_brightness'] == pytest.approx(100)
    assert split['rms_contrast'] == pytest.approx(100)
    # One column of +200 and one of -200 in a hundred.
    assert split['variance_of_laplacian'] == pytest.approx(2 * 200**2 / 100)
    assert flat['rms_contrast'] == pytest.approx(0, abs=1e-9)
    assert flat['variance_of_laplacian'] == pytest.approx(0, abs=1e-9)


def test_measured_images_can_be_found_by_search(upload, run, document):
    name = upload('images', encode_png(picture()), sensor='only this one')
    run('images/image_properties_enrichment', {
        'ids': [], 'properties': ['mean_brightness'],
        'search': {'filters': [{'field': 'sensor', 'values': ['only this one']}]},
    })  # fmt: skip

    assert document('images', name)['aux'].keys() == {'mean_brightness'}


def cloud(count=1000):
    points = np.zeros(count, [('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('intensity', '<f4')])
    points['x'] = np.arange(count)
    return points


@pytest.mark.parametrize('packed', [True, False])
def test_lidars_are_thinned(upload, run, document, content, packed):
    points = cloud()
    name = upload('lidars', encode_pcd(points), format='pcd')
    run('lidars/compress_lidars/', {'ids': [name], 'skip_factors': [1, 10, 100],
                                    'gzip_compress': packed})  # fmt: skip
    thumbnails = document('lidars', name)['thumbnails']

    for factor in (1, 10, 100):
        entry = thumbnails[f'skip_{factor}']
        stored, body = content(entry)
        thinned = decode_pcd(gzip.decompress(body) if packed else body)
        assert stored.content_encoding == ('gzip' if packed else '')
        assert thinned.reshape(-1)['x'].tolist() == points['x'][::factor].tolist()
        assert entry['num_points'] == len(points[::factor])


def test_lidars_of_bare_numbers_are_thinned(upload, run, document, content):
    rows = np.arange(40, dtype='<f4').reshape(-1, 4)
    name = upload('lidars', rows.tobytes(), format='numpy', num_fields=4)
    run('lidars/compress_lidars/', {'ids': [name], 'skip_factors': [2],
                                    'gzip_compress': False})  # fmt: skip
    thinned = decode_pcd(content(document('lidars', name)['thumbnails']['skip_2'])[1])

    assert thinned.dtype.names == ('x', 'y', 'z', 'intensity')
    assert thinned.reshape(-1)['x'].tolist() == rows[::2, 0].tolist()
