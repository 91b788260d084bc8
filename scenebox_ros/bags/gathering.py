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
A sink that hands on many records at once, by a thread of its own.

Threads: :class:`Gathering` has one, which owns the inner sink; it ends with the ``with`` block.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from scenebox_ros.model.records import Record, Sink

# A switch of threads costs the same for one record as for hundreds.
COMMIT_BYTES = 1 << 20
COMMIT_RECORDS = 256


class Gathering:
    """
    A sink that hands on many records at once, while the next ones are made.

    What is gathered is not durable yet: whoever puts must be able to do it all again, as one can
    who reads a recording. Errors of the inner sink are raised by a later put, or at the end.

    Parameters
    ----------
    sink
        Where the records go; used by one thread.

    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._gathered: list[Record] = []
        self._num_bytes = 0
        self._commit: Future[None] | None = None
        self._pool = ThreadPoolExecutor(1, 'scenebox-commit')

    def put(self, records: Sequence[Record]) -> None:
        """Take records; waits while the two commits before are not done."""
        self._gathered += records
        self._num_bytes += sum(len(record.body) for record in records)
        if self._num_bytes >= COMMIT_BYTES or len(self._gathered) >= COMMIT_RECORDS:
            self._hand_on()

    def flush(self) -> None:
        """Hand on everything, and wait until it is kept."""
        self._hand_on()
        self._settle()

    def _hand_on(self) -> None:
        self._settle()
        if self._gathered:
            self._commit = self._pool.submit(self._sink.put, self._gathered)
            self._gathered, self._num_bytes = [], 0

    def _settle(self) -> None:
        commit, self._commit = self._commit, None
        if commit is not None:
            commit.result()

    def __enter__(self) -> Gathering:
        """Use it in a ``with`` statement."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Flush, unless something went wrong, and end the thread."""
        try:
            if error is None:
                self.flush()
        finally:
            self._pool.shutdown()
