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


"""Annotations, with the protocol's own examples."""

import json

import pytest

from scenebox_ros.errors import InvalidAnnotationError
from scenebox_ros.model.annotation import (
    Annotation,
    AnnotationEntity,
    BoundingBox,
    BoundingBoxAnnotation,
    ClassificationAnnotation,
    Connection,
    Cuboid2D,
    Cuboid2DAnnotation,
    Cuboid3D,
    Cuboid3DAnnotation,
    Ellipse,
    EllipseAnnotation,
    Label,
    Line,
    LineAnnotation,
    Point,
    PointAnnotation,
    Polygon,
    PolygonAnnotation,
    Pose,
    PoseAnnotation,
    SegmentationAnnotation,
)

COMMON = {
    'id': 'Ann 1', 'timestamp': '2021-01-01T00:00:00+00:00', 'image_id': 'Img-1.png',
    'provider': 'my_model', 'version': 'v1', 'annotation_group': 'model_generated',
}
WORKED = (
    '{"session_uid": null, "timestamp": "2021-01-01T00:00:00+00:00", "asset_id": "img_1.png", '
    '"media_type": "images", "provider": "my_model", "annotation_type": "two_d_bounding_box", '
    '"annotation_entities": [{"uid": "u_1", "label": "car", "annotation_type": '
    '"two_d_bounding_box", "attributes": {"track_id": 3}, "related_annotations": [], '
    '"category_id": 7, "coordinates": [{"x": 1.0, "y": 2.0}, {"x": 3.0, "y": 2.0}, '
    '{"x": 3.0, "y": 5.0}, {"x": 1.0, "y": 5.0}], "confidence": 0.5}], "sets": [], '
    '"labels": ["car"], "label_status": null, "sensor": null, "version": "v1", '
    '"annotation_group": "model_generated", "masks": {}, "frame": null, "tags": [], "aux": []}'
)
CORNERS = ('tl1', 'bl1', 'tr1', 'br1', 'tl2', 'bl2', 'tr2', 'br2')


def box(**fields):
    sides = {'x_min': 1, 'x_max': 3, 'y_min': 2, 'y_max': 5}
    return BoundingBox(**{'label': 'car', **sides, **fields})


def entity_of(annotation):
    entity = dict(annotation.to_dic()['annotation_entities'][0])
    entity.pop('uid')
    return entity


def test_a_bounding_box_is_written_as_in_the_protocol():
    given = box(confidence=0.5, category_id=7, attributes={'track_id': 3}, uid='U-1')
    annotation = BoundingBoxAnnotation([given], **COMMON)

    assert annotation.id == 'ann_1'
    assert json.dumps(annotation.to_dic()) == WORKED


def test_a_polygon_keeps_its_vertices():
    polygon = Polygon(label='p', coordinates=[(1, 2), (3, 4), (5, 6)])

    assert entity_of(PolygonAnnotation([polygon], **COMMON))['coordinates'] == [
        {'x': 1.0, 'y': 2.0}, {'x': 3.0, 'y': 4.0}, {'x': 5.0, 'y': 6.0}
    ]


def test_a_line_and_a_point_are_written():
    line = LineAnnotation([Line(label='l', coordinates=[(0, 0), (4, 3)])], **COMMON)
    point = PointAnnotation([Point(label='p', left=1, top=2, category_id=2)], **COMMON)

    assert len(entity_of(line)['coordinates']) == 2
    assert entity_of(point) == {
        'label': 'p', 'annotation_type': 'point', 'attributes': {}, 'related_annotations': [],
        'category_id': 2, 'coordinates': [{'x': 1.0, 'y': 2.0}],
    }


def test_a_classification_has_no_coordinates():
    annotation = ClassificationAnnotation([Label('l', 'c', 1, 0.9)], **COMMON)

    assert entity_of(annotation) == {
        'label': 'l', 'annotation_type': 'classification', 'attributes': {},
        'related_annotations': [], 'category_id': 1, 'confidence': 0.9, 'class_name': 'c',
    }


def test_a_pose_has_keypoints_and_connections():
    pose = Pose(
        'person',
        [Point(label='nose', left=1, top=2, confidence=0.9), Point(label='eye', left=3, top=4)],
        [Connection(0, 1, 1.0)],
        {'a': 1},
    )
    entity = entity_of(PoseAnnotation([pose], **COMMON))

    assert entity['keypoints'][0] == {
        'label': 'nose', 'uid': None, 'confidence': 0.9, 'attributes': None, 'left': 1, 'top': 2,
        'category_id': None, 'geometry': None,
    }
    assert entity['connections'] == [{'start_index': 0, 'end_index': 1, 'confidence': 1.0}]


