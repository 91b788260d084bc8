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

from pathlib import Path
import random
import sys

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from entities import columns, entity, grid, rows  # noqa: E402

from scenebox_ros.errors import SessionError  # noqa: E402

N = None


def scalar(value, at, influence='linear_interpolation', **more):
    return entity(value, at=at, kind='scalar', influence=influence, **more)


def test_a_point_holds_in_its_own_cell():
    assert rows([entity('a', at=2.9, influence='point')], grid(0, 5)) == [N, N, 'a', N, N]


def test_of_two_points_in_a_cell_the_later_counts():
    both = [scalar(7, 2.8, 'point'), scalar(5, 2.1, 'point')]

    assert rows(both, grid(0, 4)) == [N, N, 7.0, N]


def test_a_scalar_is_read_off_the_line_at_the_start_of_every_cell():
    assert rows([scalar(0, 1), scalar(10, 5)], grid(0, 7)) == [N, 0, 2.5, 5, 7.5, 10, N]


def test_the_first_reading_shows_in_its_own_cell():
    assert rows([scalar(2, 1.5), scalar(4, 2.5)], grid(0, 4)) == [N, 2, 3, N]


def test_a_lone_reading_shows_in_its_own_cell():
    assert rows([scalar(2, 1.5)], grid(0, 4)) == [N, 2, N, N]


def test_readings_denser_than_the_grid_are_sampled():
    dense = [scalar(i, i / 10) for i in range(31)]

    assert rows(dense, grid(0, 4)) == [0, 10, 20, 30]


def test_integers_are_rounded_halves_up():
    steps = [scalar(0, 0, 'linear_interpolation_integer'),
             scalar(5, 2, 'linear_interpolation_integer')]

    assert rows(steps, grid(0, 4)) == [0, 3, 5, N]
    assert all(isinstance(v, int) for v in rows(steps, grid(0, 3)))


def test_cells_that_no_reading_reaches_stay_empty():
    far = [scalar(0, 0, influence_radius_in_seconds=2),
           scalar(10, 10, influence_radius_in_seconds=1)]

    assert rows(far, grid(0, 11)) == [0, 1, 2, N, N, N, N, N, N, 9, 10]


def test_not_a_number_is_no_reading():
    assert rows([scalar(0, 0), scalar(float('nan'), 1), scalar(4, 2)], grid(0, 3)) == [0, 2, 4]


def test_vectors_are_interpolated_number_by_number():
    two = [scalar([0, 0], 0), scalar([2, 4], 2)]
    for one in two:
        one['entity_type'] = 'vector'

    assert rows(two, grid(0, 4)) == [[0, 0], [1, 2], [2, 4], N]


def fix(lat, lon, at, **more):
    return entity([lat, lon], at=at, kind='geo', influence='geo_interpolation', **more)


def test_positions_become_latitude_and_longitude():
    found = columns([fix(10, 20, 0), fix(12, 24, 2)], grid(0, 3))

    assert found.keys() == {'x.lat', 'x.lon'}
    assert found['x.lat'].rows() == [10, 11, 12]
    assert found['x.lon'].rows() == [20, 22, 24]


def test_a_track_crosses_the_antimeridian_the_short_way():
    east, west = fix(0, 179, 0), fix(0, -177, 4)

    assert rows([east, west], grid(0, 5), 'x.lon') == [179, 180, -179, -178, -177]


def test_altitude_is_kept_where_it_is_known():
    known = fix(1, 2, 0, geolocation={'lat': 1, 'lon': 2, 'altitude_m': 5})

    assert rows([known], grid(0, 2), 'x.altitude_m') == [5, N]


def test_an_altitude_shows_at_its_own_time_whatever_its_neighbours_know():
    def at_altitude(at, altitude):
        return fix(1, 2, at, geolocation={'lat': 1, 'lon': 2, 'altitude_m': altitude})

    three = [at_altitude(0, N), at_altitude(2, 5), at_altitude(4, N)]

    assert rows(three, grid(0, 6), 'x.altitude_m') == [N, N, 5, N, N, N]


def test_an_interval_covers_every_cell_it_touches_and_not_the_one_it_ends_at():
    assert rows([entity('a', start=1.5, end=3)], grid(0, 5)) == [N, 'a', 'a', N, N]
    assert rows([entity('a', start=1.5, end=3.01)], grid(0, 5)) == [N, 'a', 'a', 'a', N]


