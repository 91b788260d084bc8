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

"""A track says where the sensor was, and does not when it cannot know."""

import math

from hypothesis import given, settings, strategies as st
import pytest

from scenebox_ros.model.readings import Fix
from scenebox_ros.model.track import Track
from scenebox_ros.stamps import NS_PER_S


def fix(second, latitude=48.0, longitude=11.0, altitude_m=None, status=0):
    stamp_ns = round(second * NS_PER_S)
    return Fix(latitude, longitude, altitude_m, status, None, stamp_ns, 'gps')


def track_of(*fixes, **options):
    track = Track(**options)
    for one in fixes:
        track.add(one)
    return track


def at(track, second, **options):
    place = track.at(round(second * NS_PER_S), **options)
    return place and (round(place.latitude, 9), round(place.longitude, 9))


def test_a_position_between_two_fixes_lies_between_them():
    track = track_of(fix(0, 48, 11, 500.0), fix(10, 48.001, 11.002, 510.0))

    assert at(track, 2.5) == (48.00025, 11.0005)
    assert track.at(2_500_000_000).altitude_m == 502.5
    assert at(track, 0) == (48, 11)
    assert at(track, 10) == (48.001, 11.002)


def test_the_way_across_the_antimeridian_is_the_short_one():
    track = track_of(fix(0, -17, 179.9999), fix(10, -17, -179.9999))

    assert at(track, 2.5) == (-17, 179.99995)
    assert at(track, 7.5) == (-17, -179.99995)
    assert track.distance_m() == pytest.approx(21.3, abs=0.1)


def test_before_and_after_and_in_a_gap_nothing_is_made_up():
    track = track_of(fix(0), fix(5), fix(30), max_gap_s=10)

    assert at(track, -1) is None
    assert at(track, 17) is None
    assert at(track, 31) is None
    assert at(track, 2) is not None


def test_the_nearest_fix_is_held_where_that_is_asked_for():
    track = track_of(fix(0, 48), fix(5, 48.0001), fix(30, 48.001), max_gap_s=10)

    assert at(track, -1, hold_s=1) == (48, 11)
    assert at(track, -1.1, hold_s=1) is None
    assert at(track, 6, hold_s=2) == (48.0001, 11)
    assert at(track, 29, hold_s=2) == (48.001, 11)
    assert at(track, 17, hold_s=2) is None
    assert at(track, 32, hold_s=2) == (48.001, 11)


def test_an_empty_track_knows_nothing():
    track = Track()

    assert at(track, 0, hold_s=99) is None
    assert (track.start_ns, track.end_ns, len(track)) == (None, None, 0)
    assert (track.pieces(), track.distance_m()) == ([], 0)


def test_what_is_no_position_is_counted_and_left_out():
    track = track_of(
        fix(0, status=-1), fix(1, math.nan), fix(2, 91), fix(3, 0, 0), fix(4), fix(5, 48, math.nan)
    )

    assert dict(track.rejected) == {
        'no fix': 1, 'not a number': 2, 'out of range': 1, 'null island': 1,
    }  # fmt: skip
    assert len(track) == 1


def test_a_single_jump_is_left_out():
    track = track_of(fix(0), fix(1, 49), fix(2, 48.0001))

    assert track.rejected == {'jump': 1}
    assert at(track, 1) == (48.00005, 11)


def test_a_jump_that_is_confirmed_begins_a_new_piece():
    track = track_of(fix(0), fix(1, 49), fix(2, 49.0001), fix(3, 49.0002))

    assert track.rejected['jump'] == 0
    assert [len(piece) for piece in track.pieces()] == [1, 3]
    assert at(track, 0.5) is None
    assert at(track, 1.5) == (49.00005, 11)
    assert track.distance_m() == pytest.approx(22.2, abs=0.1)


def test_two_jumps_to_different_places_are_both_left_out():
    track = track_of(fix(0), fix(1, 49), fix(2, 47), fix(3))

    assert track.rejected == {'jump': 2}
    assert len(track) == 2


def test_a_jump_confirmed_after_good_fixes_is_not_a_jump_back_in_time():
    track = track_of(fix(0), fix(1, 49), fix(2), fix(3, 49))

    assert track.rejected == {'jump': 2}
    assert [len(piece) for piece in track.pieces()] == [2]


def test_noise_of_fixes_close_in_time_is_no_jump():
    track = track_of(fix(0), fix(0.001, 48.00005))

    assert len(track) == 2


def test_a_late_fix_finds_its_place():
    track = track_of(fix(0, 48), fix(10, 48.001), fix(5, 48.0002))

    assert at(track, 5) == (48.0002, 11)
    assert [stamp // NS_PER_S for stamp, _ in track.pieces()[0]] == [0, 5, 10]


def test_a_late_fix_far_off_is_left_out():
    track = track_of(fix(0), fix(10), fix(5, 52), fix(11))

    assert track.rejected == {'jump': 1}
    assert len(track) == 3


def test_a_stamp_that_is_there_already_is_a_duplicate():
    track = track_of(fix(0), fix(0, 48.00001))

    assert track.rejected == {'duplicate': 1}


def test_the_past_can_be_forgotten():
    track = Track(keep_s=60)
    for second in range(1000):
        track.add(fix(second, 48 + second / 1e5))

    assert len(track) <= 63
    assert at(track, 999 - 60) is not None
    assert at(track, 900) is None


def test_a_track_is_built_from_fixes_in_any_order():
    track = Track.of([fix(10, 48.001), fix(0), fix(5, 48.0002)])

    assert (track.start_ns, track.end_ns, len(track)) == (0, 10 * NS_PER_S, 3)


FIXES = st.builds(
    fix,
    st.integers(0, 40),
    st.floats(-95, 95) | st.floats(48, 48.001) | st.just(math.nan),
    st.floats(-185, 185) | st.floats(11, 11.001),
    st.none() | st.floats(-100, 100),
    st.integers(-2, 2),
)


@settings(deadline=None)
@given(st.lists(FIXES, max_size=30), st.floats(-5, 45))
def test_any_fixes_make_a_track(fixes, second):
    track = track_of(*fixes)

    place = track.at(round(second * NS_PER_S), hold_s=1)

    assert len(track) + sum(track.rejected.values()) == len(fixes)
    assert sum(map(len, track.pieces())) == len(track)
    assert place is None or (abs(place.latitude) <= 90 and abs(place.longitude) <= 180)
