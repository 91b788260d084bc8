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

"""Jobs over HTTP: the job manager's routes, for jobs of the server and of its clients."""

from __future__ import annotations

from typing import Any

from scenebox_ros import ids
from scenebox_ros.errors import InvalidArgumentsError, MetadataNotFoundError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.failures import RefusedError
from scenebox_ros.server.api.table import Endpoint, WRITE
from scenebox_ros.server.jobs.runner import ABORTED, FINISHED, new_document, QUEUED, RUNNING
from scenebox_ros.wire import job_routes as routes

MAX_TEXT = 1024


def add(call: Call) -> Any:
    """Make a job that the client itself does and reports on."""
    given = call.object
    document = new_document(str(given.get('job_type') or ''), call.identity.username, '')
    fields = ('asset_type', 'asset_id', 'user', 'notes', 'description', 'stage', 'tags',
              'task_sync', 'email_notification', 'task_id')
    document |= {name: given[name] for name in fields if given.get(name) is not None}
    job_id = ids.guid()
    call.documents.put(call.identity, 'jobs', job_id, document)
    return {'job_id': job_id}


def status(call: Call) -> Any:
    """Tell a job's state."""
    return {'status': _job(call).get('status', QUEUED)}


def comprehensive_status(call: Call) -> Any:
    """Tell everything about a job."""
    job = _job(call)
    return {'status': QUEUED, 'progress': 0.0, 'stage': '', 'description': '', 'notes': [], **job}


def progress(call: Call) -> Any:
    """Tell how far a job is."""
    return {'progress': _job(call).get('progress', 0.0)}


def set_queued(call: Call) -> Any:
    """Say that a job waits."""
    return _change(call, {'status': QUEUED})


def set_running(call: Call) -> Any:
    """Say that a job runs, and where."""
    where: dict[str, Any] = {
        name: call.object[name] for name in ('cpu_core', 'hostname') if name in call.object
    }
    return _change(call, {'status': RUNNING, **where})


def set_finished(call: Call) -> Any:
    """Say that a job is done."""
    return _change(call, {'status': FINISHED, 'progress': 100.0})


def abort(call: Call) -> Any:
    """Abort a job, the server's or the client's, with a note that says why."""
    reason = (call.query('error_string') or 'aborted')[:MAX_TEXT]
    return _abort(call, call.path['id'], reason)


def cancel(call: Call) -> Any:
    """Cancel a job."""
    return _abort(call, call.path['id'], f'cancelled by {call.identity.username}')


def resubmit(call: Call) -> Any:
    """Do a job that has ended again."""
    job = _job(call)
    if call.core.jobs.status(job['id']) is None:
        return _change(call, {'status': QUEUED, 'progress': 0.0})
    if not call.core.jobs.resubmit(job['id']):
        raise RefusedError(409, 'not_ended', f'job {job["id"]} has not ended yet')
    return {'acknowledged': True, 'job_id': job['id']}


def append_note(call: Call) -> Any:
    """Add a note."""
    return _change(call, {'notes': [(call.query('note') or '')[:MAX_TEXT]]})


def set_stage(call: Call) -> Any:
    """Say what is being done."""
    return _change(call, {'stage': (call.query('stage') or '')[:MAX_TEXT]})


def set_progress(call: Call) -> Any:
    """Say how far it is."""
    text = call.query('progress') or ''
    try:
        percent = float(text)
    except ValueError:
        raise InvalidArgumentsError(f'progress {text[:40]!r} is not a number') from None
    if not 0 <= percent <= 100:
        raise InvalidArgumentsError(f'progress {percent} is not 0 to 100')
    return _change(call, {'progress': round(percent, 2)})


def set_meta(call: Call) -> Any:
    """Write one field of the job's document; lists grow."""
    key = call.field('key')
    if key in ('id', 'owner', 'status', 'progress') or not key:
        raise InvalidArgumentsError(f'field {key!r} of a job has a route of its own')
    return _change(call, {key: call.object.get('value')})


def task(call: Call) -> Any:
    """Tell how a bulk update goes."""
    job = _job(call)
    state, result, error = call.core.jobs.outcome(job['id']) or (job.get('status'), None, None)
    answer: dict[str, Any] = {'completed': state in (FINISHED, ABORTED), 'task_id': job['id']}
    if state == FINISHED:
        answer['response'] = result or {}
    if state == ABORTED:
        answer['error'] = error or 'aborted'
    return answer


def _job(call: Call) -> dict[str, Any]:
    try:
        return call.documents.get(call.identity, 'jobs', call.path['id'])
    except MetadataNotFoundError:
        raise RefusedError(404, 'not_found', f'there is no job {call.path["id"][:80]!r}') from None


def _change(call: Call, change: dict[str, Any]) -> Any:
    job = _job(call)
    if 'status' in change and call.core.jobs.status(job['id']) is not None:
        raise RefusedError(409, 'server_job', 'the server does this job and says how it goes')
    call.documents.update(call.identity, 'jobs', job['id'], change)
    return {'acknowledged': True, 'job_id': job['id']}


def _abort(call: Call, name: str, reason: str) -> Any:
    job = _job(call)
    if job['owner'] != call.organization:
        raise RefusedError(403, 'forbidden', 'the job belongs to another organization')
    if call.core.jobs.status(job['id']) is not None:
        return {'acknowledged': True, 'cancelled': call.core.jobs.cancel(job['id'], reason)}
    ended = job.get('status') in (FINISHED, ABORTED)
    if not ended:
        call.documents.update(call.identity, 'jobs', name, {'status': ABORTED, 'notes': [reason]})
    return {'acknowledged': True, 'cancelled': not ended}


ENDPOINTS = [
    Endpoint(routes.JOB_ADD, add, WRITE),
    Endpoint(routes.JOB_STATUS, status),
    Endpoint(routes.JOB_COMPREHENSIVE_STATUS, comprehensive_status),
    Endpoint(routes.JOB_PROGRESS, progress),
    Endpoint(routes.JOB_QUEUE, set_queued, WRITE),
    Endpoint(routes.JOB_RUN, set_running, WRITE),
    Endpoint(routes.JOB_FINISH, set_finished, WRITE),
    Endpoint(routes.JOB_ABORT, abort, WRITE),
    Endpoint(routes.JOB_CANCEL, cancel, WRITE),
    Endpoint(routes.JOB_CANCEL_DOUBLED, cancel, WRITE),
    Endpoint(routes.JOB_RESUBMIT, resubmit, WRITE),
    Endpoint(routes.JOB_NOTE, append_note, WRITE),
    Endpoint(routes.JOB_STAGE_PUT, set_stage, WRITE),
    Endpoint(routes.JOB_PROGRESS_PUT, set_progress, WRITE),
    Endpoint(routes.JOB_META, set_meta, WRITE),
    Endpoint(routes.TASK_GET, task),
    Endpoint(routes.TASK_DELETE, cancel, WRITE),
    Endpoint(routes.TASK_ABORT, cancel, WRITE),
]
