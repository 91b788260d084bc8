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
Killing the server under load: what it acknowledged must be there afterwards, byte for byte.

More rounds: ``SCENEBOX_CRASH_ROUNDS=200``; other moments: ``SCENEBOX_CRASH_SEED=1000``.
"""

from collections import Counter
from contextlib import closing
import os
import sqlite3
import subprocess
import sys

from crash_check import Check
from crash_load import Load, Q, SETS
import pytest
from server_support import Server, START

from scenebox_ros.server.fsck import fsck
from scenebox_ros.wire.frames import line

pytestmark = pytest.mark.e2e

ROUNDS = int(os.environ.get('SCENEBOX_CRASH_ROUNDS', '3'))
SEED = int(os.environ.get('SCENEBOX_CRASH_SEED', '0'))


@pytest.fixture
def server(tmp_path):
    """Start a server in a process of its own, with the sets that the load fills."""
    started = Server(tmp_path / 'data')
    started.start()
    with started.client() as http:
        for name in SETS:
            body = {'name': name, 'assets_type': 'images'}
            assert http.post('/v1/sets/add/', json=body).status_code == 200
    yield started
    started.process.kill()
    started.process.wait(30)


@pytest.mark.timeout(120 + 30 * ROUNDS)
def test_what_was_acknowledged_survives_being_killed(server):
    loads, compared = [], Counter()
    for seed in range(SEED, SEED + ROUNDS):
        load = Load(server, seed)
        load.run()
        loads.append(load)
        assert load.acknowledged
        report = fsck(server.folder)
        assert (report.problems, report.index) == ([], [])
        server.start()
        compared += Check(server, [load]).run().compared
        print('kills', len(loads), flush=True)
    print('acknowledged', sum((load.ledger.done for load in loads), Counter()))
    print('compared after each kill', compared)

    print('compared at the end', Check(server, loads).run(at_the_end=True).compared)
    assert server.stop() == 0
    report = fsck(server.folder)
    assert (report.problems, report.index, report.dangling) == ([], [], [])
    assert report.objects >= sum(len(load.ledger.bytes) for load in loads)


def test_the_check_itself_notices_what_is_wrong(server):
    load = Load(server, 4)
    load.run()
    ledger = load.ledger
    assert fsck(server.folder).problems == []
    server.start()
    Check(server, [load]).run(at_the_end=True)
    first, second, third, fourth, *_ = [one for one in ledger.bytes if one.count('_') == 3]

    def noticed():
        with pytest.raises((AssertionError, KeyError)):
            Check(server, [load]).run()

    ledger.gone.add(first)
    noticed()
    ledger.gone.remove(first)
    ledger.unanswered.append([first, 'of_the_same_batch'])
    noticed()
    ledger.unanswered.pop()
    with server.client() as http:
        http.delete(f'/v1/assets/{second}', params=Q)
        noticed()
        for table in (ledger.bytes, ledger.numbers, ledger.sets):
            del table[second]
        Check(server, [load]).run()
        http.put(f'/v1/assets/meta/{third}', params=Q, json={'n': -1})
        noticed()
        ledger.bytes.pop(third), ledger.numbers.pop(third)
        other = line(fourth, b'{}', b'other', 'x.bin') + b'other'
        http.put('/v1/assets/batch/', params=Q, content=other)
        noticed()
    server.process.kill()
    server.process.wait(30)
    damage(server.folder)
    assert len(fsck(server.folder).problems) >= 2


def damage(folder):
    """Turn a bit of a blob over, and forget another's row."""
    with closing(sqlite3.connect(folder / 'scenebox.sqlite')) as database:
        sql = 'SELECT sha256, segment, position FROM blobs WHERE segment IS NOT NULL LIMIT 2'
        (_, segment, position), (other, _, _) = database.execute(sql).fetchall()
        database.execute('PRAGMA foreign_keys = OFF')
        database.execute('DELETE FROM blobs WHERE sha256 = ?', (other,))
        database.commit()
    with (folder / 'segments' / f'{segment:08d}.seg').open('r+b') as file:
        file.seek(position)
        byte = file.read(1)[0]
        file.seek(position)
        file.write(bytes([byte ^ 1]))


def test_one_folder_has_one_server(tmp_path):
    first = Server(tmp_path / 'data')
    first.start()
    second = Server(tmp_path / 'data')
    number = second.sock.fileno()
    command = [sys.executable, '-c', START, str(first.folder), str(number)]
    refused = subprocess.run(
        command, pass_fds=[number], capture_output=True, text=True, timeout=60, check=False
    )

    second.sock.close()

    assert refused.returncode != 0
    assert 'another server has' in refused.stderr
    assert first.stop() == 0
