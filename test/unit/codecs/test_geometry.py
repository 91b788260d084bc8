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

import cv2
import numpy as np
import pytest

from scenebox_ros.codecs.geometry import Rectifier, resize
from scenebox_ros.errors import EncodeError
from scenebox_ros.model.readings import Calibration, ImageFrame

K = (60.0, 0.0, 40.0, 0.0, 60.0, 30.0, 0.0, 0.0, 1.0)
P = (60.0, 0.0, 40.0, 0.0, 0.0, 60.0, 30.0, 0.0, 0.0, 0.0, 1.0, 0.0)
PIXELS = np.random.default_rng(0).integers(0, 256, (60, 80, 3)).astype(np.uint8)


def frame(pixels=PIXELS, channels='bgr', encoding='bgr8'):
    return ImageFrame(pixels, channels, encoding, 5, 'cam', memoryview(b'x'))


def calibration(**changes):
    values = {
        'width': 80, 'height': 60, 'distortion_model': 'plumb_bob',
        'd': (-0.2, 0.05, 0.001, 0.0, 0.0), 'k': K, 'r': (1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0), 'p': P,
        'stamp_ns': 0, 'frame_id': 'cam',
    }
    return Calibration(**{**values, **changes})


def test_a_frame_is_shrunk_to_its_longer_side():
    small = resize(frame(), 40)

    np.testing.assert_array_equal(
        small.pixels, cv2.resize(PIXELS, (40, 30), interpolation=cv2.INTER_AREA))
    assert (small.stamp_ns, small.payload, small.encoding) == (5, b'x', 'bgr8')


def test_a_small_frame_stays_as_it_is():
    given = frame()

    assert resize(given, 80) is given


def test_depth_is_not_averaged():
    depth = np.random.default_rng(0).choice([1000, 9000], (60, 80)).astype(np.uint16)

    small = resize(frame(depth, 'depth', '16UC1'), 10)

    assert set(np.unique(small.pixels)) == {1000, 9000}


@pytest.mark.parametrize('kind, encoding', [(np.uint8, 'bgr8'), (np.uint16, 'bgr16')])
def test_a_mosaic_is_coloured_before_it_shrinks(kind, encoding):
    small = resize(frame(np.full((60, 80), 9, kind), 'bayer_rggb', 'bayer_rggb'), 8)

    assert (small.channels, small.encoding, small.pixels.shape) == ('bgr', encoding, (6, 8, 3))


def test_a_size_of_nothing_is_refused():
    with pytest.raises(EncodeError, match='max_side is 0'):
        resize(frame(), 0)


def test_distortion_is_removed_as_opencv_does():
    straight = Rectifier(calibration())(frame())

    expected = cv2.undistort(PIXELS, np.reshape(K, (3, 3)), np.array(calibration().d))
    assert np.abs(straight.pixels.astype(int) - expected).mean() < 2


def test_a_fisheye_lens_is_removed_as_opencv_does():
    d = (0.05, -0.01, 0.001, 0.0)

    straight = Rectifier(calibration(distortion_model='equidistant', d=d))(frame())

    k = np.reshape(K, (3, 3))
    expected = cv2.fisheye.undistortImage(PIXELS, k, np.array(d), Knew=k)
    assert np.abs(straight.pixels.astype(int) - expected).mean() < 2


@pytest.mark.parametrize('changes', [
    {'d': ()}, {'p': (0.0,) * 12, 'd': ()}, {'d': (), 'r': (0.0,) * 9},
])
def test_without_distortion_nothing_moves(changes):
    straight = Rectifier(calibration(**changes))(frame())

    np.testing.assert_array_equal(straight.pixels, PIXELS)


def test_smaller_frames_of_the_same_camera_are_scaled():
    half = cv2.resize(PIXELS, (40, 30), interpolation=cv2.INTER_AREA)

    straight = Rectifier(calibration(d=()))(frame(half))

    np.testing.assert_array_equal(straight.pixels, half)


@pytest.mark.parametrize('changes, reason', [
    ({'k': (0.0,) * 9}, "camera 'cam' is not calibrated"),
    ({'k': (*K[:4], 0.0, *K[5:])}, r'k\[4\] is 0'),
    ({'width': 0}, 'pictures of 0 x 60'),
    ({'distortion_model': 'magic'}, "model 'magic'; known are equidistant"),
    ({'k': (float('nan'),) * 9}, 'NaN or infinity in k'),
    ({'d': (float('inf'),) * 5}, 'NaN or infinity in d'),
    ({'r': (float('nan'),) * 9}, 'NaN or infinity in r'),
    ({'p': (float('nan'),) * 12}, 'NaN or infinity in p'),
    ({'distortion_model': 'equidistant', 'd': (0.1,) * 5}, '5 numbers in d; equidistant has 4'),
    ({'d': (0.1,) * 15}, '15 numbers in d; plumb_bob has 14'),
])
def test_a_calibration_that_cannot_work_is_refused(changes, reason):
    with pytest.raises(EncodeError, match=reason):
        Rectifier(calibration(**changes))


@pytest.mark.parametrize('changes', [
    {'r': (1.0,) * 9}, {'p': (*P[:5], 0.0, *P[6:])}, {'d': (1e300,) * 5},
])
def test_a_calibration_that_would_make_black_pictures_is_refused(changes):
    with pytest.raises(EncodeError, match="calibration of 'cam' leaves no pixel"):
        Rectifier(calibration(**changes))(frame())
    assert 'leaves no pixel' in Rectifier(calibration(**changes)).fault_for((80, 60))


@pytest.mark.parametrize('model', ['plumb_bob', 'equidistant'])
def test_what_can_be_rectified_is_known_without_a_frame(model):
    rectifier = Rectifier(calibration(distortion_model=model, d=(0.01, 0.01, 0.0, 0.0)))

    assert [rectifier.fault_for(size) for size in [(80, 60), (40, 30), (800, 600), (0, 0)]] == [
        ''] * 4
    assert '80 x 50 does not fit the calibration' in rectifier.fault_for((80, 50))


@pytest.mark.parametrize('model, short, long', [
    ('equidistant', (0.1, 0.01), (0.1, 0.01, 0.0, 0.0)),
    ('plumb_bob', (-0.2, 0.05), (-0.2, 0.05, 0.0, 0.0, 0.0)),
    ('plumb_bob', (-0.2, 0.05, 0, 0, 0, 0.01), (-0.2, 0.05, 0, 0, 0, 0.01, 0, 0)),
    ('none', (), (0.0,) * 5),
    ('None', (9.0,), (0.0,) * 5),
])
def test_coefficients_that_are_left_out_are_zero(model, short, long):
    straight = Rectifier(calibration(distortion_model=model, d=short))(frame())

    known = model if model == 'equidistant' else 'plumb_bob'
    expected = Rectifier(calibration(distortion_model=known, d=long))(frame())
    np.testing.assert_array_equal(straight.pixels, expected.pixels)


def test_a_frame_of_another_shape_is_refused():
    with pytest.raises(EncodeError, match='80 x 50 does not fit the calibration of 80 x 60'):
        Rectifier(calibration())(frame(PIXELS[:50]))
