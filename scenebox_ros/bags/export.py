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
Recordings to files on this machine: the same plan and the same capture as for a server.

Threads: the caller's reads and captures, one writes the files (``gathering.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
import errno
import json
from pathlib import Path
from typing import Any

from scenebox_ros import ids
from scenebox_ros.bags.folder import Folder, safe_name
from scenebox_ros.bags.gathering import Gathering
from scenebox_ros.bags.layouts import Layout, layout_named
from scenebox_ros.bags.recordings import Callback, capture_group, Options, sessions_of
from scenebox_ros.bags.report import IngestReport
from scenebox_ros.bags.tables import Table, Way
from scenebox_ros.errors import InvalidArgumentsError
from scenebox_ros.model.records import Record

ASSET_KINDS = ('images', 'videos', 'lidars')
ABOUT = 'session.json'
ASSETS = 'assets.jsonl'
# What says that the folder was named wrongly; a full or broken disk says something else.
_IMPOSSIBLE = frozenset({
    errno.EACCES, errno.EEXIST, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOENT,
    errno.ENOTDIR, errno.EPERM, errno.EROFS,
})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass
class ExportReport:
    """
    What an export did.

    Attributes
    ----------
    ingests, refused
        By recording: what was read, or why nothing could be.
    folders
        One for each session.
    written, kept
        Files by kind; kept ones were there already, with the same bytes.
    num_bytes
        Bytes written.

    """

    ingests: dict[str, IngestReport] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    folders: list[Path] = field(default_factory=list)
    written: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    num_bytes: int = 0

    @property
    def is_perfect(self) -> bool:
        """Tell whether everything that the recordings should hold is there."""
        return not self.refused and all(each.is_perfect for each in self.ingests.values())

    def to_dict(self) -> dict[str, Any]:
        """Give the report as a JSON value."""
        return {
            'perfect': self.is_perfect,
            'recordings': {path: report.to_dict() for path, report in self.ingests.items()},
            'refused': self.refused,
            'folders': [str(path) for path in self.folders],
            'written': dict(self.written),
            'kept': dict(self.kept),
            'num_bytes': self.num_bytes,
        }


def export(
    paths: Sequence[Path],
    folder: Path,
    options: Options | None = None,
    layout: str = 'plain',
    progress: Callback | None = None,
) -> ExportReport:
    """
    Write what recordings hold as files.

    Parameters
    ----------
    paths
        Recordings, as :func:`scenebox_ros.bags.find_bags` gives them.
    folder
        Where they go; each session has a folder in it. Files that are there already with the same
        bytes are kept, so an export that was cut off is repeated.
    options
        What differs from the defaults.
    layout
        ``plain`` or ``kitti``.
    progress
        Called a few times a second with the recording and how far it is.

    Returns
    -------
    ExportReport
        Damaged places and unreadable recordings are in it, not raised.

    Raises
    ------
    InvalidArgumentsError
        If a session's folder holds the export of something else, or is in a recording, or nothing
        can be written there.
    OSError
        If the disk is full or broken.

    """
    options = options or Options()
    report = ExportReport()
    layout_named(layout)
    _refuse_inside(folder, paths)
    for group in sessions_of(paths, options):
        place = Folder(folder / safe_name(group.name))
        sink = SessionFolder(place, layout_named(layout),
                             _signature(group.paths, layout, options))
        with _possible(folder):
            with Gathering(sink) as gathered:
                captures = capture_group(group, gathered, options, progress)
            sink.close()
        report.ingests |= captures.ingests
        report.refused |= captures.refused
        report.folders += [place.path] if place.path.is_dir() else []
        report.written += place.written
        report.kept += place.kept
        report.num_bytes += place.num_bytes
    return report


def _refuse_inside(folder: Path, paths: Sequence[Path]) -> None:
    """Refuse to write into a recording: it would not be what it was."""
    wanted = folder.resolve()
    for path in paths:
        if path.is_dir() and path.resolve() in (wanted, *wanted.parents):
            raise InvalidArgumentsError(
                f'{folder} is in the recording {path}; choose another folder with -o')


