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
A record as it lies in the spool.

Three things are kept of each: its place in the queue (:func:`queue_key`), a short label that is
read without touching the body, and the packed record, which says itself how long it is and carries
a checksum, so that it can be found and trusted in the remains of a damaged file.
"""

from __future__ import annotations

from dataclasses import dataclass
import json
import struct
from typing import Any, get_args, NamedTuple

from scenebox_ros.errors import SpoolError
from scenebox_ros.model.records import Kind, Record

MAGIC = b'SCBXrec1'
PREFIX = struct.Struct('<8sIQQQ')  # magic, length of the header and of the body, checksum, time
LABEL = struct.Struct('<QQB16sHH')
KINDS: tuple[Kind, ...] = get_args(Kind)
CONTROL = 0
LOWEST = 255
PAGE = 4096
PAGE_HEADER = 16
INDEX_BYTES = 256  # what a record costs in the queue, the index of ids and the trees' branches


class Label(NamedTuple):
    """What is known of a record without reading it."""

    footprint: int
    put_ns: int
    kind: Kind
    digest: bytes
    session: str
    stream: str


class Packed(NamedTuple):
    """A record that is ready to be written: on disk the body follows the front."""

    record: Record
    digest: bytes
    put_ns: int
    front: bytes
    body: memoryview

    @property
    def num_bytes(self) -> int:
        """Count the bytes that are written."""
        return len(self.front) + len(self.body)

    def whole(self, scratch: bytearray) -> memoryview:
        """Give front and body as one, in the scratch if they fit; valid until it is used again."""
        size = self.num_bytes
        view = memoryview(scratch if size <= len(scratch) else bytearray(size))[:size]
        view[:len(self.front)] = self.front
        view[len(self.front):] = self.body
        return view


@dataclass(frozen=True, eq=False)
class Entry:
    """
    A record in the spool.

    Attributes
    ----------
    record
        The record as it was put.
    key
        Its place in the queue.
    put_ns
        When it was put.

    """

    record: Record
    key: bytes
    put_ns: int

    @property
    def seq(self) -> int:
        """Give the entry's number: later entries have higher ones."""
        return int.from_bytes(self.key[1:], 'big')

    @property
    def num_bytes(self) -> int:
        """Give the bytes of its body."""
        return len(self.record.body)


def digest_of(record: Record) -> bytes:
    """Name a record in 16 bytes: the same session, kind and id give the same name."""
    import xxhash

    return xxhash.xxh3_128_digest('\0'.join((record.session, record.kind, record.id)).encode())


def queue_key(record: Record, seq: int) -> bytes:
    """
    Give a record's place in the queue: class, then order of arrival.

    Sessions' beginnings and ends are class 0; the others follow from the priority.
    """
    is_control = record.kind in ('session', 'end')
    rank = CONTROL if is_control else 128 - max(-127, min(127, record.priority))
    return bytes([rank]) + seq.to_bytes(8, 'big')


def pack(record: Record, put_ns: int) -> Packed:
    """Make a record ready to be written, with its own length and checksum; its body stays."""
    fields = {name: value for name, value in vars(record).items() if name != 'body' and value}
    header = json.dumps(fields, separators=(',', ':'), default=dict).encode()
    body = memoryview(record.body).cast('B') if record.body else memoryview(b'')
    prefix = PREFIX.pack(MAGIC, len(header), len(body), _check(header, body), put_ns)
    return Packed(record, digest_of(record), put_ns, prefix + header, body)


def unpack(packed: memoryview, key: bytes) -> Entry:
    """
    Read a record back.

    Raises
    ------
    SpoolError
        If the bytes are not what was written.

    """
    header, body, put_ns = split(packed)
    try:
        fields: dict[str, Any] = json.loads(bytes(header))
        return Entry(Record(**fields, body=bytes(body)), key, put_ns)
    except (ValueError, TypeError) as error:
        raise SpoolError(f'an entry of the spool has an unreadable header: {error}') from error


def split(packed: memoryview) -> tuple[memoryview, memoryview, int]:
    """Take a packed record apart and check it; more bytes may follow it."""
    if len(packed) < PREFIX.size:
        raise SpoolError(f'an entry of the spool ends after {len(packed)} bytes')
    magic, header_length, body_length, check, put_ns = PREFIX.unpack_from(packed)
    end = PREFIX.size + header_length + body_length
    if magic != MAGIC or end > len(packed):
        raise SpoolError('an entry of the spool does not begin or end as entries do')
    header = packed[PREFIX.size:PREFIX.size + header_length]
    body = packed[PREFIX.size + header_length:end]
    if _check(header, body) != check:
        raise SpoolError(f'an entry of the spool ({end} bytes) does not match its checksum')
    return header, body, put_ns


def peek_id(packed: memoryview) -> str:
    """Read the id of a packed record, whatever state its body is in; empty if unreadable."""
    try:
        _, header_length, _, _, _ = PREFIX.unpack_from(packed)
        header = json.loads(bytes(packed[PREFIX.size:PREFIX.size + header_length]))
        return str(header['id'])
    except (struct.error, ValueError, KeyError, TypeError):
        return ''


def footprint(num_bytes: int) -> int:
    """Count the bytes that a packed record takes on disk, whole pages where it has its own."""
    pages = -(-(num_bytes + PAGE_HEADER) // PAGE)
    return INDEX_BYTES + (pages * PAGE if num_bytes > PAGE // 4 else num_bytes)


def pack_label(label: Label) -> bytes:
    """Write a label as bytes."""
    session, stream = label.session.encode(), label.stream.encode()
    kind = KINDS.index(label.kind)
    fixed = LABEL.pack(
        label.footprint, label.put_ns, kind, label.digest, len(session), len(stream)
    )
    return fixed + session + stream


def unpack_label(packed: bytes | memoryview) -> Label:
    """Read a label back."""
    num_bytes, put_ns, kind, digest, session_length, _ = LABEL.unpack_from(packed)
    names = bytes(packed[LABEL.size:])
    session, stream = names[:session_length].decode(), names[session_length:].decode()
    return Label(num_bytes, put_ns, KINDS[kind], digest, session, stream)


def _check(header: bytes | memoryview, body: bytes | memoryview) -> int:
    import xxhash

    digest = xxhash.xxh3_64(header)
    digest.update(body)
    return int(digest.intdigest())
