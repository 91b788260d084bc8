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

"""Annotations against a real server."""

import itertools

import numpy as np
import pytest

from scenebox_ros.codecs.images import decode_image, encode_png
from scenebox_ros.errors import InvalidAnnotationError
from scenebox_ros.server.annotations.agreement import match
from scenebox_ros.server.store.naming import Name

numbers = itertools.count()


@pytest.fixture
def image(server, ask):
    """Upload an image, red inside of (10, 20) to (30, 50); give its id."""

    def make(**document):
        pixels = np.zeros((100, 80, 3), np.uint8)
        pixels[20:50, 10:30] = (0, 0, 255)
        name = f'pic_{next(numbers)}'
        owner = server.core.identities.identify(server.token).organization_id
        stored = server.core.objects.put(Name(owner, f'{name}/p.png'), encode_png(pixels))
        ask('PUT', f'assets/meta/{name}?asset_type=images&replace=True', {
            'object_access': {'uri': stored.uri}, 'timestamp': '2024-01-01T00:00:00Z',
            'width': 80, 'height': 100, 'sensor': 'cam', **document,
        })  # fmt: skip
        return name

    return make


def rectangle(left, top, right, bottom, label):
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return {'uid': f'u{next(numbers)}', 'label': label, 'annotation_type': 'two_d_bounding_box',
            'coordinates': [{'x': x, 'y': y} for x, y in corners]}


@pytest.fixture
def annotate(ask):
    """Add an annotation as the original client does; give its id."""

    def make(asset, *entities, provider='human', group='ground_truth', version='v1'):
        name = f'ann_{next(numbers)}'
        document = {
            'timestamp': '2024-01-01T00:00:00Z', 'asset_id': asset, 'media_type': 'images',
            'provider': provider, 'annotation_type': 'two_d_bounding_box', 'sensor': 'cam',
            'annotation_entities': list(entities), 'annotation_group': group, 'version': version,
            'labels': sorted({entity['label'] for entity in entities}),
        }  # fmt: skip
        ask('PUT', f'assets/meta/{name}?asset_type=annotations&replace=True', document)
        ask('PUT', f'assets/meta/{asset}?asset_type=images', {
            'annotations': [name], 'annotations_meta': [{'provider': provider, 'id': name}],
        })  # fmt: skip
        return name

    return make


def test_sources_and_labels_are_listed(ask, image, annotate):
    here, there = image(sensor='here'), image()
    annotate(here, rectangle(0, 0, 9, 9, 'zebra'), provider='zoo')
    annotate(there, rectangle(0, 0, 9, 9, 'yak'), provider='farm', version=None)
    search = {'filters': [{'field': 'sensor', 'values': ['here']}]}
    everything = ask('POST', 'annotations/annotation_sources', {})

    assert ask('POST', 'annotations/annotation_sources', search) == [{
        'provider': 'zoo', 'version': 'v1', 'annotation_group': 'ground_truth',
        'annotation_type': 'two_d_bounding_box',
    }]  # fmt: skip
    assert {'farm', 'zoo'} <= {source['provider'] for source in everything}
    assert ask('POST', 'annotations/annotation_labels', search) == ['zebra']
    assert {'yak', 'zebra'} <= set(ask('POST', 'annotations/annotation_labels'))


def test_objects_are_cut_out_with_a_margin(server, ask, finish, image, annotate):
    asset = image()
    annotation = annotate(asset, rectangle(10, 20, 30, 50, 'car'), rectangle(900, 9, 999, 99, 'x'))
    ask('POST', 'sets/add/', {'name': 'cut outs', 'assets_type': 'objects'})
    result = finish(ask('POST', 'annotations/annotations_to_objects', {
        'ids': [annotation], 'create_objects': True, 'margin_ratio': 0.1, 'margin_pixels': None,
        'output_set_id': 'cut_outs', 'source_annotation_type': None,
    }))  # fmt: skip
    (name,) = result['ids']
    made = ask('GET', f'assets/meta/{name}?asset_type=objects')
    stored = server.core.objects.find_uri(made['object_access']['uri'])
    pixels = decode_image(server.core.objects.read(stored))

    assert made['bounding_box'] == {'x_min': 8, 'y_min': 17, 'x_max': 32, 'y_max': 53}
    assert pixels.shape[:2] == (36, 24)
    assert pixels[18, 12].tolist() == [0, 0, 255]
    assert pixels[0, 0].tolist() == [0, 0, 0]
    assert made['area'] == 600
    assert ask('POST', 'sets/cut_outs/list_assets/', {}) == {'results': [name]}
    aux = ask('GET', f'assets/meta/{asset}?asset_type=images')['aux']
    assert aux['area_human']['car'] == 600


