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

"""Recordings to the server as they are; the server reads them and makes their sessions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
import os
from pathlib import Path
from typing import Any

from scenebox_ros import ids
from scenebox_ros.bags import metadata
from scenebox_ros.bags.bag import open_bag
from scenebox_ros.bags.files import bag_files, kind_of
from scenebox_ros.bags.overrides import Overrides
from scenebox_ros.bags.recordings import is_named, made_of, Options, sessions_of
from scenebox_ros.errors import BagError, JobError, SettingsError
from scenebox_ros.model.records import MADE_OF
from scenebox_ros.upload import ClientPlatform
from scenebox_ros.upload.pacing import TokenBucket
from scenebox_ros.upload.sessions import free_name

Told = Callable[[str, float, str], None]


@dataclass(frozen=True)
class ServerSideReport:
    """
    What the server made of recordings.

    Attributes
    ----------
    jobs, notes
        By recording: the server's job, and what it says was lost or is unusual.
    failed
        Jobs that failed, and why, by recording.
    refused
        Files that are no recordings and were not sent.

    """

    jobs: dict[str, str] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def is_perfect(self) -> bool:
        """Tell whether the server could use all of all recordings."""
        lost = any(_is_loss(note) for notes in self.notes.values() for note in notes)
        return not (lost or self.failed or self.refused)

    def to_dict(self) -> dict[str, Any]:
        """Give the report as a JSON value."""
        return {'perfect': self.is_perfect, 'jobs': self.jobs, 'notes': self.notes,
                'failed': self.failed, 'refused': self.refused}


def index_on_server(
    paths: Sequence[Path], client: Any, options: Options, told: Told | None = None
) -> ServerSideReport:
    """
    Send recordings as they are and let the server index them; waits until it has.

    Parameters
    ----------
    paths
        Recordings, as :func:`scenebox_ros.bags.find_bags` gives them.
    client
        A ``scenebox_ros.client.SceneEngineClient``.
    options
        Only the session's name can be chosen: the rest is decided by the server.
    told
        Called with recording, percent and stage while the server works.

    Returns
    -------
    ServerSideReport
        Ids of assets and entities are those of an upload without settings.

    Raises
    ------
    SettingsError
        If settings are given that only this machine could follow.
    SceneBoxError
        If the server cannot be reached or refuses.

    """
    _refuse_settings(options)
    client.pace_uploads(TokenBucket(options.upload.max_bytes_per_s))
    report = ServerSideReport()
    for group in sessions_of(paths, options):
        good = [path for path in group.paths if _is_recording(path, report)]
        if good:
            name = group.name if is_named(options) else _session_of(good[0], client, group.name)
            report.jobs[_name(good)] = _start(good, client, name)
    for name in report.jobs:
        _wait(name, client, report, told)
    return report


def _session_of(path: Path, client: Any, name: str) -> str:
    """Begin a recording's session: as for an upload, one of its name may be another's."""
    try:
        with open_bag(path) as bag:
            made = made_of([bag])
    except BagError:  # the server's job says so
        return name
    name = free_name(ClientPlatform(client), name, made)
    client.add_session(name, session_aux_metadata={MADE_OF: made})
    return name


def _name(paths: Sequence[Path]) -> str:
    return ' + '.join(map(str, paths))


def _is_recording(path: Path, report: ServerSideReport) -> bool:
    try:
        _files(path)
    except BagError as error:
        report.refused[str(path)] = str(error)
        return False
    return True


def _refuse_settings(options: Options) -> None:
    said = {
        '--settings, --stream, --topic, --video, --metadata or --tag':
            options.overrides != Overrides(),
        '--types': options.types,
        '--start or --end': options.start_ns is not None or options.end_ns is not None,
    }
    for flags, is_given in said.items():
        if is_given:
            raise SettingsError(
                f'the server decides by itself what becomes of a recording: leave {flags} out, or '
                'upload without --server-side'
            )


def _start(paths: Sequence[Path], client: Any, name: str) -> str:
    """Send recordings; one job makes one session of them, their messages in order of time."""
    prefix = ids.std(name)
    if len(paths) == 1 and paths[0].is_file() and kind_of(paths[0]) == 'ros1':
        return str(client.index_rosbag(
            prefix, rosbag_path=str(paths[0]), session_name=name, image_skip_factor=1))
    found = [file for path in paths for file in _files(path)]
    top = _files(paths[0])[0].parent if len(paths) == 1 else _top(paths)
    started = client.index_rosbag2(
        prefix, [str(file.relative_to(top)) for file in found], folder_path=str(top),
        session_name=name, with_lidars=True)
    return str(started['job_id'])


def _top(paths: Sequence[Path]) -> Path:
    """Find a folder that all recordings are in, each in a folder of its own below it."""
    top = Path(os.path.commonpath([path.absolute().parent for path in paths]))
    return top.parent if any(path.absolute().parent == top for path in paths) else top


def _files(path: Path) -> list[Path]:
    """List a recording's files, with the logs that SQLite may have left beside them."""
    path = path.absolute()
    if path.is_file():
        kind_of(path)
        found = [path]
    else:
        found = bag_files(path)
    found = [
        each for one in found
        for each in (one, *(one.with_name(one.name + log) for log in ('-wal', '-journal')))
        if each.is_file() and (each is one or each.stat().st_size)
    ]
    if not found:
        raise BagError(f'{path} holds no files of a recording')
    if path.is_dir() and (path / metadata.NAME).is_file():
        found.insert(0, path / metadata.NAME)
    return found


def _wait(name: str, client: Any, report: ServerSideReport, told: Told | None) -> None:
    job = client.get_job_manager(report.jobs[name])

    def tell(percent: float, stage: str) -> None:
        if told:
            told(name, percent, stage)

    try:
        job.wait_for_completion(increments_sec=2, progress_callback=tell)
    except JobError as error:
        report.failed[name] = str(error)
        return
    notes = job.get_notes()
    if notes:
        report.notes[name] = notes


def _is_loss(note: str) -> bool:
    """Tell a loss from a remark, by the words that the server's indexing uses."""
    return note.startswith('lost in ') or note.endswith('could not be decoded')
