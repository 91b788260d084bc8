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

"""Recordings through capture: the bodies of the records, read by others, equal the messages."""

from collections import defaultdict
import io
import os
from pathlib import Path

import numpy as np
import pytest

from scenebox_ros.bags import ingest, open_bag, plan
from scenebox_ros.bags.overrides import Overrides

ROOT = Path(os.environ.get('SCENEBOX_SHARED', Path(__file__).parents[3] / 'shared')) / 'data'
pytestmark = pytest.mark.shared
CODES = {1: 'i1', 2: 'u1', 3: 'i2', 4: 'u2', 5: 'i4', 6: 'u4', 7: 'f4', 8: 'f8'}
RECORDINGS = [
    'image_encodings_a', 'lidar_layouts_a', 't265_fisheye_ros2', 'luminar_ros2',
    'klintan_crystal_db3', 'drive_small',
]


class Records(list):
    def put(self, records):
        self.extend(records)


def captured(name, **settings):
    """Give the recording's assets by topic, in order, and the report."""
    if not (ROOT / name).exists():
        pytest.skip(f'the recording {name} is not here')
    records, found = Records(), defaultdict(list)
    overrides = Overrides(streams={'.*': settings} if settings else {})
    with open_bag(ROOT / name) as bag:
        report = ingest(bag, plan(bag, 'Test', overrides), records, workers=2)
    for record in records:
        if record.kind in ('images', 'lidars', 'videos'):
            found[record.stream].append(record)
    return found, report


def sources(name):
    """Give the recording's messages by topic, in order."""
    found = defaultdict(list)
    with open_bag(ROOT / name) as bag:
        for message in bag.messages():
            if message.msgtype.split('/')[-1] in ('Image', 'CompressedImage', 'PointCloud2'):
                found[message.topic].append((message.msgtype.split('/')[-1], message.read()))
    return found


def by_message(name, kinds, **settings):
    """Pair each stored asset with its message; what was refused is in the report."""
    assets, report = captured(name, **settings)
    pairs = []
    for topic, all_ in sources(name).items():
        kept = [message for kind, message in all_ if kind in kinds]
        if not kept:
            continue
        counts = report.capture.streams[topic]
        assert counts.undecodable == 0 or not assets[topic], topic
        assert counts.failed == 0, (topic, report.capture.errors)
        if counts.undecodable:
            assert topic.startswith('/bad/')
            continue
        assert len(assets[topic]) == len(kept), topic
        pairs += zip([topic] * len(kept), kept, assets[topic], strict=True)
    return pairs


def pixels_of(message):
    """Read a raw image by hand: rows of step bytes, in the order that its encoding names."""
    encoding = message.encoding
    width = {'8': 1, '1': 2, '3': 4}[encoding.rpartition('C')[0][:1] if 'UC' in encoding or (
        'FC' in encoding) else ('1' if encoding.endswith('16') else '8')]
    kind = 'f' if 'FC' in encoding else 'u'
    dtype = np.dtype(('>' if message.is_bigendian else '<') + f'{kind}{width}')
    samples = {'rgb': 3, 'bgr': 3, 'rgba': 4, 'bgra': 4}.get(encoding.rstrip('0123456789'), 1)
    if encoding.startswith('yuv422'):
        samples = 2
    rows = [
        np.frombuffer(bytes(message.data), dtype, message.width * samples, row * message.step)
        for row in range(message.height)
    ]
    pixels = np.stack(rows).reshape(message.height, message.width, samples)
    return pixels.astype(dtype.newbyteorder('='))


def in_rgb(message):
    """Give what PNG should hold, by OpenCV where colours are computed; None: not compared."""
    import cv2

    pixels, encoding = pixels_of(message), message.encoding
    if encoding.startswith('bgr'):
        return pixels[..., [2, 1, 0, 3][:pixels.shape[2]]]
    codes = {'bayer_rggb8': cv2.COLOR_BayerRGGB2RGB, 'bayer_grbg8': cv2.COLOR_BayerGRBG2RGB,
             'yuv422': cv2.COLOR_YUV2RGB_UYVY, 'yuv422_yuy2': cv2.COLOR_YUV2RGB_YUY2}
    if encoding in codes:
        one = pixels[..., 0] if pixels.shape[2] == 1 else pixels
        return cv2.cvtColor(np.ascontiguousarray(one), codes[encoding])
    if encoding == '32FC1':
        metres = pixels[..., 0].astype(np.float64)
        return np.where(np.isfinite(metres) & (metres > 0), np.rint(metres * 1000), 0)
    return pixels[..., 0] if pixels.shape[2] == 1 else pixels


@pytest.mark.parametrize('name', ['image_encodings_a', 't265_fisheye_ros2', 'klintan_crystal_db3'])
def test_every_image_is_stored_without_a_pixel_changed(name):
    pillow = pytest.importorskip('PIL.Image', reason='an independent reader of PNG')

    pairs = by_message(name, ['Image'], image_format='png')
    assert pairs
    for topic, message, record in pairs:
        image = pillow.open(io.BytesIO(bytes(record.body)))
        assert (image.format, image.size) == ('PNG', (message.width, message.height))
        stored, expected = np.asarray(image).astype(np.int64), in_rgb(message)
        np.testing.assert_array_equal(stored, expected.astype(np.int64), err_msg=topic)
        assert record.document['format'] == 'PNG'
        is_depth = message.encoding in ('16UC1', '32FC1')
        assert record.document['aux'].get('depth_unit_m') == (0.001 if is_depth else None)


