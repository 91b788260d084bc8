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

import numpy as np
import pytest

from scenebox_ros.errors import InvalidAnnotationError
from scenebox_ros.server.annotations import agreement
from scenebox_ros.server.annotations.agreement import match, performance
from scenebox_ros.server.annotations.shapes import area_of, covers, outline, overlap, widened


def box(left, top, right, bottom, label='car', uid='u'):
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return shape(corners, label, 'two_d_bounding_box', uid)


def shape(points, label='car', kind='polygon', uid='u'):
    return {'uid': uid, 'label': label, 'annotation_type': kind,
            'coordinates': [{'x': float(x), 'y': float(y)} for x, y in points]}


def iou(one, other):
    return overlap(outline(one), outline(other))


def test_boxes_overlap_exactly():
    assert iou(box(0, 0, 2, 2), box(1, 1, 3, 3)) == pytest.approx(1 / 7)
    assert iou(box(0, 0, 2, 2), box(0, 0, 2, 2)) == 1
    assert iou(box(0, 0, 2, 2), box(2, 0, 4, 2)) == 0


def test_a_box_overlaps_itself_completely():
    places = np.random.default_rng(1).uniform(0, 4000, (200, 2))

    assert {iou(box(x, y, x + 33.3, y + 0.7), box(x, y, x + 33.3, y + 0.7))
            for x, y in places} == {1.0}


def test_a_bow_tie_is_no_box():
    tie = shape([(0, 0), (10, 10), (10, 0), (0, 10)])

    assert iou(tie, tie) == 1
    assert iou(tie, box(0, 0, 10, 10)) == pytest.approx(0.5, abs=0.005)


def test_polygons_overlap_nearly_exactly():
    triangle = shape([(0, 0), (10, 0), (0, 10)])

    assert iou(triangle, box(0, 0, 10, 10)) == pytest.approx(0.5, abs=0.005)
    assert iou(triangle, triangle) == 1


def test_a_sliver_overlaps_itself():
    sliver = shape([(0, 0), (400, 0.0001), (0, 0.0002)])

    assert iou(sliver, sliver) == 1


def test_a_cell_is_inside_by_the_even_odd_rule():
    square = np.array([(1, 1), (3, 1), (3, 3), (1, 3)], float)
    places = np.arange(4) + 0.5

    assert covers(square, places, places).astype(int).tolist() == [
        [0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0],
    ]  # fmt: skip


def test_ellipses_are_walked_around():
    ends = [(20, 10), (10, 15), (0, 10), (10, 5)]
    area = area_of(outline(shape(ends, kind='ellipse')))

    assert area == pytest.approx(np.pi * 10 * 5, rel=0.01)


def test_cuboids_are_compared_by_what_they_cover():
    corners = [(0, 0), (0, 4), (4, 0), (4, 4), (2, 2), (2, 6), (6, 2), (6, 6)]

    assert iou(shape(corners, kind='two_d_cuboid'), box(0, 0, 6, 6)) == 1


def test_labels_have_no_outline():
    assert outline({'label': 'sunny', 'annotation_type': 'classification'}) is None


def test_margins_widen_and_stay_in_the_image():
    assert widened((10, 10, 20, 30), 100, 100, 0.1, None) == (9, 8, 21, 32)
    assert widened((10, 10, 20, 30), 100, 100, 0.1, 3) == (7, 7, 23, 33)
    assert widened((0, 0, 20, 30), 15, 25, 0.0, None) == (0, 0, 15, 25)
    assert widened((50, 0, 60, 30), 40, 40, 0.0, None) is None


def pairs(base, other, **options):
    return [(p.base, p.other) for p in match(base, other, **options)]


def test_what_overlaps_most_is_matched_first():
    base = [box(0, 0, 10, 10, uid='a'), box(8, 0, 18, 10, uid='b')]
    other = [box(7, 0, 17, 10, uid='c')]
    found = match(base, other)

    assert [(p.base_uid, p.other_uid) for p in found] == [('b', 'c'), ('a', None)]


def test_labels_are_mapped_and_some_ignored():
    base = [box(0, 0, 2, 2, 'vehicle.car'), box(5, 5, 6, 6, 'background')]

    assert pairs(base, [box(0, 0, 2, 2, 'car')]) == [('car', 'car')]
    assert pairs(base, [box(0, 0, 2, 2, 'auto')], base_mapping={}, other_mapping={'auto': 'x'}
                 ) == [('vehicle.car', 'x')]  # fmt: skip


def test_labels_may_have_to_match():
    base, other = [box(0, 0, 2, 2, 'car')], [box(0, 0, 2, 2, 'bus')]

    assert pairs(base, other) == [('car', 'bus')]
    assert pairs(base, other, match_labels=True) == [('car', None), (None, 'bus')]
    assert pairs(base, [box(1, 0, 3, 2, 'car')], iou_threshold=0.5) == [
        ('car', None), (None, 'car'),
    ]  # fmt: skip


def test_performance_counts_what_was_found_right():
    said = [('car', 'car', 0.9), ('car', 'car', 0.4), ('car', 'bus', 0.8), (None, 'car', 0),
            ('bus', None, 0)]  # fmt: skip
    found = performance([{'base': b, 'other': o, 'iou': i} for b, o, i in said], 0.5)

    assert found['car'] == {
        'precision': pytest.approx(1 / 3), 'recall': pytest.approx(1 / 3),
        'f1': pytest.approx(1 / 3),
        'true_positive': 1, 'false_positive': 2, 'false_negative': 2,
    }  # fmt: skip
    assert found['bus']['f1'] == 'N/A'
    assert performance([]) == {}


def test_matching_tells_how_far_it_is_and_can_be_ended():
    told = []

    def tell(percent):
        told.append(percent)
        if percent:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        match([box(0, 0, 1, 1)] * 4, [box(0, 0, 1, 1)], tell=tell)
    assert told == [0.0, 25.0]


@pytest.mark.parametrize('make, most', [(box, 9), (lambda *corners: shape(
    [corners[:2], corners[2:], (5, 0)]), 180)])
def test_more_than_can_be_compared_in_minutes_is_refused(monkeypatch, make, most):
    entities = [make(0, 0, 4, 4), make(1, 1, 5, 5), make(2, 2, 6, 6)]
    monkeypatch.setattr(agreement, 'MAX_WORK', most)
    assert len(match(entities, entities)) == 3
    monkeypatch.setattr(agreement, 'MAX_WORK', most - 1)

    with pytest.raises(InvalidAnnotationError, match='fewer entities'):
        match(entities, entities)


@pytest.mark.parametrize('x', [None, 'wide', 1e300, float('nan'), [1]])
def test_a_point_that_is_nowhere_is_named(x):
    entity = {'uid': 'u', 'label': 'car', 'coordinates': [{'x': x, 'y': 1}, {'x': 2, 'y': 3}]}

    with pytest.raises(InvalidAnnotationError, match='is nowhere'):
        match([entity], [])


def test_an_entity_that_is_none_is_named():
    with pytest.raises(InvalidAnnotationError, match="'car' is no object"):
        match(['car'], [])


@pytest.mark.parametrize('pair', [
    'car', None, {'base': ['car'], 'other': ['car'], 'iou': 0.5},
    {'base': 'car', 'other': 'car', 'iou': '0.5'},
])  # fmt: skip
def test_what_is_no_pair_is_named(pair):
    with pytest.raises(InvalidAnnotationError, match='no pair of a comparison'):
        performance([pair])
