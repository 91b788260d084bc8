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

"""Bytes on the disk: packing, sweeping, damage, full disks."""

import errno
import io
import os

import pytest

from scenebox_ros.server.core import open_core
from scenebox_ros.server.fsck import fsck
from scenebox_ros.server.housekeeping import Housekeeper
from scenebox_ros.server.settings import ServerSettings
from scenebox_ros.server.store import segments
from scenebox_ros.server.store.naming import Name, new_key, parse_uri, STEP
from scenebox_ros.server.store.segments import Body
from scenebox_ros.server.store.sweep import sweep
from scenebox_ros.server.store.unwritable import DiskFullError

BIG = 1_200_000


@pytest.fixture
def core(store):
    return store.core


def put(core, key, body):
    return core.objects.put(Name('me', key), body)


@pytest.mark.parametrize('size', [0, 1, 1000, BIG])
def test_what_was_put_is_read(core, size):
    body = os.urandom(size)
    stored = put(core, 'a/b', body)

    assert core.objects.read(core.objects.find('me', 'a/b')) == body
    assert core.objects.find_uri(stored.uri).sha256 == stored.sha256
    assert (stored.place is None) == (size == BIG)


def test_files_are_stored_a_block_at_a_time(core):
    body = os.urandom(3_000_000)
    core.objects.put_file(Name('me', 'f'), io.BytesIO(body))

    assert core.objects.read(core.objects.find('me', 'f')) == body


def test_a_key_may_get_other_bytes(core):
    put(core, 'k', b'one')
    put(core, 'k', b'two')

    assert core.objects.read(core.objects.find('me', 'k')) == b'two'


def test_new_keys_of_one_name_differ_and_come_in_the_order_of_time():
    keys = [new_key('a/b.jpg') for _ in range(10_000)]
    moments = [key[:12] for key in keys]

    assert len(set(keys)) == len(keys)
    assert moments == sorted(moments)
    assert {len(key) for key in keys} == {STEP + len('/a/b.jpg')}


def test_what_no_document_names_is_swept_and_the_rest_stays(store, core):
    kept, gone = put(core, 'kept', os.urandom(5000)), put(core, 'gone', os.urandom(5000))
    big_kept, big_gone = put(core, 'big', os.urandom(BIG)), put(core, 'x', os.urandom(BIG))
    store.put({'id': 'i', 'object_access': {'uri': kept.uri},
               'thumbnails': {'t': {'object_access': {'uri': big_kept.uri}}}})
    first = sweep(core.database, core.objects, older_than_s=3600)
    swept = sweep(core.database, core.objects, older_than_s=-1)

    assert (first.objects, first.blobs) == (0, 0)
    assert (swept.objects, swept.blobs) == (2, 2)
    assert core.objects.find(*parse_uri(gone.uri)) is None
    assert not core.objects.blob_path(big_gone.sha256).exists()
    assert len(core.objects.read(core.objects.find_uri(kept.uri))) == 5000
    assert len(core.objects.read(core.objects.find_uri(big_kept.uri))) == BIG
    assert fsck(core.settings.folder).problems == []


def test_deleting_the_document_frees_the_bytes(store, core):
    stored = put(core, 'a', b'bytes')
    store.put({'id': 'i', 'object_access': {'uri': stored.uri}})
    core.documents.delete(store.me, 'images', ['i'])

    assert sweep(core.database, core.objects, -1).blobs == 1


def test_bytes_that_a_waiting_job_needs_are_kept(core):
    stored = put(core, 'bag', b'bag')
    core.jobs.submit('media_removal', {'uri': stored.uri, 'asset_type': 'images'}, 'me')

    assert sweep(core.database, core.objects, -1).objects == 0


def test_a_mostly_dead_segment_is_packed_anew(store, core, monkeypatch):
    monkeypatch.setattr(segments, 'SEGMENT_BYTES', 10_000)
    bodies = {f'o{n}': os.urandom(3000) for n in range(12)}
    uris = {key: put(core, key, body).uri for key, body in bodies.items()}
    store.put({'id': 'i', 'object_access': {'uri': uris['o1']}})
    reader = core.objects.reader(core.objects.find('me', 'o1'))
    before = len(core.objects.segments.numbers())
    swept = sweep(core.database, core.objects, -1, settled_s=0)

    assert swept.segments >= before - 2
    assert core.objects.read(core.objects.find('me', 'o1')) == bodies['o1']
    assert reader.read(0, 3000) == bodies['o1']
    reader.close()
    assert fsck(core.settings.folder).problems == []


def test_a_reader_finds_bytes_that_moved_meanwhile(store, core):
    stored = put(core, 'o', b'moved')
    number = stored.place.segment
    (place,) = core.objects.segments.append([Body(stored.sha256, [b'moved'])]).result()
    core.database.write(lambda c: c.execute('UPDATE blobs SET position = ?', (place.position,)))
    fresh = core.objects.find('me', 'o')

    assert core.objects.read(fresh) == b'moved'
    assert fresh.place.segment == number


def test_the_housekeeper_tidies_everything(core):
    put(core, 'young', b'young')

    assert Housekeeper(core).tidy().objects == 0


@pytest.mark.parametrize('size', [1000, BIG])
def test_a_full_disk_stores_nothing_half(store, core, monkeypatch, size):
    def full(*_):
        raise OSError(errno.ENOSPC, 'No space left on device')

    put(core, 'before', b'before')
    with monkeypatch.context() as patch:
        patch.setattr(os, 'fdatasync', full)
        with pytest.raises(DiskFullError, match='free some room'):
            put(core, 'full', os.urandom(size))

    assert core.objects.find('me', 'full') is None
    assert list((core.settings.folder / 'tmp').iterdir()) == []
    put(core, 'after', b'after')
    assert core.objects.read(core.objects.find('me', 'after')) == b'after'
    report = fsck(core.settings.folder)
    assert (report.problems, report.garbage) == ([], [])


def test_fsck_names_what_is_damaged(store, core):
    small, big = put(core, 'small', b'x' * 1000), put(core, 'big', b'y' * BIG)
    store.put({'id': 'i', 'object_access': {'uri': 's3://scenebox/me/nowhere'}})
    for stored in (small, big):
        path = core.objects.path(stored)
        content = bytearray(path.read_bytes())
        content[stored.place.position if stored.place else 0] ^= 1
        path.write_bytes(content)
    (core.objects.folder / 'ab').mkdir(exist_ok=True)
    (core.objects.folder / 'ab' / ('0' * 62)).write_bytes(b'left')
    report = fsck(core.settings.folder)

    assert not report.is_clean
    assert sorted(small.sha256 in p or big.sha256 in p for p in report.problems) == [True, True]
    assert len(report.dangling) == 1
    assert [g for g in report.garbage if g.startswith('objects/ab/')]


def test_fsck_tells_a_folder_that_is_none(tmp_path):
    assert 'missing' in fsck(tmp_path).problems[0]


def test_left_over_temporary_files_are_swept_at_the_start(tmp_path):
    (tmp_path / 'tmp').mkdir()
    (tmp_path / 'tmp' / 'left').write_bytes(b'half')
    core = open_core(ServerSettings(tmp_path))
    core.close()

    assert list((tmp_path / 'tmp').iterdir()) == []
    assert fsck(tmp_path).blobs == 0
