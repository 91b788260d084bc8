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

"""Fields move together without losing a bit, whoever moves them."""

import sys

from hypothesis import given, strategies as st
import numpy as np
import pytest

from scenebox_ros.codecs.fields import dtype_of, Field, gaps, packed
from scenebox_ros.codecs.packing import pack

SIZES = (1, 1, 2, 2, 4, 4, 4, 8)


@st.composite
def clouds(draw):
    """Points with gaps, whose fields lie at any bytes, or at multiples of 2 or 4."""
    unit = draw(st.sampled_from([1, 2, 4]))
    fields, end = [], 0
    for place in range(draw(st.integers(1, 6))):
        datatype = draw(st.sampled_from([one for one in range(1, 9) if SIZES[one - 1] >= unit]))
        count = draw(st.sampled_from([1, 1, 1, 3, 70]))
        start = end + unit * draw(st.integers(0, 3))
        fields.append(Field(f'f{place}', start, datatype, count))
        end = start + count * SIZES[datatype - 1]
    step = end + unit * draw(st.integers(0, 3))
    dtype = dtype_of(draw(st.permutations(fields)), step, draw(st.booleans()))
    raw = draw(st.randoms(use_true_random=False)).randbytes(9 * step + 8)
    start = draw(st.integers(0, 8))
    return np.frombuffer(raw[start:start + 9 * step], dtype).reshape(3, 3)


@given(clouds())
def test_packing_drops_the_gaps_and_nothing_else(points):
    dense = pack(points)

    assert gaps(dense.dtype) == 0
    assert dense.shape == points.shape
    for name in points.dtype.names:
        assert dense[name].tobytes() == points[name].tobytes()


@given(clouds(), st.sampled_from([np.s_[::2], np.s_[:, 1:], np.s_[::-1], np.s_[:0]]))
def test_points_that_are_apart_move_as_well(points, part):
    dense = pack(points[part])

    for name in points.dtype.names:
        assert dense[name].tobytes() == points[part][name].tobytes()


def test_without_opencv_the_result_is_the_same(monkeypatch):
    dtype = dtype_of([Field('x', 0, 7), Field('ring', 6, 4), Field('t', 8, 8)], 20)
    points = np.frombuffer(bytes(range(200)), dtype)
    dense = pack(points)
    monkeypatch.setitem(sys.modules, 'cv2', None)

    assert pack(points).tobytes() == dense.tobytes()


@pytest.mark.parametrize('step', [12, 10])
def test_points_without_gaps_are_not_copied(step):
    fields = [Field('x', 0, 7), Field('y', 4, 7), Field('ring', 8, 4)]
    points = np.zeros(3, packed(dtype_of(fields, step)))

    assert pack(points) is points


def test_a_field_of_no_values_takes_no_room():
    layout = {'names': ['x', 'none', 'y'], 'formats': ['<f4', ('<f4', (0,)), '<f8'],
              'offsets': [0, 4, 8], 'itemsize': 16}
    points = np.ones(5, layout)

    assert pack(points).dtype.itemsize == 12
    assert (pack(points)['y'] == 1).all()
