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

"""``scenebox upload --dry-run``: what would become of each topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from scenebox_ros.bags.bag import Bag
from scenebox_ros.bags.plan import plan_rows, PlannedStream
from scenebox_ros.bags.recordings import (
    capture_settings,
    Group,
    open_recording,
    Options,
    remarks,
    sessions_of,
)
from scenebox_ros.cli.console import say, say_json
from scenebox_ros.cli.outcome import Exit, verdict
from scenebox_ros.decode.types import is_video_stream
from scenebox_ros.errors import BagError
from scenebox_ros.model.settings import StreamSettings


@dataclass
class Plans:
    """Which recordings cannot be read, as an upload would find, and why."""

    refused: dict[str, str] = field(default_factory=dict)

    @property
    def is_perfect(self) -> bool:
        """Tell whether all can be read."""
        return not self.refused


def show_plans(paths: Sequence[Path], wanted: Options, as_json: bool) -> Exit:
    """Show what would become of recordings; those that cannot be read do not hide the others."""
    plans = Plans()
    for group in sessions_of(paths, wanted):
        with ExitStack() as opened:
            bags = []
            for path in group.paths:
                try:
                    bags.append(opened.enter_context(open_recording(path, wanted)))
                except BagError as error:
                    plans.refused[str(path)] = str(error)
            for bag, rows in _planned(bags, group, wanted):
                notes = remarks([bag], wanted)
                _show(bag, group.name, rows, notes, as_json)
    if as_json:
        say_json({'event': 'done', 'refused': plans.refused})
    for reason in () if as_json else plans.refused.values():
        say(reason)
    return verdict(plans, paths)


def _planned(
    bags: Sequence[Bag], group: Group, wanted: Options
) -> Iterator[tuple[Bag, list[PlannedStream]]]:
    if not bags:
        return
    streams = capture_settings(bags, group.name, wanted).streams
    for bag in bags:
        yield bag, [
            replace(row, info=replace(row.info, count=count),
                    settings=streams.get(row.info.topic, row.settings))
            for row, count in _counted(bag, plan_rows(bag.topics, wanted.overrides), wanted)
        ]


def _counted(
    bag: Bag, rows: Sequence[PlannedStream], wanted: Options
) -> Iterator[tuple[PlannedStream, int]]:
    """Count the messages of the time that is wanted: that part of the recording is read."""
    if wanted.start_ns is None and wanted.end_ns is None:
        yield from ((row, row.info.count) for row in rows)
        return
    counts = Counter(
        message.topic for message in bag.messages(None, wanted.start_ns, wanted.end_ns))
    yield from ((row, counts[row.info.topic]) for row in rows)


def _show(
    bag: Bag, session: str, rows: Sequence[PlannedStream], notes: Sequence[str], as_json: bool
) -> None:
    if as_json:
        say_json({'event': 'plan', 'recording': str(bag.path), 'session': session,
                  'plan': [_row_json(row) for row in rows], 'notes': notes})
        return
    say(f'{bag.path}: session {session!r}')
    for row in rows:
        say(f'  {row.info.topic:40} {row.info.count:7} {_becomes(row)}')
    for note in notes:
        say(f'  note: {note}')


def _row_json(row: PlannedStream) -> dict[str, Any]:
    return {'topic': row.info.topic, 'type': row.info.msgtype, 'messages': row.info.count,
            'role': row.settings.role, 'sensor': row.settings.sensor, 'reason': row.reason,
            'settings': _changed(row)}


def _becomes(row: PlannedStream) -> str:
    if row.reason:
        return f'skip: {row.reason}'
    changed = ''.join(f', {name}: {value}' for name, value in _changed(row).items())
    # Packets are copied into videos, whatever the settings of images say.
    is_video = row.settings.role == 'image' and is_video_stream(row.info.msgtype)
    return f'{"video" if is_video else row.settings.role:12} {row.settings.sensor}{changed}'


def _changed(row: PlannedStream) -> dict[str, Any]:
    """List the settings that are not the defaults."""
    usual = StreamSettings(role=row.settings.role, sensor=row.settings.sensor)
    return {name: value for name, value in vars(row.settings).items()
            if value != getattr(usual, name)}
