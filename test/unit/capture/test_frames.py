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

"""Frames become the bytes that their settings ask for."""

from array import array

import numpy as np
import pytest

from scenebox_ros.capture.frames import encode, how
from scenebox_ros.codecs.images import decode_image, encode_jpeg, encode_png, image_size
from scenebox_ros.codecs.pcd import decode_pcd
from scenebox_ros.errors import EncodeError
from scenebox_ros.model.readings import CloudFrame, ImageBlob, ImageFrame
from scenebox_ros.model.settings import StreamSettings


def raw(pixels, channels, encoding):
    return ImageFrame(pixels, channels, encoding, 7, 'cam', memoryview(pixels.tobytes()))


def colour():
    return raw(np.arange(8 * 6 * 3, dtype=np.uint8).reshape(6, 8, 3), 'bgr', 'bgr8')


def depth():
    return raw(np.full((6, 8), 1234, np.uint16), 'depth', '16UC1')


def cloud():
    points = np.zeros((1, 4), np.dtype([('x', '<f4'), ('y', '<f4'), ('z', '<f4')]))
    points['x'] = [[1, np.nan, 3, 4]]
    return CloudFrame(points, 7, 'lidar', False, memoryview(points.tobytes()))


def blob(body, format_):
    return ImageBlob(memoryview(body), format_, 8, 6, 7, 'cam')


def test_a_raw_colour_image_becomes_jpeg():
    asset = encode(colour(), StreamSettings(role='image', jpeg_quality=70))

    assert asset.kind == 'images'
    assert asset.content_type == 'image/jpeg'
    assert asset.document == {'width': 8, 'height': 6, 'format': 'JPEG'}
    assert image_size(asset.body).format == 'jpeg'


def test_depth_becomes_png_with_its_values():
    asset = encode(depth(), StreamSettings(role='image'))

    assert asset.document['format'] == 'PNG'
    assert (decode_image(asset.body) == 1234).all()


def test_the_format_that_is_asked_for_wins():
    assert encode(colour(), StreamSettings(role='image', image_format='png')).document[
        'format'] == 'PNG'
    png = encode_png(colour())
    as_jpeg = encode(blob(png, 'png'), StreamSettings(role='image', image_format='jpeg'))
    assert image_size(as_jpeg.body).format == 'jpeg'


def test_what_has_the_right_format_is_not_encoded_again():
    body = encode_jpeg(colour(), 30)
    settings = StreamSettings(role='image', image_format='jpeg', jpeg_quality=90)

    assert encode(blob(body, 'jpeg'), settings).body == body
    assert how(blob(body, 'jpeg'), settings) == 'jpeg as it came'


def test_bytes_that_pass_through_are_not_copied_unless_many_others_would_be_kept():
    body = encode_jpeg(colour())
    chunk = memoryview(bytes(9 * len(body)) + body)
    settings = StreamSettings(role='image')

    assert encode(blob(body, 'jpeg'), settings).body.obj is body
    alone = encode(blob(array('B', body), 'jpeg'), settings).body
    copied = encode(blob(chunk[-len(body):], 'jpeg'), settings).body
    assert bytes(alone) == copied == body
    assert isinstance(copied, bytes)


def test_an_image_format_that_is_not_kept_becomes_png():
    import cv2

    body = cv2.imencode('.tiff', colour().pixels)[1].tobytes()
    asset = encode(blob(body, 'tiff'), StreamSettings(role='image'))

    assert (decode_image(asset.body) == colour().pixels).all()


@pytest.mark.parametrize('data', ['binary', 'binary_compressed', 'ascii'])
def test_a_cloud_becomes_pcd_with_all_its_points(data):
    asset = encode(cloud(), StreamSettings(role='lidar', lidar_format=data))

    assert asset.kind == 'lidars'
    assert asset.document['format'] == 'pcd'
    assert asset.document['num_fields'] == 3
    assert asset.document['num_points'] == 4
    np.testing.assert_array_equal(decode_pcd(asset.body)['x'].ravel(), cloud().points['x'][0])


def test_points_that_are_nowhere_can_be_left_out():
    asset = encode(cloud(), StreamSettings(role='lidar', drop_nan=True))

    assert decode_pcd(asset.body)['x'].ravel().tolist() == [1, 3, 4]


def test_settings_that_shape_the_asset_are_in_its_how():
    hows = {
        how(colour(), StreamSettings(role='image')),
        how(colour(), StreamSettings(role='image', jpeg_quality=80)),
        how(colour(), StreamSettings(role='image', image_format='png')),
        how(cloud(), StreamSettings(role='lidar')),
        how(cloud(), StreamSettings(role='lidar', drop_nan=True)),
        how(cloud(), StreamSettings(role='lidar', lidar_format='ascii')),
    }

    assert len(hows) == 6


def test_numbers_that_png_cannot_hold_become_tiff():
    numbers = np.arange(12, dtype=np.float64).reshape(3, 4) - 5
    asset = encode(raw(numbers, 'values', '64FC1'), StreamSettings(role='image'))

    assert (asset.document['format'], asset.content_type) == ('TIFF', 'image/tiff')
    np.testing.assert_array_equal(decode_image(asset.body), numbers)


def test_what_cannot_be_encoded_says_so():
    huge = raw(np.zeros((1, 70000), np.uint8), 'mono', 'mono8')
    with pytest.raises(EncodeError, match='too many for JPEG'):
        encode(huge, StreamSettings(role='image'))
