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

"""Messages that no driver should send: an error of ours, or an asset, whatever is asked for."""

import random
from types import SimpleNamespace as Msg

import cv2
import numpy as np
import pytest

from scenebox_ros.capture.aids import scan_times
from scenebox_ros.capture.frames import Aids, encode, how
from scenebox_ros.codecs.deskew import Poses
from scenebox_ros.codecs.encodings import layout_of, LAYOUTS
from scenebox_ros.codecs.geometry import Rectifier
from scenebox_ros.decode import decode
from scenebox_ros.errors import DecodeError, EncodeError
from scenebox_ros.model.readings import Calibration, VideoPacket
from scenebox_ros.model.settings import StreamSettings

ROUNDS = 150
HEADER = Msg(stamp=Msg(sec=5, nanosec=1), frame_id='sensor')
KINDS = ('8U', '8S', '16U', '16S', '32S', '32F', '64F')
ENCODINGS = [*LAYOUTS, *(f'{kind}C{count}' for kind in KINDS for count in range(1, 6))]
SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 8: 8}
FORMATS = ['jpeg', 'png', 'rgb8; jpeg compressed bgr8', '16UC1; png compressed', 'tiff', '',
           'bayer_rggb8; png compressed', '32FC1; compressedDepth png', 'h264',
           '16UC1; compressedDepth rvl']
FILES = [
    cv2.imencode(suffix, np.full(shape, 7, dtype))[1].tobytes()
    for suffix, shape, dtype in [
        ('.jpg', (17, 13, 3), np.uint8), ('.png', (17, 13), np.uint16),
        ('.png', (9, 8, 4), np.uint8), ('.webp', (9, 8, 3), np.uint8),
        ('.tiff', (9, 8, 3), np.float32), ('.tiff', (9, 8), np.uint8)]
]
pytestmark = [
    pytest.mark.parametrize('seed', range(3)), pytest.mark.filterwarnings('error')]


def noise(pick, size):
    return np.random.default_rng(pick.randrange(1 << 32)).integers(
        0, 256, max(0, size), dtype=np.uint8).tobytes()


def image_settings(pick):
    return StreamSettings(
        role='image', image_format=pick.choice(['source', 'jpeg', 'png']),
        max_side=pick.choice([0, 0, 1, 3, 16]), rectify=pick.random() < 0.3)


def calibration(pick, width, height):
    k = (pick.choice([0.0, 1.0, 50.0, float('nan'), 1e300]), 0, width / 2,
         0, pick.choice([0.0, 50.0]), height / 2, 0, 0, 1.0)
    d = tuple(pick.choice([0.0, -0.3, 1e9, float('inf')])
              for _ in range(pick.choice([0, 3, 4, 5, 8, 12, 14])))
    model = pick.choice(['plumb_bob', 'equidistant', 'rational_polynomial', ''])
    r = pick.choice([(0.0,) * 9, (1.0, 0, 0, 0, 1, 0, 0, 0, 1.0)])
    p = pick.choice([(0.0,) * 12, (50.0, 0, width / 2, 0, 0, 50.0, height / 2, 0, 0, 0, 1.0, 0)])
    return Calibration(width, height, model, d, k, r, p, 1, 'sensor')


def survives(task, seed):
    pick = random.Random(seed)
    done = 0
    for _ in range(ROUNDS):
        try:
            task(pick)
            done += 1
        except (DecodeError, EncodeError):
            pass

    assert done > ROUNDS // 10


