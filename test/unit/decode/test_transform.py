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

"""Transforms say which frame lies where in which."""

from types import SimpleNamespace

import pytest

from scenebox_ros.decode.transform import decode_tf, decode_transform
from scenebox_ros.errors import DecodeError


def transform(child='lidar'):
    return SimpleNamespace(
        header=SimpleNamespace(stamp=SimpleNamespace(sec=5, nanosec=7), frame_id='base'),
        child_frame_id=child,
        transform=SimpleNamespace(
            translation=SimpleNamespace(x=1, y=2.5, z=3),
            rotation=SimpleNamespace(x=0, y=0, z=0.6, w=0.8),
        ),
    )


def test_a_transform_is_read_whole():
    read = decode_transform(transform())

    assert (read.frame_id, read.child_frame_id, read.stamp_ns) == ('base', 'lidar', 5_000_000_007)
    assert read.translation_m == (1.0, 2.5, 3.0)
    assert read.rotation == (0.0, 0.0, 0.6, 0.8)


def test_a_tf_message_gives_a_transform_per_child():
    message = SimpleNamespace(transforms=[transform('a'), transform('b')])

    assert [one.child_frame_id for one in decode_tf(message)] == ['a', 'b']
    assert decode_tf(SimpleNamespace(transforms=[])) == []


@pytest.mark.parametrize('message', [SimpleNamespace(), SimpleNamespace(transforms=[1]), None])
def test_what_is_no_tf_message_is_told_so(message):
    with pytest.raises(DecodeError, match='this is no'):
        decode_tf(message)