def test_an_interval_without_length_covers_its_cell():
    assert rows([entity('a', start=2, end=2)], grid(0, 4)) == [N, N, 'a', N]


def test_an_interval_with_a_radius_reaches_both_ways():
    near = entity('a', at=3, influence_radius_in_seconds=1.5)

    assert rows([near], grid(0, 6)) == [N, 'a', 'a', 'a', 'a', N]


def test_of_overlapping_intervals_the_one_that_began_last_counts():
    both = [entity('long', at=0, start=0, end=6), entity('short', at=2, start=2, end=4)]

    assert rows(both, grid(0, 7)) == ['long', 'long', 'short', 'short', 'long', 'long', N]


def test_before_any_has_begun_the_one_that_begins_first_counts():
    both = [entity('a', at=3, start=1, end=4), entity('b', at=4, start=0, end=5)]

    assert rows(both, grid(0, 6)) == ['b', 'a', 'a', 'a', 'b', N]


def test_of_two_at_one_moment_the_greater_counts_before_they_have_begun_too():
    both = [entity('a', at=3, start=0, end=5), entity('b', at=3, start=0, end=5)]

    assert rows(both, grid(0, 6)) == ['b', 'b', 'b', 'b', 'b', N]


def test_point_events_of_the_original_client_show_their_own_value():
    # add_df sends every non-numeric value with one cell of time on both sides.
    three = [entity(v, at=t, start=t - 1, end=t + 1) for v, t in [('a', 2), ('b', 3), ('c', 4)]]

    assert rows(three, grid(0, 6)) == [N, 'a', 'a', 'b', 'c', N]


def test_states_in_sets_all_hold():
    both = [entity(['rain'], start=1, end=4, kind='state_set'),
            entity(['dark', 'rain'], start=2, end=3, kind='state_set')]

    assert rows(both, grid(0, 5)) == [N, ['rain'], ['dark', 'rain'], ['rain'], N]


def test_images_of_several_cameras_share_a_cell():
    frames = [entity(i, at=t, kind='media', media_asset_id=i)
              for i, t in [('left', 1.1), ('right', 1.2), ('left_2', 2.0)]]

    assert rows(frames, grid(0, 4)) == [N, ['left', 'right'], ['left_2'], N]


def test_forward_holds_until_the_next_one():
    steps = [entity('a', at=1, influence='affect_forward'),
             entity('b', at=3.5, influence='affect_forward')]

    assert rows(steps, grid(0, 6)) == [N, 'a', 'a', 'b', 'b', 'b']


def test_forward_ends_at_its_end_and_at_its_radius():
    bounded = entity('a', start=1, end=3, influence='affect_forward')
    near = entity('a', at=1, influence='affect_forward', influence_radius_in_seconds=1.5)

    assert rows([bounded], grid(0, 5)) == [N, 'a', 'a', N, N]
    assert rows([near], grid(0, 5)) == [N, 'a', 'a', N, N]


def test_backward_holds_since_the_one_before():
    steps = [entity('a', at=1, influence='affect_backward'),
             entity('b', at=3.5, influence='affect_backward')]

    assert rows(steps, grid(0, 6)) == ['a', 'a', 'b', 'b', N, N]


def test_backward_with_a_start_begins_there():
    one = entity('a', at=4, start=2, influence='affect_backward')

    assert rows([one], grid(0, 6)) == [N, N, 'a', 'a', 'a', N]


def test_start_stop_includes_the_cell_of_its_stop():
    one = entity('a', start=1, end=3, influence='start_stop')

    assert rows([one], grid(0, 5)) == [N, 'a', 'a', 'a', N]


def test_a_start_and_a_stop_may_come_apart():
    pair = [entity('on', at=1, start=1, influence='start_stop'),
            entity('on', end=3, influence='start_stop')]

    assert rows(pair, grid(0, 6)) == [N, 'on', 'on', 'on', N, N]


def test_bare_timestamps_alternate_between_start_and_stop():
    marks = [entity('on', at=t, influence='start_stop') for t in [1, 2, 4]]

    assert rows(marks, grid(0, 6)) == [N, 'on', 'on', N, 'on', 'on']


