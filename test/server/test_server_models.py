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

"""Models that the operator registers: an ONNX file made here, and a real endpoint."""

import base64
import hashlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
import threading

import numpy as np
import pytest

from scenebox_ros.codecs.images import decode_image, encode_png
from scenebox_ros.errors import DependencyError, JobError
from scenebox_ros.server.models.registry import find, read
from scenebox_ros.server.store.naming import Name


@pytest.fixture(scope='module')
def folder(server):
    (server.folder / 'models').mkdir()
    return server.folder / 'models'


@pytest.fixture(scope='module')
def client(server):
    with server.client() as opened:
        yield opened


@pytest.fixture(scope='module')
def run(server, client):
    """Run a model over one asset, wait, and give what the job says."""

    def start(model, asset, **wishes):
        body = {'model': model, 'ids': [asset], 'asset_type': 'images', **wishes}
        reply = client.post('/v1/models/model_inference', json=body)
        assert reply.status_code == 200, reply.text
        return server.core.jobs.wait(reply.json()['job_id'], 120)

    return start


@pytest.fixture(scope='module')
def image(server, client):
    """An image of 40 x 20 pixels whose left half is red and whose right half is blue."""
    uid = client.post('/v1/sessions/add/', json={'session_name': 'seen'}).json()['session_uid']
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20, 2] = 255
    pixels[:, 20:, 0] = 255
    name = Name(server.core.identities.identify(server.token).organization_id, 'm/p.png',
                'image/png')  # fmt: skip
    stored = server.core.objects.put(name, encode_png(pixels))
    client.put('/v1/assets/meta/halves?asset_type=images&replace=True', json={
        'object_access': {'uri': stored.uri}, 'timestamp': '2024-01-01T00:00:00Z',
        'sensor': 'main', 'session_uid': uid,
    })  # fmt: skip
    return 'halves'


def document(client, name, kind='images'):
    return client.get(f'/v1/assets/meta/{name}', params={'asset_type': kind}).json()


def register_onnx(folder):
    """Write a model: mean colours as embedding and as scores, and one box that never changes."""
    onnx = pytest.importorskip('onnx')
    from onnx import helper, TensorProto

    numbers = {'boxes': ([[[1.0, 2.0, 5.0, 8.0]]], TensorProto.FLOAT, [1, 1, 4]),
               'box_scores': ([[0.75]], TensorProto.FLOAT, [1, 1]),
               'box_labels': ([[2]], TensorProto.INT64, [1, 1])}  # fmt: skip
    nodes = [
        helper.make_node('ReduceMean', ['image'], ['means'], axes=[2, 3], keepdims=0),
        helper.make_node('Identity', ['means'], ['embedding']),
        helper.make_node('Identity', ['means'], ['scores']),
    ]
    outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 3])
               for n in ('embedding', 'scores')]  # fmt: skip
    for name, (value, kind, shape) in numbers.items():
        constant = helper.make_tensor(name, kind, shape, np.array(value).ravel())
        nodes.append(helper.make_node('Constant', [], [name], value=constant))
        outputs.append(helper.make_tensor_value_info(name, kind, shape))
    given = [helper.make_tensor_value_info('image', TensorProto.FLOAT, [1, 3, 10, 10])]
    graph = helper.make_graph(nodes, 'means', given, outputs)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)], ir_version=8)
    onnx.checker.check_model(made)
    (folder / 'colours.onnx').write_bytes(made.SerializeToString())
    about = {'onnx': 'colours.onnx', 'version': 'v1', 'labels': ['red', 'green', 'blue']}
    (folder / 'colours.json').write_text(json.dumps(about))


