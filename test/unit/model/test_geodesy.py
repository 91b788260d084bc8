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

"""Places, metres and the way between them, against published figures."""

import math

from hypothesis import assume, given, settings, strategies as st
import pytest

from scenebox_ros.model.geodesy import (
    between,
    distance_m,
    from_ecef,
    LocalFrame,
    Position,
    SEMI_MAJOR_M,
    SEMI_MINOR_M,
    to_ecef,
    wrap_longitude,
)

LATITUDES = st.floats(-90, 90)
LONGITUDES = st.floats(-180, 179.999)
METRES = st.floats(-5000, 5000)


@pytest.mark.parametrize(
    ('place', 'expected'),
    [
        (Position(0, 0), (SEMI_MAJOR_M, 0, 0)),
        (Position(0, 90, 100), (0, SEMI_MAJOR_M + 100, 0)),
        (Position(90, 0), (0, 0, SEMI_MINOR_M)),
        (Position(-90, 45, -10), (0, 0, -SEMI_MINOR_M + 10)),
    ],
)
def test_axes_of_the_ellipsoid_are_where_they_are(place, expected):
    assert to_ecef(place) == pytest.approx(expected, abs=1e-6)


@settings(deadline=None)
@given(LATITUDES, LONGITUDES, METRES)
def test_positions_come_back_from_earth_centred_metres(latitude, longitude, altitude):
    place = Position(latitude, longitude, altitude)

    back = from_ecef(*to_ecef(place))

    assert distance_m(place, back) < 1e-3
    assert math.dist(to_ecef(back), to_ecef(place)) < 1e-6
    assert back.altitude_m == pytest.approx(altitude, abs=1e-6)


@settings(deadline=None)
@given(LATITUDES, LONGITUDES, METRES, METRES, METRES, st.floats(-180, 180))
def test_positions_come_back_from_local_metres(latitude, longitude, x, y, z, heading):
    frame = LocalFrame(Position(latitude, longitude, 50.0), heading)

    back = frame.to_local(frame.to_position(x, y, z))

    assert back == pytest.approx((x, y, z), abs=1e-5)


def test_east_is_east_and_north_is_north():
    frame = LocalFrame(Position(48, 11, 500.0))

    assert frame.to_local(Position(48, 11, 503.0)) == pytest.approx((0, 0, 3), abs=1e-6)
    east, north, _ = frame.to_local(Position(48, 11.001, 500.0))
    assert (round(east, 1), round(north, 2)) == (74.6, 0.0)
    east, north, _ = frame.to_local(Position(48.001, 11, 500.0))
    assert (round(east, 6), round(north, 1)) == (0.0, 111.2)


def test_a_heading_turns_the_axes():
    frame = LocalFrame(Position(48, 11, 0.0), heading_deg=90)

    place = frame.to_position(100, 0)

    assert place.latitude > 48.0008
    assert place.longitude == pytest.approx(11, abs=1e-9)


def test_an_origin_without_altitude_gives_none():
    assert LocalFrame(Position(48, 11)).to_position(1, 2).altitude_m is None


@pytest.mark.parametrize(
    ('one', 'other', 'metres', 'tolerance'),
    [
        # One degree on the equator, and a meridian's quarter (10 001 965.729 m).
        (Position(0, 10), Position(0, 11), 111_319.49, 1e-4),
        (Position(0, 0), Position(90, 0), 10_001_965.7, 3e-3),
        # Flinders Peak to Buninyong, the test line of Geoscience Australia's manual.
        (Position(-37.951033, 144.424868), Position(-37.652821, 143.926496), 54_972.27, 3e-3),
        (Position(10, 179.9999), Position(10, -179.9999), 21.93, 1e-3),
        (Position(89.9999, 0), Position(89.9999, 180), 22.34, 1e-3),
        (Position(5, 5), Position(5, 5, 900.0), 0, 1e-9),
    ],
)
def test_distances_are_those_of_the_ellipsoid(one, other, metres, tolerance):
    assert distance_m(one, other) == pytest.approx(metres, rel=tolerance, abs=1e-6)


@pytest.mark.parametrize(
    ('longitude', 'wrapped'),
    [(180, -180), (-180, -180), (181, -179), (-181, 179), (540, -180), (179.5, 179.5)],
)
def test_longitudes_are_wrapped(longitude, wrapped):
    assert wrap_longitude(longitude) == wrapped


@settings(deadline=None)
@given(LATITUDES, LONGITUDES, st.floats(-2, 2), st.floats(-2, 2), st.floats(0, 1))
def test_a_part_of_the_way_is_never_further_than_the_whole(latitude, longitude, up, right, part):
    one = Position(latitude, longitude)
    other = Position(latitude + up, wrap_longitude(longitude + right))
    assume(abs(other.latitude) < 89)
    assume(abs(one.latitude) < 89)

    middle = between(one, other, part)

    whole = distance_m(one, other)
    assert distance_m(one, middle) <= whole * 1.01 + 1e-6
    assert distance_m(middle, other) <= whole * 1.01 + 1e-6


@pytest.mark.parametrize('pole', [90, -90])
def test_half_of_the_way_across_a_pole_is_the_pole(pole):
    near = pole - math.copysign(0.01, pole)
    one, other = Position(near, 30.0, 10.0), Position(near, -150.0, 20.0)

    middle = between(one, other, 0.5)

    assert distance_m(middle, Position(pole, 0)) < 1e-3
    assert middle.altitude_m == 15.0
    quarter = between(one, other, 0.25)
    assert distance_m(one, quarter) == pytest.approx(distance_m(one, other) / 4, rel=1e-6)
    assert quarter.longitude == pytest.approx(30.0)


def test_altitudes_are_interpolated_where_both_are_known():
    assert between(Position(0, 1, 10.0), Position(0, 2, 20.0), 0.25).altitude_m == 12.5
    assert between(Position(0, 1, 10.0), Position(0, 2), 0.25).altitude_m is None
