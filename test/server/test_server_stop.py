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
"""Stopping a server that works, and killing what works for it."""

import os
from pathlib import Path
import signal
import threading

import numpy as np
import pytest
from server_support import Server

from scenebox_ros.codecs.images import encode_jpeg
from scenebox_ros.server.fsck import fsck
from scenebox_ros.wire.frames import line

Q = {'asset_type': 'images', 'replace': 'True'}
NAMES = [f'i{n}' for n in range(40)]
PAUSE = threading.Event()


@pytest.fixture
def server(tmp_path):
    started = Server(tmp_path / 'data')
    started.start()
    yield started
    started.process.kill()
    started.process.wait(30)


def begin(http):
    """Upload images and start making thumbnails, which takes some seconds; give the job's id."""
    rng = np.random.default_rng(1)
    blob = encode_jpeg(rng.integers(0, 255, (1500, 2000, 3), np.uint8), 20)
    for name in NAMES:
        body = line(name, b'{"sets": ["s"]}', blob, f'{name}.jpg') + blob
        assert 'error' not in http.put('/v1/assets/batch/', params=Q, content=body).text
    body = {'ids': NAMES, 'use_preset': 'small'}
    return http.post('/v1/images/compress_images/', json=body).json()['job_id']


def job_of(http, job_id):
    return http.get(f'/v1/assets/meta/{job_id}', params={'asset_type': 'jobs'}).json()


def until(http, job_id, is_true):
    """Look at a job until something is true of it; meanwhile the server is healthy."""
    for _ in range(1200):
        document = job_of(http, job_id)
        if is_true(document):
            return document
        assert http.get('/healthz').status_code == 200
        PAUSE.wait(0.05)
    raise AssertionError(document)


def is_under_way(document):
    return document['status'] == 'running' and document['progress'] > 0


def is_over(document):
    return document['status'] in ('finished', 'aborted')


def without_thumbnail(http):
    documents = [http.get(f'/v1/assets/meta/{name}', params=Q).json() for name in NAMES]
    return [one['id'] for one in documents if 'small' not in one.get('thumbnails', {})]


@pytest.mark.e2e
def test_a_server_told_to_stop_stops_and_its_job_goes_on_at_the_next_start(server):
    with server.client() as http:
        job_id = begin(http)
        until(http, job_id, is_under_way)
    server.process.send_signal(signal.SIGTERM)
    stopped = server.process.wait(40)
    server.start()
    with server.client() as http:
        document = until(http, job_id, is_over)
        missing = without_thumbnail(http)

    assert stopped == 0
    assert (document['status'], document['notes'], missing) == ('finished', [], [])
    assert server.stop() == 0
    assert fsck(server.folder).problems == []


@pytest.mark.e2e
def test_a_killed_worker_harms_neither_its_job_nor_the_server(server):
    with server.client() as http:
        job_id = begin(http)
        until(http, job_id, is_under_way)
        killed = [os.kill(pid, signal.SIGKILL) for pid in workers_of(server.process.pid)]
        document = until(http, job_id, is_over)
        missing = without_thumbnail(http)

    assert killed
    assert (document['status'], document['notes'], missing) == ('finished', [], [])
    assert server.stop() == 0


def workers_of(pid):
    tasks = Path(f'/proc/{pid}/task').iterdir()
    pids = [int(one) for task in tasks for one in (task / 'children').read_text().split()]
    return [one for one in pids if b'spawn_main' in Path(f'/proc/{one}/cmdline').read_bytes()]
