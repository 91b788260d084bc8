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
Writers and an uploader that are killed at any moment, against a ledger kept by the sender.

A writer notes a record's id in its ledger only after put() returned: what is in a ledger must be
in the spool, byte for byte.
"""

from contextlib import suppress
import hashlib
import os
from pathlib import Path
import random
import resource
import signal
import subprocess
import sys
from threading import Event

import pytest

from scenebox_ros.errors import SpoolFullError
from scenebox_ros.model.records import Record
from scenebox_ros.spool import care, Spool, SpoolLimits

LIMITS = SpoolLimits(max_bytes=500_000_000, min_free_bytes=0)
PRELUDE = """
import hashlib, itertools, json, os, random, sys
from scenebox_ros.model.records import Record
from scenebox_ros.spool import Spool, SpoolLimits
folder, ledger, name = sys.argv[1:4]
spool = Spool(folder, SpoolLimits(max_bytes=500_000_000, min_free_bytes=0))
log = open(ledger, 'a')
"""
WRITER = PRELUDE + """
for number in itertools.count():
    batch = []
    for part in range(random.randint(1, 4)):
        body = os.urandom(random.choice([10, 1000, 5000, 60_000]))
        digest = hashlib.sha256(body).hexdigest()
        batch.append(Record('images', name, f'{name}_{number}_{part}_{digest}', '/' + name,
                            body=body, sha256=digest))
    spool.put(batch)
    log.write(''.join(record.id + chr(10) for record in batch))
    log.flush()
"""
TAKER = PRELUDE + """
while True:
    for entry in spool.take(limit=5):
        with open(os.path.join(name, entry.record.id), 'ab') as stored:
            stored.write(b'.')
        spool.done([entry])
    log.write('.')
    log.flush()
"""


def start(code, *arguments):
    root = Path(__file__).parents[3]
    environment = {**os.environ, 'PYTHONPATH': str(root)}
    return subprocess.Popen([sys.executable, '-c', code, *map(str, arguments)], env=environment)


def wait_until(is_true, processes):
    pause = Event()
    while not is_true():
        assert all(process.poll() is None for process in processes)
        pause.wait(0.005)


def size(path):
    return path.stat().st_size if path.exists() else 0


def ledgered(folder):
    texts = [path.read_text() for path in folder.glob('*.ledger')]
    # A last line without an end was cut off by the kill.
    return {line for text in texts for line in text.split('\n')[:-1]}


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_nothing_that_was_acknowledged_is_lost_when_writers_are_killed(tmp_path):
    spool_folder = tmp_path / 'spool'
    for turn in range(4):
        ledgers = [tmp_path / f'w{turn}{i}.ledger' for i in range(2)]
        writers = [start(WRITER, spool_folder, ledger, ledger.stem) for ledger in ledgers]
        goal = random.Random(turn).randint(500, 8000)
        wait_until(lambda s=ledgers, g=goal: all(size(path) > g for path in s), writers)
        for writer in writers:
            kill(writer)

    with Spool(spool_folder, LIMITS) as spool:
        assert care.verify(spool).damaged == 0
        found = {}
        while entries := spool.take(limit=500):
            for entry in entries:
                assert entry.record.id not in found
                found[entry.record.id] = hashlib.sha256(entry.record.body).hexdigest()
                assert entry.record.id.endswith(entry.record.sha256)
        assert all(name.endswith(digest) for name, digest in found.items())
        assert spool.stat().total.entries == len(found)
    acknowledged = ledgered(tmp_path)
    assert len(acknowledged) > 50
    assert acknowledged <= set(found)


def test_an_uploader_that_is_killed_repeats_at_most_what_was_under_way(tmp_path):
    spool_folder, server = tmp_path / 'spool', tmp_path / 'server'
    server.mkdir()
    with Spool(spool_folder, LIMITS) as spool:
        spool.put([Record('images', 'run', f'r{i:03}', '/cam', body=b'x' * 2000)
                   for i in range(300)])
    kills = 0
    while len(list(server.iterdir())) != 300:
        ledger = tmp_path / f'{kills}.log'
        before = len(list(server.iterdir()))
        taker = start(TAKER, spool_folder, ledger, server)
        wait_until(lambda n=before: len(list(server.iterdir())) >= min(300, n + 60), [taker])
        kill(taker)
        kills += 1

    with Spool(spool_folder, LIMITS) as spool:
        # The last one may have been stored and not yet acknowledged when the kill came.
        assert len(spool.take(limit=1000)) <= 1
    deliveries = [path.stat().st_size for path in server.iterdir()]
    assert len(deliveries) == 300
    assert sum(deliveries) <= 300 + kills


def test_a_writer_killed_in_its_transaction_does_not_block_the_others(tmp_path):
    ledger = tmp_path / 'w.ledger'
    for _ in range(3):
        writer = start(WRITER, tmp_path / 'spool', ledger, 'w')
        goal = size(ledger) + 200
        wait_until(lambda g=goal: size(ledger) > g, [writer])
        kill(writer)
        with Spool(tmp_path / 'spool', LIMITS) as spool:
            spool.put([Record('images', 'me', f'mine{goal}', '/me', body=b'x')])

    with Spool(tmp_path / 'spool', LIMITS) as spool:
        assert spool.stat().streams['/me'].entries == 3


@pytest.fixture
def file_limit():
    """Let no file of this process grow beyond a size, as a full disk would not."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, old[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, old)
    signal.signal(signal.SIGXFSZ, handler)


