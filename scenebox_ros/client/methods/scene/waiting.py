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

"""Wait for a job, and stop it if the user no longer wants it."""

from __future__ import annotations

from collections.abc import Callable
import logging
import time
from typing import Any

from scenebox_ros.client import cancel as cancelling
from scenebox_ros.client.answers import number_in
from scenebox_ros.client.polling import notes_in
from scenebox_ros.errors import JobError, ResponseError
from scenebox_ros.model.constants import JobConstants

log = logging.getLogger(__name__)
FIRST_WAIT_S = 0.5


def for_job(
    job_id: str,
    *,
    read: Callable[[], dict[str, Any]],
    cancel: Callable[[], Any],
    every_s: float = 10,
    limit_s: float | None = None,
    callback: Callable[[float, str], Any] | None = None,
    noun: str = 'job',
    reasons: Callable[[], dict[str, Any]] | None = None,
) -> None:
    """
    Wait until a job is finished.

    Parameters
    ----------
    job_id, noun
        For messages.
    read
        Reads the job's status, progress, stage and notes.
    cancel
        Stops the job; called on Ctrl-C.
    every_s
        Longest pause between two looks; short jobs are noticed sooner.
    limit_s
        Longest time to wait; None waits on.
    callback
        Called with progress and stage after every look.
    reasons
        Reads the notes of an aborted job, where ``read`` does not.

    Raises
    ------
    JobError
        If the job was aborted, takes too long, or was cancelled by Ctrl-C.

    """
    ends = None if limit_s is None else time.monotonic() + limit_s
    pause_s = FIRST_WAIT_S
    try:
        while True:
            document = read()
            if _is_finished(job_id, noun, document, callback, reasons):
                return
            if ends is not None and time.monotonic() + pause_s > ends:
                raise JobError(
                    f'{noun} {job_id!r} is not finished after {limit_s:g} s; it runs on, look '
                    'at it later'
                )
            cancelling.sleep(pause_s)
            pause_s = min(2 * pause_s, every_s)
    except KeyboardInterrupt:
        try:
            cancel()
        except ResponseError as error:
            raise JobError(f'{noun} {job_id!r} could not be cancelled: {error}') from None
        raise JobError(f'{noun} {job_id!r} was cancelled by Ctrl-C') from None


def _is_finished(
    job_id: str,
    noun: str,
    document: dict[str, Any],
    callback: Callable[[float, str], Any] | None,
    reasons: Callable[[], dict[str, Any]] | None,
) -> bool:
    progress = number_in(document, 'progress', JobError)
    stage = str(document.get('stage') or '')
    if callback:
        callback(progress, stage)
    status = document.get('status')
    log.debug('%s %s: %s, %.1f %%, %s', noun, job_id, status, progress, stage)
    if status == JobConstants.STATUS_ABORTED:
        notes = notes_in(reasons() if reasons else document)
        why = '; '.join(notes) or 'the server gives no reason'
        raise JobError(f'{noun} {job_id!r} was aborted: {why}')
    return status == JobConstants.STATUS_FINISHED
