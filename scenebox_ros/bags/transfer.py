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
Recordings to a platform: captured into a passage in memory, which an uploader empties.

Threads: the caller's reads and captures, one runs the uploader, one tells how far it is; both end
with the transfer. A transfer that is cut off at any point is repeated: the recordings are read
again, and what the platform has is not sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

from scenebox_ros.bags.recordings import Callback, capture, is_named, Options
from scenebox_ros.bags.report import IngestReport
from scenebox_ros.upload import Passage, Platform, Uploader, UploadReport

# Batches are small, so that several are under way in what the passage may hold.
BATCH_BYTES = 8 << 20
IDLE_S = 0.02
# When all is read, what is under way on a slow network goes on to its end.
FINISH_S = 24 * 3600.0
TELL_PERIOD_S = 1.0
# Called with how many bytes wait or are under way, what has been sent, and for how many seconds
# the server has acknowledged nothing.
Sending = Callable[[int, UploadReport, float], None]


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
    platform: Platform,
    options: Options | None = None,
    progress: Callback | None = None,
    sending: Sending | None = None,
) -> TransferReport:
    """
    Bring recordings to a platform.

    Parameters
    ----------
    paths
        Recordings, as :func:`scenebox_ros.bags.find_bags` gives them.
    platform
        Where they go.
    options
        What differs from the defaults.
    progress
        Called a few times a second with the recording and how far it is.
    sending
        Called every second, in a thread, also while reading waits for the network.

    Returns
    -------
    TransferReport
        Damaged places and unreadable recordings are in it, not raised.

    Raises
    ------
    SceneBoxError
        If the platform cannot be reached or refuses; what it has by then is not sent again when
        the transfer is repeated.

    """
    options = options or Options()
    with uploading(platform, options, sending) as (passage, uploader):
        captures = capture(paths, passage, options, progress)
    return TransferReport(captures.ingests, captures.refused, uploader.report())


@contextmanager
def uploading(
    platform: Platform, options: Options, sending: Sending | None = None
) -> Iterator[tuple[Passage, Uploader]]:
    """
    Upload what the block puts into the passage; all of it has arrived when the block is left.

    Raises
    ------
    SceneBoxError
        The uploader's failure, in the block where it puts, or at its end.

    """
    passage, stop = Passage(), Event()
    settings = replace(
        options.upload, batch_bytes=BATCH_BYTES, idle_s=IDLE_S, finish_s=FINISH_S,
        # Who names a session gets it, also if the assets are in another one already.
        continue_sessions=options.upload.continue_sessions and not is_named(options))
    uploader = Uploader(passage, platform, settings)

    def run() -> None:
        try:
            uploader.run(stop, gives_up=True)
        except Exception as error:  # whatever it is: whoever puts must not wait for ever
            passage.fail(error)

    thread = Thread(target=run, name='scenebox-upload')
    thread.start()
    with _telling(passage, uploader, sending):
        try:
            yield passage, uploader
        finally:
            stop.set()
            thread.join()
        passage.finish()
        uploader.drain()


@contextmanager
def _telling(passage: Passage, uploader: Uploader, sending: Sending | None) -> Iterator[None]:
    over = Event()

    def tell() -> None:
        # Whoever listened may have gone.
        with suppress(OSError):
            while sending is not None and not over.wait(TELL_PERIOD_S):
                sending(passage.num_bytes, uploader.report(), uploader.silent_s)

    thread = Thread(target=tell, name='scenebox-tell', daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
