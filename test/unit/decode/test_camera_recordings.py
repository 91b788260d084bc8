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

"""Recordings that may not be shipped; skipped where they are absent."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from scenebox_ros.codecs import images, pixels as px
from scenebox_ros.decode import image as decoders
from scenebox_ros.errors import DecodeError

SHARED = Path(os.environ.get('SCENEBOX_SHARED', Path(__file__).parents[4] / 'shared'), 'data')
DECODERS = {
    'Image': decoders.decode_image, 'CompressedImage': decoders.decode_compressed,
    'CameraInfo': decoders.decode_camera_info,
}
pytestmark = pytest.mark.shared


def readings(name):
    """Decode all camera messages of a recording, by topic; errors are values."""
    highlevel = pytest.importorskip('rosbags.highlevel', reason='rosbags reads the recordings')
    if not (SHARED / name).exists():
        pytest.skip(f'the recording {name} is not here')
    found = {}
    with highlevel.AnyReader([SHARED / name]) as reader:
        for connection, _, raw in reader.messages():
            decode = DECODERS.get(connection.msgtype.split('/')[-1])
            if decode:
                found.setdefault(connection.topic, []).append(
                    outcome(decode, reader.deserialize(raw, connection.msgtype)))
    return found


def outcome(decode, msg):
    try:
        return decode(msg)
    except DecodeError as error:
        return error


def test_all_encodings_of_the_same_picture_look_the_same():
    found = readings('image_encodings_a')

    for number, truth in enumerate(px.to_bgr(frame) for frame in found['/raw/bgr8/image_raw']):
        for topic, limit in [
            ('rgb8', 0), ('bgra8', 0), ('bgr8_row_padded', 0), ('bayer_rggb8', 6),
            # The maker of the recording wrote YUV with full range, where cameras have limited.
            ('bayer_grbg8', 6), ('yuv422', 9), ('yuv422_yuy2', 9),
        ]:
            shown = px.to_bgr(found[f'/raw/{topic}/image_raw'][number])
            assert np.abs(shown.astype(int) - truth).mean() <= limit, topic
        gray = cv2.cvtColor(truth, cv2.COLOR_BGR2GRAY)
        mono = found['/raw/mono8/image_raw'][number].pixels
        assert np.abs(mono.astype(int) - gray).max() <= 1
        png = images.decode_image(found['/png/image_raw/compressed'][number].blob)
        np.testing.assert_array_equal(png, truth)
        jpeg = images.decode_image(found['/jpeg/image_raw/compressed'][number].blob)
        assert np.abs(jpeg.astype(int) - truth).mean() < 6


def test_depth_is_the_same_in_millimetres_metres_and_compressed():
    found = readings('image_encodings_a')

    for number, depth in enumerate(found['/depth/16UC1/image_rect']):
        metres = found['/depth/32FC1_nan/image_rect'][number]
        blob = found['/depth/16UC1/image_rect/compressedDepth'][number]
        is_reading = np.isfinite(metres.pixels)
        np.testing.assert_array_equal(
            px.to_depth_mm(metres)[is_reading], depth.pixels[is_reading])
        np.testing.assert_array_equal(images.decode_image(blob.blob), depth.pixels)
        np.testing.assert_array_equal(
            images.decode_image(images.encode_png(depth)), depth.pixels)


def test_broken_images_are_refused_with_the_right_reason():
    found = readings('image_encodings_a')

    for error in found['/bad/jpeg_truncated/compressed']:
        assert isinstance(error, DecodeError)
        assert 'ends early' in str(error)
    for error in found['/bad/empty/compressed']:
        assert 'has no bytes' in str(error)
    assert {frame.stamp_ns for frame in found['/odd/zero_stamp_no_frame/image_raw']} == {0}
    refused = {topic for topic, all_ in found.items() if isinstance(all_[0], DecodeError)}
    assert refused == {'/bad/jpeg_truncated/compressed', '/bad/empty/compressed'}


def test_both_eyes_of_the_fisheye_camera_are_read():
    found = readings('t265_fisheye_ros2')

    for topic in ('/camera/fisheye1/image_raw', '/camera/fisheye2/image_raw'):
        assert [frame.pixels.shape for frame in found[topic]] == [(800, 848)] * 3
        assert all(frame.channels == 'mono' for frame in found[topic])


def test_the_webcam_of_an_early_ros_2_is_read():
    sqlite3 = pytest.importorskip('sqlite3')
    typesys = pytest.importorskip('rosbags.typesys', reason='rosbags reads the recordings')
    path = SHARED / 'klintan_crystal_db3' / 'sample.db3'
    if not path.exists():
        pytest.skip('the recording klintan_crystal_db3 is not here')
    store = typesys.get_typestore(typesys.Stores.ROS2_DASHING)
    rows = sqlite3.connect(f'file:{path}?immutable=1', uri=True).execute(
        'SELECT topics.type, data FROM messages JOIN topics ON topic_id = topics.id').fetchall()
    found = {
        kind.split('/')[-1]: outcome(
            DECODERS[kind.split('/')[-1]],
            store.deserialize_cdr(data, kind.replace('/', '/msg/')))
        for kind, data in rows if kind.split('/')[-1] in DECODERS
    }

    assert (found['Image'].encoding, found['Image'].pixels.shape) == ('bgr8', (480, 640, 3))
    assert found['CompressedImage'].format == 'jpeg'
    assert images.decode_image(found['CompressedImage'].blob).ndim == 3
