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

"""A rosbag2 SQLite file as a storage: by SQL while SQLite agrees, else page by page."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from pathlib import Path
import shutil
import sqlite3
from typing import Any

from scenebox_ros.bags.storage import Channel, Definition, Loss, Raw
from scenebox_ros.errors import BagError

_MIN_TIME, _MAX_TIME = -(2**63), 2**63 - 1
_COLUMNS = 'timestamp, id, topic_id, data'


class SqliteStorage:
    """
    One rosbag2 SQLite file, whole or broken.

    Nothing is ever written beside the recording: it is opened as immutable. If a write-ahead log
    or a journal was left over, database and log are copied into ``scratch`` and merged there.
    """

    def __init__(self, path: Path, scratch: Path) -> None:
        self.name = path.name
        self.losses: list[Loss] = []
        self.notes: list[str] = []
        self.distro = ''
        self.channels: dict[int, Channel] = {}
        self.counts: dict[int, int] = {}
        self.start_ns = self.end_ns = 0
        self._pages: Any = None
        self._has_index = False
        self._connection: sqlite3.Connection | None = None
        self._path = self._with_log(path, scratch)
        try:
            self._open()
        except (sqlite3.Error, OverflowError, ValueError) as error:
            self._use_pages(str(error))

    def _with_log(self, path: Path, scratch: Path) -> Path:
        logs = [log for suffix in ('-wal', '-journal')
                if (log := path.with_name(path.name + suffix)).is_file() and log.stat().st_size]
        if not logs:
            return path
        target = scratch / path.name
        try:
            for source in [path, *logs]:
                shutil.copyfile(source, scratch / source.name)
        except FileNotFoundError:
            return path  # the log has gone: whoever writes the recording has just taken it in
        except OSError as error:
            self.losses.append(Loss(None, None, None, (
                f'{self.name}: the messages in {logs[0].name} are left out; copying to {scratch} '
                f'failed ({error.strerror}); set TMPDIR to a larger disk')))
            return path
        self.notes.append(f'{self.name}: {logs[0].name} was left over and has been merged')
        return target

    def _open(self) -> None:
        is_copy = not self._is_original()
        uri = f'{self._path.resolve().as_uri()}?' + ('mode=rw' if is_copy else 'immutable=1')
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._connection.text_factory = lambda text: text.decode('utf-8', 'replace')
        tables = {name for name, in self._sql("SELECT name FROM sqlite_master WHERE type='table'")}
        if not {'topics', 'messages'} <= tables:
            raise BagError(
                f'{self._path} is an SQLite database but no recording: it has no tables '
                '"topics" and "messages"'
            )
        if 'schema' in tables:
            self.distro = next((str(row[0]) for row in self._sql(
                'SELECT ros_distro FROM schema')), '')
        # An index of times, whatever its name.
        self._has_index = any(row[0] for row in self._sql(
            "SELECT sql LIKE '%timestamp%' FROM sqlite_master WHERE type = 'index' "
            "AND tbl_name = 'messages'"))
        self.channels = self._read_channels('message_definitions' in tables)
        self._count()

    def _is_original(self) -> bool:
        return not any('has been merged' in note for note in self.notes)

    def _sql(self, query: str, values: Collection[int] = ()) -> sqlite3.Cursor:
        if self._connection is None:
            raise BagError(f'{self._path} is closed; open it again to read from it')
        return self._connection.execute(query, tuple(values))

    def _read_channels(self, has_definitions: bool) -> dict[int, Channel]:
        definitions = {
            row[0]: Definition(str(row[1]), str(row[2]))
            for row in (self._sql(
                'SELECT topic_type, encoding, encoded_message_definition FROM message_definitions'
            ) if has_definitions else ())
        }
        columns = {row[1] for row in self._sql('PRAGMA table_info(topics)')}
        qos = 'offered_qos_profiles' if 'offered_qos_profiles' in columns else "''"
        rows = list(self._sql(
            f'SELECT id, name, type, serialization_format, {qos} FROM topics'))  # noqa: S608
        if not all(isinstance(value, str) for row in rows for value in row[1:]):
            raise ValueError('a topic has no name or no type')
        return {
            row[0]: Channel(row[0], row[1], row[2], row[3],
                            definitions.get(row[2], Definition()), is_latched(row[4]))
            for row in rows
        }

    def _count(self) -> None:
        """Count messages, which also proves that every page of the table can be reached."""
        rows = list(self._sql(
            'SELECT topic_id, count(*), min(timestamp), max(timestamp) FROM messages '
            'GROUP BY topic_id'))
        if not all(isinstance(value, int) for row in rows for value in row):
            raise ValueError('a message has no topic or no time')
        self.counts = {row[0]: row[1] for row in rows if row[0] in self.channels}
        self.start_ns = min((row[2] for row in rows), default=0)
        self.end_ns = max((row[3] for row in rows), default=0)
        self.losses.extend(
            Loss(None, row[2], row[3], (
                f'{self.name}: messages of topic number {row[0]}, whose name and type are not in '
                'the file'), row[1])
            for row in rows if row[0] not in self.channels
        )

    def _use_pages(self, problem: str) -> None:
        from scenebox_ros.bags.sqlite_pages import PageReader

        self.close()
        self._pages = PageReader(self._path)
        self.notes.append(
            f'{self.name}: SQLite refuses the file ({problem}); its pages were read one by one')
        known = sum(self.counts.values())
        if not self._pages.losses and self._pages.num_rows != known:
            self._pages.losses.append(Loss(None, None, None, (
                f'{self.name}: SQLite finds it damaged ({problem}); {self._pages.num_rows} '
                'messages were found in its pages, and whether there were more nobody can tell')))
        self.losses.extend(self._pages.losses)
        self.channels, self.counts = self._pages.channels, self._pages.counts
        self.start_ns, self.end_ns = self._pages.start_ns, self._pages.end_ns

    def read(self, wanted: Collection[int], start_ns: int, end_ns: int) -> Iterator[Raw]:
        """Give the wanted channels' messages from start to end, both included, by log time."""
        log_ns = row_id = _MIN_TIME
        if self._pages is None:
            try:
                for log_ns, row_id, channel, data in self._rows(  # noqa: B007
                    wanted, start_ns, end_ns
                ):
                    if isinstance(data, bytes) and isinstance(log_ns, int):
                        yield log_ns, channel, memoryview(data)
                return
            except sqlite3.Error as error:
                if self._connection is None:
                    raise BagError(f'{self._path} was closed while it was read') from None
                self._use_pages(str(error))
        yield from self._pages.read(wanted, start_ns, end_ns, (log_ns, row_id), self.losses)

    def _rows(
        self, wanted: Collection[int], start_ns: int, end_ns: int
    ) -> Iterator[tuple[Any, ...]]:
        where = (f'WHERE topic_id IN ({", ".join("?" * len(wanted))}) '
                 'AND timestamp BETWEEN ? AND ? ORDER BY timestamp, id')
        values = [*wanted, max(start_ns, _MIN_TIME), min(end_ns, _MAX_TIME)]
        if self._has_index:
            yield from self._sql(f'SELECT {_COLUMNS} FROM messages {where}', values)  # noqa: S608
            return
        # SQLite would sort the messages with all their bytes, so only their numbers are sorted.
        numbers = array('q', (row[0] for row in self._sql(
            f'SELECT id FROM messages {where}', values)))  # noqa: S608
        for number in numbers:
            yield from self._sql(
                f'SELECT {_COLUMNS} FROM messages WHERE id = ?', [number])  # noqa: S608

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        connection, self._connection = self._connection, None
        if connection:
            connection.close()
        if self._pages is not None:
            self._pages.close()


def is_latched(qos: str) -> bool:
    """Tell from a topic's QoS, in any version's words, whether late subscribers get the last."""
    return 'durability: 1' in qos or 'transient_local' in qos
