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
Small objects on their way to the disk: what waits at the same time is stored together.

The segments' own thread asks once which of the bytes that wait are there already, appends and
syncs the others, and queues the rows of all as one write. Whoever receives bytes hashes them as
they come, so that this goes on while the disk is waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
import time

from scenebox_ros.errors import StorageError
from scenebox_ros.server.store.database import Connection, Database
from scenebox_ros.server.store.naming import Name, Outcome, Stored, valid_key
from scenebox_ros.server.store.recovery import mark, note_of
from scenebox_ros.server.store.rows import Link, link_all, VanishedError
from scenebox_ros.server.store.segments import Append, Body, Piece, Segments


class _Small(Append):
    """An object that waits."""

    def __init__(self, name: Name, sha256: str, pieces: Sequence[Piece],
                 outcome: Outcome[Stored]) -> None:
        super().__init__([], sum(map(len, pieces)))
        self.name = name
        self.sha256 = sha256
        self.pieces = pieces
        self.outcome = outcome
        self.is_known: bool | None = None  # until somebody asked

    def note(self) -> None:
        """Write down whose the bytes are; in the order of the segment, so that times are, too."""
        self.noted = time.time()
        self.bodies = [Body(self.sha256, self.pieces, note_of(self.name, self.noted))]

    def link(self) -> Link:
        """Say what its rows are."""
        place = None if self.is_known else self.places[0]
        return Link(self.name, self.sha256, self.size, place, not self.is_known, self.noted)

    def mark(self, connection: Connection) -> None:
        """Say that rows are written up to here."""
        (place,) = self.places
        mark(connection, place.segment, place.position + self.size)


class Smalls:
    """
    Stores objects that are small enough to be packed.

    Parameters
    ----------
    database, segments
        Where rows and bytes go.
    known
        Tells which blobs are there already.

    """

    def __init__(self, database: Database, segments: Segments,
                 known: Callable[[Collection[str]], set[str]]) -> None:
        self._database = database
        self._segments = segments
        self._known = known
        segments.judge, segments.settle = self._judge, self._settle

    def store(self, name: Name, sha256: str, pieces: Sequence[Piece],
              outcome: Outcome[Stored]) -> None:
        """
        Make a small object durable.

        The rows need no sync of their own: a note beside the bytes says what is in them, and
        :func:`recover` writes them again should they be lost.

        Parameters
        ----------
        name
            What it is called.
        sha256, pieces
            Its bytes as they came, and their hash; joining them would copy them.
        outcome
            Ends when bytes and rows are on disk.

        """
        valid_key(name.key)
        self._segments.queue(_Small(name, sha256, pieces, outcome))

    def _judge(self, group: Sequence[Append]) -> list[Append]:
        """Ask which bytes are there already; give what must be written."""
        smalls = [one for one in group if isinstance(one, _Small)]
        came = [one for one in smalls if one.is_known is None]
        try:
            known = self._known([one.sha256 for one in came]) if came else set()
        except Exception as error:
            for one in came:
                one.outcome.set_exception(error)
        else:
            for one in came:
                one.is_known = one.sha256 in known
        for one in smalls:
            one.note()
        return [one for one in group
                if not isinstance(one, _Small) or not (one.is_known or one.outcome.done())]

    def _settle(self, group: Sequence[Append]) -> None:
        """Queue the rows of a group in the order of the segment, as one write."""
        smalls = []
        for one in group:
            if isinstance(one, _Small) and not one.outcome.done():
                if not one.is_known and one.error is not None:
                    one.outcome.set_exception(one.error)
                else:
                    smalls.append(one)
        if smalls:
            self._link(smalls)

    def _link(self, smalls: Sequence[_Small]) -> None:
        fresh = [one for one in smalls if not one.is_known]

        def work(connection: Connection) -> list[Stored | VanishedError]:
            if fresh:
                fresh[-1].mark(connection)
            return link_all(connection, [one.link() for one in smalls])

        def done(rows: Future[list[Stored | VanishedError]]) -> None:
            error = rows.exception()
            results = [error] * len(smalls) if error else rows.result()
            for one, result in zip(smalls, results, strict=True):
                self._end(one, result)

        try:
            # What a note tells needs no sync.
            rows = self._database.submit(work, len(fresh) == len(smalls))
            rows.add_done_callback(done)
        except StorageError as error:
            for one in smalls:
                one.outcome.set_exception(error)

    def _end(self, small: _Small, result: Stored | BaseException) -> None:
        if isinstance(result, VanishedError):
            # Its bytes were known, and swept meanwhile: now they go to the disk.
            small.is_known = False
            try:
                self._segments.queue(small)
            except StorageError as error:
                small.outcome.set_exception(error)
        elif isinstance(result, BaseException):
            small.outcome.set_exception(result)
        else:
            small.outcome.set_result(result)