def test_an_onnx_file_gives_embeddings_boxes_and_classes(folder, client, run, image):
    register_onnx(folder)
    result = run('colours', image, obtain_bbox=True, obtain_embeddings=True,
                 obtain_object_entities=True)  # fmt: skip
    media = document(client, image)
    box = document(client, f'colours_v1_{image}_two_d_bounding_box', 'annotations')
    named = document(client, f'colours_v1_{image}_classification', 'annotations')
    (entity,) = box['annotation_entities']
    number = media['embeddings']['similarity_images_colours_v1']

    assert (result['embeddings'], result['boxes'], result['object_entities']) == (1, 1, 1)
    # Twice as high and four times as wide as the model's 10 x 10.
    assert entity['coordinates'][0] == {'x': 4.0, 'y': 4.0}
    assert entity['coordinates'][2] == {'x': 20.0, 'y': 16.0}
    assert (entity['label'], entity['confidence']) == ('blue', 0.75)
    assert named['annotation_entities'][0]['label'] in ('red', 'blue')
    assert (box['provider'], box['version'], box['annotation_group']) == (
        'colours', 'v1', 'model_generated')  # fmt: skip
    assert {about['id'] for about in media['annotations_meta']} == {box['id'], named['id']}
    assert document(client, number, 'embeddings')['ndim'] == 3
    search = {'filters': [{'field': 'objects', 'values': ['blue.main.colours']}]}
    assert client.post('/v1/session_manager/search/', json=search).json()


def test_running_a_model_again_adds_nothing(folder, client, run, image):
    register_onnx(folder)
    run('colours', image, obtain_bbox=True)
    before = document(client, image)
    run('colours', image, obtain_bbox=True)
    after = document(client, image)

    assert after['annotations'] == before['annotations']
    assert after['annotations_meta'] == before['annotations_meta']


def test_what_the_model_is_not_sure_of_is_left_out(folder, run, image):
    register_onnx(folder)

    assert run('colours', image, obtain_bbox=True, threshold=0.8)['boxes'] == 0
    assert run('colours', image, obtain_bbox=True, classes_of_interest=['red'])['boxes'] == 0


class Endpoint(BaseHTTPRequestHandler):
    """Answers as a model would; what it was sent is kept."""

    answer = b''
    status = 200
    seen: list = []  # noqa: RUF012, the test reads it

    def do_POST(self):  # noqa: N802, the library's name
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.seen.append((self.path, dict(self.headers), body))
        self.send_response(self.status)
        self.send_header('Location', 'http://127.0.0.1:1/elsewhere')
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_):
        pass


@pytest.fixture(scope='module')
def endpoint(folder):
    httpd = ThreadingHTTPServer(('127.0.0.1', 0), Endpoint)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    about = {'url': f'http://127.0.0.1:{httpd.server_port}/predict?v=1', 'timeout_s': 20}
    (folder / 'remote.json').write_text(json.dumps(about))
    yield Endpoint
    httpd.shutdown()
    httpd.server_close()


def test_an_endpoint_gives_embeddings_boxes_and_classes(client, endpoint, run, image):
    endpoint.status = 200
    endpoint.answer = json.dumps({
        'classes': [{'label': 'night', 'confidence': 0.9}], 'embedding': [1, 2, 3],
        'boxes': [{'label': 'car', 'confidence': 0.8, 'left': 1, 'top': 2, 'right': 3,
                   'bottom': 4}],
    }).encode()  # fmt: skip
    result = run('remote', image, obtain_bbox=True, obtain_embeddings=True)
    path, headers, body = endpoint.seen[-1]

    assert (result['embeddings'], result['boxes'], result['annotations']) == (1, 1, 2)
    assert (path, headers['X-Asset-Id'], headers['Content-Type']) == (
        '/predict?v=1', image, 'image/png')  # fmt: skip
    assert body[:4] == b'\x89PNG'
    assert 'Authorization' not in headers
    found = document(client, f'remote_1_{image}_two_d_bounding_box', 'annotations')
    assert found['labels'] == ['car']


def test_an_endpoint_is_told_ids_of_any_alphabet(client, endpoint, run, image):
    endpoint.status, endpoint.answer = 200, b'{"embedding": [1, 2, 3]}'
    client.put('/v1/assets/copy/halves', params={'asset_type': 'images', 'new_id': 'größe_図'})
    run('remote', 'größe_図', obtain_embeddings=True)

    assert endpoint.seen[-1][1]['X-Asset-Id'] == 'gr%C3%B6%C3%9Fe_%E5%9B%B3'


