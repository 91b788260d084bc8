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

"""A spool that is full, old or on a full disk: what gives way, and what is told."""

import pytest
from spool_records import names, record, small

from scenebox_ros.errors import SpoolFullError
from scenebox_ros.spool import Spool, SpoolLimits


def test_a_full_spool_refuses_and_keeps_the_rest(tmp_path):
    with Spool(tmp_path, small(policy='refuse')) as spool:
        with pytest.raises(SpoolFullError, match='no room for 1 of 3') as caught:
            spool.put([record('a', 600_000), record('b', 600_000), record('c', 1000)])

        assert caught.value.refused == ('b',)
        assert names(spool.take()) == ['a', 'c']
        assert spool.stat().streams['/cam'].refused == 1


def test_a_full_spool_drops_the_oldest_of_the_least_important(tmp_path):
    with Spool(tmp_path, small()) as spool:
        spool.put([record('a', 200_000, priority=1)])
        spool.put([record(name, 200_000, stream='/low', priority=-1) for name in 'bcd'])
        spool.put([record('e', 200_000), record('f', 200_000)])

        assert names(spool.take()) == ['a', 'e', 'f', 'd']
        assert spool.stat().streams['/low'].shed == 2


def test_an_unimportant_record_displaces_nothing_more_important(tmp_path):
    with Spool(tmp_path, small()) as spool:
        spool.put([record('a', 900_000, priority=1)])
        with pytest.raises(SpoolFullError):
            spool.put([record('b', 900_000, priority=0)])

        assert names(spool.take()) == ['a']


def test_thinning_leaves_every_second_one(tmp_path):
    with Spool(tmp_path, small(policy='thin')) as spool:
        spool.put([record(f'{i:02}', 90_000) for i in range(10)])
        spool.put([record(f'{i:02}', 90_000) for i in range(10, 14)])

        assert names(spool.take()) == ['00', '02', '04', '06', '08', '09', '10', '11', '12', '13']


def test_streams_can_have_their_own_policy(tmp_path):
    with Spool(tmp_path, small(streams={'/keep': 'refuse'})) as spool:
        spool.put([record('a', 600_000)])
        with pytest.raises(SpoolFullError):
            spool.put([record('b', 600_000, stream='/keep')])
        spool.put([record('c', 600_000)])

        assert names(spool.take()) == ['c']


def test_a_sessions_beginning_and_end_always_have_room(tmp_path):
    with Spool(tmp_path, small(policy='refuse')) as spool:
        spool.put([record('a', 990_000)])
        spool.put([record('s', kind='session'), record('end', kind='end')])

        assert len(spool) == 3


def test_what_is_set_aside_gives_way_first(tmp_path):
    with Spool(tmp_path, small()) as spool:
        spool.put([record('a', 400_000), record('b', 400_000)])
        spool.set_aside(spool.take(limit=2)[1], 'poison')
        spool.release(spool.take())
        spool.put([record('c', 400_000)])

        assert spool.stat().total.aside == 0
        assert spool.stat().total.shed == 1
        assert len(spool) == 2


def test_entries_that_are_too_old_are_shed(tmp_path):
    clock = iter(range(0, 10**12, 20 * 10**9))
    with Spool(tmp_path, small(max_age_s=50), clock_ns=lambda: next(clock)) as spool:
        for i in range(6):
            spool.put([record(f'{i}', priority=i % 2)])

        assert sorted(names(spool.take())) == ['3', '4', '5']
        assert spool.stat().total.shed == 3


def test_a_disk_with_too_little_free_space_stops_the_growth(tmp_path):
    with Spool(tmp_path, small(min_free_bytes=2**62, policy='refuse')) as spool:
        with pytest.raises(SpoolFullError):
            spool.put([record('a', 500_000)])

        assert spool.stat().limit_bytes < 500_000


def test_who_opens_a_spool_without_bounds_has_those_that_were_given_last(tmp_path):
    limits = small(max_bytes=5_000_000, policy='thin', streams={'/cam': 'refuse'})
    Spool(tmp_path, small()).close()
    Spool(tmp_path, limits).close()

    with Spool(tmp_path) as spool:
        assert spool.limits == limits
        assert spool.stat().limit_bytes == 5_000_000


@pytest.mark.parametrize('text', [
    '', '[]', '{"max_bytes": "much"}', '{"max_bytes": -1}', '{"x": 1}'])
def test_bounds_that_cannot_be_read_are_those_of_a_new_spool(tmp_path, text):
    (tmp_path / 'limits.json').write_text(text)

    with Spool(tmp_path) as spool:
        assert spool.limits == SpoolLimits()


def test_two_who_give_other_bounds_are_told_both_values(tmp_path, caplog):
    with Spool(tmp_path, small(max_bytes=5_000_000)) as first, \
            Spool(tmp_path, small(max_bytes=7_000_000)) as second:
        assert first.disagreement == ''
        assert 'max_bytes is 5000000 there and 7000000 here' in second.disagreement
        assert second.disagreement in caplog.text


def test_bounds_that_agree_or_changed_while_nobody_was_there_are_not_told(tmp_path):
    Spool(tmp_path, small(max_bytes=5_000_000)).close()
    with Spool(tmp_path, small(max_bytes=7_000_000)) as first, \
            Spool(tmp_path, small(max_bytes=7_000_000)) as second, Spool(tmp_path) as third:
        assert first.disagreement == second.disagreement == third.disagreement == ''
