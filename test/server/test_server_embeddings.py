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

"""Embeddings, similarity and the comparison of sets against a real server."""

import itertools

import numpy as np
import pytest

from scenebox_ros.codecs.images import encode_png
from scenebox_ros.server.store.naming import Name

numbers = itertools.count()
SPACE = 'similarity_images_histogram_intensities'


@pytest.fixture(scope='module')
def client(server):
    with server.client() as opened:
        yield opened


@pytest.fixture(scope='module')
def ask(client):
    def send(method, path, body=None, status=200):
        reply = client.request(method, f'/v1/{path}', json=body)
        assert reply.status_code == status, reply.text
        return reply.json()

    return send


@pytest.fixture(scope='module')
def finish(server):
    return lambda reply: server.core.jobs.wait(reply['job_id'], 60)


@pytest.fixture(scope='module')
def images(server, ask):
    def make(*colours):
        owner = server.core.identities.identify(server.token).organization_id
        names = []
        for colour in colours:
            name = f'pic_{next(numbers)}'
            pixels = np.full((20, 20, 3), colour, np.uint8)
            stored = server.core.objects.put(Name(owner, f'{name}/p.png'), encode_png(pixels))
            ask('PUT', f'assets/meta/{name}?asset_type=images&replace=True', {
                'object_access': {'uri': stored.uri}, 'timestamp': '2024-01-01T00:00:00Z',
            })  # fmt: skip
            names.append(name)
        return names

    return make


def inference(ids, **more):
    return {'model': 'histogram', 'obtain_mask': False, 'obtain_bbox': False,
            'obtain_object_entities': False, 'obtain_embeddings': True, 'asset_type': 'images',
            'ids': ids, **more}  # fmt: skip


@pytest.fixture(scope='module')
def described(ask, finish, images):
    """Two dark images, two bright ones, all with histograms."""
    ids = images((10, 20, 30), (11, 20, 30), (200, 220, 240), (201, 220, 240))
    finish(ask('POST', 'models/model_inference', inference(ids)))
    return ids


def similar(ask, asset, count=10):
    return ask('POST', 'similarity_search/similarity_search', {
        'ids': [asset], 'similar_asset_count': count, 'index_name': SPACE, 'asset_type': 'images',
    })[0]  # fmt: skip


def test_the_histogram_model_makes_embeddings(server, ask, described):
    document = ask('GET', f'assets/meta/{described[0]}?asset_type=images')
    number = document['embeddings'][SPACE]
    embedding = ask('GET', f'assets/meta/{number}?asset_type=embeddings')
    stored = server.core.objects.find_uri(embedding['object_access']['uri'])
    vector = np.frombuffer(server.core.objects.read(stored), np.float32)

    assert (embedding['ndim'], len(vector)) == (256, 256)
    assert embedding['index_name'] == SPACE
    # Brightness, blue, green and red each fall into one of 64 bins: here of 4 levels each.
    assert vector.reshape(4, 64)[1:].argmax(axis=1).tolist() == [2, 5, 7]
    assert vector.sum() == pytest.approx(4)


def test_similar_images_are_found(ask, described):
    dark, darker, bright, _ = described

    assert similar(ask, dark)[0] == darker
    assert similar(ask, bright, 1) == [described[3]]


def test_more_images_than_are_compared_at_once_are_refused(ask):
    body = {'ids': ['i'] * 101, 'index_name': SPACE, 'asset_type': 'images'}

    assert '101 ids' in str(ask('POST', 'similarity_search/similarity_search', body, 400))


def test_an_image_without_a_vector_is_not_found(ask):
    body = {'ids': ['none'], 'similar_asset_count': 3, 'index_name': SPACE, 'asset_type': 'images'}

    assert ask('POST', 'similarity_search/similarity_search', body, 404)


