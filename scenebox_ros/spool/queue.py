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

"""Moves within one transaction: into the queue, out of it, to the side; counts move with them."""

from __future__ import annotations

from collections.abc import Iterator
import json
from typing import Any

from scenebox_ros.spool.entry import (
    footprint,
    Label,
    pack_label,
    Packed,
    peek_id,
    queue_key,
    unpack_label,
)
from scenebox_ros.spool.ledger import Ledger, read_session
from scenebox_ros.spool.tables import Transaction

_NEXT_SEQ = b'next_seq'
_NEXT_DONE = b'next_done'


def knows(txn: Transaction, digest: bytes) -> bool:
    """Say whether a record is here, is set aside, or was finished."""
    return txn.get('ids', digest) is not None or txn.get('done', digest) is not None


def append(txn: Transaction, ledger: Ledger, packed: Packed, scratch: bytearray) -> bytes:
    """Put a packed record at the end of its class; give its place."""
    record, digest = packed.record, packed.digest
    key = queue_key(record, _take_number(txn, _NEXT_SEQ))
    label = Label(footprint(packed.num_bytes), packed.put_ns, record.kind, digest,
                  record.session, record.stream)
    txn.put('records', key[1:], packed.whole(scratch), append=True)
    txn.put('queue', key, pack_label(label))
    txn.put('ids', digest, key)
    _count(txn, ledger, label, 1)
    ledger.count(label.stream, 'put')
    return key


def finish(txn: Transaction, ledger: Ledger, key: bytes, label: Label, max_done: int) -> None:
    """Take out what is stored for good elsewhere, and remember that it is."""
    remove(txn, ledger, key, label)
    ledger.count(label.stream, 'done')
    if not max_done:
        return
    number = _take_number(txn, _NEXT_DONE).to_bytes(8, 'big')
    txn.put('done', label.digest, number)
    txn.put('done_order', number, label.digest, append=True)
    _forget_oldest(txn, max_done)


def shed(txn: Transaction, ledger: Ledger, key: bytes, label: Label) -> None:
    """Take out what there is no room for."""
    remove(txn, ledger, key, label)
    ledger.count(label.stream, 'shed')
    ledger.count(label.stream, 'shed_bytes', label.footprint)


def remove(txn: Transaction, ledger: Ledger, key: bytes, label: Label) -> None:
    """Take an entry out of the queue, with its bytes and its id."""
    txn.delete('queue', key)
    txn.delete('records', key[1:])
    txn.delete('ids', label.digest)
    _count(txn, ledger, label, -1)


def set_aside(
    txn: Transaction, ledger: Ledger, key: bytes, label: Label, reason: str, now_ns: int
) -> None:
    """Move an entry out of the queue's way; its bytes and its id stay, and count as space."""
    txn.delete('queue', key)
    note = {'reason': reason, 'at_ns': now_ns, 'key': key.hex(), 'label': pack_label(label).hex()}
    txn.put('aside', key[1:], json.dumps(note).encode())
    _count(txn, ledger, label, -1)
    ledger.count(label.stream, 'bytes', label.footprint)
    ledger.count(label.stream, 'aside')


def read_note(packed: bytes | memoryview) -> tuple[bytes, Label, str, int]:
    """Read why an entry is aside: its place, label, reason and time."""
    note: dict[str, Any] = json.loads(bytes(packed))
    label = unpack_label(bytes.fromhex(note['label']))
    return bytes.fromhex(note['key']), label, note['reason'], note['at_ns']


def bring_back(txn: Transaction, ledger: Ledger, key: bytes, label: Label) -> None:
    """Move what is aside back to its place in the queue."""
    txn.delete('aside', key[1:])
    txn.put('queue', key, pack_label(label))
    ledger.count(label.stream, 'bytes', -label.footprint)
    ledger.count(label.stream, 'aside', -1)
    _count(txn, ledger, label, 1)


def discard_aside(txn: Transaction, ledger: Ledger, key: bytes, label: Label) -> None:
    """Delete what is aside, for good."""
    txn.delete('aside', key[1:])
    txn.delete('records', key[1:])
    txn.delete('ids', label.digest)
    ledger.count(label.stream, 'bytes', -label.footprint)
    ledger.count(label.stream, 'aside', -1)
    ledger.count(label.stream, 'shed')
    ledger.count(label.stream, 'shed_bytes', label.footprint)


def labels(txn: Transaction, start: bytes = b'\0') -> Iterator[tuple[bytes, Label]]:
    """Walk the queue from a place on: most important first, then oldest first."""
    cursor = txn.cursor('queue')
    found = cursor.set_range(start)
    while found:
        yield bytes(cursor.key()), unpack_label(cursor.value())
        found = cursor.next()


def label_at(txn: Transaction, key: bytes) -> Label | None:
    """Give the label of an entry in the queue, or None if it is not there."""
    packed = txn.get('queue', key)
    return None if packed is None else unpack_label(packed)


def id_of(txn: Transaction, key: bytes) -> str:
    """Read a record's id without checking the rest of it; empty if it cannot be read."""
    packed = txn.get('records', key[1:])
    return '' if packed is None else peek_id(memoryview(packed))


def session_entries(txn: Transaction, session: str) -> int:
    """Count a session's entries that are neither its end nor aside."""
    return int(read_session(txn, session).get('entries', 0))


def _count(txn: Transaction, ledger: Ledger, label: Label, sign: int) -> None:
    ledger.count(label.stream, 'entries', sign)
    ledger.count(label.stream, 'bytes', sign * label.footprint)
    if label.kind != 'end':
        ledger.count_session(label.session, sign)


def _take_number(txn: Transaction, name: bytes) -> int:
    stored = txn.get('meta', name)
    number = int.from_bytes(bytes(stored), 'big') if stored else 1
    txn.put('meta', name, (number + 1).to_bytes(8, 'big'))
    return number


def _forget_oldest(txn: Transaction, max_done: int) -> None:
    while txn.count('done_order') > max_done:
        cursor = txn.cursor('done_order')
        cursor.first()
        digest = bytes(cursor.value())
        cursor.delete()
        txn.delete('done', digest)
