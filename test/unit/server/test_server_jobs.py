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

"""The queue of jobs, with kinds made for the test."""

import os
from pathlib import Path
import signal
import subprocess
import sys
import threading
import time

import pytest

from scenebox_ros.errors import JobError
from scenebox_ros.server.core import open_core
from scenebox_ros.server.jobs import registry
from scenebox_ros.server.jobs.registry import Kind
from scenebox_ros.server.jobs.runner import MAX_ATTEMPTS
from scenebox_ros.server.projects import operations as _operations  # noqa: F401
from scenebox_ros.server.search.query import parse
from scenebox_ros.server.settings import ServerSettings
from scenebox_ros.server.store.documents import Owner
from scenebox_ros.server.store.unwritable import DiskFullError

ME = Owner('me')


@pytest.fixture
def kinds(monkeypatch):
    """Kinds of job for one test."""
    made = {}
    monkeypatch.setattr(registry, 'KINDS', made)
    monkeypatch.setattr('scenebox_ros.server.jobs.runner.KINDS', made)
    return made


@pytest.fixture
def core(tmp_path):
    opened = open_core(ServerSettings(tmp_path, job_threads=2, heavy_jobs=1))
    yield opened
    opened.close()


def document(core, job_id):
    return core.documents.get(ME, 'jobs', job_id)


def test_a_job_runs_and_its_document_tells(core, kinds):
    def work(job):
        job.progress(50, 'half')
        return {'sum': job.payload['a'] + 1}

    kinds['add'] = Kind(work)
    core.jobs.start()
    job_id = core.jobs.submit('add', {'a': 1}, 'me', description='adding')

    assert core.jobs.wait(job_id) == {'sum': 2}
    told = document(core, job_id)
    assert (told['status'], told['progress'], told['stage']) == ('finished', 100.0, 'half')
    assert (told['description'], told['notes'], told['job_type']) == ('adding', [], 'add')


def test_a_job_that_fails_is_aborted_with_a_note(core, kinds):
    def work(job):
        raise ValueError('no such thing')

    kinds['fail'] = Kind(work)
    core.jobs.start()
    job_id = core.jobs.submit('fail', None, 'me')

    with pytest.raises(JobError, match='no such thing'):
        core.jobs.wait(job_id)
    assert document(core, job_id)['status'] == 'aborted'
    assert document(core, job_id)['notes'] == ['ValueError: no such thing']


def test_unknown_kinds_are_refused(core, kinds):
    with pytest.raises(JobError, match='nonsense'):
        core.jobs.submit('nonsense', {}, 'me')


def test_a_running_job_can_be_cancelled(core, kinds):
    running = threading.Event()

    def work(job):
        running.set()
        job.cancelled.wait(30)
        job.check()

    kinds['long'] = Kind(work)
    core.jobs.start()
    job_id = core.jobs.submit('long', None, 'me')
    assert running.wait(30)

    assert core.jobs.cancel(job_id, 'not needed') is True
    with pytest.raises(JobError, match='not needed'):
        core.jobs.wait(job_id)
    assert core.jobs.cancel(job_id) is False


def test_higher_priorities_go_first_and_ages_decide_between_equals(core, kinds):
    order = []
    kinds['note'] = Kind(lambda job: order.append(job.payload))
    names = [core.jobs.submit('note', n, 'me', priority=p)
             for n, p in [('old', 0), ('low', -1), ('high', 5), ('young', 0)]]
    taken = [core.database.write(core.jobs._take) for _ in names]

    assert [job.payload for job in taken] == ['high', 'old', 'young', 'low']


def test_a_kind_has_a_priority_of_its_own(core, kinds):
    kinds['low'], kinds['high'] = Kind(lambda job: None, priority=-1), Kind(lambda job: None)
    for kind in ('low', 'high'):
        core.jobs.submit(kind, None, 'me')

    assert [core.database.write(core.jobs._take).kind for _ in kinds] == ['high', 'low']


def test_operations_have_the_priorities_that_they_are_named_after():
    found = [registry.KINDS[f'{name}_priority_operation'].priority for name in ('high', 'low')]

    assert found[0] > 0 > found[1]