@pytest.mark.parametrize(
    'ellipse, expected',
    [
        ((10, 10, 10, 5, 0), [(20, 10), (10, 15), (0, 10), (10, 5)]),
        (
            (25, 25, 5, 10, 45),
            [
                (28.535533905932738, 28.535533905932738),
                (17.928932188134524, 32.071067811865476),
                (21.464466094067262, 21.464466094067262),
                (32.071067811865476, 17.928932188134524),
            ],
        ),
    ],
)
def test_an_ellipse_is_stored_as_the_ends_of_its_axes(ellipse, expected):
    names = ('centre_x', 'centre_y', 'radius_x', 'radius_y', 'rotation')
    given = Ellipse(label='e', **dict(zip(names, ellipse, strict=True)))
    entity = entity_of(EllipseAnnotation([given], **COMMON))

    for corner, (x, y) in zip(entity['coordinates'], expected, strict=True):
        assert (corner['x'], corner['y']) == pytest.approx((x, y))


def test_an_ellipse_needs_a_number_for_its_rotation():
    given = Ellipse(label='e', centre_x=1, centre_y=1, radius_x=1, radius_y=1)

    with pytest.raises(TypeError, match='rotation'):
        EllipseAnnotation([given], **COMMON)


def test_cuboids_keep_the_order_of_their_corners():
    flat = Cuboid2D(label='c', **{name: (i, -i) for i, name in enumerate(CORNERS)})
    solid = Cuboid3D(label='c', **{name: (i, i, i) for i, name in enumerate(CORNERS)})
    annotation = Cuboid3DAnnotation([solid], lidar_id='Lidar 1')

    assert annotation.media_type == 'lidars'
    assert [c['x'] for c in entity_of(Cuboid2DAnnotation([flat], **COMMON))['coordinates']] == [
        float(i) for i in range(8)
    ]
    assert entity_of(annotation)['coordinates'][7] == {'x': 7.0, 'y': 7.0, 'z': 7.0}


def test_a_mask_s_id_follows_from_its_place():
    annotation = SegmentationAnnotation(
        ['car', 'road'], ['#FF00aa', '#fff'], mask_urls=['http://x/m.png', None],
        mask_uris=[None, 's3://b/n.png'], **COMMON,
    )

    assert annotation.to_dic()['masks'] == {
        'cb8b2bd35cb5be0b9df17286fe1bfb3c': {'url': 'http://x/m.png'},
        '7f305c3097cd904514ed70c1673d1c65': {'filename': 'n.png', 'uri': 's3://b/n.png'},
    }
    assert entity_of(annotation)['mask_color'] == '#ff00aa'
    assert entity_of(annotation)['mask_type'] == 'MultiColor'


def test_a_local_mask_must_be_uploaded_before_it_is_stored():
    annotation = SegmentationAnnotation(
        ['car'], ['#ff00aa'], mask_file_paths=['/data/m.png'], **COMMON
    )

    assert list(annotation.masks) == ['aea4437258fbd05fb7d13f72bf6f4a7b']
    with pytest.raises(InvalidAnnotationError, match='not uploaded yet'):
        annotation.to_dic()


@pytest.mark.parametrize(
    'fields', [{'confidence': 1.5}, {'label': None}, {'x_min': -1}, {'x_max': 0}, {'y_min': None}]
)
def test_a_box_that_breaks_a_rule_is_refused(fields):
    with pytest.raises(AssertionError, match='BoundingBox'):
        box(**fields)


@pytest.mark.parametrize(
    'make, limit', [(Polygon, 500), (Line, 100)], ids=['polygon', 'line']
)
def test_shapes_have_a_limit(make, limit):
    make(label='a', coordinates=[(1, 1)] * limit)

    with pytest.raises(AssertionError, match=f'at most {limit}'):
        make(label='a', coordinates=[(1, 1)] * (limit + 1))


def test_a_connection_goes_to_a_keypoint_that_exists():
    with pytest.raises(AssertionError, match='keypoint 1; there are 1'):
        Pose('p', [Point(label='a', left=1, top=1)], [Connection(0, 1)])


def test_a_flat_cuboid_checks_its_confidence():
    with pytest.raises(AssertionError, match='confidence'):
        Cuboid2D(label='c', confidence=2, **dict.fromkeys(CORNERS, (1, 1)))