def test_objects_are_cut_to_what_the_image_really_is(server, ask, finish, image, annotate):
    for said in ({'width': None, 'height': None}, {'width': 4000, 'height': 3000}):
        annotation = annotate(image(**said), rectangle(70, 90, 80, 100, 'end'),
                              rectangle(500, 500, 600, 600, 'far'))  # fmt: skip
        reply = ask('POST', 'annotations/annotations_to_objects', {
            'ids': [annotation], 'create_objects': True, 'margin_pixels': 5})  # fmt: skip
        (name,) = finish(reply)['ids']
        made = ask('GET', f'assets/meta/{name}?asset_type=objects')

        assert (made['width'], made['height']) == (15, 15)
        assert made['bounding_box']['x_max'] == 80


def test_an_annotation_of_nonsense_does_not_stop_the_others(
    ask, finish, image, annotate, caplog
):
    good = annotate(image(), rectangle(0, 0, 10, 10, 'car'))
    odd = [annotate(image(), {'label': 'x', 'uid': 'u', **more}) for more in (
        {'coordinates': [{'x': None, 'y': 1}]}, {'coordinates': 5},
        {'coordinates': [{'x': [1], 'y': {}}]},
    )]  # fmt: skip
    access = annotate(image(object_access=['odd']), rectangle(0, 0, 10, 10, 'car'))
    reply = ask('POST', 'annotations/annotations_to_objects/', {
        'ids': [*odd, access, good], 'create_objects': True})  # fmt: skip
    result = finish(reply)
    notes = ask('GET', f'assets/meta/{reply["job_id"]}?asset_type=jobs')['notes']

    assert result['objects'] == 1
    assert {note.split(':')[0] for note in notes} == {*odd, access}
    assert 'Traceback' in caplog.text


def test_objects_are_part_of_the_session(ask, finish, image, annotate):
    uid = ask('POST', 'sessions/add/', {'session_name': 'objects seen'})['session_uid']
    annotation = annotate(image(), rectangle(1, 1, 5, 5, 'car'), rectangle(3, 3, 9, 9, 'bus'))
    body = {'ids': [annotation], 'session_uid': uid, 'add_to_session': True}
    finish(ask('POST', 'annotations/annotations_to_objects', body))
    data = ask('POST', f'session_manager/field_data/{uid}', {'session_fields': ['objects']})
    search = {'filters': [{'field': 'objects', 'values': ['car.cam.human']}]}

    assert data['objects'] == [['bus.cam.human', 'car.cam.human']]
    assert uid in ask('POST', 'session_manager/search/', search)


def test_a_source_is_removed_and_its_assets_forget_it(ask, finish, image, annotate):
    one, two = image(sensor='one'), image(sensor='two')
    gone = annotate(one, rectangle(0, 0, 9, 9, 'a'), provider='bad')
    kept = annotate(one, rectangle(0, 0, 9, 9, 'a'), provider='good')
    elsewhere = annotate(two, rectangle(0, 0, 9, 9, 'a'), provider='bad')
    result = finish(ask('POST', 'annotations/remove_sources/', {
        'annotation_sources': [{'provider': 'bad', 'version': 'v1'}], 'asset_type': 'images',
        'asset_filters': {'filters': [{'field': 'sensor', 'values': ['one']}]},
    }))  # fmt: skip
    document = ask('GET', f'assets/meta/{one}?asset_type=images')

    assert result == {'removed': 1}
    assert document['annotations'] == [kept]
    assert [meta['id'] for meta in document['annotations_meta']] == [kept]
    assert ask('GET', f'assets/exists/{gone}?asset_type=annotations') is False
    assert ask('GET', f'assets/exists/{elsewhere}?asset_type=annotations') is True
    ask('POST', 'annotations/remove_sources/', {'annotation_sources': [{}],
                                                'asset_type': 'images'}, 400)  # fmt: skip


def test_two_annotations_are_compared(ask, finish, image, annotate):
    tasks = set()
    for sensor in ('left', 'right'):
        asset = image(sensor=sensor)
        annotate(asset, rectangle(0, 0, 10, 10, 'vehicle.car'), rectangle(50, 50, 60, 60, 'bus'))
        annotate(asset, rectangle(0, 0, 10, 8, 'car'), provider='net', group='model_generated')
        reply = ask('POST', 'annotations_comparisons/compare_annotation_pairs/',
                    {'asset_id': asset, 'asset_type': 'images'})  # fmt: skip
        tasks.add(reply['comparison_task_id'])
        finish(reply)
    (task,) = tasks
    search = {'filters': [{'field': 'comparison_task_id', 'values': [task]}]}

    def metrics(threshold):
        body = {'search': search, 'iou_threshold': threshold}
        return ask('POST', 'annotations_comparisons/performance_metrics/', body)

    assert metrics(0.0)['car']['f1'] == 1.0
    assert metrics(0.0)['bus'] == {'precision': 0.0, 'recall': 0.0, 'f1': 'N/A',
                                   'true_positive': 0, 'false_positive': 0, 'false_negative': 2}
    assert metrics(0.9)['car']['f1'] == 'N/A'
    assert metrics(0.8)['car']['precision'] == 1.0
    by_sensor = ask('POST', 'annotations_comparisons/performance_metrics_per_dimension/', {
        'summary_request': {'search': {}, 'dimensions': ['sensor']}, 'iou_threshold': 0.0,
        'comparison_task_id': task, 'force_recalculation': False,
    })  # fmt: skip
    assert by_sensor['performances'].keys() == {'left', 'right'}
    assert by_sensor['performances']['left']['car']['true_positive'] == 1


