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

"""
Documents: how fast they go in, and how soon a question is answered.

Run ``python bench/search.py [documents]``. Compared, in the same run, with SQLite itself: the same
rows into one bare table, and a lookup by primary key.
"""

import json
from pathlib import Path
import random
import sqlite3
import statistics
import sys
import tempfile
import time

from scenebox_ros.server.core import open_core
from scenebox_ros.server.search.compile import Compiler
from scenebox_ros.server.search.page import Page
from scenebox_ros.server.search.query import parse
from scenebox_ros.server.search.summary import read_request, summarize
from scenebox_ros.server.settings import ServerSettings
from scenebox_ros.server.store.documents import Owner

ME = Owner('me')
BATCH = 1000
# What a million documents should reach, and each question stay below (95th percentile).
INSERTS, GOAL_MS = 10_000, 20
SENSORS = ['front', 'rear', 'left', 'right', 'top', 'lidar', 'radar', 'thermal']
WORDS = ['red', 'blue', 'car', 'truck', 'bridge', 'tunnel', 'rain', 'night', 'junction', 'tram',
         'pedestrian', 'cyclist', 'snow']


def document(n, random):
    """One image of a fleet: 100 sessions a day, about 600 bytes."""
    session = n // 1000
    moment = 1_577_836_800 + session * 900 + n % 1000
    stamp = time.strftime('%Y-%m-%dT%H:%M:%S+00:00', time.gmtime(moment))
    return {
        'id': f'cam_{n:08d}', 'timestamp': stamp, 'width': 1920, 'height': 1080, 'format': 'JPEG',
        'sensor': SENSORS[n % 8], 'session_uid': f'session_{session}', 'preprocesses': [],
        'sets': [f'set_{session % 50}', 'all'], 'num_bytes': random.randrange(100_000, 400_000),
        'object_access': {'filename': f'{n}.jpg', 'uri': f's3://scenebox/me/{n:x}/{n}.jpg'},
        'aux': {'labels': random.sample(WORDS, 3), 'speed': round(random.random() * 30, 2),
                'note': ' '.join(random.choices(WORDS, k=4)),
                'geolocation': {'lat': 47 + random.random() * 3, 'lon': 8 + random.random() * 5}},
    }


class Bare:
    """The limit: SQLite with one table and a primary key."""

    def __init__(self, folder):
        self.connection = sqlite3.connect(f'{folder}/bare.sqlite', isolation_level=None)
        self.connection.execute('PRAGMA journal_mode=WAL')
        self.connection.execute('CREATE TABLE t (id TEXT PRIMARY KEY, body TEXT)')

    def write(self, documents):
        """Insert in one transaction."""
        self.connection.execute('BEGIN')
        rows = [(d['id'], json.dumps(d)) for d in documents]
        self.connection.executemany('INSERT INTO t VALUES (?, ?)', rows)
        self.connection.execute('COMMIT')

    def get(self, name):
        """Look a document up."""
        sql = 'SELECT body FROM t WHERE id = ?'
        return json.loads(self.connection.execute(sql, (name,)).fetchone()[0])


def timed(work):
    """Seconds that something takes, and those of them that processors worked for us."""
    began, worked = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - worked


def measure(question, times=40):
    """Median and 95th percentile in milliseconds; the latter also of the processor's time."""
    took, worked = zip(*(timed(question) for _ in range(times)), strict=True)
    end = int(times * 0.95)
    return [1000 * each for each in (
        statistics.median(took), sorted(took)[end], sorted(worked)[end])]


def show(name, p50, p95, cpu):
    """Print a line, with the ratio to the goal."""
    print(f'{name:28} p50 {p50:8.3f} ms  p95 {p95:8.3f} ms  {p95 / GOAL_MS:5.2f} of {GOAL_MS} ms;'
          f'  processor p95 {cpu:8.3f} ms', flush=True)


