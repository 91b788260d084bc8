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
Measure the spool next to the disk's own limit: writing the same bytes and syncing them.

Run ``python bench/spool.py [FOLDER]``; it prints ratios and takes less than 30 seconds. FOLDER
must be on the disk that matters (not a RAM disk).
"""

import os
from pathlib import Path
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

from scenebox_ros.model.records import Record
from scenebox_ros.spool import Spool, SpoolLimits

FRAME = 200_000
LIMITS = SpoolLimits(max_bytes=4_000_000_000, min_free_bytes=0)
BODY = os.urandom(FRAME)


def records(count, name='r', size=FRAME):
    return [Record('images', 'run', f'{name}{i:07}', '/cam', body=BODY[:size], sha256='0' * 64,
                   document={'width': 1920, 'height': 1080, 'format': 'JPEG', 'sensor': 'cam',
                             'aux': {'topic': '/cam', 'frame_id': 'cam'}}) for i in range(count)]


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def appender(folder):
    """The disk's limit: append a batch, fdatasync."""
    handle = os.open(folder / 'limit', os.O_WRONLY | os.O_CREAT)

    def put(batch):
        os.write(handle, b''.join(record.body for record in batch))
        os.fdatasync(handle)

    return put


def sqlite_peer(folder):
    """The nearest alternative: one SQLite file, WAL, synchronous=FULL."""
    base = sqlite3.connect(folder / 'peer.db')
    base.execute('PRAGMA journal_mode=WAL')
    base.execute('PRAGMA synchronous=FULL')
    base.execute('CREATE TABLE r (id TEXT PRIMARY KEY, body BLOB)')

    def put(batch):
        with base:
            base.executemany('INSERT INTO r VALUES (?, ?)',
                             [(record.id, record.body) for record in batch])

    return put


def lmdb_peer(folder):
    """What LMDB itself takes for the bytes alone: no ids, no checks, no counts."""
    import lmdb

    env = lmdb.open(str(folder / 'raw'), map_size=8_000_000_000)

    def put(batch):
        with env.begin(write=True) as txn:
            for record in batch:
                txn.put(record.id.encode(), record.body)

    return put


def rates(folder, spool, size, rounds, turns):
    """
    MB/s of each way to keep batches; they take turns, so that a busy disk is busy for all.

    Returns the median over the rounds.
    """
    ways = {'limit': appender(folder), 'spool': spool.put, 'sqlite': sqlite_peer(folder),
            'lmdb': lmdb_peer(folder)}
    found = {name: [] for name in ways}
    for round_ in range(rounds):
        for name, put in ways.items():
            made = [records(size, f'{size}_{round_}_{turn}_') for turn in range(turns)]
            seconds = timed(lambda put=put, made=made: [put(batch) for batch in made])
            found[name].append(size * turns * FRAME / seconds / 1e6)
    return {name: statistics.median(measured) for name, measured in found.items()}


def drain(spool):
    """Take, check and finish what waits."""
    count = len(spool)

    def work():
        while entries := spool.take(limit=50):
            spool.done(entries)

    return count * FRAME / timed(work) / 1e6


def many(folder, count=100_000):
    """A backlog of small entries: how long to put, to open, to take the first."""
    with Spool(folder / 'many', LIMITS) as spool:
        made = records(count, 'm', 100)
        put_s = timed(lambda: [spool.put(made[i : i + 5000]) for i in range(0, count, 5000)])
    code = ('import sys, time; from scenebox_ros.spool import Spool; start = time.perf_counter(); '
            'spool = Spool(sys.argv[1]); first = spool.take(1); stat = spool.stat(); '
            'print(time.perf_counter() - start)')
    root = Path(__file__).parents[1]
    told = subprocess.run(
        [sys.executable, '-c', code, str(folder / 'many')], check=True, capture_output=True,
        env={**os.environ, 'PYTHONPATH': str(root)})
    return put_s, float(told.stdout)


def main():
    base = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=base) as name:
        folder = Path(name)
        with Spool(folder / 'spool', LIMITS) as spool:
            for size, turns in [(1, 60), (20, 5)]:
                (folder / str(size)).mkdir()
                mb = rates(folder / str(size), spool, size, 7, turns)
                print(f'batches of {size:2} x 200 kB: limit {mb["limit"]:.0f} MB/s, spool '
                      f'{mb["spool"]:.0f} MB/s = {mb["spool"] / mb["limit"]:.2f} of it, '
                      f'{mb["spool"] / mb["sqlite"]:.1f} x SQLite blobs, '
                      f'{mb["spool"] / mb["lmdb"]:.2f} x bare LMDB')
            print(f'drain (take, check, done): {drain(spool):.0f} MB/s')
        put_s, open_s = many(folder)
        print(f'100000 small entries: put in {put_s:.1f} s, opened and first taken in '
              f'{open_s * 1000:.0f} ms')


if __name__ == '__main__':
    main()
