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

"""``bag_upload_node``: recordings into the spool, with the same code as ``scenebox upload``."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

from scenebox_ros import ids
from scenebox_ros.bags import find_bags, ingest, IngestReport, Progress
from scenebox_ros.bags.recordings import (
    capture_settings,
    is_named,
    made_of,
    open_recording,
    Options,
    session_names,
)
from scenebox_ros.errors import SceneBoxError, SettingsError
from scenebox_ros.nodes.managed import ERROR, ManagedNode, OK, run, WARN
from scenebox_ros.nodes.options import load_settings, Option, SETTINGS
from scenebox_ros.nodes.patience import PatientSpool
from scenebox_ros.nodes.spooling import open_spool, SPOOL, SPOOL_LIMITS

OPTIONS = (
    Option('path', '', 'a recording, or a folder of recordings'),
    SETTINGS,
    SPOOL,
    *SPOOL_LIMITS,
)


class BagUploadNode(ManagedNode):
    """
    Work through recordings and end; the exit code is 1 if not all of them was there to be taken.

    Threads: one reads and captures, and waits while the spool is full; the executor's only
    reports. ``finish`` stops the reader after the message at hand and keeps what was taken; the
    next run goes on from there.
    """

    options = OPTIONS

    def __init__(self) -> None:
        self._stopping = Event()
        self._reader: Thread | None = None
        self._reports: list[IngestReport] = []
        self._bags: list[Path] = []
        self._patient: PatientSpool | None = None
        self._progress: Progress | None = None
        self._failure = ''
        super().__init__('bag_upload_node')

    def begin(self) -> None:
        """Find the recordings and open the spool."""
        if not self.values['path']:
            raise SettingsError('path is empty; name a recording: -p path:=/data/run7')
        self._bags = find_bags([self.values['path']])
        self._names = session_names(self._bags)
        self._wanted = Options(overrides=load_settings(self.values))
        self._spool = open_spool(self.values, self.resolve_topic_name)
        self._patient = PatientSpool(self._spool, self._stopping)

    def autostart(self) -> None:
        """Configure and activate; where a path that was given cannot be used, end."""
        super().autostart()
        if self.values['autostart'] and self.values['path'] and not self.is_configured:
            self.is_done, self.exit_code = True, 1

    def resume(self) -> None:
        """Start reading."""
        self._stopping.clear()
        self._reader = Thread(target=self._read, name='scenebox-bags')
        self._reader.start()

    def pause(self) -> None:
        """Stop after the message at hand."""
        self._stopping.set()
        if self._reader is not None:
            self._reader.join()
            self._reader = None

    def finish(self) -> None:
        """Stop and close the spool."""
        self.pause()
        if self._spool is not None:
            self._spool.close()
            self._spool = None

    def _read(self) -> None:
        for path in self._bags[len(self._reports):]:
            try:
                report = self._read_one(path)
            except (SceneBoxError, OSError) as error:
                self._failure, self.exit_code = f'{path}: {error}', 1
                self.get_logger().error(self._failure)
                continue
            if self._stopping.is_set():
                return
            self._reports.append(report)
            if not report.is_perfect:
                self.exit_code = 1
            lost = '' if report.is_perfect else '; some of it is damaged or cannot be decoded'
            self.get_logger().info(f'{path} is in the spool{lost}')
        self.is_done = True

    def _read_one(self, path: Path) -> IngestReport:
        assert self._patient is not None
        self._progress = None
        with open_recording(path, self._wanted) as bag:
            settings = capture_settings([bag], self._names[path], self._wanted)
            name = settings.session_name
            # The spool keeps sessions apart by key: two recordings may have one name.
            key = name if is_named(self._wanted) else f'{name} {made_of([bag])}'
            return ingest(
                bag, settings, self._patient, self._on_progress, session=ids.std(key),
                should_stop=self._stopping.is_set,
            )

    def _on_progress(self, progress: Progress) -> None:
        self._progress = progress

    def health(self) -> tuple[bytes, str, dict[str, object]]:
        """Tell how far it is and what was lost."""
        details: dict[str, object] = {
            'recordings': len(self._bags), 'done': len(self._reports),
        }
        # It may be another one by the next line: the reader goes on.
        progress = self._progress
        if progress is not None:
            details['messages'] = progress.messages
            details['of'] = progress.total_messages
        if self._failure:
            return ERROR, self._failure, details
        if self._patient is not None and self._patient.is_waiting:
            return WARN, 'the spool is full; waits for room until the uploader makes some', details
        if any(not report.is_perfect for report in self._reports):
            return WARN, 'a recording is damaged; what is intact was taken', details
        if not self.is_active:
            return OK, 'paused', details
        return OK, f'{len(self._reports)} of {len(self._bags)} recordings done', details


def main() -> int:
    """Run the node; ends by itself once everything is in the spool."""
    return run(BagUploadNode)
