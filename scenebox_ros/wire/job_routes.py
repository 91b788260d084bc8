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


"""The job manager's routes; the asset manager's host serves them."""

from __future__ import annotations

from scenebox_ros.wire.route import Route

# -- a job's life
JOB_ADD = Route('POST', 'v1', 'jobs/add/')
JOB_QUEUE = Route('PUT', 'v1', 'jobs/queue/{id}')
JOB_RUN = Route('PUT', 'v1', 'jobs/run/{id}')
JOB_FINISH = Route('PUT', 'v1', 'jobs/finish/{id}')
JOB_ABORT = Route('PUT', 'v1', 'jobs/abort/{id}')
JOB_RESUBMIT = Route('PUT', 'v1', 'jobs/resubmit/{id}')
JOB_CANCEL = Route('PUT', 'v1', 'jobs/cancel/{id}')
# The original client says "jobs" twice where it cancels; a server answers both.
JOB_CANCEL_DOUBLED = Route('PUT', 'v1', 'jobs/jobs/cancel/{id}')

# -- what a job says of itself
JOB_NOTE = Route('PUT', 'v1', 'jobs/append_note/{id}')
JOB_META = Route('PUT', 'v1', 'jobs/meta/{id}')
JOB_STAGE_PUT = Route('PUT', 'v1', 'jobs/stage/{id}')
JOB_PROGRESS_PUT = Route('PUT', 'v1', 'jobs/progress/{id}')
JOB_PROGRESS = Route('GET', 'v1', 'jobs/progress/{id}')
JOB_STATUS = Route('GET', 'v1', 'jobs/status/{id}')
JOB_COMPREHENSIVE_STATUS = Route('GET', 'v1', 'jobs/comprehensive_status/{id}')

# -- tasks: bulk updates of the index
TASK_GET = Route('GET', 'v1', 'jobs/query_task/{id}')
TASK_DELETE = Route('DELETE', 'v1', 'jobs/query_task/{id}')
TASK_ABORT = Route('GET', 'v1', 'jobs/query_task/{id}/abort')
