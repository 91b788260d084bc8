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

"""Recordings to a sink: opened, planned, and captured, each into its session or all into one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
import os
from pathlib import Path

from scenebox_ros import ids, stamps
from scenebox_ros.bags.bag import Bag, open_bag
from scenebox_ros.bags.ingest import ingest
from scenebox_ros.bags.overrides import Overrides
from scenebox_ros.bags.plan import plan, plan_rows
from scenebox_ros.bags.report import IngestReport, Progress
from scenebox_ros.errors import BagError
from scenebox_ros.model.records import MADE_OF, Sink
from scenebox_ros.model.settings import CaptureSettings
from scenebox_ros.upload import UploadSettings

Callback = Callable[[Path, Progress], None]


@dataclass(frozen=True)
class Options:
    """
    What becomes of recordings, beyond the defaults.

    Attributes
    ----------
    session
        The session's name; empty: what the overrides say, else the recording's. Several recordings
        of a given name are one session, their messages in order of time.
    overrides
        What becomes of which topic.
    types
        Files or folders with definitions of messages that the recordings lack.
    start_ns, end_ns
        Log times, both included.
    upload
        How the network is used.

    """

    session: str = ''
    overrides: Overrides = field(default_factory=Overrides)
    types: Sequence[Path] = ()
    start_ns: int | None = None
    end_ns: int | None = None
    upload: UploadSettings = field(default_factory=UploadSettings)


@dataclass(frozen=True)
class Captures:
    """
    What became of recordings.

    Attributes
    ----------
    ingests
        By recording; several that became one session have one report, under all their paths.
    refused
        Recordings that cannot be read at all, and why.

    """

    ingests: dict[str, IngestReport]
    refused: dict[str, str]


@dataclass(frozen=True)
class Group:
    """Recordings that become one session, and its name."""

    name: str
    paths: tuple[Path, ...]


def sessions_of(paths: Sequence[Path], options: Options) -> list[Group]:
    """Group recordings by the session that they become."""
    given = name_given(options)
    if given and paths:
        return [Group(given, tuple(paths))]
    names = session_names(paths)
    return [Group(names[path], (path,)) for path in paths]


def session_names(paths: Iterable[Path]) -> dict[Path, str]:
    """
    Name the sessions of recordings: as the file or folder is called.

    Those of one name have what is different in their paths in it, too.
    """
    namesakes: dict[str, list[Path]] = {}
    for path in paths:
        # What the platform makes one id of is one name.
        namesakes.setdefault(ids.std(_stem(path)), []).append(path)
    names: dict[Path, str] = {}
    for group in namesakes.values():
        names |= {group[0]: _stem(group[0])} if len(group) == 1 else _names_apart(group)
    return names


def _stem(path: Path) -> str:
    return _readable(path.name.split('.')[0]) or 'recording'


def _readable(name: str) -> str:
    """Write out what no server takes: bytes that are no UTF-8, and control characters."""
    text = os.fsencode(name).decode('utf-8', 'backslashreplace')
    return ''.join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _names_apart(group: Sequence[Path]) -> dict[Path, str]:
    """Name recordings by their paths below the folder that all of them are in."""
    top = os.path.commonpath([path.resolve().parent for path in group])
    below = {path: Path(_readable(str(path.resolve().relative_to(top)))) for path in group}
    short = {path: '_'.join((*place.parts[:-1], _stem(path))) for path, place in below.items()}
    whole = {path: '_'.join(place.parts).replace('.', '_') for path, place in below.items()}
    for names in (short, whole):
        if len({ids.std(name) for name in names.values()}) == len(group):
            return names
    return {path: f'{name}_{ids.md5_of_json(str(path))[:6]}' for path, name in whole.items()}


def made_of(bags: Sequence[Bag]) -> str:
    """Say of which recording a session is made: when it began, to tell it from its namesakes."""
    start_ns = min((bag.start_ns for bag in bags if bag.start_ns), default=0)
    return stamps.to_iso(start_ns).partition('+')[0].removesuffix('Z')


def open_recording(path: Path, options: Options) -> Bag:
    """
    Open a recording that has something to give.

    Raises
    ------
    BagError
        If it is no recording, or so broken that not one topic is known.

    """
    bag = open_bag(path, options.types)
    if not bag.topics and bag.losses:
        reason = bag.losses[0].reason
        bag.close()
        raise BagError(f'{path} holds nothing that can be read: {reason}')
    return bag


def capture_settings(bags: Sequence[Bag], name: str, options: Options) -> CaptureSettings:
    """Plan several recordings as one; of a topic that they share, the first one's plan counts."""
    plans = [plan(bag, name, options.overrides) for bag in bags]
    streams = {topic: stream for each in reversed(plans) for topic, stream in each.streams.items()}
    metadata = plans[0].metadata
    if not is_named(options):
        metadata = {MADE_OF: made_of(bags), **metadata}
    return replace(
        plans[0], session_name=name_given(options) or name,
        streams=dict(sorted(streams.items())), metadata=metadata)


