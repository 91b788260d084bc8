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

"""The client of jobs, called against a real server."""

import pytest
from server_samples import name

from scenebox_ros.client import JobManagerClient, wait_for_jobs
from scenebox_ros.client.exceptions import JobError


@pytest.fixture
def job(platform):
    with JobManagerClient(platform.token, platform.url, job_type='zipping',
                          description=name('job')) as client:  # fmt: skip
        yield client


@pytest.fixture
def seen(engine, job):
    """Read the job as another client sees it."""
    return lambda: engine.get_metadata(job.job_id, 'jobs')


def test_a_job_is_run_to_its_end(platform, job, seen):
    queued = job.get_status()
    job.run(cpu_core=1, hostname='here')
    running = job.get_status()
    job.update_stage('half')
    job.update_progress(50, message='half', force_update=True)
    job.append_note('a note')
    job.update_meta('colour', 'red')
    halfway = job.get_comprehensive_status(), job.get_progress(), seen()
    job.finish()

    assert (queued, running) == ('queued', 'running')
    assert halfway[0]['stage'] == 'half'
    assert halfway[1] == 50
    assert halfway[2]['colour'] == 'red' or 'red' in str(halfway[2])
    assert 'a note' in job.get_notes()
    assert job.get_job().status == seen()['status'] == 'finished'
    job.wait_for_completion(increments_sec=0.1)
    assert wait_for_jobs([job.job_id], platform.url, platform.token)


def test_a_job_is_aborted_and_says_why(job, seen):
    job.run()
    job.abort(error_string='out of film')

    assert seen()['status'] == 'aborted'
    with pytest.raises(JobError, match='out of film'):
        job.wait_for_completion(increments_sec=0.1)


def test_a_job_is_cancelled_and_queued_again(job, seen):
    job.cancel()
    cancelled = seen()['status']
    job.resubmit()
    job.queue()

    assert cancelled in ('aborted', 'cancelled')
    assert seen()['status'] == 'queued'


def test_a_job_knows_its_children(platform, job, seen):
    with JobManagerClient(platform.token, platform.url, job_type='zipping') as child:
        job.add_child_job(child.job_id)

    assert child.job_id in str(seen())


def test_a_task_is_aborted(engine, platform, job):
    task = engine.get_asset_manager('images').delete_with_list(['nobody'])
    answer = job.abort_task(task)

    assert answer is None or isinstance(answer, (dict, str, list, bool))