def test_a_set_stops_only_what_started_as_that_set():
    marks = [entity(value, at=t, kind='state_set', influence='start_stop')
             for value, t in [(['a', 'b'], 1), (['a'], 3), (['b', 'a'], 4)]]

    assert rows(marks, grid(0, 6)) == [N, ['a', 'b'], ['a', 'b'], ['a', 'b'], ['a', 'b'], ['a']]


def test_two_videos_may_run_at_once():
    videos = [entity(i, start=s, end=e, kind='media', influence='affect_forward', entity_id=i)
              for i, s, e in [('front', 0, 3), ('back', 1, N)]]

    assert rows(videos, grid(0, 5)) == [['front'], *[['back', 'front']] * 2, ['back'], ['back']]


def test_under_one_name_the_more_specific_influence_counts():
    both = [scalar(0, 0), scalar(4, 4), scalar(9, 2, 'point')]

    assert rows(both, grid(0, 5)) == [0, 1, 9, 3, 4]


def test_two_types_under_one_name_share_the_field():
    both = [scalar(1, 0), entity('odd', at=2, influence='point')]

    assert rows(both, grid(0, 4)) == [1, N, 'odd', N]


def test_what_lies_outside_the_grid_is_cut_off():
    wide = entity('a', start=-5, end=50)

    assert rows([wide], grid(0, 3)) == ['a', 'a', 'a']
    assert rows([entity('a', start=-5, end=-1)], grid(0, 3)) == [N, N, N]


@pytest.mark.parametrize('resolution', [0.1, 0.25, 2.0])
def test_any_resolution_has_the_same_rules(resolution):
    steps = [scalar(0, 0), scalar(10, 10)]
    found = rows(steps, grid(0, round(10 / resolution), resolution))

    assert found == pytest.approx(np.arange(0, 10, resolution))


TIMES = st.integers(0, 80).map(lambda n: n / 8)


@st.composite
def said(draw):
    kind = draw(st.sampled_from(['scalar', 'geo', 'state', 'state_set', 'media', 'vector']))
    words = st.sampled_from(['a', 'b', 'c'])
    numbers = st.integers(-170, 170).map(float)
    value = {
        'scalar': numbers, 'state': words, 'media': words,
        'geo': st.tuples(st.integers(-80, 80).map(float), numbers).map(list),
        'state_set': st.lists(words, min_size=1, max_size=3),
        'vector': st.tuples(numbers, numbers).map(list),
    }[kind]  # fmt: skip
    influences = ['point', 'interval', 'start_stop', 'affect_forward', 'affect_backward']
    more = {'scalar': ['linear_interpolation'], 'vector': ['linear_interpolation'],
            'geo': ['geo_interpolation']}.get(kind, [])
    start, end = sorted([draw(TIMES), draw(TIMES)])
    given_ = draw(st.sampled_from(['at', 'start', 'end', 'both', 'all']))
    times = {'at': {'at': start}, 'start': {'start': start}, 'end': {'end': end},
             'both': {'start': start, 'end': end},
             'all': {'at': (start + end) / 2, 'start': start, 'end': end}}[given_]  # fmt: skip
    radius = draw(st.sampled_from([0, 0, 1.5]))
    return entity(draw(value), kind=kind, influence=draw(st.sampled_from(influences + more)),
                  entity_name=kind, influence_radius_in_seconds=radius, **times)  # fmt: skip


def shown(entities, cells):
    return {field: column.rows() for field, column in columns(entities, cells).items()}


@settings(max_examples=40, deadline=None)
@given(st.lists(said(), max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(entities, chance):
    shuffled = random.Random(chance.random()).sample(entities, len(entities))

    assert shown(shuffled, grid()) == shown(entities, grid())


@settings(max_examples=40, deadline=None)
@given(st.lists(said(), max_size=12), st.integers(0, 10), st.integers(0, 10))
def test_a_window_shows_what_the_whole_shows(entities, one, other):
    first, last = sorted([one, other])
    whole = shown(entities, grid())
    window = shown(entities, grid(first, last))

    for field, values in whole.items():
        assert window.get(field, [N] * (last - first)) == values[first:last]


def test_what_would_fill_the_memory_is_refused():
    many = [entity([f'{i}'], start=0, end=10**6, kind='state_set') for i in range(60)]

    with pytest.raises(SessionError, match='coarser resolution'):
        rows(many, grid(0, 10**6))