def test_a_full_disk_neither_holds_up_heavy_jobs_nor_loses_how_one_ended(core, kinds):
    full, failed, room = threading.Event(), threading.Event(), core.database

    def refuse(write):
        """Fail like a commit for which the disk has no room: what was done is undone."""

        def work(connection):
            result = write(connection)
            if full.is_set():
                failed.set()
                raise DiskFullError('the disk is full')
            return result

        return real(work)

    def work(job):
        full.set()
        return 'done'

    real, room.write = room.write, refuse
    kinds['heavy'] = Kind(work, heavy=True)
    first = core.jobs.submit('heavy', None, 'me')
    core.jobs.start()
    assert failed.wait(30)
    full.clear()
    kinds['heavy'] = Kind(lambda job: 'again', heavy=True)

    assert core.jobs.wait(first) == 'done'
    assert core.jobs.wait(core.jobs.submit('heavy', None, 'me')) == 'again'


def test_a_job_that_could_not_be_taken_is_taken_later(core, kinds):
    refused, real = threading.Event(), core.database.write

    def refuse_once(write):
        def work(connection):
            result = write(connection)
            if core.jobs._running and not refused.is_set():
                refused.set()
                raise DiskFullError('the disk is full')
            return result

        return real(work)

    core.database.write = refuse_once
    kinds['heavy'] = Kind(lambda job: 'done', heavy=True)
    job_id = core.jobs.submit('heavy', None, 'me')
    core.jobs.start()
    assert refused.wait(30)

    assert core.jobs.wait(job_id) == 'done'


def test_heavy_jobs_leave_room_for_quick_ones(core, kinds):
    go = threading.Event()
    kinds['heavy'] = Kind(lambda job: go.wait(30), heavy=True)
    kinds['quick'] = Kind(lambda job: 'done')
    core.jobs.start()
    heavy = [core.jobs.submit('heavy', None, 'me', priority=9) for _ in range(3)]
    quick = core.jobs.submit('quick', None, 'me')

    assert core.jobs.wait(quick) == 'done'
    go.set()
    for job_id in heavy:
        core.jobs.wait(job_id)


def test_jobs_survive_a_restart(tmp_path, kinds):
    started = threading.Event()

    def work(job):
        started.set()
        if job.payload == 'first time':
            job.cancelled.wait(30)
            job.check()

    kinds['work'] = Kind(work)
    settings = ServerSettings(tmp_path, job_threads=1)
    core = open_core(settings)
    core.jobs.start()
    running = core.jobs.submit('work', 'first time', 'me')
    waiting = core.jobs.submit('work', None, 'me')
    assert started.wait(30)
    core.close()

    kinds['work'] = Kind(lambda job: 'second time')
    core = open_core(settings)
    assert document(core, running)['status'] == 'queued'
    core.jobs.start()
    assert [core.jobs.wait(job_id) for job_id in (running, waiting)] == ['second time'] * 2
    core.close()


def test_a_job_that_keeps_killing_the_server_is_given_up(tmp_path, kinds):
    kinds['bad'] = Kind(lambda job: None)
    for _ in range(MAX_ATTEMPTS):
        core = open_core(ServerSettings(tmp_path, job_threads=0))
        job_id = core.jobs.submit('bad', None, 'me', job_id='bad')
        core.jobs.start()
        assert core.database.write(core.jobs._take).id == 'bad'
        core.close()
    core = open_core(ServerSettings(tmp_path, job_threads=0))
    core.jobs.start()

    assert document(core, job_id)['status'] == 'aborted'
    assert core.jobs.resubmit(job_id) is True
    assert document(core, job_id)['status'] == 'queued'
    core.close()


def test_queueing_the_same_id_twice_queues_it_once(core, kinds):
    kinds['work'] = Kind(lambda job: job.payload)
    core.jobs.submit('work', 1, 'me', job_id='same')
    core.jobs.submit('work', 2, 'me', job_id='same')
    core.jobs.start()

    assert core.jobs.wait('same') == 1


def test_heavy_computing_runs_in_another_process(core, kinds):
    kinds['compute'] = Kind(lambda job: job.compute(os.getpid))
    core.jobs.start()

    assert core.jobs.wait(core.jobs.submit('compute', None, 'me')) != os.getpid()


def die_once(mark):
    """End the process like the kernel does when memory is short, but not the second time."""
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 'done'


def test_a_killed_process_does_not_fail_the_job(core, kinds, tmp_path):
    kinds['compute'] = Kind(lambda job: job.compute(die_once, tmp_path / 'mark'))
    core.jobs.start()

    assert core.jobs.wait(core.jobs.submit('compute', None, 'me')) == 'done'


def test_a_job_that_keeps_killing_its_process_fails_alone(core, kinds):
    kinds['deadly'] = Kind(lambda job: job.compute(os._exit, 9))
    kinds['good'] = Kind(lambda job: job.compute(os.getpid))
    core.jobs.start()
    with pytest.raises(JobError, match='was killed 2 times'):
        core.jobs.wait(core.jobs.submit('deadly', None, 'me'))

    assert core.jobs.wait(core.jobs.submit('good', None, 'me')) != os.getpid()


