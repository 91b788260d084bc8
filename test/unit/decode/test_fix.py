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

"""Positions are read as the receiver said them; whether they are any good is told apart."""

import math
from types import SimpleNamespace

import pytest

from scenebox_ros.decode.fix import (
    decode_fix,
    decode_gps_fix,
    decode_location_fix,
    fault_of,
    fix_from_pose,
)
from scenebox_ros.errors import DecodeError
from scenebox_ros.model.geodesy import distance_m, LocalFrame, Position

HEADER = SimpleNamespace(stamp=SimpleNamespace(sec=5, nanosec=7), frame_id='gps')
COVARIANCE = (1.0, 0, 0, 0, 2.0, 0, 0, 0, 3.0)


def message(status=0, **said):
    fields = {
        'header': HEADER, 'status': SimpleNamespace(status=status, service=1), 'latitude': 48.1,
        'longitude': 11.5, 'altitude': 520.0, 'position_covariance': COVARIANCE,
        'position_covariance_type': 2, **said,
    }  # fmt: skip
    return SimpleNamespace(**fields)


@pytest.mark.parametrize('read', [decode_fix, decode_gps_fix])
def test_a_fix_has_all_that_the_receiver_said(read):
    fix = read(message(status=2))

    assert (fix.latitude, fix.longitude, fix.altitude_m) == (48.1, 11.5, 520.0)
    assert (fix.status, fix.covariance) == (2, COVARIANCE)
    assert (fix.stamp_ns, fix.frame_id) == (5_000_000_007, 'gps')
    assert fault_of(fix) is None


@pytest.mark.parametrize('altitude', [math.nan, -math.inf, 3.4e38, -1e9])
def test_an_unknown_altitude_and_an_unknown_covariance_are_none(altitude):
    fix = decode_fix(message(altitude=altitude, position_covariance_type=0))

    assert fix.altitude_m is None
    assert fix.covariance is None
    assert fault_of(fix) is None


def test_a_covariance_with_nan_says_nothing():
    assert decode_fix(message(position_covariance=(math.nan, *COVARIANCE[1:]))).covariance is None


@pytest.mark.parametrize(
    ('said', 'reason'),
    [
        ({'status': -1}, 'no fix'),
        ({'status': -2}, 'no fix'),
        ({'latitude': math.nan}, 'not a number'),
        ({'longitude': math.inf}, 'not a number'),
        ({'latitude': 90.001}, 'out of range'),
        ({'longitude': -180.001}, 'out of range'),
        ({'latitude': 0.0, 'longitude': 0.0}, 'null island'),
        ({'latitude': 0.0}, None),
        ({'latitude': -90.0, 'longitude': 180.0}, None),
    ],
)
def test_what_is_no_position_says_why(said, reason):
    assert fault_of(decode_fix(message(**said))) == reason


@pytest.mark.parametrize(
    ('status', 'known'),
    [(-1, -1), (0, 0), (1, 1), (2, 2), (18, 2), (19, 2), (20, 2), (33, 1), (99, 0), (-5, -5)],
)
def test_statuses_of_gpsfix_become_navsatfixes(status, known):
    assert decode_gps_fix(message(status=status)).status == known


@pytest.mark.parametrize('read', [decode_fix, decode_gps_fix, decode_location_fix])
@pytest.mark.parametrize(
    'said', [{'altitude': None}, {'latitude': 'north'}, {'position_covariance': 3}, {'header': 1}]
)
def test_what_is_no_fix_is_told_so(read, said):
    broken = message()
    broken.__dict__.update(said)

    with pytest.raises(DecodeError, match='this is no'):
        read(broken)


def test_a_location_fix_has_its_time_and_frame_beside_the_data():
    said = message()
    del said.header, said.status
    said.timestamp, said.frame_id = HEADER.stamp, 'gps'

    fix = decode_location_fix(said)

    assert (fix.status, fix.stamp_ns, fix.frame_id) == (0, 5_000_000_007, 'gps')
    assert (fix.latitude, fix.covariance) == (48.1, COVARIANCE)


def pose(x, y, z=0.0):
    return SimpleNamespace(position=SimpleNamespace(x=x, y=y, z=z), orientation=None)


@pytest.mark.parametrize('depth', [0, 1, 2])
def test_a_pose_becomes_a_fix_around_its_datum(depth):
    msg = pose(300.0, 400.0, 5.0)
    for _ in range(depth):
        msg = SimpleNamespace(pose=msg, header=HEADER)
    origin = Position(49.0, 8.4, 110.0)

    fix = fix_from_pose(msg, LocalFrame(origin))

    there = Position(fix.latitude, fix.longitude)
    assert distance_m(origin, there) == pytest.approx(500, abs=0.01)
    assert fix.longitude > 8.4
    assert fix.latitude > 49
    assert fix.altitude_m == pytest.approx(115, abs=0.05)
    assert fix.stamp_ns == (5_000_000_007 if depth else 0)


def test_a_pose_that_is_not_finite_is_no_fix():
    fix = fix_from_pose(pose(math.nan, 0), LocalFrame(Position(49, 8)))

    assert fault_of(fix) == 'no fix'


def test_a_message_without_a_pose_is_told_so():
    with pytest.raises(DecodeError, match='no pose'):
        fix_from_pose(SimpleNamespace(header=HEADER), LocalFrame(Position(49, 8)))
