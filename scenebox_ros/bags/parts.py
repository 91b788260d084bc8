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

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
import tempfile
from typing import Any

from scenebox_ros import ids
from scenebox_ros.bags.bag import Bag
from scenebox_ros.bags.gathering import Gathering, PatientSink
from scenebox_ros.bags.ingest import ingest
from scenebox_ros.bags.recordings import (
    capture_settings,
    open_recording,
    Options,
    session_name,
    skipped_topics,
)
from scenebox_ros.bags.report import IngestReport
from scenebox_ros.bags.transfer import LIMITS
from scenebox_ros.client import SceneEngineClient
from scenebox_ros.model.settings import CaptureSettings
from scenebox_ros.spool import Spool
from scenebox_ros.stamps import NS_PER_S
from scenebox_ros.upload import ClientPlatform, Uploader, UploadReport

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
    paths
        The recordings, as every worker finds them.
    window
        Log times, from the first to before the second; None is all.
    uid
        The session on the platform, once it is open.

    """

    paths: tuple[Path, ...]
    options: Options
    window: tuple[int, int] | None = None
    uid: str | None = None

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


def divide(group: Sequence[Path], options: Options, count: int, least_ns: int) -> list[Part]:
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
        One, if a part's result would depend on what came before it (sampling, videos), or if the
        recording is broken.

    Raises
    ------
    BagError
        If a recording cannot be read.

    """
    whole = Part(tuple(group), options)
    with ExitStack() as opened:
        bags = [opened.enter_context(open_recording(path, options)) for path in group]
        filled = [bag for bag in bags if bag.num_messages]
        settings = capture_settings(bags, session_name(group[0], options), options.overrides)
        if not filled or not _can_divide(bags, settings):
            return [whole]
        start = max(options.start_ns or 0, min(bag.start_ns for bag in filled))
        end = max(bag.end_ns for bag in filled) + 1
    end = end if options.end_ns is None else min(end, options.end_ns + 1)
    spans = min(count, (end - start) // max(1, least_ns))
    if spans < 2:
        return [whole]
    first = start + min(FIRST_NS, (end - start) // (4 * spans))
    edges = [start, *(first + (end - first) * n // spans for n in range(spans + 1))]
    return [replace(whole, window=edge) for edge in pairwise(edges)]


def _can_divide(bags: Sequence[Bag], settings: CaptureSettings) -> bool:
    if any(bag.losses or bag.notes for bag in bags):
        return False
    streams = [stream for stream in settings.streams.values() if stream.role != 'skip']
    has_memory = any(
        stream.every_nth > 1 or stream.max_rate_hz or stream.min_distance_m or stream.on_change
        or (stream.video and stream.role == 'image') for stream in streams
    )
    has_packets = any(info.msgtype.endswith(PACKETS) for bag in bags for info in bag.topics)
    return not has_memory and not has_packets


def capture_part(part: Part, access: Access, workers: int | None = None) -> PartResult:
    """
    Capture and upload a part; may be repeated anywhere, and adds nothing then.

    Raises
    ------
    SceneBoxError
        If a recording cannot be read, or the platform not be reached.

    """
    with (
        tempfile.TemporaryDirectory(prefix='scenebox-part-') as folder,
        SceneEngineClient(auth_token=access.token, scene_engine_url=access.url) as client,
        Spool(Path(folder) / 'spool', LIMITS) as spool,
        ExitStack() as opened,
    ):
        options = part.options
        bags = [opened.enter_context(open_recording(path, options)) for path in part.paths]
        settings = capture_settings(
            bags, session_name(part.paths[0], options), options.overrides)
        key = ids.std(settings.session_name)
        if part.uid:
            spool.set_session(key, part.uid)
        start_ns, end_ns = _reach(part)
        with Gathering(PatientSink(spool, ())) as sink:
            report = ingest(
                bags, settings, sink, start_ns=start_ns, end_ns=end_ns, workers=workers,
                window=part.window or (0, 2**63 - 1),
            )
        skipped = skipped_topics(bags, options.overrides)
        upload = Uploader(spool, ClientPlatform(client), options.upload).drain()
        return PartResult(
            replace(report, skipped=skipped), upload, spool.get_session(key),
            spool.session_notes(key))


def _reach(part: Part) -> tuple[int | None, int | None]:
    """Say what to read: the window and around it, but nothing that was not asked for."""
    start_ns, end_ns = part.options.start_ns, part.options.end_ns
    if part.window is None:
        return start_ns, end_ns
    return (
        max(start_ns or 0, part.window[0] - LEAD_NS),
        min(2**63 - 1 if end_ns is None else end_ns, part.window[1] + TAIL_NS),
    )