@contextmanager
def _possible(folder: Path) -> Iterator[None]:
    """Say of a folder that no file can be made in that another one must be chosen."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise OSError(
                error.errno, f'{error.strerror} (make room, or choose another disk with -o, and '
                'run the same command again to continue)', str(folder)) from error
        if error.errno not in _IMPOSSIBLE:
            raise
        raise InvalidArgumentsError(
            f'nothing can be written to {folder} ({error.strerror}: {error.filename}); '
            'choose another folder with -o') from error


def _signature(paths: Sequence[Path], layout: str, options: Options) -> dict[str, Any]:
    """
    Say what a folder is made of; the files of something else must not be mixed into it.

    Other settings give other files, which are counted and listed differently.
    """
    said = options.overrides
    wanted = [dict(said.session), list(said.streams.items()), said.only,
              [str(path) for path in options.types], options.start_ns, options.end_ns]
    return {'recordings': [str(path.resolve()) for path in paths], 'layout': layout,
            'settings': ids.md5_of_json(repr(wanted))}


class SessionFolder:
    """
    A sink that is a folder.

    Parameters
    ----------
    folder
        The session's.
    layout
        Where each file goes.
    source
        What the folder is made of.

    """

    def __init__(self, folder: Folder, layout: Layout, source: dict[str, Any]) -> None:
        self._folder = folder
        self._layout = layout
        self._source = source
        self._about: dict[str, Any] = {}
        self._tables: dict[str, Table] = {}
        self._table_names: set[str] = set()
        self._way = Way()
        self._index: Any = None
        self._seen: set[str] = set()
        self._is_claimed = False
        _refuse_others(folder.path, source)

    def put(self, records: Sequence[Record]) -> None:
        """Write the records' files."""
        self._claim()
        for record in records:
            if record.kind == 'session':
                self._about |= record.document
            elif record.kind == 'end':
                self._about |= {'span_ns': [record.document['start_ns'],
                                            record.document['end_ns']]}
            elif record.kind in ASSET_KINDS:
                self._put_asset(record)
            else:
                for entity in record.entities:
                    self._put_entity(record, entity)

    def close(self) -> None:
        """Write what is known only at the end."""
        if not self._about:
            return
        for table in self._tables.values():
            table.close()
        if any(True for _ in self._way):
            self._folder.put('tracks', 'track.geojson', self._way.geojson())
        if self._index is not None:
            self._index.close()
            self._folder.finish('texts', ASSETS)
        self._layout.close(self._folder, self._way, self._about)
        about = json.dumps({**self._about, 'source': self._source}, indent=1, default=str)
        self._folder.put('texts', ABOUT, about.encode())

    def _claim(self) -> None:
        """Say from the first file on whose folder this is, also if the export is cut off."""
        path = self._folder.path / ABOUT
        if self._is_claimed or path.exists():
            return
        self._folder.part(ABOUT)  # makes the folder
        path.write_text(json.dumps({'source': self._source}))
        self._is_claimed = True

    def _put_asset(self, record: Record) -> None:
        # The same message may be there twice; a file for it is enough.
        if record.id in self._seen:
            return
        self._seen.add(record.id)
        name = self._layout.put(self._folder, record)
        if self._index is None:
            self._index = self._folder.part(ASSETS).open('w', encoding='utf-8')
        self._index.write(json.dumps(
            {'file': name, 'id': record.id, **record.document}, default=str) + '\n')

    def _put_entity(self, record: Record, entity: Any) -> None:
        if 'geolocation' in entity:
            self._way.add(record.stream, entity)
            return
        if str(entity['entity_name']).endswith('.altitude_m'):
            self._way.add_altitude(record.stream, entity)
        if record.stream not in self._tables:
            sensor = str(entity['entity_name']).partition('.')[0]
            name = self._table_name(record.stream)
            self._tables[record.stream] = Table(self._folder, name, f'{sensor}.')
        self._tables[record.stream].add(entity)

    def _table_name(self, topic: str) -> str:
        """Name a topic's table; of two topics with one name, the second is marked."""
        name = safe_name(ids.std(topic.strip('/')))
        if name in self._table_names:
            name = f'{name}_{ids.md5_of_json(topic)[:6]}'
        self._table_names.add(name)
        return f'tables/{name}.csv'


def _refuse_others(folder: Path, source: dict[str, Any]) -> None:
    try:
        found = json.loads((folder / ABOUT).read_text()).get('source')
    except (OSError, ValueError):
        return
    if found == source:
        return
    if found and found.get('recordings') == source['recordings']:
        raise InvalidArgumentsError(
            f'{folder} holds the export of the same recording with other settings; choose another '
            'folder, or remove this one')
    raise InvalidArgumentsError(
        f'{folder} holds the export of {_named(found)}; choose another folder or another '
        '--session')


def _named(source: Any) -> str:
    named = source.get('recordings') if isinstance(source, dict) else None
    return ', '.join(map(str, named)) if named else 'something else'