def test_metrics_of_nothing_end_in_an_aborted_job(server, ask):
    reply = ask('POST', 'annotations_comparisons/performance_metrics_per_dimension/', {
        'summary_request': {'search': None, 'dimensions': ['sensor']}, 'iou_threshold': 0.0,
        'comparison_task_id': 'none', 'force_recalculation': False,
    })  # fmt: skip

    assert reply['performances'] == {}
    with pytest.raises(Exception, match="has 'sensor'; choose another field"):
        server.core.jobs.wait(reply['job_id'], 30)


def test_a_pair_that_cannot_be_found_is_refused(ask, image):
    body = {'asset_id': image(), 'asset_type': 'images'}
    reply = ask('POST', 'annotations_comparisons/compare_annotation_pairs/', body, 400)

    assert 'has 0 annotations' in reply['error']['message']


@pytest.fixture
def masked(server, ask):
    """An annotation with a mask: a red square, and a blue one that is not there."""
    mask = np.zeros((640, 480, 3), np.uint8)
    mask[10:30, 10:20] = (0, 0, 255)
    owner = server.core.identities.identify(server.token).organization_id
    stored = server.core.objects.put(Name(owner, f'm{next(numbers)}.png'), encode_png(mask))
    name = f'mask_{next(numbers)}'
    ask('PUT', f'assets/meta/{name}?asset_type=annotations&replace=True', {
        'asset_id': 'a', 'media_type': 'images', 'annotation_type': 'segmentation', 'tags': [],
        'masks': {'m': {'uri': stored.uri}}, 'annotation_entities': [
            {'uid': 'r', 'label': 'red', 'mask_id': 'm', 'mask_color': '#ff0000'},
            {'uid': 'b', 'label': 'blue', 'mask_id': 'm', 'mask_color': '#00f'},
        ],
    })  # fmt: skip
    return name


def test_entities_that_are_not_in_their_mask_are_dropped(ask, finish, masked):
    body = {'ids': [masked], 'force_reclean': False}
    first = finish(ask('POST', 'annotations/cleanup_annotation_masks', body))
    again = finish(ask('POST', 'annotations/cleanup_annotation_masks', body))
    document = ask('GET', f'assets/meta/{masked}?asset_type=annotations')

    assert (first['dropped'], again['dropped']) == (1, 0)
    assert [(one['label'], one['area']) for one in document['annotation_entities']] == [
        ('red', 200.0)
    ]
    assert (document['labels'], document['tags']) == (['red'], ['cleaned'])


def test_masks_are_shrunk_without_mixing_colours(server, ask, finish, masked):
    finish(ask('POST', 'annotations/compress_masks_batch',
               {'ids': [masked], 'thumbnail_tag': 'small'}))  # fmt: skip
    entry = ask('GET', f'assets/meta/{masked}?asset_type=annotations')['thumbnails']['small_m']
    stored = server.core.objects.find_uri(entry['object_access']['uri'])
    small = decode_image(server.core.objects.read(stored))

    assert small.shape[:2] == (320, 240)
    assert {tuple(colour) for colour in small.reshape(-1, 3)} == {(0, 0, 0), (0, 0, 255)}


def test_everything_of_an_organization_can_be_deleted(server):
    with server.client(server.user('admin', 'Cleaners')) as admin:
        admin.put('/v1/assets/meta/x?asset_type=images&replace=True', json={})
        uid = admin.post('/v1/sessions/add/', json={'session_name': 's'}).json()['session_uid']
        reply = admin.post('/maintenance/cleanup').json()
        server.core.jobs.wait(reply['job_id'], 30)

        assert admin.get('/v1/assets/exists/x?asset_type=images').json() is False
        assert admin.get(f'/v1/session_manager/resolution_status/{uid}').status_code == 404
    with server.client(server.user('data_provider', 'Cleaners')) as user:
        assert user.post('/maintenance/cleanup').status_code == 403


def test_more_entities_than_are_compared_are_refused():
    box = {'label': 'car', 'annotation_type': 'two_d_bounding_box', 'uid': 'u', 'coordinates': [
        {'x': 0, 'y': 0}, {'x': 1, 'y': 0}, {'x': 1, 'y': 1}, {'x': 0, 'y': 1}]}  # fmt: skip

    with pytest.raises(InvalidAnnotationError, match='2001 entities; at most 2000'):
        match([box] * 2001, [box])
