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


"""Annotations out of COCO, Scale and Deepen, and into Scale."""

import json
import math

import pytest

from scenebox_ros.errors import InvalidAnnotationError
from scenebox_ros.model.annotation import BoundingBox, BoundingBoxAnnotation
from scenebox_ros.model.annotation.coco import CocoAnnotation
from scenebox_ros.model.annotation.deepen import DeepenAnnotation
from scenebox_ros.model.annotation.scale import convert_to_scale_format, ScaleAnnotation

IMAGE = {'file_name': 'A-1.png', 'date_captured': '2021-01-01 10:00:00'}
CATEGORIES = [{'id': 3, 'name': 'cat'}]


def corners(entity):
    return [tuple(corner.values()) for corner in entity.to_dic()['coordinates']]


def coco(annotation_type='two_d_bounding_box', **entry):
    entry = {'category_id': 3, 'bbox': [1, 2, 3, 4], **entry}
    return CocoAnnotation(IMAGE, [entry], CATEGORIES, annotation_type, provider='prov')


def test_a_coco_box_is_read_as_in_the_protocol():
    annotation = coco()

    assert (annotation.id, annotation.asset_id) == ('a_1.png_prov', 'a_1.png')
    assert annotation.to_dic()['timestamp'] == '2021-01-01T10:00:00+00:00'
    assert corners(annotation.annotation_entities[0]) == [(1, 2), (4, 2), (4, 6), (1, 6)]
    assert annotation.labels == ['cat']
    assert annotation.sets == []


def test_every_part_of_a_coco_polygon_is_an_entity():
    annotation = coco('polygon', segmentation=[[0, 0, 1, 0, 1, 1], [5, 5, 6, 5, 6, 6]])

    assert [corners(entity)[0] for entity in annotation.annotation_entities] == [(0, 0), (5, 5)]


@pytest.mark.parametrize(
    'fields', [{'annotation_type': 'point'}, {'category_id': 9},
               {'annotation_type': 'polygon', 'segmentation': [[1, 2, 3]]}],
)
def test_coco_that_cannot_be_read_is_refused(fields):
    with pytest.raises(InvalidAnnotationError):
        coco(**fields)


def test_coco_needs_a_provider():
    with pytest.raises(TypeError, match='provider'):
        CocoAnnotation(IMAGE, [], CATEGORIES, 'polygon')


# -- Scale


def task(geometry='box', annotations=None, **fields):
    return {'task': {
        'task_id': 'Task-1', 'status': 'completed', 'type': 'imageannotation',
        'created_at': '2021-01-01T00:00:00Z',
        'metadata': {'asset_id': 'Img 1', 'output_set_id': 'set_1'},
        'params': {'geometries': {geometry: {}}},
        'response': {'annotations': annotations or [
            {'left': 1, 'top': 2, 'width': 3, 'height': 4, 'label': 'car', 'uuid': 'U-1'}
        ]},
        **fields,
    }}


def test_a_box_of_scale_is_read():
    annotation = ScaleAnnotation(task())

    assert (annotation.id, annotation.asset_id) == ('task_1.ann', 'img_1')
    assert annotation.sets == ['set_1']
    assert annotation.annotation_entities[0].uid == 'u_1'
    assert corners(annotation.annotation_entities[0]) == [(1, 2), (4, 2), (4, 6), (1, 6)]
    assert json.loads(annotation.raw_annotation_str) == task()


def test_what_scale_fixed_is_laid_over_what_was_sent():
    ours = [{'left': 0, 'top': 0, 'width': 1, 'height': 1, 'label': name, 'uuid': name}
            for name in ('a', 'b')]
    theirs = [{**ours[1], 'label': 'c'}]
    metadata = {'asset_id': 'i', 'output_set_id': 's', 'workflow': 'fix',
                'receiving_strategy': 'merge_update_hypothesis'}
    params = {'geometries': {'box': {}}, 'hypothesis': {'annotations': ours}}

    assert ScaleAnnotation(task(annotations=theirs, metadata=metadata, params=params)).labels == [
        'a', 'c'
    ]
    with pytest.raises(AssertionError, match='receiving_strategy'):
        ScaleAnnotation(task(metadata={**metadata, 'receiving_strategy': ''}))


