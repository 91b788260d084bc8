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

"""Losing power: the rows of acknowledged objects come back from what segments tell."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
import os
import shutil
import threading

import pytest

from scenebox_ros.server.core import open_core
from scenebox_ros.server.fsck import fsck
from scenebox_ros.server.settings import ServerSettings
from scenebox_ros.server.store.naming import Name
from scenebox_ros.server.store.rows import link_all
from scenebox_ros.server.store.unwritable import DiskFullError


@contextmanager
def opened(folder):
    core = open_core(ServerSettings(folder))
    try:
        yield core
    finally:
        core.close()


def put(core, key, body=None):
    return core.objects.put(Name('me', key, 'image/png'), body or os.urandom(5000))


def rows_of_then(folder, kept):
    """Copy the database as it is on the disk: what a machine has that lost its last writes."""
    kept.mkdir()
    for path in folder.glob('scenebox.sqlite*'):
        if not path.name.endswith('-shm'):
            shutil.copy(path, kept)


def lose_power(folder, kept):
    for path in folder.glob('scenebox.sqlite*'):
        path.unlink()
    for path in kept.iterdir():
        shutil.copy(path, folder)


@pytest.fixture
def torn(tmp_path):
    """A folder whose rows are older than its segments: b and c are only noted."""
    folder, kept = tmp_path / 'data', tmp_path / 'kept'
    with opened(folder) as core:
        put(core, 'a')
        rows_of_then(folder, kept)
        hashes = {key: put(core, key).sha256 for key in 'bc'}
    lose_power(folder, kept)
    return folder, hashes


def test_acknowledged_objects_whose_rows_were_lost_are_back(torn):
    folder, hashes = torn
    with opened(folder) as core:
        found = {key: core.objects.find('me', key) for key in 'abc'}
        bodies = [core.objects.read(one) for one in found.values()]
        recovered = core.objects.recovered

    assert recovered == 2
    assert {key: found[key].sha256 for key in hashes} == hashes
    assert (len(bodies), found['b'].content_type) == (3, 'image/png')
    report = fsck(folder)
    assert (report.problems, report.garbage) == ([], [])


def test_what_is_back_is_not_brought_back_again(torn):
    folder, _ = torn
    with opened(folder) as core:
        assert core.objects.delete('me', 'b')
    with opened(folder) as core:
        assert core.objects.recovered == 0
        assert core.objects.find('me', 'b') is None
        assert core.objects.find('me', 'c') is not None


def test_a_record_that_was_half_written_is_left_out(torn):
    folder, _ = torn
    (segment,) = (folder / 'segments').glob('*.seg')
    os.truncate(segment, segment.stat().st_size - 1)
    with opened(folder) as core:
        assert core.objects.find('me', 'b') is not None
        assert core.objects.find('me', 'c') is None

    assert fsck(folder).problems == []


def test_a_record_with_other_bytes_is_left_out(torn):
    folder, _ = torn
    (segment,) = (folder / 'segments').glob('*.seg')
    with segment.open('r+b') as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last[0] ^ 1]))
    with opened(folder) as core:
        assert core.objects.find('me', 'c') is None

    assert fsck(folder).problems == []


def test_deleted_objects_stay_deleted(tmp_path):
    with opened(tmp_path) as core:
        put(core, 'gone')
        core.objects.delete('me', 'gone')
    with opened(tmp_path) as core:
        assert core.objects.recovered == 0
        assert core.objects.find('me', 'gone') is None


def test_only_noted_rows_are_not_synced(tmp_path):
    def level(core, is_kept):
        ask = core.database.submit(lambda c: c.execute('PRAGMA synchronous').fetchone(), is_kept)
        return ask.result()[0]

    with opened(tmp_path) as core:
        levels = [level(core, is_kept) for is_kept in (True, False, True)]

    # 1 is NORMAL: the log is not synced at each commit; 2 is FULL.
    assert levels == [1, 2, 1]


def test_a_folder_from_before_there_were_notes_is_opened(tmp_path):
    with opened(tmp_path) as core:
        stored = put(core, 'old')
        core.database.write(lambda c: c.execute('DELETE FROM noted'))
    with opened(tmp_path) as core:
        assert core.objects.recovered == 0
        assert len(core.objects.read(core.objects.find('me', 'old'))) == stored.size


def test_a_row_that_was_refused_does_not_undo_a_later_one(tmp_path, monkeypatch):
    known = b'known' * 100
    with opened(tmp_path) as core:
        put(core, 'other', known)
        with monkeypatch.context() as patch:
            patch.setattr('scenebox_ros.server.store.smalls.link_all', refused)
            with pytest.raises(DiskFullError):
                put(core, 'k')
        put(core, 'k', known)
    with opened(tmp_path) as core:
        assert core.objects.read(core.objects.find('me', 'k')) == known


def refused(*_):
    raise DiskFullError('the disk is full')


def test_the_last_of_two_that_came_while_rows_had_to_wait_is_back(tmp_path, monkeypatch):
    folder, kept = tmp_path / 'data', tmp_path / 'kept'
    begun, gate = threading.Event(), threading.Event()
    linked = []

    def linking(connection, links):
        linked.append(links)
        if len(linked) == 2:
            rows_of_then(folder, kept)
        return link_all(connection, links)

    monkeypatch.setattr('scenebox_ros.server.store.smalls.link_all', linking)
    monkeypatch.setattr('scenebox_ros.server.store.database.MAX_GROUP', 1)
    with opened(folder) as core, ThreadPoolExecutor(2) as threads:
        core.database.submit(lambda _: (begun.set(), gate.wait(30)))
        begun.wait(30)
        puts = []
        for body in (b'first', b'last'):
            puts.append(threads.submit(put, core, 'k', body))
            while core.database._writes.qsize() < len(puts):
                pass
        gate.set()
        for one in puts:
            one.result(30)
    lose_power(folder, kept)

    with opened(folder) as core:
        assert core.objects.read(core.objects.find('me', 'k')) == b'last'


def test_rows_are_queued_in_the_order_of_the_segment(tmp_path, monkeypatch):
    """By the thread that writes it, even if it is done before the caller goes on."""
    with opened(tmp_path) as core:
        threads, waiting = [], core.objects.segments._queue
        submit = core.database.submit
        monkeypatch.setattr(core.database, 'submit', lambda *given: (
            threads.append(threading.current_thread().name), submit(*given))[1])

        class Eager:
            get, get_nowait = waiting.get, waiting.get_nowait

            def put(self, append):
                waiting.put(append)
                if append is not None:
                    append.outcome.result(10)

        monkeypatch.setattr(core.objects.segments, '_queue', Eager())
        places = [put(core, key).place for key in 'abc']
        marked = core.database.query('SELECT segment, position FROM noted')

    assert set(threads) == {'segment-writer'}
    assert marked == [(places[-1].segment, places[-1].position + 5000)]
