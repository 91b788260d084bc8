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


"""Jobs are created, changed, told of and waited for."""

import re
import time

from fake_platform import FakePlatform, HOST
import pytest

from scenebox_ros.client import Job, job_manager, JobManagerClient, wait_for_jobs
from scenebox_ros.client.http import Http
from scenebox_ros.errors import JobError


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """What was waited for, instead of waiting."""
    clock, seconds = [0.0], []

    def sleep(wanted):
        seconds.append(wanted)
        clock[0] += wanted

    monkeypatch.setattr(time, 'sleep', sleep)
    monkeypatch.setattr(time, 'monotonic', lambda: clock[0])
    return seconds


def job_of(platform, **options):
    return JobManagerClient('t', http=platform.http(), **{'job_id': 'job_1', **options})


def test_a_job_is_created_with_everything_that_was_said():
    platform = FakePlatform()
    platform.answer('POST /v1/jobs/add/', {'job_id': 'job_7'})
    job = job_of(
        platform, job_id=None, job_type='zipping', tags=['a'], user_facing=True, resubmittable=True
    )

    assert job.job_id == 'job_7'
    assert platform.sent()[0].json == {
        'asset_type': None,
        'asset_id': 'undefined',
        'user': None,
        'job_type': 'zipping',
        'notes': [],
        'description': '',
        'stage': '',
        'tags': ['a', 'user_facing', 'resubmittable'],
        'task_sync': False,
        'email_notification': False,
    }


def test_an_unknown_job_type_is_named_before_anything_is_sent():
    platform = FakePlatform()
    with pytest.raises(JobError, match=r"'nonsense' does not exist; pass one of .*zipping"):
        job_of(platform, job_id=None, job_type='nonsense')

    assert platform.sent() == []


def test_a_job_is_found_by_its_task():
    platform = FakePlatform()
    platform.answer('POST /v1/assets/', {'results': ['job_3']})

    assert job_of(platform, job_id=None, task_id='task_1').job_id == 'job_3'


@pytest.mark.parametrize('status', [200, 500])
def test_a_task_without_a_job_stands_for_one(status, caplog):
    platform = FakePlatform()
    platform.answer('POST /v1/assets/', {'results': []}, status=status)

    assert job_of(platform, job_id=None, task_id='task_1').job_id == 'task_1'
    assert 'task' in caplog.text


@pytest.mark.parametrize(
    'change, line, query, body',
    [
        (lambda job: job.queue(), 'PUT /v1/jobs/queue/job_1', {}, None),
        (lambda job: job.run(2, 'h'), 'PUT /v1/jobs/run/job_1', {},
         {'cpu_core': 2, 'hostname': 'h'}),
        (lambda job: job.run(), 'PUT /v1/jobs/run/job_1', {}, {}),
        (lambda job: job.append_note('n'), 'PUT /v1/jobs/append_note/job_1', {'note': 'n'}, None),
        (lambda job: job.update_meta('k', 1), 'PUT /v1/jobs/meta/job_1', {},
         {'key': 'k', 'value': 1}),
        (lambda job: job.add_child_job('j'), 'PUT /v1/jobs/meta/job_1', {},
         {'key': 'child_job_ids', 'value': ['j']}),
        (lambda job: job.update_stage('s' * 2000), 'PUT /v1/jobs/stage/job_1',
         {'stage': 's' * 1024}, None),
        (lambda job: job.resubmit(), 'PUT /v1/jobs/resubmit/job_1', {}, None),
        (lambda job: job.cancel(), 'PUT /v1/jobs/cancel/job_1', {}, None),
        (lambda job: job.abort_task('t'), 'GET /v1/jobs/query_task/t/abort', {}, None),
        (lambda job: job.update_progress(30), 'PUT /v1/jobs/progress/job_1',
         {'progress': '30.0'}, None),
    ],
)
def test_a_change_is_one_request(change, line, query, body):
    platform = FakePlatform()
    change(job_of(platform))

    (sent,) = platform.sent()
    assert (sent.line, sent.json) == (line, body)
    assert {name: one for name, one in sent.query.items() if name != 'token'} == query


def test_a_change_that_the_server_refuses_is_told_and_not_raised(caplog):
    platform = FakePlatform()
    platform.answer('PUT .*', {'error': 'no'}, status=400)
    job = job_of(platform)

    assert re.match("could not run job 'job_1': 400 no", job.run()['status'])
    assert 'could not run' in caplog.text


def test_a_change_that_the_server_refuses_is_raised_if_that_is_wanted():
    platform = FakePlatform()
    platform.answer('PUT .*', {'error': 'no'}, status=400)
    job = job_of(platform)
    job.raise_on_failure = True

    with pytest.raises(JobError, match='could not run'):
        job.run()


def test_a_note_is_not_added_twice():
    platform = FakePlatform()
    platform.answer('PUT .*', status=503)
    job_of(platform).append_note('n')

    assert len(platform.sent()) == 1


def test_a_finished_job_is_not_finished_again():
    platform = FakePlatform()
    platform.answer('GET .*status.*', {'status': 'finished'})

    assert job_of(platform).finish() is None
    assert platform.sent('PUT .*') == []


def test_an_abort_says_why():
    platform = FakePlatform()
    platform.answer('GET .*status.*', {'status': 'running'})
    job_of(platform).abort(exception=OSError('full'), revoke_celery_job=True)

    stage, abort = platform.sent('PUT .*')
    assert stage.query['stage'] == "Error :OSError('full')"
    assert (abort.query['error_string'], abort.query['revoke']) == ("OSError('full')", 'True')