def test_segments_of_scale_reference_their_masks():
    response = {'annotations': {'unlabeled': 'http://x/u.png', 'labeled': {'car': ['http://x/m.png']}}}
    annotation = ScaleAnnotation(task(type='segmentannotation', response=response))

    assert annotation.labels == ['unlabeled', 'car']
    assert annotation.to_dic()['masks']['cb8b2bd35cb5be0b9df17286fe1bfb3c'] == {
        'url': 'http://x/m.png'
    }


def test_cuboids_of_scale_are_turned_and_moved():
    cuboid = {
        'position': {'x': 10, 'y': 0, 'z': 0}, 'dimensions': {'x': 4, 'y': 2, 'z': 2},
        'yaw': math.pi / 2, 'label': 'car', 'uuid': 'u', 'camera_used': 1,
    }
    annotation = ScaleAnnotation(
        task(type='lidarannotation', response={'annotations': [cuboid]})
    )
    placed = corners(annotation.annotation_entities[0])

    assert annotation.media_type == 'lidars'
    # Top left of the front: signs - + +, turned by 90 degrees about z.
    assert placed[0] == pytest.approx((9, -2, 1))
    assert annotation.annotation_entities[0].attributes == {'camera_used': 1}


@pytest.mark.parametrize('fields', [{'status': 'pending'}, {'type': 'videoannotation'}])
def test_a_task_that_cannot_be_read_is_refused(fields):
    with pytest.raises(InvalidAnnotationError):
        ScaleAnnotation(task(**fields))


def test_a_box_is_written_for_scale():
    box = BoundingBox(label='Car', x_min=1, x_max=4, y_min=2, y_max=6, uid='u')
    document = {**BoundingBoxAnnotation([box], asset_id='a').to_dic(), 'id': 'ann_1'}

    assert convert_to_scale_format(document) == (
        [{'left': 1, 'top': 2, 'width': 3, 'height': 4, 'label': 'car', 'uuid': 'u',
          'annotation_id': 'ann_1'}],
        ['Car'],
    )
    with pytest.raises(NotImplementedError, match='ellipse'):
        convert_to_scale_format({**document, 'annotation_type': 'ellipse'})


# -- Deepen


def deepen(labels, file_id='Img 1'):
    meta = {'id': 'task_', 'timestamp': '2021-01-01T00:00:00Z', 'sets': ['set_1', 'set_2'],
            'state': json.dumps({'done': ['Img 1'], 'count': 1})}
    return DeepenAnnotation(meta, file_id, labels)


def test_labels_of_deepen_are_read_and_unreadable_ones_left_out(caplog):
    annotation = deepen([
        {'label_type': 'box', 'box': [1, 2, 3, 4], 'label_category_id': 'car'},
        {'label_type': 'circle', 'label_category_id': 'car'},
    ])

    assert (annotation.id, annotation.asset_id) == ('task_img_1.ann', 'img_1')
    assert annotation.sets == ['set_1']
    assert len(annotation.annotation_entities) == 1
    assert 'circle' in caplog.text


def test_a_polygon_of_deepen_is_closed():
    label = {'label_type': 'polygon', 'label_id': 'L', 'label_category_id': 'road',
             'polygons': [[[0, 0], [1, 0], [1, 1]]]}
    entity = deepen([label]).annotation_entities[0]

    assert entity.uid == 'img_1_l_0'
    assert corners(entity)[-1] == (0, 0)


def test_a_file_must_be_in_the_task():
    with pytest.raises(ValueError, match="'other' is not in the task"):
        deepen([], 'other')
