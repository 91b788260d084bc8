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

"""What an operator does with a spool: list, verify, retry, purge, rebind, repair."""

import pytest

from scenebox_ros.errors import SpoolError
from scenebox_ros.model.records import Record
from scenebox_ros.spool import care, Spool, SpoolLimits
from scenebox_ros.spool.salvage import repair, salvage

LIMITS = SpoolLimits(max_bytes=50_000_000, min_free_bytes=0)


def record(name, size=10_000, **changes):
    fields = {'kind': 'images', 'session': 'run', 'id': name, 'stream': '/cam',
              'body': (name.encode() * size)[:size], 'document': {'a': 1}}
    return Record(**{**fields, **changes})


@pytest.fixture
def spool(tmp_path):
    with Spool(tmp_path / 'spool', LIMITS) as opened:
        yield opened


def names(lines):
    return [line.id for line in lines]


def flip(spool, name):
    """Change one byte of a record's body in the file, as a failing disk would."""
    spool.close()
    path = spool.folder / 'data.mdb'
    content = bytearray(path.read_bytes())
    content[content.index(name.encode() * 100) + 50] ^= 255
    path.write_bytes(content)
    return Spool(spool.folder, LIMITS)


def test_what_waits_is_listed_in_its_order(spool):
    spool.put([record('a'), record('b', priority=3), record('c', kind='entities', stream='/gps')])

    first, *rest = care.ls(spool)
    assert (first.id, first.stream, first.kind, first.session) == ('b', '/cam', 'images', 'run')
    assert names(rest) == ['a', 'c']
    assert names(care.ls(spool, limit=1)) == ['b']


def test_thousands_of_entries_are_listed(spool):
    spool.put([record(f'{i:05}', 10) for i in range(1234)])

    assert names(care.ls(spool)) == [f'{i:05}' for i in range(1234)]


def test_what_is_aside_is_listed_with_its_reason(spool):
    spool.put([record('a'), record('b')])
    spool.set_aside(spool.take()[0], 'too blue')

    (line,) = care.ls(spool, aside=True)
    assert (line.id, line.reason) == ('a', 'too blue')
    assert names(care.ls(spool)) == ['b']


def test_verify_finds_the_damaged_and_sets_them_aside(spool):
    spool.put([record(name) for name in 'abc'])
    assert care.verify(spool) == care.Verified(3, 0)
    with flip(spool, 'b') as again:
        assert care.verify(again) == care.Verified(2, 1)
        assert names(care.ls(again, aside=True)) == ['b']
        assert care.verify(again) == care.Verified(2, 0)


def test_retry_brings_back_what_is_sound(spool):
    spool.put([record(name) for name in 'abcd'])
    with flip(spool, 'b') as again:
        care.verify(again)
        for entry in again.take()[:2]:
            again.set_aside(entry, 'the set is locked')

        assert care.retry(again, lambda line: line.id != 'c') == 1
        assert names(care.ls(again)) == ['a', 'd']
        assert again.stat().total.aside == 2
        assert care.retry(again) == 1
        assert again.stat().total.aside == 1


def test_purge_deletes_what_is_aside_and_only_if_asked_what_waits(spool):
    spool.put([record(name) for name in 'abc'])
    spool.set_aside(spool.take()[0], 'why')

    assert care.purge(spool) == 1
    assert names(care.ls(spool)) == ['b', 'c']
    assert care.purge(spool, lambda line: line.id == 'c', aside_only=False) == 1
    assert names(care.ls(spool)) == ['b']
    assert spool.stat().total.shed == 2
    spool.put([record('a')])
    assert names(care.ls(spool)) == ['b', 'a']


def test_entries_can_be_chosen_by_age(tmp_path):
    clock = iter([0, 100 * 10**9, 200 * 10**9])
    with Spool(tmp_path, LIMITS, clock_ns=lambda: next(clock)) as spool:
        spool.put([record('old')])
        spool.put([record('new')])
        care.purge(spool, care.older_than(50, 120 * 10**9), aside_only=False)

        assert names(care.ls(spool)) == ['new']


def test_finished_ids_can_be_forgotten(spool):
    spool.put([record('a')])
    spool.done(spool.take())
    care.forget_done(spool)
    spool.put([record('a')])

    assert names(care.ls(spool)) == ['a']


def test_a_spool_can_be_given_to_another_server(spool):
    spool.bind_server('http://one')
    spool.put([record('a')])
    spool.set_session('run', 'uid')
    with pytest.raises(SpoolError, match='belongs to http://one'):
        spool.bind_server('http://two')
    care.rebind(spool)
    spool.bind_server('http://two')

    assert spool.get_session('run') is None
    assert names(care.ls(spool)) == ['a']


def test_records_can_be_brought_out_of_a_file_without_its_index(spool):
    sent = [record(f'{i:03}', size) for i, size in enumerate([10, 3000, 5000, 200_000] * 20)]
    spool.put(sent)
    spool.close()
    path = spool.folder / 'data.mdb'
    content = bytearray(path.read_bytes())
    content[:8192] = bytes(8192)
    path.write_bytes(content)

    with pytest.raises(SpoolError, match='repair'):
        Spool(spool.folder, LIMITS)
    repaired = repair(spool.folder, LIMITS)
    assert repaired.records == len(sent)
    with Spool(spool.folder, LIMITS) as again:
        found = {entry.record.id: entry.record.body for entry in again.take(limit=100)}
    assert found == {one.id: one.body for one in sent}
    assert len(list(salvage(repaired.damaged_file))) >= len(sent)


def test_a_spool_in_use_is_not_repaired(spool):
    with pytest.raises(SpoolError, match='in use'):
        repair(spool.folder)


def test_repairing_nothing_is_fine(tmp_path):
    assert repair(tmp_path).records == 0