@pytest.mark.parametrize('name', ['image_encodings_a', 'klintan_crystal_db3', 'drive_small'])
def test_compressed_images_are_stored_as_they_came(name):
    for topic, message, record in by_message(name, ['CompressedImage']):
        body = bytes(message.data)
        if 'compressedDepth' in message.format:
            body = body[12:]
            assert record.document['aux']['depth_unit_m'] == 0.001
        assert bytes(record.body) == body, topic


@pytest.mark.parametrize('name', ['image_encodings_a', 't265_fisheye_ros2', 'klintan_crystal_db3'])
def test_every_image_in_a_video_looks_like_its_message(name):
    pytest.importorskip('av')
    from scenebox_ros.codecs.video import read_frames

    assets, report = captured(name, video=True, images=False, video_quality=4)
    compared = 0
    for topic, all_ in sources(name).items():
        for (kind, message), (_, _, shown) in zip(all_, [
            frame for record in assets[topic] for frame in read_frames(bytes(record.body))
        ], strict=False):
            if kind == 'Image' and message.encoding in ('bgr8', 'rgb8', 'mono8', 'bayer_rggb8'):
                expected = in_rgb(message)
                if expected.ndim == 2:
                    expected = np.repeat(expected[..., None], 3, axis=2)
                error = np.abs(shown[:message.height, :message.width, ::-1].astype(int)
                               - expected[..., :3]).mean()
                assert error < 6, (topic, error)
                compared += 1
    assert compared
    assert all(not report.capture.streams[topic].failed for topic in assets), (
        report.capture.errors)


def fields_of(message):
    """Read every field point by point's worth of strides, as PointField.msg says."""
    raw = np.frombuffer(bytes(message.data), np.uint8)
    order = '>' if message.is_bigendian else '<'
    for field in message.fields:
        dtype = np.dtype(order + CODES[field.datatype])
        size = dtype.itemsize * max(1, field.count)
        rows = [
            raw[row * message.row_step:][:message.width * message.point_step].reshape(
                message.width, message.point_step)[:, field.offset:field.offset + size]
            for row in range(message.height if message.width else 0)
        ]
        flat = np.concatenate(rows) if rows else np.empty((0, size), np.uint8)
        yield field.name, np.ascontiguousarray(flat).view(dtype).astype(dtype.newbyteorder('<'))


@pytest.mark.parametrize('lidar_format', ['binary', 'binary_compressed', 'ascii'])
@pytest.mark.parametrize('name', ['lidar_layouts_a', 'luminar_ros2'])
def test_every_field_of_every_point_is_in_the_stored_file(name, lidar_format):
    pypcd4 = pytest.importorskip('pypcd4', reason='an independent reader of PCD')

    pairs = by_message(name, ['PointCloud2'], lidar_format=lidar_format)
    assert pairs
    for topic, message, record in pairs[::1 if lidar_format != 'ascii' else 5]:
        assert record.document['num_points'] == message.width * message.height
        if not message.width:
            continue
        cloud = pypcd4.PointCloud.from_fileobj(io.BytesIO(bytes(record.body)))
        for field, expected in fields_of(message):
            found = np.ascontiguousarray(cloud.pc_data[field]).reshape(expected.shape)
            if field == 'rgb':
                assert found.tobytes() == expected.tobytes(), topic
            else:
                np.testing.assert_array_equal(found, expected, err_msg=f'{topic} {field}')


@pytest.mark.parametrize('name', ['lidar_layouts_a', 'luminar_ros2'])
def test_every_point_is_in_the_platforms_own_formats(name):
    for topic, message, record in by_message(name, ['PointCloud2'], lidar_format='numpy'):
        columns = record.document['num_fields']
        rows = np.frombuffer(bytes(record.body), '<f4').reshape(-1, columns)
        wanted = dict(fields_of(message))
        for column, field in enumerate(record.document['fields']):
            np.testing.assert_array_equal(
                rows[:, column], wanted[field].ravel().astype('<f4'), err_msg=topic)
    for topic, message, record in by_message(name, ['PointCloud2'], lidar_format='packets'):
        rows = np.frombuffer(bytes(record.body), [('xyzi', '<f4', 4), ('epoch', '<f8')])
        wanted = dict(fields_of(message))
        np.testing.assert_array_equal(rows['xyzi'][:, 1], wanted['y'].ravel(), err_msg=topic)
        stamp_s = message.header.stamp.sec + message.header.stamp.nanosec * 1e-9
        # The truck's own clock, whose times of points are not those of its stamps, apart.
        if name != 'luminar_ros2' and rows.size:
            assert np.abs(rows['epoch'] - stamp_s).max() < 0.2, topic


@pytest.mark.parametrize('name', RECORDINGS)
def test_every_message_is_accounted_for(name):
    _, report = captured(name)

    for topic, counts in report.capture.streams.items():
        ends = (counts.kept + counts.sampled_out + counts.skipped + counts.rejected
                + counts.undecodable + counts.failed)
        assert ends == counts.received, topic
        assert counts.failed == 0, (topic, report.capture.errors)
        if counts.undecodable:
            assert topic in ('/bad/jpeg_truncated/compressed', '/bad/empty/compressed')
            words = report.capture.errors[topic]
            assert ('ends early' in words) or ('has no bytes' in words)