def test_only_steps_of_more_than_five_are_sent():
    platform = FakePlatform()
    job = job_of(platform)
    for progress in (3, 6, 8, 11, 11.5, 100):
        job.update_progress(progress)

    assert [one.query['progress'] for one in platform.sent()] == ['6.0', '11.5', '100.0']


def test_progress_may_be_that_of_a_part():
    platform = FakePlatform()
    job_of(platform).update_progress(50, min_progress=20, max_progress=40, message='half')

    stage, progress = platform.sent()
    assert (stage.query['stage'], progress.query['progress']) == ('half', '30.0')


def test_a_job_that_was_aborted_meanwhile_stops_its_worker():
    platform = FakePlatform()
    platform.answer('GET .*status.*', {'status': 'aborted'})

    with pytest.raises(JobError, match='was aborted; stop working'):
        job_of(platform).update_progress(50, raise_on_abort_canceled=True)


def test_what_is_not_told_is_what_was_last_known():
    platform = FakePlatform()
    platform.answer('GET .*jobs/status.*', {'status': 'running'}, times=1)
    platform.answer('GET .*progress.*', {'progress': 40}, times=1)
    platform.answer('GET .*', {'error': 'no'}, status=400)
    job = job_of(platform)

    assert [job.get_status(), job.get_status()] == ['running', 'running']
    assert [job.get_progress(), job.get_progress()] == [40.0, 40.0]


def told(platform, *jobs):
    for job in jobs:
        platform.answer('GET .*comprehensive_status/job_1', job, times=1)


def test_a_job_is_waited_for(waits):
    platform = FakePlatform()
    seen = []
    told(
        platform,
        {'status': 'running', 'progress': 40, 'stage': 'half'},
        {'status': 'finished', 'progress': 100, 'stage': 'done'},
    )
    job_of(platform).wait_for_completion(progress_callback=lambda *one: seen.append(one))

    assert seen == [(40.0, 'half'), (100.0, 'done')]
    assert waits == [10]


def test_a_job_that_is_aborted_raises_its_notes():
    platform = FakePlatform()
    platform.answer('GET .*', {'status': 'aborted', 'notes': ['out of memory', 'sorry']})

    with pytest.raises(JobError, match='out of memory; sorry'):
        job_of(platform).wait_for_completion()


def test_a_job_that_takes_too_long_is_an_error(waits):
    platform = FakePlatform()
    platform.answer('GET .*', {'status': 'running'})

    with pytest.raises(JobError, match="'job_1' is running after 30 s"):
        job_of(platform).wait_for_completion(enable_max_wait=True, max_wait_sec=30)

    assert sum(waits) <= 30


def test_ctrl_c_cancels_the_job(monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(time, 'sleep', interrupt)
    platform = FakePlatform()
    platform.answer('GET .*', {'status': 'running'})

    with pytest.raises(JobError, match='cancelled by its user'):
        job_of(platform).wait_for_completion()

    assert [one.line for one in platform.sent('PUT .*')] == ['PUT /v1/jobs/cancel/job_1']


def test_what_is_known_of_a_job_is_a_tuple():
    platform = FakePlatform()
    platform.answer('GET .*', {'status': 'running', 'stage': 'half', 'notes': ['n']})
    job = job_of(platform)

    assert job.get_job() == Job('job_1', 'running', 0.0, '', 'half')
    assert job.get_notes() == ['n']


@pytest.mark.parametrize(
    'url, versioned',
    [
        ('http://h', 'http://h/v1'),
        ('http://h/', 'http://h/v1'),
        ('http://h/v1', 'http://h/v1'),
        ('http://h/v1/', 'http://h/v1'),
        (None, 'http://from-env/v1'),
    ],
)
def test_the_version_is_added_to_the_url(url, versioned, monkeypatch):
    monkeypatch.setenv('ASSET_MANAGER_URL', 'http://from-env')

    assert JobManagerClient('t', url, job_id='j')._http.bases['v1'] == versioned


# -- several


def waiting(platform, monkeypatch, *arguments, **options):
    def http(url, token, timeouts):
        return Http({'v1': f'{HOST}/v1', 'root': HOST}, token, pool=platform.pool)

    monkeypatch.setattr(job_manager, '_http', http)
    return wait_for_jobs(*arguments, HOST, 'aa-bb-cc', **options)


def test_several_jobs_are_waited_for(monkeypatch):
    platform = FakePlatform()
    platform.answer('GET .*status/a', {'status': 'running'}, times=1)
    platform.answer('GET .*status/a', {'status': 'finished'})
    platform.answer('GET .*status/b', {'status': 'aborted'})
    platform.answer('GET .*progress/.*', {'progress': 50})
    seen = []
    counts = waiting(platform, monkeypatch, ['a', 'b'], progress_callback=seen.append)

    assert counts == {'successful': 1, 'failed': 1}
    assert seen[-1] == {'a': 50.0, 'b': 50.0}
    assert len(platform.sent('GET .*status/b')) == 1


def test_an_aborted_job_among_several_is_raised_if_that_is_wanted(monkeypatch):
    platform = FakePlatform()
    platform.answer('GET .*meta/a', {'notes': ['out of memory']})
    platform.answer('GET .*', {'status': 'aborted'})

    with pytest.raises(JobError, match='out of memory'):
        waiting(platform, monkeypatch, ['a'], raise_on_error=True)


def test_several_jobs_that_take_too_long_are_a_timeout(monkeypatch):
    platform = FakePlatform()
    platform.answer('GET .*', {'status': 'running'})

    with pytest.raises(TimeoutError, match="2 jobs, 'a' first, are not finished after 25 s"):
        waiting(platform, monkeypatch, ['a', 'b'], timeout=25)
