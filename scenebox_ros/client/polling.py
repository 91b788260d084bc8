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


"""Wait for jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenebox_ros.client import cancel
from scenebox_ros.client.endpoints import asset_documents, jobs
from scenebox_ros.client.http import Http
from scenebox_ros.errors import JobError, MetadataNotFoundError

FINISHED = 'finished'
ABORTED = 'aborted'
POLL_S = 1.0


def await_job(http: Http, job_id: str) -> None:
    """
    Wait until a job is finished.

    Raises
    ------
    JobError
        If it is aborted; the message has its notes.

    """
    while (status := jobs.status(http, job_id).get('status')) != FINISHED:
        if status == ABORTED:
            raise aborted(job_id, notes_of(http, job_id))
        cancel.sleep(POLL_S)


def notes_of(http: Http, job_id: str) -> list[str]:
    """Read the notes of a job, which say what went wrong."""
    try:
        document = asset_documents.get_document(http, jobs.JOBS, job_id)
    except MetadataNotFoundError:
        return []
    return notes_in(document)


def notes_in(document: Mapping[str, Any]) -> list[str]:
    """Read the notes in a job's document; a single one may stand alone."""
    notes = document.get('notes') or []
    return [str(note) for note in (notes if isinstance(notes, list) else [notes])]


def aborted(job_id: str, notes: list[str]) -> JobError:
    """Make the error for a job that was aborted."""
    said = '; '.join(notes) or 'it left no notes'
    return JobError(f'job {job_id!r} was aborted: {said}')
