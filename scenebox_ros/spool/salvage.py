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

"""Bring sound records out of a damaged file: each says itself where it begins and ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import mmap
from pathlib import Path
import time

from scenebox_ros.errors import SpoolError
from scenebox_ros.model.records import Record
from scenebox_ros.spool.entry import MAGIC, unpack
from scenebox_ros.spool.limits import SpoolLimits
from scenebox_ros.spool.spool import Spool
from scenebox_ros.spool.tables import FILE, sole_user

PART_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Repaired:
    """
    What a repair did.

    Attributes
    ----------
    records
        Records that were found sound and are in the new file. Some may have been finished before;
        the uploader finds them on the server and sends nothing twice.
    damaged_file
        The old file, to be deleted when nobody wants to look at it; None if there was none.

    """

    records: int
    damaged_file: Path | None


def salvage(path: Path) -> Iterator[Record]:
    """Find the sound records in any file, in the order in which they lie there."""
    if not path.stat().st_size:
        return
    with path.open('rb') as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        view = memoryview(content)
        try:
            yield from _records(content, view)
        finally:
            view.release()


def repair(folder: Path, limits: SpoolLimits | None = None) -> Repaired:
    """
    Replace a damaged spool's file by a new one that holds all sound records.

    Parameters
    ----------
    folder
        The spool's folder.
    limits
        Of the new file; what has no room there stays in the old one only.

    Raises
    ------
    SpoolError
        If another process uses the spool.
    SpoolFullError
        If not all records have room.

    """
    path = folder / FILE
    if not path.exists():
        return Repaired(0, None)
    with sole_user(folder):
        damaged = folder / f'damaged-{time.time_ns()}.mdb'
        path.rename(damaged)
        (folder / 'lock.mdb').unlink(missing_ok=True)
    with Spool(folder, limits) as spool:
        for part in _parts(salvage(damaged)):
            spool.put(part)
        return Repaired(len(spool), damaged)


def _records(content: mmap.mmap, view: memoryview) -> Iterator[Record]:
    at = content.find(MAGIC)
    while at >= 0:
        try:
            record = unpack(view[at:], b'\0' * 9).record
            yield record
        except SpoolError:
            # Half a record, or bytes that only look like one.
            at = content.find(MAGIC, at + 1)
            continue
        at = content.find(MAGIC, at + len(record.body) + len(MAGIC))


def _parts(records: Iterator[Record]) -> Iterator[list[Record]]:
    part: list[Record] = []
    num_bytes = 0
    for record in records:
        part.append(record)
        num_bytes += len(record.body)
        if num_bytes > PART_BYTES or len(part) >= 1000:
            yield part
            part, num_bytes = [], 0
    if part:
        yield part
