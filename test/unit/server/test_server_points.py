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

"""Places out of the index are those of the documents, whatever was written."""

import math
import random

import pytest

from scenebox_ros.server.core import open_core
from scenebox_ros.server.search.query import parse
from scenebox_ros.server.settings import ServerSettings
from scenebox_ros.server.store import points
from scenebox_ros.server.store.database import Database
from scenebox_ros.server.store.documents import Owner, PUT, Writing
from scenebox_ros.server.store.flatten import GEO, SHAPE
from scenebox_ros.server.store.schema import POINTS, SCHEMA

METRES = 6_371_008.8
LATITUDES = [-90, 90, 0, 48.1, 48.1000001, -17.7]
LONGITUDES = [-180, 180, 0, 179.9999, -179.9999, 11.5]


def a_place(chance):
    if chance.random() < 0.5:
        return {'lat': chance.uniform(-90, 90), 'lon': chance.uniform(-180, 180)}
    return {'lat': chance.choice(LATITUDES), 'lon': chance.choice(LONGITUDES)}


def unit(place):
    lat, lon = math.radians(place['lat']), math.radians(place['lon'])
    return (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))


def away(one, other):
    """By the chord between two points in space: another way than the server's."""
    return 2 * METRES * math.asin(min(1, math.dist(unit(one), unit(other)) / 2))


def in_box(place, box):
    lon = place['lon']
    inside = (box['west'] <= lon <= box['east'] if box['west'] <= box['east']
              else lon >= box['west'] or lon <= box['east'])
    return box['south'] <= place['lat'] <= box['north'] and inside


def check(store, documents, chance):
    """Ask for boxes and circles here and there, and for those around a document."""
    for _ in range(30):
        a, b, centre = (a_place(chance) for _ in range(3))
        south, north = sorted([a['lat'], b['lat']])
        box = {'south': south, 'north': north, 'west': a['lon'], 'east': b['lon']}
        expected = [name for name, places in documents.items()
                    if any(in_box(place, box) for place in places)]
        assert store.found({'geo_filters': [{'box': box}]}, size=5000) == sorted(expected)
        radius = chance.choice([0, 1, 1000, 1e6, 1.9e7, 3e7])
        expected = [name for name, places in documents.items()
                    if any(away(place, centre) <= radius + 0.05 for place in places)]
        query = {'geo_filters': [{'center': centre, 'radius_m': radius + 0.1}]}
        assert store.found(query, size=5000) == sorted(expected)


@pytest.mark.parametrize('most', [0, 100, 10**9])
def test_every_place_is_found_and_no_other(store, monkeypatch, most):
    monkeypatch.setattr(points, 'MOST_NEW', most)
    monkeypatch.setattr(points, 'RUN', 7)
    chance = random.Random(most)
    documents = {}
    for _ in range(6):
        batch = {f'd{chance.randrange(400):03}': [a_place(chance) for _ in range(chance.choice(
            [0, 1, 1, 1, 3]))] for _ in range(90)}
        store.put(*({'id': name, 'spots': places} for name, places in batch.items()))
        documents |= batch
        gone = chance.sample(sorted(documents), 20)
        store.core.documents.delete(store.me, 'images', gone)
        documents = {name: places for name, places in documents.items() if name not in gone}
        check(store, documents, chance)
    runs = store.core.database.query('SELECT count(*) FROM areas')[0][0]
    assert (runs > 20) == (most < 10**9)
    store.core.documents.delete(store.me, 'images', [*documents])
    assert store.core.database.query(
        'SELECT (SELECT count(*) FROM points) + (SELECT count(*) FROM areas)') == [(0,)]


@pytest.mark.parametrize('most', [0, 10**9])
def test_a_place_goes_though_its_field_is_read_otherwise_by_then(store, monkeypatch, most):
    monkeypatch.setattr(points, 'MOST_NEW', most)
    store.put({'id': 'p', 'spot': [48.0, 11.0]}, writing=Writing(declared={'spot': SHAPE}))
    there = {'geo_filters': [{'field': 'spot', 'box': {
        'south': 10, 'west': 47, 'north': 12, 'east': 49}}]}
    assert store.found(there) == ['p']

    store.put({'id': 'p', 'spot': None}, writing=Writing(declared={'spot': GEO}))
    assert store.found(there) == []


def test_what_was_undone_is_not_counted(store, monkeypatch):
    monkeypatch.setattr(points, 'MOST_NEW', 20)

    def fail(connection):
        items = [(f'u{n}', {'spot': {'lat': n, 'lon': n}}) for n in range(15)]
        store.core.documents.apply(connection, 'me', 'images', items, PUT)
        raise ValueError('undone')

    with pytest.raises(ValueError, match='undone'):
        store.core.database.write(fail)
    store.put(*({'id': f'd{n}', 'spot': {'lat': n, 'lon': n}} for n in range(15)))
    assert store.core.database.query('SELECT count(*) FROM areas') == [(0,)]
    store.put(*({'id': f'e{n}', 'spot': {'lat': n, 'lon': n}} for n in range(15)))
    assert store.core.database.query('SELECT count(*) FROM areas') == [(1,)]
    assert len(store.found({'geo_filters': [{'center': {'lat': 0, 'lon': 0}, 'radius_m': 1e6}]},
                           size=100)) == 14


def test_a_folder_of_the_version_before_opens(tmp_path):
    before = Database(tmp_path / 'scenebox.sqlite', [one for one in SCHEMA if one is not POINTS])
    before.write(lambda connection: [connection.execute(sql) for sql in (
        "INSERT INTO scopes VALUES (1, 'me', 'images', 0, 2, 1)",
        "INSERT INTO documents VALUES (1, 1, 'a', NULL, NULL, NULL, NULL,"
        """ '{"spot":{"lat":48.5,"lon":11.5},"note":"red","id":"a","owner":"me"}'),"""
        " (2, 1, 'b', NULL, NULL, NULL, NULL,"
        """ '{"spot":{"lat":-1,"lon":179},"note":"blue","id":"b","owner":"me"}')""",
        "INSERT INTO fields (field, scope, path, types) VALUES (1, 1, 'spot', 80)",
        'INSERT INTO places VALUES (16, 1, 1.5, 48.5, 48.5, 11.5, 11.5, 48.5, 11.5),'
        ' (32, 1, 1.5, -1, -1, 179, 179, -1, 179)',
        'UPDATE indexed SET version = 2',
    )])
    before.close()

    core = open_core(ServerSettings(tmp_path))
    box = {'south': 40, 'west': 10, 'north': 50, 'east': 12}
    assert core.search.ids(Owner('me'), 'images', parse({'geo_filters': [{'box': box}]})) == ['a']
    box = {'south': -2, 'west': 170, 'north': 0, 'east': -170}
    assert core.search.ids(Owner('me'), 'images', parse({'geo_filters': [{'box': box}]})) == ['b']
    assert core.search.ids(Owner('me'), 'images', parse({'text': 'blue'})) == ['b']
    core.close()
