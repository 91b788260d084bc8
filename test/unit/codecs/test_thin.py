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

"""Thinning leaves out points and changes none."""

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from scenebox_ros.codecs.thin import crop_range, drop_nan, every_nth, thin, ThinSettings, voxel
from scenebox_ros.errors import EncodeError

DTYPE = np.dtype({
    'names': ['x', 'y', 'z', 'id'],
    'formats': ['<f4', '<f4', '<f4', '<u2'],
    'offsets': [0, 4, 8, 16],
    'itemsize': 32,
})


def cloud(*places, dtype=DTYPE):
    points = np.zeros(len(places), dtype)
    for axis, column in zip('xyz', zip(*places, strict=True), strict=True):
        points[axis] = column
    points['id'] = np.arange(len(places))
    return points


def ids(points):
    return points['id'].tolist()


@pytest.mark.parametrize('bad', [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize('axis', 'xyz')
def test_a_point_with_one_bad_coordinate_is_dropped(bad, axis):
    points = cloud((1, 1, 1), (2, 2, 2), (3, 3, 3))
    points[axis][1] = bad

    assert ids(drop_nan(points)) == [0, 2]


def test_organised_points_become_one_row_in_their_order():
    points = cloud((np.nan, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0)).reshape(2, 2)

    kept = drop_nan(points)

    assert kept.shape == (3,)
    assert ids(kept) == [1, 2, 3]
    assert kept.dtype == points.dtype


def test_range_limits_are_inclusive_and_nan_has_no_range():
    points = cloud((0, 0, 0), (3, 4, 0), (0, 0, 10), (0, 10.5, 0), (np.nan, 0, 0))

    assert ids(crop_range(points, 5, 10)) == [1, 2]
    assert ids(crop_range(points)) == [0, 1, 2, 3]


@pytest.mark.parametrize('limits', [(-1, 5), (5, 1), (np.nan, 5)])
def test_range_limits_that_hold_nothing_are_refused(limits):
    with pytest.raises(EncodeError, match='range limits'):
        crop_range(cloud((0, 0, 0)), *limits)


def test_every_third_point_is_kept_from_the_first_on():
    assert ids(every_nth(cloud(*[(n, 0, 0) for n in range(8)]), 3)) == [0, 3, 6]


def test_every_0th_point_is_refused():
    for n, shown in ((0, '0'), (1.5, r'1\.5'), ('2', "'2'"), (None, 'None'), (np.nan, 'nan')):
        with pytest.raises(EncodeError, match=f'every_nth is {shown}; choose a whole number'):
            every_nth(cloud((0, 0, 0)), n)


@pytest.mark.parametrize('wrong', ['1', None, [2]])
def test_limits_that_are_no_numbers_are_told(wrong):
    with pytest.raises(EncodeError, match='voxel edge is'):
        voxel(cloud((0, 0, 0)), wrong)
    with pytest.raises(EncodeError, match='range limits'):
        crop_range(cloud((0, 0, 0)), wrong)


def test_one_point_per_cube_is_kept_also_on_the_negative_side():
    points = cloud((0.1, 0, 0), (0.9, 0, 0), (-0.1, 0, 0), (1.1, 0, 0), (np.nan, 0, 0))

    assert ids(voxel(points, 1.0)) == [0, 2, 3]


def test_voxels_of_no_points_are_no_points():
    assert voxel(cloud((np.nan, 0, 0)), 1.0).shape == (0,)


@pytest.mark.parametrize('edge', [0, -1, np.nan])
def test_a_cube_without_an_edge_is_refused(edge):
    with pytest.raises(EncodeError, match='voxel edge'):
        voxel(cloud((0, 0, 0)), edge)


def test_cubes_too_small_to_count_are_refused():
    with pytest.raises(EncodeError, match='too many to count'):
        voxel(cloud((-1e30, -1e30, -1e30), (1e30, 1e30, 1e30)), 1e-3)


@given(
    st.lists(st.tuples(*[st.floats(-50, 50, width=32)] * 3), min_size=1, max_size=60),
    st.sampled_from([0.1, 0.5, 3.0]),
)
@settings(deadline=None)
def test_voxels_keep_exactly_one_point_of_each_cube(places, edge):
    points = cloud(*places)

    kept = voxel(points, edge)

    def cube(point):
        return tuple(np.floor(np.float64(point[axis]) / edge) for axis in 'xyz')

    assert sorted(cube(point) for point in kept) == sorted({cube(point) for point in points})
    assert ids(kept) == sorted(ids(kept))


def test_big_endian_points_are_thinned_alike():
    points = cloud((0, 0, 0), (np.nan, 0, 0), (0.01, 0, 0), (9, 0, 0))
    turned = points.astype(points.dtype.newbyteorder('>'))

    assert ids(voxel(turned, 1.0)) == [0, 3]
    assert ids(crop_range(turned, 1)) == [3]


def test_settings_that_ask_for_nothing_give_the_same_array():
    points = cloud((np.nan, 0, 0))

    assert thin(points, ThinSettings()) is points


def test_settings_apply_from_nan_to_voxels():
    points = cloud((np.nan, 0, 0), (1, 0, 0), (2, 0, 0), (2.1, 0, 0), (30, 0, 0))
    asked = ThinSettings(drop_nan=True, max_range_m=10, every_nth=2, voxel_m=0.5)

    assert ids(thin(points, asked)) == [1, 3]


def test_a_cloud_without_coordinates_is_refused():
    with pytest.raises(EncodeError, match="no field 'z'; it has x, y"):
        drop_nan(np.zeros(1, [('x', 'f4'), ('y', 'f4')]))
