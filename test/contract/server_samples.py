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

"""Small images, clouds and videos to upload."""

import itertools

import numpy as np

from scenebox_ros.client import Image
from scenebox_ros.codecs.images import encode_png
from scenebox_ros.codecs.pcd import encode_pcd
from scenebox_ros.codecs.video import VideoOptions, VideoWriter

NOON = '2024-05-01T12:00:'
numbers = itertools.count()


def name(kind):
    """Give a name that no other test has."""
    return f'{kind}_{next(numbers):06}'


def at(seconds):
    """Give a moment of noon's first minute."""
    return f'{NOON}{seconds:02d}+00:00'


def png(value=90, height=48, width=64):
    """Draw an image of one colour."""
    return encode_png(np.full((height, width, 3), value, np.uint8))


def pcd(count=200):
    """Make a cloud along x."""
    points = np.zeros(count, [('x', '<f4'), ('y', '<f4'), ('z', '<f4')])
    points['x'] = np.arange(count)
    return encode_pcd(points)


def mp4(frames=10, fps=10):
    """Make a video that grows brighter."""
    writer = VideoWriter(options=VideoOptions(encoder='software', quality=10))
    for index in range(frames):
        picture = np.full((64, 96, 3), index * 20 % 256, np.uint8)
        writer.write(picture, round(index * 1e9 / fps))
    return writer.close().blob


def added_images(engine, count, **more):
    """Add images to a new set; give the set and their ids, in order."""
    set_id = engine.create_set(name('images'), 'images')
    names = [name('img') for _ in range(count)]
    engine.add_images(
        (
            Image(id=one, bytes=png(30 + 40 * index), sensor='cam', timestamp=at(index), **more)
            for index, one in enumerate(names)
        ),
        set_id,
    )
    return set_id, names