@pytest.mark.parametrize(('status', 'answer'), [
    (500, b'{}'), (302, b'{}'), (200, b'no JSON'), (200, b'[]'), (200, b'{"boxes": [{}]}'),
    (200, b'{"embedding": ["x"]}'), (200, b'{"embedding": [1e999]}'),
])  # fmt: skip
def test_an_endpoint_that_fails_ends_the_job_with_a_reason(endpoint, run, image, status, answer):
    endpoint.status, endpoint.answer = status, answer

    with pytest.raises(JobError, match='aborted'):
        run('remote', image, obtain_embeddings=True)


def test_a_model_that_nobody_registered_is_named(client, image):
    for name in ('mask_rcnn', '../token', 'a/b', ''):
        reply = client.post('/v1/models/model_inference', json={'model': name, 'ids': [image]})
        assert (reply.status_code, reply.json()['error']['code']) == (501, 'not_installed')
        assert 'histogram' in reply.json()['error']['message']


def test_the_models_are_listed(folder, client):
    (folder / 'listed.json').write_text('{"url": "http://127.0.0.1:1/"}')

    assert {'histogram', 'listed'} <= set(client.get('/v1/models/').json()['models'])


@pytest.mark.parametrize(('given', 'reason'), [
    ({}, 'either onnx'), ({'onnx': 'absent.onnx'}, 'no file'), ([], 'one JSON object'),
    ({'url': 'file:///etc/passwd'}, 'http'), ({'url': 'http:///x'}, 'http'),
    ({'url': 'http://a/', 'onnx': 'b'}, 'either onnx'), ({'url': 'http://a/', 'x': 1}, "'x'"),
    ({'url': 'http://a/', 'outputs': {'cats': 'c'}}, 'cats'),
    ({'url': 'http://a/', 'std': [0, 1, 1]}, 'std'), ({'url': 'http://a/', 'labels': [1]}, 'text'),
])  # fmt: skip
def test_a_file_that_says_what_cannot_be_is_refused(tmp_path, given, reason):
    with pytest.raises(ValueError, match=reason):
        read('m', given, tmp_path)


def test_a_broken_file_names_the_model(tmp_path):
    (tmp_path / 'models').mkdir()
    (tmp_path / 'models' / 'm.json').write_text('{')

    with pytest.raises(DependencyError, match=r'm\.json'):
        find(tmp_path, 'm')


def register_segmentation(folder, **more):
    """Write a model whose scores of each class are the image's blue, green and red."""
    onnx = pytest.importorskip('onnx')
    from onnx import helper, TensorProto

    shape = [1, 3, 10, 10]
    graph = helper.make_graph(
        [helper.make_node('Identity', ['image'], ['pixels'])], 'segments',
        [helper.make_tensor_value_info('image', TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info('pixels', TensorProto.FLOAT, shape)],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)], ir_version=8)
    onnx.checker.check_model(made)
    (folder / 'segments.onnx').write_bytes(made.SerializeToString())
    about = {'onnx': 'segments.onnx', 'labels': ['sea', 'wood', 'fire'], 'channels': 'bgr',
             'outputs': {'mask': 'pixels'}, **more}  # fmt: skip
    (folder / 'segments.json').write_text(json.dumps(about))


def mask_pixels(client, annotation):
    """Fetch the one picture of a mask as an array; and where it is."""
    ((number, access),) = annotation['masks'].items()
    links = client.post('/v1/storage/url_from_object_access/', json=access).json()
    return number, access, decode_image(client.get(links['url']).content)


