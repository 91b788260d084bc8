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

"""Jobs that find the disk full are tried again when there may be room."""

import errno
import threading

import pytest

from scenebox_ros.errors import AssetCompressionError, JobError
from scenebox_ros.server.core import open_core
from scenebox_ros.server.jobs.registry import Kind
from scenebox_ros.server.settings import ServerSettings
from scenebox_ros.server.store.unwritable import DiskFullError


@pytest.fixture
def kinds(monkeypatch):
    """Kinds of job for one test."""
    made = {}
    monkeypatch.setattr('scenebox_ros.server.jobs.runner.KINDS', made)
    return made


@pytest.fixture
def core(tmp_path):
    opened = open_core(ServerSettings(tmp_path, job_threads=2))
    yield opened
    opened.close()


def full_for(times, raising):
    """Make a handler that finds the disk full some times, and then room."""
    tries = []

    def work(job):
        tries.append(job.id)
        if len(tries) <= times:
            raising()
        return len(tries)

    return work


def no_room():
    raise OSError(errno.ENOSPC, 'No space left on device')


def no_room_for_an_asset():
    try:
        raise DiskFullError('the disk is full')
    except DiskFullError as error:
        raise AssetCompressionError('a: the disk is full') from error


@pytest.mark.parametrize('raising', [no_room, no_room_for_an_asset])
def test_a_job_that_finds_the_disk_full_is_tried_again(core, kinds, monkeypatch, raising):
    monkeypatch.setattr('scenebox_ros.server.jobs.runner.ROOM_PATIENCE_S', 0.001)
    kinds['store'] = Kind(full_for(3, raising))
    kinds['huge'] = Kind(full_for(100, raising))
    core.jobs.start()

    assert core.jobs.wait(core.jobs.submit('store', {}, 'me')) == 4
    with pytest.raises(JobError, match=r'full|No space'):
        core.jobs.wait(core.jobs.submit('huge', {}, 'me'))


def test_a_job_that_waits_for_room_can_be_cancelled_and_stopped(tmp_path, kinds, monkeypatch):
    monkeypatch.setattr('scenebox_ros.server.jobs.runner.ROOM_PATIENCE_S', 100)
    begun = threading.Semaphore(0)
    kinds['store'] = Kind(full_for(100, lambda: (begun.release(), no_room())))
    core = open_core(ServerSettings(tmp_path, job_threads=2))
    core.jobs.start()
    cancelled, stopped = (core.jobs.submit('store', {}, 'me') for _ in range(2))
    assert begun.acquire(timeout=20)
    assert begun.acquire(timeout=20)

    assert core.jobs.cancel(cancelled)
    with pytest.raises(JobError, match='cancelled'):
        core.jobs.wait(cancelled)
    core.close()
    again = open_core(ServerSettings(tmp_path))
    states = [again.jobs.status(cancelled), again.jobs.status(stopped)]
    again.close()
    assert states == ['aborted', 'queued']