def one_image(pick):
    encoding = pick.choice(ENCODINGS)
    width, height = pick.choice([1, 2, 3, 4, 7, 16, 33]), pick.choice([1, 2, 3, 4, 8, 17])
    step = width * layout_of(encoding).pixel_bytes + pick.choice([0, 0, 1, 5])
    size = step * height * 3
    message = Msg(
        header=HEADER, encoding=encoding, width=width, height=height, step=step,
        is_bigendian=pick.choice([0, 1]),
        data=noise(pick, size) if pick.random() < 0.7 else bytes(size))
    (frame,) = decode('sensor_msgs/msg/Image', message)
    settings = image_settings(pick)
    known = calibration(pick, width, height) if pick.random() < 0.6 else None
    rectifier = Rectifier(known) if settings.rectify and known is not None else None
    aids = Aids(rectifier=rectifier, calibration=known)
    how(frame, settings, aids)
    assert encode(frame, settings, aids).body


def one_file(pick):
    body = bytearray(pick.choice(FILES))
    for _ in range(pick.choice([0, 1, 3, 9])):
        body[pick.randrange(len(body))] = pick.randrange(256)
    if pick.random() < 0.3:
        body = body[:pick.randrange(1, len(body) + 1)]
    words = pick.choice(FORMATS)
    data = bytes(12 if 'Depth' in words else 0) + bytes(body)
    (frame,) = decode(
        'sensor_msgs/msg/CompressedImage', Msg(header=HEADER, format=words, data=data))
    if not isinstance(frame, VideoPacket):
        aids = Aids(calibration=calibration(pick, frame.width, frame.height))
        assert encode(frame, image_settings(pick), aids).body


def one_cloud(pick):
    names = pick.sample(
        ['x', 'y', 'z', 'intensity', 'ring', 'time', 'rgb', 't', 'timestamp', '', '_', 'a b'], 5)
    if pick.random() < 0.7:
        names = ['x', 'y', 'z', *(name for name in names if name not in 'xyz')]
    fields, at = [], 0
    for name in names:
        kind, count = pick.choice([1, 2, 3, 4, 5, 6, 7, 8, 7, 7, 7]), pick.choice([1] * 6 + [0, 3])
        at += pick.choice([0, 0, 0, 4, 1])
        fields.append(Msg(name=name, offset=at, datatype=kind, count=count))
        at += SIZES[kind] * max(1, count)
    step = at + pick.choice([0, 0, 3, 8])
    width, height = pick.choice([0, 1, 5, 40]), pick.choice([0, 1, 1, 1, 3])
    row = width * step + pick.choice([0, 0, 16])
    message = Msg(
        header=HEADER, fields=fields, point_step=step, row_step=row, width=width, height=height,
        is_bigendian=pick.random() < 0.3, is_dense=False, data=noise(pick, row * height))
    (frame,) = decode('sensor_msgs/msg/PointCloud2', message)
    settings = StreamSettings(
        role='lidar', drop_nan=pick.random() < 0.4, max_range_m=pick.choice([0, 0, 10.0]),
        lidar_format=pick.choice(['binary', 'binary_compressed', 'ascii', 'numpy', 'packets']),
        every_nth_point=pick.choice([1, 1, 2, 100]), voxel_m=pick.choice([0, 0, 0.1, 1e9]),
        keep_padding=pick.random() < 0.5, fields=pick.choice([(), (), ('x',), ('x', 'ring')]),
        deskew_to=pick.choice(['', 'odom']))
    aids = Aids(stamp_ns=frame.stamp_ns)
    times, span = scan_times(frame)
    if settings.deskew_to and span:
        shift = pick.choice([1, float('nan'), 1e300])
        aids = Aids(stamp_ns=frame.stamp_ns, times_ns=times, poses=Poses.of([
            (span[0] - 1, (0, 0, 0), (0, 0, 0, 1)),
            (span[1] + 1, (shift, 0, 0), (0, 0, 1, pick.choice([0, 1])))]))
    how(frame, settings, aids)
    encode(frame, settings, aids)


def test_any_raw_image_is_stored_or_refused(seed):
    survives(one_image, seed)


def test_any_image_file_is_stored_or_refused(seed):
    survives(one_file, seed)


def test_any_cloud_is_stored_or_refused(seed):
    survives(one_cloud, seed)
