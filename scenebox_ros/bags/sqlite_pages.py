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
A rosbag2 SQLite file that SQLite refuses: rows read from its leaf pages, one by one.

Nothing but leaves is needed, so lost inner pages, a lost end and a lost first page cost only what
they held themselves.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Optional

import numpy as np

from scenebox_ros.bags import sqlite_records as rows
from scenebox_ros.bags.blocks import open_file
from scenebox_ros.bags.inflate import DamagedBytesError
from scenebox_ros.bags.storage import Channel, Definition, Loss, Raw

_PAGES_AT_ONCE = 1024
_MAX_GAPS = 100


class PageReader:
    """
    All rows that can still be found in a rosbag2 SQLite file.

    Attributes
    ----------
    channels, counts, losses, start_ns, end_ns
        As of a storage; a message whose bytes turn out to be lost is reported when it is read.

    """

    def __init__(self, path: Path) -> None:
        self._file = open_file(path)
        self.name = path.name
        header = self._file.read_good(0, rows.HEADER_BYTES)
        self._layout = rows.Layout.of(header)
        self._num_pages = self._file.size // self._layout.page_size
        self.channels: dict[int, Channel] = {}
        self.losses: list[Loss] = []
        self._definitions: dict[str, Definition] = {}
        # Row, topic, time, page and cell of every message.
        self._table = array('q')
        self._scan()
        self._attach_definitions()
        table = np.frombuffer(self._table, np.int64).reshape(-1, 5)
        _, first = np.unique(table[:, 0], return_index=True)
        table = table[first]
        self._rows = table[np.lexsort((table[:, 0], table[:, 2]))]
        self.num_rows = len(self._rows)
        counts = Counter(int(topic) for topic in self._rows[:, 1])
        self.counts = {key: number for key, number in counts.items() if key in self.channels}
        self.start_ns = int(self._rows[0, 2]) if len(self._rows) else 0
        self.end_ns = int(self._rows[-1, 2]) if len(self._rows) else 0
        self._report(header, counts)

    def _scan(self) -> None:
        unreadable = 0
        for number, page in self._all_pages():
            # The first byte of an overflow page is part of a page number and so never this.
            if len(page) < self._layout.page_size:
                unreadable += 1
            elif page[rows.HEADER_BYTES if number == 1 else 0] == rows.LEAF:
                self._leaf(page, number)
        if unreadable:
            self._lose(None, None, f'the disk cannot read {unreadable} pages')

    def _all_pages(self) -> Iterator[tuple[int, memoryview]]:
        """Give every page with its number; one that the disk cannot read is empty."""
        size = self._layout.page_size
        for first in range(0, self._num_pages, _PAGES_AT_ONCE):
            count = min(_PAGES_AT_ONCE, self._num_pages - first)
            content = memoryview(self._file.read_good(first * size, count * size))
            for index in range(count):
                place = (first + index) * size
                page = content[index * size:(index + 1) * size]
                yield first + index + 1, page if content else memoryview(
                    self._file.read_good(place, size))

    def _leaf(self, page: memoryview, number: int) -> None:
        for cell in rows.cells(page, self._layout, number == 1):
            local = page[cell.start:cell.start + self._layout.local_bytes(cell.payload_bytes)]
            try:
                types, position = rows.row_types(local)
                if types[:1] != [0]:
                    continue
                if len(types) == 4 and rows.is_int(types[1]) and rows.is_int(types[2]):
                    topic = rows.integer(types[1], local, position)
                    log_ns = rows.integer(types[2], local, position + rows.num_bytes(types[1]))
                    self._table.extend((cell.row_id, topic, log_ns, number, cell.start))
                elif len(types) >= 4 and all(kind >= 13 and kind % 2 for kind in types[1:]):
                    self._texts(cell, types, self._payload(page, cell))
            except (rows.RowError, OverflowError, DamagedBytesError):
                continue

    def _texts(self, cell: rows.Cell, types: list[int], payload: memoryview) -> None:
        """Take a row of the tables ``topics`` or ``message_definitions``."""
        values = rows.texts(types, payload, rows.row_types(payload)[1])
        if values[2] in ('ros2msg', 'ros2idl'):
            self._definitions[values[1]] = Definition(values[2], values[3])
        elif '/' in values[2]:
            qos = values[4] if len(values) > 4 else ''
            latched = 'durability: 1' in qos or 'transient_local' in qos
            self.channels[cell.row_id] = Channel(
                cell.row_id, values[1], values[2], values[3], latched=latched)

    def _attach_definitions(self) -> None:
        self.channels = {
            number: Channel(number, channel.topic, channel.msgtype, channel.encoding,
                            self._definitions.get(channel.msgtype, Definition()), channel.latched)
            for number, channel in self.channels.items()
        }

    def _payload(self, page: memoryview, cell: rows.Cell) -> memoryview:
        """Gather a row's payload from its leaf and its overflow pages."""
        size = cell.payload_bytes
        if not 0 <= size <= self._file.size:
            raise DamagedBytesError(f'a row claims {size} bytes')
        local = self._layout.local_bytes(size)
        start = page[cell.start:cell.start + local]
        if local == size:
            return start
        at = cell.start + local
        rest = self._overflow(int.from_bytes(page[at:at + 4], 'big'), size - local)
        return memoryview(b''.join([start, rest]))

    def _overflow(self, number: int, size: int) -> bytes:
        room = self._layout.usable - 4
        count = -(-size // room)
        page_size = self._layout.page_size
        content = self._file.read((number - 1) * page_size, count * page_size)
        if number > 1 and len(content) == count * page_size:
            run = np.frombuffer(content, np.uint8).reshape(count, page_size)
            following = run[:, :4].copy().view('>u4').ravel()
            # A recorder writes them one after the other, so this is nearly always so.
            if np.array_equal(following[:-1], np.arange(number + 1, number + count)):
                return run[:, 4:4 + room].tobytes()[:size]
        return self._overflow_by_page(number, size)

    def _overflow_by_page(self, number: int, size: int) -> bytes:
        parts, missing = [], size
        while missing > 0:
            if not 1 < number <= self._num_pages:
                raise DamagedBytesError(f'page {number}, which holds its bytes, is lost')
            page = self._file.read((number - 1) * self._layout.page_size, self._layout.usable)
            parts.append(page[4:4 + missing])
            missing -= len(parts[-1])
            number = int.from_bytes(page[:4], 'big')
        return b''.join(parts)

    def _report(self, header: bytes, counts: Counter[int]) -> None:
        """Say what rows are missing, by the gaps in their numbers."""
        by_row = self._rows[np.argsort(self._rows[:, 0], kind='stable')]
        numbers = by_row[:, 0]
        starts = np.concatenate([[0], numbers])
        gaps = np.flatnonzero(np.diff(starts) > 1)
        for index in gaps[:_MAX_GAPS]:
            before = int(by_row[index - 1, 2]) if index else None
            first, last = int(starts[index]) + 1, int(starts[index + 1]) - 1
            self._lose(before, int(by_row[index, 2]), f'rows {first} to {last} are lost',
                       last - first + 1)
        if len(gaps) > _MAX_GAPS:
            self._lose(None, None, f'rows are lost in {len(gaps) - _MAX_GAPS} more places')
        for topic, number in counts.items():
            if topic not in self.channels:
                self._lose(None, None, f'messages of topic number {topic}, whose name and type '
                           'are lost', number)
        claimed = int.from_bytes(header[28:32], 'big')
        if claimed > self._num_pages:
            self._lose(self.end_ns or None, None, (
                f'the file ends after page {self._num_pages} of {claimed}'))
        elif self._file.size % self._layout.page_size:
            self._lose(self.end_ns or None, None, 'the file ends inside a page')

    def _lose(
        self, start_ns: Optional[int], end_ns: Optional[int], what: str,
        messages: Optional[int] = None,
    ) -> None:
        self.losses.append(Loss(None, start_ns, end_ns, f'{self.name}: {what}', messages))

    def read(
        self, wanted: Collection[int], start_ns: int, end_ns: int, after: tuple[int, int],
        losses: list[Loss],
    ) -> Iterator[Raw]:
        """Give messages by log time, those after a time and row; add those that are lost."""
        number, page = 0, memoryview(b'')
        for row_id, topic, log_ns, place, start in self._rows.tolist():
            if topic not in wanted or not start_ns <= log_ns <= end_ns:
                continue
            if (log_ns, row_id) <= after:
                continue
            try:
                if place != number:
                    size = self._layout.page_size
                    number, page = place, memoryview(self._file.read((place - 1) * size, size))
                yield log_ns, topic, self._data(page, row_id, start)
            except (rows.RowError, DamagedBytesError) as error:
                name = self.channels[topic].topic if topic in self.channels else None
                loss = Loss(name, log_ns, log_ns, f'{self.name}: row {row_id}: {error}', 1)
                if loss not in losses:
                    losses.append(loss)

    def _data(self, page: memoryview, row_id: int, start: int) -> memoryview:
        cell = next((each for each in rows.cells(page, self._layout, False)
                     if each.start == start and each.row_id == row_id), None)
        if cell is None:
            raise DamagedBytesError('its page changed while it was read')
        payload = self._payload(page, cell)
        types, position = rows.row_types(payload)
        begin = position + sum(rows.num_bytes(kind) for kind in types[:3])
        data = payload[begin:begin + rows.num_bytes(types[3])]
        if len(data) < rows.num_bytes(types[3]):
            raise DamagedBytesError('its bytes end early')
        return data

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self._file.close()
