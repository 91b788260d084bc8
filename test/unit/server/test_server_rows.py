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

"""Many rows at a time are the rows that one at a time would be."""

import sqlite3

import pytest

from scenebox_ros.server.store.database import insert
from scenebox_ros.server.store.naming import Name
from scenebox_ros.server.store.rows import Link, link_all, VanishedError
from scenebox_ros.server.store.segments import Place


@pytest.mark.parametrize('count', [0, 1, 2, 3, 63, 64, 65, 127, 128, 200])
def test_every_row_is_inserted_once_in_order(count):
    connection = sqlite3.connect(':memory:')
    connection.execute('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, n INTEGER)')
    rows = [(n, str(n), 1) for n in range(count)]

    for _ in range(2):
        insert(connection, 'INSERT INTO t VALUES', 3, iter(rows),
               'ON CONFLICT DO UPDATE SET n = n + excluded.n')
    assert connection.execute('SELECT * FROM t ORDER BY rowid').fetchall() == [
        (n, text, 2) for n, text, _ in rows]


def test_objects_of_a_group_share_blobs_and_names_keep_their_last(store):
    known = store.core.objects.put(Name('me', 'known', 'image/png'), b'known')
    place = Place(7, 40)
    links = [
        Link(Name('me', 'a', ''), 'ab' * 32, 3, place),
        Link(Name('me', 'gone', ''), 'cd' * 32, 3, None, is_placed=False),
        Link(Name('me', 'b', 'text/plain'), 'ab' * 32, 3, None, is_placed=False),
        Link(Name('me', 'a', 'image/jpeg', 'gzip'), known.sha256, 5, None, is_placed=False),
    ]
    a, gone, b, last = store.core.database.write(lambda connection: link_all(connection, links))

    assert isinstance(gone, VanishedError)
    assert (a.place, b.place, last.place) == (place, place, known.place)
    assert (a.content_type, b.content_type) == ('application/octet-stream', 'text/plain')
    assert store.core.database.query(
        'SELECT key, sha256, content_type, content_encoding FROM objects ORDER BY key') == [
        ('a', known.sha256, 'image/jpeg', 'gzip'),
        ('b', 'ab' * 32, 'text/plain', ''),
        ('known', known.sha256, 'image/png', ''),
    ]
    assert store.core.database.query(
        'SELECT segment, position FROM blobs WHERE sha256 = ?', ('ab' * 32,)) == [(7, 40)]
