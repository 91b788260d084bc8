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

"""
Recordings to a platform: ingest into a spool while an uploader empties it.

Threads: the caller's reads and captures; one commits to the spool (``gathering.py``), one runs the
uploader. A transfer that is cut off at any
point is repeated: what the spool still has is sent, what the platform has is not sent again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

from scenebox_ros.bags.gathering import Gathering, PatientSink
from scenebox_ros.bags.recordings import Callback, capture, Options
from scenebox_ros.bags.report import IngestReport
from scenebox_ros.errors import SceneBoxError
from scenebox_ros.spool import Spool, SpoolLimits
from scenebox_ros.upload import Platform, Uploader, UploadReport

# What may lie in the spool before the reader waits for the network.
LIMITS = SpoolLimits(max_bytes=2_000_000_000, min_free_bytes=500_000_000, policy='refuse')


@dataclass(frozen=True)
class TransferReport:
    """
    What a transfer did.

    Attributes
    ----------
    ingests
        By recording.
    refused
        Recordings that cannot be read at all, and why.
    upload
        What the platform took.

    """

    ingests: dict[str, IngestReport]
    refused: dict[str, str]
    upload: UploadReport

    @property
    def is_perfect(self) -> bool:
        """Tell whether everything that the recordings should hold has arrived."""
        return (
            not self.refused
            and not self.upload.set_aside
            and all(report.is_perfect for report in self.ingests.values())
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the report as a JSON value."""
        return {
            'perfect': self.is_perfect,
            'recordings': {path: report.to_dict() for path, report in self.ingests.items()},
            'refused': self.refused,
            'upload': self.upload.as_json(),
        }


def transfer(
    paths: Sequence[Path],
    spool: Spool,
    platform: Platform,
    options: Options | None = None,
    progress: Callback | None = None,
) -> TransferReport:
    """
    Bring recordings to a platform.

    Parameters
    ----------
    paths
        Recordings, as :func:`scenebox_ros.bags.find_bags` gives them.
    spool
        Where records wait for the network, best opened with :data:`LIMITS`; empty afterwards.
    platform
        Where they go.
    options
        What differs from the defaults.
    progress
        Called a few times a second with the recording and how far it is.

    Returns
    -------
    TransferReport
        Damaged places and unreadable recordings are in it, not raised.

    Raises
    ------
    SceneBoxError
        If the platform cannot be reached or refuses; the spool keeps what was captured.

    """
    options = options or Options()
    uploader = Uploader(spool, platform, options.upload)
    with _uploading(uploader) as failure, Gathering(PatientSink(spool, failure)) as sink:
        captures = capture(paths, sink, options, progress)
    uploader.drain()
    return TransferReport(captures.ingests, captures.refused, uploader.report())


@contextmanager
def _uploading(uploader: Uploader) -> Iterator[list[SceneBoxError]]:
    """Run the uploader beside the block; the list has its failure as soon as it has one."""
    stop, failure = Event(), list[SceneBoxError]()

    def run() -> None:
        try:
            uploader.run(stop)
        except SceneBoxError as error:
            failure.append(error)

    thread = Thread(target=run, name='scenebox-upload')
    thread.start()
    try:
        yield failure
    finally:
        stop.set()
        thread.join()
