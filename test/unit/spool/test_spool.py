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

"""The spool as one process sees it: order, ids, forks, damage."""

import dataclasses
import os
import subprocess
import sys

from hypothesis import given, settings as hypothesis_settings, strategies as st
import pytest
from spool_records import names, record, small

from scenebox_ros.errors import SettingsError, SpoolError
from scenebox_ros.spool import Spool, SpoolLimits


@pytest.fixture
def spool(tmp_path):
    with Spool(tmp_path / 'spool', small()) as opened:
        yield opened


def test_what_is_put_is_taken_as_it_was(spool):
    sent = record('a', priority=3)
    spool.put([sent])
    (entry,) = spool.take()

    got = dataclasses.asdict(entry.record)
    want = dataclasses.asdict(sent)
    assert {**got, 'entities': tuple(got['entities'])} == want
    assert entry.num_bytes == 100


def test_important_entries_go_first_and_then_the_oldest(spool):
    spool.put([record('a'), record('b', priority=5), record('c', priority=-1), record('d')])

    assert names(spool.take()) == ['b', 'a', 'd', 'c']


def test_a_sessions_beginning_goes_first_and_its_end_after_all_else(spool):
    spool.put([record('end', kind='end', body=b''), record('a'), record('s', kind='session')])
    taken = spool.take()

    assert names(taken) == ['s', 'a']
    assert spool.take() == []
    spool.done(taken)
    assert names(spool.take()) == ['end']


def test_one_sessions_end_does_not_wait_for_another_session(spool):
    spool.put([record('a', session='other'), record('end', kind='end')])

    assert names(spool.take()) == ['end', 'a']


def test_taken_entries_are_not_taken_again_until_released(spool):
    spool.put([record('a'), record('b')])
    first = spool.take(limit=1)

    assert names(spool.take()) == ['b']
    spool.release(first)
    assert names(spool.take()) == ['a']


def test_taken_entries_come_back_when_the_spool_is_opened_again(tmp_path):
    with Spool(tmp_path, small()) as spool:
        spool.put([record('a')])
        spool.take()
    with Spool(tmp_path, small()) as spool:
        assert names(spool.take()) == ['a']


def test_a_take_ends_at_its_bytes_but_gives_at_least_one(spool):
    spool.put([record(name, size=10_000) for name in 'abc'])

    assert names(spool.take(max_bytes=1)) == ['a']
    assert names(spool.take(max_bytes=30_000)) == ['b', 'c']


def test_finished_entries_are_gone_and_remembered(spool):
    spool.put([record('a')])
    spool.done(spool.take())
    spool.put([record('a'), record('a', session='other')])

    assert [entry.record.session for entry in spool.take()] == ['other']
    assert spool.stat().total.duplicate == 1


def test_a_record_that_is_there_changes_nothing(spool):
    spool.put([record('a'), record('a')])
    spool.put([record('a', body=b'other')])

    (entry,) = spool.take()
    assert len(entry.record.body) == 100
    assert spool.stat().total.duplicate == 2


def test_only_so_many_finished_ids_are_remembered(tmp_path):
    with Spool(tmp_path, small(max_done=2)) as spool:
        spool.put([record(name) for name in 'abc'])
        spool.done(spool.take())
        spool.put([record(name) for name in 'abc'])

        assert names(spool.take()) == ['a']
        assert spool.stat().remembered == 2


def test_a_second_uploader_is_refused(tmp_path):
    with Spool(tmp_path, small()) as one, Spool(tmp_path, small()) as other:
        one.take()
        with pytest.raises(SpoolError, match='another uploader'):
            other.take()
        one.close()
        other.take()


def test_two_spools_of_one_folder_see_each_others_records(tmp_path):
    with Spool(tmp_path, small()) as one, Spool(tmp_path, small()) as other:
        one.put([record('a')])
        other.put([record('a'), record('b')])

        assert names(one.take()) == ['a', 'b']


@pytest.mark.filterwarnings('ignore::DeprecationWarning')
def test_a_forked_child_can_write(spool):
    child = os.fork()
    if child == 0:
        with Spool(spool.folder, small()) as own:
            own.put([record('from child')])
        os._exit(0)
    os.waitpid(child, 0)

    assert names(spool.take()) == ['from child']


@pytest.mark.filterwarnings('ignore::DeprecationWarning')
def test_a_forked_child_can_use_the_spool_of_its_parent(spool):
    spool.put([record('before')])
    child = os.fork()
    if child == 0:
        spool.put([record('from child')])
        os._exit(0)
    os.waitpid(child, 0)
    spool.put([record('after')])

    assert names(spool.take()) == ['before', 'from child', 'after']


