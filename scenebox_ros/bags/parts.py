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

"""Parts of recordings that can be captured on their own, on any machine, with the same result."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from scenebox_ros import ids
from scenebox_ros.bags.ingest import CONTEXT, ingest
from scenebox_ros.bags.recordings import (
    capture_settings,
    Group,
    open_recording,
    Options,
    skipped_topics,
)
from scenebox_ros.bags.report import IngestReport
from scenebox_ros.bags.storage import END_OF_TIME
from scenebox_ros.bags.transfer import uploading
from scenebox_ros.client import SceneEngineClient
from scenebox_ros.model.records import Sink
from scenebox_ros.model.settings import CaptureSettings, StreamSettings
from scenebox_ros.stamps import NS_PER_S
from scenebox_ros.upload import ClientPlatform, UploadReport

# What a part reads before its window, to know where the vehicle was, and after it, to know where
# it went: more than any frame waits for a fix, or than fixes are joined over.
LEAD_NS = 60 * NS_PER_S
TAIL_NS = 15 * NS_PER_S
# The first part opens the session; it is short, because the others wait for it.
FIRST_NS = 5 * NS_PER_S
PACKETS = ('FFMPEGPacket', 'CompressedVideo', 'FoxgloveCompressedVideo')


@dataclass(frozen=True)
class Access:
    """A server and the token for it; the token is left out of the repr, and so of every log."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Part:
    """
    Some recordings that are one session, or a span of them.

    Attributes
    ----------
    session
        The session's name.
    paths
        The recordings, as every worker finds them.
    window
        Log times, from the first to before the second; None is all.
    topics
        Which topics count; of others only what these need is read. None is all.
    uid
        The session on the platform, once it is open.

    """

    session: str
    paths: tuple[Path, ...]
    options: Options
    window: tuple[int, int] | None = None
    topics: frozenset[str] | None = None
    uid: str | None = None

    @property
    def key(self) -> str:
        """Give the session's local key."""
        return ids.std(self.session)

    @property
    def name(self) -> str:
        """Name the recordings, as reports do."""
        return ' + '.join(str(path) for path in self.paths)


@dataclass(frozen=True)
class PartResult:
    """What became of a part: reports, and what the session has to be told at its end."""

    ingest: IngestReport
    upload: UploadReport
    uid: str | None
    notes: Mapping[str, Any]


def divide(group: Group, options: Options, count: int, least_ns: int) -> list[Part]:
    """
    Divide recordings of one session into parts.

    Parameters
    ----------
    group
        Recordings that are one session.
    options
        What becomes of them.
    count
        How many parts there should be at most.
    least_ns
        The shortest span that is worth a part.

    Returns
    -------
    list of Part
        Spans of time; a topic whose result depends on what came before (sampling, videos) is a
        part of its own, from start to end. One part, if the recording is too short.

    Raises
    ------
    BagError
        If a recording cannot be read.

    """
    whole = Part(group.name, group.paths, options)
    with ExitStack() as opened:
        bags = [opened.enter_context(open_recording(path, options)) for path in group.paths]
        settings = capture_settings(bags, group.name, options)
        filled = [bag for bag in bags if bag.num_messages]
        if not filled:
            return [whole]
        packets = {info.topic for bag in bags for info in bag.topics
                   if info.msgtype.endswith(PACKETS)}
        start = min(bag.start_ns for bag in filled)
        end = max(bag.end_ns for bag in filled) + 1
    start = start if options.start_ns is None else max(start, options.start_ns)
    end = end if options.end_ns is None else min(end, options.end_ns + 1)
    spans = min(count, (end - start) // max(1, least_ns))
    if spans < 2:
        return [whole]
    used = {topic for topic, stream in settings.streams.items() if stream.role != 'skip'}
    ordered = {topic for topic in used
               if topic in packets or _has_memory(settings.streams[topic])}
    first = start + min(FIRST_NS, (end - start) // (4 * spans))
    edges = [start, *(first + (end - first) * n // spans for n in range(spans + 1))]
    free = frozenset(used - ordered) if ordered else None
    parts = [replace(whole, window=edge, topics=free) for edge in pairwise(edges)]
    parts = parts if used - ordered else []
    return parts + [replace(whole, topics=frozenset([topic])) for topic in sorted(ordered)]


def _has_memory(stream: StreamSettings) -> bool:
    """Tell whether what becomes of a message depends on those before it."""
    return bool(
        stream.every_nth > 1 or stream.max_rate_hz or stream.min_distance_m or stream.on_change
        or (stream.video and stream.role == 'image'))


def _narrowed(settings: CaptureSettings, topics: frozenset[str] | None) -> CaptureSettings:
    """Leave out other topics than these, but for what these are understood by."""
    if topics is None:
        return settings
    streams = {
        topic: stream if topic in topics
        else replace(stream, is_recorded=False) if stream.role in CONTEXT
        else replace(stream, role='skip')
        for topic, stream in settings.streams.items()
    }
    return replace(settings, streams=streams)


def capture_part(part: Part, access: Access, workers: int | None = None) -> PartResult:
    """
    Capture and upload a part; may be repeated anywhere, and adds nothing then.

    Raises
    ------
    SceneBoxError
        If a recording cannot be read, or the platform not be reached.

    """
    with (
        SceneEngineClient(auth_token=access.token, scene_engine_url=access.url) as client,
        uploading(ClientPlatform(client), part.options) as (passage, uploader),
    ):
        passage.set_session(part.key, part.uid)
        report = ingest_part(part, passage, workers)
    return PartResult(
        report, uploader.report(), passage.get_session(part.key), passage.session_notes(part.key))


def ingest_part(part: Part, sink: Sink, workers: int | None = None) -> IngestReport:
    """Capture a part into a sink; its session is not ended."""
    options = part.options
    with ExitStack() as opened:
        bags = [opened.enter_context(open_recording(path, options)) for path in part.paths]
        settings = _narrowed(capture_settings(bags, part.session, options), part.topics)
        start_ns, end_ns = _reach(part)
        report = ingest(
            bags, settings, sink, start_ns=start_ns, end_ns=end_ns, session=part.key,
            workers=workers, window=part.window or (-END_OF_TIME, END_OF_TIME), only=part.topics,
        )
        return replace(report, skipped=skipped_topics(bags, options.overrides))


def _reach(part: Part) -> tuple[int | None, int | None]:
    """Say what to read: the window and around it, but nothing that was not asked for."""
    start_ns, end_ns = part.options.start_ns, part.options.end_ns
    if part.window is None:
        return start_ns, end_ns
    return (
        max(-END_OF_TIME if start_ns is None else start_ns, part.window[0] - LEAD_NS),
        min(END_OF_TIME if end_ns is None else end_ns, part.window[1] + TAIL_NS),
    )
