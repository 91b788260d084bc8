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
A queue in memory: from whoever makes records to the uploader, in the same process.

It is for recordings. What is in it when the process ends is read again, so nothing has to be
written to the disk on the way; a robot, which cannot see again what it saw, has the spool.

Threads: any may put, and waits while there is no room; the uploader's take.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from threading import Condition
from typing import Any, Protocol

from scenebox_ros.model.records import ASSET_KINDS, Record
from scenebox_ros.spool import Entry

# What may wait or be under way before whoever puts has to wait.
MAX_BYTES = 48 << 20
# An entity, as Python keeps it.
ENTITY_BYTES = 1500


class Queue(Protocol):
    """What the uploader asks of the queue that it drains; the spool is one."""

    def bind_server(self, url: str) -> None:
        """Tie the queue to a server, whose sessions it knows."""

    def take(self, limit: int, max_bytes: int) -> list[Entry]:
        """Take the next entries; a session's end comes after all else of the session."""

    def done(self, entries: Iterable[Entry]) -> None:
        """Take out entries that are stored for good elsewhere."""

    def release(self, entries: Iterable[Entry]) -> None:
        """Give entries back, whole or by name only: they will be taken again."""

    def set_aside(self, entry: Entry, reason: str) -> None:
        """Take out an entry that cannot be stored."""

    def get_session(self, key: str) -> str | None:
        """Give the platform's uid of a session, or None if it is not known yet."""

    def set_session(self, key: str, uid: str | None) -> None:
        """Remember the platform's uid of a session."""

    def session_notes(self, key: str) -> dict[str, Any]:
        """Give what the uploader noted about a session."""

    def note_session(self, key: str, **notes: Any) -> None:
        """Remember values about a session."""

    def session_keys(self) -> list[str]:
        """List the sessions that something is known of."""

    def waiting_in(self, key: str) -> int:
        """Count a session's entries that are not its end."""

    def sample_assets(
        self, key: str, limit: int, kinds: Collection[str] = ASSET_KINDS
    ) -> list[tuple[str, str]]:
        """Give kinds and ids of some of a session's assets that wait."""


class Passage:
    """
    A bounded queue; a sink on one side, and a :class:`Queue` on the other.

    Parameters
    ----------
    max_bytes
        What may be in it.

    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._changed = Condition()
        self._waiting: deque[Entry] = deque()
        self._waiting_bytes = 0
        self._all: dict[tuple[str, str, str], Entry] = {}
        self._num_bytes = 0
        self._next = 0
        self._is_over = False
        self._failure: Exception | None = None
        self._uids: dict[str, str | None] = {}
        self._notes: dict[str, dict[str, Any]] = {}

    @property
    def num_bytes(self) -> int:
        """Tell how many bytes are here: waiting, or under way."""
        return self._num_bytes

    # -- in ---------------------------------------------------------------------------------------
    def put(self, records: Sequence[Record]) -> None:
        """
        Take records; one that is here already changes nothing.

        Raises
        ------
        SceneBoxError
            What :meth:`fail` said: nobody will take them any more.

        """
        with self._changed:
            for record in records:
                self._changed.wait_for(self._has_room)
                if self._failure is not None:
                    raise self._failure
                if _name(record) not in self._all:
                    self._append(record)

    def finish(self) -> None:
        """
        Say that nothing more comes: what is left goes out in batches of any size.

        Raises
        ------
        SceneBoxError
            What :meth:`fail` said: nothing goes out any more.

        """
        with self._changed:
            if self._failure is not None:
                raise self._failure
            self._is_over = True

    def fail(self, error: Exception) -> None:
        """Say that nobody takes any more; whoever puts gets the error."""
        with self._changed:
            self._failure = error
            self._changed.notify_all()

    def _has_room(self) -> bool:
        return self._num_bytes < self._max_bytes or self._failure is not None

    def _append(self, record: Record) -> None:
        entry = Entry(record, self._next.to_bytes(8, 'big'), 0)
        self._next += 1
        self._waiting.append(entry)
        self._all[_name(record)] = entry
        self._waiting_bytes += _size(record)
        self._num_bytes += _size(record)

    # -- out --------------------------------------------------------------------------------------
    def take(self, limit: int, max_bytes: int) -> list[Entry]:
        """
        Take the next entries, oldest first, once there are enough for a batch.

        A session's end comes when nothing else of the session is here.
        """
        with self._changed:
            is_batch = len(self._waiting) >= limit or self._waiting_bytes >= max_bytes
            if not (is_batch or self._is_over):
                return []
            taken: list[Entry] = []
            ends: list[Entry] = []
            num_bytes = 0
            while self._waiting and len(taken) < limit and num_bytes < max_bytes:
                entry = self._waiting.popleft()
                if entry.record.kind == 'end' and self._waiting_in(entry.record.session):
                    ends.append(entry)
                    continue
                taken.append(entry)
                num_bytes += _size(entry.record)
            self._waiting.extendleft(reversed(ends))
            self._waiting_bytes -= num_bytes
            return taken

    def done(self, entries: Iterable[Entry]) -> None:
        """Let go of entries that the platform has."""
        with self._changed:
            for entry in entries:
                if self._all.pop(_name(entry.record), None) is not None:
                    self._num_bytes -= _size(entry.record)
            self._changed.notify_all()

    def release(self, entries: Iterable[Entry]) -> None:
        """Give entries back: they will be taken again, before all others."""
        with self._changed:
            for given in sorted(entries, key=lambda entry: entry.key, reverse=True):
                entry = self._all.get(_name(given.record), given)
                self._waiting.appendleft(entry)
                self._waiting_bytes += _size(entry.record)

    def set_aside(self, entry: Entry, reason: str) -> None:
        """Let go of an entry that the platform refuses; the uploader reports the reason."""
        self.done([entry])

    def waiting_in(self, key: str) -> int:
        """Count a session's entries that are not its end."""
        with self._changed:
            return self._waiting_in(key)

    def _waiting_in(self, key: str) -> int:
        return sum(session == key and kind != 'end' for session, kind, _ in self._all)

    def sample_assets(
        self, key: str, limit: int, kinds: Collection[str] = ASSET_KINDS
    ) -> list[tuple[str, str]]:
        """Give kinds and ids of some of a session's assets that are here."""
        with self._changed:
            found = [(kind, name) for session, kind, name in self._all
                     if session == key and kind in kinds]
        return found[::max(1, len(found) // limit)][:limit]

    # -- sessions ---------------------------------------------------------------------------------
    def bind_server(self, url: str) -> None:
        """Nothing is kept that could meet another server."""

    def get_session(self, key: str) -> str | None:
        """Give the platform's uid of a session, or None if it is not known yet."""
        return self._uids.get(key)

    def set_session(self, key: str, uid: str | None) -> None:
        """Remember the platform's uid of a session."""
        self._uids[key] = uid

    def session_notes(self, key: str) -> dict[str, Any]:
        """Give what the uploader noted about a session."""
        return dict(self._notes.get(key, {}))

    def note_session(self, key: str, **notes: Any) -> None:
        """Remember values about a session."""
        self._notes[key] = {**self._notes.get(key, {}), **notes}

    def session_keys(self) -> list[str]:
        """List the sessions that something is known of."""
        return list(self._notes)


def _name(record: Record) -> tuple[str, str, str]:
    return record.session, record.kind, record.id


def _size(record: Record) -> int:
    return len(record.body) + ENTITY_BYTES * (1 + len(record.entities))
