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

"""Counts per stream, kept with every change, so that nobody has to scan a million entries."""

from __future__ import annotations

import json
from typing import Any

from scenebox_ros.spool.tables import Transaction

COLUMNS = (
    'entries', 'bytes',  # what is here now
    'put', 'duplicate', 'refused', 'shed', 'shed_bytes', 'done', 'aside', 'corrupt',
)
TOTAL = '\0total'
Counts = dict[str, int]
Session = dict[str, Any]


def name_key(name: str) -> bytes:
    """Make a key of a name; keys have at most 511 bytes."""
    import xxhash

    key = name.encode() or b'\0none'
    return key if len(key) <= 400 else key[:300] + xxhash.xxh3_128_digest(key)


class Ledger:
    """The counts of one transaction: read when asked for, written by :meth:`save`."""

    def __init__(self, txn: Transaction) -> None:
        self._txn = txn
        self._counts: dict[str, Counts] = {}
        self._sessions: dict[str, int] = {}

    def of(self, stream: str) -> Counts:
        """Give one stream's counts."""
        if stream not in self._counts:
            stored = self._txn.get('ledger', name_key(stream))
            known = json.loads(bytes(stored))['counts'] if stored else {}
            self._counts[stream] = dict.fromkeys(COLUMNS, 0) | known
        return self._counts[stream]

    @property
    def total_bytes(self) -> int:
        """Give the bytes of all that is here."""
        return self.of(TOTAL)['bytes']

    def count(self, stream: str, column: str, number: int = 1) -> None:
        """Add to a stream's count and to the total."""
        self.of(stream)[column] += number
        self.of(TOTAL)[column] += number

    def count_session(self, session: str, number: int) -> None:
        """Add to the count of a session's entries."""
        self._sessions[session] = self._sessions.get(session, 0) + number

    def save(self) -> None:
        """Write what changed."""
        for session, number in self._sessions.items():
            known = read_session(self._txn, session)
            write_session(self._txn, session, {**known, 'entries': known['entries'] + number})
        for stream, counts in self._counts.items():
            text = json.dumps({'stream': stream, 'counts': counts})
            self._txn.put('ledger', name_key(stream), text.encode())


def read_session(txn: Transaction, session: str) -> Session:
    """Give what is known of a session."""
    stored = txn.get('sessions', name_key(session))
    known = json.loads(bytes(stored)) if stored else {}
    return {'key': session, 'uid': None, 'entries': 0, 'notes': {}, 'kept': {}} | known


def write_session(txn: Transaction, session: str, known: Session) -> None:
    """Keep what is known of a session."""
    txn.put('sessions', name_key(session), json.dumps(known).encode())


def read_all(txn: Transaction) -> dict[str, Counts]:
    """Give the counts of all streams, and the total."""
    entries = [json.loads(bytes(value)) for _, value in txn.cursor('ledger')]
    return {entry['stream']: dict.fromkeys(COLUMNS, 0) | entry['counts'] for entry in entries}
