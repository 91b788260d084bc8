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
Capturing recordings in a process of its own, so that requests do not wait for it.

The process reads, decodes and encodes; what it makes comes back through a pipe and is stored by
the server, which alone writes. The process ends when its job is cancelled or the server is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from scenebox_ros.bags import Bag, ingest, IngestReport, open_bag, plan, Progress
from scenebox_ros.errors import IndexingException, SceneBoxError, StorageError
from scenebox_ros.model.records import Record, Sink
from scenebox_ros.model.settings import CaptureSettings
from scenebox_ros.server.jobs.workers import be_polite

PATIENCE_S = 0.2


@dataclass(frozen=True)
class Task:
    """
    What shall be captured.

    Attributes
    ----------
    paths
        Recordings: files, or folders of one recording each.
    name, session, resolution_s
        The session's name, key and resolution.
    topics, sensors
        Only these; None for all.
    every_nth
        How many images to go on at a time.

    """

    paths: tuple[Path, ...]
    name: str
    session: str
    resolution_s: float
    topics: tuple[str, ...] | None = None
    sensors: tuple[str, ...] | None = None
    every_nth: int = 1


def ingest_apart(task: Task, sink: Sink, progress: Callable[[Progress], None],
                 check: Callable[[], None]) -> IngestReport:
    """
    Capture recordings into a sink of this process, reading them in another one.

    Parameters
    ----------
    task
        What to capture.
    sink
        Where the records go; called in the caller's thread.
    progress
        Told how far it is.
    check
        Called several times a second; ends everything when it raises.

    Raises
    ------
    IndexingException
        If the other process cannot read the recordings, or dies.

    """
    context = multiprocessing.get_context('spawn')
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, task), daemon=True)
    process.start()
    theirs.close()
    try:
        return _serve(ours, sink, progress, check)
    except EOFError:
        process.join(5)
        raise IndexingException(
            f'the process that read the recording ended early ({process.exitcode}); '
            'it may have run out of memory'
        ) from None
    finally:
        ours.close()
        process.terminate()
        process.join(5)


def _serve(ours: Connection, sink: Sink, progress: Callable[[Progress], None],
           check: Callable[[], None]) -> IngestReport:
    while True:
        check()
        if not ours.poll(PATIENCE_S):
            continue
        value: Any = ours.recv()
        if isinstance(value, IngestReport):
            return value
        if isinstance(value, Progress):
            progress(value)
        elif isinstance(value, SceneBoxError):
            raise value
        else:
            sink.put(value)
            ours.send(True)


class _Relay:
    """The sink of the other process: hands records over and waits until they are kept."""

    def __init__(self, theirs: Connection) -> None:
        self._theirs = theirs

    def put(self, records: Sequence[Record]) -> None:
        """Keep records for good."""
        self._theirs.send([replace(record, body=bytes(record.body)) for record in records])
        try:
            self._theirs.recv()
        except EOFError:
            raise StorageError('the server is gone; it will index again when it is back') from None


def _work(theirs: Connection, task: Task) -> None:
    be_polite()
    # Without the server there is nobody left to tell.
    with suppress(OSError):
        try:
            theirs.send(_capture(theirs, task))
        except SceneBoxError as error:
            theirs.send(IndexingException(str(error)))


def _capture(theirs: Connection, task: Task) -> IngestReport:
    with ExitStack() as opened:
        bags = [opened.enter_context(open_bag(path)) for path in task.paths]
        settings = replace(_settings(task, bags), resolution_s=task.resolution_s)
        return ingest(bags, settings, _Relay(theirs), theirs.send, session=task.session)


def _settings(task: Task, bags: Sequence[Bag]) -> CaptureSettings:
    """Plan all bags, keeping the topics and sensors that are wanted."""
    streams: dict[str, Any] = {}
    for bag in bags:
        streams |= plan(bag, task.name).streams
    topics, sensors = task.topics, task.sensors
    for topic, stream in streams.items():
        unwanted = (topics and topic not in topics) or (sensors and stream.sensor not in sensors)
        # Positions and geometry belong to every asset, whichever topics are wanted.
        if unwanted and stream.role not in ('fix', 'calibration', 'transform'):
            streams[topic] = replace(stream, role='skip')
        elif stream.role == 'image':
            streams[topic] = replace(stream, every_nth=task.every_nth)
    return CaptureSettings(task.name, streams)