def test_embeddings_of_a_client_are_indexed(server, ask, finish):
    owner = server.core.identities.identify(server.token).organization_id
    for asset, vector in [('x', [1.0, 0.0]), ('y', [0.9, 0.1]), ('z', [0.0, 1.0])]:
        body = np.array(vector, np.float32).tobytes()
        stored = server.core.objects.put(Name(owner, f'e/{asset}'), body)
        ask('PUT', f'assets/meta/emb_{asset}?asset_type=embeddings&replace=True', {
            'media_type': 'lidars', 'asset_id': asset, 'model': 'M.1', 'version': 'v', 'ndim': 2,
            'index_name': 'similarity_lidars_m_1_v', 'object_access': {'uri': stored.uri},
        })  # fmt: skip
    result = finish(ask('POST', 'similarity_search/bulk_index',
                        {'embedding_ids': ['emb_x', 'emb_y', 'emb_z']}))  # fmt: skip
    found = ask('POST', 'similarity_search/similarity_search', {
        'ids': ['x', 'z'], 'similar_asset_count': 2, 'index_name': 'similarity_lidars_m_1_v',
        'asset_type': 'lidars',
    })  # fmt: skip

    assert result == {'indexed': 3, 'spaces': ['similarity_lidars_m_1_v']}
    assert found == [['y', 'z'], ['y', 'x']]


def test_other_models_say_that_they_are_not_there(ask, described):
    reply = ask('POST', 'models/model_inference', inference(described, model='mask_rcnn'), 501)

    assert 'it runs histogram' in reply['error']['message']


def test_sets_are_compared(ask, finish, images, described):
    more = images((10, 21, 30), (200, 220, 250))
    finish(ask('POST', 'models/model_inference', inference(more)))
    for name, members in [('dark', [*described[:2], more[0]]), ('bright', described[2:]),
                          ('mixed', more)]:  # fmt: skip
        ask('POST', 'sets/add/', {'name': name, 'assets_type': 'images'})
        finish(ask('POST', f'sets/{name}/add_assets_list/', {'asset_list': members}))
    body = {'sets': ['dark', 'bright', 'mixed'], 'index_name': SPACE, 'metric_type': 'wasserstein',
            'metric_params': {'num_projections': 10, 'num_seeds': 3}}  # fmt: skip
    assert finish(ask('POST', 'sets_comparisons/compare_sets/', body)) == {'compared': 3}
    found = ask('POST', 'sets_comparisons/comparison_matrix/',
                {'search': None, 'index_name': SPACE})  # fmt: skip
    distance = {(entry['set_1'], entry['set_2']): entry['distance'] for entry in found}

    assert distance['dark', 'mixed'] < distance['dark', 'bright']
    ask('POST', 'sets_comparisons/compare_sets/', {'sets': ['dark'], 'index_name': SPACE}, 400)


def test_maps_need_umap_and_new_assets_are_placed_without_it(ask, finish, images, described):
    known, new = described[:3], described[3]
    for asset, place in zip(known, [[0, 0], [0, 0], [8, 8]], strict=True):
        change = {'umap': {SPACE: {'coordinates': place}}}
        ask('PUT', f'assets/meta/{asset}?asset_type=images', change)
    body = {'search': {'filters': [{'field': 'id', 'values': described}]}, 'index_name': SPACE,
            'asset_type': 'images', 'n_neighbors': 20, 'min_dist': 0.3, 'train_size': 100}
    finish(ask('POST', 'embeddings/create_umap_from_assets', {**body, 'transform_only': True}))
    placed = ask('GET', f'assets/meta/{new}?asset_type=images')['umap'][SPACE]['coordinates']

    assert placed[0] > 6


def test_a_space_is_removed_everywhere(ask, finish, images):
    (asset,) = images((1, 2, 3))
    ask('PUT', 'assets/meta/e1?asset_type=embeddings&replace=True',
        {'media_type': 'images', 'index_name': 'gone', 'asset_id': asset})  # fmt: skip
    change = {'embeddings': {'gone': 'e1', 'kept': 'e2'},
              'umap': {'gone': {'coordinates': [1, 2]}}}
    ask('PUT', f'assets/meta/{asset}?asset_type=images', change)
    result = finish(ask('POST', 'embeddings/remove_embedding_space/',
                        {'index_name': 'gone', 'asset_type': 'images'}))  # fmt: skip
    document = ask('GET', f'assets/meta/{asset}?asset_type=images')

    assert result == {'removed': 1}
    assert document['embeddings'] == {'kept': 'e2'}
    assert document['umap'] == {}
