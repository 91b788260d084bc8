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

The segments' own thread hashes what waits, asks once which bytes are there already, appends and
syncs the others, and queues the rows of all as one write. The loop that receives them only hands
them over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
import hashlib

from scenebox_ros.errors import SceneBoxError, StorageError
from scenebox_ros.server.store.database import Connection, Database
from scenebox_ros.server.store.naming import Name, Outcome, Stored, valid_key
from scenebox_ros.server.store.recovery import mark, note_of
from scenebox_ros.server.store.rows import Link, link_all, VanishedError
from scenebox_ros.server.store.segments import Append, Body, Piece, Segments
from scenebox_ros.server.store.transfer import check_hash


class _Small(Append):
    """An object that waits."""

    def __init__(self, name: Name, pieces: Sequence[Piece], claimed: str,
                 outcome: Outcome[Stored]) -> None:
        super().__init__([], sum(map(len, pieces)))
        self.name = name
        self.pieces = pieces
        self.claimed = claimed
        self.outcome = outcome
        self.sha256 = ''  # until somebody looked
        self.is_known = False

    def look(self) -> None:
        """Hash the bytes, and refuse them if they are others than was said."""
        content = hashlib.sha256()
        for piece in self.pieces:
            content.update(piece)
        check_hash(content.hexdigest(), self.claimed)
        self.sha256 = content.hexdigest()
        self.bodies = [Body(self.sha256, self.pieces, note_of(self.name))]

    def link(self) -> Link:
        """Say what its rows are."""
        place = None if self.is_known else self.places[0]
        return Link(self.name, self.sha256, self.size, place, not self.is_known)

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

    def store(self, name: Name, pieces: Sequence[Piece], claimed: str = '') -> Future[Stored]:
        """
        Make a small object durable; the future ends when bytes and rows are on disk.

        The rows need no sync of their own: a note beside the bytes says what is in them, and
        :func:`recover` writes them again should they be lost.

        Parameters
        ----------
        name
            What it is called.
        pieces
            Its bytes as they came; joining them would copy them.
        claimed
            The hash that the sender told, if it did; the future raises WrongHashError if the
            bytes have another.

        """
        outcome: Future[Stored] = Future()
        self.queue(name, pieces, claimed, outcome)
        return outcome

    def queue(self, name: Name, pieces: Sequence[Piece], claimed: str,
              outcome: Outcome[Stored]) -> None:
        """Do the same, and end what the caller gave."""
        valid_key(name.key)
        self._segments.queue(_Small(name, pieces, claimed, outcome))

    def _judge(self, group: Sequence[Append]) -> list[Append]:
        """Hash what came; give what must be written."""
        came = []
        for one in group:
            if isinstance(one, _Small) and not one.sha256:
                try:
                    one.look()
                    came.append(one)
                except SceneBoxError as error:
                    one.outcome.set_exception(error)
        try:
            known = self._known([one.sha256 for one in came]) if came else set()
        except Exception as error:
            known = set()
            for one in came:
                one.outcome.set_exception(error)
        for one in came:
            one.is_known = one.sha256 in known
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
