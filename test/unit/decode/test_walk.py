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

"""The walker finds numbers in messages of any library's class and never fails."""

import array
from dataclasses import dataclass
from types import SimpleNamespace
from typing import ClassVar

from hypothesis import given, settings, strategies as st
import numpy as np

from scenebox_ros.decode.walk import leaves, MAX_LEAVES, numeric_fields


class Rclpy:
    """As rosidl generates it: underscored slots behind properties."""

    __slots__ = ('_check_fields', '_x')

    def __init__(self, x):
        self._x = x

    @classmethod
    def get_fields_and_field_types(cls):
        return {'x': 'double'}

    @property
    def x(self):
        return self._x


class Slotted:
    """As genpy and mcap's decoders generate it."""

    __slots__ = ('x', 'y')

    def __init__(self, x, y):
        self.x, self.y = x, y


@dataclass
class Rosbags:
    """As rosbags generates it: constants are class variables whose annotation is text."""

    x: float
    MAXIMUM: 'ClassVar[int]' = 99
    __msgtype__: 'ClassVar[str]' = 'a/msg/B'


def test_every_librarys_class_is_read_alike():
    expected = {'x': 1.5}

    assert numeric_fields(Rclpy(1.5)) == expected
    assert numeric_fields(Rosbags(1.5)) == expected
    assert numeric_fields(SimpleNamespace(x=1.5)) == expected
    assert numeric_fields(Slotted(1.5, 'word')) == expected


def test_paths_say_fields_and_indices():
    message = SimpleNamespace(
        header=SimpleNamespace(stamp=1),
        axes=array.array('f', [0.5, 1]),
        poses=[SimpleNamespace(x=1), SimpleNamespace(x=2)],
        flags=np.array([True, False]),
        grid=np.arange(4, dtype=np.uint16).reshape(2, 2),
        name='word',
    )

    assert numeric_fields(message) == {
        'axes[0]': 0.5, 'axes[1]': 1.0, 'poses[0].x': 1, 'poses[1].x': 2, 'flags[0]': True,
        'flags[1]': False, 'grid[0][0]': 0, 'grid[0][1]': 1, 'grid[1][0]': 2, 'grid[1][1]': 3,
    }  # fmt: skip
    assert ('name', 'word') in list(leaves(message))


def test_values_are_pythons_own():
    kinds = {
        type(value)
        for value in numeric_fields(
            SimpleNamespace(a=np.float64(1), b=np.uint8(2), c=np.bool_(True), d=b'\x03')
        ).values()
    }

    assert kinds == {float, int, bool}


def test_long_arrays_are_left_out_whole():
    message = SimpleNamespace(data=np.zeros(65), few=np.zeros(2), blob=bytes(1000))

    assert set(numeric_fields(message)) == {'few[0]', 'few[1]'}
    assert len(numeric_fields(message, max_array=65)) == 67


def test_there_is_an_end_to_leaves_and_to_depth():
    wide = SimpleNamespace(rows=[SimpleNamespace(cells=list(range(64))) for _ in range(64)])
    deep = SimpleNamespace(x=1)
    deep.self = deep

    assert len(numeric_fields(wide)) == MAX_LEAVES
    assert len(numeric_fields(deep)) == 16


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.builds(lambda value: SimpleNamespace(x=value, header=value), inner)
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(ANYTHING)
def test_nothing_makes_the_walker_fail(value):
    for found in numeric_fields(value).values():
        assert isinstance(found, (bool, int, float))
