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

"""Laser scans become points, one per beam."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from scenebox_ros.decode.cloud import decode_echoes, decode_scan
from scenebox_ros.errors import DecodeError

HEADER = SimpleNamespace(stamp=SimpleNamespace(sec=5, nanosec=7), frame_id='laser')


def scan(**said):
    message = {
        'header': HEADER, 'angle_min': 0.0, 'angle_max': math.pi, 'angle_increment': math.pi / 2,
        'time_increment': 0.5, 'scan_time': 1.5, 'range_min': 0.1, 'range_max': 10.0,
        'ranges': np.array([1, 2, 3], '<f4'), 'intensities': np.array([7, 8, 9], '<f4'), **said,
    }  # fmt: skip
    return SimpleNamespace(**message)


def columns(frame, *names):
    return [frame.points[name][0].tolist() for name in names]


def test_beams_turn_from_the_first_angle_on():
    frame = decode_scan(scan())

    assert frame.points.shape == (1, 3)
    expected = [[1, 0, -3], [0, 2, 0], [0, 0, 0]]
    np.testing.assert_allclose(columns(frame, 'x', 'y', 'z'), expected, atol=1e-6)
    assert columns(frame, 'range', 'time', 'intensity') == [[1, 2, 3], [0, 0.5, 1], [7, 8, 9]]
    assert frame.is_dense


def test_a_range_outside_the_limits_is_kept_but_is_no_point():
    ranges = [0.05, math.inf, -math.inf, math.nan, 10.5, 10.0, 0.5]

    frame = decode_scan(scan(ranges=ranges, intensities=[]))

    assert np.isnan(frame.points['x'][0]).tolist() == [True] * 5 + [False] * 2
    assert np.isnan(frame.points['z'][0]).tolist() == [True] * 5 + [False] * 2
    np.testing.assert_array_equal(frame.points['range'][0], np.array(ranges, '<f4'))
    assert not frame.is_dense


@pytest.mark.parametrize('intensities', [[], [1.0]])
def test_intensities_that_are_not_one_per_beam_are_left_out(intensities):
    assert 'intensity' not in decode_scan(scan(intensities=intensities)).points.dtype.names


@pytest.mark.parametrize('number', [math.nan, math.inf, 1e308])
@pytest.mark.parametrize('name', ['angle_min', 'angle_increment', 'time_increment', 'range_max'])
def test_numbers_that_are_none_make_no_noise(name, number):
    assert decode_scan(scan(**{name: number})).points.shape == (1, 3)


def test_an_infinite_range_is_no_point_though_there_is_no_limit():
    frame = decode_scan(scan(ranges=[1.0, float('inf')], range_max=float('inf')))

    assert np.isfinite([frame.points[0, 0][axis] for axis in 'xyz']).all()
    assert np.isnan([frame.points[0, 1][axis] for axis in 'xyz']).all()
    assert frame.points['range'][0, 1] == np.inf


def test_the_payload_is_what_was_measured():
    assert bytes(decode_scan(scan()).payload) == np.array([1, 2, 3], '<f4').tobytes()


def test_a_scan_without_beams_has_no_points():
    assert decode_scan(scan(ranges=[], intensities=[])).points.shape == (1, 0)


def echoes(*groups):
    return [SimpleNamespace(echoes=list(group)) for group in groups]


def test_each_echo_becomes_a_point_at_its_beams_angle():
    frame = decode_echoes(
        scan(ranges=echoes([1, 1.5], [], [3]), intensities=echoes([7, 6], [], [9]))
    )

    np.testing.assert_allclose(columns(frame, 'x'), [[1, 1.5, -3]], atol=1e-6)
    assert columns(frame, 'echo', 'intensity', 'time') == [[0, 1, 0], [7, 6, 9], [0, 0, 1]]


def test_a_scan_without_echoes_has_no_points():
    assert decode_echoes(scan(ranges=[], intensities=[])).points.shape == (1, 0)


@pytest.mark.parametrize('read', [decode_scan, decode_echoes])
@pytest.mark.parametrize(
    'said', [{'ranges': None}, {'ranges': ['far']}, {'intensities': 'x'}, {'ranges': 5}]
)
def test_what_is_no_scan_is_told_so(read, said):
    with pytest.raises(DecodeError, match='this is no'):
        read(scan(**said))


def test_a_scan_without_angles_is_told_so():
    with pytest.raises(DecodeError, match='lacks its angles'):
        decode_scan(scan(angle_min=None))
