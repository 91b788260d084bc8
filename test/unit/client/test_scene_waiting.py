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


"""Waiting for jobs and operations."""

import pytest
from scene_platform import client_of, platform

from scenebox_ros.client import cancel
from scenebox_ros.client.methods.scene import waiting
from scenebox_ros.errors import JobError


class Job:
    """A job that is finished after some looks; time passes only while it is waited for."""

    def __init__(self, monkeypatch, *statuses):
        self.statuses = list(statuses)
        self.now = 0.0
        self.waits = []
        self.cancelled = False
        monkeypatch.setattr(waiting.time, 'monotonic', lambda: self.now)
        monkeypatch.setattr(cancel, 'sleep', self.sleep)

    def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds

    def read(self):
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status is KeyboardInterrupt:
            raise KeyboardInterrupt
        return {'status': status, 'progress': 50, 'stage': 'half', 'notes': ['out of memory']}

    def wait(self, **options):
        waiting.for_job(
            'job_1', read=self.read, cancel=lambda: setattr(self, 'cancelled', True), **options
        )


def test_pauses_grow_up_to_the_longest(monkeypatch):
    job = Job(monkeypatch, *['running'] * 7, 'finished')
    job.wait(every_s=10)

    assert job.waits == [0.5, 1, 2, 4, 8, 10, 10]


def test_an_aborted_job_raises_with_its_notes(monkeypatch):
    with pytest.raises(JobError, match="'job_1' was aborted: out of memory"):
        Job(monkeypatch, 'running', 'aborted').wait()


def test_waiting_has_a_limit(monkeypatch):
    job = Job(monkeypatch, 'running')

    with pytest.raises(JobError, match='not finished after 20 s; it runs on'):
        job.wait(limit_s=20)
    assert job.now <= 20


def test_ctrl_c_cancels_the_job(monkeypatch):
    job = Job(monkeypatch, 'running', KeyboardInterrupt)

    with pytest.raises(JobError, match='cancelled by Ctrl-C'):
        job.wait()
    assert job.cancelled


def test_every_look_is_told(monkeypatch):
    told = []
    Job(monkeypatch, 'running', 'finished').wait(callback=lambda *told_: told.append(told_))

    assert told == [(50.0, 'half'), (50.0, 'half')]


def test_an_aborted_operation_says_why():
    fake = platform()
    fake.answer('PUT /v1/operations/control/o', {'job_id': 'job_9'})
    fake.answer('GET /v1/operations/o/status', {'status': 'aborted', 'progress': 0})
    fake.answer('GET /v1/assets/meta/o', {'job_id': 'aborted_job'})
    fake.answer('GET /v1/assets/meta/aborted_job', {'status': 'aborted', 'notes': ['no images']})

    with pytest.raises(JobError, match="operation 'o' was aborted: no images"):
        client_of(fake).start_operation('o', wait_for_completion=True)


def test_nothing_is_waited_for_where_there_is_no_job():
    fake = platform()
    fake.answer('DELETE /v1/sets/delete_set/s', {'job_id': None})

    assert client_of(fake).delete_set('s', wait_for_completion=True) == ''