def name_given(options: Options) -> str:
    """Give the name that the user gave the session, by a flag or in the YAML; else nothing."""
    return options.session or str(options.overrides.session.get('session_name') or '')


def is_named(options: Options) -> bool:
    """Tell whether the user named the session; else it is called as its recording is."""
    return bool(name_given(options))


def capture(
    paths: Sequence[Path],
    sink: Sink,
    options: Options | None = None,
    progress: Callback | None = None,
) -> Captures:
    """
    Capture recordings into a sink.

    Parameters
    ----------
    paths
        Recordings, as :func:`scenebox_ros.bags.find_bags` gives them.
    sink
        Where the records go.
    options
        What differs from the defaults.
    progress
        Called a few times a second with the recording and how far it is.

    Returns
    -------
    Captures
        Damaged places and unreadable recordings are in it, not raised.

    """
    options = options or Options()
    captures = Captures({}, {})
    for group in sessions_of(paths, options):
        done = capture_group(group, sink, options, progress)
        captures.ingests.update(done.ingests)
        captures.refused.update(done.refused)
    return captures


def capture_group(
    group: Group, sink: Sink, options: Options, progress: Callback | None = None
) -> Captures:
    """Capture recordings that are one session, as :func:`capture` does."""
    captures = Captures({}, {})
    with ExitStack() as opened:
        bags: list[Bag] = []
        for path in group.paths:
            try:
                bags.append(opened.enter_context(open_recording(path, options)))
            except BagError as error:
                captures.refused[str(path)] = str(error)
        if bags:
            name = ' + '.join(str(bag.path) for bag in bags)
            captures.ingests[name] = _capture_open(bags, group.name, sink, options, progress)
    return captures


def _capture_open(
    bags: Sequence[Bag], name: str, sink: Sink, options: Options, progress: Callback | None
) -> IngestReport:
    path = bags[0].path
    settings = capture_settings(bags, name, options)
    tell = (lambda report: progress(path, report)) if progress else None
    report = ingest(
        bags, settings, sink, tell, start_ns=options.start_ns, end_ns=options.end_ns
    )
    return replace(
        report,
        skipped=skipped_topics(bags, options.overrides),
        notes=(*report.notes, *remarks(bags, options)),
    )


def remarks(bags: Sequence[Bag], options: Options) -> list[str]:
    """Say which settings concern nothing, and which recordings are of another time."""
    unused = options.overrides.unused(info.topic for bag in bags for info in bag.topics)
    return [
        *(f'the settings of {each!r} concern no topic' for each in unused),
        *(_outside(bag) for bag in bags if _is_outside(bag, options)),
    ]


def _is_outside(bag: Bag, options: Options) -> bool:
    """Tell whether a recording has messages, and none of them is of the time that is wanted."""
    is_before = options.start_ns is not None and bag.end_ns < options.start_ns
    is_after = options.end_ns is not None and bag.start_ns > options.end_ns
    return bag.num_messages > 0 and (is_before or is_after)


def _outside(bag: Bag) -> str:
    return (f'nothing of {bag.path.name} is of the time that is wanted: it was recorded from '
            f'{stamps.to_iso(bag.start_ns)} to {stamps.to_iso(bag.end_ns)}')


def skipped_topics(bags: Sequence[Bag], overrides: Overrides) -> dict[str, str]:
    """Say of every topic with messages that is left out, why it is."""
    return {
        row.info.topic: row.reason for bag in bags for row in plan_rows(bag.topics, overrides)
        if row.settings.role == 'skip' and row.info.count
    }