def questions(core, total):
    """What people ask, with other values each time."""
    search, sessions = core.search, max(total // 1000, 1)

    def one(field, value):
        return {'filters': [{'field': field, 'values': [value]}]}

    def summary(query, *dimensions):
        request = read_request({'search': query, 'dimensions': list(dimensions)})
        with core.database.reading() as connection:
            return summarize(Compiler(connection, ('me',), 'images'), request)

    def pick():
        return f'session_{random.randrange(sessions)}'

    def hour():
        begin = 1_577_836_800 + random.randrange(sessions) * 900
        a, b = (time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(t)) for t in (begin, begin + 600))
        return {'time_range': {'start_time': a, 'end_time': b}}

    def box():
        south, west = 47 + random.random() * 2.9, 8 + random.random() * 4.9
        return {'geo_filters': [{'box': {
            'south': south, 'west': west, 'north': south + 0.05, 'east': west + 0.05}}]}

    def words():
        return {'text': ' '.join(random.sample(WORDS, 3))}

    by_id = Page(size=50, sort_field='id')
    deep = Page(size=5000, sort_field='id', search_after=f'cam_{total * 9 // 10:08d}')
    offset = Page(size=50, offset=min(9_950, total), sort_field='id')
    newest = Page(size=50, sort_field='timestamp', sort_order='desc')

    def docs(query, page=by_id):
        return search.documents(ME, 'images', parse(query), page)

    return {
        'get by id': lambda: core.documents.get(
            ME, 'images', f'cam_{random.randrange(total):08d}'),
        '1000 ids': lambda: search.ids(ME, 'images', parse({'filters': [{'field': 'id', 'values': [
            f'cam_{random.randrange(total):08d}' for _ in range(1000)]}]}), Page(size=1000)),
        'sensor + time, page of 50': lambda: docs({**one('sensor', 'front'), **hour()}, newest),
        'sensor + time, count': lambda: search.count(
            ME, 'images', parse({**one('sensor', 'front'), **hour()})),
        'set, page of 50 by id': lambda: docs(one('sets', 'set_7')),
        'set of all, page of 50 by id': lambda: docs(one('sets', 'all')),
        'set AND label, page of 50': lambda: docs({'filters': [
            *one('sets', 'set_7')['filters'], *one('aux.labels', 'red')['filters']]}),
        'set members, count': lambda: search.count(ME, 'images', parse(one('sets', 'set_7'))),
        'number range, page of 50': lambda: docs(
            {'range_filters': [{'field': 'aux.speed', 'gte': 29.5}]}),
        'geo box': lambda: docs(box()),
        'text, 3 words': lambda: docs(words()),
        'deep page of 5000 ids': lambda: search.ids(ME, 'images', parse({}), deep),
        'offset 9950': lambda: search.ids(ME, 'images', parse({}), offset),
        'newest 50': lambda: docs({}, newest),
        'sorted by a number, 50': lambda: docs({}, Page(sort_field='aux.speed')),
        'session: sensors': lambda: summary(one('session_uid', pick()), 'sensor'),
        'session: sets and labels': lambda: summary(
            one('session_uid', pick()), 'sets', 'aux.labels'),
        'all: sensors': lambda: summary({}, 'sensor'),
        'all: labels': lambda: summary({}, 'aux.labels'),
    }


def fill(core, bare, total):
    """Insert into both, batch by batch; say how fast each was, as a whole and at the end."""
    chance = random.Random(1)
    spent = []
    for start in range(0, total, BATCH):
        batch = [document(n, chance) for n in range(start, start + BATCH)]
        items = [(d['id'], d) for d in batch]
        spent.append((timed(lambda: bare.write(batch)),  # noqa: B023
                      timed(lambda: core.documents.write(ME, 'images', items))))  # noqa: B023
    for name, part in (('all', spent), ('the last tenth', spent[-max(len(spent) // 10, 1):])):
        limit, ours, worked = (
            BATCH * len(part) / sum(one) for one in (
                [bare[0] for bare, _ in part], [ours[0] for _, ours in part],
                [ours[1] for _, ours in part]))
        print(f'{total} documents in batches of {BATCH}, {name}: {ours:.0f}/s with every index;'
              f' one bare table {limit:.0f}/s; ratio {ours / limit:.2f};'
              f' {ours / INSERTS:.2f} of {INSERTS}/s; {worked:.0f}/s of the processor\'s time')


def main(total):
    """Fill, then ask."""
    with tempfile.TemporaryDirectory() as folder:
        core, bare = open_core(ServerSettings(Path(folder))), Bare(folder)
        fill(core, bare, total)
        show('bare lookup by key', *measure(
            lambda: bare.get(f'cam_{random.randrange(total):08d}')))
        for name, question in questions(core, total).items():
            show(name, *measure(question))
        core.close()


if __name__ == '__main__':
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