def test_what_is_set_aside_blocks_nothing_and_stays(spool):
    spool.put([record('a'), record('b')])
    first, second = spool.take()
    spool.set_aside(first, 'the server said 422')
    spool.done([second])

    assert spool.take() == []
    assert spool.stat().total.aside == 1
    spool.put([record('a')])
    assert spool.take() == []


def test_sessions_are_remembered(tmp_path):
    with Spool(tmp_path, small()) as spool:
        assert spool.get_session('run') is None
        spool.put([record('a')])
        spool.set_session('run', 'uid1')
        spool.note_session('run', sets=['x'])
        spool.note_session('run', ended=True)
    with Spool(tmp_path, small()) as spool:
        assert spool.get_session('run') == 'uid1'
        assert spool.session_notes('run') == {'sets': ['x'], 'ended': True}
        assert spool.stat().sessions == {'run': 'uid1'}


def test_the_counts_tell_what_became_of_every_record(spool):
    spool.put([record('a'), record('b'), record('c', stream='/imu', kind='entities')])
    spool.done(spool.take(limit=1))
    stat = spool.stat()

    assert (stat.total.put, stat.total.done, stat.total.entries) == (3, 1, 2)
    assert set(stat.streams) == {'/cam', '/imu'}
    assert stat.total.bytes > 0
    spool.done(spool.take())
    assert spool.stat().total.bytes == 0
    assert spool.stat().oldest_age_s == 0


def test_a_damaged_entry_is_set_aside_and_the_rest_goes_on(tmp_path):
    with Spool(tmp_path, small()) as spool:
        spool.put([record(name, 50_000) for name in 'abc'])
    path = tmp_path / 'data.mdb'
    content = path.read_bytes()
    at = content.index(b'b' * 1000)
    path.write_bytes(content[:at] + b'X' + content[at + 1:])

    with Spool(tmp_path, small()) as spool:
        assert names(spool.take()) == ['a', 'c']
        assert spool.stat().total.corrupt == 1
        assert spool.stat().total.aside == 1


def test_a_file_that_is_no_spool_is_named(tmp_path):
    (tmp_path / 'data.mdb').write_bytes(b'something else' * 1000)

    with pytest.raises(SpoolError, match='damaged or no spool'):
        Spool(tmp_path, small())


def test_a_closed_spool_says_so(tmp_path):
    spool = Spool(tmp_path, small())
    spool.close()
    spool.close()

    with pytest.raises(SpoolError, match='is closed'):
        spool.put([record('a')])


@pytest.mark.parametrize('wrong', [
    {'max_bytes': 5}, {'max_age_s': -1}, {'policy': 'drop'}, {'streams': {'/a': 'drop'}},
])
def test_limits_that_cannot_work_are_refused(wrong):
    with pytest.raises(SettingsError, match=r'is|not known'):
        SpoolLimits(**wrong)


def test_a_names_length_does_not_matter(spool):
    long = '/' + 'x' * 1000
    spool.put([record(long, stream=long, session=long)])
    spool.done(spool.take())

    assert spool.stat().streams[long].done == 1
    assert spool.get_session(long) is None


@hypothesis_settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(
    st.sampled_from(['put', 'take', 'done', 'release', 'aside', 'reopen']), st.integers(0, 9),
), max_size=30))
def test_every_record_is_queued_taken_aside_or_done_and_never_two_of_these(tmp_path_factory, acts):
    folder = tmp_path_factory.mktemp('spool')
    spool = Spool(folder, small())
    queued, taken, aside, done = set(), {}, set(), set()
    for act, number in acts:
        name = f'r{number}'
        if act == 'put':
            spool.put([record(name)])
            if name not in queued | aside | done | set(taken):
                queued.add(name)
        elif act == 'take':
            for entry in spool.take(limit=number + 1):
                queued.remove(entry.record.id)
                taken[entry.record.id] = entry
        elif act == 'reopen':
            spool.close()
            spool = Spool(folder, small())
            queued |= set(taken)
            taken.clear()
        elif name in taken:
            entry = taken.pop(name)
            if act == 'aside':
                spool.set_aside(entry, 'why')
            else:
                getattr(spool, act)([entry])
            {'done': done, 'release': queued, 'aside': aside}[act].add(name)
    stat = spool.stat().total
    rest = names(spool.take())
    spool.close()

    assert set(rest) == queued
    assert len(rest) == len(queued)
    assert (stat.entries, stat.aside, stat.done) == (
        len(queued) + len(taken), len(aside), len(done))


def test_importing_the_spool_does_not_import_lmdb():
    code = 'import scenebox_ros.spool, sys; sys.exit("lmdb" in sys.modules)'

    assert subprocess.run([sys.executable, '-c', code]).returncode == 0
