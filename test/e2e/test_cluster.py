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

"""Recordings by a real Dask cluster: the same result, also when a worker is killed."""

import asyncio
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

from e2e_support import last_json, ROOT
from free_port import free_port
import pytest

from scenebox_ros.bags import cluster as cluster_room
from scenebox_ros.bags.cluster import transfer_on_cluster
from scenebox_ros.bags.parts import Access
from scenebox_ros.errors import BagError, ConnectionFailedError

pytest.importorskip('distributed', reason='the cluster needs: pip install distributed')
pytestmark = pytest.mark.e2e

OTHER_VERSION = """
import scenebox_ros
scenebox_ros.__version__ = '0.0.1'
from distributed.cli.dask_worker import main
main()
"""


class Cluster:
    """A scheduler and two workers, each a process of its own."""

    def __init__(self, folder, worker=('-m', 'distributed.cli.dask_worker')):
        port = free_port()
        self.address = f'tcp://127.0.0.1:{port}'
        self._folder = folder
        self.scheduler = self._start(
            '-m', 'distributed.cli.dask_scheduler', '--host', '127.0.0.1', '--port', str(port),
            '--no-dashboard')
        self.workers = [self._start(*worker, self.address, '--no-nanny', '--nthreads', '1',
                                    '--no-dashboard') for _ in range(2)]
        self._wait()

    def _start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=self._folder,
            env={**os.environ, 'PYTHONPATH': str(ROOT)}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def _wait(self):
        from distributed import Client

        with Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)

    def kill(self, *workers):
        for each in workers:
            each.send_signal(signal.SIGKILL)
            each.wait()

    def stop(self):
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    running = Cluster(tmp_path)
    yield running
    running.stop()


def without_sets(content):
    return {kind: held for kind, held in content.items() if kind != 'sets'}


def test_a_killed_worker_changes_nothing(
    fresh_server, server, scenebox, small_drive, cluster, tmp_path
):
    """Parts of a recording on two workers, one of which dies when the first part is done."""
    told = []

    def on_part(done, total):
        told.append((done, total))
        if len(told) == 1:
            cluster.kill(cluster.workers[0])

    report = transfer_on_cluster(
        [small_drive], Access(fresh_server.url, fresh_server.token), cluster.address,
        told=on_part, least_ns=400_000_000)
    alone = scenebox('upload', small_drive, '--json', server=server)

    assert told[-1] == (5, 5)
    assert report.is_perfect
    assert report.upload.stored['images'] + report.upload.existing.get('images', 0) == 20
    assert without_sets(fresh_server.content()) == without_sets(server.content())
    (topics,) = [each.topics for each in report.ingests.values()]
    (expected,) = last_json(alone)['recordings'].values()
    assert {name: topic.read for name, topic in topics.items()} == {
        name: topic['read'] for name, topic in expected['topics'].items()}
    assert scenebox('verify', small_drive, server=fresh_server).returncode == 0
    with fresh_server.client() as client:
        (session,) = client.search_meta('sessions', {})
        assert wait_until_resolved(client, session['id'])
        assert {each['type'] for each in session['sensors']} == {'camera', 'lidar'}


def wait_until_resolved(client, uid):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        document = client.get_asset_manager('sessions').get_metadata(uid)
        if document.get('resolution_status') == 'completed' or document.get('status') == 'ready':
            return True
        time.sleep(0.1)
    return False


def test_the_command_spreads_recordings(fresh_server, scenebox, small_drive, cluster, tmp_path):
    empty = tmp_path / 'empty.mcap'
    empty.write_bytes(b'')

    done = scenebox('upload', small_drive, empty, '--dask', cluster.address, '--json',
                    server=fresh_server)
    again = scenebox('upload', small_drive, '--json', server=fresh_server)

    assert done.returncode == 1, done.stderr
    assert 'is empty' in last_json(done)['refused'][str(empty)]
    assert last_json(done)['upload']['stored'] == {'images': 20, 'lidars': 10}
    assert last_json(again)['upload']['stored'] == {}
    assert fresh_server.token not in done.stdout + done.stderr


def test_a_scheduler_that_is_not_there_is_told(server, scenebox, small_drive, monkeypatch):
    monkeypatch.setenv('DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT', '1s')
    done = scenebox('upload', small_drive, '--dask', 'tcp://127.0.0.1:9', server=server)

    assert done.returncode == 3
    assert 'tcp://127.0.0.1:9' in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize('address', ['nonsense://127.0.0.1:1', 'the scenebox server'])
def test_an_address_that_is_no_scheduler_is_told_at_once(server, scenebox, small_drive, address):
    if ':' not in address:
        address = server.url.replace('http', 'tcp')
    done = scenebox('upload', small_drive, '--dask', address, server=server)

    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert f'no Dask scheduler answers at {address}' in line


def test_tls_without_certificates_is_told(server, scenebox, small_drive):
    done = scenebox('upload', small_drive, '--dask', 'tls://127.0.0.1:9', server=server)

    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert 'tls:// needs certificates' in line


def test_an_event_loop_may_be_running_as_in_notebooks(server, small_drive):
    async def upload():
        transfer_on_cluster(
            [small_drive], Access(server.url, server.token), server.url.replace('http', 'tcp'))

    with pytest.raises(ConnectionFailedError, match='no Dask scheduler answers'):
        asyncio.run(upload())


def test_workers_with_another_version_are_refused(server, scenebox, small_drive, tmp_path):
    cluster = Cluster(tmp_path, ('-c', OTHER_VERSION))
    try:
        done = scenebox('upload', small_drive, '--dask', cluster.address, server=server)
    finally:
        cluster.stop()

    assert done.returncode == 6
    assert 'has scenebox_ros 0.0.1, here it is' in done.stderr


def test_a_worker_that_does_not_see_a_recording_is_told(server, cluster, small_drive, monkeypatch):
    monkeypatch.chdir(small_drive.parent)
    path = Path('/proc/self/cwd') / small_drive.name  # another place in each process

    with pytest.raises(BagError, match=r'the worker at tcp://.* cannot read .*same paths'):
        transfer_on_cluster([path], Access(server.url, server.token), cluster.address)


def test_a_scheduler_that_goes_is_told(server, cluster, small_drive):
    with pytest.raises(ConnectionFailedError, match='the Dask scheduler at'):
        transfer_on_cluster(
            [small_drive], Access(server.url, server.token), cluster.address,
            told=lambda *_: cluster.kill(cluster.scheduler), least_ns=400_000_000)


def test_workers_that_are_all_gone_are_not_waited_for(server, cluster, small_drive, monkeypatch):
    monkeypatch.setattr(cluster_room, 'LOOK_S', 0.1)
    monkeypatch.setattr(cluster_room, 'ALONE_S', 0.5)

    with pytest.raises(ConnectionFailedError, match='all workers of the Dask cluster'):
        transfer_on_cluster(
            [small_drive], Access(server.url, server.token), cluster.address,
            told=lambda *_: cluster.kill(*cluster.workers), least_ns=400_000_000)
