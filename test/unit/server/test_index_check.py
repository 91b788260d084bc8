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

"""``scenebox fsck`` finds every search table that differs from the documents, and mends it."""

import pytest

from scenebox_ros.cli.main import main
from scenebox_ros.errors import StorageError
from scenebox_ros.server.core import open_core
from scenebox_ros.server.fsck import fsck, reindex
from scenebox_ros.server.lock import FolderLock
from scenebox_ros.server.settings import ServerSettings
from scenebox_ros.server.store import points
from scenebox_ros.server.store.documents import Owner, Writing
from scenebox_ros.server.store.flatten import GEO, SHAPE

SPOT = "(SELECT field FROM fields WHERE path = 'spot')"
DAMAGE = {
    'terms of field .note.': "UPDATE terms SET value = 'green' WHERE value = 'red'",
    'terms of field .note. ': "DELETE FROM terms WHERE value = 'red'",
    'counts of field .note.': "UPDATE counts SET value = 'green' WHERE value = 'red'",
    'counts of field .sensor.': "UPDATE counts SET documents = 7 WHERE value = 'front'",
    'numbers of field .size.': 'UPDATE numbers SET entries = substr(entries, 11)'
                               " WHERE key >> 33 = (SELECT field FROM fields WHERE path = 'size')",
    'is out of bounds': 'UPDATE numbers SET high = low',
    'points of field .spot.': 'UPDATE points SET entries = substr(entries, 25)',
    'points of field .spot. ': f'DELETE FROM points WHERE key >> 33 = {SPOT}',
    'is not in its box': 'UPDATE areas SET y0 = y1',
    '1 boxes have no points': 'INSERT INTO areas VALUES (1 << 32, 9, 9.5, 0, 1, 0, 1)',
    'uses': "UPDATE uses SET uri = 's3://scenebox/me/other'",
    'words': "INSERT INTO words (words, rowid, content) VALUES ('delete', 2, 'red')",
    'words ': "INSERT INTO words (rowid, content) VALUES (1, 'blue')",
    'words  ': "INSERT INTO words (words) VALUES ('delete-all')",
}


@pytest.fixture
def filled(store, monkeypatch):
    monkeypatch.setattr(points, 'MOST_NEW', 5)
    store.put(*({'id': f'd{n}', 'sensor': 'front', 'note': 'red' if n % 2 else 'blue', 'size': n,
                 'speed': n / 7, 'taken': f'2020-01-0{n + 1}', 'spot': {'lat': n, 'lon': -n},
                 'uri': f's3://scenebox/me/{n}'} for n in range(9)))
    return store


@pytest.mark.parametrize(('told', 'sql'), DAMAGE.items())
def test_every_table_that_differs_is_told_and_mended(filled, tmp_path, told, sql, capsys):
    filled.core.database.write(lambda connection: connection.execute(sql))
    filled.core.close()

    report = fsck(tmp_path)
    assert report.problems == []
    assert not report.is_clean
    assert any(told.strip().replace('.', "'") in line for line in report.index), report.index
    assert main(['fsck', '--data', str(tmp_path), '--reindex']) == 1
    open_core(ServerSettings(tmp_path)).close()
    assert main(['fsck', '--data', str(tmp_path)]) == 0
    assert 'clean' in capsys.readouterr().out


@pytest.mark.parametrize(('told', 'sql'), [
    ('document d3', "UPDATE documents SET sensor = 'rear' WHERE id = 'd3'"),
    ('counts 7 documents', 'UPDATE scopes SET documents = 7'),
])
def test_a_column_that_differs_is_damage(filled, tmp_path, told, sql):
    filled.core.database.write(lambda connection: connection.execute(sql))
    filled.core.close()

    assert [told in line for line in fsck(tmp_path).problems] == [True]


def test_only_a_server_s_folder_that_no_server_has_is_indexed_anew(filled, tmp_path):
    with pytest.raises(StorageError, match='is missing'):
        reindex(tmp_path / 'none')
    with FolderLock(tmp_path), pytest.raises(StorageError, match='another server has'):
        reindex(tmp_path)


@pytest.mark.parametrize('most', [0, 10**9])
@pytest.mark.parametrize(('before', 'after'), [({}, GEO), ({}, SHAPE), ({'spot': SHAPE}, GEO)])
def test_what_a_field_is_may_be_said_after_it_has_documents(
    store, tmp_path, monkeypatch, before, after, most
):
    monkeypatch.setattr(points, 'MOST_NEW', most)
    spots = [[48.0, 11.0], '48.0,11.0', {'lat': 48.0, 'lon': 11.0}, [[48.0, 11.0], [1, 2]], 'no']
    store.put(*({'id': f'd{n}', 'spot': spot} for n, spot in enumerate(spots)),
              writing=Writing(declared=before))

    store.put({'id': 'd0', 'spot': spots[0]}, writing=Writing(declared={'spot': after}))

    there = {'geo_filters': [{'field': 'spot', 'box': {
        'south': 47, 'west': 10, 'north': 49, 'east': 12}}]}
    swapped = {'geo_filters': [{'field': 'spot', 'box': {
        'south': 10, 'west': 47, 'north': 12, 'east': 49}}]}
    assert store.found(there) == (['d0', 'd1', 'd2', 'd3'] if after == GEO else ['d2'])
    assert store.found(swapped) == ([] if after == GEO else ['d0', 'd1', 'd3'])
    core = store.core
    core.documents.forget_field(Owner('me'), 'images', 'spot')
    core.close()
    assert fsck(tmp_path).is_clean