@pytest.mark.parametrize(
    'fields, told',
    [
        ({'image_id': None}, 'asset is missing'),
        ({'media_type': 'videos'}, 'has no frame'),
        ({'media_type': 'jobs'}, 'cannot be annotated'),
        ({'raw_annotation_str': 'a', 'raw_annotation_url': 'b'}, 'both given'),
    ],
)
def test_an_annotation_that_breaks_a_rule_is_refused(fields, told):
    with pytest.raises(InvalidAnnotationError, match=told):
        BoundingBoxAnnotation([box()], **{**COMMON, **fields})


def test_an_annotation_needs_a_known_type():
    with pytest.raises(InvalidAnnotationError, match="'blob' is none of segmentation"):
        Annotation(asset_id='a', annotation_type='blob')


def test_the_main_argument_is_a_list():
    with pytest.raises(InvalidAnnotationError, match='pass a list'):
        BoundingBoxAnnotation(box(), **COMMON)


def test_sets_of_the_caller_are_not_modified_and_none_is_no_set():
    sets = ['a']

    assert BoundingBoxAnnotation([box()], sets=sets, set_id='b', **COMMON).sets == ['a', 'b']
    assert sets == ['a']
    assert BoundingBoxAnnotation([box()], set_id=None, **COMMON).sets == []


def test_labels_keep_their_order_and_are_distinct():
    boxes = [box(label=label) for label in ('b', 'a', 'b')]

    assert BoundingBoxAnnotation(boxes, **COMMON).to_dic()['labels'] == ['b', 'a']


def test_a_confidence_of_zero_is_kept_and_an_integer_is_a_number():
    assert entity_of(BoundingBoxAnnotation([box(confidence=0.0)], **COMMON))['confidence'] == 0.0
    assert entity_of(BoundingBoxAnnotation([box(confidence=1)], **COMMON))['confidence'] == 1.0


@pytest.mark.parametrize(
    'fields',
    [
        {'annotation_type': 'three_d_cuboid', 'coordinates': [{'x': 1, 'y': 2, 'z': 3}] * 8},
        {
            'annotation_type': 'point', 'coordinates': [{'x': 1, 'y': 2}],
            'related_annotations': [{'uid': 'a', 'relationship': 'parent'}],
        },
        {
            'annotation_type': 'two_d_pose', 'keypoints': [Point(label='a', left=1, top=1)],
            'connections': [Connection(0, 0)],
        },
    ],
    ids=['cuboid', 'related', 'pose'],
)
def test_an_entity_is_rebuilt_from_what_was_written(fields):
    written = AnnotationEntity(label='a', **fields).to_dic()

    assert AnnotationEntity.from_dict(written).to_dic() == written


@pytest.mark.parametrize(
    'fields, told',
    [
        ({'coordinates': []}, 'has 1 coordinates'),
        ({'coordinates': [{'x': 1}]}, 'cannot be read'),
        ({'confidence': 1.2, 'coordinates': [{'x': 1, 'y': 1}]}, 'from 0 to 1'),
        ({'mask_color': 'red', 'coordinates': [{'x': 1, 'y': 1}]}, 'not hexadecimal'),
        ({'keypoints': [Point(label='a', left=1, top=1)], 'coordinates': [{'x': 1, 'y': 1}]},
         'only with two_d_pose'),
        ({'related_annotations': [{'uid': 'a', 'relationship': 'cousin'}],
          'coordinates': [{'x': 1, 'y': 1}]}, "'cousin' is unknown"),
    ],
)
def test_an_entity_that_breaks_a_rule_is_refused(fields, told):
    with pytest.raises(InvalidAnnotationError, match=told):
        AnnotationEntity(label='a', annotation_type='point', **fields)


def test_a_copy_with_its_asset_s_time_leaves_the_annotation_as_it_is():
    annotation = BoundingBoxAnnotation([box()], **COMMON)
    placed = annotation.taken_with('2022-01-01', 'front', 'session_1')

    assert (placed.timestamp, placed.sensor, placed.session_uid) == (
        '2022-01-01', 'front', 'session_1'
    )
    assert (annotation.timestamp, annotation.sensor) == ('2021-01-01T00:00:00+00:00', None)


def test_raw_json_is_kept_as_text():
    annotation = BoundingBoxAnnotation([box()], raw_annotation_json={'a': 1}, **COMMON)

    assert annotation.raw_annotation_str == b'{"a": 1}'