def records(count, start=0, num_bytes=50_000):
    return [Record('images', 'run', f'r{start + i:04}', '/cam', body=b'x' * num_bytes)
            for i in range(count)]


def test_a_disk_that_fills_up_refuses_and_keeps_what_was_acknowledged(tmp_path, file_limit):
    limits = SpoolLimits(max_bytes=50_000_000, min_free_bytes=0, policy='refuse')
    kept = []
    with Spool(tmp_path / 'spool', limits) as spool:
        file_limit(3_000_000)
        with suppress(SpoolFullError):
            for record in records(100):
                spool.put([record])
                kept.append(record.id)
        assert 20 < len(kept) < 100
        file_limit(resource.RLIM_INFINITY)
        spool.put(records(1, start=500))

        assert care.verify(spool).damaged == 0
        found = [entry.record.id for entry in spool.take(limit=1000)]
        assert found == [*kept, 'r0500']
        assert spool.stat().total.refused >= 0


def test_on_a_full_disk_the_oldest_make_room_for_the_newest(tmp_path, file_limit):
    limits = SpoolLimits(max_bytes=50_000_000, min_free_bytes=0, policy='drop_oldest')
    with Spool(tmp_path / 'spool', limits) as spool:
        file_limit(5_000_000)
        refused = 0
        for record in records(300):
            try:
                spool.put([record])
            except SpoolFullError:  # noqa: PERF203
                refused += 1

        found = [entry.record.id for entry in spool.take(limit=1000)]
        stat = spool.stat().total
    assert found[-1] == 'r0299'
    assert refused < 15
    assert len(found) + stat.shed + refused == 300
    assert stat.shed > 150


def test_a_batch_that_is_larger_than_the_disk_keeps_what_fits(tmp_path, file_limit):
    limits = SpoolLimits(max_bytes=50_000_000, min_free_bytes=0, policy='refuse')
    with Spool(tmp_path / 'spool', limits) as spool:
        file_limit(2_000_000)
        with pytest.raises(SpoolFullError) as caught:
            spool.put(records(60))
        file_limit(resource.RLIM_INFINITY)

        found = {entry.record.id for entry in spool.take(limit=100)}
    assert found
    assert found | set(caught.value.refused) == {record.id for record in records(60)}
    assert not found & set(caught.value.refused)