def test_being_stopped_in_good_order_does_not_count_against_a_job(tmp_path, kinds):
    kinds['slow'] = Kind(lambda job: job.cancelled.wait(30) and job.check())
    for _ in range(4):
        core = open_core(ServerSettings(tmp_path, job_threads=1))
        core.jobs.submit('slow', None, 'me', job_id='slow')
        core.jobs.start()
        while not core.jobs._running:
            threading.Event().wait(0.01)
        core.close()
    core = open_core(ServerSettings(tmp_path, job_threads=0))
    core.jobs.start()

    assert document(core, 'slow')['status'] == 'queued'
    core.close()


def test_computing_ends_with_the_server(core, kinds):
    pids = []

    def work(job):
        pids.append(job.compute(os.getpid))
        job.compute(time.sleep, 600)

    kinds['sleep'] = Kind(work)
    core.jobs.start()
    core.jobs.submit('sleep', None, 'me')
    deadline = time.monotonic() + 60
    while not pids and time.monotonic() < deadline:
        threading.Event().wait(0.05)
    core.jobs.close()
    while is_alive(pids[0]) and time.monotonic() < deadline:
        threading.Event().wait(0.05)

    assert not is_alive(pids[0])


def sign_and_sleep(path, seconds):
    mine = path.with_suffix(f'.{os.getpid()}')
    mine.write_text(str(os.getpid()))
    mine.rename(path)
    time.sleep(seconds)


def test_computing_ends_with_its_job_and_that_of_others_goes_on(core, kinds, tmp_path):
    gone, stays = tmp_path / 'gone', tmp_path / 'stays'
    kinds['sleep'] = Kind(lambda job: job.compute(sign_and_sleep, tmp_path / job.id, job.payload))
    core.jobs.start()
    for path, seconds in ((gone, 600), (stays, 2)):
        core.jobs.submit('sleep', seconds, 'me', job_id=path.name)
    deadline = time.monotonic() + 60
    while not (gone.exists() and stays.exists()) and time.monotonic() < deadline:
        threading.Event().wait(0.05)
    pid, other = int(gone.read_text()), stays.read_text()
    core.jobs.cancel('gone')
    core.jobs.wait('stays')
    while is_alive(pid) and time.monotonic() < deadline:
        threading.Event().wait(0.05)

    assert not is_alive(pid)
    assert stays.read_text() == other


def test_computing_ends_when_the_server_is_killed(tmp_path):
    program = (
        'import os, sys, time\n'
        'from scenebox_ros.server.jobs.workers import Worker\n'
        'if __name__ == "__main__":\n'
        '    worker = Worker()\n'
        '    print(worker.submit(os.getpid).result(), flush=True)\n'
        '    worker.submit(time.sleep, 600).result()\n'
    )
    script = tmp_path / 'server.py'
    script.write_text(program)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE) as server:
        pid = int(server.stdout.readline())
        server.kill()
    deadline = time.monotonic() + 60
    while is_alive(pid) and time.monotonic() < deadline:
        threading.Event().wait(0.05)

    assert not is_alive(pid)


def is_alive(pid):
    try:
        return Path(f'/proc/{pid}/stat').read_text().split()[2] != 'Z'
    except OSError:
        return False


def test_a_bulk_update_keeps_to_its_limit_when_it_is_killed_in_the_middle(tmp_path, monkeypatch):
    settings = ServerSettings(tmp_path, job_threads=1)
    core = open_core(settings)
    core.documents.write(ME, 'images', [(f'i{n}', {}) for n in range(1500)])
    job_id = core.jobs.submit('update_by_query', {
        'asset_type': 'images', 'update_field': 'tags', 'update_value': 'x', 'operation': 'add',
        'search': {}, 'limit': 700}, 'me')  # fmt: skip
    job = core.database.write(core.jobs._take)
    told = []
    monkeypatch.setattr(job, 'progress', lambda *one: told.append(one) or 1 // (len(told) < 2))
    with pytest.raises(ZeroDivisionError):
        registry.KINDS['update_by_query'].handler(job)
    core.close()

    core = open_core(settings)
    tagged = parse({'filters': [{'field': 'tags', 'values': ['x']}]})

    assert 0 < core.search.count(ME, 'images', tagged) < 700
    core.jobs.start()
    core.jobs.wait(job_id)
    assert core.search.count(ME, 'images', tagged) == 700
    core.close()
