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

Threads: the caller's reads and captures; one runs the uploader. A transfer that is cut off at any
point is repeated: what the spool still has is sent, what the platform has is not sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
import time
from typing import Any

from scenebox_ros.bags.bag import open_bag
from scenebox_ros.bags.ingest import ingest
from scenebox_ros.bags.overrides import Overrides
from scenebox_ros.bags.plan import plan
from scenebox_ros.bags.report import IngestReport, Progress
from scenebox_ros.errors import BagError, SceneBoxError, SpoolFullError
from scenebox_ros.model.records import Record, Sink
from scenebox_ros.spool import Spool, SpoolLimits
from scenebox_ros.upload import Platform, Uploader, UploadReport, UploadSettings

Callback = Callable[[Path, Progress], None]
# What may lie in the spool before the reader waits for the network.
LIMITS = SpoolLimits(max_bytes=2_000_000_000, min_free_bytes=500_000_000, policy='refuse')
WAIT_S = 0.05


@dataclass(frozen=True)
class Options:
    """
    What a transfer does beyond the defaults.

    Attributes
    ----------
    session
        The session's name; empty: the recording's. Several recordings then share one session.
    overrides
        What becomes of which topic.
    types
        Files or folders with definitions of messages that the recordings lack.
    start_ns, end_ns
        Log times, both included.

    """

    session: str = ''
    overrides: Overrides = field(default_factory=Overrides)
    types: Sequence[Path] = ()
    start_ns: int | None = None
    end_ns: int | None = None
    upload: UploadSettings = field(default_factory=UploadSettings)


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
    ingests: dict[str, IngestReport] = {}
    refused: dict[str, str] = {}
    uploader = Uploader(spool, platform, options.upload)
    with _uploading(uploader) as failure:
        sink = _Patient(spool, failure)
        for path in paths:
            try:
                ingests[str(path)] = ingest_one(path, sink, options, progress)
            except BagError as error:
                refused[str(path)] = str(error)
    uploader.drain()
    return TransferReport(ingests, refused, uploader.report())


def session_name(path: Path, options: Options) -> str:
    """Name the session of a recording."""
    return options.session or path.name.split('.')[0] or 'recording'


def ingest_one(
    path: Path, sink: Sink, options: Options, progress: Callback | None = None
) -> IngestReport:
    """
    Capture one recording into a sink, as the options say.

    Raises
    ------
    BagError
        If nothing of it can be read.

    """
    with open_bag(path, options.types) as bag:
        if not bag.topics and bag.losses:
            raise BagError(f'{path} holds nothing that can be read: {bag.losses[0].reason}')
        settings = plan(bag, session_name(path, options), options.overrides)
        tell = (lambda report: progress(path, report)) if progress else None
        return ingest(
            bag, settings, sink, tell, start_ns=options.start_ns, end_ns=options.end_ns
        )


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


class _Patient:
    """A sink that waits while the spool has no room, rather than lose a record."""

    def __init__(self, spool: Spool, failure: Sequence[SceneBoxError]) -> None:
        self._spool = spool
        self._failure = failure

    def put(self, records: Sequence[Record]) -> None:
        """Keep the records, once there is room."""
        waiting = list(records)
        while waiting:
            try:
                self._spool.put(waiting)
                return
            except SpoolFullError as error:
                refused = set(error.refused)
                waiting = [record for record in waiting if record.id in refused]
                if self._failure:
                    raise self._failure[0] from error
                if not self._spool.stat().total.entries:
                    raise  # empty, and still no room: the disk itself is full
                time.sleep(WAIT_S)