def test_an_onnx_file_gives_a_mask(folder, client, run, image):
    register_segmentation(folder, background=-1)
    result = run('segments', image, obtain_mask=True, obtain_object_entities=True)
    found = document(client, f'segments_1_{image}_segmentation', 'annotations')
    number, access, pixels = mask_pixels(client, found)
    colours = {one['label']: one['mask_color'] for one in found['annotation_entities']}

    assert (result['masks'], result['object_entities']) == (1, 1)
    # The left half is red, the right half blue, in the image's own size.
    assert colours.keys() == {'sea', 'fire'}
    assert pixels.shape == (20, 40, 3)
    for label, part in (('fire', pixels[:, :20]), ('sea', pixels[:, 20:])):
        assert (part == list(bytes.fromhex(colours[label][1:]))[::-1]).all()
    assert number == hashlib.md5(access['uri'].encode()).hexdigest()
    assert {(one['mask_id'], one['mask_type'], one['confidence'], one['annotation_type'])
            for one in found['annotation_entities']} == {
        (number, 'MultiColor', 1.0, 'segmentation')}  # fmt: skip
    assert found['labels'] == ['fire', 'sea']


def test_a_mask_is_understood_by_what_reads_masks(server, folder, client, run, image):
    register_segmentation(folder, background=-1)
    run('segments', image, obtain_mask=True)
    name = f'segments_1_{image}_segmentation'
    reply = client.post('/v1/annotations/cleanup_annotation_masks', json={'ids': [name]})

    assert server.core.jobs.wait(reply.json()['job_id'], 60)['dropped'] == 0
    areas = [one['area'] for one in document(client, name, 'annotations')['annotation_entities']]
    assert areas == [400, 400]


def test_the_background_of_a_mask_is_no_entity(folder, client, run, image):
    register_segmentation(folder)
    run('segments', image, obtain_mask=True)
    found = document(client, f'segments_1_{image}_segmentation', 'annotations')

    assert found['labels'] == ['fire']
    assert not mask_pixels(client, found)[2][:, 20:].any()


def test_an_endpoint_gives_a_mask(client, endpoint, run, image):
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :5] = (0, 0, 255)
    endpoint.status = 200
    endpoint.answer = json.dumps({'mask': {
        'png': base64.b64encode(encode_png(pixels)).decode(),
        'regions': [{'label': 'kerb', 'color': '#FF0000', 'confidence': 0.5},
                    {'label': 'sky', 'color': '#0000ff', 'confidence': 0.1}],
    }}).encode()  # fmt: skip
    result = run('remote', image, obtain_mask=True, threshold=0.2)
    found = document(client, f'remote_1_{image}_segmentation', 'annotations')
    (entity,) = found['annotation_entities']

    assert result['masks'] == 1
    assert (entity['label'], entity['mask_color']) == ('kerb', '#ff0000')
    assert (mask_pixels(client, found)[2] == pixels).all()


@pytest.mark.parametrize('mask', [
    {'png': 'AAAA', 'regions': []}, {'png': '***', 'regions': []}, {'regions': []}, 'mask',
])  # fmt: skip
def test_a_mask_that_is_none_ends_the_job(endpoint, run, image, mask):
    endpoint.status, endpoint.answer = 200, json.dumps({'mask': mask}).encode()

    with pytest.raises(JobError, match='aborted'):
        run('remote', image, obtain_mask=True)


def test_wishes_that_no_model_here_understands_are_said_in_the_job(server, client, image):
    body = {'ids': [image], 'image_size': 64}
    jobs = [client.post(f'/v1/{path}', json={**body, **more}).json()['job_id'] for path, more in (
        ('models/model_inference', {'model': 'histogram', 'obtain_embeddings': True}),
        ('images/image_properties_enrichment', {'properties': None}),
    )]  # fmt: skip
    for number in jobs:
        server.core.jobs.wait(number, 60)
        (note,) = document(client, number, 'jobs')['notes']
        assert note.startswith('image_size means nothing')


def test_a_model_without_masks_says_so_in_the_job(server, client, endpoint, image):
    endpoint.status, endpoint.answer = 200, b'{"embedding": [1, 2, 3]}'
    reply = client.post('/v1/models/model_inference', json={
        'model': 'remote', 'ids': [image], 'obtain_mask': True}).json()  # fmt: skip
    server.core.jobs.wait(reply['job_id'], 60)

    assert document(client, reply['job_id'], 'jobs')['notes'] == ['remote gave no mask']
